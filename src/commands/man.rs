//! `seededit man`

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::error::Failure;
use crate::ui::Ui;

use super::reporting::stdout_failed;

/// One page for the whole tool: the program, then each command.
pub(super) fn run(ui: &Ui) -> Result<u8, Failure> {
    page().and_then(|roff| ui.data(&roff)).map_err(stdout_failed)?;
    Ok(0)
}

fn page() -> io::Result<Vec<u8>> {
    let mut cli = Cli::command();
    cli.build();
    let mut roff = Vec::new();
    let whole =
        Man::new(cli.clone()).title("SEEDEDIT").source(format!("seededit {}", env!("CARGO_PKG_VERSION")));
    whole.render_title(&mut roff)?;
    whole.render_name_section(&mut roff)?;
    whole.render_synopsis_section(&mut roff)?;
    whole.render_description_section(&mut roff)?;
    whole.render_options_section(&mut roff)?;
    for command in visible(&cli) {
        section(command, &mut roff)?;
        for nested in visible(command) {
            section(nested, &mut roff)?;
        }
    }
    roff.extend_from_slice(extra(&whole, "EXIT STATUS")?.as_bytes());
    Ok(roff)
}

/// What stands after a command's help, line by line as it stands there, under a heading of its own.
fn extra(man: &Man, heading: &str) -> io::Result<String> {
    let mut section = Vec::new();
    man.render_extra_section(&mut section)?;
    let section = String::from_utf8(section).map_err(io::Error::other)?;
    let body = section.split_once("EXTRA\n").map_or("", |(_, body)| body);
    // The help of the program begins with a first command, which is not about the exit status.
    let body = body.split_once("Exit codes:\n").map_or(body, |(_, codes)| codes);
    Ok(format!(".SH \"{heading}\"\n.nf\n{body}.fi\n"))
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set())
}

/// A command's synopsis, description and options under a heading of its own.
fn section(command: &Command, roff: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    let man = Man::new(command.clone());
    let mut part = Vec::new();
    man.render_synopsis_section(&mut part)?;
    man.render_description_section(&mut part)?;
    man.render_options_section(&mut part)?;
    if command.get_after_help().or(command.get_after_long_help()).is_some() {
        part.extend_from_slice(extra(&man, "NOTES")?.as_bytes());
    }
    // What is a section of a page of its own is a subsection here.
    let part = String::from_utf8(part).map_err(io::Error::other)?.replace("\n.SH ", "\n.SS ");
    let part = match part.strip_prefix(".SH ") {
        Some(rest) => format!(".SS {rest}"),
        None => part,
    };
    roff.extend_from_slice(format!(".SH \"{name}\"\n{part}").as_bytes());
    Ok(())
}
