//! Many orders at once: workers that take the next one, and one thread that reports what became of them.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::edit::{Events, RunError};
use crate::sync::lock;

use super::budget::Denied;
use super::job_spec::JobSpecError;
use super::limiter::RateLimiter;
use super::options::PlanningError;
use super::plan::Planned;
use super::plan_store::{Entry, PlanStore};
use super::resolve::order;
use super::task::Task;
use super::task_outcome::TaskOutcome;
use super::work::Worker;

/// How long until what another process works on is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A plan that is carried out.
pub struct Batch<'a> {
    /// What is left to do.
    pub planned: Planned,
    /// How each is done.
    pub worker: Worker<'a>,
    /// The gate that the worker goes through.
    pub pace: &'a RateLimiter,
    /// How many at once.
    pub jobs: u32,
    /// Whether the first failure is the last.
    pub fail_fast: bool,
    /// Whether it is a failure that nothing of the original is left in a result.
    pub strict: bool,
    /// Whether outcomes are reported as they come, and not in the order of the manifest.
    pub unordered: bool,
}

/// Who shows what each worker does.
pub trait Observer: Sync {
    /// Who is told what the worker with this number, from 0, is at.
    fn events(&self, worker: usize) -> &dyn Events;
    /// The worker begins with this.
    fn begins(&self, worker: usize, order: &Task);
    /// The worker has nothing in hand.
    fn ends(&self, worker: usize);
}

/// Why no more was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// All was.
    Complete,
    /// A signal came.
    Interrupted(i32),
    /// The first failure was to be the last.
    Failed,
    /// The key is not taken.
    Unauthorized,
    /// The account is out of credit, or may not spend.
    OutOfCredit,
    /// A result that was paid for could not be saved, and the next one might not be either.
    Unsaved,
    /// What may be spent is spoken for.
    MaxCost,
    /// As many were begun as was allowed.
    MaxJobs,
    /// Too long without a success.
    GivenUp,
}

/// What becomes of outcomes.
pub trait Report {
    /// Whether each result that was found where it should be is told of, and not only their number.
    fn lists_kept(&self) -> bool;
    /// So many results were found where they should be, and are not told of one by one.
    fn kept(&mut self, count: u64);
    /// What is kept of an outcome until its turn comes.
    ///
    /// # Errors
    /// When it cannot be written.
    fn outcome(&mut self, order: &Task, outcome: TaskOutcome) -> io::Result<Vec<u8>>;
    /// Its turn has come.
    ///
    /// # Errors
    /// When it cannot be written.
    fn turn(&mut self, kept: &[u8]) -> io::Result<()>;
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanningError),
    /// What was planned cannot be read back.
    #[error(transparent)]
    JobSpec(#[from] JobSpecError),
    /// The report.
    #[error("cannot write the report")]
    Report(#[from] io::Error),
}

/// What the workers share.
struct Shared<'a> {
    sheet: Mutex<PlanStore>,
    feed: Mutex<Feed>,
    end: Mutex<Option<StopReason>>,
    worker: Worker<'a>,
    pace: &'a RateLimiter,
    fail_fast: bool,
    strict: bool,
}

/// What comes next.
#[derive(Default)]
struct Feed {
    read: VecDeque<Entry>,
    next: u64,
    /// Worked on by others, to be looked at again when nothing else is left.
    later: VecDeque<Task>,
}

