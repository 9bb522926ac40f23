//! Flags of the commands that request edits.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use crate::api::{Guidance, Model, Prompt, ResponseFormat, Seed};
use crate::batch::MAX_COUNT;
use crate::cards::SizeRequest;
use crate::config::parse_retries;
use crate::duration::parse_timeout;
use crate::edit::{IfExists, MetadataOptions, MetadataRule, NameTemplate};
use crate::money::{CostLimit, Usd};
use crate::picture::Format;
use crate::picture::fit::{FitOptions, FitPolicy, Metadata};
use crate::picture::merge::{AlphaMode, Detail, MergeOptions, PlacementError, PlacementMode};
use crate::picture::restore::MaskChannel;
use crate::picture::{Region, RegionContext};

use super::values;

/// What to request from the service.
#[derive(Debug, Clone, Args)]
pub struct RequestArgs {
    /// Edit the result again with this prompt; may be repeated
    #[arg(long, value_name = "TEXT", help_heading = "Edit")]
    pub then: Vec<Prompt>,
    /// Keep the results of earlier steps, too, as …-step1.jpg
    #[arg(long, help_heading = "Edit")]
    pub keep_steps: bool,
    /// The number of variations of each picture, with consecutive seeds [default: 1]
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true, help_heading = "Edit",
        value_parser = values::whole_number(1, MAX_COUNT))]
    pub count: Option<u32>,
    /// The seed, for models that take one; the same picture, prompt and seed give the same result
    /// [default: random]
    #[arg(long, value_name = "N", help_heading = "Edit", allow_hyphen_values = true)]
    pub seed: Option<Seed>,
    /// How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model's]
    #[arg(short, long, value_name = "X", help_heading = "Edit", allow_hyphen_values = true)]
    pub guidance_scale: Option<Guidance>,
    /// Ask for a watermark on the result [default: none]
    #[arg(long, overrides_with = "no_watermark", help_heading = "Edit")]
    pub watermark: bool,
    /// Ask for no watermark on the result
    #[arg(long, help_heading = "Edit")]
    pub no_watermark: bool,
    /// What the result should not show, for models that take it
    #[arg(long, value_name = "TEXT", help_heading = "Edit")]
    pub negative_prompt: Option<String>,
    /// The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or `adaptive` [default: the allowed size
    /// closest to the picture]
    #[arg(long, value_name = "SIZE", help_heading = "Edit")]
    pub size: Option<SizeRequest>,
    /// The model, or the end of its name, such as kontext-pro [default: the service's; see `seededit models`]
    #[arg(short, long, value_name = "NAME", help_heading = "Edit")]
    pub model: Option<Model>,
    /// Another picture that the prompt can refer to, for models that take several; may be repeated
    #[arg(long = "reference", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub references: Vec<PathBuf>,
    /// The frame, page or picture to use of a file that has several, from 1 [default: the one that is shown first]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Edit",
        value_parser = values::whole_number(1u32, 1_000_000))]
    pub page: Option<u32>,
    /// Download links here and upload the pictures, instead of passing the links to the service
    #[arg(long, help_heading = "Edit")]
    pub fetch: bool,
    /// How to prepare a picture that the service would not accept as it is [default: convert]
    #[arg(long, value_name = "WAY", conflicts_with = "no_fit", help_heading = "Edit")]
    pub fit: Option<FitWay>,
    /// Upload pictures as they are, except for metadata; refuse those that the service would not accept or
    /// not show upright
    #[arg(long, help_heading = "Edit")]
    pub no_fit: bool,
    /// Upload the picture's metadata (place, time, camera), too [default: it is removed]
    #[arg(long, help_heading = "Edit")]
    pub keep_metadata: bool,
}

/// The ways to prepare a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FitWay {
    /// Rotate it upright, convert it and scale it down
    Convert,
    /// Do that, and extend it if its aspect ratio is refused
    Pad,
}

impl RequestArgs {
    /// Returns how to prepare pictures.
    pub fn fitting(&self) -> FitOptions {
        FitOptions {
            policy: match (self.no_fit, self.fit) {
                (true, _) => FitPolicy::Refuse,
                (false, None | Some(FitWay::Convert)) => FitPolicy::Convert,
                (false, Some(FitWay::Pad)) => FitPolicy::Pad,
            },
            metadata: if self.keep_metadata { Metadata::Keep } else { Metadata::Strip },
            ..FitOptions::default()
        }
    }
}

