//! Arguments whose definitions are created only when they are needed.

use std::ops::{Deref, DerefMut};

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Id};

/// The arguments of a command. They are defined once the command is parsed, or its help is asked for: defining those of all
/// commands took most of the time of `seededit --version`.
///
/// The list of commands shows the first line about each of them, so that line stands in the list of variants.
#[derive(Debug)]
pub struct Deferred<T>(Box<T>);

impl<T> Deferred<T> {
    /// The arguments.
    pub fn into_inner(self) -> T {
        *self.0
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Deferred<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| with_inherited_last(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| with_inherited_last(command, T::augment_args_for_update))
    }
}

/// Defines arguments before those that the command has from the program, so that its help lists its own first.
fn with_inherited_last(command: Command, define: fn(Command) -> Command) -> Command {
    let inherited: Vec<Id> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    // Changing an argument moves it to the end.
    inherited.iter().fold(define(command), |command, id| command.mut_arg(id, |arg| arg))
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|args| Deferred(Box::new(args)))
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(|args| Deferred(Box::new(args)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::Cli;

    /// The first line about each command, by its name.
    fn lines(cli: &clap::Command) -> Vec<(String, String)> {
        let line = |command: &clap::Command| command.get_about().map(ToString::to_string).unwrap_or_default();
        cli.get_subcommands().map(|command| (command.get_name().to_owned(), line(command))).collect()
    }

    #[test]
    fn the_list_of_commands_says_what_the_help_of_each_command_says() {
        let mut cli = Cli::command();
        let listed = lines(&cli);
        cli.build();
        assert_eq!(listed, lines(&cli));
    }

    #[test]
    fn commands_that_do_not_run_are_not_defined() {
        let mut cli = Cli::command();
        let argument_counts = |cli: &clap::Command| -> Vec<usize> {
            cli.get_subcommands().map(|command| command.get_arguments().count()).collect()
        };
        assert!(argument_counts(&cli).into_iter().all(|count| count == 0));
        cli.build();
        assert!(argument_counts(&cli).into_iter().sum::<usize>() > 300);
    }
}
