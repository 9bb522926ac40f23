//! Plans and runs several edits, and reports them.

mod concurrency;
mod earlier;
mod early_end;
mod faults;
mod reporter;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::batch::manifest::{Fault, Rejected};
use crate::batch::{
    AtStake, Batch, BatchOptions, BatchPlan, Budget, Dedup, JobSpec, Limits, PlanBuilder, Planned,
    PlanningError, RateLimiter, StopReason, Task, Worker,
};
use crate::cli::{BudgetArgs, ConcurrencyArgs};
use crate::edit::Interrupt;
use crate::env::Env;
use crate::error::{ErrorKind, Failure, PayAgain, Recipient};
use crate::files::OpenFiles;
use crate::journal::Journal;
use crate::money::Usd;
use crate::ui::{self, BatchProgress, RunLimits, Ui};

use super::consent::{Consent, Expected};
use super::context;
use super::dry_run;
use super::edit_options::EditOptions;
use super::html_report::HtmlReport;
use super::left_out::{AllLeftOut, LeftOut};
use super::limits;
use super::price::{Edits, ListUse, PriceLookup};
use super::report_file::ReportFile;
use super::reporting::stdout_failed;
use super::result_viewer::ResultViewer;
use super::session::{RunSize, Session};
use super::successor;
pub(super) use earlier::OnEarlier;

use early_end::EarlyEnd;
use faults::{FaultReporter, has_faults, plan_failed};
use reporter::{Reporter, SeenHints};

/// The number of edits in flight without `--jobs`.
const DEFAULT_JOBS: u32 = 4;
/// How long to continue without a success, without `--give-up-after`.
const DEFAULT_GIVE_UP_AFTER: Duration = Duration::from_secs(300);

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
            dry_run::mention_question(Expected { price: usd, edits, most: limits.max_cost }, limits, ui);
            if let Some(totals) = left_out.totals() {
                ui.summary(&totals);
            }
            let failure = left_out.failure();
            failure.iter().for_each(|failure| ui.failed(failure));
            let code = failure.map_or(0, |failure| failure.kind.exit_code());
            return Ok(RunEnd::Ended(Ended { code, made: 0, spent: Usd::default(), is_final: false }));
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

/// What the report of a run needs to know.
struct BatchReporting<'a> {
    run: &'a BatchRun<'a>,
    session: Session<'a>,
    consent: Consent,
    ui: &'a Ui,
    manifest: Option<&'a str>,
    left_out: AllLeftOut,
}

