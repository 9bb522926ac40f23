//! Flags that several commands share.

use std::time::Duration;

use clap::{Arg, ArgAction, Args};

use crate::api::BaseUrl;
use crate::color::ColorWhen;
use crate::config::ServiceName;
use crate::duration::parse_timeout;
use crate::edit::IfExists;

use super::values;

/// Keeps `-h` short: it lists the positional arguments and the flags in `shown`; `--help` lists all.
pub(super) fn in_short_help(arg: Arg, shown: &[&str]) -> Arg {
    let is_shown = arg.is_positional() || shown.contains(&arg.get_id().as_str());
    arg.hide_short_help(!is_shown)
}

/// How much is printed, and in which colors.
#[derive(Debug, Clone, Args)]
pub struct VerbosityArgs {
    /// Print nothing but errors on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Print each step on standard error; -vv adds requests
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// When to use color on standard error [default: auto]
    #[arg(long, global = true, hide_short_help = true, value_name = "WHEN", help_heading = "Output", value_parser = values::color_when())]
    pub color: Option<ColorWhen>,
}

/// JSON instead of text.
#[derive(Debug, Clone, Args)]
pub struct JsonArgs {
    /// Print JSON on standard output, one object per line
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// What to do if the file of a drawn picture exists.
#[derive(Debug, Clone, Args)]
pub struct DrawnArgs {
    /// What to do if the output exists [default: fail]
    #[arg(long, value_name = "RULE", requires = "output", help_heading = "Output", value_parser = values::if_exists())]
    pub if_exists: Option<IfExists>,
    /// Replace the output when it exists
    #[arg(short, long, requires = "output", conflicts_with = "if_exists", help_heading = "Output")]
    pub force: bool,
}

impl DrawnArgs {
    pub fn rule(&self) -> Option<IfExists> {
        if self.force { Some(IfExists::Overwrite) } else { self.if_exists }
    }
}

/// Which profile.
#[derive(Debug, Clone, Args)]
pub struct ProfileArgs {
    /// Use this profile of the configuration file
    #[arg(long, value_name = "NAME", help_heading = "Service")]
    pub profile: Option<String>,
    /// The service to use [default: aimlapi]; `seededit models --all` lists all
    #[arg(long, value_name = "NAME", help_heading = "Service")]
    pub service: Option<ServiceName>,
}

/// Which service to use, and how long to wait for it.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// The service's base URL: https, or plain http to this machine
    #[arg(long, value_name = "URL", help_heading = "Service", conflicts_with = "sandbox")]
    pub base_url: Option<BaseUrl>,
    /// Use the built-in simulated service: no key, no network, no cost
    #[arg(long, help_heading = "Service")]
    pub sandbox: bool,
    /// How long to wait for an answer [default: 5m]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_timeout, help_heading = "Service")]
    pub timeout: Option<Duration>,
    /// How long to wait for a connection [default: 10s]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_timeout, help_heading = "Service")]
    pub connect_timeout: Option<Duration>,
}
