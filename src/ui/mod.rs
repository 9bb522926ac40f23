//! The only place that prints: data goes to standard output, everything else to standard error.

mod batch_progress;
mod captured;
mod draw_target;
mod estimate;
mod graphics;
mod help;
mod progress;
mod question;
mod record;
mod sanitize;
mod stopping;
mod units;
mod wrap;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;
use serde::Serialize;

use crate::color::ColorWhen;
use crate::edit::{Delivery, Interrupt};
use crate::env::Env;
use crate::error::{Audience, Failure};
use crate::money::format_usd;

use draw_target::draw_target;
use stopping::Stopping;

pub use batch_progress::{BatchProgress, RunLimits, TaskResult};
pub use captured::Captured;
pub use graphics::{Canvas, Protocol};
pub use help::print_clap_text;
pub use progress::Progress;
pub use record::{
    ChangeRecord, ErrorRecord, JobInfo, OkRecord, RequestRecord, SkippedRecord, starts_like_a_record,
};
pub use sanitize::sanitize;
pub use units::{bytes, changed, count, elapsed, identical, left_out, percent, placed, short_time};
pub use wrap::{wrap, wrap_indented};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const SUCCESS: Style = AnsiColor::Green.on_default();
const DIM: Style = Style::new().dimmed();
/// The width of a terminal that does not report its width.
const DEFAULT_COLUMNS: usize = 80;

/// Prints why the process ends now, on a line of its own: the cursor may still be on the line of a progress bar.
pub fn print_last_message(text: &str) {
    let columns = terminal_columns(io::stderr().is_terminal());
    let text = columns.map_or(text.to_owned(), |columns| wrap(text, columns));
    let _ = writeln!(io::stderr(), "\n{text}");
}

