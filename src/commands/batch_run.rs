//! Plans and runs several edits, and reports them.

mod concurrency;
mod earlier;
mod early_end;
mod execution;
mod faults;
mod reporter;

use std::path::Path;

use crate::batch::manifest::{Fault, Rejected};
use crate::batch::{BatchOptions, BatchPlan, JobSpec, PlanBuilder, Planned, PlanningError, Task};
use crate::cli::{BudgetArgs, ConcurrencyArgs};
use crate::edit::Interrupt;
use crate::env::Env;
use crate::error::{Failure, PayAgain};
use crate::journal::Journal;
use crate::money::Usd;
use crate::ui::Ui;

use super::consent::{Consent, Expected};
use super::context;
use super::dry_run;
use super::edit_options::EditOptions;
use super::left_out::{AllLeftOut, LeftOut};
use super::limits;
use super::price::{Edits, ListUse, PriceLookup};
use super::reporting::stdout_failed;
use super::result_viewer::ResultViewer;
use super::session::Session;
pub(super) use earlier::OnEarlier;

use execution::BatchReporting;
use faults::{FaultReporter, has_faults, plan_failed};

/// The edits to plan.
pub(super) struct JobSpecs<'a> {
    pub(super) specs: Box<dyn Iterator<Item = Result<JobSpec, Rejected>> + 'a>,
    /// The name of the manifest that they come from, if any.
    pub(super) manifest: Option<&'a str>,
    /// The pictures that are not among them.
    pub(super) left_out: AllLeftOut,
}

/// One run of several edits, as the command line asks for it.
pub(super) struct BatchRun<'a> {
    pub(super) concurrency: &'a ConcurrencyArgs,
    pub(super) budget: &'a BudgetArgs,
    pub(super) batch_options: &'a BatchOptions,
    pub(super) options: &'a EditOptions<'a>,
    pub(super) dry_run: bool,
    pub(super) keeps_steps: bool,
    pub(super) unordered: bool,
    /// Whether a result that preserved nothing of its original is a failure.
    pub(super) strict: bool,
    pub(super) max_jobs: Option<u64>,
    pub(super) report: Option<&'a Path>,
    /// The file of the page about all results.
    pub(super) html: Option<&'a Path>,
    /// What shows the results.
    pub(super) viewer: Option<&'a ResultViewer<'a>>,
    pub(super) on_earlier: OnEarlier,
    /// Whether results that are at their destinations already are listed.
    pub(super) lists_kept: bool,
    pub(super) part: Part,
}

/// Whether the edits are all of a run.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// They are.
    Whole,
    /// They are the first of several parts. The caller prints the summary.
    First,
    /// They continue a run, which said already where it sends pictures.
    Next {
        /// What the run has spent so far.
        spent: Usd,
    },
}

/// How a run ended.
pub(super) enum RunEnd {
    /// The edits were tried, or would be.
    Ended(Ended),
    /// Nothing was sent: the user wants to pay for new results, so it has to be planned again.
    PaysAgain,
    /// All pictures of a part of a run were left out.
    NothingToEdit,
}

/// How edits ended that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: u8,
    /// The number of tasks whose results were made now.
    pub(super) made: u64,
    /// The number of tasks for which earlier results were used again.
    pub(super) reused: u64,
    /// What the whole run has spent so far.
    pub(super) spent: Usd,
    /// Whether it would be wrong to begin further edits.
    pub(super) is_final: bool,
}

