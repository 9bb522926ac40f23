//! `schema`.

use clap::Args;

/// Print the JSON Schema of what --json writes, and of arguments.
///
/// A line of `--json` is valid if the schema of its command accepts it. `$defs` has each record, and the arguments of each
/// command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// The words of a command, such as `edit` or `history show` [default: all commands]
    pub command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  seededit schema > seededit.schema.json          everything
  seededit schema edit                            what `edit --json` writes, and its arguments
  seededit schema edit | jq '.\"$defs\".result'";
