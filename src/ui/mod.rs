//! The only place that prints: data to standard output, everything else to standard error.

mod board;
mod estimate;
mod progress;
mod record;
mod sanitize;
mod units;

use std::ffi::OsStr;
use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;
use serde::Serialize;

use crate::color::ColorWhen;
use crate::edit::Delivery;
use crate::env::Env;
use crate::error::Failure;
use crate::money::format_usd;

pub use board::{Board, Counted, RunLimits};
pub use progress::Progress;
pub use record::{
    ChangeRecord, ErrorRecord, JobInfo, OkRecord, RequestRecord, SkippedRecord, starts_like_a_record,
};
pub use sanitize::sanitize;
pub use units::{bytes, changed, count, elapsed, identical, percent};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const DIM: Style = Style::new().dimmed();
/// The width of a terminal that does not tell its own.
const DEFAULT_COLUMNS: usize = 80;

/// Says why the process ends now, on a line of its own: the spinner's may still stand there.
pub fn last_words(text: &str) {
    let _ = writeln!(io::stderr(), "\n{text}");
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// And results and notes.
    Normal,
    /// And each step.
    Verbose,
    /// And what each step carried.
    VeryVerbose,
}

/// How to talk.
#[derive(Debug, Clone, Copy)]
pub struct OutputMode {
    /// How much.
    pub loudness: Verbosity,
    /// JSON on standard output, and only errors on standard error.
    pub json: bool,
    /// Whether progress may be drawn.
    pub progress: bool,
    /// When to use colour.
    pub color: ColorWhen,
}

/// Standard output and standard error, and who may say what on them.
pub struct Ui {
    manner: OutputMode,
    choice: anstream::ColorChoice,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdin_is_terminal: bool,
    /// Drawn only on a terminal; every line that is printed makes room for itself in it.
    bars: Option<MultiProgress>,
}

impl Ui {
    /// Decides what may be said, and in which colours.
    pub fn new(manner: OutputMode, env: &Env) -> Ui {
        let draws = manner.progress
            && !manner.json
            && manner.loudness >= Verbosity::Normal
            && env.stderr_is_terminal
            && env.var("TERM").is_none_or(|term| term != "dumb");
        Ui {
            manner,
            choice: manner.color.choice(env),
            stdout_is_terminal: env.stdout_is_terminal,
            stderr_is_terminal: env.stderr_is_terminal,
            stdin_is_terminal: env.stdin_is_terminal,
            bars: draws.then(MultiProgress::new),
        }
    }

    /// Whether results are reported as JSON.
    pub fn is_json(&self) -> bool {
        self.manner.json
    }

    /// Whether progress is drawn.
    pub fn draws(&self) -> bool {
        self.bars.is_some()
    }

