//! `history`.

use clap::{Args, Subcommand};

use crate::journal::State;

use super::common::{ConnectArgs, JsonArgs};
use super::values;

/// List past jobs: prompts, costs and files.
///
/// Works offline. The numbers count all jobs, the newest one is 1. `@2` counts results only: `history show @2` shows its job.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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
    /// Show everything about a job
    Show(HistoryShowArgs),
    /// Compare the journal with the service's usage log, for free
    ///
    /// Finds requests that were charged more than once, for example because a proxy repeated them, charged ones that
    /// the journal does not know, and prices that differ. Lists requests in doubt, which cannot be compared. Exits with 11
    /// if there is any of these.
    Audit(HistoryAuditArgs),
    /// Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server
    ///
    /// A batch that is run again pays again for a job whose entry was removed, and `history --cost` no
    /// longer counts it; `max_cost_per_day` does. A job that was paid for and whose link was refused is removed only if it is
    /// named. A job that a process is working on stays.
    Forget(HistoryForgetArgs),
}

/// The most jobs that are listed without `--limit`.
pub const DEFAULT_LIMIT: u32 = 20;

/// Arguments of `history list`.
#[derive(Debug, Args)]
pub struct HistoryListArgs {
    /// The most jobs to list
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, default_value_t = DEFAULT_LIMIT,
        value_parser = values::whole_number(0, u32::MAX))]
    pub limit: u32,
    /// Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Only jobs in this state
    #[arg(long, value_name = "STATE", value_parser = values::job_state())]
    pub status: Option<State>,
    /// With this text in the prompt or a file name; case does not matter
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// Show the cost per day, per month and in total instead of the list
    #[arg(long, conflicts_with_all = ["limit", "status", "grep"])]
    pub cost: bool,
    /// Show which result was made from which, below the original pictures
    ///
    /// Jobs that others were made from are added to the list. `@` marks the current result.
    #[arg(long, conflicts_with = "cost")]
    pub tree: bool,
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `history audit`.
#[derive(Debug, Args)]
pub struct HistoryAuditArgs {
    /// Sent at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    pub since: String,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `history show`.
#[derive(Debug, Args)]
pub struct HistoryShowArgs {
    /// The job: its number in the list, its id, how the id begins, or its result (`@` is the last one)
    pub job: String,
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `history forget`.
#[derive(Debug, Args)]
#[command(override_usage = "seededit history forget [OPTIONS] <JOB>...\n       \
                            seededit history forget [OPTIONS] --before <WHEN>")]
pub struct HistoryForgetArgs {
    /// The jobs: their numbers in the list, their ids, how the ids begin, or their results, such as `@`
    #[arg(value_name = "JOB", required_unless_present = "before")]
    pub jobs: Vec<String>,
    /// All that were started before this time: a date, a date and time, or how long ago
    #[arg(long, value_name = "WHEN", conflicts_with = "jobs")]
    pub before: Option<String>,
    /// Do not ask for confirmation; required where nobody can be asked
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
}

const EXAMPLES: &str = "\
Examples:
  seededit history                          the last 20 jobs
  seededit history --since 7d --grep bird   of the last week, about a bird
  seededit history --tree                   which result was made from which
  seededit history --cost                   what was spent
  seededit history show JOB                 everything about one job";
