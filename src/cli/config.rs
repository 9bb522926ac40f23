//! `config`.

use clap::{Args, Subcommand};

use crate::config::Setting;

use super::common::{JsonArgs, ProfileArgs};
use super::values;

/// Show and change settings.
///
/// Flags come before the environment, the environment before the profile, the profile before the
/// rest of the configuration file, and that before the defaults.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do.
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
    /// Show every setting, its value, and where that came from
    List(ListArgs),
    /// Print where the configuration file lies
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
    #[arg(required = true, num_args = 1..)]
    pub value: Vec<String>,
    /// Write it to this profile, which is made when missing
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
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}
