//! `show`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use crate::ui::Protocol;

use super::values;

/// Draw pictures in the terminal.
///
/// Asks the terminal what it can draw: pictures as kitty, iTerm2 or sixel terminals know them, else half blocks in as many
/// colors as there are. Pictures are scaled down until they fit. Without colors (NO_COLOR, TERM=dumb), a line describes
/// each picture.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct ShowArgs {
    /// The pictures: paths, `-` for standard input, data: URIs, or results (`@` is the last one)
    #[arg(value_name = "IMAGE", value_hint = ValueHint::FilePath, required = true)]
    pub images: Vec<OsString>,
    /// Find results (`@`) in the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// How to draw them [default: as the terminal says]
    #[arg(long, value_name = "NAME", value_parser = values::protocol(), help_heading = "Output")]
    pub protocol: Option<Protocol>,
    /// Open them in the desktop's viewer, and do not wait for it
    #[arg(long, conflicts_with = "protocol", help_heading = "Output")]
    pub open: bool,
}

const EXAMPLES: &str = "\
Examples:
  seededit show photo.jpg
  seededit show photo.jpg edited.jpg --protocol blocks
  seededit show edited.jpg --open";
