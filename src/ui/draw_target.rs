//! Where progress is drawn: a terminal, as if it were a little narrower.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Columns that stay free at the end of each line. indicatif fills lines up to the width with spaces. The `^C` that a
/// terminal echoes would then begin a new line, and the line above it would never be cleared.
const ECHO_COLUMNS: u16 = 3;
/// Updates per second, as in indicatif's own targets.
const REFRESH_RATE: u8 = 20;

/// Returns the target for the bars on a terminal.
pub(super) fn draw_target(terminal: Term) -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(NarrowTerminal(terminal)), REFRESH_RATE)
}

/// A terminal without its last columns.
#[derive(Debug)]
struct NarrowTerminal(Term);

impl TermLike for NarrowTerminal {
    fn width(&self) -> u16 {
        self.0.width().saturating_sub(ECHO_COLUMNS).max(1)
    }

    fn height(&self) -> u16 {
        self.0.height()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
