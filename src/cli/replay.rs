//! `replay`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Args, ValueEnum, ValueHint};

use crate::api::Seed;
use crate::error::Failure;

use super::common::{ConnectArgs, JsonArgs, in_short_help};
use super::edit::EditArgs;
use super::edit_flags::{BudgetArgs, ConcurrencyArgs, RequestArgs, ResultArgs, ServiceArgs};

/// Repeat an earlier edit, with changes.
///
/// Everything that the command line does not say is as it was: the picture, the prompt, the model, the seed, and the other
/// flags of the request and of the result. Only the name of the result is a new one. Without any change the earlier result is
/// used again, and nothing is sent or paid.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
#[command(mut_args(|arg| as_before(in_short_help(arg, &SHORT_HELP))))]
pub struct ReplayArgs {
    /// The edit: its result (a file, or `@` for the last one), or its job (the number in `history`, the id, or how the id
    /// begins)
    ///
    /// If the history does not know a file, what `--record` stored in it is used. Then the picture is the second argument.
    #[arg(value_name = "FILE|JOB")]
    pub edit: OsString,
    /// Another picture to edit, as for `edit` [default: the one that was edited, which must not have changed]
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath)]
    pub picture: Option<OsString>,

    /// What to do, in plain words; @FILE reads them from a file [default: as before]
    #[arg(short, long, value_name = "TEXT", conflicts_with = "prompt_file", help_heading = "Edit")]
    pub prompt: Option<String>,
    /// Read the prompt from a file, or from standard input with `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub prompt_file: Option<PathBuf>,
    /// What not to take from the earlier edit, by the name of its flag; `--without seed` draws a new seed
    #[arg(
        long,
        value_name = "FLAG",
        value_delimiter = ',',
        hide_possible_values = false,
        help_heading = "Edit"
    )]
    pub without: Vec<EarlierFlag>,
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
    /// Fail (exit 3) if most of the picture changed, or nothing did; the result has been paid for by then and is kept
    #[arg(long, help_heading = "Pixels")]
    pub strict: bool,
    /// Pay for a new result, even if nothing was changed or the earlier edit may have been paid for
    #[arg(long, help_heading = "Budget")]
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

/// A flag of an earlier edit that is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EarlierFlag {
    Seed,
    GuidanceScale,
    Watermark,
    NegativePrompt,
    Size,
    Reference,
    Page,
    Fit,
    KeepMetadata,
    Then,
    Preserve,
    KeepSize,
    Region,
    Mask,
    Threshold,
    Feather,
    Placement,
    Detail,
    Alpha,
    Metadata,
    Record,
    KeepTimes,
    KeepAnswer,
    Format,
    Quality,
}

impl ReplayArgs {
    /// Returns the edit that is requested, as far as the command line says it.
    pub fn to_edit(&self) -> EditArgs {
        EditArgs {
            arguments: self.picture.iter().cloned().collect(),
            prompt: self.prompt.clone(),
            prompt_file: self.prompt_file.clone(),
            recursive: false,
            skip_unreadable: false,
            include_results: false,
            request: self.request.clone(),
            output: self.output.clone(),
            results: self.results.clone(),
            mask_out: None,
            overlay: None,
            strict: self.strict,
            // A new seed is a new edit, whatever results there are with other seeds.
            reuse: !self.pay_again && !self.leaves_out(EarlierFlag::Seed),
            pay_again: self.pay_again,
            json: self.json.clone(),
            show: self.show,
            open: self.open,
            no_progress: self.no_progress,
            concurrency: self.concurrency.clone(),
            budget: self.budget.clone(),
            connect: self.connect.clone(),
            service: self.service.clone(),
        }
    }

    /// Ensures that nothing is left out that the command line gives.
    ///
    /// # Errors
    /// Names the first such flag.
    pub fn ensure_consistent(&self) -> Result<(), Failure> {
        let Some(flag) = self.without.iter().find(|flag| self.gives(**flag)) else { return Ok(()) };
        let name = flag.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        Err(Failure::usage(format!("--{name} is given, and --without {name} leaves it out"))
            .hint(format!("say one of them: what is given replaces the {name} of the earlier edit")))
    }

