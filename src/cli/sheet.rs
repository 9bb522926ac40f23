//! `sheet`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::common::{DrawnArgs, JsonArgs};
use super::values;

/// Draw a contact sheet: small pictures with captions.
///
/// The caption is the file name and, if the picture's metadata states them (--record), prompt and seed. Works offline, on
/// pictures of all formats that are read.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct SheetArgs {
    /// The pictures: paths, `-` for standard input, data: URIs, or results (`@` is the last one)
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath, required = true)]
    pub images: Vec<OsString>,
    /// The sheet: PNG, JPEG or WebP, by its extension; `-` is standard output
    #[arg(short, long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath,
        help_heading = "Output")]
    pub output: OsString,
    /// The number of pictures in a row [default: about as many as rows]
    #[arg(long, value_name = "N", value_parser = values::whole_number(1u32, 100), help_heading = "Output")]
    pub columns: Option<u32>,
    /// Leave out pictures that cannot be read; they are reported, and the exit code is 11 [default: no sheet]
    #[arg(long)]
    pub skip_unreadable: bool,
    /// Find results (`@`) in the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// What to do if the output exists.
    #[command(flatten)]
    pub drawn: DrawnArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit sheet photo-edited-*.jpg -o sheet.png
  seededit sheet *.heic -o sheet.jpg --columns 6 --skip-unreadable
  seededit sheet a.png b.png -o - | lp";
