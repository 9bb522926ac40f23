//! The JSON Schema of commands.

use clap::{Command, CommandFactory as _};
use serde_json::{Map, Value, json};

use crate::cli::Cli;

use super::arguments::arguments;
use super::field::Record;
use super::{RECORDS, records_of};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Returns the schema of everything.
pub fn documents() -> Value {
    of_commands(
        "seededit",
        "The records that seededit writes with --json, and the arguments of its commands",
        &all(),
    )
}

/// Returns the schema of a command, and of those below it; `None` if there is no such command. A line of its `--json` is
/// valid if it is one of the command's records. `$defs` has these, and the arguments as `COMMAND-arguments`.
pub fn document(words: &[&str]) -> Option<Value> {
    let path = words.join(" ");
    let below = format!("{path} ");
    let commands: Vec<(String, Command)> =
        all().into_iter().filter(|(name, _)| *name == path || name.starts_with(&below)).collect();
    let (_, command) = commands.first()?;
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    Some(of_commands(&format!("seededit {path}"), &about, &commands))
}

/// The words of all commands that have a schema.
pub fn command_names() -> Vec<String> {
    all().into_iter().map(|(path, _)| path).collect()
}

/// All commands that the help lists, by their words.
fn all() -> Vec<(String, Command)> {
    let mut cli = Cli::command();
    cli.build();
    let mut found = Vec::new();
    add_below(&cli, "", &mut found);
    found
}

fn add_below(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let path = format!("{path} {}", below.get_name()).trim_start().to_owned();
        found.push((path.clone(), below.clone()));
        add_below(below, &path, found);
    }
}

fn of_commands(title: &str, about: &str, commands: &[(String, Command)]) -> Value {
    let is_written = |record: &&&Record| {
        commands.iter().any(|(path, _)| records_of(path).any(|written| written.name == record.name))
    };
    let records: Vec<&Record> = RECORDS.iter().filter(is_written).copied().collect();
    let mut definitions: Map<String, Value> =
        records.iter().map(|record| (record.name.to_owned(), record.schema())).collect();
    for (path, command) in commands.iter().filter(|(_, command)| !command.is_subcommand_required_set()) {
        definitions.insert(format!("{}-arguments", path.replace(' ', "-")), arguments(path, command));
    }
    let mut schema = json!({"$schema": DIALECT, "title": title, "description": about});
    if !records.is_empty() {
        let references = records.iter().map(|record| json!({"$ref": format!("#/$defs/{}", record.name)}));
        schema["anyOf"] = references.collect();
    }
    schema["$defs"] = definitions.into();
    schema
}