    /// Whether the flags ask for other steps than those of an earlier edit with this seed: apart from steps that follow, and
    /// from what only concerns the file of the result.
    pub fn changes_steps(&self, seed: Option<u32>) -> bool {
        let is_of_file = |flag: &EarlierFlag| {
            use EarlierFlag::{Format, KeepAnswer, KeepTimes, Metadata, Quality, Record, Then};
            matches!(flag, Format | KeepAnswer | KeepTimes | Metadata | Quality | Record | Then)
        };
        let is_same_seed =
            |flag: EarlierFlag| flag == EarlierFlag::Seed && self.request.seed.map(Seed::value) == seed;
        let is_changed = |flag: EarlierFlag| self.leaves_out(flag) || self.gives(flag) && !is_same_seed(flag);
        self.prompt.is_some()
            || self.prompt_file.is_some()
            || self.request.model.is_some()
            || self.results.region_context.is_some()
            || EarlierFlag::value_variants().iter().any(|flag| !is_of_file(flag) && is_changed(*flag))
    }

    /// Whether the command line gives a flag.
    fn gives(&self, flag: EarlierFlag) -> bool {
        let RequestArgs { seed, guidance_scale, watermark, no_watermark, negative_prompt, size, .. } =
            &self.request;
        let RequestArgs { references, page, fit, no_fit, keep_metadata, then, .. } = &self.request;
        let ResultArgs { preserve, keep_size, region, mask, record, keep_answer, format, quality, .. } =
            &self.results;
        let (merging, metadata) = (&self.results.merging, &self.results.metadata);
        match flag {
            EarlierFlag::Seed => seed.is_some(),
            EarlierFlag::GuidanceScale => guidance_scale.is_some(),
            EarlierFlag::Watermark => *watermark || *no_watermark,
            EarlierFlag::NegativePrompt => negative_prompt.is_some(),
            EarlierFlag::Size => size.is_some(),
            EarlierFlag::Reference => !references.is_empty(),
            EarlierFlag::Page => page.is_some(),
            EarlierFlag::Fit => fit.is_some() || *no_fit,
            EarlierFlag::KeepMetadata => *keep_metadata,
            EarlierFlag::Then => !then.is_empty(),
            EarlierFlag::Preserve => *preserve,
            EarlierFlag::KeepSize => *keep_size,
            EarlierFlag::Region => region.is_some(),
            EarlierFlag::Mask => mask.is_some(),
            EarlierFlag::Threshold => merging.threshold.is_some(),
            EarlierFlag::Feather => merging.feather.is_some(),
            EarlierFlag::Placement => merging.placement.is_some(),
            EarlierFlag::Detail => merging.detail.is_some(),
            EarlierFlag::Alpha => merging.alpha.is_some(),
            EarlierFlag::Metadata => metadata.metadata.is_some(),
            EarlierFlag::Record => *record,
            EarlierFlag::KeepTimes => metadata.keep_times,
            EarlierFlag::KeepAnswer => *keep_answer,
            EarlierFlag::Format => format.is_some(),
            EarlierFlag::Quality => quality.is_some(),
        }
    }

    /// Whether a flag of the earlier edit is not repeated.
    pub fn leaves_out(&self, flag: EarlierFlag) -> bool {
        self.without.contains(&flag)
    }
}

/// The flags whose values come from the earlier edit, and that have another default in `edit`.
const FROM_EARLIER: [&str; 15] = [
    "seed",
    "guidance_scale",
    "watermark",
    "size",
    "model",
    "page",
    "fit",
    "format",
    "quality",
    "region_context",
    "threshold",
    "feather",
    "alpha",
    "placement",
    "metadata",
];

/// Says in the help of a flag that its value is the earlier one, instead of the default that it has in `edit`.
fn as_before(arg: Arg) -> Arg {
    if !FROM_EARLIER.contains(&arg.get_id().as_str()) {
        return arg;
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    match help.rsplit_once(" [default: ") {
        Some((meaning, _)) => arg.help(format!("{meaning} [default: as before]")),
        None => arg,
    }
}

/// The flags of the first hour.
const SHORT_HELP: [&str; 8] =
    ["output", "out_dir", "prompt", "model", "seed", "without", "dry_run", "sandbox"];

const EXAMPLES: &str = "\
Examples:
  seededit replay @ -p \"at dusk\"                with another prompt
  seededit replay out.jpg --model kontext-pro   with another model
  seededit replay JOB --without seed            with a new seed
  seededit replay @ --region 400x300+500+200    only in this part
  seededit replay @ other.jpg                   with another picture
  seededit replay out.jpg --then \"at night\"     and a further step
  seededit replay recorded.jpg photo.jpg        as the result records it
  seededit replay @ -n 4 -d variations/         and three more seeds
  seededit replay JOB --dry-run                 what would be sent";
