//! One file a command: what was typed is turned into work, and what came of it is reported.

mod auth;
mod batch;
mod batch_run;
mod completions;
mod config;
mod context;
mod dry_run;
mod edit;
mod edit_options;
mod history;
mod history_line;
mod inputs;
mod inspect;
mod man;
mod mask_out;
mod merge;
mod offline;
mod recover;
mod report;
mod results;
mod sandbox;
mod session;
mod signals;
mod target;
mod task_report;
mod when;

use crate::cli::{AuthCommand, Cli, Command, ConfigCommand, HistoryCommand, VerbosityArgs};
use crate::color::ColorWhen;
use crate::edit::Interrupt;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::settings::Flags;
use crate::ui::{ErrorRecord, JobInfo, OutputMode, Ui, Verbosity};

/// Does what was asked for, reports it, and returns the exit code.
pub fn run(cli: Cli, env: &Env) -> u8 {
    let ui = Ui::new(manner(&cli, env), env);
    let done = match cli.command {
        Command::Edit(args) => edit::run(&args, env, &ui),
        Command::Batch(args) => batch::run(&args, env, &ui),
        Command::Recover(args) => recover::run(&args, env, &ui),
        Command::Merge(args) => merge::run(&args, env, &ui),
        Command::History(args) => match args.command {
            None => history::list(&args.list, env, &ui),
            Some(HistoryCommand::List(args)) => history::list(&args, env, &ui),
            Some(HistoryCommand::Show(args)) => history::show(&args, env, &ui),
            Some(HistoryCommand::Forget(args)) => history::forget(&args, env, &ui),
        },
        Command::Inspect(args) => inspect::run(&args, env, &ui),
        Command::Config(args) => match args.command {
            ConfigCommand::Get(args) => config::get(&args, env, &ui),
            ConfigCommand::Set(args) => config::set(&args, env, &ui),
            ConfigCommand::Unset(args) => config::unset(&args, env, &ui),
            ConfigCommand::List(args) => config::list(&args, env, &ui),
            ConfigCommand::Path => config::path(env, &ui),
        },
        Command::Auth(args) => match args.command {
            AuthCommand::Login(args) => auth::login(&args, env, &ui),
            AuthCommand::Logout(args) => auth::logout(&args, env, &ui),
            AuthCommand::Status(args) => auth::status(&args, env, &ui),
        },
        Command::Sandbox(args) => sandbox::run(*args, &ui),
        Command::Completions(args) => completions::run(&args, &ui),
        Command::Man => man::run(&ui),
    };
    match done {
        Ok(code) => code,
        Err(failure) => report(&failure, JobInfo::new(None, None), &ui),
    }
}

/// Reports a failure, as JSON too where that was asked for, and returns its exit code.
fn report(failure: &Failure, asked: JobInfo<'_>, ui: &Ui) -> u8 {
    if ui.is_json() {
        // When even that cannot be written, the exit code still tells.
        let _ = ui.json(&ErrorRecord::new(asked, failure));
    }
    ui.failed(failure);
    failure.kind.exit_code()
}

/// What a command that works for results exits with: the gravest failure, else the signal that
/// stopped it, else success.
fn exit_code(worst: Option<ErrorKind>, interrupt: &Interrupt) -> u8 {
    match (worst, interrupt.signal()) {
        (Some(kind), _) => kind.exit_code(),
        (None, Some(signal)) => ErrorKind::Interrupted(signal).exit_code(),
        (None, None) => 0,
    }
}

/// A failure to write to standard output: a full disk, say.
fn stdout_failed(error: std::io::Error) -> Failure {
    Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("cannot write to standard output"))
}

fn manner(cli: &Cli, env: &Env) -> OutputMode {
    let (json, progress) = match &cli.command {
        Command::Edit(args) => (args.json.json, !args.no_progress),
        Command::Batch(args) => (args.json.json, !args.no_progress),
        Command::Recover(args) => (args.json.json, !args.no_progress),
        Command::Merge(args) => (args.json.json, false),
        Command::History(args) => match &args.command {
            None => (args.list.json.json, false),
            Some(HistoryCommand::List(args)) => (args.json.json, false),
            Some(HistoryCommand::Show(args)) => (args.json.json, false),
            Some(HistoryCommand::Forget(_)) => (false, false),
        },
        Command::Inspect(args) => (args.json.json, false),
        Command::Config(args) => match &args.command {
            ConfigCommand::List(args) => (args.json.json, false),
            _ => (false, false),
        },
        Command::Auth(args) => match &args.command {
            AuthCommand::Status(args) => (args.json.json, false),
            _ => (false, false),
        },
        _ => (false, false),
    };
    OutputMode { loudness: loudness(&cli.verbosity), json, progress, color: color(&cli.verbosity, env) }
}

fn loudness(args: &VerbosityArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, 0) => Verbosity::Normal,
        (_, 1) => Verbosity::Verbose,
        _ => Verbosity::VeryVerbose,
    }
}

/// The flag, else the setting. A configuration that cannot be read is reported by who needs it.
fn color(args: &VerbosityArgs, env: &Env) -> ColorWhen {
    args.color
        .or_else(|| context::settings(&Flags::default(), env).ok().map(|settings| settings.color))
        .unwrap_or(ColorWhen::Auto)
}
