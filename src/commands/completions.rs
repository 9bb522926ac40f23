//! `seededit completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::ui::Ui;

use super::reporting::stdout_failed;

/// These scripts ask `seededit __complete` at each TAB. They know the values of arguments, and never grow old.
const BASH: &str = include_str!("../../completions/seededit.bash");
const ZSH: &str = include_str!("../../completions/_seededit");
const FISH: &str = include_str!("../../completions/seededit.fish");

pub(super) fn run(args: &CompletionsArgs, ui: &Ui) -> Result<u8, Failure> {
    let script = match args.shell {
        Shell::Bash => BASH.into(),
        Shell::Zsh => ZSH.into(),
        Shell::Fish => FISH.into(),
        other => generated(other),
    };
    ui.data(&script).map_err(stdout_failed)?;
    Ok(0)
}

/// A script that knows commands, flags and fixed values, for the other shells.
fn generated(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "seededit", &mut script);
    script
}