impl Batch<'_> {
    /// Carries everything out, reporting to `report` on this thread; returns why no more was begun.
    ///
    /// # Errors
    /// See [`BatchError`]. What is under way is finished first.
    pub fn run(self, board: &dyn Observer, report: &mut dyn Report) -> Result<StopReason, BatchError> {
        let Planned { sheet, tally } = self.planned;
        sheet.shrink().map_err(PlanningError::from)?;
        self.worker.executor.journal.shrink().map_err(PlanningError::from)?;
        if report.lists_kept() {
            sheet.open_kept().map_err(PlanningError::from)?;
        } else {
            report.kept(tally.kept);
        }
        let shared = Shared {
            sheet: Mutex::new(sheet),
            feed: Mutex::new(Feed::default()),
            end: Mutex::new(None),
            worker: self.worker,
            pace: self.pace,
            fail_fast: self.fail_fast,
            strict: self.strict,
        };
        let (tell, told) = sync_channel(2 * self.jobs as usize);
        let (shared, unordered) = (&shared, self.unordered);
        thread::scope(|scope| {
            for number in 0..self.jobs as usize {
                let tell = tell.clone();
                scope.spawn(move || shared.work(number, board, &tell));
            }
            drop(tell);
            let reported =
                if unordered { as_they_come(told, report) } else { in_order(told, report, shared) };
            if reported.is_err() {
                // Nobody learns of what follows, so nothing new is begun.
                shared.stop(StopReason::Failed);
            }
            reported
        })?;
        if let Some(signal) = self.worker.executor.interrupt.signal() {
            return Ok(StopReason::Interrupted(signal));
        }
        Ok(lock(&shared.end).unwrap_or(StopReason::Complete))
    }
}

type Told = Result<(Task, TaskOutcome), BatchError>;

fn as_they_come(told: Receiver<Told>, report: &mut dyn Report) -> Result<(), BatchError> {
    for outcome in told {
        let (order, outcome) = outcome?;
        let text = report.outcome(&order, outcome)?;
        report.turn(&text)?;
    }
    Ok(())
}

/// Outcomes whose turn has not come are kept on disk: with one slow order before a million others, there
/// may be many.
fn in_order(told: Receiver<Told>, report: &mut dyn Report, shared: &Shared<'_>) -> Result<(), BatchError> {
    let mut turns = Reorder::default();
    for outcome in told {
        let (order, outcome) = outcome?;
        let text = report.outcome(&order, outcome)?;
        turns.come(order.place, &text, &lock(&shared.sheet), report)?;
    }
    // What was never begun leaves gaps.
    while let Some((_, text)) = lock(&shared.sheet).take(None).map_err(PlanningError::from)? {
        report.turn(&text)?;
    }
    Ok(())
}

/// Whose turn it is to be reported.
#[derive(Default)]
struct Reorder {
    /// Nothing is missing before this place.
    next: u64,
    /// How many came before their turn.
    held: u64,
}

impl Reorder {
    /// Reports what has come for `place`, and all that waited for it, unless something is missing before it.
    fn come(
        &mut self,
        place: u64,
        text: &[u8],
        sheet: &PlanStore,
        report: &mut dyn Report,
    ) -> Result<(), BatchError> {
        // What is told of is open, so that nothing can be missing before it when it is the next.
        if place != self.next && self.first_open(sheet)? != Some(place) {
            sheet.hold(place, text).map_err(PlanningError::from)?;
            self.held += 1;
            return Ok(());
        }
        report.turn(text)?;
        self.next = place + 1;
        while self.held > 0
            && let Some(turn) = self.first_open(sheet)?
            && let Some((_, text)) = sheet.take(Some(turn)).map_err(PlanningError::from)?
        {
            report.turn(&text)?;
            self.held -= 1;
            self.next = turn + 1;
        }
        Ok(())
    }

    /// The first place from the next on of which there is something to tell. It is where to look from the next
    /// time: there may be many before it of which there is nothing.
    fn first_open(&mut self, sheet: &PlanStore) -> Result<Option<u64>, BatchError> {
        let turn = sheet.first_open(self.next).map_err(PlanningError::from)?;
        self.next = turn.unwrap_or(self.next);
        Ok(turn)
    }
}

