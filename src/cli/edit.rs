//! `edit`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::api::{Guidance, Model, ResponseFormat, Seed, SizeRule};
use crate::config::parse_retries;
use crate::edit::IfExists;
use crate::picture::Format;

use super::common::{ConnectArgs, JsonArgs};

/// Edit one picture.
///
/// The last argument is the instruction, unless -p or --prompt-file gives it. The path of the
/// result is printed on standard output; without -o it lies beside the picture.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EditArgs {
    /// The picture (a path, `-` for standard input, an http(s) link, a data: URI), then the instruction
    #[arg(value_name = "IMAGE> <PROMPT", required = true, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub arguments: Vec<OsString>,

    /// The instruction
    #[arg(short, long, value_name = "TEXT", conflicts_with = "prompt_file", help_heading = "Edit")]
    pub prompt: Option<String>,
    /// Read the instruction from a file, or from standard input with `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub prompt_file: Option<PathBuf>,
    /// Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]
    #[arg(long, value_name = "N", help_heading = "Edit", allow_hyphen_values = true)]
    pub seed: Option<Seed>,
    /// How closely the instruction is followed, 1 to 10 [default: the model's, 5.5]
    #[arg(short, long, value_name = "X", help_heading = "Edit", allow_hyphen_values = true)]
    pub guidance_scale: Option<Guidance>,
    /// Put an invisible watermark on the result [default: the service's]
    #[arg(long, overrides_with = "no_watermark", help_heading = "Edit")]
    pub watermark: bool,
    /// Put none on it
    #[arg(long, help_heading = "Edit")]
    pub no_watermark: bool,
    /// The size of the result; the service knows one way only
    #[arg(long, value_name = "RULE", help_heading = "Edit")]
    pub size: Option<SizeRule>,
    /// The model [default: bytedance/seededit-3.0-i2i]
    #[arg(short, long, value_name = "NAME", help_heading = "Edit")]
    pub model: Option<Model>,
    /// Download a link here and send its bytes, rather than handing the link to the service
    #[arg(long, help_heading = "Edit")]
    pub fetch: bool,

    /// Where the result goes: a file, a directory, or `-` for standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<OsString>,
    /// The format of the result [default: from the output's name, else jpeg]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<OutputFormat>,
    /// Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100), help_heading = "Output")]
    pub quality: Option<u8>,
    /// What to do when the output exists [default: fail for a name you gave, rename for one made here]
    #[arg(long, value_name = "RULE", help_heading = "Output")]
    pub if_exists: Option<IfExists>,
    /// Replace the output when it exists
    #[arg(short, long, conflicts_with = "if_exists", help_heading = "Output")]
    pub force: bool,
    /// Show the request, the output and what is known of the price; send and write nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Draw no progress on the terminal
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,

    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// How the service hands over the result [default: the service's, url]
    #[arg(long, value_name = "FORM", help_heading = "Service")]
    pub response_format: Option<ResponseFormat>,
    /// How often to try again what certainly cost nothing, 0 to 20 [default: 3]
    #[arg(long, value_name = "N", value_parser = parse_retries, help_heading = "Service")]
    pub retries: Option<u32>,
}

/// The formats that a result can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// As the service delivers it
    #[value(alias = "jpg")]
    Jpeg,
    /// Without loss
    Png,
    /// Without loss, smaller
    Webp,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Format {
        match format {
            OutputFormat::Jpeg => Format::Jpeg,
            OutputFormat::Png => Format::Png,
            OutputFormat::Webp => Format::WebP,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  seededit edit in.png \"add a bird\" -o out.jpg
  seededit edit --sandbox in.png \"add a bird\" -o out.jpg    try it without a key
  seededit edit in.png -p \"at night\" -o - > out.jpg         the picture on standard output
  seededit edit - \"at night\" -o out.png < in.png            the picture from standard input
  seededit edit in.png \"at night\" --seed 41 --json          for scripts
  seededit edit in.png \"at night\" --dry-run                 look before you pay";
