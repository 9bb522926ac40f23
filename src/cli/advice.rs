//! Parses the command line, and adds advice to what clap says about a mistake.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::config::Setting;
use crate::secret::redact_links;
use crate::suggest::{closest, quoted};

use super::help::help_of_command;
use super::{Cli, Command, ResultName, Topic};

/// Words that people try, and the command that does what they expect.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("login", "auth login"),
    ("logout", "auth logout"),
    ("log", "history"),
    ("list", "history"),
    ("resume", "recover"),
    ("set", "config set"),
    ("version", "--version"),
];

/// How the names of pictures end, and how links begin.
const PICTURE_ENDINGS: [&str; 16] = [
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl",
    ".ico", ".cur", ".psd", ".psb",
];
const LINK_STARTS: [&str; 3] = ["http://", "https://", "data:"];

/// Parses `args`. What `help` prints about a command is an error, as with `--help`. Errors never quote the query of a link.
pub fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let cli = Cli::try_parse_from(args).map_err(|error| match nested_help(&error, args) {
        Some(help) => help,
        // The version is that of the program, whatever command it is asked of.
        None if error.kind() == ErrorKind::DisplayVersion => {
            Cli::try_parse_from(["seededit", "--version"]).err().unwrap_or(error)
        }
        None => harmless(without_links(advised(error, args))),
    })?;
    if let Command::Help(help) = &cli.command
        && let Some(help) = help_of_command(&help.words)
    {
        return Err(help);
    }
    Ok(cli)
}

/// The help that `seededit history help show` asks for. `help` is a command of its own, so clap does not know it there.
fn nested_help(error: &clap::Error, args: &[OsString]) -> Option<clap::Error> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let words = args.iter().skip(1).map(|arg| arg.to_str().map(str::to_owned));
    let words: Vec<String> = words.collect::<Option<_>>()?;
    let is_name = |word: &&String| *word != "help" && !word.starts_with('-');
    let words: Vec<String> = words.iter().filter(is_name).cloned().collect();
    if word == "help" { help_of_command(&words) } else { None }
}

