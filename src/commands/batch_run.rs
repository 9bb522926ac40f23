//! Many orders carried out and reported.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::batch::manifest::{Fault, Rejected};
use crate::batch::{
    Batch, BatchError, BatchOptions, Budget, Dedup, Draft, JobSpec, Limits, Planned, PlanningError,
    RateLimiter, Report, StopReason, Task, TaskOutcome,
};
use crate::cli::{BudgetArgs, ConcurrencyArgs};
use crate::edit::Output;
use crate::env::Env;
use crate::error::{self, ErrorKind, Failure};
use crate::journal::Journal;
use crate::ui::{self, Board, JobInfo, RunLimits, Ui};

use super::context::{self, Connection};
use super::edit_options::EditOptions;
use super::report_file::ReportFile;
use super::reporting::{report, stdout_failed};
use super::session::{Session, cost_more, price};
use super::task_report::{Provenance, TaskReport, over_budget, told};
use super::{dry_run, signals};

/// How many edits are under way at once where nobody says.
const DEFAULT_JOBS: u32 = 4;
/// How long to go on without a success where nobody says.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is to be done, and of which manifest.
pub(super) struct JobSpecs<'a> {
    pub(super) wishes: Box<dyn Iterator<Item = Result<JobSpec, Rejected>> + 'a>,
    pub(super) manifest: Option<&'a str>,
}

/// A run of many, as it was asked for.
pub(super) struct BatchRun<'a> {
    pub(super) concurrency: &'a ConcurrencyArgs,
    pub(super) budget: &'a BudgetArgs,
    pub(super) rules: &'a BatchOptions,
    pub(super) asked: &'a EditOptions<'a>,
    pub(super) dry_run: bool,
    pub(super) keeps_steps: bool,
    pub(super) unordered: bool,
    /// Whether a result with nothing of its original in it is a failure.
    pub(super) strict: bool,
    pub(super) max_jobs: Option<u64>,
    pub(super) report: Option<&'a Path>,
}

impl BatchRun<'_> {
    /// Checks everything, and then does it; returns the exit code.
    pub(super) fn carry_out(&self, wishes: JobSpecs<'_>, env: &Env, ui: &Ui) -> Result<u8, Failure> {
        let JobSpecs { wishes, manifest } = wishes;
        let interrupt = signals::watch()?;
        let data = context::data_dir(env, self.asked.target.is_sandbox())?;
        let failed = |error: PlanningError| no_room(error, env);
        let mut draft = Draft::new(self.rules).map_err(failed)?;
        let mut tell = |fault: Fault| fault_told(&fault, manifest, ui);
        draft.keep_free(self.report, self.asked.mask()).map_err(failed)?;
        draft.take(wishes, &interrupt, &mut tell).map_err(failed)?;
        let journal = match self.dry_run {
            true => Journal::open_existing(&data)?,
            false => Some(Journal::open(&data)?),
        };
        let mut printed = Ok(());
        let mut see = |order: &Task, output: &Output| {
            if self.dry_run && printed.is_ok() {
                printed = dry_run::order(order, output, ui);
            }
        };
        let (planned, faults) =
            draft.settle(journal.as_ref(), &interrupt, &mut see, &mut tell).map_err(failed)?;
        printed.map_err(stdout_failed)?;
        if faults > 0 {
            let place = manifest.map_or(String::new(), |manifest| format!(" in {manifest}"));
            return Err(Failure::input(format!("{}{place}", ui::count(faults as usize, "fault")))
                .hint("nothing was sent; fix all of them first"));
        }
        if let (0, Some(manifest)) = (planned.tally.rows, manifest) {
            ui.note(&format!("{manifest} has no rows"));
        }
        let models = planned.models()?;
        let Some(journal) = journal.filter(|_| !self.dry_run) else {
            let journal = Journal::open_existing(&data)?;
            let price =
                price(self.budget, &models, &self.asked.settings, self.asked.target, journal.as_ref(), None)?
                    .expected();
            return dry_run::all(&planned.tally, price, ui).map(|()| 0).map_err(stdout_failed);
        };
        let connection = Connection::new(&self.asked.settings, env, self.asked.target)?;
        context::greet(self.asked.target, &self.asked.settings, &journal, ui)?;
        let means = Session {
            budget: self.budget,
            rules: self.rules,
            settings: &self.asked.settings,
            connection: &connection,
            journal: &journal,
            interrupt: &interrupt,
            keeps_steps: self.keeps_steps,
        };
        Many { run: self, means, ui, manifest }.run(planned, &models)
    }
}

/// A plan that cannot be kept says where there is no room for it: the database looks for a directory in this
/// order.
fn no_room(error: PlanningError, env: &Env) -> Failure {
    let is_sheet = matches!(error, PlanningError::PlanStore(_));
    let named = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(|name| env.var(name).map(PathBuf::from));
    let usual = ["/var/tmp", "/usr/tmp", "/tmp"].into_iter().map(PathBuf::from);
    match named.chain(usual).find(|directory| directory.is_dir()) {
        Some(directory) if is_sheet && cfg!(unix) => Failure::from(error)
            .hint(format!("make room in {}, or name another directory with TMPDIR", directory.display())),
        _ => error.into(),
    }
}

