//! A command line that is being typed, up to the cursor.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// Returns the words that a completion script asks about: `seededit __complete -- WORDS`, `args` being all of it.
///
/// This command is not defined like the others, so that no help, man page or completion shows it.
pub fn words_to_complete(args: &[OsString]) -> Option<Vec<String>> {
    let (program_and_name, words) = args.split_at_checked(3)?;
    let is_request = program_and_name[1] == "__complete" && program_and_name[2] == "--";
    is_request.then(|| words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
}

/// What a command line says so far, and what the word at the cursor has to be.
#[derive(Debug)]
pub struct Cursor<'a> {
    /// The innermost command that is named.
    pub command: &'a Command,
    /// The names that lead to that command, such as `history show`.
    pub path: String,
    /// The positional arguments before the cursor.
    pub positionals: Vec<&'a str>,
    /// The ids of the flags before the cursor.
    pub flags: Vec<&'a str>,
    pub expected: Expected<'a>,
    /// The part of the word at the cursor that precedes the value, such as `--color=`.
    pub prefix: &'a str,
    /// The rest of the word at the cursor.
    pub typed: &'a str,
}

/// What the word at the cursor has to be.
#[derive(Debug)]
pub enum Expected<'a> {
    /// A subcommand of the command.
    Subcommand,
    /// A flag of the command.
    Flag,
    /// A value of this argument.
    Value(&'a Arg),
    /// Nothing fits.
    Nothing,
}

impl<'a> Cursor<'a> {
    /// Reads the words after the program's name. The last one is the word at the cursor; it may be empty.
    ///
    /// `cli` has to be built, so that each command knows the global flags.
    pub fn read(cli: &'a Command, words: &'a [String]) -> Cursor<'a> {
        let (typed, before) = words.split_last().map_or(("", words), |(last, rest)| (last.as_str(), rest));
        let mut cursor = Cursor {
            command: cli,
            path: String::new(),
            positionals: Vec::new(),
            flags: Vec::new(),
            expected: Expected::Nothing,
            prefix: "",
            typed,
        };
        // The flag whose value is the next word.
        let mut pending: Option<&'a Arg> = None;
        let mut flags_have_ended = false;
        for word in before {
            if pending.take().is_some() {
                continue;
            }
            if flags_have_ended || !word.starts_with('-') || word == "-" {
                cursor.pass_positional(word, flags_have_ended);
            } else if word == "--" {
                flags_have_ended = true;
            } else {
                pending = cursor.pass_flag(word);
            }
        }
        cursor.expected = match pending {
            Some(flag) => Expected::Value(flag),
            None if flags_have_ended || !typed.starts_with('-') => cursor.expect_positional(flags_have_ended),
            None => cursor.expect_flag(),
        };
        cursor
    }

    /// Passes a word that is not a flag.
    fn pass_positional(&mut self, word: &'a str, flags_have_ended: bool) {
        let may_be_command = self.positionals.is_empty() && !flags_have_ended;
        match self.command.find_subcommand(word).filter(|_| may_be_command) {
            Some(command) => {
                self.command = command;
                self.path = format!("{} {}", self.path, command.get_name()).trim_start().to_owned();
            }
            None => self.positionals.push(word),
        }
    }

    /// Passes `--name`, `--name=value` or `-abc`. Returns the flag if its value is the next word.
    fn pass_flag(&mut self, word: &'a str) -> Option<&'a Arg> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let flag = self.long(name)?;
            self.flags.push(flag.get_id().as_str());
            return Some(flag).filter(|flag| takes_value(flag) && value.is_none());
        }
        for (at, short) in word.char_indices().skip(1) {
            let flag = self.command.get_arguments().find(|arg| arg.get_short() == Some(short))?;
            self.flags.push(flag.get_id().as_str());
            if takes_value(flag) {
                let is_last = at + short.len_utf8() == word.len();
                return Some(flag).filter(|_| is_last);
            }
        }
        None
    }

    /// Returns what a word without a dash has to be.
    fn expect_positional(&self, flags_have_ended: bool) -> Expected<'a> {
        if self.command.has_subcommands() && self.positionals.is_empty() && !flags_have_ended {
            return Expected::Subcommand;
        }
        let next = self.command.get_positionals().nth(self.positionals.len());
        let repeated =
            self.command.get_positionals().last().filter(|arg| matches!(arg.get_action(), ArgAction::Append));
        match next.or(repeated) {
            Some(arg) => Expected::Value(arg),
            // An unknown subcommand takes nothing.
            None if flags_have_ended || self.command.has_subcommands() => Expected::Nothing,
            None => Expected::Flag,
        }
    }

    /// Returns what a word with a dash has to be, and cuts `--name=` off its beginning.
    fn expect_flag(&mut self) -> Expected<'a> {
        let Some((name, value)) = self.typed.strip_prefix("--").and_then(|long| long.split_once('=')) else {
            return Expected::Flag;
        };
        match self.long(name).filter(|flag| takes_value(flag)) {
            Some(flag) => {
                self.prefix = &self.typed[..self.typed.len() - value.len()];
                self.typed = value;
                Expected::Value(flag)
            }
            None => Expected::Nothing,
        }
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| arg.get_long() == Some(name))
    }
}