/// What to do with results.
#[derive(Debug, Clone, Args)]
pub struct ResultArgs {
    /// The directory for results; created if missing
    #[arg(short = 'd', long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub out_dir: Option<PathBuf>,
    /// The template of file names, made of {stem} {name} {seed} {number} {ext} {ext_in} {date} {job}, and in a batch of
    /// the columns of the row [default: {stem}-edited.{ext}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub name: Option<NameTemplate>,
    /// The format of the result [default: from the output's name, else jpeg, or png if it keeps pixels of a lossless
    /// picture]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<OutputFormat>,
    /// Encode a JPEG again with this quality, 1 to 100 [default: keep the service's bytes, or the picture's blocks]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::whole_number(1u8, 100), help_heading = "Output")]
    pub quality: Option<u8>,
    /// What to do if the output exists [default: fail for -o, rename otherwise]
    #[arg(long, value_name = "RULE", help_heading = "Output", value_parser = values::if_exists())]
    pub if_exists: Option<IfExists>,
    /// Replace the output if it exists
    #[arg(short, long, conflicts_with = "if_exists", help_heading = "Output")]
    pub force: bool,
    /// Write the answer beside the result, as the service made it: out.answer.jpg for out.png
    #[arg(long, help_heading = "Output")]
    pub keep_answer: bool,
    /// Keep the original's pixels and size wherever the edit changed nothing
    #[arg(long, help_heading = "Pixels")]
    pub preserve: bool,
    /// Scale the result to the original's size
    #[arg(long, conflicts_with_all = ["preserve", "region", "mask"], help_heading = "Pixels")]
    pub keep_size: bool,
    /// Change only this part, at full resolution: X,Y,WxH, two corners X1,Y1:X2,Y2, `center`, center,WxH, or WxH+X+Y;
    /// in pixels or percent of the upright picture
    #[arg(long, value_name = "AREA", allow_hyphen_values = true, help_heading = "Pixels")]
    pub region: Option<Region>,
    /// How much around the region is uploaded with it, on each side: pixels, or a percentage of the region
    /// [default: a quarter, and enough for a megapixel]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true, help_heading = "Pixels")]
    pub region_context: Option<RegionContext>,
    /// Change only what is white in this picture; gray blends
    #[arg(long, value_name = "FILE", conflicts_with = "region", value_hint = ValueHint::FilePath,
        help_heading = "Pixels")]
    pub mask: Option<PathBuf>,
    /// What says where the picture may change: white, or transparent [default: brightness]
    #[arg(long, value_name = "CHANNEL", requires = "mask", help_heading = "Pixels")]
    pub mask_from: Option<MaskFrom>,
    /// Change what the mask protects, and protect the rest
    #[arg(long, requires = "mask", help_heading = "Pixels")]
    pub mask_invert: bool,
    /// How to merge results.
    #[command(flatten)]
    pub merging: MergingArgs,
    /// What to keep of the picture's metadata, and from when its file is.
    #[command(flatten)]
    pub metadata: MetadataArgs,
    /// Record the prompt, the model, the seed and the job in the result's metadata
    #[arg(long, help_heading = "Metadata")]
    pub record: bool,
    /// Show what would be sent, where results would go and what they would cost; send and write nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

impl ResultArgs {
    /// Returns what is requested of the metadata of results. `rule` is that of the flag, or the setting.
    pub fn metadata(&self, rule: Option<MetadataRule>) -> MetadataOptions {
        MetadataOptions { rule, records_request: self.record, keeps_times: self.metadata.keep_times }
    }
}

/// What results keep of the file of their picture.
#[derive(Debug, Clone, Args)]
pub struct MetadataArgs {
    /// What results keep of the picture's metadata [default: keep if the result is the picture with an edit, else safe]
    #[arg(long, value_name = "RULE", help_heading = "Metadata", value_parser = values::metadata_rule())]
    pub metadata: Option<MetadataRule>,
    /// Give the result's file the times of the picture's file
    #[arg(long, help_heading = "Metadata")]
    pub keep_times: bool,
}

/// What says where a picture may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MaskFrom {
    /// White may change
    Brightness,
    /// Transparent may change
    Alpha,
}

impl From<MaskFrom> for MaskChannel {
    fn from(from: MaskFrom) -> MaskChannel {
        match from {
            MaskFrom::Brightness => MaskChannel::Brightness,
            MaskFrom::Alpha => MaskChannel::Alpha,
        }
    }
}

