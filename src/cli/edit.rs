//! `edit`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::common::{ConnectArgs, JsonArgs, in_short_help};
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};

/// Edit pictures.
///
/// The last argument is the prompt, unless -p or --prompt-file gives it. The path of each result is
/// printed on standard output. Without -o or -d, a result is written next to its picture.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = FIRST_STEPS, after_long_help = EXAMPLES)]
#[command(override_usage = USAGE, mut_args(|arg| in_short_help(arg, &SHORT_HELP)))]
pub struct EditArgs {
    /// The pictures (paths, `-` for standard input, links, data: URIs, `@` for the last result), then the prompt
    ///
    /// `@` is the last result, or what `undo` went back to; `@2` is the result before the last one, and `@JOB` that of a
    /// job. A file that is called `@` is `./@`.
    #[arg(value_name = "IMAGE>... <PROMPT", required = true, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub arguments: Vec<OsString>,

    /// What to do, in plain words; @FILE reads them from a file
    ///
    /// @- reads standard input, and @@ begins words with @.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "prompt_file", help_heading = "Edit")]
    pub prompt: Option<String>,
    /// Read the prompt from a file, or from standard input with `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub prompt_file: Option<PathBuf>,
    /// Edit the pictures in directories, too; -d gets the same tree
    #[arg(short = 'R', long, requires = "out_dir", help_heading = "Edit")]
    pub recursive: bool,
    /// Continue without pictures that are damaged or in a format that is not read; they are reported, and the exit code
    /// is 11 [default: nothing is sent]
    #[arg(long, help_heading = "Edit")]
    pub skip_unreadable: bool,
    /// Edit what seededit made, too, such as earlier results; several pictures and -R leave it out otherwise
    #[arg(long, help_heading = "Edit")]
    pub include_results: bool,
    /// What to request.
    #[command(flatten)]
    pub request: RequestArgs,

    /// Where the result goes: a file, a directory, or `-` for standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir", value_hint = ValueHint::FilePath,
        help_heading = "Output")]
    pub output: Option<OsString>,
    /// What to do with results.
    #[command(flatten)]
    pub results: ResultArgs,
    /// Write a mask of what changed, as PNG or WebP: white is from the answer, black from the original
    #[arg(long, value_name = "FILE", conflicts_with = "reuse", value_hint = ValueHint::FilePath,
        help_heading = "Pixels")]
    pub mask_out: Option<PathBuf>,
    /// Write the original with what changed tinted and outlined, as PNG, WebP or JPEG
    #[arg(long, value_name = "FILE", conflicts_with = "reuse", value_hint = ValueHint::FilePath,
        help_heading = "Pixels")]
    pub overlay: Option<PathBuf>,
    /// Fail (exit 3) if most of the picture changed, or nothing did; the result has been paid for by then and is kept
    #[arg(long, requires = "preserve", help_heading = "Pixels")]
    pub strict: bool,
    /// Use the earlier result of the same picture, prompt and parameters, if it is still there unchanged: nothing is
    /// sent or paid. Nothing is sent either while such an edit is in doubt
    ///
    /// Without --seed, the newest result counts. This is the default for several results in a script; on a
    /// terminal, you are asked.
    #[arg(long, help_heading = "Budget")]
    pub reuse: bool,
    /// Pay for new results, even if earlier ones of the same edits exist (the default for a single result) or may have been
    /// paid for
    #[arg(long, conflicts_with = "reuse", help_heading = "Budget")]
    pub pay_again: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Draw the result in the terminal; see `seededit show --help`
    #[arg(long, conflicts_with_all = ["json", "dry_run"], help_heading = "Output")]
    pub show: bool,
    /// Open the result in the desktop's viewer, and do not wait for it
    #[arg(long, conflicts_with = "dry_run", help_heading = "Output")]
    pub open: bool,
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

const USAGE: &str = "\
seededit edit [OPTIONS] <IMAGE>... <PROMPT>
       seededit edit [OPTIONS] -p <TEXT> <IMAGE>...";

/// The flags of the first hour.
const SHORT_HELP: [&str; 8] =
    ["output", "out_dir", "prompt", "count", "seed", "preserve", "dry_run", "sandbox"];

const FIRST_STEPS: &str = "\
Start here; it needs no key and costs nothing:
  seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg

All flags and more examples: seededit edit --help";

const EXAMPLES: &str = "\
Examples:
  seededit edit in.png \"add a bird\" -o out.jpg
  seededit edit --sandbox in.png \"add a bird\" -o out.jpg   no key, no cost
  seededit edit in.png -p \"at night\" -o - > out.jpg        to standard output
  seededit edit - \"at night\" -o out.png < in.png           from standard input
  seededit edit @ \"now at night\"                           an edit of the last result
  seededit edit *.png -p \"at night\" -d out/                four at a time
  seededit edit in.png \"at night\" -n 4 --seed 10           seeds 10 to 13
  seededit edit in.png \"at night\" --then \"in rain\"         edit the result again
  seededit edit in.jpg \"add a bird\" --preserve -o out.png  keep other pixels
  seededit edit in.png \"at night\" --seed 41 --json         for scripts
  seededit edit in.png \"at night\" --dry-run                what would be sent";