fn takes_value(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// What is expected at the end of `line`, where `_` is an empty word.
    fn expected(line: &str) -> String {
        let words: Vec<String> =
            line.split(' ').map(|word| if word == "_" { String::new() } else { word.to_owned() }).collect();
        let mut cli = Cli::command();
        cli.build();
        let cursor = Cursor::read(&cli, &words);
        let what = match cursor.expected {
            Expected::Subcommand => "subcommand".to_owned(),
            Expected::Flag => "flag".to_owned(),
            Expected::Value(arg) => arg.get_id().to_string(),
            Expected::Nothing => "nothing".to_owned(),
        };
        format!("{} {what} {}{}", cursor.path, cursor.prefix, cursor.typed)
    }

    #[test]
    fn a_completion_request_is_distinguished_from_a_command() {
        let words = |line: &str| words_to_complete(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(words("seededit __complete -- edit --").unwrap(), ["edit", "--"]);
        assert_eq!(words("seededit __complete --").unwrap(), [""; 0]);
        assert_eq!(words("seededit edit __complete -- x"), None);
        assert_eq!(words("seededit"), None);
    }

    #[test]
    fn what_is_expected_at_the_cursor_is_found() {
        for (line, found) in [
            ("_", " subcommand "),
            ("ed", " subcommand ed"),
            ("-", " flag -"),
            ("edit _", "edit arguments "),
            ("edit a.png b.png c", "edit arguments c"),
            ("edit - _", "edit arguments "),
            ("edit --se", "edit flag --se"),
            ("edit --color _", "edit color "),
            ("edit --color=al", "edit color --color=al"),
            ("edit --color=always _", "edit arguments "),
            ("edit --preserve=x", "edit nothing --preserve=x"),
            ("edit --unknown _", "edit arguments "),
            ("edit -f -d _", "edit out_dir "),
            ("edit -fd _", "edit out_dir "),
            ("edit -dout _", "edit arguments "),
            ("edit -- -x", "edit arguments -x"),
            ("merge a b _", "merge flag "),
            ("merge a b -- _", "merge nothing "),
            ("-q config _", "config subcommand "),
            ("config set _", "config set setting "),
            ("config set if_exists _", "config set value "),
            ("config set --profile _", "config set profile "),
            ("config set color -q _", "config set value "),
            ("history show _", "history show job "),
            ("recover --pay-again _", "recover pay_again "),
            ("unknown _", " nothing "),
            ("help hist", "help words hist"),
        ] {
            assert_eq!(expected(line), found, "{line}");
        }
    }

    #[test]
    fn each_flag_takes_one_value_at_most() {
        let mut cli = Cli::command();
        cli.build();
        let mut commands = vec![&cli];
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
                let most = arg.get_num_args().map_or(0, |range| range.max_values());
                assert!(most <= 1, "{} {}", command.get_name(), arg.get_id());
                assert_eq!(arg.get_all_aliases().unwrap_or_default(), [""; 0], "{}", arg.get_id());
            }
        }
    }
}
