//! Progress of many edits: a line for each edit in flight, and one for the whole run.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::batch::{self, Budget, RateLimiter, Tally, Task};
use crate::edit::{Events, Interrupt, Waker};
use crate::money::Usd;
use crate::sync::lock;

use super::estimate::{self, Countdown};
use super::progress::{Progress, SentAt, truncated};
use super::stopping::Stopping;
use super::units::{count, elapsed};
use super::{Ui, sanitize};

/// The largest number of workers with a line of their own.
const MAX_LINES: usize = 12;
/// The time between two updates of the line for the run.
const TICK: Duration = Duration::from_millis(250);
/// Columns that stay free for the `^C` that a terminal echoes after the line.
const ECHO_COLUMNS: usize = 2;

/// What a task counts as in the summary. A task with several results counts as the last of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskResult {
    /// An output that existed, and was left as it is.
    Skipped,
    /// An earlier result, at no cost.
    Reused,
    /// A new result.
    Made,
    /// A failure that was not charged.
    Failed,
    /// A failure that was, or may have been, charged.
    FailedWithCost,
}

/// What decides, besides the plan, how long a run takes.
pub struct RunLimits<'a> {
    /// The largest number of requests in flight.
    pub jobs: u32,
    /// The largest number of requests per minute.
    pub rpm: Option<u32>,
    /// The largest number of tasks to start.
    pub max_jobs: Option<u64>,
    /// Whether the user asked for earlier results with `--reuse`. Otherwise they are those of the same command, run
    /// before.
    pub reuses: bool,
    /// Knows how long the service asks to wait.
    pub limiter: &'a RateLimiter,
}

/// Counts the outcomes of a run, and shows its progress on a terminal.
pub struct BatchProgress<'a> {
    ui: &'a Ui,
    workers: Vec<Progress<'a>>,
    /// When each worker sent the first request of its task.
    sent: Vec<SentAt>,
    /// The line for the run, if progress is shown.
    run_line: Option<ProgressBar>,
    totals: Arc<Mutex<Totals>>,
    /// Reports the first signal if no line does.
    _waker: Option<Waker>,
}

/// The outcomes so far.
#[derive(Debug)]
struct Totals {
    /// All tasks of the plan.
    tasks: u64,
    /// The tasks that were done before, and those that this run starts, unless it ends early.
    planned: u64,
    made: u64,
    reused: u64,
    skipped: u64,
    /// Whether earlier results are counted by name.
    names_reused: bool,
    failed: u64,
    failed_with_cost: u64,
    spent: Usd,
    /// The number of tasks that sent something and ended, and the sum of their times.
    timed: (u32, Duration),
    countdown: Countdown,
}

impl Totals {
    /// The number of tasks that ran.
    fn ran(&self) -> u64 {
        self.made + self.failed + self.failed_with_cost
    }

    /// The number of tasks that ended, in whatever way.
    fn ended(&self) -> u64 {
        self.ran() + self.reused + self.skipped
    }

    /// The number of tasks of the plan that are not done.
    fn left(&self) -> u64 {
        self.tasks.saturating_sub(self.ended())
    }

    /// The number of tasks of this run that are not done. Copying an earlier result is one of them.
    fn to_do(&self) -> u64 {
        self.planned.saturating_sub(self.ended())
    }

    /// `12 done`, `12 done (3 reused)`
    fn done(&self) -> String {
        let done = self.made + self.reused + self.skipped;
        match self.reused {
            reused @ 1.. if self.names_reused => format!("{done} done ({reused} reused)"),
            _ => format!("{done} done"),
        }
    }
}

/// Builds the text of the line for the run.
struct RunLine {
    totals: Arc<Mutex<Totals>>,
    sent: Vec<SentAt>,
    limiter: RateLimiter,
    jobs: u32,
    rpm: Option<u32>,
    /// The number of workers with a line of their own.
    worker_lines: usize,
}

