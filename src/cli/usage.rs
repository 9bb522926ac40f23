//! A wrong command line, for programs: what is wrong, what to do, and whether JSON was asked for.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::Cli;
use super::cursor::{Cursor, Expected};

/// What clap says about a wrong command line, each part on one line.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageFault {
    /// What is wrong.
    pub message: String,
    /// The next action.
    pub hint: String,
}

impl UsageFault {
    /// Reads the text of an error that [`super::parse`] returned.
    pub fn of(error: &clap::Error) -> UsageFault {
        let text = error.render().to_string();
        let blocks: Vec<&str> = text.split("\n\n").collect();
        // Each line is a form of its own.
        let forms = |block: &str| block.lines().map(one_line).collect::<Vec<_>>().join(" or ");
        let usage = blocks.iter().find_map(|block| block.strip_prefix("Usage: ")).map(forms);
        let tips: Vec<String> =
            blocks.iter().filter_map(|block| block.strip_prefix("  tip: ")).map(one_line).collect();
        let message = match error.kind() {
            // The text is the help.
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "arguments are missing".to_owned(),
            _ => one_line(blocks.first().unwrap_or(&"").trim_start_matches("error: ")),
        };
        let hint = match (&tips[..], usage) {
            ([], Some(usage)) => format!("usage: {usage}"),
            ([], None) => "`--help` describes every argument".to_owned(),
            (tips, _) => tips.join("; "),
        };
        UsageFault { message, hint }
    }
}

/// Joins lines, and what spaces align, with single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a command line that cannot be parsed has the flag `--json`, and not only as a value or after `--`.
pub fn asks_for_json(args: &[OsString]) -> bool {
    let words: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let mut cli = Cli::command();
    cli.build();
    let is_flag = |end: usize| match Cursor::read(&cli, &words[..=end]).expected {
        Expected::Flag => true,
        // A value that is missing does not turn the next flag into one.
        Expected::Value(arg) => !arg.is_positional() && !arg.is_allow_hyphen_values_set(),
        Expected::Subcommand | Expected::Nothing => false,
    };
    (0..words.len()).any(|index| words[index] == "--json" && is_flag(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        std::iter::once("seededit").chain(line.split_whitespace()).map(OsString::from).collect()
    }

    fn fault(line: &str) -> UsageFault {
        UsageFault::of(&super::super::parse(&args(line)).unwrap_err())
    }

    #[test]
    fn json_is_asked_for_by_a_flag_of_any_command() {
        for (line, asks) in [
            ("edit --json", true),
            ("--json", true),
            ("frobnicate --json", true),
            ("config get --json", true),
            ("history show --json", true),
            ("edit a.png x --model --json", true),
            ("edit a.png -- --json", false),
            ("edit a.png -p --json --seed x", true),
            ("edit a.png x --timeout --json", false),
            ("edit a.png --then=--json", false),
            ("edit --jso", false),
            ("edit", false),
        ] {
            assert_eq!(asks_for_json(&args(line)), asks, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_and_what_to_do_are_two_lines() {
        let found = fault("edit a.png x --format bmp");
        assert!(
            found.message.starts_with("invalid value 'bmp' for '--format <FORMAT>' [possible"),
            "{found:?}"
        );
        assert_eq!(found.hint, "`--help` describes every argument");
        let found = fault("history show");
        assert!(found.message.contains("were not provided: <JOB>"), "{found:?}");
        assert_eq!(found.hint, "usage: seededit history show <JOB>");
        assert_eq!(
            fault("edit --seed 1").hint,
            "usage: seededit edit [OPTIONS] <IMAGE>... <PROMPT> or seededit edit [OPTIONS] -p <TEXT> <IMAGE>..."
        );
        let found = fault("resume");
        assert_eq!(found.message, "unrecognized subcommand 'resume'");
        assert_eq!(found.hint, "use `seededit recover`");
        let found = fault("auth");
        assert_eq!(found.message, "arguments are missing");
        assert!(found.hint.starts_with("usage: seededit auth"), "{found:?}");
    }
}