/// How an edited picture is merged into its original.
#[derive(Debug, Clone, Args)]
pub struct MergingArgs {
    /// The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]
    #[arg(long, value_name = "LEVELS", allow_negative_numbers = true, value_parser = parse_threshold, help_heading = "Pixels")]
    pub threshold: Option<f32>,
    /// The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller
    /// picture]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true, value_parser = parse_feather, help_heading = "Pixels")]
    pub feather: Option<f32>,
    /// What to do with the original's transparency [default: edited parts become opaque]
    #[arg(long, value_name = "RULE", help_heading = "Pixels")]
    pub alpha: Option<AlphaRule>,
    /// Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture
    /// or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = parse_placement, help_heading = "Pixels")]
    pub placement: Option<PlacementMode>,
    /// Where fine detail comes from if the whole picture changed [default: auto]
    #[arg(long, value_name = "RULE", help_heading = "Pixels")]
    pub detail: Option<DetailRule>,
}

impl MergingArgs {
    /// Returns the options for the merge.
    pub fn options(&self) -> MergeOptions {
        MergeOptions {
            threshold: self.threshold,
            feather: self.feather,
            alpha: match self.alpha {
                Some(AlphaRule::Keep) => AlphaMode::Keep,
                None => AlphaMode::Cover,
            },
            placement: self.placement.unwrap_or_default(),
            detail: match self.detail {
                None | Some(DetailRule::Auto) => Detail::Auto,
                Some(DetailRule::Off) => Detail::Off,
            },
        }
    }
}

/// Where the detail of a picture comes from that changed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DetailRule {
    /// From the original, where the edited picture has its structure
    Auto,
    /// From the edited picture, which is scaled up
    Off,
}

/// What to do with transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlphaRule {
    /// Apply it to the result
    Keep,
}

fn parse_placement(text: &str) -> Result<PlacementMode, String> {
    text.parse().map_err(|error: PlacementError| error.to_string())
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
    /// The number of edits that run at once, 1 to 256 [default: 4]
    #[arg(short = 'j', long, value_name = "N", allow_negative_numbers = true, help_heading = "Concurrency",
        value_parser = values::whole_number(1u32, 256))]
    pub jobs: Option<u32>,
    /// The most requests per minute, 1 to 60000
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Concurrency", value_parser = values::whole_number(1u32, 60_000))]
    pub rpm: Option<u32>,
    /// Start nothing new after the first failure
    #[arg(long, help_heading = "Concurrency")]
    pub fail_fast: bool,
    /// Stop after this long without a success [default: 5m]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_timeout, help_heading = "Concurrency")]
    pub give_up_after: Option<Duration>,
}

/// What the edits of this run may cost.
#[derive(Debug, Clone, Args)]
pub struct BudgetArgs {
    /// Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`
    #[arg(long, value_name = "USD", allow_negative_numbers = true, help_heading = "Budget")]
    pub max_cost: Option<CostLimit>,
    /// Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`
    #[arg(long, value_name = "USD", allow_negative_numbers = true, help_heading = "Budget")]
    pub max_cost_per_day: Option<CostLimit>,
    /// Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail
    #[arg(long, value_name = "USD", allow_negative_numbers = true, help_heading = "Budget")]
    pub confirm_above: Option<CostLimit>,
    /// Do not ask, whatever the run is expected to cost
    #[arg(short, long, help_heading = "Budget")]
    pub yes: bool,
    /// The price of one edit in US dollars, if neither recent edits nor the price list show it; if they
    /// do, the larger amount counts
    #[arg(long, value_name = "USD", allow_negative_numbers = true, help_heading = "Budget")]
    pub price: Option<Usd>,
}

impl BudgetArgs {
    /// The first of the flags that is given.
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--max-cost", self.max_cost.is_some()),
            ("--max-cost-per-day", self.max_cost_per_day.is_some()),
            ("--confirm-above", self.confirm_above.is_some()),
            ("--yes", self.yes),
            ("--price", self.price.is_some()),
        ];
        flags.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }
}

/// How to call the service.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// How the service returns the result [default: the service's, url]
    #[arg(long, value_name = "FORM", help_heading = "Service", value_parser = values::response_format())]
    pub response_format: Option<ResponseFormat>,
    /// How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse_retries, help_heading = "Service")]
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

impl OutputFormat {
    /// Returns the format with a name that a journal has; `None` for another one.
    pub fn of_name(name: &str) -> Option<OutputFormat> {
        OutputFormat::value_variants().iter().copied().find(|format| Format::from(*format).name() == name)
    }
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
