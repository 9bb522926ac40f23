//! What a person sees while many edits run: a line for each that is under way, and one for all of them.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::batch::{self, Budget, RateLimiter, Tally, Task};
use crate::edit::{Events, Interrupt};
use crate::money::Usd;
use crate::sync::lock;

use super::estimate::{self, Countdown};
use super::progress::{Progress, SentAt, shortened, stopping};
use super::units::{count, elapsed};
use super::{Ui, sanitize};

/// How many workers have a line of their own; of more, the rest work unseen.
const MOST_LINES: usize = 12;
/// How often what is told of all is drawn anew.
const TICK: Duration = Duration::from_millis(250);
/// Columns that stay free for the `^C` that a terminal echoes behind the line.
const ECHO: usize = 2;

/// What an order counts as; of all that is told of it, the last of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// A result that was there, or was paid for before.
    Before,
    /// One that was paid for now.
    Made,
    /// A failure that cost nothing.
    Failed,
    /// A failure that cost, or may have cost, something.
    Grave,
}

/// What decides, besides the plan, how long a run takes.
pub struct RunLimits<'a> {
    /// Requests in flight at most.
    pub jobs: u32,
    /// Requests per minute at most.
    pub rpm: Option<u32>,
    /// Tasks to start at most.
    pub max_jobs: Option<u64>,
    /// Knows how long the service asks everybody to wait.
    pub limiter: &'a RateLimiter,
}

/// The lines on a terminal: one for each edit in flight, as far as there is room, and one for all of them.
pub struct Board<'a> {
    ui: &'a Ui,
    workers: Vec<Progress<'a>>,
    sent: Vec<SentAt>,
    all: Option<ProgressBar>,
    sums: Arc<Mutex<Sums>>,
}

/// What came of the tasks so far.
#[derive(Debug)]
struct Sums {
    /// All tasks of the plan.
    tasks: u64,
    /// Those that this run starts, unless something ends it.
    planned: u64,
    made: u64,
    before: u64,
    failed: u64,
    grave: u64,
    spent: Usd,
    /// The number of tasks that sent something and ended, and how long they took together.
    timed: (u32, Duration),
    countdown: Countdown,
}

impl Sums {
    fn tried(&self) -> u64 {
        self.made + self.failed + self.grave
    }

    /// Tasks of the whole plan that are not done.
    fn left(&self) -> u64 {
        self.tasks.saturating_sub(self.tried() + self.before)
    }

    /// Tasks of this run that are not done.
    fn to_do(&self) -> u64 {
        self.planned.saturating_sub(self.tried())
    }
}

/// What the line for all is made of.
struct Summary {
    sums: Arc<Mutex<Sums>>,
    sent: Vec<SentAt>,
    limiter: RateLimiter,
    jobs: u32,
    rpm: Option<u32>,
    /// How many workers have a line of their own.
    lines: usize,
}

impl Summary {
    /// `12 done, 1 failed, 87 left  $0.38  65 s to go`
    fn line(&self, now: Instant) -> String {
        let in_flight: Vec<Duration> = self
            .sent
            .iter()
            .filter_map(|sent| *lock(sent))
            .map(|sent| now.saturating_duration_since(sent))
            .collect();
        let pause = self.limiter.asked_wait().unwrap_or_default();
        let mut sums = lock(&self.sums);
        let mut line = format!("{} done", sums.made + sums.before);
        if sums.failed + sums.grave > 0 {
            let _ = write!(line, ", {} failed", sums.failed + sums.grave);
        }
        let _ = write!(line, ", {} left", sums.to_do());
        if in_flight.len() > self.lines {
            let _ = write!(line, ", {} in flight", in_flight.len());
        }
        let _ = write!(line, "  {}", sums.spent);
        if !pause.is_zero() {
            let _ = write!(line, "  rate limited by the service for {}", elapsed(pause));
            return line;
        }
        let (count, sum) = sums.timed;
        let state = estimate::State {
            waiting: sums.to_do().saturating_sub(in_flight.len() as u64),
            in_flight: &in_flight,
            mean: (count > 0).then(|| sum / count),
            jobs: self.jobs,
            rpm: self.rpm,
            pause,
        };
        let time = sums.countdown.show(&state, now);
        if let Some(time) = time.filter(|_| sums.to_do() > 0) {
            let _ = write!(line, "  {} to go", whole_seconds(time));
        }
        line
    }
}

