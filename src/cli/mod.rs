//! What may be typed. Definitions only: nothing here looks at the world.

mod auth;
mod batch;
mod common;
mod config;
mod edit;
mod edit_flags;
mod history;
mod inspect;
mod merge;
mod recover;
pub mod sandbox;
mod values;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use auth::{AuthArgs, AuthCommand, LoginArgs, LogoutArgs, StatusArgs};
pub use batch::BatchArgs;
pub use common::{ConnectArgs, VerbosityArgs};
pub use config::{ConfigArgs, ConfigCommand, GetArgs, ListArgs, SetArgs, UnsetArgs};
pub use edit::EditArgs;
pub use edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};
pub use history::{HistoryArgs, HistoryCommand, HistoryForgetArgs, HistoryListArgs, HistoryShowArgs};
pub use inspect::InspectArgs;
pub use merge::MergeArgs;
pub use recover::RecoverArgs;

/// Edit pictures with ByteDance's SeedEdit 3.0.
///
/// The picture goes to the service with an instruction in plain words; what comes back is saved,
/// whole or not at all. `--sandbox` tries everything without a key, a network or a price.
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
#[command(max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk.
    #[command(flatten)]
    pub verbosity: VerbosityArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Edit pictures
    Edit(Box<EditArgs>),
    /// Run many edits from a file, and only what is left of them when run again
    Batch(Box<BatchArgs>),
    /// Finish what was paid for and not delivered, and settle what is not known
    Recover(Box<RecoverArgs>),
    /// Put an edited picture back into its full-size original
    Merge(Box<MergeArgs>),
    /// Say what was asked, what it cost, and where it went
    History(HistoryArgs),
    /// Say what a picture is, whether the service takes it, and the size that will come back
    Inspect(InspectArgs),
    /// Show and change settings
    Config(ConfigArgs),
    /// Store, remove and check the API key
    Auth(AuthArgs),
    /// Run the offline stand-in for the service
    Sandbox(Box<sandbox::SandboxArgs>),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done                      7  service busy or out of reach; nothing charged
  1  a fault of seededit       8  sent, outcome not known; not sent again
  2  wrong command line        9  paid for, not on disk
  3  refused here, not sent   10  paid for, no longer to be had
  4  no key, or a wrong one   11  some of several failed with 3 to 7
  5  out of credit            130, 143  interrupted
  6  the service refused the request";