impl BatchReporting<'_> {
    fn run(&self, plan: BatchPlan, edits: Edits<'_>) -> Result<Ended, Failure> {
        let BatchRun { concurrency, report, unordered, max_jobs, .. } = *self.run;
        let size = self.size(&plan);
        let spent = match self.run.part {
            Part::Whole | Part::First => Usd::default(),
            Part::Next { spent } => spent,
        };
        let budget = self.session.budget(edits, size, &self.consent, self.ui)?.with_spent(spent);
        let jobs = self.possible_jobs();
        let limiter = RateLimiter::new(Limits {
            jobs,
            rpm: concurrency.rpm,
            give_up_after: concurrency.give_up_after.unwrap_or(DEFAULT_GIVE_UP_AFTER),
        });
        let report = report.map(ReportFile::create).transpose()?;
        let is_sandbox = self.session.connection.target.is_sandbox();
        let create = |path| HtmlReport::create(path, self.manifest, is_sandbox);
        let html = self.run.html.map(create).transpose()?;
        let tally = plan.tally;
        let limits = RunLimits {
            jobs,
            rpm: concurrency.rpm,
            max_jobs,
            reuses: self.run.batch_options.dedup == Dedup::Results,
            limiter: &limiter,
        };
        let progress = BatchProgress::new(self.ui, self.session.interrupt, tally, &limits);
        let mut reporter = Reporter {
            batch: self,
            progress: &progress,
            budget: &budget,
            report,
            html,
            delivered: Vec::new(),
            stdout_error: None,
            worst: None,
            is_disk_full: false,
            is_model_missing: false,
            failures: 0,
            hints: SeenHints::default(),
        };
        let started = Instant::now();
        let batch = Batch {
            plan,
            worker: Worker {
                options: self.run.batch_options,
                executor: self.session.executor(&limiter, &budget, self.run.keeps_steps),
            },
            limiter: &limiter,
            jobs,
            fail_fast: concurrency.fail_fast,
            strict: self.run.strict,
            unordered,
        };
        let mut not_replaced = None;
        let end = batch.run(&progress, &mut reporter, &mut |plan| {
            not_replaced = self.continue_with_successor(plan, &budget).err();
            not_replaced.is_none()
        });
        progress.clear();
        let Reporter {
            worst,
            failures,
            is_disk_full,
            is_model_missing,
            stdout_error,
            report,
            html,
            delivered,
            ..
        } = reporter;
        let page = html.map(|html| html.write(&progress.summary(&budget, started.elapsed())));
        let page_failure = page.and_then(Result::err);
        let output_failure =
            report.and_then(ReportFile::failure).or(stdout_error.map(stdout_failed)).or(page_failure);
        let end = end?;
        // A budget that was exceeded is always reported, whatever else ended the run.
        let exceeded =
            limits::exceeded(&budget, self.run.options.settings.limits, self.ui.audience()).map(|what| {
                Failure::new(ErrorKind::Payment, anyhow::anyhow!(what))
                    .hint("allow more with a higher limit, and say what an edit costs with --price")
            });
        let end = if exceeded.is_some() && end == StopReason::Complete { StopReason::MaxCost } else { end };
        let exit_code = match &not_replaced {
            Some(failure) if !worst.is_some_and(ErrorKind::concerns_money) => failure.kind.exit_code(),
            _ => exit_code_of(end, worst, failures),
        };
        if let Some(failure) = exceeded.or(not_replaced).or_else(|| {
            EarlyEnd {
                reason: end,
                requested_wait: limiter.requested_wait(),
                budget: &budget,
                left: progress.left(),
                resumes: self.resumes(),
                has_rows: self.manifest.is_some(),
                request: self.session.request_info(self.run.options.model().as_str(), self.ui.audience()),
            }
            .failure()
        }) {
            self.ui.failed(&failure);
        }
        if let Some(failure) = &output_failure {
            self.ui.failed(failure);
        }
        // The failure of an edit says more than this one. A run of several parts looks at pictures again by itself.
        let is_whole = matches!(self.run.part, Part::Whole);
        let left_out = self.left_out.failure().filter(|_| exit_code == 0 && is_whole);
        if let Some(failure) = &left_out {
            self.ui.failed(failure);
        }
        let totals = self.left_out.totals().map_or(String::new(), |totals| format!("; {totals}"));
        if is_whole {
            self.ui.summary(&format!("{}{totals}", progress.summary(&budget, started.elapsed())));
        }
        if matches!(end, StopReason::Interrupted(_)) && self.resumes() {
            self.ui.summary("interrupted: run the same command again to do what is left");
        }
        if let Some(viewer) = self.run.viewer {
            viewer.view(&delivered);
        }
        let has_lost_output = output_failure.is_some();
        let worse = output_failure.or(left_out).filter(|_| exit_code == 0);
        let of_output = worse.map(|failure| failure.kind.exit_code());
        let is_final = match end {
            StopReason::Complete | StopReason::MaxJobs | StopReason::GivenUp => {
                has_lost_output || is_disk_full
            }
            _ => true,
        };
        if is_model_missing {
            self.run.options.model_is_missing(self.session.journal)?;
        }
        let code = of_output.unwrap_or(exit_code);
        Ok(Ended { code, made: progress.made(), spent: budget.spent(), is_final })
    }

    /// Lets the tasks that remain continue with the successor of the default model, which the service does not have.
    ///
    /// # Errors
    /// If there is none, if it does not support what a task asks for, or if `--max-cost` cannot be kept with it.
    fn continue_with_successor(&self, plan: &mut BatchPlan, budget: &Budget<'_>) -> Result<(), Failure> {
        let BatchRun { options, batch_options, .. } = *self.run;
        let Some(successor) = successor::find(&self.session.connection, options, self.session.journal)?
        else {
            let (service, model) = (&options.settings.models.service().title, options.model());
            let what = anyhow::anyhow!("{service} does not have the model {model}");
            return Err(Failure::new(ErrorKind::Rejected, what)
                .hint("choose another model with --model; `seededit models` lists all"));
        };
        let switched = options.with_model(successor);
        let mut found = FaultReporter::new(self.manifest, self.ui);
        let replace = |spec| switched.replacing(spec);
        let faults = plan.replace_model(&replace, &batch_options.request, &mut |fault| found.add(fault));
        found.report();
        let faults = faults?;
        if faults > 0 {
            let (withdrawn, model) = (options.model(), switched.model());
            let found = ui::count(faults as usize, "fault");
            let what = format!("{found} with {model}, the successor of {withdrawn}");
            return Err(Failure::input(what).hint("choose another model with --model"));
        }
        let models = plan.models()?;
        let edits = Edits { models: &models, references: plan.max_references()? };
        self.session.expect_price(budget, edits, self.size(plan), &self.consent, self.ui)?;
        self.session.announce_successor(&switched, self.ui)
    }

    fn size(&self, plan: &BatchPlan) -> RunSize {
        let max_jobs = self.run.max_jobs;
        RunSize { edits: plan.tally.edits.min(max_jobs.unwrap_or(u64::MAX)), max_jobs }
    }

    /// Returns how many edits run at once, and says so if that is fewer than requested.
    fn possible_jobs(&self) -> u32 {
        let wanted = self.run.concurrency.jobs.unwrap_or(DEFAULT_JOBS);
        let Some(files) = OpenFiles::count() else { return wanted };
        let is_sandbox_built_in = self.session.connection.target.recipient() == Recipient::BuiltInSandbox;
        let possible = concurrency::possible(wanted, files, is_sandbox_built_in);
        if possible < wanted {
            self.ui.note(&format!(
                "at most {} at once instead of {wanted}, because only {} files and connections can be open: raise that \
                 limit with `ulimit -n`",
                ui::count(possible as usize, "edit"),
                files.limit
            ));
        }
        possible
    }

    /// Whether running the same command again does only what is left.
    fn resumes(&self) -> bool {
        self.run.batch_options.dedup != Dedup::Never
    }
}