/// Tells of a fault, as `file:line: what`.
fn fault_told(fault: &Fault, manifest: Option<&str>, ui: &Ui) {
    let message = match (manifest, fault.line) {
        (Some(manifest), Some(line)) => format!("{manifest}:{line}: {}", fault.what),
        (Some(manifest), None) => format!("{manifest}: {}", fault.what),
        (None, _) => fault.what.clone(),
    };
    let failure = Failure::input(message);
    let failure = match &fault.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    };
    let asked = JobInfo { line: fault.line, ..JobInfo::new(None, None) };
    report(&failure, asked, ui);
}

/// What a run of many is reported to.
struct Many<'a> {
    run: &'a BatchRun<'a>,
    means: Session<'a>,
    ui: &'a Ui,
    manifest: Option<&'a str>,
}

impl Many<'_> {
    /// Carries out a plan; returns the exit code.
    fn run(&self, planned: Planned, models: &[String]) -> Result<u8, Failure> {
        let BatchRun { concurrency, report, unordered, max_jobs, .. } = *self.run;
        let budget = self.means.budget(models, max_jobs)?;
        let pace = RateLimiter::new(Limits {
            jobs: concurrency.jobs.unwrap_or(DEFAULT_JOBS),
            rpm: concurrency.rpm,
            patience: concurrency.give_up_after.unwrap_or(PATIENCE),
        });
        let report = report.map(ReportFile::create).transpose()?;
        let jobs = concurrency.jobs.unwrap_or(DEFAULT_JOBS);
        let tally = planned.tally;
        let limits = RunLimits { jobs, rpm: concurrency.rpm, max_jobs, limiter: &pace };
        let board = Board::new(self.ui, self.means.interrupt, tally, &limits);
        let mut reporter = Reporter {
            many: self,
            board: &board,
            budget: &budget,
            report,
            unprinted: None,
            worst: None,
            failures: 0,
            last_hint: None,
        };
        let started = Instant::now();
        let batch = Batch {
            planned,
            worker: self.means.worker(&pace, &budget),
            pace: &pace,
            jobs,
            fail_fast: concurrency.fail_fast,
            strict: self.run.strict,
            unordered,
        };
        let end = batch.run(&board, &mut reporter);
        board.clear();
        let Reporter { worst, failures, unprinted, report, .. } = reporter;
        let unreported = report.and_then(ReportFile::failure).or(unprinted.map(stdout_failed));
        let end = match end {
            Err(BatchError::Report(_)) if unreported.is_some() => StopReason::Failed,
            other => other?,
        };
        // A limit that was passed is to be heard of, whatever else ended the run.
        let passed = budget.passed().map(|limit| {
            Failure::new(ErrorKind::Payment, anyhow::anyhow!(cost_more(budget.spent(), limit)))
                .hint("allow more with --max-cost, and say what an edit costs with --price")
        });
        let end = if passed.is_some() && end == StopReason::Complete { StopReason::MaxCost } else { end };
        let ended = ended(end, worst, failures);
        if let Some(failure) = passed.or_else(|| self.why(end, pace.asked_wait(), &budget)) {
            self.ui.failed(&failure);
        }
        if let Some(failure) = &unreported {
            self.ui.failed(failure);
        }
        self.ui.summary(&board.summary(&budget, started.elapsed()));
        if matches!(end, StopReason::Interrupted(_)) && self.resumes() {
            self.ui.summary("interrupted: run the same command again to do what is left");
        }
        Ok(unreported.filter(|_| ended == 0).map_or(ended, |failure| failure.kind.exit_code()))
    }

    /// Whether the same command, run again, does only what is left.
    fn resumes(&self) -> bool {
        matches!(self.means.rules.memory, Dedup::Manifest(_))
    }

    /// What there is to say about an end that was not the plan's.
    fn why(&self, end: StopReason, asked: Option<Duration>, budget: &Budget) -> Option<Failure> {
        let resumes = self.resumes();
        match end {
            StopReason::MaxCost => {
                budget.shortage().map(|shortage| over_budget(shortage, "so the rest was not sent"))
            }
            StopReason::GivenUp => {
                let why = match asked {
                    Some(wait) => format!(
                        "given up: the service asks to wait for {}, longer than --give-up-after allows",
                        ui::elapsed(wait)
                    ),
                    None => "given up: too long without a success".into(),
                };
                Some(
                    Failure::new(ErrorKind::Unavailable, anyhow::anyhow!(why))
                        .hint("run the same command again later to continue"),
                )
            }
            StopReason::Unsaved => Some(
                Failure::new(
                    ErrorKind::Undelivered,
                    anyhow::anyhow!("a result could not be saved, so nothing new was started"),
                )
                .hint(match resumes {
                    true => "free some disk space, then run the same command again: it saves what was paid for and continues",
                    false => "free some disk space; `seededit recover` then saves what was paid for",
                }),
            ),
            _ => None,
        }
    }
}

