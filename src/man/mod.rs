//! Man pages: one for the program, one for each command, and a combined one.
//!
//! Names, flags and descriptions are those of the command line's definitions, rendered by `clap_mangen`; the rest
//! comes from the tables of variables, exit codes and faults.

mod clap_parts;
mod page;
mod roff;
mod scope;
mod see_also;

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// A man page in section 1.
#[derive(Debug)]
pub struct Page {
    /// Such as `seededit-history-show`.
    pub name: String,
    pub roff: String,
}

/// Returns the page of the program and those of all commands.
pub fn pages() -> Vec<Page> {
    let program = program();
    let mut pages = Vec::new();
    add_pages(&program, "", None, &mut pages);
    pages
}

fn add_pages(command: &Command, path: &str, parent: Option<&Command>, pages: &mut Vec<Page>) {
    pages.push(Page { name: page_name(path), roff: page::page(command, path, parent) });
    for subcommand in command.get_subcommands() {
        let path = format!("{path} {}", subcommand.get_name());
        add_pages(subcommand, path.trim_start(), Some(command), pages);
    }
}

/// Returns the combined page: the program and all its commands.
pub fn combined() -> String {
    page::combined(&program())
}

/// Returns the name of the page of a command. `path` is the command, such as `history show`.
pub fn page_name(path: &str) -> String {
    format!("seededit {path}").trim_end().replace(' ', "-")
}

/// The program's definition as the pages show it: without `help`, and with all flags.
fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    with_all_flags(program)
}

/// `clap_mangen` takes a flag that is hidden in `-h` for one without a description.
fn with_all_flags(command: Command) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| arg.hide_short_help(false));
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_all_flags))
}
