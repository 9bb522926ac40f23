//! What a person sees while many edits run: a line for each that is under way, and one for all of them.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::batch::{self, Budget, Tally, Task, Usd};
use crate::edit::{Events, Interrupt};

use super::progress::Progress;
use super::units::{count, elapsed, usd};
use super::{Ui, sanitize};

/// How many workers have a line of their own; of more, the rest work unseen.
const MOST_LINES: usize = 12;
/// How often what is told of all is drawn anew.
const TICK: Duration = Duration::from_millis(250);

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

/// The lines on a terminal, and the sums that they tell.
pub struct Board<'a> {
    ui: &'a Ui,
    workers: Vec<Progress<'a>>,
    all: Option<ProgressBar>,
    sums: Arc<Mutex<Sums>>,
}

#[derive(Debug)]
struct Sums {
    orders: u64,
    open: u64,
    made: u64,
    before: u64,
    failed: u64,
    grave: u64,
    spent: Usd,
    started: Instant,
}

impl Sums {
    fn left(&self) -> u64 {
        self.orders.saturating_sub(self.made + self.before + self.failed + self.grave)
    }

    /// How long the rest takes, if it goes on like this.
    fn eta(&self) -> Option<Duration> {
        let tried = self.made + self.failed + self.grave;
        let left = self.open.saturating_sub(tried);
        (tried > 0 && left > 0).then(|| self.started.elapsed().mul_f64(left as f64 / tried as f64))
    }

    /// `12 done, 1 failed, 87 left  $0.38  1 min 5 s to go`
    fn line(&self) -> String {
        let mut line = format!("{} done", self.made + self.before);
        if self.failed + self.grave > 0 {
            let _ = write!(line, ", {} failed", self.failed + self.grave);
        }
        let _ = write!(line, ", {} left  {}", self.left(), usd(self.spent.value()));
        if let Some(eta) = self.eta() {
            let _ = write!(line, "  {} to go", elapsed(eta));
        }
        line
    }
}

impl<'a> Board<'a> {
    /// For so many workers and orders that stand like this.
    pub fn new(ui: &'a Ui, interrupt: &Interrupt, jobs: u32, tally: Tally) -> Board<'a> {
        let sums = Arc::new(Mutex::new(Sums {
            orders: tally.orders,
            open: tally.open,
            made: 0,
            before: 0,
            failed: 0,
            grave: 0,
            spent: Usd::default(),
            started: Instant::now(),
        }));
        let all = ui.bars().map(|bars| {
            let (shown, interrupt) = (Arc::clone(&sums), interrupt.clone());
            let words = move |_: &ProgressState, out: &mut dyn Write| {
                let line = shown.lock().unwrap_or_else(PoisonError::into_inner).line();
                let stopping =
                    if interrupt.signal().is_some() { "  stopping; again to leave at once" } else { "" };
                let _ = write!(out, "{line}{stopping}");
            };
            // The template is a constant; were it wrong, the default style would be drawn.
            let style = ProgressStyle::with_template("{bar:20} {words}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("words", words);
            let bar = bars.add(ProgressBar::new(tally.orders));
            bar.set_style(style);
            bar.enable_steady_tick(TICK);
            bar
        });
        // One line is for all of them, and one for the cursor.
        let room = ui.height().map_or(MOST_LINES, |height| height.saturating_sub(2));
        let lines = (jobs as usize).min(MOST_LINES).min(room);
        let worker = |number| Progress::one_of_many(ui, interrupt, all.as_ref().filter(|_| number < lines));
        let workers = (0..jobs as usize).map(worker).collect();
        Board { ui, workers, all, sums }
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
        let gone = sums.orders - sums.left();
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
            count(sums.orders as usize, "job"),
            parts.join(", "),
            spent(budget),
            elapsed(took)
        )
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was spent, and of how many edits nobody knows what they cost.
fn spent(budget: &Budget) -> String {
    let sum = usd(budget.spent().value());
    match budget.unpriced() {
        0 => sum,
        more => format!("{sum} and {} of unknown price", count(more as usize, "edit")),
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
    }
}
