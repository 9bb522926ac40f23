//! Prompts of the command line: words, or `@FILE`.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use crate::api::Prompt;
use crate::error::{ErrorKind, Failure};
use crate::files::Opened;
use crate::picture::Format;
use crate::suggest::quoted;

/// The size limit of a file with a prompt, in bytes.
const MAX_PROMPT_BYTES: u64 = 1 << 20;

/// Where the text of a prompt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromptArgument<'a> {
    /// In the argument.
    Words(&'a str),
    /// In this file; `-` is standard input.
    File(&'a Path),
}

impl<'a> PromptArgument<'a> {
    /// Parses an argument: `@FILE` names a file, `@@words` are words that begin with `@`.
    pub(super) fn parse(argument: &'a str) -> PromptArgument<'a> {
        match argument.strip_prefix('@') {
            Some(words) if words.starts_with('@') => PromptArgument::Words(words),
            Some(path) => PromptArgument::File(Path::new(path)),
            None => PromptArgument::Words(argument),
        }
    }

    /// Whether it is read from standard input.
    pub(super) fn is_stdin(self) -> bool {
        self == PromptArgument::File(Path::new("-"))
    }

    /// Returns the text. `flag` is how the argument was given. The name of a directory is accepted: results may be in a
    /// directory that is named after their prompt.
    ///
    /// # Errors
    /// If the file cannot be read, or the words are the name of a file.
    pub(super) fn text(self, flag: &str) -> Result<String, Failure> {
        match self {
            PromptArgument::File(path) if path.as_os_str().is_empty() => {
                Err(Failure::usage(format!("{flag} @ names no file"))
                    .hint("write @FILE, or @@ for words that begin with @"))
            }
            PromptArgument::File(path) => read_prompt(path).map_err(|failure| match path.exists() {
                true => failure,
                false => failure.hint("check the path, or write @@ for words that begin with @"),
            }),
            PromptArgument::Words(words) if Path::new(words).exists() && !Path::new(words).is_dir() => {
                Err(names_file(words, flag))
            }
            PromptArgument::Words(words) => Ok(words.to_owned()),
        }
    }

    /// Returns the prompt, like [`PromptArgument::text`].
    ///
    /// # Errors
    /// As [`PromptArgument::text`], and if the prompt is empty.
    pub(super) fn prompt(self, flag: &str) -> Result<Prompt, Failure> {
        parse_prompt(&self.text(flag)?)
    }
}

/// The failure of words that are the name of a file: the prompt was forgotten, or is in the file.
pub(super) fn names_file(words: &str, flag: &str) -> Failure {
    let path = Path::new(words);
    let is_picture =
        path.extension().and_then(OsStr::to_str).is_some_and(|end| Format::from_extension(end).is_some());
    if path.is_dir() {
        return Failure::input(format!("{words} is a directory, not a prompt"))
            .hint(format!("if you mean the words, say so: {flag} {}", quoted(words)));
    }
    let instead = match is_picture {
        true => "name the pictures before the prompt".to_owned(),
        false => format!("{flag} {} reads the prompt from it", quoted(&format!("@{words}"))),
    };
    Failure::input(format!("{words} is a file, not a prompt"))
        .hint(format!("{instead}; if you mean the words, pipe them in: {flag} @-"))
}

/// Parses the text of a prompt.
///
/// # Errors
/// If it is empty.
pub(super) fn parse_prompt(text: &str) -> Result<Prompt, Failure> {
    text.parse().map_err(|error| {
        Failure::new(ErrorKind::Input, anyhow::Error::new(error))
            .hint("say what to change, like \"add a bird\"")
    })
}

/// Reads the text of a prompt from a file, or from standard input for `-`.
///
/// # Errors
/// If it cannot be read, is longer than 1 MiB, or is not UTF-8 text.
pub(super) fn read_prompt(path: &Path) -> Result<String, Failure> {
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    let read = || -> io::Result<String> {
        let mut text = String::new();
        let stream: Box<dyn Read> =
            if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(Opened::new(path)?) };
        stream.take(MAX_PROMPT_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error| {
        Failure::new(
            ErrorKind::Input,
            anyhow::Error::new(error).context(format!("cannot read the prompt from {name}")),
        )
        .hint("check the path; a prompt is UTF-8 text")
    })?;
    if text.len() as u64 > MAX_PROMPT_BYTES {
        return Err(Failure::input(format!("the prompt in {name} is longer than 1 MiB")).hint("shorten it"));
    }
    Ok(text)
}

/// Ensures that at most one argument is read from standard input. Each is given with what it is, for the message.
///
/// # Errors
/// If several are.
pub(super) fn ensure_one_reads_stdin<'a>(
    uses: impl IntoIterator<Item = (&'a str, bool)>,
) -> Result<(), Failure> {
    let mut readers = uses.into_iter().filter(|(_, reads)| *reads).map(|(what, _)| what);
    match (readers.next(), readers.next()) {
        (Some(first), Some(second)) => {
            let message = format!("both {first} and {second} are to come from standard input");
            Err(Failure::usage(message).hint("give one of them as an argument"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_sign_names_a_file_and_two_are_one() {
        assert_eq!(PromptArgument::parse("at night"), PromptArgument::Words("at night"));
        assert_eq!(PromptArgument::parse("@p.txt"), PromptArgument::File(Path::new("p.txt")));
        assert_eq!(PromptArgument::parse("@@home"), PromptArgument::Words("@home"));
        assert!(PromptArgument::parse("@-").is_stdin());
        assert!(!PromptArgument::parse("-").is_stdin());
    }

    #[test]
    fn standard_input_has_one_reader() {
        assert!(ensure_one_reads_stdin([("a", true), ("b", false)]).is_ok());
        let both = ensure_one_reads_stdin([("a", true), ("b", false), ("c", true)]).unwrap_err();
        assert_eq!(both.kind, ErrorKind::Usage);
    }
}
