//! `seededit __complete`: what the completion scripts offer.
//!
//! The scripts pass the words up to the cursor. The answer has one candidate per line, a tab and a description after
//! it, and ends with a line that says what else fits: `:files`, `:directories` or `:nothing`. Scripts of older
//! releases rely on this form.
//!
//! It does not use the network, write files or wait for locks. If something cannot be read, it offers fewer
//! candidates and does not fail.

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::cli::{Cli, Cursor, Expected};
use crate::color::ColorWhen;
use crate::env::Env;
use crate::ui::{self, OutputMode, Ui, Verbosity};

use super::complete_values::{Values, values};

/// What the word at the cursor can become, and what that means.
pub(super) struct Candidate {
    value: String,
    description: String,
}

impl Candidate {
    pub(super) fn new(value: impl Into<String>, description: impl Into<String>) -> Candidate {
        Candidate { value: value.into(), description: description.into() }
    }
}

/// Prints what the last of `words` can become, and returns the exit code.
pub fn complete(words: &[String], env: &Env) -> u8 {
    let mode =
        OutputMode { verbosity: Verbosity::Quiet, json: false, progress: false, color: ColorWhen::Never };
    // Nobody reads an error here.
    let _ = Ui::new(mode, env).data(answer(words, env).as_bytes());
    0
}

fn answer(words: &[String], env: &Env) -> String {
    let mut cli = Cli::command();
    cli.build();
    let cursor = Cursor::read(&cli, words);
    let (candidates, end) = match cursor.expected {
        Expected::Subcommand => (subcommands(cursor.command.get_subcommands()), ":nothing"),
        Expected::Flag => (flags(&cursor), ":nothing"),
        Expected::Nothing => (Vec::new(), ":nothing"),
        Expected::Value(arg) => match values(arg, &cursor, &cli, env) {
            Values::Listed(mut candidates) => {
                // As a word of its own, such a value would be read as a flag; after `--profile=` it works.
                if cursor.prefix.is_empty() && !arg.is_allow_hyphen_values_set() {
                    candidates.retain(|candidate| !candidate.value.starts_with('-'));
                }
                (candidates, ":nothing")
            }
            Values::Files => (Vec::new(), ":files"),
            Values::Directories => (Vec::new(), ":directories"),
        },
    };
    let lines = candidates.iter().filter_map(|candidate| line(cursor.prefix, candidate));
    lines.collect::<String>() + end + "\n"
}

/// Returns a candidate's line. A value with a control character cannot be typed, and is left out.
fn line(prefix: &str, candidate: &Candidate) -> Option<String> {
    let Candidate { value, description } = candidate;
    if value.is_empty() || *value != ui::sanitize(value) {
        return None;
    }
    let description = ui::sanitize(description);
    Some(if description.is_empty() {
        format!("{prefix}{value}\n")
    } else {
        format!("{prefix}{value}\t{description}\n")
    })
}

/// Commands with their descriptions.
pub(super) fn subcommands<'a>(commands: impl Iterator<Item = &'a Command>) -> Vec<Candidate> {
    commands
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            Candidate::new(command.get_name(), about)
        })
        .collect()
}

/// The flags that can still be given: long ones, and short ones as well unless two dashes were typed.
fn flags(cursor: &Cursor<'_>) -> Vec<Candidate> {
    let is_open = |arg: &&Arg| {
        let repeatable = matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
        !arg.is_positional()
            && !arg.is_hide_set()
            && (repeatable || !cursor.flags.contains(&arg.get_id().as_str()))
    };
    let mut candidates = Vec::new();
    for flag in cursor.command.get_arguments().filter(is_open) {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(long) = flag.get_long() {
            candidates.push(Candidate::new(format!("--{long}"), help.clone()));
        }
        if let Some(short) = flag.get_short().filter(|_| !cursor.typed.starts_with("--")) {
            candidates.push(Candidate::new(format!("-{short}"), help));
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        answer(&words, &Env::default()).lines().map(str::to_owned).collect()
    }

    #[test]
    fn commands_are_offered_with_their_descriptions() {
        let lines = ask(&["config", ""]);
        assert_eq!(lines[0], "get\tPrint the value of a setting");
        assert_eq!(lines.last().unwrap(), ":nothing");
        assert!(!ask(&[""]).iter().any(|line| line.starts_with("__complete")));
    }

    #[test]
    fn a_given_flag_is_offered_again_only_if_it_can_be_repeated() {
        let lines = ask(&["edit", "--seed", "3", "--then", "x", "--"]);
        assert!(!lines.iter().any(|line| line.starts_with("--seed\t")), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("--then\t")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("-n\t")), "{lines:?}");
        assert!(ask(&["edit", "-"]).iter().any(|line| line.starts_with("-n\t")));
    }

    #[test]
    fn files_and_directories_are_left_to_the_shell() {
        for command in ["edit", "batch", "merge", "show", "compare", "sheet", "inspect"] {
            assert_eq!(ask(&[command, ""]), [":files"], "{command}");
        }
        assert_eq!(ask(&["edit", "--out-dir="]), [":directories"]);
        assert_eq!(ask(&["edit", "--seed", ""]), [":nothing"]);
    }

    #[test]
    fn a_value_after_an_equals_sign_is_offered_with_its_flag() {
        let lines = ask(&["edit", "--if-exists=ov"]);
        assert_eq!(lines[1], "--if-exists=overwrite\tReplace it, atomically");
    }

    #[test]
    fn values_with_control_characters_are_not_offered() {
        assert_eq!(line("", &Candidate::new("a\tb", "")), None);
        assert_eq!(line("", &Candidate::new("a\u{1b}b", "")), None);
        assert_eq!(line("", &Candidate::new("a", "x\ty\nz")).unwrap(), "a\tx y⏎z\n");
    }
}
