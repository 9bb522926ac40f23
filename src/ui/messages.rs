//! Messages on standard error.

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::edit::Delivery;
use crate::error::Failure;
use crate::money::format_usd;

use super::terminal_size::stderr_columns;
use super::units::{bytes, elapsed, percent};
use super::{Ui, Verbosity, sanitize, wrap};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const SUCCESS: Style = AnsiColor::Green.on_default();
const DIM: Style = Style::new().dimmed();

/// Prints why the process ends now, on a line of its own: the cursor may still be on the line of a progress bar.
pub fn print_last_message(text: &str) {
    let columns = stderr_columns(io::stderr().is_terminal());
    let text = columns.map_or(text.to_owned(), |columns| wrap(text, columns));
    let _ = writeln!(io::stderr(), "\n{text}");
}

impl Ui {
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
    pub(super) fn wrapped(&self, text: &str) -> String {
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
}

fn destination(delivery: &Delivery) -> String {
    delivery.path.as_ref().map_or("standard output".into(), |path| path.display().to_string())
}