/// The exit code. Failures that concern money take precedence, then the reason for an early end, then failed edits.
fn exit_code_of(end: StopReason, worst: Option<ErrorKind>, failures: u64) -> u8 {
    if let Some(worst) = worst.filter(|worst| worst.concerns_money()) {
        return worst.exit_code();
    }
    match end {
        StopReason::Interrupted(signal) => ErrorKind::Interrupted(signal).exit_code(),
        StopReason::Unauthorized => ErrorKind::Auth.exit_code(),
        StopReason::OutOfCredit | StopReason::MaxCost => ErrorKind::Payment.exit_code(),
        StopReason::GivenUp | StopReason::ProxyAuthorization => ErrorKind::Unavailable.exit_code(),
        StopReason::PaidForNothing(AtStake { paid: 0, .. }) => ErrorKind::Unknown.exit_code(),
        StopReason::PaidForNothing(_) => ErrorKind::Undelivered.exit_code(),
        StopReason::ModelWithdrawn => ErrorKind::Rejected.exit_code(),
        StopReason::Unsaved => ErrorKind::Undelivered.exit_code(),
        StopReason::Complete | StopReason::Failed | StopReason::MaxJobs if failures > 0 => {
            ErrorKind::Partial.exit_code()
        }
        StopReason::Complete | StopReason::Failed | StopReason::MaxJobs => 0,
    }
}