    /// How many lines the terminal has, where that is known.
    pub(crate) fn height(&self) -> Option<usize> {
        #[cfg(unix)]
        return rustix::termios::tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_row));
        #[cfg(not(unix))]
        None
    }

    /// The number of columns of the terminal that messages go to; `None` if they do not go to a terminal.
    pub(crate) fn columns(&self) -> Option<usize> {
        terminal_columns(self.stderr_is_terminal)
    }

    /// The number of columns of the terminal on standard output; `None` if it is not a terminal.
    pub fn stdout_columns(&self) -> Option<usize> {
        if !self.stdout_is_terminal {
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

    /// Asks a question on the terminal; anything but `y` or `yes` is a no.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn confirm(&self, question: &str) -> io::Result<bool> {
        let text = self.wrapped(&format!("{} [y/N] ", sanitize(question)));
        let _ = write!(AutoStream::new(io::stderr().lock(), self.choice), "{} ", text.trim_end());
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether a question can be asked: somebody reads it, and somebody can answer.
    pub fn can_ask(&self) -> bool {
        self.stderr_is_terminal && self.stdin_is_terminal && !self.manner.json
    }

    /// Tells how many columns the lines of progress may take now; a terminal can be resized at any time.
    pub(crate) fn width(&self) -> impl Fn() -> usize + Clone + Send + Sync + 'static {
        let is_terminal = self.stderr_is_terminal;
        move || terminal_columns(is_terminal).unwrap_or(DEFAULT_COLUMNS)
    }

    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        self.bars.as_ref()
    }

    /// Writes data to standard output. A reader that has gone away is not an error.
    ///
    /// # Errors
    /// As the system gives them: a full disk, say.
    pub fn data(&self, bytes: &[u8]) -> io::Result<()> {
        let print = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        };
        match self.make_room(print) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes a line of data.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        self.data(format!("{}\n", text.as_ref()).as_bytes())
    }

    /// Writes a path as it is, whatever bytes are in it, and a line break; on a terminal, what would
    /// move its cursor is written out.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn path(&self, path: &OsStr) -> io::Result<()> {
        self.data(&self.path_line(path))
    }

    /// The line of standard output that names a result: its path, or nothing where a person reads the same in the
    /// line that [`Ui::delivered`] prints on the same terminal.
    pub fn result_line(&self, path: &OsStr) -> Vec<u8> {
        let is_shown = self.stdout_is_terminal && self.stderr_is_terminal;
        if is_shown && self.manner.loudness >= Verbosity::Normal { Vec::new() } else { self.path_line(path) }
    }

    /// What [`Ui::path`] writes.
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

    /// Writes a value as one line of JSON.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &impl Serialize) -> io::Result<()> {
        self.data(&self.json_line(value)?)
    }

    /// What [`Ui::json`] writes.
    ///
    /// # Errors
    /// When the value has no JSON.
    pub fn json_line(&self, value: &impl Serialize) -> io::Result<Vec<u8>> {
        let text = serde_json::to_string(value).map_err(io::Error::other)?;
        Ok(format!("{}\n", sanitize::escape_json(&text)).into_bytes())
    }

    /// Says something worth knowing.
    pub fn note(&self, text: &str) {
        if self.manner.loudness >= Verbosity::Normal && !self.manner.json {
            self.message(NOTE, "note:", text);
        }
    }

    /// Says which step is taken.
    pub fn step(&self, text: &str) {
        if self.manner.loudness >= Verbosity::Verbose {
            self.say(&format!("{DIM}{}{DIM:#}", sanitize(text)));
        }
    }

    /// Says what a step carried.
    pub fn detail(&self, text: &str) {
        if self.manner.loudness >= Verbosity::VeryVerbose {
            self.say(&format!("{DIM}  {}{DIM:#}", sanitize(text)));
        }
    }

    /// Says that something went well.
    pub fn done(&self, text: &str) {
        if self.manner.loudness >= Verbosity::Normal && !self.manner.json {
            self.say(&format!("{GOOD}✓{GOOD:#} {}", sanitize(text)));
        }
    }

    /// Reports a result on standard error: path, size, price, time, seed.
    pub fn delivered(&self, delivery: &Delivery, seed: u32) {
        let place = place(delivery);
        let price = delivery.paid.price.map_or("price not told".into(), |price| format_usd(price.usd));
        let change = match &delivery.change {
            Some(change) => format!("  {} changed", percent(change.changed)),
            None => String::new(),
        };
        self.done(&format!(
            "{place}  {} {}, {}{change}  {price}  {}  seed {seed}",
            delivery.size,
            delivery.format,
            bytes(delivery.bytes),
            elapsed(delivery.elapsed),
        ));
    }

    /// Reports on standard error that an earlier result served.
    pub fn reused(&self, delivery: &Delivery, job: &str) {
        let place = place(delivery);
        self.done(&format!(
            "{place}  {}, the result of job {job}: nothing was sent  $0.00",
            bytes(delivery.bytes)
        ));
    }

    /// Says what many edits came to.
    pub fn summary(&self, text: &str) {
        if self.manner.loudness >= Verbosity::Normal {
            self.say(&self.wrapped(&sanitize(text)));
        }
    }

    /// Reports a failure on standard error: what went wrong, and what to do next.
    pub fn failed(&self, failure: &Failure) {
        self.error(&failure.message(), failure.hint.as_deref());
    }

    /// The same for one of many: `place` says which.
    pub fn failed_at(&self, place: &str, message: &str, hint: Option<&str>) {
        if message.starts_with(place) {
            self.error(message, hint);
        } else {
            self.error(&format!("{place}: {message}"), hint);
        }
    }

    fn error(&self, message: &str, hint: Option<&str>) {
        self.message(ERROR, "error:", message);
        if let Some(hint) = hint {
            self.message(HINT, "hint:", hint);
        }
    }

    /// Prints a message after its label, wrapped at the terminal's width.
    fn message(&self, style: Style, label: &str, text: &str) {
        let text = self.wrapped(&format!("{label} {}", sanitize(text)));
        let rest = text.strip_prefix(label).unwrap_or(&text);
        self.say(&format!("{style}{label}{style:#}{rest}"));
    }

    /// Breaks a text at blanks so that it fits the terminal. A word that is too long stays whole, so that paths and
    /// commands can be copied.
    fn wrapped(&self, text: &str) -> String {
        match self.columns() {
            Some(columns) => wrap(text, columns),
            None => text.to_owned(),
        }
    }

    /// Prints to standard error. That nobody listens there changes nothing.
    fn say(&self, text: &str) {
        let _ = self.make_room(|| writeln!(AutoStream::new(io::stderr().lock(), self.choice), "{text}"));
    }

    /// Takes the bars away while something is printed. `print` locks its stream itself: who draws the bars holds
    /// them and waits for standard error, so that whoever held that and waited for them would wait for ever.
    fn make_room<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

/// The width of the terminal on standard error, if it is one and knows its width.
fn terminal_columns(is_terminal: bool) -> Option<usize> {
    #[cfg(unix)]
    if is_terminal {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
        return Some(usize::from(size.ws_col)).filter(|columns| *columns > 0);
    }
    let _ = is_terminal;
    None
}

fn wrap(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns.max(20))
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

fn place(delivery: &Delivery) -> String {
    delivery.path.as_ref().map_or("standard output".into(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_break_between_words_only() {
        let text = "hint: run `seededit recover` to fetch what was paid for";
        assert_eq!(wrap(text, 30), "hint: run `seededit recover`\nto fetch what was paid for");
        assert_eq!(wrap(text, 200), text);
        let path = "error: cannot read /a/very/long/path/that/is/wider/than/the/terminal.jpg: no such file";
        assert_eq!(
            wrap(path, 24),
            "error: cannot read\n/a/very/long/path/that/is/wider/than/the/terminal.jpg:\nno such file"
        );
        // Wide characters count twice.
        assert_eq!(wrap("日本語 日本語 日本語 日本語", 20), "日本語 日本語 日本語\n日本語");
    }
}
