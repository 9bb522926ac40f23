//! `merge`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::edit::IfExists;

use super::common::JsonArgs;
use super::edit_flags::{MergingArgs, MetadataArgs, OutputFormat};
use super::values;

/// Put an edited picture back into its full-size original.
///
/// Takes what the edit changed from the edited picture, and every other pixel from the original. Works
/// offline, on any picture and its edit, which may be cropped, extended, scaled or shifted. If next to nothing
/// of the original is left, the result is the edited picture at the original's size, with the original's
/// detail where both have the same structure.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct MergeArgs {
    /// The original picture, or a result, such as `@` [default with --job: that of the job]
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "job")]
    pub original: Option<OsString>,
    /// The edited picture; `@` is the last result
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "job", conflicts_with = "job")]
    pub edited: Option<OsString>,
    /// Merge the answer of an earlier edit again, for free: its number in the history, its id, or how the id begins
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel
    /// exactly
    #[arg(short, long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath,
        help_heading = "Output")]
    pub output: OsString,
    /// The format of the result [default: from the output's name, else jpeg]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<OutputFormat>,
    /// Encode all of a JPEG again with this quality, 1 to 100 [default: keep the original's blocks, else 95]
    #[arg(long, value_name = "N", value_parser = values::whole_number(1u8, 100), help_heading = "Output")]
    pub quality: Option<u8>,
    /// What to do if the output exists [default: fail]
    #[arg(long, value_name = "RULE", help_heading = "Output", value_parser = values::if_exists())]
    pub if_exists: Option<IfExists>,
    /// Replace the output when it exists
    #[arg(short, long, conflicts_with = "if_exists", help_heading = "Output")]
    pub force: bool,
    /// Write a mask of what changed, as PNG or WebP: white is from the edited picture, black from the
    /// original
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub mask_out: Option<PathBuf>,
    /// Write the original with what changed tinted and outlined, as PNG, WebP or JPEG
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub overlay: Option<PathBuf>,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
    /// How to merge them.
    #[command(flatten)]
    pub merging: MergingArgs,
    /// What to keep of the original's metadata, and from when its file is.
    #[command(flatten)]
    pub metadata: MetadataArgs,
    /// The frame, page or picture of the original to use, from 1 [default: the one that is shown first]
    #[arg(long, value_name = "N", value_parser = values::whole_number(1u32, 1_000_000), help_heading = "Pixels")]
    pub page: Option<u32>,
    /// Fail (exit 3) and write nothing if most of the picture changed, or nothing did
    #[arg(long, help_heading = "Pixels")]
    pub strict: bool,
}

const EXAMPLES: &str = "\
Examples:
  seededit merge photo.jpg edited.jpg -o merged.png
  seededit merge photo.jpg edited.jpg -o merged.jpg --mask-out mask.png
  seededit merge photo.jpg edited.jpg -o merged.png --overlay changed.jpg
  seededit merge photo.jpg edited.jpg -o merged.png --feather 20
  seededit merge photo.jpg @ -o merged.png      the last result
  seededit merge --job 1 -o again.png --threshold 8
  seededit merge photo.jpg edited.jpg -o - --strict > merged.jpg";
