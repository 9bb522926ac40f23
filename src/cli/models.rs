//! `models`, `balance` and `doctor`: questions about a service that cost nothing.

use clap::{Args, Subcommand};

use crate::api::Model;

use super::common::{ConnectArgs, JsonArgs, ProfileArgs};

/// List the models of a service, with what they take and their list prices.
///
/// Works offline, from the cards that come with the program and those in the configuration directory.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ModelsArgs {
    /// What to do; without it, list.
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Which models.
    #[command(flatten)]
    pub list: ModelsListArgs,
}

/// The commands of `models`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List models
    List(ModelsListArgs),
    /// Show everything about a model
    Show(ModelsShowArgs),
    /// Compare the cards with the lists of the service, for free
    ///
    /// Exits with 11 if something differs.
    Check(ModelsCheckArgs),
}

/// Arguments of `models list`.
#[derive(Debug, Args)]
pub struct ModelsListArgs {
    /// List the models of all services
    #[arg(long, conflicts_with = "service")]
    pub all: bool,
    /// Which service.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `models show`.
#[derive(Debug, Args)]
pub struct ModelsShowArgs {
    /// The model, or the end of its name
    #[arg(value_name = "NAME")]
    pub model: String,
    /// Which service.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `models check`.
#[derive(Debug, Args)]
pub struct ModelsCheckArgs {
    /// Only this model; all of the service by default
    #[arg(value_name = "NAME")]
    pub model: Option<String>,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit models
  seededit models --all --json | jq -r 'select(.negative_prompt) | .model'
  seededit models show kontext-pro
  seededit models check";

/// Show what is left in the account, for free.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  seededit balance\n  seededit balance --json | jq .amount")]
pub struct BalanceArgs {
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Check settings, proxy, service, clock, key, model, journal and disk, for free.
///
/// Prints a line for each: `ok`, `warning` or `failed`, and what to do. Exits with the code of the worst failure;
/// warnings do not count.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  seededit doctor\n  seededit doctor --service openai --json")]
pub struct DoctorArgs {
    /// The model to check [default: as for `edit`]
    #[arg(short, long, value_name = "NAME", help_heading = "Service")]
    pub model: Option<Model>,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}
