//! `seededit completions`

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::ui::Ui;

use super::reporting::stdout_failed;

pub(super) fn run(args: &CompletionsArgs, ui: &Ui) -> Result<u8, Failure> {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "seededit", &mut script);
    if args.shell == Shell::Bash {
        script = with_files(&String::from_utf8_lossy(&script), &command).into_bytes();
    }
    ui.data(&script).map_err(stdout_failed)?;
    Ok(0)
}

/// Lets bash complete files where a command takes one: the generated script offers flags there, and with
/// their common beginning inserts a `-`.
fn with_files(script: &str, cli: &Command) -> String {
    let takes_files = |name: &str| {
        let command = cli.find_subcommand(name);
        command.is_some_and(|command| {
            command.get_positionals().any(|arg| arg.get_value_hint() == clap::ValueHint::FilePath)
        })
    };
    let mut in_files = false;
    let mut lines = String::with_capacity(script.len());
    for line in script.lines() {
        if let Some(label) = line.strip_prefix("        seededit__").and_then(|line| line.strip_suffix(')')) {
            in_files = takes_files(label.trim_start_matches("subcmd__"));
        }
        match line.split_once(" || ${COMP_CWORD} -eq ") {
            Some((condition, _)) if in_files => lines.push_str(&format!("{condition} ]] ; then")),
            // The last line of a command's part; nothing falls back to bash's own completion of files.
            _ if in_files && line.starts_with("            COMPREPLY=( $(compgen -W \"${opts}\"") => {
                lines.push_str("            COMPREPLY=()");
            }
            _ => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}
