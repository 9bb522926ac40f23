//! `inspect`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::common::JsonArgs;

/// Describe a picture, what would be uploaded, and the result's size.
///
/// Works offline. The exit code is 0 if every picture can be read, even if the service would not accept
/// it; `accepted` in the JSON says whether it would.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// The pictures: paths, `-` for standard input, or data: URIs
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath, required = true)]
    pub images: Vec<OsString>,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit inspect photo.jpg
  seededit inspect photo.jpg --json | jq .accepted";
