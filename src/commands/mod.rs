//! The commands, one file each: they turn arguments into work and report the outcome.

mod auth;
mod balance;
mod batch;
mod batch_run;
mod certificates;
mod change_picture;
mod compare;
mod complete;
mod complete_values;
mod completions;
mod config;
mod consent;
mod context;
mod doctor;
mod doctor_model;
mod drawn_output;
mod dry_run;
mod edit;
mod edit_options;
mod find_job;
mod help;
mod hidden_question;
mod history;
mod history_audit;
mod history_cost;
mod history_details;
mod history_line;
mod history_tree;
mod host;
mod html_report;
mod in_doubt;
mod in_flight;
mod inputs;
mod inspect;
mod known_pictures;
mod left_out;
mod limits;
mod list_price;
mod man;
mod mcp;
mod merge;
mod merge_inputs;
mod missing;
mod models;
mod named_results;
mod offline;
mod picture_search;
mod preview;
mod price;
mod price_cache;
mod prompt_argument;
mod recover;
mod replay;
mod report_file;
mod reporting;
mod result_reporter;
mod result_viewer;
mod sandbox;
mod schema;
mod session;
mod sheet;
mod show;
mod signals;
mod single_edit;
mod skill;
mod successor;
mod target;
mod task_report;
mod undo;
mod usage_error;
mod viewer;
mod watch;
mod when;

pub use complete::complete;
pub use usage_error::report_parse_error;

use crate::cli::{
    AuthCommand, Cli, Command, ConfigCommand, HistoryCommand, ModelsCommand, VerbosityArgs, in_sandbox,
};
use crate::color::ColorWhen;
use crate::env::Env;
use crate::settings::Flags;
use crate::ui::{JobInfo, OutputMode, Ui, Verbosity};

use host::Host;
use reporting::report;

/// Runs the command, reports its outcome and returns the exit code.
pub fn run(cli: Cli, env: &Env) -> u8 {
    let mode = output_mode(&cli, env);
    let ui = Ui::new(mode, env);
    let ui = if has_sandbox_flag(&cli.command) { ui.adapting(in_sandbox) } else { ui };
    let result = match cli.command {
        Command::Edit(args) => edit::run(&args, mode.color, env, &ui),
        Command::Batch(args) => batch::run(&args, env, &ui),
        Command::Watch(args) => watch::run(&args, env, &ui),
        Command::Recover(args) => recover::run(&args, Host::CommandLine, env, &ui),
        Command::Merge(args) => merge::run(&args, env, &ui),
        Command::Show(args) => show::run(&args, mode.color, env, &ui),
        Command::Compare(args) => compare::run(&args, mode.color, env, &ui),
        Command::Sheet(args) => sheet::run(&args, env, &ui),
        Command::History(args) => match &args.command {
            None => history::list(&args.list, env, &ui),
            Some(HistoryCommand::List(args)) => history::list(args, env, &ui),
            Some(HistoryCommand::Show(args)) => history::show(args, env, &ui),
            Some(HistoryCommand::Audit(args)) => history_audit::run(args, env, &ui),
            Some(HistoryCommand::Forget(args)) => history::forget(args, env, &ui),
        },
        Command::Undo(args) => undo::undo(&args, env, &ui),
        Command::Redo(args) => undo::redo(&args, env, &ui),
        Command::Replay(args) => replay::run(&args, mode.color, env, &ui),
        Command::Inspect(args) => inspect::run(&args, env, &ui),
        Command::Models(args) => match &args.command {
            None => models::list(&args.list, env, &ui),
            Some(ModelsCommand::List(args)) => models::list(args, env, &ui),
            Some(ModelsCommand::Show(args)) => models::show(args, env, &ui),
            Some(ModelsCommand::Check(args)) => models::check(args, env, &ui),
        },
        Command::Balance(args) => balance::run(&args, env, &ui),
        Command::Doctor(args) => doctor::run(&args, env, &ui),
        Command::Config(args) => match &args.command {
            ConfigCommand::Get(args) => config::get(args, env, &ui),
            ConfigCommand::Set(args) => config::set(args, env, &ui),
            ConfigCommand::Unset(args) => config::unset(args, env, &ui),
            ConfigCommand::List(args) => config::list(args, env, &ui),
            ConfigCommand::Path => config::path(env, &ui),
        },
        Command::Auth(args) => match &args.command {
            AuthCommand::Login(args) => auth::login(args, env, &ui),
            AuthCommand::Logout(args) => auth::logout(args, env, &ui),
            AuthCommand::Status(args) => auth::status(args, env, &ui),
        },
        Command::Sandbox(args) => sandbox::run(args.into_inner(), &ui),
        Command::Mcp(args) => mcp::run(&args, env, &ui),
        Command::Skill(_) => skill::run(&ui),
        Command::Completions(args) => completions::run(&args, &ui),
        Command::Man(args) => man::run(&args, &ui),
        Command::Schema(args) => schema::run(&args, &ui),
        Command::Help(args) => help::run(&args, &ui),
    };
    match result {
        Ok(code) => code,
        Err(failure) => report(&failure, JobInfo::new(None, None), &ui),
    }
}