impl BatchRun<'_> {
    /// How an edit is sent in spite of an equal one that may have been paid for. `watch` has no flag for it.
    fn pay_again(&self, is_row: bool) -> PayAgain {
        match self.part {
            _ if is_row => PayAgain::Flag("--redo"),
            Part::Whole => PayAgain::Flag("--pay-again"),
            Part::First | Part::Next { .. } => PayAgain::Recover,
        }
    }

    /// Checks every row, then runs the edits.
    pub(super) fn execute(
        &self,
        specs: JobSpecs<'_>,
        interrupt: &Interrupt,
        env: &Env,
        ui: &Ui,
    ) -> Result<RunEnd, Failure> {
        let JobSpecs { specs, manifest, left_out } = specs;
        let data = context::data_dir(env, self.options.target.is_sandbox())?;
        let failed = |error: PlanningError| plan_failed(error, env);
        let mut builder = PlanBuilder::new(self.batch_options).map_err(failed)?;
        let mut found = FaultReporter::new(manifest, ui);
        let mut report_one = |fault: Fault| found.add(fault);
        builder.protect(self.report, self.html, self.options.mask()).map_err(failed)?;
        let mut problems = 0;
        if !self.batch_options.skip_unreadable {
            let unread = left_out.problems();
            problems += unread.len() as u64;
            unread.into_iter().for_each(&mut report_one);
        }
        let added = builder.add_specs(specs, interrupt, &mut report_one);
        if added.is_err() {
            found.report();
        }
        added.map_err(failed)?;
        builder.take_unreadable().into_iter().for_each(|picture| left_out.add(LeftOut::unreadable(picture)));
        builder.take_own().into_iter().for_each(|(name, own)| left_out.add(LeftOut::own(name, own)));
        let unreadable_faults = builder.unreadable_faults();
        problems += unreadable_faults;
        let journal =
            if self.dry_run { context::journal_of_dry_run(&data)? } else { Some(Journal::open(&data)?) };
        let mut listed = Ok(());
        let processing = self.options.processing()?;
        let mut list = |task: &Task, planned: Planned<'_>| {
            let line = self.dry_run.then(|| dry_run::task(task, planned, &processing, ui));
            line.unwrap_or_else(|| Ok(Vec::new())).unwrap_or_else(|error| {
                listed = Err(error);
                Vec::new()
            })
        };
        let mut report_one = |fault: Fault| found.add(fault);
        let built = builder.build(journal.as_ref(), interrupt, &mut list, &mut report_one);
        if let Ok((plan, _)) = &built {
            listed = listed.and(plan.print_listed(&mut |line| ui.data(line)).map_err(failed)?);
        }
        found.report();
        let (plan, faults) = built.map_err(failed)?;
        listed.map_err(stdout_failed)?;
        // Problems in `left_out` are no faults of the plan.
        let faults = faults + problems - unreadable_faults;
        if faults > 0 {
            return Err(has_faults(faults, problems, manifest));
        }
        if plan.tally.earlier > 0 {
            let price = || self.expected_price(&plan, &data, journal.as_ref());
            if self.on_earlier.pays_again(plan.tally, price, self.options, interrupt, ui)? {
                return Ok(RunEnd::PaysAgain);
            }
        }
        match plan.tally.lost {
            0 => {}
            1 => ui.note("1 edit was paid for before, and its result was lost: it is paid for again"),
            lost => ui.note(&format!(
                "{lost} edits were paid for before, and their results were lost: they are paid for again"
            )),
        }
        left_out.report(ui).map_err(stdout_failed)?;
        if let Some(directory) = &self.batch_options.output.directory
            && manifest.is_some()
            && plan.tally.rows > 0
            && !plan.needs_directory
        {
            ui.note(&format!(
                "-d {} is not used: it is for rows without an `output`, and every row has one",
                directory.display()
            ));
        }
        if plan.tally.rows == 0 && manifest.is_none() {
            match self.part {
                Part::Whole => return Err(left_out.nothing_left()),
                // The limits are about further pictures.
                Part::First | Part::Next { .. } if !self.dry_run => return Ok(RunEnd::NothingToEdit),
                Part::First | Part::Next { .. } => {}
            }
        }
        if let (0, Some(manifest)) = (plan.tally.rows, manifest) {
            ui.note(&format!("{manifest} has no rows"));
        }
        let models = plan.models()?;
        let edits = Edits { models: &models, references: plan.max_references()? };
        let Some(journal) = journal.filter(|_| !self.dry_run) else {
            let journal = Journal::open_existing(&data)?;
            let lookup = self.price_lookup(&data, journal.as_ref());
            if models.contains(self.options.model()) {
                self.options.announce_successor(&lookup, ui)?;
            }
            let price = lookup.price(edits)?.expected();
            if plan.tally.edits > 0 {
                dry_run::mention_withdrawn_model(&models, &self.options.settings, self.options.target, ui);
            }
            let usd = price.as_ref().map(|(usd, _)| *usd);
            dry_run::summary(&plan.tally, price, &processing, ui).map_err(stdout_failed)?;
            let edits = plan.tally.edits.min(self.max_jobs.unwrap_or(u64::MAX));
            let limits = self.options.settings.limits;
            let spent = journal.as_ref().map(|journal| journal.spent_today(usd.unwrap_or_default()));
            limits::ensure_affordable(
                usd,
                edits,
                limits,
                spent.transpose()?.unwrap_or_default(),
                ui.audience(),
            )?;
            dry_run::mention_question(
                Expected { price: usd, edits, together: 1, most: limits.max_cost },
                limits,
                ui,
            );
            if let Some(totals) = left_out.totals() {
                ui.summary(&totals);
            }
            let failure = left_out.failure();
            failure.iter().for_each(|failure| ui.failed(failure));
            let code = failure.map_or(0, |failure| failure.kind.exit_code());
            return Ok(RunEnd::Ended(Ended {
                code,
                made: 0,
                reused: 0,
                spent: Usd::default(),
                is_final: false,
            }));
        };
        let EditOptions { settings, target, .. } = self.options;
        let session = Session::open(settings, *target, self.budget, &journal, interrupt, env)?;
        if !matches!(self.part, Part::Next { .. }) {
            context::print_notes(*target, settings, &journal, ui)?;
            if models.contains(self.options.model()) {
                session.announce_successor(self.options, ui)?;
            }
        }
        let reporting =
            BatchReporting { run: self, session, consent: Consent::default(), ui, manifest, left_out };
        reporting.run(plan, edits).map(RunEnd::Ended)
    }

    /// Looks prices up offline.
    fn price_lookup<'b>(&'b self, data_dir: &'b Path, journal: Option<&'b Journal>) -> PriceLookup<'b> {
        PriceLookup {
            limits: self.budget,
            settings: &self.options.settings,
            target: self.options.target,
            data_dir,
            journal,
            base: &self.options.settings.base_url,
            list: ListUse::Never,
        }
    }

    /// Returns the expected price of one edit of a plan, if it is known without a question to the service.
    fn expected_price(
        &self,
        plan: &BatchPlan,
        data_dir: &Path,
        journal: Option<&Journal>,
    ) -> Result<Option<Usd>, Failure> {
        let models = plan.models()?;
        let edits = Edits { models: &models, references: plan.max_references()? };
        let price = self.price_lookup(data_dir, journal).price(edits)?.expected();
        Ok(price.map(|(usd, _)| usd))
    }
}
