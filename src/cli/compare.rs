//! `compare`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::common::{DrawnArgs, JsonArgs};

/// Show what differs between two pictures.
///
/// Prints the share of changed pixels, the largest and the mean difference, in levels from 0 to 255. With -o, draws both
/// pictures and their difference side by side. Works offline, on pictures of all formats that are read. Pictures of
/// different sizes are compared in the smaller one.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct CompareArgs {
    /// The first picture: a path, `-` for standard input, a data: URI, or a result (`@` is the last one)
    #[arg(value_hint = ValueHint::FilePath)]
    pub before: OsString,
    /// The second picture: the same
    #[arg(value_hint = ValueHint::FilePath)]
    pub after: OsString,
    /// Find results (`@`) in the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// Draw before, after and difference to this file: PNG, JPEG or WebP, by its extension; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<OsString>,
    /// Draw only the difference: with -o in full size, else in the terminal
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub diff: bool,
    /// What to do if the output exists.
    #[command(flatten)]
    pub drawn: DrawnArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit compare photo.jpg edited.jpg
  seededit compare photo.jpg edited.jpg -o sheet.png
  seededit compare photo.jpg edited.jpg --diff -o difference.png
  seededit compare photo.jpg edited.jpg --json | jq .changed";
