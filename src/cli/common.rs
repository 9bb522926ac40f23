//! Flags that several commands share.

use std::time::Duration;

use clap::{ArgAction, Args};

use crate::api::BaseUrl;
use crate::color::ColorWhen;
use crate::duration::parse_timeout;

use super::values;

/// How much is said, and in which colours.
#[derive(Debug, Clone, Args)]
pub struct VerbosityArgs {
    /// Print nothing but errors on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Tell each step on standard error; twice, what it carried
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// When to use colour on standard error [default: auto]
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Output", value_parser = values::color_when())]
    pub color: Option<ColorWhen>,
}

/// JSON in place of words.
#[derive(Debug, Clone, Args)]
pub struct JsonArgs {
    /// Print one JSON object a line on standard output, for each result and each failure
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// Which profile.
#[derive(Debug, Clone, Args)]
pub struct ProfileArgs {
    /// Use this profile of the configuration file
    #[arg(long, value_name = "NAME", help_heading = "Service")]
    pub profile: Option<String>,
}

/// Which service, and how patiently.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// The service's base URL: https, or plain http to this machine
    #[arg(long, value_name = "URL", help_heading = "Service", conflicts_with = "sandbox")]
    pub base_url: Option<BaseUrl>,
    /// Use the built-in stand-in for the service: no key, no network, no price
    #[arg(long, help_heading = "Service")]
    pub sandbox: bool,
    /// How long to wait for an answer [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout, help_heading = "Service")]
    pub timeout: Option<Duration>,
    /// How long to wait for a connection [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout, help_heading = "Service")]
    pub connect_timeout: Option<Duration>,
}