/// Prints what another signal does, also with `--quiet`: the line is about money.
///
/// On a terminal, the line of the message starts with the `^C` that the terminal echoes.
fn print_stopping(in_flight: Stopping, interrupt: &Interrupt) {
    let Some(signal) = interrupt.signal() else { return };
    let columns = terminal_columns(io::stderr().is_terminal());
    let start = if columns.is_some() { "\n" } else { "" };
    let text = in_flight.message(signal, columns.unwrap_or(usize::MAX));
    let _ = writeln!(io::stderr(), "{start}{text}");
}

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
        #[cfg(unix)]
        return rustix::termios::tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_row));
        #[cfg(not(unix))]
        None
    }

    /// The number of columns of the terminal on standard error; `None` if it is not a terminal, or not known.
    pub(crate) fn columns(&self) -> Option<usize> {
        terminal_columns(self.stderr_is_terminal)
    }

    /// The number of columns of the terminal on standard output; `None` if it is not a terminal.
    pub fn stdout_columns(&self) -> Option<usize> {
        stdout_columns(self.stdout_is_terminal)
    }

    /// Returns a function for the number of columns that a line of progress may use now: a terminal can be resized at
    /// any time.
    pub(crate) fn progress_columns(&self) -> impl Fn() -> usize + Clone + Send + Sync + 'static {
        let is_terminal = self.stderr_is_terminal;
        move || terminal_columns(is_terminal).unwrap_or(DEFAULT_COLUMNS)
    }

    /// Writes data to standard output. A closed pipe is not an error.
    ///
    /// # Errors
    /// Fails if it cannot be written, for example to a full disk.
    pub fn data(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(captured) = &self.captured {
            captured.add_data(bytes);
            return Ok(());
        }
        if self.stdout_is_terminal {
            self.count_lines(bytes.iter().filter(|byte| **byte == b'\n').count());
        }
        let print = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        };
        match self.without_bars(print) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Returns the number of lines that were printed to a terminal since the last call, or since the start.
    pub fn take_lines(&self) -> u32 {
        self.printed.swap(0, Ordering::Relaxed)
    }

    fn count_lines(&self, lines: usize) {
        self.printed.fetch_add(u32::try_from(lines).unwrap_or(u32::MAX / 2), Ordering::Relaxed);
    }

    /// Where a picture goes if its output is standard output.
    pub fn picture_stream(&self) -> Box<dyn Write> {
        match self.captured {
            Some(_) => Box::new(io::sink()),
            None => Box::new(io::stdout().lock()),
        }
    }

    /// Writes a line to standard output.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        self.data(format!("{}\n", text.as_ref()).as_bytes())
    }

    /// Writes a line of data to standard output. On a terminal, it is wrapped at spaces; all lines but the first are
    /// indented by `indent` columns, or by less if the terminal is narrow.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn wrapped_line(&self, text: &str, indent: usize) -> io::Result<()> {
        self.data(self.wrapped_text(text, indent).as_bytes())
    }

    /// Returns what [`Ui::wrapped_line`] writes.
    pub fn wrapped_text(&self, text: &str, indent: usize) -> String {
        match self.stdout_columns() {
            Some(columns) => wrap_indented(text, columns, indent.min(columns / 4)) + "\n",
            None => format!("{text}\n"),
        }
    }

    /// Writes a path as a line to standard output: byte for byte, but sanitized on a terminal.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn path(&self, path: &OsStr) -> io::Result<()> {
        self.data(&self.path_line(path))
    }

    /// Returns the line for a result on standard output: its path, or nothing if [`Ui::delivered`] prints the path on
    /// the same terminal.
    pub fn result_line(&self, path: &OsStr) -> Vec<u8> {
        let is_on_terminal = self.stdout_is_terminal && self.stderr_is_terminal;
        if is_on_terminal && self.mode.verbosity >= Verbosity::Normal {
            Vec::new()
        } else {
            self.path_line(path)
        }
    }

    /// Returns what [`Ui::path`] writes.
    pub fn path_line(&self, path: &OsStr) -> Vec<u8> {
        if self.stdout_is_terminal {
            return format!("{}\n", sanitize(&path.to_string_lossy())).into_bytes();
        }
        #[cfg(unix)]
        let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path);
        #[cfg(not(unix))]
        let text = path.to_string_lossy();
        #[cfg(not(unix))]
        let bytes = text.as_bytes();
        [bytes, b"\n"].concat()
    }

    /// Writes a value to standard output as one line of JSON.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &impl Serialize) -> io::Result<()> {
        self.data(&self.json_line(value)?)
    }

    /// Returns what [`Ui::json`] writes.
    ///
    /// # Errors
    /// Fails if the value cannot be serialized.
    pub fn json_line(&self, value: &impl Serialize) -> io::Result<Vec<u8>> {
        let text = serde_json::to_string(value).map_err(io::Error::other)?;
        Ok(format!("{}\n", sanitize::escape_json(&text)).into_bytes())
    }

    /// Whether [`Ui::note`] prints anything.
    pub fn shows_notes(&self) -> bool {
        self.captured.is_some() || self.mode.verbosity >= Verbosity::Normal && !self.mode.json
    }

    /// Prints a note.
    pub fn note(&self, text: &str) {
        if let Some(captured) = &self.captured {
            captured.add_note(text);
        } else if self.shows_notes() {
            self.message(NOTE, "note:", &self.adapted(text));
        }
    }

    /// Prints a step, if verbose.
    pub fn step(&self, text: &str) {
        if self.mode.verbosity >= Verbosity::Verbose {
            self.eprint(&format!("{DIM}{}{DIM:#}", sanitize(text)));
        }
    }

    /// Prints a detail of a step, if very verbose.
    pub fn detail(&self, text: &str) {
        if self.mode.verbosity >= Verbosity::VeryVerbose {
            self.eprint(&format!("{DIM}  {}{DIM:#}", sanitize(text)));
        }
    }

    /// Prints a success.
    pub fn success(&self, text: &str) {
        if self.mode.verbosity >= Verbosity::Normal && !self.mode.json {
            self.message(SUCCESS, "✓", text);
        }
    }

    /// Prints a new result: path, size, price, time, and the seed if the model takes one. `list_price` is what the model's
    /// card says, for services that do not state the price of an edit.
    pub fn delivered(&self, delivery: &Delivery, seed: Option<u32>, list_price: Option<&str>) {
        let destination = destination(delivery);
        let seed = seed.map_or(String::new(), |seed| format!("  seed {seed}"));
        let price = match (delivery.paid.price, list_price) {
            (Some(price), _) => format_usd(price.usd),
            (None, Some("free")) => "free".into(),
            (None, Some(list_price)) => format!("list price {list_price}"),
            (None, None) => "price unknown".into(),
        };
        let change = match &delivery.change {
            Some(change) => format!("  {} changed", percent(change.changed)),
            None => String::new(),
        };
        self.success(&format!(
            "{destination}  {} {}, {}{change}  {price}  {}{seed}",
            delivery.size,
            delivery.format,
            bytes(delivery.bytes),
            elapsed(delivery.elapsed),
        ));
    }

    /// Prints a result that was used again.
    pub fn reused(&self, delivery: &Delivery, job: &str) {
        let destination = destination(delivery);
        self.success(&format!(
            "{destination}  {}, the result of job {job}: nothing was sent  $0.00",
            bytes(delivery.bytes)
        ));
    }

    /// Prints the summary of a run.
    pub fn summary(&self, text: &str) {
        if self.mode.verbosity >= Verbosity::Normal {
            self.eprint(&self.wrapped(&sanitize(&self.adapted(text))));
        }
    }

    /// Prints a failure and its hint.
    pub fn failed(&self, failure: &Failure) {
        self.error(&failure.message(), self.hint_of(failure).as_deref());
    }

    /// Prints the failure of one of many tasks. `origin` names its row or picture, unless the message starts with it.
    pub fn failed_at(&self, origin: &str, message: &str, hint: Option<&str>) {
        if message.starts_with(origin) {
            self.error(message, hint);
        } else {
            self.error(&format!("{origin}: {message}"), hint);
        }
    }

    fn error(&self, message: &str, hint: Option<&str>) {
        if let Some(captured) = &self.captured {
            [message].into_iter().chain(hint).for_each(|text| captured.add_error(text));
            return;
        }
        self.message(ERROR, "error:", message);
        if let Some(hint) = hint {
            self.message(HINT, "hint:", hint);
        }
    }

    /// Prints a message after its label.
    fn message(&self, style: Style, label: &str, text: &str) {
        let text = self.wrapped(&format!("{label} {}", sanitize(text)));
        let rest = text.strip_prefix(label).unwrap_or(&text);
        self.eprint(&format!("{style}{label}{style:#}{rest}"));
    }

    /// Wraps a text at the width of the terminal, if standard error is one.
    fn wrapped(&self, text: &str) -> String {
        match self.columns() {
            Some(columns) => wrap(text, columns),
            None => text.to_owned(),
        }
    }

    /// Prints a line to standard error. A failure is ignored, because it could not be reported anyway.
    fn eprint(&self, text: &str) {
        if self.captured.is_some() {
            return;
        }
        if self.stderr_is_terminal {
            self.count_lines(text.lines().count());
        }
        let _ = self.without_bars(|| writeln!(AutoStream::new(io::stderr().lock(), self.color), "{text}"));
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

/// Returns the width of the terminal on standard output, if it is one.
fn stdout_columns(is_terminal: bool) -> Option<usize> {
    if !is_terminal {
        return None;
    }
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
    {
        return Some(usize::from(size.ws_col));
    }
    Some(DEFAULT_COLUMNS)
}

/// Returns the width of the terminal on standard error, if it is one and reports its width.
fn terminal_columns(is_terminal: bool) -> Option<usize> {
    #[cfg(unix)]
    if is_terminal {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
        return Some(usize::from(size.ws_col)).filter(|columns| *columns > 0);
    }
    let _ = is_terminal;
    None
}

fn destination(delivery: &Delivery) -> String {
    delivery.path.as_ref().map_or("standard output".into(), |path| path.display().to_string())
}
