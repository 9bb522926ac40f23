//! `batch`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::batch::identity::Shard;

use super::common::{ConnectArgs, JsonArgs};
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};

/// Run many edits from a file, and only what is left of them when run again.
///
/// The manifest has one edit a line, as JSON objects or as CSV with a header. Its fields are image,
/// prompt, output, id, seed, guidance_scale, watermark, model, count and then; flags hold where a row says
/// nothing. Paths are relative to the manifest. All of it is checked before anything is sent.
///
/// A row is known by its content, or its id: what is delivered and unchanged on disk is neither sent
/// nor paid again, what failed is tried again, and what may have been charged is listed and left alone.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BatchArgs {
    /// The manifest: a .jsonl or .csv file, or `-` for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub manifest: PathBuf,

    /// The instruction of rows that have none
    #[arg(short, long, value_name = "TEXT", help_heading = "Edit")]
    pub prompt: Option<crate::api::Prompt>,
    /// What is asked.
    #[command(flatten)]
    pub request: RequestArgs,

    /// What becomes of results.
    #[command(flatten)]
    pub results: ResultArgs,
    /// Write one JSON object a line to this file, for each outcome
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Report results as they come, not in the order of the manifest
    #[arg(long, help_heading = "Output")]
    pub unordered: bool,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Draw no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,

    /// How many edits run at once.
    #[command(flatten)]
    pub concurrency: ConcurrencyArgs,
    /// What they may cost.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// Begin at most so many of the rows that are left
    #[arg(long, value_name = "N", help_heading = "Many")]
    pub max_jobs: Option<u64>,
    /// Run the I-th of N shares of the rows (1/8 is the first of eight); which rows are in it follows from
    /// their content
    #[arg(long, value_name = "I/N", help_heading = "Many")]
    pub shard: Option<Shard>,
    /// Pay again for what was delivered and is gone or altered on disk, and for what was lost
    #[arg(long, help_heading = "Money")]
    pub redo: bool,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// How to talk to it.
    #[command(flatten)]
    pub service: ServiceArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit batch edits.jsonl --dry-run                       what is left to do, and what it would cost
  seededit batch edits.jsonl -j 8 --max-cost 20              at most 20 US dollars
  seededit batch edits.csv -p \"at night\" -d out/             one instruction for all
  seededit batch edits.jsonl --shard 3/8                     the third of eight machines
  ls *.png | jq -R '{image: .}' -c | seededit batch - -p \"at night\" -d out/";
