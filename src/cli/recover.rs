//! `recover`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::duration::parse_duration;

use super::common::{ConnectArgs, JsonArgs};
use super::edit_flags::BudgetArgs;

/// Deliver what was paid for, and find out what is in doubt.
///
/// Fetches results that were paid for but not delivered, and asks the usage log about jobs that may
/// have been charged. It never pays, except with --rerun or --pay-again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RecoverArgs {
    /// Only these jobs: their numbers in the list, their ids, or how the ids begin
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Write results to this directory, created if missing, instead of their destinations
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub to: Option<PathBuf>,
    /// Keep asking the usage log for this long about jobs that it does not list yet
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_duration, default_value = "0s")]
    pub wait: Duration,
    /// Run jobs again that turned out not to have been charged
    #[arg(long)]
    pub rerun: bool,
    /// Run a job again with the same seed, although it may be paid for twice: a lost or doubtful one, or one
    /// whose link is still refused
    #[arg(long, value_name = "JOB", conflicts_with_all = ["jobs", "rerun"])]
    pub pay_again: Option<String>,
    /// Record that an unknown job was not charged, as the service's console shows; nothing is sent
    #[arg(long, value_name = "JOB", conflicts_with_all = ["jobs", "to", "rerun", "pay_again"])]
    pub not_charged: Option<String>,
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Draw no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit recover                          everything that is unfinished
  seededit recover --wait 10m               wait for the usage log
  seededit recover --to rescued/            write results to another directory
  seededit recover --rerun --max-cost 0.50  run uncharged jobs again
  seededit recover --not-charged JOB        unblock a job that the service did not charge
  seededit recover --pay-again JOB          run a lost job again";
