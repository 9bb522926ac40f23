//! `config`.

use clap::{Args, Subcommand};

use crate::config::Setting;

use super::common::{JsonArgs, ProfileArgs};
use super::values;

/// Show and change settings.
///
/// A flag overrides the environment, which overrides the profile, which overrides the rest of the
/// configuration file, which overrides the defaults.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConfigArgs {
    /// What to run.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the value of a setting
    Get(GetArgs),
    /// Write a setting to the configuration file; comments in it are kept
    Set(SetArgs),
    /// Remove a setting from the configuration file
    Unset(UnsetArgs),
    /// Show all settings, their values, and where these come from
    List(ListArgs),
    /// Print the path of the configuration file
    Path,
}

/// Arguments of `config get`.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// The setting
    #[arg(hide_possible_values = false, value_parser = values::setting())]
    pub setting: Setting,
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
}

/// Arguments of `config set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The setting
    #[arg(value_parser = values::setting())]
    pub setting: Setting,
    /// Its value; the words of `api_key_command`, each as an argument of its own (after `--` where one
    /// begins with a dash)
    #[arg(required = true, num_args = 1.., allow_negative_numbers = true)]
    pub value: Vec<String>,
    /// Write it to this profile, which is created if missing
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// Arguments of `config unset`.
#[derive(Debug, Args)]
pub struct UnsetArgs {
    /// The setting
    #[arg(value_parser = values::setting())]
    pub setting: Setting,
    /// Remove it from this profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// Arguments of `config list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit config list                      all settings
  seededit config set if_exists rename
  seededit config set api_key_command pass show seededit
  seededit config set base_url https://example.com --profile work";
