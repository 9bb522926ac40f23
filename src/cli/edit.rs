//! `edit`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::common::{ConnectArgs, JsonArgs};
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};

/// Edit pictures.
///
/// The last argument is the instruction, unless -p or --prompt-file gives it. The path of each result
/// is printed on standard output; without -o or -d it lies beside its picture.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EditArgs {
    /// The pictures (paths, `-` for standard input, http(s) links, data: URIs), then the instruction
    #[arg(value_name = "IMAGE>... <PROMPT", required = true, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub arguments: Vec<OsString>,

    /// The instruction
    #[arg(short, long, value_name = "TEXT", conflicts_with = "prompt_file", help_heading = "Edit")]
    pub prompt: Option<String>,
    /// Read the instruction from a file, or from standard input with `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub prompt_file: Option<PathBuf>,
    /// Take the pictures in directories, too; -d gets the same tree
    #[arg(short = 'R', long, requires = "out_dir", help_heading = "Edit")]
    pub recursive: bool,
    /// What is asked.
    #[command(flatten)]
    pub request: RequestArgs,

    /// Where the result goes: a file, a directory, or `-` for standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir", value_hint = ValueHint::FilePath,
        help_heading = "Output")]
    pub output: Option<OsString>,
    /// What becomes of results.
    #[command(flatten)]
    pub results: ResultArgs,
    /// Write where the result comes from, as PNG or WebP: white is the answer, black the original
    #[arg(long, value_name = "FILE", conflicts_with = "reuse", value_hint = ValueHint::FilePath,
        help_heading = "Pixels")]
    pub mask_out: Option<PathBuf>,
    /// Fail (exit 3) when most of the picture changed; the result was paid for by then, and is kept
    #[arg(long, requires = "preserve", help_heading = "Pixels")]
    pub strict: bool,
    /// Take an earlier result of the same picture, instruction, parameters and --seed, if it is there
    /// unchanged: nothing is sent or paid
    #[arg(long, requires = "seed", help_heading = "Money")]
    pub reuse: bool,
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
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// How to talk to it.
    #[command(flatten)]
    pub service: ServiceArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit edit in.png \"add a bird\" -o out.jpg
  seededit edit --sandbox in.png \"add a bird\" -o out.jpg    try it without a key
  seededit edit in.png -p \"at night\" -o - > out.jpg         the picture on standard output
  seededit edit - \"at night\" -o out.png < in.png            the picture from standard input
  seededit edit *.png -p \"at night\" -d out/                 many pictures, four at a time
  seededit edit in.png \"at night\" -n 4 --seed 10            four variations, seeds 10 to 13
  seededit edit in.png \"at night\" --then \"in rain\"          edit the result again
  seededit edit in.jpg \"add a bird\" --preserve -o out.png   all other pixels stay what they are
  seededit edit in.png \"at night\" --seed 41 --json          for scripts
  seededit edit in.png \"at night\" --dry-run                 look before you pay";