fn advised(mut error: clap::Error, args: &[OsString]) -> clap::Error {
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => {
            // clap's tip is to pass the flag as a value, which nobody wants.
            error.remove(ContextKind::Suggested);
            let (word, flag) =
                (text_of(&error, ContextKind::InvalidArg), text_of(&error, ContextKind::SuggestedArg));
            // clap finds flags similar that have little in common.
            let name = word.as_deref().unwrap_or_default().trim_start_matches('-');
            if flag.is_some_and(|flag| closest(name, [flag.trim_start_matches('-')]).is_none()) {
                error.remove(ContextKind::SuggestedArg);
            }
            let tip = word.and_then(|word| misplaced(&word, args));
            if tip.is_some() {
                error.remove(ContextKind::SuggestedArg);
            }
            tip
        }
        ErrorKind::InvalidSubcommand => {
            let word = text_of(&error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let tip = other_command(&word, args);
            let is_close = match error.get(ContextKind::SuggestedSubcommand) {
                Some(ContextValue::Strings(names)) => {
                    closest(&word, names.iter().map(String::as_str)).is_some()
                }
                _ => true,
            };
            if tip.is_some() || !is_close {
                error.remove(ContextKind::SuggestedSubcommand);
            }
            tip
        }
        ErrorKind::ValueValidation => {
            let argument = text_of(&error, ContextKind::InvalidArg).unwrap_or_default();
            argument.starts_with("--model ").then(|| "`seededit models` lists the models".to_owned())
        }
        _ => None,
    };
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn text_of(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The words of the command line that are no flags, without the name of the program.
fn words(args: &[OsString]) -> Vec<&str> {
    args.iter().skip(1).filter_map(|arg| arg.to_str().filter(|arg| !arg.starts_with('-'))).collect()
}

/// What to do with a word that names no command.
fn other_command(word: &str, args: &[OsString]) -> Option<String> {
    if looks_like_picture(word) {
        return Some(format!("to edit a picture, use `{}`", edit_command(word, args)));
    }
    match words(args).first() {
        Some(first) if *first == word => {}
        Some(&"history") if is_job(word) => {
            return Some(format!("use `seededit history show {}`", quoted(word)));
        }
        Some(&"models") => return Some(format!("use `seededit models show {}`", quoted(word))),
        Some(&"config") => return setting_command(word, args),
        _ => return None,
    }
    if let Some((_, command)) = OTHER_NAMES.iter().find(|(name, _)| *name == word) {
        return Some(format!("use `seededit {command}`"));
    }
    let cli = Cli::command();
    let commands = cli.get_subcommands().map(|command| command.get_name());
    if let Some(command) = closest(word, commands) {
        return Some(format!("use `seededit {command}`"));
    }
    Topic::closest(word).map(|topic| format!("use `seededit help {}`", topic.name()))
}

fn is_job(word: &str) -> bool {
    ResultName::parse(word.as_ref()).is_some() || word.starts_with(|c: char| c.is_ascii_digit())
}

/// The command for a setting without `get` or `set`.
fn setting_command(word: &str, args: &[OsString]) -> Option<String> {
    let setting = word.parse::<Setting>().ok()?;
    let has_value = args.iter().skip_while(|arg| *arg != word).nth(1).is_some_and(|next| !is_flag(next));
    Some(if has_value {
        format!("use `seededit config set {setting} VALUE`")
    } else {
        format!("use `seededit config get {setting}`")
    })
}

fn is_flag(arg: &OsString) -> bool {
    arg.to_str().is_some_and(|arg| arg.starts_with('-'))
}

/// What to do with a word or a flag that `edit` takes, after a command that takes it in another way.
fn misplaced(word: &str, args: &[OsString]) -> Option<String> {
    let command = words(args).first().copied().filter(|command| ["watch", "batch"].contains(command))?;
    if matches!(word, "-o" | "--output") {
        return Some(match command {
            "batch" => "`batch` has several results: -d DIR, or an `output` in each row".to_owned(),
            _ => format!("`{command}` has several results: -d DIR"),
        });
    }
    if word.starts_with('-') {
        return None;
    }
    if looks_like_file(word) {
        return Some(match command {
            "batch" if looks_like_picture(word) => {
                "`batch` reads its pictures from the manifest; `seededit edit` takes several of them"
                    .to_owned()
            }
            "batch" => "`batch` reads one manifest; run it once for each".to_owned(),
            _ => format!("`{command}` watches one directory"),
        });
    }
    let has_prompt = args.iter().any(|arg| arg == "-p" || arg == "--prompt");
    (!has_prompt).then(|| format!("`{command}` takes a prompt with a flag: -p {}", quoted(word)))
}

/// The command for words that begin with a picture: `photo.jpg add a bird`.
fn edit_command(first: &str, args: &[OsString]) -> String {
    let words = args.iter().skip_while(|arg| *arg != first);
    let words: Vec<&str> =
        words.map_while(|word| word.to_str().filter(|word| !word.starts_with('-'))).collect();
    let pictures = words.iter().take_while(|word| looks_like_picture(word)).count();
    let (pictures, prompt) = words.split_at(pictures);
    let mut command = "seededit edit".to_owned();
    for picture in pictures {
        command = format!("{command} {}", quoted(&redact_links(picture)));
    }
    match prompt {
        [] => command + " \"PROMPT\"",
        prompt => format!("{command} {}", quoted(&prompt.join(" "))),
    }
}

/// Redacts links in what an error quotes from the command line: their queries can contain secrets.
fn without_links(mut error: clap::Error) -> clap::Error {
    let redacted: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(redact_links(text)))),
            _ => None,
        })
        .collect();
    for (kind, value) in redacted {
        error.insert(kind, value);
    }
    error
}

