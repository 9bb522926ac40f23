//! Questions on the terminal.

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;

use anstream::AutoStream;

use crate::edit::Interrupt;

use super::{Ui, sanitize};

impl Ui {
    /// Asks a question on the terminal. Any answer but `y` or `yes` is a no.
    ///
    /// # Errors
    /// Fails if the answer cannot be read.
    pub fn confirm(&self, question: &str) -> io::Result<bool> {
        self.ask(question);
        read_answer()
    }

    /// Asks a question on the terminal while signals are only noted. Returns the signal that ended the question, if one
    /// did.
    ///
    /// # Errors
    /// As [`Ui::confirm`].
    pub fn confirm_unless(&self, question: &str, interrupt: &Interrupt) -> io::Result<Result<bool, i32>> {
        let (answered, answer) = mpsc::channel();
        let interrupted = answered.clone();
        let _waker = interrupt.on_raise(move || drop(interrupted.send(None)));
        if let Some(signal) = interrupt.signal() {
            return Ok(Err(signal));
        }
        self.without_bars(|| {
            self.ask(question);
            // A signal does not end a read, so another thread reads. It ends with the process.
            thread::spawn(move || answered.send(Some(read_answer())));
            match answer.recv() {
                Ok(Some(answer)) => answer.map(Ok),
                Ok(None) | Err(_) => {
                    let _ = writeln!(io::stderr());
                    Ok(Err(interrupt.signal().unwrap_or_default()))
                }
            }
        })
    }

    /// Prints a question, each of its lines wrapped.
    fn ask(&self, question: &str) {
        let text = format!("{question} [y/N]");
        let lines: Vec<String> = text.lines().map(|line| self.wrapped(&sanitize(line))).collect();
        // At once: who sees the question may answer it.
        let text = format!("{} ", lines.join("\n"));
        let _ = AutoStream::new(io::stderr().lock(), self.color).write_all(text.as_bytes());
    }

    /// Whether [`Ui::confirm`] works: a person can read the question and answer it.
    pub fn can_confirm(&self) -> bool {
        self.stderr_is_terminal && self.stdin_is_terminal && !self.mode.json
    }
}

/// Reads the answer to a question from the terminal.
fn read_answer() -> io::Result<bool> {
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
