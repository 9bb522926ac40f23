//! `completions`.

use clap::Args;
use clap_complete::Shell;

/// Print the completion script of a shell.
///
/// The scripts of bash, zsh and fish ask the installed program at each TAB. They complete files, flags, settings and
/// their values, profiles, jobs and faults. A TAB sends nothing and writes nothing. The scripts of the other shells
/// complete commands and flags.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(seededit completions bash)            in this shell only
  seededit completions zsh > ~/.zfunc/_seededit  in a directory of $fpath
  seededit completions fish > ~/.config/fish/completions/seededit.fish";