impl<'a> Board<'a> {
    /// For the run of a plan that stands like this. Draws only on a terminal.
    pub fn new(ui: &'a Ui, interrupt: &Interrupt, tally: Tally, limits: &RunLimits<'_>) -> Board<'a> {
        let RunLimits { jobs, rpm, max_jobs, limiter } = *limits;
        let planned = tally.open.min(max_jobs.unwrap_or(u64::MAX));
        let sums = Arc::new(Mutex::new(Sums {
            tasks: tally.orders,
            planned,
            made: 0,
            before: 0,
            failed: 0,
            grave: 0,
            spent: Usd::default(),
            timed: (0, Duration::ZERO),
            countdown: Countdown::default(),
        }));
        let sent: Vec<SentAt> = (0..jobs).map(|_| SentAt::default()).collect();
        // One line is for all of them, and one for the cursor.
        let room = ui.height().map_or(MOST_LINES, |height| height.saturating_sub(2));
        let lines = (jobs as usize).min(MOST_LINES).min(room);
        let all = ui.bars().map(|bars| {
            let (interrupt, columns) = (interrupt.clone(), ui.width());
            let summary = Arc::new(Summary {
                sums: Arc::clone(&sums),
                sent: sent.clone(),
                limiter: limiter.clone(),
                jobs,
                rpm,
                lines,
            });
            let words = move |state: &ProgressState, out: &mut dyn Write| {
                let room = columns().saturating_sub(ECHO);
                let text = if interrupt.signal().is_some() {
                    stopping(room).to_owned()
                } else {
                    shortened(
                        &format!("{}{}", bar(state.fraction(), room), summary.line(Instant::now())),
                        room,
                    )
                };
                let _ = out.write_str(&text);
            };
            // The template is a constant; were it wrong, the default style would be drawn.
            let style = ProgressStyle::with_template("{words}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("words", words);
            let done_before = tally.orders.saturating_sub(tally.open);
            let bar = bars.add(ProgressBar::new(done_before + planned));
            bar.set_style(style);
            bar.enable_steady_tick(TICK);
            bar
        });
        let worker = |(number, sent): (usize, &SentAt)| {
            let below = all.as_ref().filter(|_| number < lines);
            Progress::one_of_many(ui, interrupt, below, Arc::clone(sent))
        };
        let workers = sent.iter().enumerate().map(worker).collect();
        Board { ui, workers, sent, all, sums }
    }

    /// Counts an order; `spent` is the sum so far.
    pub fn count(&self, counted: Counted, spent: Usd) {
        let mut sums = self.sums();
        match counted {
            Counted::Made => sums.made += 1,
            Counted::Before => sums.before += 1,
            Counted::Failed => sums.failed += 1,
            Counted::Grave => sums.grave += 1,
        }
        sums.spent = spent;
        let gone = sums.tried() + sums.before;
        drop(sums);
        if let Some(all) = &self.all {
            all.set_position(gone);
        }
    }

    /// Counts results that were found where they should be.
    pub fn kept(&self, count: u64) {
        self.sums().before += count;
        if let Some(all) = &self.all {
            all.inc(count);
        }
    }

    /// Takes all lines away.
    pub fn clear(&self) {
        self.workers.iter().for_each(Progress::clear);
        if let Some(all) = &self.all {
            all.finish_and_clear();
        }
    }

    /// What it all came to, in one line.
    pub fn summary(&self, budget: &Budget, took: Duration) -> String {
        let sums = self.sums();
        let mut parts = vec![format!("{} made", sums.made)];
        let more = [
            (sums.before, "done before"),
            (sums.failed, "failed"),
            (sums.grave, "paid for or in doubt, without a result"),
            (sums.left(), "left"),
        ];
        parts.extend(
            more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")),
        );
        format!(
            "{}: {}  {}  {}",
            count(sums.tasks as usize, "job"),
            parts.join(", "),
            spent(budget),
            elapsed(took)
        )
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        lock(&self.sums)
    }
}

/// What was spent, and of how many edits nobody knows what they cost.
fn spent(budget: &Budget) -> String {
    let sum = budget.spent();
    match budget.unpriced() {
        0 => sum.to_string(),
        more => format!("{sum} and {} of unknown price", count(more as usize, "edit")),
    }
}

/// A bar and a blank. The numbers behind it matter more, so a narrow terminal gets a short bar or none.
fn bar(fraction: f32, room: usize) -> String {
    let width = match room {
        70.. => 20,
        50.. => 10,
        _ => return String::new(),
    };
    let full = (fraction.clamp(0.0, 1.0) * width as f32).round() as usize;
    format!("{}{} ", "█".repeat(full), "░".repeat(width - full))
}

/// `5 s`, `2 min 5 s`: an estimate has no tenths.
fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

impl batch::Observer for Board<'_> {
    fn events(&self, worker: usize) -> &dyn Events {
        &self.workers[worker]
    }

    fn begins(&self, worker: usize, order: &Task) {
        if self.ui.draws() {
            // Many rows may be of one picture, and each has a result of its own.
            let output = order.output.output.as_ref().map(|output| output.to_string_lossy().into_owned());
            self.workers[worker].name(sanitize(&output.unwrap_or_else(|| order.source.name())).into_owned());
        }
    }

    fn ends(&self, worker: usize) {
        self.workers[worker].clear();
        // A task that sent nothing says nothing about how long the others take.
        if let Some(sent) = lock(&self.sent[worker]).take() {
            let (count, sum) = &mut self.sums().timed;
            (*count, *sum) = (count.saturating_add(1), *sum + sent.elapsed());
        }
    }
}