/// Escapes control characters in what an error quotes: a pasted argument must not move the cursor of a terminal.
fn harmless(mut error: clap::Error) -> clap::Error {
    let safe: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(escaped(text)))),
            ContextValue::Strings(texts) => {
                Some((kind, ContextValue::Strings(texts.iter().map(|text| escaped(text)).collect())))
            }
            // The tip that suggests a command quotes words of the command line.
            ContextValue::StyledStrs(texts) if texts.iter().any(|text| is_hostile(&text.to_string())) => {
                let texts = texts.iter().map(|text| StyledStr::from(escaped(&text.to_string())));
                Some((kind, ContextValue::StyledStrs(texts.collect())))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in safe {
        error.insert(kind, value);
    }
    error
}

/// Whether a text has characters that are not shown as they are: control characters, or marks that change the direction
/// of the text.
fn is_hostile(text: &str) -> bool {
    text.contains(is_hostile_char)
}

fn is_hostile_char(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str) -> String {
    let escape = |c: char| if is_hostile_char(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// Whether a word is more likely the name of a file than a prompt.
fn looks_like_file(word: &str) -> bool {
    let extension = word.rsplit_once('.').map_or("", |(_, extension)| extension);
    let has_extension =
        (1..=6).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    looks_like_picture(word) || has_extension && !word.contains(char::is_whitespace)
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
        let args: Vec<OsString> = std::iter::once(&"seededit").chain(args).map(OsString::from).collect();
        parse(&args).unwrap_err().to_string()
    }

    #[test]
    fn a_picture_instead_of_a_command_suggests_edit() {
        for picture in ["photo.jpg", "A.PNG", "https://example.com/a"] {
            for (words, prompt) in [
                (&["add a bird"][..], "\"add a bird\""),
                (&["add", "a", "bird", "-o", "b.jpg"], "\"add a bird\""),
                (&[], "\"PROMPT\""),
            ] {
                let message = message(&[&[picture], words].concat());
                assert!(message.contains(&format!("`seededit edit {picture} {prompt}`")), "{message}");
            }
        }
        let several = message(&["a b.jpg", "c.png", "it's night"]);
        assert!(several.contains("`seededit edit \"a b.jpg\" c.png \"it's night\"`"), "{several}");
    }

    #[test]
    fn help_may_follow_the_command_that_it_is_about() {
        for (args, usage) in [
            (&["history", "help", "show"][..], "Usage: seededit history show"),
            (&["auth", "help"], "Usage: seededit auth "),
            (&["help", "history", "show"], "Usage: seededit history show"),
            (&["help"], "Usage: seededit [OPTIONS] <COMMAND>"),
        ] {
            let found = message(args);
            assert!(found.contains(usage), "{args:?}: {found}");
        }
        assert!(message(&["history", "paint"]).contains("unrecognized subcommand 'paint'"));
    }

    #[test]
    fn the_query_of_a_link_is_not_quoted() {
        let link = "https://h.example/a.png?X-Tos-Signature=5ecret";
        for args in [
            &[link, "add a bird"][..],
            &["edit", "a.png", "x", "--region", link],
            &["edit", "a.png", "x", "--seed", link],
            &["edit", "a.png", "x", "--format", link],
            &["edit", "a.png", "x", &format!("--signed={link}")],
            &["history", link],
            &["config", "get", link],
            &["completions", link],
            &["inspect", "--mode", link],
        ] {
            let message = message(args);
            assert!(!message.contains("5ecret"), "{message}");
        }
    }

    #[test]
    fn control_characters_of_arguments_are_escaped() {
        let text = "\u{1b}]0;owned\u{7}\u{202e}";
        for args in [
            &["edit", "a.png", "x", &format!("--{text}")][..],
            &["edit", "a.png", "x", "--seed", text],
            &["edit", "a.png", "x", "--size", text],
            &["edit", "a.png", "x", "--format", text],
            &["edit", "a.png", "x", "--service", text],
            &["edit", "a.png", "x", "--model", text],
            &["edit", "a.png", "x", "--base-url", text],
            &["edit", "a.png", "x", "--timeout", text],
            &["config", "get", text],
            &["completions", text],
            &["photo.jpg", text],
            &[text],
        ] {
            let message = message(args);
            let found = message.replace('\n', "");
            assert!(!is_hostile(&found), "{args:?}: {message:?}");
        }
    }

    #[test]
    fn a_number_below_zero_is_a_value_and_not_a_flag() {
        for (flag, part) in [
            ("--max-cost", "not an amount in US dollars"),
            ("--price", "not an amount in US dollars"),
            ("--count", "not a whole number from 1 to 1000"),
            ("--quality", "not a whole number from 1 to 100"),
            ("--jobs", "not a whole number from 1 to 256"),
            ("--rpm", "not a whole number from 1 to 60000"),
            ("--threshold", "not a number from 1 to 255"),
            ("--feather", "not a number from 0 to 1000"),
            ("--retries", "0 to 20"),
            ("--seed", "a seed must be"),
            ("--guidance-scale", "a guidance scale must be"),
        ] {
            let message = message(&["edit", "a.png", "x", flag, "-1"]);
            assert!(message.contains(part), "{flag}: {message}");
        }
        for args in [&["batch", "a.csv", "--max-jobs", "-1"][..], &["history", "--limit", "-1"]] {
            assert!(message(args).contains("not a whole number from "), "{}", message(args));
        }
    }

    #[test]
    fn a_mistyped_command_or_a_topic_suggests_one_command() {
        for (args, tip) in [
            (&["edt", "a.jpg", "x"][..], "tip: use `seededit edit`"),
            (&["undoo"], "tip: use `seededit undo`"),
            (&["recipes"], "tip: use `seededit help recipes`"),
            (&["exit_codes"], "tip: use `seededit help exit-codes`"),
            (&["history", "@"], "tip: use `seededit history show @`"),
            (&["history", "12"], "tip: use `seededit history show 12`"),
            (&["models", "gpt-image-2"], "tip: use `seededit models show gpt-image-2`"),
            (&["config", "max_cost"], "tip: use `seededit config get max_cost`"),
            (&["config", "max_cost", "2"], "tip: use `seededit config set max_cost VALUE`"),
            (&["batch", "a.csv", "b.csv"], "tip: `batch` reads one manifest; run it once for each"),
            (&["batch", "a.csv", "b.jpg"], "`seededit edit` takes several of them"),
            (&["batch", "a.csv", "at night"], "tip: `batch` takes a prompt with a flag: -p \"at night\""),
            (
                &["batch", "a.csv", "-o", "out"],
                "tip: `batch` has several results: -d DIR, or an `output` in each row",
            ),
            (&["batch", "a.csv", "--output=out"], "tip: `batch` has several results: -d DIR"),
            (&["watch", "in", "-o", "out"], "tip: `watch` has several results: -d DIR"),
            (&["watch", "in", "more.d"], "tip: `watch` watches one directory"),
            (
                &["watch", "in", "at night", "-d", "out"],
                "tip: `watch` takes a prompt with a flag: -p \"at night\"",
            ),
        ] {
            let message = message(args);
            assert!(message.contains(tip) && !message.contains("similar"), "{message}");
        }
        for args in
            [&["edit", "a.jpg", "x", "--nope"][..], &["--nope"], &["frobnicate"], &["history", "paint"]]
        {
            assert!(!message(args).contains("tip:"), "{}", message(args));
        }
    }

    #[test]
    fn the_version_is_that_of_the_program() {
        let version = format!("seededit {}\n", env!("CARGO_PKG_VERSION"));
        for args in [&["--version"][..], &["-V"], &["edit", "--version"], &["history", "show", "-V"]] {
            assert_eq!(message(args), version);
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
        let unknown = message(&["edit", "a.png", "x", "--strength", "y"]);
        assert!(!unknown.contains("-- --strength"), "{unknown}");
        let mistyped = message(&["edit", "a.png", "x", "--sed", "1"]);
        assert!(mistyped.contains("'--seed'"), "{mistyped}");
    }
}
