//! `models`, `balance` and `doctor`: questions about a service that cost nothing.

use clap::{Args, Subcommand, ValueEnum};

use crate::api::Model;
use crate::cards::ModelCard;

use super::common::{ConnectArgs, JsonArgs, ProfileArgs};

/// List the models of a service, with what they take and their list prices.
///
/// Works offline, from *cards*: files that say what a model takes, how it is asked, and what it costs. They come with
/// the program; your own are in the configuration directory, below `cards`.
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
    /// Compare the cards with what the service lists, for free
    ///
    /// A card is the file that says what a model takes and costs; it may be older than the service's list. Prints each
    /// model that the service does not list or has withdrawn, and each other price. Exits with 11 if something differs.
    Check(ModelsCheckArgs),
}

/// Arguments of `models list`.
#[derive(Debug, Args)]
pub struct ModelsListArgs {
    /// List the models of all services
    #[arg(long, conflicts_with = "service")]
    pub all: bool,
    /// Only models that take this; may be repeated
    #[arg(long, value_name = "WHAT")]
    pub takes: Vec<ModelFeature>,
    /// Which service.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// What a model can take besides a picture and a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelFeature {
    /// --seed
    Seed,
    /// --guidance-scale
    Guidance,
    /// --size
    Size,
    /// --negative-prompt
    NegativePrompt,
    /// --reference
    Reference,
    /// A mask of its own; --mask works with every model
    Mask,
    /// --watermark
    Watermark,
}

impl ModelFeature {
    /// Whether a model takes it.
    pub fn is_of(self, card: &ModelCard) -> bool {
        match self {
            ModelFeature::Seed => card.seed.is_some(),
            ModelFeature::Guidance => card.guidance.is_some(),
            ModelFeature::Size => card.size.choices().is_some(),
            ModelFeature::NegativePrompt => card.negative_prompt.is_some(),
            ModelFeature::Reference => card.max_pictures() > 1,
            ModelFeature::Mask => card.mask.is_some(),
            ModelFeature::Watermark => card.watermark.is_some(),
        }
    }
}

/// Arguments of `models show`.
#[derive(Debug, Args)]
pub struct ModelsShowArgs {
    /// The model, or the end of its name
    #[arg(value_name = "NAME")]
    pub model: Model,
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
  seededit models --takes seed --takes negative-prompt
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
