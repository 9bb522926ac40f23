//! The kinds of values that shells complete.

use clap::{Arg, ValueHint};

/// What the values of an argument are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// The fixed set that the argument lists itself.
    Choice,
    File,
    Directory,
    /// A profile of the configuration file.
    Profile,
    Job(JobChoice),
    /// The file of a result, or any job.
    FileOrJob,
    /// A fault of the sandbox, without its argument.
    Fault,
    /// A value of the setting that precedes it.
    SettingValue,
    /// The name of a command.
    Command,
    /// The name of a command, or a topic of `help`.
    HelpWord,
    /// The name of a service.
    Service,
    /// The id of a model of the service.
    Model,
    /// Anything.
    Free,
}

/// The jobs that an argument accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobChoice {
    Any,
    /// Jobs that `recover` can do something about.
    Unfinished,
    /// Jobs that may be paid for again.
    PayableAgain,
    /// Those whose outcome is unknown.
    InDoubt,
    /// Jobs whose entries may be removed.
    Forgettable,
}

impl ValueKind {
    /// Returns the kind of an argument's values. `command` is its command, such as `history show`.
    pub fn of(command: &str, arg: &Arg) -> ValueKind {
        if !arg.get_possible_values().is_empty() {
            return ValueKind::Choice;
        }
        match arg.get_value_hint() {
            ValueHint::FilePath | ValueHint::AnyPath => return ValueKind::File,
            ValueHint::DirPath => return ValueKind::Directory,
            _ => {}
        }
        match (command, arg.get_id().as_str()) {
            (_, "profile") => ValueKind::Profile,
            (_, "service") => ValueKind::Service,
            (_, "model") => ValueKind::Model,
            (_, "not_charged") => ValueKind::Job(JobChoice::InDoubt),
            (_, "pay_again") => ValueKind::Job(JobChoice::PayableAgain),
            ("recover", "jobs") => ValueKind::Job(JobChoice::Unfinished),
            ("history show" | "merge", "job") => ValueKind::Job(JobChoice::Any),
            ("replay", "edit") => ValueKind::FileOrJob,
            ("history forget", "jobs") => ValueKind::Job(JobChoice::Forgettable),
            ("sandbox", "faults") => ValueKind::Fault,
            ("config set", "value") => ValueKind::SettingValue,
            ("man" | "schema", "command") => ValueKind::Command,
            ("help", "words") => ValueKind::HelpWord,
            _ => ValueKind::Free,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};

    use super::*;
    use crate::cli::Cli;

    /// Arguments with values that no shell can know.
    const FREE: [&str; 45] = [
        "balance",
        "base_url",
        "before",
        "columns",
        "confirm_above",
        "connect_timeout",
        "count",
        "fault_seed",
        "feather",
        "give_up_after",
        "grep",
        "guidance_scale",
        "interval",
        "jobs",
        "key",
        "latency",
        "limit",
        "link_ttl",
        "listen",
        "log_lag",
        "max_cost",
        "max_cost_per_day",
        "max_jobs",
        "name",
        "negative_prompt",
        "page",
        "placement",
        "price",
        "prompt",
        "quality",
        "region",
        "region_context",
        "result_ttl",
        "retries",
        "retry_after",
        "rpm",
        "seed",
        "settle",
        "shard",
        "since",
        "size",
        "then",
        "threshold",
        "timeout",
        "wait",
    ];

    fn find_free(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            if ValueKind::of(path, arg) == ValueKind::Free {
                let is_job =
                    arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "JOB"));
                assert!(!is_job, "{path} takes a job that no shell completes");
                found.insert(arg.get_id().to_string());
            }
        }
        for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
            if subcommand.get_name() != "help" {
                let path = format!("{path} {}", subcommand.get_name());
                find_free(subcommand, path.trim_start(), found);
            }
        }
    }

    #[test]
    fn every_argument_completes_unless_its_values_are_free() {
        let mut cli = Cli::command();
        cli.build();
        let mut found = BTreeSet::new();
        find_free(&cli, "", &mut found);
        let expected: BTreeSet<String> = FREE.map(str::to_owned).into();
        assert_eq!(found, expected, "a new argument needs a kind above, or a line here");
    }
}
