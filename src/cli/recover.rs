//! `recover`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::duration::parse_duration;

use super::common::{ConnectArgs, JsonArgs};

/// Finish what was paid for and not delivered, and settle what is not known.
///
/// At most one paid generation per job without your consent; every paid generation is on disk, or
/// can be fetched with `seededit recover`, or is listed with its id and price. This command never
/// pays, unless --rerun or --pay-again says so.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// Only these jobs: their ids, or the beginnings of them
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Save results in this directory instead of their own places
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub to: Option<PathBuf>,
    /// Keep asking the usage log for so long about what it does not know yet
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub wait: Duration,
    /// Run again what is now known not to have been charged
    #[arg(long)]
    pub rerun: bool,
    /// Run a lost or unknown job again, with the same seed, knowing that it may be paid for twice
    #[arg(long, value_name = "JOB", conflicts_with_all = ["jobs", "to", "rerun"])]
    pub pay_again: Option<String>,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Draw no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
}