fn output_mode(cli: &Cli, env: &Env) -> OutputMode {
    let (json, progress) = match &cli.command {
        Command::Edit(args) => (args.json.json, !args.no_progress),
        Command::Batch(args) => (args.json.json, !args.no_progress),
        Command::Watch(args) => (args.json.json, !args.no_progress),
        Command::Recover(args) => (args.json.json, !args.no_progress),
        Command::Merge(args) => (args.json.json, false),
        Command::Compare(args) => (args.json.json, false),
        Command::Sheet(args) => (args.json.json, false),
        Command::History(args) => match &args.command {
            None => (args.list.json.json, false),
            Some(HistoryCommand::List(args)) => (args.json.json, false),
            Some(HistoryCommand::Show(args)) => (args.json.json, false),
            Some(HistoryCommand::Audit(args)) => (args.json.json, false),
            Some(HistoryCommand::Forget(_)) => (false, false),
        },
        Command::Undo(args) => (args.json.json, false),
        Command::Redo(args) => (args.json.json, false),
        Command::Replay(args) => (args.json.json, !args.no_progress),
        Command::Inspect(args) => (args.json.json, false),
        Command::Models(args) => match &args.command {
            None => (args.list.json.json, false),
            Some(ModelsCommand::List(args)) => (args.json.json, false),
            Some(ModelsCommand::Show(args)) => (args.json.json, false),
            Some(ModelsCommand::Check(args)) => (args.json.json, false),
        },
        Command::Balance(args) => (args.json.json, false),
        Command::Doctor(args) => (args.json.json, false),
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
    OutputMode { verbosity: verbosity(&cli.verbosity), json, progress, color: color(&cli.verbosity, env) }
}

/// Whether the command has the flag `--sandbox`. With the variable instead, further commands need none.
fn has_sandbox_flag(command: &Command) -> bool {
    match command {
        Command::Edit(args) => args.connect.sandbox,
        Command::Batch(args) => args.connect.sandbox,
        Command::Watch(args) => args.connect.sandbox,
        Command::Recover(args) => args.connect.sandbox,
        Command::Merge(args) => args.sandbox,
        Command::Show(args) => args.sandbox,
        Command::Compare(args) => args.sandbox,
        Command::Sheet(args) => args.sandbox,
        Command::History(args) => match &args.command {
            None => args.list.sandbox,
            Some(HistoryCommand::List(args)) => args.sandbox,
            Some(HistoryCommand::Show(args)) => args.sandbox,
            Some(HistoryCommand::Audit(args)) => args.connect.sandbox,
            Some(HistoryCommand::Forget(args)) => args.sandbox,
        },
        Command::Undo(args) => args.sandbox,
        Command::Redo(args) => args.sandbox,
        Command::Replay(args) => args.connect.sandbox,
        Command::Inspect(args) => args.sandbox,
        Command::Balance(args) => args.connect.sandbox,
        Command::Doctor(args) => args.connect.sandbox,
        Command::Models(args) => match &args.command {
            Some(ModelsCommand::Check(args)) => args.connect.sandbox,
            None | Some(ModelsCommand::List(_) | ModelsCommand::Show(_)) => false,
        },
        Command::Config(_)
        | Command::Auth(_)
        | Command::Sandbox(_)
        | Command::Mcp(_)
        | Command::Skill(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Schema(_)
        | Command::Help(_) => false,
    }
}

fn verbosity(args: &VerbosityArgs) -> Verbosity {
    match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, 0) => Verbosity::Normal,
        (_, 1) => Verbosity::Verbose,
        _ => Verbosity::VeryVerbose,
    }
}

/// The flag, or else the setting. An unreadable configuration counts as unset here: the command that needs it
/// reports it.
fn color(args: &VerbosityArgs, env: &Env) -> ColorWhen {
    args.color
        .or_else(|| context::settings(&Flags::default(), env).ok().map(|settings| settings.color))
        .unwrap_or(ColorWhen::Auto)
}
