//! `history`.

use clap::{Args, Subcommand};

use crate::journal::State;

use super::common::JsonArgs;
use super::values;

/// Say what was asked, what it cost, and where it went. Works offline.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct HistoryArgs {
    /// What to do; without it, list.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
    /// Which jobs.
    #[command(flatten)]
    pub list: HistoryListArgs,
}

/// The commands of `history`.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List jobs, newest first
    List(HistoryListArgs),
    /// Tell everything about a job
    Show(HistoryShowArgs),
    /// Remove entries of jobs that were delivered or refused
    ///
    /// What is forgotten is not known to be done any more: a batch that is run again pays for it again, and
    /// `history --cost` leaves it out.
    Forget(HistoryForgetArgs),
}

/// Arguments of `history list`.
#[derive(Debug, Args)]
pub struct HistoryListArgs {
    /// At most so many jobs
    #[arg(short = 'n', long, value_name = "N", default_value = "20")]
    pub limit: u32,
    /// Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// In this state
    #[arg(long, value_name = "STATE", value_parser = values::job_state())]
    pub status: Option<State>,
    /// With this text in the instruction or a file name, in any case
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// What was spent each day, each month and in all, in place of the list
    #[arg(long, conflicts_with_all = ["limit", "since", "status", "grep"])]
    pub cost: bool,
    /// The journal of the sandbox
    #[arg(long)]
    pub sandbox: bool,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `history show`.
#[derive(Debug, Args)]
pub struct HistoryShowArgs {
    /// The job: its id, or the beginning of it
    pub job: String,
    /// The journal of the sandbox
    #[arg(long)]
    pub sandbox: bool,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `history forget`.
#[derive(Debug, Args)]
pub struct HistoryForgetArgs {
    /// The jobs: their ids, or the beginnings of them
    #[arg(value_name = "JOB", required_unless_present = "before")]
    pub jobs: Vec<String>,
    /// All that were begun before this time: a date, a date and time, or how long ago
    #[arg(long, value_name = "WHEN", conflicts_with = "jobs")]
    pub before: Option<String>,
    /// Do not ask for confirmation; required where nobody can be asked
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// The journal of the sandbox
    #[arg(long)]
    pub sandbox: bool,
}
