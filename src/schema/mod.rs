//! What scripts can rely on, as data: the records that `--json` writes, and the arguments of the commands.
//!
//! [`RECORDS`] is the one list of the records. The JSON Schema that `seededit schema` prints, `docs/json-records.md`, and
//! the check of every record that a test run prints come from it. The schema of arguments comes from the definitions of the
//! command line.

mod arguments;
mod document;
mod field;
mod history;
mod pages;
mod pictures;
mod results;
mod services;

pub use self::document::{command_names, document, documents};
pub use self::field::Record;
pub use self::pages::page;

/// The name of the record that every command with `--json` may write.
const FAILURE: &str = "failure";

/// All records, in the order of the documentation.
pub const RECORDS: &[&Record] = &[
    &results::RESULT,
    &results::FAILURE,
    &results::SKIPPED,
    &results::PLANNED_EDIT,
    &results::PLANNED_ROW,
    &results::REUSABLE,
    &results::HELD,
    &results::PLAN,
    &results::NOT_CHARGED,
    &results::RESCUED,
    &history::JOB,
    &history::JOB_DETAILS,
    &history::SPENDING,
    &history::CURRENT,
    &history::FINDING,
    &pictures::INSPECTED,
    &pictures::MERGED,
    &pictures::COMPARED,
    &pictures::SHEET,
    &services::MODEL,
    &services::MODEL_DIFFERENCE,
    &services::CHECK,
    &services::SETTING,
    &services::KEY,
    &services::BALANCE,
];

/// The records that a command writes with `--json`. `command` has its words, such as `history show`.
fn records_of(command: &str) -> impl Iterator<Item = &'static Record> {
    let is_used = RECORDS.iter().any(|record| record.commands.contains(&command));
    let records = RECORDS.iter().copied();
    records.filter(move |record| record.commands.contains(&command) || is_used && record.name == FAILURE)
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::field::Field;
    use super::*;
    use crate::cli::Cli;
    use crate::error::ErrorKind;

    fn commands_with_json(command: &Command, path: &str, found: &mut Vec<String>) {
        for subcommand in command.get_subcommands() {
            let path = format!("{path} {}", subcommand.get_name()).trim_start().to_owned();
            if subcommand.get_arguments().any(|arg| arg.get_id() == "json") {
                found.push(path.clone());
            }
            commands_with_json(subcommand, &path, found);
        }
    }

    #[test]
    fn every_command_with_json_has_records_and_no_other_has() {
        let mut cli = Cli::command();
        cli.build();
        let mut with_json = Vec::new();
        commands_with_json(&cli, "", &mut with_json);
        let mut named: Vec<&str> =
            RECORDS.iter().flat_map(|record| record.commands.iter().copied()).collect();
        named.sort_unstable();
        named.dedup();
        with_json.sort_unstable();
        assert_eq!(named, with_json);
    }

    #[test]
    fn names_are_unique_and_every_field_is_described_in_a_sentence_without_a_link() {
        fn check(record: &str, fields: &[Field]) {
            for (index, field) in fields.iter().enumerate() {
                let name = format!("{record}.{}", field.name);
                assert!(fields[..index].iter().all(|other| other.name != field.name), "{name}");
                let is_fragment =
                    !field.about.is_empty() && !field.about.ends_with('.') && !field.about.contains("](");
                assert!(is_fragment, "{name}: {}", field.about);
                if let Some(fields) = field.kind.fields() {
                    check(&name, fields);
                }
            }
        }
        for (index, record) in RECORDS.iter().enumerate() {
            assert!(RECORDS[..index].iter().all(|other| other.name != record.name), "{}", record.name);
            check(record.name, record.fields);
        }
    }

    #[test]
    fn values_are_those_of_the_code() {
        let states = crate::journal::State::ALL.map(crate::journal::State::name);
        assert_eq!(history::STATES, states);
        let mut kinds = ErrorKind::ALL.map(ErrorKind::name).to_vec();
        kinds.dedup();
        assert_eq!(results::ERROR_KINDS, &kinds[..]);
    }
}