impl RunLine {
    /// `12 done, 1 failed, 87 left  $0.38  65 s to go`
    fn text(&self, now: Instant) -> String {
        let in_flight: Vec<Duration> = self
            .sent
            .iter()
            .filter_map(|sent| *lock(sent))
            .map(|sent| now.saturating_duration_since(sent))
            .collect();
        let pause = self.limiter.requested_wait().unwrap_or_default();
        let mut totals = lock(&self.totals);
        let mut line = totals.done();
        if totals.failed + totals.failed_with_cost > 0 {
            let _ = write!(line, ", {} failed", totals.failed + totals.failed_with_cost);
        }
        let _ = write!(line, ", {} left", totals.to_do());
        if in_flight.len() > self.worker_lines {
            let _ = write!(line, ", {} in flight", in_flight.len());
        }
        let _ = write!(line, "  {}", totals.spent);
        if !pause.is_zero() {
            let _ = write!(line, "  rate limited by the service for {}", elapsed(pause));
            return line;
        }
        let (count, sum) = totals.timed;
        let snapshot = estimate::Snapshot {
            waiting: totals.to_do().saturating_sub(in_flight.len() as u64),
            in_flight: &in_flight,
            mean: (count > 0).then(|| sum / count),
            jobs: self.jobs,
            rpm: self.rpm,
            pause,
        };
        let time = totals.countdown.update(&snapshot, now);
        if let Some(time) = time.filter(|_| totals.to_do() > 0) {
            let _ = write!(line, "  {} to go", whole_seconds(time));
        }
        line
    }
}

impl<'a> BatchProgress<'a> {
    /// Starts to show the progress of a run.
    pub fn new(ui: &'a Ui, interrupt: &Interrupt, tally: Tally, limits: &RunLimits<'_>) -> BatchProgress<'a> {
        let RunLimits { jobs, rpm, max_jobs, reuses, limiter } = *limits;
        let done = tally.tasks.saturating_sub(tally.pending);
        let planned = done + tally.pending.min(max_jobs.unwrap_or(u64::MAX));
        let totals = Arc::new(Mutex::new(Totals {
            tasks: tally.tasks,
            planned,
            made: 0,
            reused: 0,
            skipped: 0,
            names_reused: reuses,
            failed: 0,
            failed_with_cost: 0,
            spent: Usd::default(),
            timed: (0, Duration::ZERO),
            countdown: Countdown::default(),
        }));
        let sent: Vec<SentAt> = (0..jobs).map(|_| SentAt::default()).collect();
        // One line is for the run, and one for the cursor.
        let room = ui.lines().map_or(MAX_LINES, |lines| lines.saturating_sub(2));
        let worker_lines = (jobs as usize).min(MAX_LINES).min(room);
        let run_line = ui.bars().map(|bars| {
            let (interrupt, columns) = (interrupt.clone(), ui.progress_columns());
            let line = Arc::new(RunLine {
                totals: Arc::clone(&totals),
                sent: sent.clone(),
                limiter: limiter.clone(),
                jobs,
                rpm,
                worker_lines,
            });
            let text = move |state: &ProgressState, out: &mut dyn Write| {
                let room = columns().saturating_sub(ECHO_COLUMNS);
                let text = match interrupt.signal() {
                    Some(signal) => Stopping::Edits.message(signal, room),
                    None => {
                        let text = format!("{}{}", bar(state.fraction(), room), line.text(Instant::now()));
                        truncated(&text, room).into()
                    }
                };
                let _ = out.write_str(&text);
            };
            // The template is a constant. If it were not valid, the default style would be used.
            let style = ProgressStyle::with_template("{text}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("text", text);
            let bar = bars.add(ProgressBar::new(planned));
            bar.set_style(style);
            bar.enable_steady_tick(TICK);
            bar
        });
        let worker = |(number, sent): (usize, &SentAt)| {
            let below = run_line.as_ref().filter(|_| number < worker_lines);
            Progress::for_worker(ui, interrupt, below, Arc::clone(sent))
        };
        let workers = sent.iter().enumerate().map(worker).collect();
        let waker = run_line.is_none().then(|| {
            let (sent, raised) = (sent.clone(), interrupt.clone());
            interrupt.on_raise(move || {
                if sent.iter().any(|sent| lock(sent).is_some()) {
                    Stopping::Edits.print(&raised);
                }
            })
        });
        BatchProgress { ui, workers, sent, run_line, totals, _waker: waker }
    }

