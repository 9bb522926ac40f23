//! `help`.

use std::ffi::OsString;

use clap::{Args, CommandFactory, Parser};

use super::Cli;

/// Print the help of a command, or about a topic.
///
/// Topics: `recipes`, `exit-codes` and `environment`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HelpArgs {
    /// The words of a command, such as `edit` or `history show`, or a topic [default: all commands]
    #[arg(value_name = "COMMAND|TOPIC")]
    pub words: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  seededit help history show    the same as: seededit history show --help
  seededit help recipes         commands for common tasks
  seededit help exit-codes      what to do after a failure in a script";

/// Returns the help of the command that these words name, as an error of clap; `None` if they name none.
pub(super) fn help_of_command(words: &[String]) -> Option<clap::Error> {
    let mut cli = Cli::command();
    cli.build();
    let mut command = &cli;
    for word in words {
        command = command.find_subcommand(word)?;
    }
    let words = words.iter().map(OsString::from);
    let args = std::iter::once("seededit".into()).chain(words).chain(["--help".into()]);
    Cli::try_parse_from(args).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Topic;

    #[test]
    fn no_command_has_the_name_of_a_topic() {
        for topic in Topic::ALL {
            assert!(Cli::command().find_subcommand(topic.name()).is_none(), "{}", topic.name());
        }
    }

    #[test]
    fn the_help_names_every_topic() {
        let mut cli = Cli::command();
        cli.build();
        let help = cli.find_subcommand_mut("help").unwrap().render_long_help().to_string();
        for topic in Topic::ALL {
            assert!(help.contains(&format!("`{}`", topic.name())), "{help}");
        }
    }
}
