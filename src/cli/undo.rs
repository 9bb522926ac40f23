//! `undo` and `redo`.

use clap::Args;

use super::common::JsonArgs;

/// Go back to the picture that the last result was made from, for free.
///
/// Afterwards `@` is that picture: an earlier result, or the original. No file is changed or deleted. A new result is the
/// last one again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UndoArgs {
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Take back the last `undo`.
#[derive(Debug, Args)]
pub struct RedoArgs {
    /// Use the sandbox's journal
    #[arg(long)]
    pub sandbox: bool,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit edit @ \"now at night\"      an edit of the last result
  seededit undo                       back to what it was made from
  seededit edit @ \"now at dusk\"       another edit of the same picture";
