//! `mcp` and `skill`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::common::ConnectArgs;
use super::edit_flags::BudgetArgs;

/// Serve AI agents over the Model Context Protocol.
///
/// Speaks JSON-RPC on standard input and output, until its input ends. A client, such as a desktop assistant or an editor,
/// starts it. The tools are `inspect`, `edit`, `merge`, `history`, `models` and `recover`. `edit` first answers with its
/// plan and price, and pays only in a call that accepts the price.
///
/// Without --max-cost, or a limit in the configuration, it does not pay for edits. The limit is for the whole session.
#[derive(Debug, Args)]
#[command(after_help = MCP_EXAMPLES)]
pub struct McpArgs {
    /// The only directories with files to read and to write; may be repeated. Relative paths are in the first
    /// [default: the working directory]
    #[arg(long = "root", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub roots: Vec<PathBuf>,
    /// What the edits of the session may cost.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Print a text that teaches AI agents to use this program.
///
/// A Markdown file with front matter, as agents read skills: how to try an edit, to see its price, to limit the costs, and
/// to recover.
#[derive(Debug, Args)]
#[command(after_help = SKILL_EXAMPLES)]
pub struct SkillArgs {}

const MCP_EXAMPLES: &str = "\
Examples:
  seededit mcp --sandbox                       no key, no cost
  seededit mcp --root ~/Pictures --max-cost 2  at most $2 in a session";

const SKILL_EXAMPLES: &str = "\
Examples:
  seededit skill
  seededit skill > skills/seededit/SKILL.md    where an agent looks for skills";
