//! `watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, Args, ValueHint};

use crate::duration::parse_timeout;

use super::common::{ConnectArgs, JsonArgs, in_short_help};
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};

/// Edit what appears in a directory.
///
/// Pictures that are there already are edited first. A picture is edited once it has not changed for a while, and once for
/// its content: after a restart, for a copy of it, or if several processes watch the same directory, the result that
/// exists is used. A picture that cannot be read is tried again when it changes.
///
/// A limit is required, because nobody is asked: --max-cost for this run, or --max-cost-per-day. The sandbox needs none.
/// Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
#[command(mut_args(|arg| required(in_short_help(arg, &SHORT_HELP))))]
pub struct WatchArgs {
    /// The directory to watch
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,

    /// What to do, in plain words; @FILE reads them from a file
    #[arg(
        short,
        long,
        value_name = "TEXT",
        conflicts_with = "prompt_file",
        required_unless_present = "prompt_file",
        help_heading = "Edit"
    )]
    pub prompt: Option<String>,
    /// Read the prompt from a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub prompt_file: Option<PathBuf>,
    /// Watch the directories below it, too; -d gets the same tree
    #[arg(short = 'R', long, help_heading = "Edit")]
    pub recursive: bool,
    /// Edit what seededit made, too, such as the results of other edits
    #[arg(long, help_heading = "Edit")]
    pub include_results: bool,
    /// How often to look for new pictures
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_timeout, help_heading = "Edit")]
    pub interval: Duration,
    /// How long a picture must not have changed before it is edited
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = parse_timeout, help_heading = "Edit")]
    pub settle: Duration,
    /// What to request.
    #[command(flatten)]
    pub request: RequestArgs,

    /// What to do with results.
    #[command(flatten)]
    pub results: ResultArgs,
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
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// How to call it.
    #[command(flatten)]
    pub service: ServiceArgs,
}

/// Results need a directory of their own.
fn required(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "out_dir" => arg.required(true),
        _ => arg,
    }
}

const SHORT_HELP: [&str; 9] = [
    "prompt",
    "out_dir",
    "recursive",
    "max_cost",
    "max_cost_per_day",
    "sandbox",
    "model",
    "preserve",
    "settle",
];

const EXAMPLES: &str = "\
Examples:
  seededit watch inbox -p \"remove the background\" -d done --max-cost 2
  seededit watch inbox -p \"at night\" -d done --preserve --sandbox";
