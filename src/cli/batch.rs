//! `batch`.

use std::path::PathBuf;

use clap::{Arg, Args, ValueHint};

use crate::batch::identity::Shard;

use super::common::{ConnectArgs, JsonArgs, in_short_help};
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};
use super::values;

/// Run many edits from a manifest; a second run does what is left.
///
/// The manifest has one edit per line: JSON objects, or CSV with a header, as spreadsheets save it. Its fields are image,
/// prompt, output, id, then, references, and most flags by their names, such as seed, mask, region, preserve and
/// format. Flags apply to rows that do not set the field. Other columns are yours: reports repeat them, and -p and --name
/// can use them. Paths are relative to the manifest. The whole manifest is checked before anything is sent.
///
/// A row is identified by its id, or else by its content. A result that was delivered and is unchanged on
/// disk is neither requested nor paid for again, a failed row is tried again, and a row that may have been
/// charged is listed and left alone.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = FIRST_STEPS, after_long_help = EXAMPLES)]
#[command(mut_args(|arg| own_defaults(in_short_help(arg, &SHORT_HELP))))]
pub struct BatchArgs {
    /// The manifest: a .jsonl or .csv file, or `-` for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub manifest: PathBuf,

    /// The prompt of rows that have none, with columns of the row in braces: "{color} curtains"; {{ and }} are braces.
    /// @FILE reads it from a file
    #[arg(short, long, value_name = "TEXT", help_heading = "Edit")]
    pub prompt: Option<String>,
    /// What to request.
    #[command(flatten)]
    pub request: RequestArgs,

    /// What to do with results.
    #[command(flatten)]
    pub results: ResultArgs,
    /// Write the outcomes to this file, one JSON object per line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Write a page with all pictures before and after, prompts, prices and failures, which needs no other file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "dry_run", help_heading = "Output")]
    pub html: Option<PathBuf>,
    /// Report results as they arrive, not in the order of the manifest
    #[arg(long, help_heading = "Output")]
    pub unordered: bool,
    /// Count a result as failed (exit 11) if most of the picture changed, or nothing did; it is kept
    #[arg(long, requires = "preserve", help_heading = "Pixels")]
    pub strict: bool,
    /// JSON instead of text.
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
    /// Start at most N of the rows that are left
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Concurrency",
        value_parser = values::whole_number_from(1))]
    pub max_jobs: Option<u64>,
    /// Run the I-th of N shares of the rows (1/8 is the first of eight); the content of a row decides
    /// which share it is in
    #[arg(long, value_name = "I/N", help_heading = "Concurrency")]
    pub shard: Option<Shard>,
    /// Pay again for results that were lost, or that are gone from disk or changed there
    #[arg(long, help_heading = "Budget")]
    pub redo: bool,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// How to call it.
    #[command(flatten)]
    pub service: ServiceArgs,
}

/// Describes the defaults of flags that differ from those of `edit`.
fn own_defaults(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "seed" => arg.help(
            "The seed of rows that have none, 0 to 2147483647; the same picture, prompt and seed give the same result \
             [default: derived from the row, the same in every run]",
        ),
        "if_exists" => arg.help(
            "What to do if the output of a row exists and is not the row's own result [default: fail for a row with \
             an output, rename otherwise]",
        ),
        "count" => arg.help(
            "The number of variations of rows that have no count, with consecutive seeds [default: 1]",
        ),
        "then" => arg.help("Edit the results again with this prompt, of rows that have no `then`; may be repeated"),
        _ => arg,
    }
}

const SHORT_HELP: [&str; 8] =
    ["prompt", "out_dir", "report", "jobs", "max_cost", "max_jobs", "dry_run", "sandbox"];

const FIRST_STEPS: &str = "\
Start here; it needs no key and costs nothing:
  seededit batch --sandbox edits.jsonl -d out/

where edits.jsonl has one edit per line:
  {\"image\": \"photo.jpg\", \"prompt\": \"add a bird\"}

All flags, all fields and more examples: seededit batch --help";

const EXAMPLES: &str = "\
A manifest as JSON lines:
  {\"image\": \"a.jpg\", \"prompt\": \"add a bird\", \"output\": \"a-bird.jpg\"}
  {\"image\": \"b.jpg\", \"prompt\": \"at night\", \"seed\": 7, \"count\": 2}
  {\"id\": \"c\", \"image\": \"c.jpg\", \"prompt\": \"at night\", \"then\": [\"in rain\"]}

The same kind of manifest as CSV:
  image,prompt,output,seed
  a.jpg,add a bird,a-bird.jpg,
  b.jpg,\"at night, in rain\",b-night.jpg,7

Examples:
  seededit batch edits.jsonl --dry-run            what is left, and its cost
  seededit batch edits.jsonl -j 8 --max-cost 20   at most 20 US dollars
  seededit batch edits.csv -p \"at night\" -d out/  one prompt for all
  seededit batch edits.jsonl --shard 3/8          the third of eight machines
  ls *.png | jq -Rc '{image: .}' | seededit batch - -p \"at night\" -d out/";
