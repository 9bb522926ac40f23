//! Commands in messages, as they have to be typed in the sandbox.

use std::borrow::Cow;
use std::sync::LazyLock;

use clap::{Command, CommandFactory};

use super::Cli;

/// What precedes the words of a command.
const PROGRAM: &str = "seededit ";
const FLAG: &str = "--sandbox";
/// The commands about keys, which only a service needs.
const OF_SERVICES: &str = "auth ";
/// A flag with which `--sandbox` would be wrong.
const OTHER_SERVICE: &str = "--base-url";

/// The commands that take the flag and have a use in the sandbox, such as `history show`.
static COMMANDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut cli = Cli::command();
    cli.build();
    let mut found = Vec::new();
    let mut open: Vec<(String, &Command)> = vec![(String::new(), &cli)];
    while let Some((path, command)) = open.pop() {
        if !path.starts_with(OF_SERVICES)
            && command.get_arguments().any(|arg| arg.get_long() == FLAG.strip_prefix("--"))
        {
            found.push(path.clone());
        }
        let of_command =
            |inner| (format!("{path} {}", Command::get_name(inner)).trim_start().to_owned(), inner);
        open.extend(command.get_subcommands().map(of_command));
    }
    found
});

/// Adds `--sandbox` to the commands that a message suggests, for a user whose own command has that flag: without it, they would
/// be about the service, and might cost money.
pub fn in_sandbox(text: &str) -> Cow<'_, str> {
    if !text.contains(PROGRAM) {
        return text.into();
    }
    let mut adapted = String::with_capacity(text.len() + FLAG.len() + 1);
    let mut rest = text;
    while let Some(at) = rest.find(PROGRAM) {
        let (before, command) = rest.split_at(at);
        // In backquotes, it is known where a command ends.
        let end = before.ends_with('`').then(|| command.find('`')).flatten();
        let (command, after) = match end {
            Some(end) => command.split_at(end),
            None => command.split_at(PROGRAM.len() + name(&command[PROGRAM.len()..]).len()),
        };
        adapted.push_str(before);
        let name = name(&command[PROGRAM.len()..]);
        let has_flag = |text: &str| [FLAG, OTHER_SERVICE].iter().any(|flag| text.contains(flag));
        let is_complete = has_flag(command) || end.is_none() && has_flag(after);
        // What is quoted is a prompt, or the name of a file.
        let is_quoted = adapted.matches('"').count() % 2 == 1;
        if is_complete || is_quoted || !COMMANDS.iter().any(|known| known == name) {
            adapted.push_str(command);
        } else {
            // A flag at the end may be followed by its value.
            let ends_with_flag = command.rsplit(' ').next().is_some_and(|last| last.starts_with('-'));
            let at = if ends_with_flag { PROGRAM.len() + name.len() } else { command.len() };
            adapted.extend([&command[..at], " ", FLAG, &command[at..]]);
        }
        rest = after;
    }
    (adapted + rest).into()
}

/// The name of the command at the start of a text, such as `history show`; empty if it begins with no command.
fn name(text: &str) -> &str {
    let is_named = |known: &&String| {
        let rest = text.strip_prefix(known.as_str());
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "-_/\\".contains(c)))
    };
    let longest = COMMANDS.iter().filter(is_named).max_by_key(|known| known.len());
    longest.map_or("", |known| &text[..known.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_take_the_flag_get_it() {
        for (text, adapted) in [
            ("`seededit recover` finishes what it can", "`seededit recover --sandbox` finishes what it can"),
            ("`seededit recover JOB` asks", "`seededit recover JOB --sandbox` asks"),
            (
                "`seededit history show JOB` or `seededit undo`",
                "`seededit history show JOB --sandbox` or `seededit undo --sandbox`",
            ),
            ("name it: seededit replay JOB IMAGE", "name it: seededit replay --sandbox JOB IMAGE"),
            ("`seededit inspect --region` shows", "`seededit inspect --sandbox --region` shows"),
            (
                "say `seededit history`; then seededit edit @ x",
                "say `seededit history --sandbox`; then seededit edit --sandbox @ x",
            ),
        ] {
            assert_eq!(in_sandbox(text), adapted);
        }
    }

    #[test]
    fn what_is_no_command_of_the_sandbox_or_has_the_flag_stays_as_it_is() {
        for text in [
            "`seededit recover --sandbox` asks",
            "seededit replay JOB --sandbox IMAGE",
            "`seededit recover --base-url http://127.0.0.1:1` asks",
            "store one with `seededit auth login`",
            "`seededit config set max_cost 2`",
            "build seededit with all features",
            "seededit editor x",
            "seededit edit/out.jpg is missing",
            "this continues a.jpg: \"run seededit recover now\"",
            "check the path",
        ] {
            assert_eq!(in_sandbox(text), text);
        }
    }
}
