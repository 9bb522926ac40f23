//! The only place that prints: data goes to standard output (`stdout`), everything else to standard error (`messages`,
//! `progress` and `batch_progress`).

mod batch_progress;
mod captured;
mod draw_target;
mod estimate;
mod graphics;
mod help;
mod messages;
mod progress;
mod question;
mod record;
mod sanitize;
mod stdout;
mod stopping;
mod terminal_size;
mod units;
mod wrap;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use indicatif::MultiProgress;

use crate::color::ColorWhen;
use crate::env::Env;
use crate::error::{Audience, Failure};

use draw_target::draw_target;
use terminal_size::{DEFAULT_COLUMNS, stderr_columns, stderr_lines, stdout_columns};

pub use batch_progress::{BatchProgress, RunLimits, TaskResult};
pub use captured::Captured;
pub use graphics::{Canvas, Protocol};
pub use help::print_clap_text;
pub use messages::print_last_message;
pub use progress::Progress;
pub use record::{
    ChangeRecord, ErrorRecord, JobInfo, OkRecord, RequestRecord, SkippedRecord, starts_like_a_record,
};
pub use sanitize::sanitize;
pub use units::{bytes, changed, count, elapsed, identical, left_out, percent, placed, short_time};
pub use wrap::{wrap, wrap_indented};

/// How much is printed on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only errors, and what a second signal risks.
    Quiet,
    /// Also results and notes.
    Normal,
    /// Also each step.
    Verbose,
    /// Also the details of each step, such as request ids.
    VeryVerbose,
}

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct OutputMode {
    pub verbosity: Verbosity,
    /// Whether standard output takes JSON and standard error only errors.
    pub json: bool,
    /// Whether progress may be shown.
    pub progress: bool,
    pub color: ColorWhen,
}

/// Prints to standard output and standard error.
pub struct Ui {
    mode: OutputMode,
    /// Whether standard error is colored.
    color: anstream::ColorChoice,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdin_is_terminal: bool,
    /// The progress bars, if they are shown. They are hidden while something else is printed.
    bars: Option<MultiProgress>,
    /// The number of lines that were printed to a terminal since it was last taken.
    printed: AtomicU32,
    /// Takes everything that would be printed, if another part of the process asked for it.
    captured: Option<Arc<Captured>>,
    /// Changes the commands that messages suggest into those that the user has to type.
    adapt: Option<Adapt>,
}

/// Changes the commands in a message.
pub type Adapt = for<'a> fn(&'a str) -> Cow<'a, str>;

impl Ui {
    pub fn new(mode: OutputMode, env: &Env) -> Ui {
        let shows_progress = mode.progress
            && !mode.json
            && mode.verbosity >= Verbosity::Normal
            && env.stderr_is_terminal
            && env.var("TERM").is_none_or(|term| term != "dumb");
        Ui {
            mode,
            color: mode.color.choice(env),
            stdout_is_terminal: env.stdout_is_terminal,
            stderr_is_terminal: env.stderr_is_terminal,
            stdin_is_terminal: env.stdin_is_terminal,
            bars: shows_progress.then(|| {
                let terminal = console::Term::buffered_stderr();
                MultiProgress::with_draw_target(draw_target(terminal))
            }),
            printed: AtomicU32::new(0),
            captured: None,
            adapt: None,
        }
    }

    /// Returns one that changes the commands in messages.
    #[must_use]
    pub fn adapting(self, adapt: Adapt) -> Ui {
        Ui { adapt: Some(adapt), ..self }
    }

    /// Returns a text with the commands in it as the user has to type them.
    pub fn adapted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.adapt.map_or(Cow::Borrowed(text), |adapt| adapt(text))
    }

    /// Returns what to do about a failure.
    pub fn hint_of<'f>(&self, failure: &'f Failure) -> Option<Cow<'f, str>> {
        failure.hint_for(self.audience()).map(|hint| self.adapted(hint))
    }

    /// Creates one that prints nothing, and hands records, notes and errors to a caller in the same process.
    pub fn captured(captured: Arc<Captured>) -> Ui {
        Ui {
            mode: OutputMode {
                verbosity: Verbosity::Normal,
                json: true,
                progress: false,
                color: ColorWhen::Never,
            },
            color: anstream::ColorChoice::Never,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            bars: None,
            printed: AtomicU32::new(0),
            captured: Some(captured),
            adapt: None,
        }
    }

    /// Who reads what is printed.
    pub fn audience(&self) -> Audience {
        match self.captured {
            Some(_) => Audience::Client,
            None => Audience::CommandLine,
        }
    }

    /// Whether results are reported as JSON.
    pub fn is_json(&self) -> bool {
        self.mode.json
    }

    pub(crate) fn shows_progress(&self) -> bool {
        self.bars.is_some()
    }

    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        self.bars.as_ref()
    }

    /// The number of lines of the terminal on standard error; `None` if it is not known.
    pub(crate) fn lines(&self) -> Option<usize> {
        stderr_lines()
    }

    /// The number of columns of the terminal on standard error; `None` if it is not a terminal, or not known.
    pub(crate) fn columns(&self) -> Option<usize> {
        stderr_columns(self.stderr_is_terminal)
    }

    /// The number of columns of the terminal on standard output; `None` if it is not a terminal.
    pub fn stdout_columns(&self) -> Option<usize> {
        stdout_columns(self.stdout_is_terminal)
    }

    /// Returns a function for the number of columns that a line of progress may use now: a terminal can be resized at
    /// any time.
    pub(crate) fn progress_columns(&self) -> impl Fn() -> usize + Clone + Send + Sync + 'static {
        let is_terminal = self.stderr_is_terminal;
        move || stderr_columns(is_terminal).unwrap_or(DEFAULT_COLUMNS)
    }

    /// Hides the progress bars while `print` runs.
    ///
    /// `print` has to lock the stream itself: the drawing thread locks the bars first and standard error second, and
    /// the other order would deadlock.
    fn without_bars<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}
