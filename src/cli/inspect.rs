//! `inspect`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::common::JsonArgs;

/// Say what a picture is, whether the service takes it, and the size that will come back.
///
/// Works offline. Exits with 0 when the picture could be read, whether the service would take it or
/// not; `accepted` in the JSON tells which.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The picture: a path, `-` for standard input, or a data: URI
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath)]
    pub image: OsString,
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}