/// The exit code: what money hangs on counts most, then why it ended early, then that something failed.
fn ended(end: StopReason, worst: Option<ErrorKind>, failures: u64) -> u8 {
    if let Some(worst) = worst.filter(|worst| worst.concerns_money()) {
        return worst.exit_code();
    }
    match end {
        StopReason::Interrupted(signal) => ErrorKind::Interrupted(signal).exit_code(),
        StopReason::Unauthorized => ErrorKind::Auth.exit_code(),
        StopReason::OutOfCredit | StopReason::MaxCost => ErrorKind::Payment.exit_code(),
        StopReason::GivenUp => ErrorKind::Unavailable.exit_code(),
        StopReason::Unsaved => ErrorKind::Undelivered.exit_code(),
        StopReason::Complete | StopReason::Failed | StopReason::MaxJobs if failures > 0 => {
            ErrorKind::Partial.exit_code()
        }
        StopReason::Complete | StopReason::Failed | StopReason::MaxJobs => 0,
    }
}

/// Tells of outcomes as they come, and prints results in their turn.
struct Reporter<'a> {
    many: &'a Many<'a>,
    board: &'a Board<'a>,
    budget: &'a Budget,
    report: Option<ReportFile>,
    /// Why standard output does not take what is printed.
    unprinted: Option<io::Error>,
    worst: Option<ErrorKind>,
    failures: u64,
    last_hint: Option<String>,
}

impl Reporter<'_> {
    fn say(&mut self, order: &Task, told: &TaskReport) {
        let ui = self.many.ui;
        match told {
            TaskReport::Failed { failure, .. } => {
                let place = match (self.many.manifest, order.line) {
                    (Some(manifest), Some(line)) => format!("{manifest}:{line}"),
                    _ => order.source.name(),
                };
                // The same advice for each of a thousand rows is no advice.
                let hint = failure.hint.as_deref().filter(|hint| self.last_hint.as_deref() != Some(*hint));
                ui.failed_at(&place, &failure.message(), hint);
                if hint.is_some() {
                    self.last_hint = failure.hint.clone();
                }
            }
            // What many find done already, they say in one number at their end.
            TaskReport::Result { how: Provenance::Kept, .. } | TaskReport::Skipped(_)
                if !self.names_kept() => {}
            told => told.say(order, ui),
        }
    }

    /// Whether what was there already is listed, too: it was asked for by name.
    fn names_kept(&self) -> bool {
        self.many.means.rules.memory == Dedup::Results
    }
}

impl Report for Reporter<'_> {
    fn lists_kept(&self) -> bool {
        self.many.ui.is_json() || self.report.is_some() || self.names_kept()
    }

    fn kept(&mut self, count: u64) {
        self.board.kept(count);
    }

    fn outcome(&mut self, order: &Task, outcome: TaskOutcome) -> io::Result<Vec<u8>> {
        let ui = self.many.ui;
        let model = order.steps.first().map_or(&self.many.means.settings.model, |step| &step.model);
        let asked = error::RequestInfo { model, base_url: &self.many.means.connection.endpoint.base };
        let mut text = Vec::new();
        let all = told(order, outcome, asked);
        if let Some(counted) = all.iter().map(told_as).max() {
            self.board.count(counted, self.budget.spent());
        }
        for told in all {
            if let Some(kind) = told.kind() {
                self.failures += 1;
                self.worst = Some(kind.max(self.worst));
            }
            self.say(order, &told);
            if let Some(failure) = told.not_as_asked(self.many.run.strict) {
                self.failures += 1;
                self.worst = Some(failure.kind.max(self.worst));
                ui.failed_at(&order.source.name(), &failure.message(), failure.hint.as_deref());
            }
            if ui.is_json() || self.report.is_some() {
                let json = told.json(order, ui)?;
                if let Some(report) = &mut self.report {
                    report.write(&json)?;
                }
                if ui.is_json() {
                    text.extend(json);
                }
            }
            if let (false, Some(path)) = (ui.is_json(), told.path(self.names_kept())) {
                text.extend(ui.result_line(path.as_os_str()));
            }
        }
        Ok(text)
    }

    fn turn(&mut self, kept: &[u8]) -> io::Result<()> {
        // What was paid for is in its files, whether or not anybody reads of it here.
        if self.unprinted.is_none() && !kept.is_empty() {
            self.unprinted = self.many.ui.data(kept).err();
        }
        Ok(())
    }
}

fn told_as(told: &TaskReport) -> ui::Counted {
    match told {
        TaskReport::Result { how: Provenance::Made, .. } => ui::Counted::Made,
        TaskReport::Result { .. } | TaskReport::Skipped(_) => ui::Counted::Before,
        TaskReport::Failed { failure, .. } if failure.kind.concerns_money() => ui::Counted::Grave,
        TaskReport::Failed { .. } => ui::Counted::Failed,
    }
}
