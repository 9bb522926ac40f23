//! `seededit help`: the topics. What it prints about commands is clap's.

use crate::cli::{HelpArgs, Topic};
use crate::env::VARIABLES;
use crate::error::{ErrorKind, Failure, SUCCESS};
use crate::ui::{self, Ui};

use super::reporting::stdout_failed;

/// Tests run its recipes.
const README: &str = include_str!("../../README.md");

/// The widest line of a text, as of the help of commands. Commands to copy may be wider.
const COLUMNS: usize = 80;

pub(super) fn run(args: &HelpArgs, ui: &Ui) -> Result<u8, Failure> {
    let Some(topic) = Topic::named(&args.words) else {
        let hint = match args.words.last().and_then(|word| Topic::closest(word)) {
            Some(topic) => format!("did you mean `seededit help {}`?", topic.name()),
            None => "`seededit --help` lists the commands and the topics".into(),
        };
        return Err(Failure::usage(format!("no command or topic `{}`", args.words.join(" "))).hint(hint));
    };
    let columns = ui.stdout_columns().unwrap_or(COLUMNS).min(COLUMNS);
    ui.line(text(topic, columns)).map_err(stdout_failed)?;
    Ok(0)
}

fn text(topic: Topic, columns: usize) -> String {
    match topic {
        Topic::Recipes => recipes(columns),
        Topic::ExitCodes => exit_codes(columns),
        Topic::Environment => environment(columns),
    }
}

/// The recipes of the README: wrapped paragraphs, and commands that are indented and stay whole.
fn recipes(columns: usize) -> String {
    let after = README.split("\n## Recipes\n").nth(1).unwrap_or_default();
    let section = after.split("\n## ").next().unwrap_or_default();
    let mut text = String::new();
    // Fences alternate between the end of a paragraph and the end of a block.
    for (index, part) in section.split("\n```").enumerate() {
        let part = if index == 0 { part } else { part.split_once('\n').map_or("", |(_, rest)| rest) };
        for paragraph in part.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            let shown = if index % 2 == 0 {
                ui::wrap(&paragraph.replace('\n', " "), columns)
            } else {
                paragraph.lines().map(|line| format!("  {line}\n")).collect::<String>().trim_end().to_owned()
            };
            text += &format!("{shown}\n\n");
        }
    }
    text + &ui::wrap(
        "With `--sandbox`, or with SEEDEDIT_SANDBOX=1, every edit is free and needs no key.",
        columns,
    )
}

/// The codes with the names of `--json` and their meanings.
fn exit_codes(columns: usize) -> String {
    let failures = ErrorKind::ALL.map(|kind| (kind.exit_code(), kind.name(), kind.meaning()));
    let mut text = ui::wrap(
        "The exit code of each command. With --json, `kind` and `exit_code` of a failure's record say the same.",
        columns,
    );
    text += "\n\n";
    for (code, kind, meaning) in std::iter::once((0, "", SUCCESS)).chain(failures) {
        text += &ui::wrap_indented(&format!("{code:>5}  {kind:<11}  {meaning}"), columns, 20);
        text.push('\n');
    }
    text.push('\n');
    text + &ui::wrap(
        "If several results end differently, the most severe counts: 10, then 8, then 9, then 11. After 8 or 9, \
         `seededit recover` finds out what happened, and fetches what was paid for.",
        columns,
    )
}

/// Each variable on a line of its own, its meaning below it.
fn environment(columns: usize) -> String {
    let mut text = ui::wrap("An empty variable counts as unset. Flags precede variables.", columns) + "\n";
    for variable in VARIABLES {
        let meaning = ui::wrap_indented(&format!("      {}", variable.meaning), columns, 6);
        let names = ui::wrap_indented(&format!("  {}", variable.names.join(", ")), columns, 2);
        text += &format!("\n{names}\n{meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_those_of_the_readme_without_its_markup() {
        let text = text(Topic::Recipes, COLUMNS);
        let after = README.split("\n## Recipes\n").nth(1).unwrap();
        let section = after.split("\n## ").next().unwrap();
        let commands: Vec<&str> = section.lines().filter(|line| line.contains("seededit ")).collect();
        assert!(commands.len() > 5, "{section}");
        for command in commands {
            assert!(text.contains(&format!("\n  {command}\n")), "{command}\n{text}");
        }
        for markup in ["```", "](", "## ", "**"] {
            assert!(!text.contains(markup), "{markup} in {text}");
        }
    }

    #[test]
    fn each_text_fits_its_width_except_for_commands() {
        for (topic, columns) in Topic::ALL.into_iter().flat_map(|topic| [(topic, 80), (topic, 40)]) {
            for line in text(topic, columns).lines() {
                let is_command = topic == Topic::Recipes && line.starts_with("  ");
                assert!(is_command || line.chars().count() <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn every_code_and_every_variable_is_listed() {
        let codes = text(Topic::ExitCodes, COLUMNS);
        for kind in ErrorKind::ALL {
            let start = format!("\n{:>5}  {}", kind.exit_code(), kind.name());
            assert!(codes.contains(&start), "{start} in {codes}");
        }
        let environment = text(Topic::Environment, COLUMNS);
        for name in VARIABLES.iter().flat_map(|variable| variable.names) {
            assert!(environment.contains(name), "{name}");
        }
    }
}
