//! Runs a plan: workers take tasks from it, and one thread reports their outcomes.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::api::RefusalKind;
use crate::edit::{Events, RunError};
use crate::sync::lock;

use super::budget::Denied;
use super::doubts::Doubts;
use super::job_spec::JobSpecError;
use super::limiter::RateLimiter;
use super::plan::BatchPlan;
use super::plan_store::{PlanEntry, PlanStore, PlanStoreError};
use super::planning_error::PlanningError;
use super::reorder::Reorder;
use super::resolve;
use super::stop_reason::StopReason;
use super::task::Task;
use super::task_outcome::TaskOutcome;
use super::worker::Worker;

/// The time until a task that another process is working on is looked at again.
const RECHECK_INTERVAL: Duration = Duration::from_millis(200);

/// A plan and how to run it.
pub struct Batch<'a> {
    pub plan: BatchPlan,
    pub worker: Worker<'a>,
    /// The limiter of the worker.
    pub limiter: &'a RateLimiter,
    /// The number of workers.
    pub jobs: u32,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Whether a result that preserves nothing of its original is a failure.
    pub strict: bool,
    /// Whether outcomes are emitted as they arrive, instead of in the order of the manifest.
    pub unordered: bool,
}

/// Shows what each worker does.
pub trait Observer: Sync {
    /// Receives the events of the worker with this number, from 0.
    fn events(&self, worker: usize) -> &dyn Events;
    fn task_started(&self, worker: usize, task: &Task);
    fn task_ended(&self, worker: usize);
}

