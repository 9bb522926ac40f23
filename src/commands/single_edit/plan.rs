//! `edit --dry-run` of one picture: what the edit would do, or why it would not be sent.

use crate::batch::{Dedup, Held, Planned, SessionLimit, Status, Task};
use crate::edit::{Image, Loaded, Reference};
use crate::error::{Failure, RequestInfo};
use crate::money::Usd;

use super::super::consent::{self, Expected};
use super::super::dry_run::{self, Reused};
use super::super::edit_options::EditOptions;
use super::super::host::{self, Host};
use super::super::price::{Edits, ListUse, PriceLookup, PriceSource};
use super::super::reporting::stdout_failed;
use super::super::target::Target;
use super::super::{context, limits};
use super::{PAY_AGAIN, SingleEdit};

impl SingleEdit<'_> {
    /// Prints the request, the output and the price.
    ///
    /// # Errors
    /// As the edit ends, if it would not be sent.
    pub(super) fn dry_run(&self, task: &Task, image: &Image) -> Result<(), Failure> {
        let EditOptions { settings, target, .. } = self.options;
        let data = context::data_dir(self.env, target.is_sandbox())?;
        let journal = context::journal_of_dry_run(&data)?;
        let models = [self.options.model().clone()];
        let asks = self.host.asks_for_price() && *target == Target::Service;
        let transport = asks.then(|| context::transport(settings, self.env)).transpose()?;
        let edits = Edits { models: &models, references: task.references.len() };
        let lookup = PriceLookup {
            limits: &self.args.budget,
            settings,
            target: *target,
            data_dir: &data,
            journal: journal.as_ref(),
            base: &settings.base_url,
            list: transport.as_ref().map_or(ListUse::Never, ListUse::IfUnknown),
        };
        self.options.announce_successor(&lookup, self.ui)?;
        let mut price = lookup.price(edits)?.expected();
        let status =
            journal.as_ref().map(|journal| Status::of(task, journal, self.batch_options)).transpose()?;
        if let Some(Status::Done(job) | Status::Misplaced(job)) = &status {
            let job = &job.intent.job;
            let more = self.ui.audience().choose(
                "--pay-again pays for another one",
                "call edit with the same arguments and accept_usd 0 to get it; `new_variation` pays for another one",
            );
            self.ui.note(&format!(
                "nothing is sent or paid: job {job} made this result, which is used again; {more}"
            ));
            // On a terminal, the note says it all.
            if matches!(status, Some(Status::Done(_))) && !self.ui.is_json() {
                return Ok(());
            }
            price = Some((Usd::default(), PriceSource::Reused));
        }
        let reused = match &status {
            Some(Status::Done(job)) => Some(Reused { job, is_there: true }),
            Some(Status::Misplaced(job)) => Some(Reused { job, is_there: false }),
            _ => None,
        };
        if let Some(failure) = status.as_ref().and_then(|status| not_sent(status, self.request_info())) {
            return Err(failure);
        }
        // What is used again is not sent, whatever became of others.
        let of_others = journal.as_ref().filter(|_| reused.is_none());
        let before = of_others.map(|journal| self.in_doubt_before(task, journal)).transpose()?;
        if let Some(before) = before.flatten() {
            return self.held(task, &before);
        }
        if let Some(journal) = of_others
            && !target.is_built_in()
            && let Some(lost) = Status::lost_before(task, journal, self.args.request.seed.is_none())?
        {
            self.ui.note(&format!(
                "job {lost} was for the same edit, and may have been charged without a result: this one would be charged \
                 besides"
            ));
        }
        if reused.is_none() {
            dry_run::mention_withdrawn_model(&models, settings, *target, self.ui);
        }
        let recipient = dry_run::Recipient {
            base: &settings.base_url,
            service: settings.models.service(),
            is_built_in: target.is_built_in(),
        };
        let processing = self.options.processing()?;
        let load = |reference: &Reference| reference.load(&processing);
        let references: Result<Vec<Loaded>, _> = task.references.iter().map(load).collect();
        let references = references.map_err(Failure::reference)?;
        let references = &references;
        let steps = self.steps_to_pay(task, journal.as_ref())?;
        let edit = dry_run::PlannedEdit {
            task,
            steps,
            image,
            references,
            processing: &processing,
            recipient,
            price,
            reused,
            draws_seed: self.args.request.seed.is_none() && self.batch_options.dedup != Dedup::Results,
        };
        let price = edit.price.as_ref().map(|(usd, _)| *usd);
        dry_run::edit(&edit, self.ui)?;
        let (edits, limits) = (steps as u64, settings.limits);
        let spent = journal.as_ref().map(|journal| journal.spent_today(price.unwrap_or_default()));
        // Either all steps are sent, or none.
        let of_steps = price.map(|price| price.saturating_mul(edits));
        let audience = self.ui.audience();
        limits::ensure_affordable(of_steps, 1, limits, spent.transpose()?.unwrap_or_default(), audience)?;
        let expected = Expected { price, edits, together: edits, most: limits.max_cost };
        match self.host {
            Host::CommandLine => dry_run::mention_question(expected, limits, self.ui),
            Host::Server { limit, .. } => {
                self.ensure_payable(expected, of_steps, limit)?;
                let may_pay = limit.is_some() || self.options.is_free();
                if reused.is_none() || !may_pay {
                    self.ui.note(&host::next_step(of_steps, may_pay));
                }
            }
        }
        Ok(())
    }

    /// Says that an edit would not be sent, because the earlier job for the same edit has no result yet.
    fn held(&self, task: &Task, before: &Status) -> Result<(), Failure> {
        let otherwise = |text| self.ui.audience().choose(text, "");
        match before {
            Status::EqualInDoubt(job) => {
                let job = &job.intent.job;
                let recover = self.request_info().recover(Some(job));
                self.ui.note(&format!(
                    "job {job} is for the same edit and has no result yet, so nothing will be sent before {recover} settles \
                     it{}",
                    otherwise(", or with --pay-again")
                ));
            }
            Status::EqualUnreadable(job) => self.ui.note(&format!(
                "the journal's entry for job {job} cannot be read; it may be the same edit and may have been paid for, so \
                 nothing will be sent{}",
                otherwise(" without --pay-again")
            )),
            _ => {}
        }
        let planned = Planned::Held { job: before.job_id(), why: Held::InDoubt };
        let line = dry_run::task(task, planned, &self.options.processing()?, self.ui);
        line.and_then(|line| self.ui.data(&line)).map_err(stdout_failed)
    }

    /// Ensures that a server may pay for an edit, as if it was sent.
    ///
    /// # Errors
    /// As the edit ends.
    fn ensure_payable(
        &self,
        expected: Expected,
        cost: Option<Usd>,
        limit: Option<&SessionLimit>,
    ) -> Result<(), Failure> {
        if cost == Some(Usd::default()) {
            return Ok(());
        }
        if let Some(limit) = limit {
            limits::ensure_in_session(cost, limit)?;
        }
        let limits = self.options.settings.limits;
        match expected.is_above(limits).filter(|_| !self.args.budget.yes) {
            Some(above) => Err(consent::refused(expected.cost(), above, limits, self.ui.audience())),
            None => Ok(()),
        }
    }
}

/// The failure of an edit that would not be sent, because an equal one may have been paid for or is in progress.
fn not_sent(status: &Status, request: RequestInfo<'_>) -> Option<Failure> {
    match status {
        Status::EqualInDoubt(job) => Some(Failure::equal_in_doubt(job, request, PAY_AGAIN)),
        Status::EqualUnreadable(job) => Some(Failure::equal_unreadable(job, PAY_AGAIN)),
        Status::Running(job) => Some(Failure::equal_in_progress(&job.intent.job, request.audience)),
        _ => None,
    }
    .map(|failure| failure.at(request.recipient))
}
