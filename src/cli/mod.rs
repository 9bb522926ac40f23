//! The command line: definitions only; nothing here reads files or the environment.

mod advice;
mod auth;
mod batch;
mod common;
mod config;
mod cursor;
mod edit;
mod edit_flags;
mod history;
mod inspect;
mod merge;
mod recover;
pub mod sandbox;
mod value_kind;
mod values;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use advice::parse;
pub use auth::{AuthArgs, AuthCommand, LoginArgs, LogoutArgs, StatusArgs};
pub use batch::BatchArgs;
pub use common::{ConnectArgs, VerbosityArgs};
pub use config::{ConfigArgs, ConfigCommand, GetArgs, ListArgs, SetArgs, UnsetArgs};
pub use cursor::{Cursor, Expected, words_to_complete};
pub use edit::EditArgs;
pub use edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};
pub use history::{HistoryArgs, HistoryCommand, HistoryForgetArgs, HistoryListArgs, HistoryShowArgs};
pub use inspect::InspectArgs;
pub use merge::MergeArgs;
pub use recover::RecoverArgs;
pub use value_kind::{JobChoice, ValueKind};

/// Edit pictures with ByteDance's SeedEdit 3.0.
///
/// A picture is uploaded with a prompt in plain words, and the result is saved, completely or not at
/// all. `--sandbox` tries everything without a key, a network or any cost.
///
/// api.aimlapi.com, the default service, withdrew the model in January 2026. Choose another service or
/// model with the settings base_url and model.
///
/// At most one paid generation per job without your consent; every paid generation is on disk, or
/// can be fetched with `seededit recover`, or is listed with its id and price.
#[derive(Debug, Parser)]
#[command(
    name = "seededit",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(max_term_width = 80, after_help = FIRST_STEPS, after_long_help = EXIT_CODES)]
pub struct Cli {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
    /// How much to print.
    #[command(flatten)]
    pub verbosity: VerbosityArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Edit pictures
    Edit(Box<EditArgs>),
    /// Run many edits from a manifest; a second run does what is left
    Batch(Box<BatchArgs>),
    /// Deliver what was paid for, and find out what is in doubt
    Recover(Box<RecoverArgs>),
    /// Put an edited picture back into its full-size original
    Merge(Box<MergeArgs>),
    /// List past jobs: prompts, costs and files
    History(HistoryArgs),
    /// Describe a picture, what would be uploaded, and the result's size
    Inspect(InspectArgs),
    /// Show and change settings
    Config(ConfigArgs),
    /// Store, remove and check the API key
    Auth(AuthArgs),
    /// Run a local simulated service
    Sandbox(Box<sandbox::SandboxArgs>),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
    /// Print the man page
    Man,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

const FIRST_STEPS: &str = "\
Start here; it needs no key and costs nothing:
  seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg

Exit codes and more: seededit --help";

const EXIT_CODES: &str = "\
Start here; it needs no key and costs nothing:
  seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg

Exit codes:
  0  done                      7  service busy or unreachable; not charged
  1  a bug in seededit         8  in doubt: may have been charged
  2  wrong command line        9  paid for, not on disk
  3  refused before sending   10  paid for, result lost
  4  no valid key             11  some of several failed with 3 to 7
  5  out of credit            130, 143  interrupted
  6  the service refused the request";
