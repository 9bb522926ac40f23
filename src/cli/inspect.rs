//! `inspect`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use crate::api::{BaseUrl, Model};
use crate::picture::{Region, RegionContext};

use super::common::{JsonArgs, ProfileArgs};
use super::values;

/// Describe a picture, what would be uploaded, and the result's size.
///
/// Works offline. Trusts what a picture's file states, which takes milliseconds; with `--check`, reads all of
/// it. The exit code is 0 if every picture can be read, even if the service would not accept it; `accepted` in
/// the JSON says whether it would.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// The pictures: paths, `-` for standard input, data: URIs, or results (`@` is the last one)
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath, required = true)]
    pub images: Vec<OsString>,
    /// The model that the picture is for [default: as for `edit`]
    #[arg(short, long, value_name = "NAME", help_heading = "Service")]
    pub model: Option<Model>,
    /// The frame, page or picture to describe of a file that has several, from 1
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::whole_number(1u32, 1_000_000))]
    pub page: Option<u32>,
    /// Prepare the picture as an edit does: finds damage, and says how many bytes are uploaded
    #[arg(long)]
    pub check: bool,
    /// Describe the upload for an edit of this part; see `edit --help`
    #[arg(long, value_name = "AREA", allow_hyphen_values = true)]
    pub region: Option<Region>,
    /// How much around the region is uploaded with it; see `edit --help`
    #[arg(long, value_name = "LENGTH", requires = "region", allow_hyphen_values = true)]
    pub region_context: Option<RegionContext>,
    /// Which service.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// The service's base URL, which decides whether a withdrawn default model is replaced
    #[arg(long, value_name = "URL", help_heading = "Service", conflicts_with = "sandbox")]
    pub base_url: Option<BaseUrl>,
    /// Describe what is uploaded to the built-in simulated service, which still has the default model
    #[arg(long, help_heading = "Service")]
    pub sandbox: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit inspect photo.jpg
  seededit inspect photo.jpg --json | jq .accepted
  seededit inspect --check *.jpg                        find damaged files
  seededit inspect photo.jpg --region center,30%x30%    the pixels of a region";
