//! What the edits of one command share: settings, connection, journal and budget.

use crate::batch::{Budget, Executor, SessionLimit};
use crate::cli::BudgetArgs;
use crate::edit::{Interrupt, Limiter, Service};
use crate::env::Env;
use crate::error::{Audience, Failure, Hint, RequestInfo};
use crate::journal::{AnswerStore, DayBudget, Journal};
use crate::money::Usd;
use crate::settings::Settings;
use crate::ui::Ui;

use super::consent::{Consent, Expected};
use super::context::Connection;
use super::edit_options::EditOptions;
use super::limits::{price_unknown, say_price};
use super::price::{Edits, ListUse, PriceLookup};
use super::target::Target;

/// What the edits of one command share.
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) connection: Connection,
    pub(super) journal: &'a Journal,
    pub(super) interrupt: &'a Interrupt,
    answers: AnswerStore,
    limits: &'a BudgetArgs,
    /// What all commands of a server may spend together.
    shared_limit: Option<&'a SessionLimit>,
}

/// How much a run is to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSize {
    /// The number of edits to pay for.
    pub(super) edits: u64,
    /// The number of edits of which either all are sent or none, because they are one chain.
    pub(super) together: u64,
    /// The largest number of tasks to start; `None` is no limit.
    pub(super) max_jobs: Option<u64>,
}

impl RunSize {
    /// This many edits.
    pub(super) fn of(edits: usize) -> RunSize {
        RunSize { edits: edits as u64, together: 1, max_jobs: None }
    }

    /// One edit with this many steps.
    pub(super) fn of_chain(steps: usize) -> RunSize {
        RunSize { together: steps as u64, ..RunSize::of(steps) }
    }
}

impl<'a> Session<'a> {
    /// Finds the key, and starts the built-in sandbox if that is the target. Sends nothing.
    pub(super) fn open(
        settings: &'a Settings,
        target: Target,
        limits: &'a BudgetArgs,
        journal: &'a Journal,
        interrupt: &'a Interrupt,
        env: &Env,
    ) -> Result<Session<'a>, Failure> {
        let connection = Connection::new(settings, env, target)?;
        let answers = AnswerStore::new(settings.answer_limit);
        Ok(Session { settings, connection, journal, interrupt, answers, limits, shared_limit: None })
    }

    /// Adds a limit that several commands share.
    pub(super) fn with_shared_limit(self, shared_limit: Option<&'a SessionLimit>) -> Session<'a> {
        Session { shared_limit, ..self }
    }

    /// Prints which model is used instead of a withdrawn one, with its price: nobody chose it.
    pub(super) fn announce_successor(&self, options: &EditOptions<'_>, ui: &Ui) -> Result<(), Failure> {
        let list = ListUse::IfUnknown(&self.connection.transport);
        options.announce_successor(&PriceLookup { list, ..self.prices() }, ui)
    }

    /// Where prices are looked up.
    pub(super) fn prices(&self) -> PriceLookup<'_> {
        PriceLookup {
            limits: self.limits,
            settings: self.settings,
            target: self.connection.target,
            data_dir: self.journal.directory(),
            journal: Some(self.journal),
            base: &self.connection.endpoint.base,
            // Without a limit, nothing depends on the price, and no edit should wait for it.
            list: match self.settings.limits.need_price() {
                true => ListUse::Always(&self.connection.transport),
                false => ListUse::Never,
            },
        }
    }

    /// The budget for these edits. Asks first, if they are expected to cost more than `confirm_above`.
    ///
    /// # Errors
    /// With a limit, if the price of an edit is not known; if nobody agrees to pay it, or the journal cannot be read.
    pub(super) fn budget(
        &self,
        edits: Edits<'_>,
        run: RunSize,
        consent: &Consent,
        ui: &Ui,
    ) -> Result<Budget<'a>, Failure> {
        let limits = self.settings.limits;
        let price = self.prices().price(edits)?;
        let expected = price.expected().map(|(usd, _)| usd);
        self.ensure_agreed(expected, run, consent, ui)?;
        // What costs nothing is within a limit that was exceeded.
        let of_day = limits.max_cost_per_day.filter(|_| !self.settings.models.service().is_free());
        let day = of_day.map(|limit| DayBudget::new(self.journal, limit)).transpose()?;
        let budget = Budget::new(limits.max_cost, expected)
            .with_day(day)
            .with_session(self.shared_limit)
            .with_job_limit(run.max_jobs);
        Ok(if price.is_complete { budget } else { budget.with_estimated_price() })
    }

    /// Lets a budget expect the price of these edits from now on. Asks first, if they are expected to cost more than a
    /// person has agreed to.
    ///
    /// # Errors
    /// As [`Session::budget`].
    pub(super) fn expect_price(
        &self,
        budget: &Budget<'_>,
        edits: Edits<'_>,
        run: RunSize,
        consent: &Consent,
        ui: &Ui,
    ) -> Result<(), Failure> {
        let price = self.prices().price(edits)?;
        let expected = price.expected().map(|(usd, _)| usd);
        self.ensure_agreed(expected, run, consent, ui).map_err(|failure| match expected {
            None => failure.hint(Hint::each(
                "say what one costs with --price, and run the same command again",
                say_price(Audience::Client),
            )),
            Some(_) => failure,
        })?;
        budget.expect(expected, !price.is_complete);
        Ok(())
    }

    /// Ensures that limits can be kept with this price, and that a person agrees to it if that is needed.
    fn ensure_agreed(
        &self,
        price: Option<Usd>,
        run: RunSize,
        consent: &Consent,
        ui: &Ui,
    ) -> Result<(), Failure> {
        let limits = self.settings.limits;
        if let (None, Some(limit)) = (price, limits.first()) {
            return Err(price_unknown(limit, limits, ui.audience()));
        }
        if limits.confirm_above.is_none() {
            return Ok(());
        }
        let day = match limits.max_cost_per_day {
            Some(limit) => {
                let spent = self.journal.spent_today(price.unwrap_or_default())?;
                Some(limit.saturating_sub(spent.total()))
            }
            None => None,
        };
        let most = limits.max_cost.into_iter().chain(day).min();
        let expected = Expected { price, edits: run.edits, together: run.together, most };
        consent.ensure(expected, limits, self.limits.yes, self.interrupt, ui)
    }

    /// Returns what runs the jobs of this session.
    pub(super) fn executor<'s>(
        &'s self,
        limiter: &'s dyn Limiter,
        budget: &'s Budget<'s>,
        keeps_steps: bool,
    ) -> Executor<'s> {
        Executor {
            service: Service {
                transport: &self.connection.transport,
                endpoint: &self.connection.endpoint,
                models: &self.settings.models,
                key: &self.connection.key,
                retries: self.settings.retries,
                is_sandbox: self.connection.target.is_sandbox(),
            },
            journal: self.journal,
            answers: &self.answers,
            interrupt: self.interrupt,
            limiter,
            budget,
            keeps_steps,
        }
    }

    /// What messages say about the requests of this session.
    pub(super) fn request_info<'s>(&'s self, model: &'s str, audience: Audience) -> RequestInfo<'s> {
        RequestInfo {
            model,
            models: &self.settings.models,
            base_url: &self.connection.endpoint.base,
            recipient: self.connection.target.recipient(),
            profile: self.settings.profile.as_deref(),
            audience,
            limits: self.settings.limits,
        }
    }
}
