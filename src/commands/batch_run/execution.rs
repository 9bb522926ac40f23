//! Runs the edits of a plan, and says how the run ended.

use std::time::{Duration, Instant};

use crate::batch::{AtStake, Batch, BatchPlan, Budget, Dedup, Limits, RateLimiter, StopReason, Worker};
use crate::error::{ErrorKind, Failure, Recipient};
use crate::files::OpenFiles;
use crate::money::Usd;
use crate::ui::{self, BatchProgress, JobInfo, RunLimits, Ui};

use super::super::consent::Consent;
use super::super::html_report::HtmlReport;
use super::super::left_out::AllLeftOut;
use super::super::price::Edits;
use super::super::report_file::ReportFile;
use super::super::reporting::{self, stdout_failed};
use super::super::session::{RunSize, Session};
use super::super::{limits, successor};
use super::early_end::EarlyEnd;
use super::faults::FaultReporter;
use super::reporter::{Reporter, SeenHints};
use super::{BatchRun, Ended, Part, concurrency};

/// The number of edits in flight without `--jobs`.
const DEFAULT_JOBS: u32 = 4;
/// How long to continue without a success, without `--give-up-after`.
const DEFAULT_GIVE_UP_AFTER: Duration = Duration::from_secs(300);

/// What the report of a run needs to know.
pub(super) struct BatchReporting<'a> {
    pub(super) run: &'a BatchRun<'a>,
    pub(super) session: Session<'a>,
    pub(super) consent: Consent,
    pub(super) ui: &'a Ui,
    pub(super) manifest: Option<&'a str>,
    pub(super) left_out: AllLeftOut,
}

impl BatchReporting<'_> {
    pub(super) fn run(&self, plan: BatchPlan, edits: Edits<'_>) -> Result<Ended, Failure> {
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
            reporting::report(&failure, JobInfo::new(None, None), self.ui);
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
        let (made, reused) = (progress.made(), progress.reused());
        Ok(Ended { code, made, reused, spent: budget.spent(), is_final })
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
        RunSize { edits: plan.tally.edits.min(max_jobs.unwrap_or(u64::MAX)), together: 1, max_jobs }
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
    pub(super) fn resumes(&self) -> bool {
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
