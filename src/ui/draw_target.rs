//! Where progress is drawn: a terminal, as if it were a little narrower.

use std::io;
use std::sync::{Mutex, PoisonError};

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Columns that stay free at the end of each line. indicatif fills lines up to the width with spaces. The `^C` that a
/// terminal echoes would then begin a new line, and the line above it would never be cleared.
const ECHO_COLUMNS: u16 = 3;
/// Updates per second, as in indicatif's own targets.
const REFRESH_RATE: u8 = 20;

/// Returns the target for the bars on a terminal.
pub(super) fn draw_target(terminal: Term) -> ProgressDrawTarget {
    let terminal = NarrowTerminal { terminal, next: Mutex::new(Next::First) };
    ProgressDrawTarget::term_like_with_hz(Box::new(terminal), REFRESH_RATE)
}

/// A terminal without its last columns.
///
/// indicatif writes no line breaks between its lines: it fills each one up to the width, so that the terminal continues on
/// the next one. Here that is not the end of a line, so the line break has to be written.
#[derive(Debug)]
struct NarrowTerminal<T> {
    terminal: T,
    next: Mutex<Next>,
}

/// What indicatif writes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The first line of a drawing, or the movements of the cursor before it.
    First,
    /// What fills a line.
    Filler,
    /// Another line, or the movements of the cursor before the next drawing.
    Another,
}

impl<T> NarrowTerminal<T> {
    /// Notes what comes next, and returns what was to come until now.
    fn set_next(&self, next: Next) -> Next {
        std::mem::replace(&mut *self.next.lock().unwrap_or_else(PoisonError::into_inner), next)
    }
}

impl<T: TermLike> TermLike for NarrowTerminal<T> {
    fn width(&self) -> u16 {
        self.terminal.width().saturating_sub(ECHO_COLUMNS).max(1)
    }

    fn height(&self) -> u16 {
        self.terminal.height()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.set_next(Next::First);
        self.terminal.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.set_next(Next::First);
        self.terminal.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.set_next(Next::First);
        self.terminal.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text == "\r" {
            self.set_next(Next::First);
            return self.terminal.write_str(text);
        }
        match self.set_next(Next::Filler) {
            Next::First => {}
            Next::Filler => drop(self.set_next(Next::Another)),
            Next::Another => self.terminal.write_str("\n")?,
        }
        self.terminal.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.set_next(Next::First);
        self.terminal.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
    use std::sync::Arc;

    /// Keeps what is written, without the movements of the cursor.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            20
        }

        fn height(&self) -> u16 {
            10
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            self.write_str("^")
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(&format!("{text}\n"))
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_bar_has_a_line_of_its_own_and_leaves_columns_free() {
        let paper = Paper::default();
        let terminal = NarrowTerminal { terminal: paper.clone(), next: Mutex::new(Next::First) };
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(terminal)));
        let style = ProgressStyle::with_template("{msg}").unwrap();
        let all: Vec<ProgressBar> = ["one", "two", "three"]
            .into_iter()
            .map(|name| bars.add(ProgressBar::new(1).with_style(style.clone()).with_message(name)))
            .collect();
        for bar in &all {
            bar.tick();
        }
        let drawn = paper.0.lock().unwrap().clone();
        let last = drawn.rsplit('^').next().unwrap();
        let lines: Vec<&str> = last.split('\n').collect();
        assert_eq!(
            lines,
            [
                "one".to_owned() + &" ".repeat(14),
                format!("two{}", " ".repeat(14)),
                format!("three{}", " ".repeat(12))
            ]
        );
    }
}
