//! `man`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Print the man page, or that of a command.
///
/// Without a command, it is one page about all of them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The words of a command, such as `edit` or `history show`
    pub command: Vec<String>,
    /// Write the pages of all commands to this directory, which is created if missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub out_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  seededit man edit > edit.1 && man -l edit.1
  seededit man --out-dir ~/.local/share/man/man1   then: man seededit-edit";