    /// Counts a task. `spent` is the amount spent so far.
    pub fn add(&self, result: TaskResult, spent: Usd) {
        let mut totals = self.totals();
        match result {
            TaskResult::Made => totals.made += 1,
            TaskResult::Reused => totals.reused += 1,
            TaskResult::Skipped => totals.skipped += 1,
            TaskResult::Failed => totals.failed += 1,
            TaskResult::FailedWithCost => totals.failed_with_cost += 1,
        }
        totals.spent = spent;
        let ended = totals.ended();
        drop(totals);
        if let Some(line) = &self.run_line {
            line.set_position(ended);
        }
    }

    /// Counts tasks whose results were at their destinations.
    pub fn add_up_to_date(&self, count: u64) {
        self.totals().reused += count;
        if let Some(line) = &self.run_line {
            line.inc(count);
        }
    }

    /// Removes all lines from the terminal.
    pub fn clear(&self) {
        self.workers.iter().for_each(Progress::clear);
        if let Some(line) = &self.run_line {
            line.finish_and_clear();
        }
    }

    /// The number of tasks of the plan that are not done.
    pub fn left(&self) -> u64 {
        self.totals().left()
    }

    /// The number of tasks whose results were made in this run.
    pub fn made(&self) -> u64 {
        self.totals().made
    }

    /// The number of tasks for which earlier results were used again in this run.
    pub fn reused(&self) -> u64 {
        self.totals().reused
    }

    /// Returns the summary of the run, in one line.
    pub fn summary(&self, budget: &Budget<'_>, time: Duration) -> String {
        let totals = self.totals();
        let mut parts = vec![format!("{} made", totals.made)];
        let optional = [
            (totals.reused, if totals.names_reused { "reused" } else { "done before" }),
            (totals.skipped, "skipped"),
            (totals.failed, "failed"),
            (totals.failed_with_cost, "paid for or in doubt, without a result"),
            (totals.left(), "left"),
        ];
        let present = optional.iter().filter(|(count, _)| *count > 0);
        parts.extend(present.map(|(count, what)| format!("{count} {what}")));
        format!(
            "{}: {}  {}  {}",
            count(totals.tasks as usize, "task"),
            parts.join(", "),
            spent(budget),
            elapsed(time)
        )
    }

    fn totals(&self) -> MutexGuard<'_, Totals> {
        lock(&self.totals)
    }
}

/// The amount that was spent, and the number of edits without a known price.
fn spent(budget: &Budget<'_>) -> String {
    let sum = budget.spent();
    match budget.unpriced() {
        0 => sum.to_string(),
        unpriced => format!("{sum} and {} of unknown price", count(unpriced as usize, "edit")),
    }
}

/// Returns a bar and a space. The numbers after it matter more, so a narrow terminal gets a short bar or none.
fn bar(fraction: f32, room: usize) -> String {
    let width = match room {
        70.. => 20,
        50.. => 10,
        _ => return String::new(),
    };
    let full = (fraction.clamp(0.0, 1.0) * width as f32).round() as usize;
    format!("{}{} ", "█".repeat(full), "░".repeat(width - full))
}

/// `5 s`, `2 min 5 s`. An estimate has no tenths.
fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

impl batch::Observer for BatchProgress<'_> {
    fn events(&self, worker: usize) -> &dyn Events {
        &self.workers[worker]
    }

    fn task_started(&self, worker: usize, task: &Task) {
        if self.ui.shows_progress() {
            // Many rows may edit the same picture, so the name of the output is better, if there is one.
            let output = task.output.output.as_ref().map(|output| output.to_string_lossy().into_owned());
            let name = output.unwrap_or_else(|| task.source.name());
            self.workers[worker].set_name(sanitize(&name).into_owned());
        }
    }

    fn task_ended(&self, worker: usize) {
        self.workers[worker].clear();
        // A task that sent nothing says nothing about the time that others take.
        if let Some(sent) = lock(&self.sent[worker]).take() {
            let (count, sum) = &mut self.totals().timed;
            (*count, *sum) = (count.saturating_add(1), *sum + sent.elapsed());
        }
    }
}
