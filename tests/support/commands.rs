//! The commands of the program, as its own definition lists them.

use clap::{Command, CommandFactory};
use seededit::testing::cli::Cli;

/// Returns the words of every command that the help lists, such as `history show`; the program itself is the empty
/// string.
pub(crate) fn commands() -> Vec<String> {
    let mut cli = Cli::command();
    cli.build();
    let mut found = vec![String::new()];
    add_subcommands(&cli, "", &mut found);
    found
}

fn add_subcommands(command: &Command, words: &str, found: &mut Vec<String>) {
    for subcommand in command.get_subcommands() {
        if subcommand.is_hide_set() {
            continue;
        }
        let words = format!("{words} {}", subcommand.get_name()).trim_start().to_owned();
        found.push(words.clone());
        add_subcommands(subcommand, &words, found);
    }
}
