//! `inspect`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::common::JsonArgs;

/// Say whether the service accepts a picture, what would be uploaded, and the size of the result.
///
/// Works offline. Exits with 0 if every picture could be read, whether the service would accept it or not;
/// `accepted` in the JSON tells which.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The pictures: paths, `-` for standard input, or data: URIs
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath, required = true)]
    pub images: Vec<OsString>,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}
