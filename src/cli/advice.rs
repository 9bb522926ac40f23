//! Parses the command line, and adds advice to what clap says about a mistake.

use std::ffi::OsString;

use clap::Parser;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;

/// Words that people try, and the command that does what they expect.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("login", "auth login"),
    ("logout", "auth logout"),
    ("log", "history"),
    ("list", "history"),
    ("resume", "recover"),
    ("set", "config set"),
    ("version", "--version"),
    ("undo", "history"),
];

/// How the names of pictures end, and how links begin.
const PICTURE_ENDINGS: [&str; 9] =
    [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic"];
const LINK_STARTS: [&str; 3] = ["http://", "https://", "data:"];

/// Parses `args`.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(args).map_err(advised)
}

fn advised(mut error: clap::Error) -> clap::Error {
    match error.kind() {
        // clap's tip is to pass the flag as a value, which nobody wants.
        ErrorKind::UnknownArgument => {
            error.remove(ContextKind::Suggested);
        }
        ErrorKind::InvalidSubcommand => {
            let word = match error.get(ContextKind::InvalidSubcommand) {
                Some(ContextValue::String(word)) => word.clone(),
                _ => return error,
            };
            let tip = if looks_like_picture(&word) {
                format!("to edit a picture, use `seededit edit {word} \"PROMPT\"`")
            } else if let Some((_, command)) = OTHER_NAMES.iter().find(|(name, _)| *name == word) {
                format!("use `seededit {command}`")
            } else {
                return error;
            };
            error.remove(ContextKind::SuggestedSubcommand);
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
        }
        _ => {}
    }
    error
}

fn looks_like_picture(word: &str) -> bool {
    let word = word.to_lowercase();
    PICTURE_ENDINGS.iter().any(|ending| word.ends_with(ending))
        || LINK_STARTS.iter().any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(args: &[&str]) -> String {
        let args = std::iter::once(&"seededit").chain(args).map(OsString::from);
        parse(args).unwrap_err().to_string()
    }

    #[test]
    fn a_picture_instead_of_a_command_suggests_edit() {
        for picture in ["photo.jpg", "A.PNG", "https://example.com/a"] {
            let message = message(&[picture, "add a bird"]);
            assert!(message.contains(&format!("`seededit edit {picture} \"PROMPT\"`")), "{message}");
        }
    }

    #[test]
    fn synonyms_suggest_the_command() {
        for (name, command) in OTHER_NAMES {
            let message = message(&[name]);
            assert!(message.contains(&format!("use `seededit {command}`")), "{message}");
        }
    }

    #[test]
    fn an_unknown_flag_is_not_suggested_as_a_value() {
        let unknown = message(&["edit", "a.png", "x", "--negative-prompt", "y"]);
        assert!(!unknown.contains("-- --negative-prompt"), "{unknown}");
        let mistyped = message(&["edit", "a.png", "x", "--sed", "1"]);
        assert!(mistyped.contains("'--seed'"), "{mistyped}");
    }
}
