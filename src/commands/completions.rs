//! `seededit completions`

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::ui::Ui;

use super::stdout_failed;

pub(super) fn run(args: &CompletionsArgs, ui: &Ui) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seededit", &mut script);
    ui.data(&script).map_err(stdout_failed)?;
    Ok(0)
}
