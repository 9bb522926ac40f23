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
use crate::picture::fit::{FitOptions, FitPolicy, Metadata};
use crate::picture::merge::{Alpha, MergeOptions};
use crate::picture::region::Region;

use super::values;

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
    #[arg(long, value_name = "RULE", help_heading = "Edit", value_parser = values::size_rule())]
    pub size: Option<SizeRule>,
    /// The model [default: bytedance/seededit-3.0-i2i]
    #[arg(short, long, value_name = "NAME", help_heading = "Edit")]
    pub model: Option<Model>,
    /// Download a link here and send its bytes, rather than handing the link to the service
    #[arg(long, help_heading = "Edit")]
    pub fetch: bool,
    /// How a picture is made to fit that the service would not take as it is
    #[arg(
        long,
        value_name = "WAY",
        default_value = "convert",
        conflicts_with = "no_fit",
        help_heading = "Edit"
    )]
    pub fit: FitWay,
    /// Send pictures as they are, but for metadata, and refuse those that the service would not take or not
    /// show upright
    #[arg(long, help_heading = "Edit")]
    pub no_fit: bool,
    /// Send what a picture says of place, time and camera, too [default: it is left out]
    #[arg(long, help_heading = "Edit")]
    pub keep_metadata: bool,
}

/// The ways to make a picture fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FitWay {
    /// Turn it upright, convert it, scale it down
    Convert,
    /// That, and extend it where its shape is refused
    Pad,
}

impl RequestArgs {
    /// How pictures are made to fit.
    pub fn fitting(&self) -> FitOptions {
        FitOptions {
            fit: match (self.no_fit, self.fit) {
                (true, _) => FitPolicy::Refuse,
                (false, FitWay::Convert) => FitPolicy::Convert,
                (false, FitWay::Pad) => FitPolicy::Pad,
            },
            metadata: if self.keep_metadata { Metadata::Keep } else { Metadata::Strip },
            part: None,
        }
    }
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
    #[arg(long, value_name = "RULE", help_heading = "Output", value_parser = values::if_exists())]
    pub if_exists: Option<IfExists>,
    /// Replace the output when it exists
    #[arg(short, long, conflicts_with = "if_exists", help_heading = "Output")]
    pub force: bool,
    /// Keep the picture's own pixels wherever the edit changed nothing, at full size
    #[arg(long, help_heading = "Pixels")]
    pub preserve: bool,
    /// Scale the result to the picture's own size
    #[arg(long, conflicts_with_all = ["preserve", "region", "mask"], help_heading = "Pixels")]
    pub keep_size: bool,
    /// Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0
    #[arg(long, value_name = "WxH+X+Y", help_heading = "Pixels")]
    pub region: Option<Region>,
    /// Change only what is white in this picture; grey in part
    #[arg(long, value_name = "FILE", conflicts_with = "region", value_hint = ValueHint::FilePath,
        help_heading = "Pixels")]
    pub mask: Option<PathBuf>,
    /// How results are merged.
    #[command(flatten)]
    pub merging: MergingArgs,
    /// Show what would be sent, where results would go and what is known of the price; send and write
    /// nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

/// How an edited picture is merged into its original.
#[derive(Debug, Clone, Args)]
pub struct MergingArgs {
    /// How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and
    /// colours count less [default: found by the pictures' noise]
    #[arg(long, value_name = "LEVELS", value_parser = parse_threshold, help_heading = "Pixels")]
    pub threshold: Option<f32>,
    /// How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the
    /// smaller picture]
    #[arg(long, value_name = "PIXELS", value_parser = parse_feather, help_heading = "Pixels")]
    pub feather: Option<f32>,
    /// What becomes of the original's transparency: `keep` puts it on the result [default: what was edited
    /// is opaque]
    #[arg(long, value_name = "RULE", help_heading = "Pixels")]
    pub alpha: Option<AlphaRule>,
}

impl MergingArgs {
    /// What they say.
    pub fn options(&self) -> MergeOptions {
        MergeOptions {
            threshold: self.threshold,
            feather: self.feather,
            alpha: match self.alpha {
                Some(AlphaRule::Keep) => Alpha::Keep,
                None => Alpha::Cover,
            },
        }
    }
}

/// What becomes of transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlphaRule {
    /// It stays what it was
    Keep,
}

fn parse_threshold(text: &str) -> Result<f32, String> {
    within(text, 1.0, 255.0)
}

fn parse_feather(text: &str) -> Result<f32, String> {
    within(text, 0.0, 1000.0)
}

fn within(text: &str, least: f32, most: f32) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("not a number from {least} to {most}"))
}

/// How many edits run at once, and when to stop.
#[derive(Debug, Clone, Args)]
pub struct ConcurrencyArgs {
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
}

/// What the edits of this run may cost.
#[derive(Debug, Clone, Args)]
pub struct BudgetArgs {
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
    #[arg(long, value_name = "FORM", help_heading = "Service", value_parser = values::response_format())]
    pub response_format: Option<ResponseFormat>,
    /// How often to try again what certainly cost nothing, 0 to 20 [default: 3]
    #[arg(long, value_name = "N", value_parser = parse_retries, help_heading = "Service")]
    pub retries: Option<u32>,
}

/// The formats that a result can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Small, with a little loss
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