impl Shared<'_> {
    fn work(&self, number: usize, board: &dyn Observer, tell: &SyncSender<Told>) {
        loop {
            let order = match self.next() {
                Ok(Some(order)) => order,
                Ok(None) => return,
                Err(error) => {
                    self.stop(StopReason::Failed);
                    let _ = tell.send(Err(error));
                    return;
                }
            };
            board.begins(number, &order);
            let outcome = self.worker.carry_out(&order, None, board.events(number), &mut io::sink());
            board.ends(number);
            self.mind(&outcome);
            let kept = self.keep(order, outcome);
            if let Some(told) = kept
                && tell.send(Ok(told)).is_err()
            {
                return;
            }
        }
    }

    /// The next order; none when there is no other, or no other is to be begun.
    ///
    /// One that another process works on comes again when nothing else is left; whoever put it back comes
    /// here next, so none is forgotten.
    fn next(&self) -> Result<Option<Task>, BatchError> {
        if self.is_over() {
            return Ok(None);
        }
        if self.pace.is_given_up() {
            self.stop(StopReason::GivenUp);
            return Ok(None);
        }
        let mut feed = lock(&self.feed);
        if feed.read.is_empty() {
            let entries = lock(&self.sheet).from(feed.next, true).map_err(PlanningError::from)?;
            feed.next = entries.last().map_or(feed.next, |last| last.place + 1);
            feed.read.extend(entries);
        }
        if let Some(entry) = feed.read.pop_front() {
            drop(feed);
            return Ok(Some(order(entry, self.worker.rules)?));
        }
        let Some(order) = feed.later.pop_front() else { return Ok(None) };
        drop(feed);
        Ok(if self.worker.executor.interrupt.sleep(LOOK_AGAIN).is_some() { None } else { Some(order) })
    }

    fn is_over(&self) -> bool {
        self.worker.executor.interrupt.signal().is_some() || lock(&self.end).is_some()
    }

    /// Keeps back what another process works on, and what was not begun after all; returns what is to be
    /// told.
    fn keep(&self, order: Task, outcome: TaskOutcome) -> Option<(Task, TaskOutcome)> {
        match outcome {
            TaskOutcome::Running(_) if !self.is_over() => {
                lock(&self.feed).later.push_back(order);
                None
            }
            outcome if outcome.is_nothing() => None,
            outcome => Some((order, outcome)),
        }
    }

    /// What an outcome means for all others.
    fn mind(&self, outcome: &TaskOutcome) {
        match outcome {
            TaskOutcome::NotBegun(Denied::Empty(_)) => self.stop(StopReason::MaxCost),
            TaskOutcome::NotBegun(Denied::Enough) => self.stop(StopReason::MaxJobs),
            outcome if outcome.is_nothing() => {}
            TaskOutcome::Made(steps) => {
                for step in steps {
                    match &step.result {
                        Err(error) => self.mind_error(error),
                        Ok(delivery) if self.fail_fast && !delivery.is_as_asked(self.strict) => {
                            self.stop(StopReason::Failed);
                        }
                        Ok(_) => {}
                    }
                }
            }
            TaskOutcome::Before { .. } | TaskOutcome::Skipped(_) | TaskOutcome::Running(_) => {}
            _ if self.fail_fast => self.stop(StopReason::Failed),
            _ => {}
        }
    }

    fn mind_error(&self, error: &RunError) {
        match error {
            RunError::Refused { refusal, .. } => match refusal.status {
                401 => self.stop(StopReason::Unauthorized),
                402 | 403 => self.stop(StopReason::OutOfCredit),
                429 | 500.. => self.pace.failed(),
                _ => {}
            },
            RunError::Unreachable { .. } | RunError::Untrusted(_) | RunError::Unknown { .. } => {
                self.pace.failed();
            }
            RunError::NotSaved { .. } | RunError::NotKept { .. } => self.stop(StopReason::Unsaved),
            _ => {}
        }
        if self.fail_fast {
            self.stop(StopReason::Failed);
        }
    }

    /// Nothing new is begun from now on; the first reason counts.
    fn stop(&self, end: StopReason) {
        lock(&self.end).get_or_insert(end);
        // What was begun within its limits comes to its end; for the rest there is no use in waiting.
        if !matches!(end, StopReason::MaxCost | StopReason::MaxJobs) {
            self.pace.call_off();
        }
    }
}
