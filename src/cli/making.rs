//! Flags of the commands that make pictures.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use crate::api::{Guidance, Model, Prompt, ResponseFormat, Seed, SizeRule};
use crate::batch::{MAX_COUNT, Usd};
use crate::config::parse_retries;
use crate::duration::parse_timeout;
use crate::edit::{IfExists, NameTemplate};
use crate::picture::Format;

/// What is asked of the service.
#[derive(Debug, Clone, Args)]
pub struct RequestArgs {
    /// Edit the result again with this instruction; may be given several times
    #[arg(long, value_name = "TEXT", help_heading = "Edit")]
    pub then: Vec<Prompt>,
    /// Keep the results of the steps before the last, too, as …-step1.jpg
    #[arg(long, help_heading = "Edit")]
    pub keep_steps: bool,
    /// So many variations of each picture, with consecutive seeds [default: 1]
    #[arg(short = 'n', long, value_name = "N", help_heading = "Edit",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_COUNT)))]
    pub count: Option<u32>,
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
}

/// What becomes of results.
#[derive(Debug, Clone, Args)]
pub struct ResultArgs {
    /// The directory for results whose names are made here; made when missing
    #[arg(short = 'd', long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub out_dir: Option<PathBuf>,
    /// How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub name: Option<NameTemplate>,
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
    /// Show what would be sent, where results would go and what is known of the price; send and write
    /// nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

/// Many edits at once, and what they may cost.
#[derive(Debug, Clone, Args)]
pub struct ManyArgs {
    /// How many edits are under way at once, 1 to 256 [default: 4]
    #[arg(short = 'j', long, value_name = "N", help_heading = "Many",
        value_parser = clap::value_parser!(u32).range(1..=256))]
    pub jobs: Option<u32>,
    /// At most so many requests a minute
    #[arg(long, value_name = "N", help_heading = "Many", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub rpm: Option<u32>,
    /// Begin nothing new after the first failure
    #[arg(long, help_heading = "Many")]
    pub fail_fast: bool,
    /// Stop after so long without a success [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout, help_heading = "Many")]
    pub give_up_after: Option<Duration>,
    /// Never begin an edit that could bring this run's cost above so many US dollars
    #[arg(long, value_name = "USD", help_heading = "Money")]
    pub max_cost: Option<Usd>,
    /// What one edit costs, where neither the last ones nor the service's list say so; where they do, the
    /// larger is set aside
    #[arg(long, value_name = "USD", help_heading = "Money")]
    pub price: Option<Usd>,
}

/// How to talk to the service.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
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
