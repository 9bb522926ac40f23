//! The command line of a tool. Its values are checked like those that a person types, and never taken for flags.

use std::error::Error as _;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::{self, Command, UsageFault};
use crate::error::Failure;

/// Arguments whose flags have other names.
const OTHER_NAMES: [(&str, &str); 3] =
    [("max_cost", "accept_usd"), ("reference", "references"), ("grep", "text")];

pub(super) struct CommandLine {
    words: Vec<OsString>,
}

impl CommandLine {
    pub(super) fn of(command: &[&str]) -> CommandLine {
        let words = ["seededit"].iter().chain(command).chain(&["--json"]);
        CommandLine { words: words.map(OsString::from).collect() }
    }

    /// Adds `--name=value`, if there is a value.
    pub(super) fn value(&mut self, name: &str, value: Option<impl AsRef<OsStr>>) {
        if let Some(value) = value {
            let mut word = OsString::from(format!("--{name}="));
            word.push(value);
            self.words.push(word);
        }
    }

    pub(super) fn switch(&mut self, name: &str, is_on: bool) {
        if is_on {
            self.words.push(format!("--{name}").into());
        }
    }

    /// Says what to do if the output exists, whatever the settings say.
    pub(super) fn if_exists(&mut self, overwrite: bool, otherwise: &str) {
        self.switch("force", overwrite);
        self.value("if-exists", (!overwrite).then_some(otherwise));
    }

    /// Adds the arguments that are no flags. Nothing may be added after them.
    pub(super) fn arguments(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) {
        self.words.push("--".into());
        self.words.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
    }

    pub(super) fn parse(&self) -> Result<Command, Failure> {
        cli::parse(&self.words).map(|cli| cli.command).map_err(|error| refused(&error))
    }
}

/// Says which argument of the tool is wrong, and what it may be.
fn refused(error: &clap::Error) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let Some(flag) = text(ContextKind::InvalidArg) else {
        return Failure::usage(UsageFault::of(error).message);
    };
    let argument = argument(flag);
    if error.kind() == ErrorKind::ArgumentConflict {
        let other = match error.get(ContextKind::PriorArg) {
            Some(ContextValue::String(other)) => other,
            Some(ContextValue::Strings(others)) if !others.is_empty() => &others[0],
            _ => return Failure::usage(format!("`{argument}` cannot be used with the other arguments")),
        };
        let other = self::argument(other);
        return Failure::usage(format!("`{argument}` cannot be used with `{other}`"))
            .hint("leave one of them out");
    }
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let mut message = format!("`{argument}`: invalid value `{value}`");
    if let Some(why) = error.source() {
        message = format!("{message}: {why}");
    }
    let failure = Failure::usage(message);
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => failure.hint(format!("it is one of {}", values.join(", "))),
        _ if argument == "model" => failure.hint("the tool `models` lists the models"),
        _ => failure,
    }
}

/// The name of an argument, from that of its flag: `--negative-prompt <TEXT>`.
fn argument(flag: &str) -> String {
    let name = flag.split_whitespace().next().unwrap_or_default().trim_start_matches('-').replace('-', "_");
    let other = OTHER_NAMES.iter().find(|(known, _)| *known == name);
    other.map_or(name, |(_, argument)| (*argument).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Audience;

    #[test]
    fn what_is_wrong_is_said_with_the_names_of_arguments() {
        let refused = |flag: &str, value: &str| {
            let mut line = CommandLine::of(&["edit"]);
            line.value(flag, Some(value));
            line.arguments(["in.png"]);
            let failure = line.parse().unwrap_err();
            let hint = failure.hint_for(Audience::Client).unwrap_or_default().to_owned();
            (failure.message(), hint)
        };
        for (flag, value, argument, hint) in [
            ("max-cost", "-1", "accept_usd", ""),
            ("region", "--force", "region", ""),
            ("seed", "9999999999", "seed", ""),
            ("format", "bmp", "format", "it is one of jpeg, png, webp"),
            ("model", "--sandbox", "model", "the tool `models` lists the models"),
            ("model", "https://example.com", "model", "the tool `models` lists the models"),
        ] {
            let (message, found) = refused(flag, value);
            assert!(message.starts_with(&format!("`{argument}`: invalid value `{value}`")), "{message}");
            assert_eq!(found, hint, "{message}");
            assert!(!message.replace(value, "").contains("--"), "{message}");
        }
    }

    #[test]
    fn arguments_that_exclude_each_other_are_named() {
        let mut line = CommandLine::of(&["edit"]);
        line.value("region", Some("1,1,2x2"));
        line.value("mask", Some("mask.png"));
        line.arguments(["in.png", "x"]);
        let message = line.parse().unwrap_err().message();
        assert_eq!(message, "`region` cannot be used with `mask`");
    }
}
