//! What the first signal, usually Ctrl-C, leaves to be done, and what a second one risks.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use crate::edit::Interrupt;

use super::terminal_size::stderr_columns;

const SIGINT: i32 = 2;

/// What a command waits for after the first signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopping {
    /// The answer to one request, which may be charged.
    Edit,
    /// The answers to the requests of a run.
    Edits,
    /// A download: the journal knows where the result is.
    Download,
}

impl Stopping {
    /// Returns what another signal after this one does, in as many words as fit into `columns`. The risk is named
    /// before anything else.
    pub(super) fn message(self, signal: i32, columns: usize) -> Cow<'static, str> {
        let mut messages = self.messages().into_iter().map(|text| match signal {
            SIGINT => Cow::from(text),
            // Nobody pressed a key.
            _ => text.replace("Ctrl-C again", "a second signal").into(),
        });
        messages.find(|text| text.len() <= columns).unwrap_or("stopping".into())
    }

    /// Prints what another signal does, also with `--quiet`: the line is about money.
    ///
    /// On a terminal, the line of the message starts with the `^C` that the terminal echoes.
    pub(super) fn print(self, interrupt: &Interrupt) {
        let Some(signal) = interrupt.signal() else { return };
        let columns = stderr_columns(io::stderr().is_terminal());
        let start = if columns.is_some() { "\n" } else { "" };
        let text = self.message(signal, columns.unwrap_or(usize::MAX));
        let _ = writeln!(io::stderr(), "{start}{text}");
    }

    /// The messages, from the longest to the shortest.
    fn messages(self) -> [&'static str; 4] {
        match self {
            Stopping::Edit => [
                "stopping after the edit in flight; Ctrl-C again quits now and may lose a paid edit",
                "stopping; Ctrl-C again quits now and may lose a paid edit",
                "stopping; Ctrl-C again may lose it",
                "Ctrl-C again may lose it",
            ],
            Stopping::Edits => [
                "stopping after the edits in flight; Ctrl-C again quits now and may lose paid edits",
                "stopping; Ctrl-C again quits now and may lose paid edits",
                "stopping; Ctrl-C again may lose edits",
                "Ctrl-C again may lose edits",
            ],
            Stopping::Download => [
                "stopping after the download; Ctrl-C again quits now, and `seededit recover` then fetches the result",
                "stopping; Ctrl-C again leaves it to `seededit recover`",
                "stopping after the download",
                "saving the result",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_of_a_second_ctrl_c_is_named_on_every_usual_terminal() {
        // The room beside a spinner and a time at 40, 50 and 80 columns.
        for columns in [24, 34, 64] {
            let message = Stopping::Edit.message(SIGINT, columns);
            assert!(message.contains("Ctrl-C again") && message.contains("may lose"), "{columns}");
        }
        // The room in the line of a run.
        for columns in [38, 48, 78] {
            assert!(Stopping::Edits.message(SIGINT, columns).contains("may lose"), "{columns}");
        }
        assert_eq!(Stopping::Download.message(SIGINT, 24), "saving the result");
        assert!(Stopping::Download.message(SIGINT, 64).contains("recover"));
    }

    #[test]
    fn a_message_about_stopping_is_never_wider_than_its_room() {
        for stopping in [Stopping::Edit, Stopping::Edits, Stopping::Download] {
            assert!(stopping.messages().is_sorted_by_key(|text| std::cmp::Reverse(text.len())));
            for columns in 8..120 {
                for signal in [SIGINT, 15] {
                    assert!(stopping.message(signal, columns).len() <= columns);
                }
            }
        }
    }

    #[test]
    fn only_after_ctrl_c_is_a_second_one_mentioned() {
        let message = "stopping; a second signal quits now and may lose a paid edit";
        assert_eq!(Stopping::Edit.message(15, 80), message);
        for stopping in [Stopping::Edit, Stopping::Edits, Stopping::Download] {
            assert!((8..120).all(|columns| !stopping.message(15, columns).contains("Ctrl-C")));
        }
    }
}