/// Receives the outcomes of tasks.
pub trait Report {
    /// Whether results that are at their destinations already are reported one by one, instead of only counted.
    fn lists_up_to_date(&self) -> bool;
    /// Reports the number of results that are at their destinations already.
    fn up_to_date(&mut self, count: u64);
    /// Reports an outcome as soon as it is known. Returns the bytes to emit when it is the task's turn.
    ///
    /// # Errors
    /// Fails if the outcome cannot be turned into text.
    fn outcome(&mut self, task: &Task, outcome: TaskOutcome) -> io::Result<Vec<u8>>;
    /// Whether an outcome could not be written down. No further task is started then, and those in progress are
    /// still reported.
    fn has_failed(&self) -> bool;
    /// Reports a task of which nothing became, because the run ended early.
    fn left(&mut self, task: &Task);
    /// Prints the bytes of a task.
    ///
    /// # Errors
    /// Fails if they cannot be written.
    fn emit(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    Plan(#[from] PlanningError),
    /// A stored specification is not valid.
    #[error(transparent)]
    JobSpec(#[from] JobSpecError),
    #[error("cannot write the report")]
    Report(#[from] io::Error),
}

impl From<PlanStoreError> for BatchError {
    fn from(error: PlanStoreError) -> BatchError {
        BatchError::Plan(error.into())
    }
}

/// What the workers share.
struct Shared<'a> {
    store: Mutex<&'a mut PlanStore>,
    feed: Mutex<Feed>,
    /// Why no further task is started, if so.
    stop_reason: Mutex<Option<StopReason>>,
    /// Whether a task was reported that a proxy refused.
    has_reported_proxy: AtomicBool,
    /// Held while the usage log is asked about jobs in doubt, so that no task starts meanwhile.
    doubts: Mutex<Doubts>,
    worker: Worker<'a>,
    limiter: &'a RateLimiter,
    fail_fast: bool,
    strict: bool,
}

/// The tasks to start next.
#[derive(Default)]
struct Feed {
    /// Entries that were read from the plan.
    entries: VecDeque<PlanEntry>,
    /// The position of the next entry to read.
    next: u64,
    /// Tasks that other processes are working on; they are tried again after all others.
    deferred: VecDeque<Task>,
}

impl Batch<'_> {
    /// Runs all tasks and reports their outcomes on this thread. Returns why no further task was started.
    ///
    /// If the service does not have a model that may be replaced, calls `replace` as soon as no task is in progress. The
    /// run continues if it returns true, and the tasks that were refused for the model run again.
    ///
    /// # Errors
    /// See [`BatchError`]. Tasks in progress are finished first.
    pub fn run(
        mut self,
        observer: &dyn Observer,
        report: &mut dyn Report,
        replace: &mut dyn FnMut(&mut BatchPlan) -> bool,
    ) -> Result<StopReason, BatchError> {
        self.plan.store.shrink()?;
        self.worker.executor.journal.shrink().map_err(PlanningError::from)?;
        if report.lists_up_to_date() {
            self.plan.store.reopen_up_to_date()?;
        } else {
            report.up_to_date(self.plan.tally.up_to_date);
        }
        let mut reorder = Reorder::default();
        let reason = loop {
            let reason = self.run_pending(observer, report, &mut reorder)?;
            if reason != StopReason::ModelWithdrawn || !replace(&mut self.plan) {
                break reason;
            }
            self.limiter.resume();
        };
        // Tasks that were not started leave gaps, so some outcomes are still buffered.
        while let Some((_, bytes)) = self.plan.store.unbuffer(None)? {
            report.emit(&bytes)?;
        }
        if reason != StopReason::Complete {
            self.report_left(report)?;
        }
        Ok(reason)
    }

    /// Reports the tasks that were not started.
    fn report_left(&self, report: &mut dyn Report) -> Result<(), BatchError> {
        let mut next = 0;
        loop {
            let page = self.plan.store.pending_page_from(next)?;
            let Some(last) = page.last() else { return Ok(()) };
            next = last.position + 1;
            for entry in page {
                report.left(&resolve::task(entry, self.worker.options)?);
            }
        }
    }

    /// Runs the tasks that were not reported. Returns why no further one was started.
    fn run_pending(
        &mut self,
        observer: &dyn Observer,
        report: &mut dyn Report,
        reorder: &mut Reorder,
    ) -> Result<StopReason, BatchError> {
        let shared = Shared {
            store: Mutex::new(&mut self.plan.store),
            feed: Mutex::new(Feed::default()),
            stop_reason: Mutex::new(None),
            has_reported_proxy: AtomicBool::new(false),
            doubts: Mutex::default(),
            worker: self.worker,
            limiter: self.limiter,
            fail_fast: self.fail_fast,
            strict: self.strict,
        };
        let (sender, outcomes) = sync_channel(2 * self.jobs as usize);
        let (shared, unordered) = (&shared, self.unordered);
        thread::scope(|scope| {
            for number in 0..self.jobs as usize {
                let sender = sender.clone();
                scope.spawn(move || shared.work(number, observer, &sender));
            }
            // The channel ends with the last worker.
            drop(sender);
            let reported = if unordered {
                report_as_they_arrive(outcomes, report, shared)
            } else {
                report_in_order(outcomes, report, reorder, shared)
            };
            if reported.is_err() {
                // Nobody would learn of further results.
                shared.stop(StopReason::Failed);
            }
            reported
        })?;
        if let Some(signal) = self.worker.executor.interrupt.signal() {
            return Ok(StopReason::Interrupted(signal));
        }
        Ok(lock(&shared.stop_reason).unwrap_or(StopReason::Complete))
    }
}

type Finished = Result<(Task, TaskOutcome), BatchError>;

fn report_as_they_arrive(
    outcomes: Receiver<Finished>,
    report: &mut dyn Report,
    shared: &Shared<'_>,
) -> Result<(), BatchError> {
    for finished in outcomes {
        let (task, outcome) = finished?;
        let bytes = report_one(&task, outcome, report, shared)?;
        report.emit(&bytes)?;
    }
    Ok(())
}

fn report_in_order(
    outcomes: Receiver<Finished>,
    report: &mut dyn Report,
    reorder: &mut Reorder,
    shared: &Shared<'_>,
) -> Result<(), BatchError> {
    for finished in outcomes {
        let (task, outcome) = finished?;
        let bytes = report_one(&task, outcome, report, shared)?;
        reorder.add(task.position, &bytes, &lock(&shared.store), report)?;
    }
    Ok(())
}

/// Reports an outcome. If it cannot be written down, stops the run.
fn report_one(
    task: &Task,
    outcome: TaskOutcome,
    report: &mut dyn Report,
    shared: &Shared<'_>,
) -> Result<Vec<u8>, BatchError> {
    lock(&shared.store).mark_reported(task.position)?;
    let bytes = report.outcome(task, outcome)?;
    if report.has_failed() {
        shared.stop(StopReason::Failed);
    }
    Ok(bytes)
}

impl Shared<'_> {
    fn work(&self, number: usize, observer: &dyn Observer, outcomes: &SyncSender<Finished>) {
        loop {
            let task = match self.next() {
                Ok(Some(task)) => task,
                Ok(None) => return,
                Err(error) => {
                    self.stop(StopReason::Failed);
                    let _ = outcomes.send(Err(error));
                    return;
                }
            };
            observer.task_started(number, &task);
            let outcome = self.worker.run(&task, None, observer.events(number), &mut io::sink());
            observer.task_ended(number);
            if task.is_replaceable && outcome.is_model_missing() {
                self.worker.executor.budget.forget_start();
                self.stop(StopReason::ModelWithdrawn);
                return;
            }
            // A proxy refuses all requests alike: the others that were in flight count as not sent.
            let is_known =
                is_refused_by_proxy(&outcome) && self.has_reported_proxy.swap(true, Ordering::Relaxed);
            self.react(&outcome);
            if !is_known
                && let Some(finished) = self.defer_or_return(task, outcome)
                && outcomes.send(Ok(finished)).is_err()
            {
                return;
            }
        }
    }

    /// Returns the next task; `None` when there is none left, or no further one may start.
    ///
    /// A task that another process is working on is returned again after all others. The worker that deferred it calls
    /// this method next, so no task is forgotten.
    fn next(&self) -> Result<Option<Task>, BatchError> {
        drop(lock(&self.doubts));
        if self.is_stopped() {
            return Ok(None);
        }
        if self.limiter.has_given_up() {
            self.stop(StopReason::GivenUp);
            return Ok(None);
        }
        let mut feed = lock(&self.feed);
        if feed.entries.is_empty() {
            let page = lock(&self.store).pending_page_from(feed.next)?;
            feed.next = page.last().map_or(feed.next, |last| last.position + 1);
            feed.entries.extend(page);
        }
        if let Some(entry) = feed.entries.pop_front() {
            drop(feed);
            return Ok(Some(resolve::task(entry, self.worker.options)?));
        }
        let Some(task) = feed.deferred.pop_front() else { return Ok(None) };
        drop(feed);
        let canceled = self.worker.executor.interrupt.sleep(RECHECK_INTERVAL);
        Ok(if canceled.is_some() { None } else { Some(task) })
    }

    fn is_stopped(&self) -> bool {
        self.worker.executor.interrupt.signal().is_some() || lock(&self.stop_reason).is_some()
    }

    /// Defers a task that another process is working on. Returns all others that have something to report.
    fn defer_or_return(&self, task: Task, outcome: TaskOutcome) -> Option<(Task, TaskOutcome)> {
        match outcome {
            TaskOutcome::Running(_) if !self.is_stopped() => {
                lock(&self.feed).deferred.push_back(task);
                None
            }
            outcome if outcome.is_canceled() => None,
            outcome => Some((task, outcome)),
        }
    }

    /// Stops the run or slows it down if the outcome of a task asks for it.
    fn react(&self, outcome: &TaskOutcome) {
        let mut doubts = lock(&self.doubts);
        if doubts.count(outcome) && !self.is_stopped() && !doubts.settle(&self.worker.executor) {
            self.stop(StopReason::PaidForNothing(doubts.at_stake()));
        }
        drop(doubts);
        match outcome {
            TaskOutcome::NotStarted(Denied::OverLimit(_)) => self.stop(StopReason::MaxCost),
            TaskOutcome::NotStarted(Denied::JobLimit) => self.stop(StopReason::MaxJobs),
            outcome if outcome.is_canceled() => {}
            TaskOutcome::Ran(steps) => {
                for step in steps {
                    match &step.result {
                        Err(error) => self.react_to_error(error),
                        Ok(delivery) if self.fail_fast && !delivery.is_as_requested(self.strict) => {
                            self.stop(StopReason::Failed);
                        }
                        Ok(_) => {}
                    }
                }
            }
            TaskOutcome::Reused { delivery, .. }
                if self.fail_fast && !delivery.is_as_requested(self.strict) =>
            {
                self.stop(StopReason::Failed);
            }
            TaskOutcome::Reused { .. } | TaskOutcome::Skipped(_) | TaskOutcome::Running(_) => {}
            _ if self.fail_fast => self.stop(StopReason::Failed),
            _ => {}
        }
    }

    fn react_to_error(&self, error: &RunError) {
        match error {
            RunError::Refused { refusal, .. } => match refusal.kind() {
                RefusalKind::Unauthorized => self.stop(StopReason::Unauthorized),
                RefusalKind::ProxyAuthorization => self.stop(StopReason::ProxyAuthorization),
                RefusalKind::OutOfCredit | RefusalKind::Forbidden => self.stop(StopReason::OutOfCredit),
                RefusalKind::RateLimited | RefusalKind::Busy | RefusalKind::Failed => {
                    self.limiter.task_failed();
                }
                _ => {}
            },
            RunError::Unreachable { .. } | RunError::Blocked { .. } | RunError::Unknown { .. } => {
                self.limiter.task_failed();
            }
            RunError::NotSaved { .. } | RunError::NotKept { .. } => self.stop(StopReason::Unsaved),
            _ => {}
        }
        if self.fail_fast {
            self.stop(StopReason::Failed);
        }
    }

    /// Starts no further task. The first reason counts, unless a later one outranks it.
    fn stop(&self, reason: StopReason) {
        let mut earlier = lock(&self.stop_reason);
        if earlier.is_none_or(|earlier| reason.outranks(earlier)) {
            *earlier = Some(reason);
        }
        drop(earlier);
        // Tasks that were started within the limits may send. For all other reasons, waiting is pointless.
        if !matches!(reason, StopReason::MaxCost | StopReason::MaxJobs) {
            self.limiter.cancel();
        }
    }
}

/// Whether all steps of a task were refused by a proxy, so that nothing of it was sent to the service.
fn is_refused_by_proxy(outcome: &TaskOutcome) -> bool {
    let by_proxy = |error: &RunError| matches!(error, RunError::Refused { refusal, .. } if refusal.kind() == RefusalKind::ProxyAuthorization);
    match outcome {
        TaskOutcome::Ran(steps) => steps.iter().all(|step| step.result.as_ref().is_err_and(by_proxy)),
        _ => false,
    }
}
