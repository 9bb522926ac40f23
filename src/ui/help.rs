//! What clap prints: help, and errors about a command line.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use crate::color::is_plain;
use crate::env::Env;

use super::terminal_size::{stderr_columns, stdout_columns};
use super::wrap_indented;

/// The indent of what follows a long line of the usage: it is not mistaken for another line of it.
const USAGE_INDENT: usize = 9;

/// Prints help, or an error about the command line. On a terminal, lines that clap does not wrap, such as those of the
/// usage, break between words.
pub fn print_clap_text(error: &clap::Error, env: &Env) {
    let columns = match error.use_stderr() {
        true => stderr_columns(env.stderr_is_terminal),
        false => stdout_columns(env.stdout_is_terminal),
    };
    // An error here can only be a closed pipe.
    let Some(columns) = columns else {
        let _ = error.print();
        return;
    };
    let text = wrapped(&error.render().ansi().to_string(), columns);
    let choice = if is_plain(env) { ColorChoice::Never } else { ColorChoice::Always };
    let _ = if error.use_stderr() {
        write!(AutoStream::new(io::stderr().lock(), choice), "{text}")
    } else {
        write!(AutoStream::new(io::stdout().lock(), choice), "{text}")
    };
}

/// Wraps the lines of a text that are too long. Colors have no width.
fn wrapped(text: &str, columns: usize) -> String {
    let line = |line: &str| {
        if textwrap::core::display_width(line) <= columns {
            return line.to_owned();
        }
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let indent = if line.contains("Usage:") { USAGE_INDENT } else { spaces + 2 };
        wrap_indented(line, columns, indent.min(columns / 4))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words_and_others_stay() {
        let text = "error: bad\n\n\u{1b}[1m\u{1b}[4mUsage:\u{1b}[0m \u{1b}[1mseededit edit\u{1b}[0m [OPTIONS] <IMAGE>... <PROMPT>\n       seededit edit -p <TEXT> <IMAGE>...\n";
        let plain = text.replace("\u{1b}[1m", "").replace("\u{1b}[4m", "").replace("\u{1b}[0m", "");
        let expected = "error: bad\n\nUsage: seededit edit [OPTIONS]\n         <IMAGE>... <PROMPT>\n       seededit edit -p <TEXT>\n         <IMAGE>...\n";
        assert_eq!(wrapped(&plain, 36), expected);
        assert_eq!(wrapped(text, 36).lines().count(), expected.lines().count());
        assert_eq!(wrapped(text, 80), text);
    }
}
