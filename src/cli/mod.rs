//! The command line: definitions only; nothing here reads files or the environment.

mod advice;
mod auth;
mod batch;
mod common;
mod compare;
mod completions;
mod config;
mod cursor;
mod deferred;
mod edit;
mod edit_flags;
mod help;
mod history;
mod inspect;
mod man;
mod mcp;
mod merge;
mod models;
mod recover;
mod replay;
mod result_name;
pub mod sandbox;
mod schema;
mod sheet;
mod show;
mod suggestion;
mod topic;
mod undo;
mod usage;
mod value_kind;
mod values;
mod watch;

use std::fmt::Write as _;

use clap::{Parser, Subcommand};

use crate::error::exit_codes;

pub use advice::parse;
pub use auth::{AuthArgs, AuthCommand, LoginArgs, LogoutArgs, StatusArgs};
pub use batch::BatchArgs;
pub use common::{ConnectArgs, ProfileArgs, VerbosityArgs};
pub use compare::CompareArgs;
pub use completions::CompletionsArgs;
pub use config::{ConfigArgs, ConfigCommand, GetArgs, ListArgs, SetArgs, UnsetArgs};
pub use cursor::{Cursor, Expected, words_to_complete};
pub use deferred::Deferred;
pub use edit::EditArgs;
pub use edit_flags::{
    AlphaRule, BudgetArgs, ConcurrencyArgs, DetailRule, FitWay, MaskFrom, OutputFormat, RequestArgs,
    ResultArgs, ServiceArgs,
};
pub use help::HelpArgs;
pub use history::{
    DEFAULT_LIMIT, HistoryArgs, HistoryAuditArgs, HistoryCommand, HistoryForgetArgs, HistoryListArgs,
    HistoryShowArgs,
};
pub use inspect::InspectArgs;
pub use man::ManArgs;
pub use mcp::{McpArgs, SkillArgs};
pub use merge::MergeArgs;
pub use models::{
    BalanceArgs, DoctorArgs, ModelFeature, ModelsArgs, ModelsCheckArgs, ModelsCommand, ModelsListArgs,
    ModelsShowArgs,
};
pub use recover::RecoverArgs;
pub use replay::{EarlierFlag, ReplayArgs};
pub use result_name::ResultName;
pub use schema::SchemaArgs;
pub use sheet::SheetArgs;
pub use show::ShowArgs;
pub use suggestion::in_sandbox;
pub use topic::Topic;
pub use undo::{RedoArgs, UndoArgs};
pub use usage::{UsageFault, asks_for_json};
pub use value_kind::{JobChoice, ValueKind};
pub use watch::WatchArgs;

/// Edit pictures with a sentence, with SeedEdit or any other model.
///
/// A picture is uploaded with a prompt in plain words, and the result is saved, completely or not at
/// all. `--sandbox` tries everything without a key, a network or any cost.
///
/// api.aimlapi.com, the default service, withdrew SeedEdit 3.0, the default model, in January 2026. Unless
/// you choose a model, its successor is used; `seededit models` lists all.
///
/// You are never charged twice for an edit unless you agree. Every result that you paid for is on disk, or
/// `seededit recover` fetches it, or it is listed with its id and price.
#[derive(Debug, Parser)]
#[command(
    name = "seededit",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
#[command(max_term_width = 80, after_help = FIRST_STEPS, after_long_help = first_step_topics_and_exit_codes())]
pub struct Cli {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
    /// How much to print.
    #[command(flatten)]
    pub verbosity: VerbosityArgs,
}

/// The commands. The list in `seededit --help` shows these lines; the help of each command is where its arguments are.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Edit pictures.
    Edit(Deferred<EditArgs>),
    /// Run many edits from a manifest; a second run does what is left.
    Batch(Deferred<BatchArgs>),
    /// Edit what appears in a directory.
    Watch(Deferred<WatchArgs>),
    /// Deliver what was paid for, and find out what is in doubt.
    Recover(Deferred<RecoverArgs>),
    /// Put an edited picture back into its full-size original.
    Merge(Deferred<MergeArgs>),
    /// Draw pictures in the terminal.
    Show(Deferred<ShowArgs>),
    /// Show what differs between two pictures.
    Compare(Deferred<CompareArgs>),
    /// Draw a contact sheet: small pictures with captions.
    Sheet(Deferred<SheetArgs>),
    /// List past jobs: prompts, costs and files.
    History(Deferred<HistoryArgs>),
    /// Go back to the picture that the last result was made from, for free.
    Undo(Deferred<UndoArgs>),
    /// Take back the last `undo`.
    Redo(Deferred<RedoArgs>),
    /// Repeat an earlier edit, with changes.
    Replay(Deferred<ReplayArgs>),
    /// Describe a picture, what would be uploaded, and the result's size.
    Inspect(Deferred<InspectArgs>),
    /// List the models of a service, with what they take and their list prices.
    Models(Deferred<ModelsArgs>),
    /// Show what is left in the account, for free.
    Balance(Deferred<BalanceArgs>),
    /// Check settings, proxy, service, clock, key, model, journal and disk, for free.
    Doctor(Deferred<DoctorArgs>),
    /// Show and change settings.
    Config(Deferred<ConfigArgs>),
    /// Store, remove and check the API key.
    Auth(Deferred<AuthArgs>),
    /// Run a local simulated service
    Sandbox(Deferred<sandbox::SandboxArgs>),
    /// Serve AI agents over the Model Context Protocol.
    Mcp(Deferred<McpArgs>),
    /// Print a text that teaches AI agents to use this program.
    Skill(Deferred<SkillArgs>),
    /// Print the completion script of a shell.
    Completions(Deferred<CompletionsArgs>),
    /// Print the man page, or that of a command.
    Man(Deferred<ManArgs>),
    /// Print the JSON Schema of what --json writes, and of arguments.
    Schema(Deferred<SchemaArgs>),
    /// Print the help of a command, or about a topic.
    Help(Deferred<HelpArgs>),
}

const FIRST_STEPS: &str = "\
Start here; it needs no key and costs nothing:
  seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg

Exit codes and more: seededit --help
Commands for common tasks: seededit help recipes";

/// The first command to type, the topics of `help`, and the table of exit codes.
fn first_step_topics_and_exit_codes() -> String {
    let mut help = String::from(
        "Start here; it needs no key and costs nothing:\n  \
         seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg\n\n\
         Topics:",
    );
    // Writing to a string cannot fail.
    for topic in Topic::ALL {
        write!(help, "\n  seededit help {:<12} {}", topic.name(), topic.about()).ok();
    }
    help.push_str("\n\nExit codes:");
    for (code, meaning) in exit_codes() {
        write!(help, "\n  {code:>3}  {meaning}").ok();
    }
    help
}
