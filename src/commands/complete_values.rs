//! The values of arguments, for completion: fixed ones, and those from the configuration and the journal.

use std::fs;

use clap::{Arg, Command};
use jiff::Timestamp;

use crate::cards::Status;
use crate::cli::{Cursor, JobChoice, Topic, ValueKind};
use crate::config::Setting;
use crate::env::Env;
use crate::journal::{JobSummary, Newest, State, newest_jobs};
use crate::sandbox::FAULT_TABLE;
use crate::settings::Flags;
use crate::ui;

use super::complete::{Candidate, subcommands};
use super::context::{self, SANDBOX_VARIABLE};
use super::history_line::{age, shortened};

/// The most jobs that are offered: as many as `history` lists.
const MAX_JOBS: u32 = 20;
/// The most columns of a prompt in a description.
const PROMPT_COLUMNS: usize = 40;

/// What an argument can be.
pub(super) enum Values {
    Listed(Vec<Candidate>),
    Files,
    Directories,
}

pub(super) fn values(arg: &Arg, cursor: &Cursor<'_>, cli: &Command, env: &Env) -> Values {
    Values::Listed(match ValueKind::of(&cursor.path, arg) {
        ValueKind::File if is_picture(arg, cursor) && cursor.typed.starts_with('@') => results(cursor, env),
        ValueKind::File => return Values::Files,
        ValueKind::Directory => return Values::Directories,
        ValueKind::Choice => choices(arg),
        ValueKind::Profile => profiles(env).unwrap_or_default(),
        ValueKind::Service => services(env).unwrap_or_default(),
        ValueKind::Model => models(cursor.typed, env).unwrap_or_default(),
        ValueKind::Job(JobChoice::Any) if cursor.typed.starts_with('@') => results(cursor, env),
        ValueKind::Job(choice) => jobs(choice, cursor, env),
        ValueKind::FileOrJob if cursor.typed.starts_with('@') => results(cursor, env),
        ValueKind::FileOrJob => match jobs(JobChoice::Any, cursor, env) {
            jobs if jobs.is_empty() || cursor.typed.is_empty() || begins_a_file(cursor.typed) => {
                return Values::Files;
            }
            jobs => jobs,
        },
        ValueKind::Fault => faults(),
        ValueKind::SettingValue => setting_values(cursor, cli, env),
        ValueKind::Command => commands(&cursor.positionals, cli),
        ValueKind::HelpWord => help_words(&cursor.positionals, cli),
        ValueKind::Free => Vec::new(),
    })
}

fn choices(arg: &Arg) -> Vec<Candidate> {
    let offered = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    offered
        .map(|value| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            Candidate::new(value.get_name(), help)
        })
        .collect()
}

/// The profiles of the configuration file, each with its service. `None` if the file cannot be used.
fn profiles(env: &Env) -> Option<Vec<Candidate>> {
    let file = context::config_file(env).ok()?;
    let service = |profile| file.in_profile(profile, Setting::BaseUrl).map(|entry| entry.raw.to_string());
    Some(
        file.profiles()
            .map(|profile| Candidate::new(profile, service(profile).unwrap_or_default()))
            .collect(),
    )
}

/// All services. `None` if the configuration cannot be used.
fn services(env: &Env) -> Option<Vec<Candidate>> {
    let settings = context::settings(&Flags::default(), env).ok()?;
    let catalog = settings.models.catalog();
    let candidate = |name: &String| {
        let title = catalog.service(name).map(|card| card.title).unwrap_or_default();
        Candidate::new(name.clone(), title)
    };
    Some(catalog.service_names().iter().map(candidate).collect())
}

/// The models of the configured service that can be used, and the ends of their names that begin with `typed`: an end is
/// enough if no other model has it. `None` if the configuration cannot be used.
fn models(typed: &str, env: &Env) -> Option<Vec<Candidate>> {
    let settings = context::settings(&Flags::default(), env).ok()?;
    let models = settings.models.catalog().models(&settings.models.service().name).ok()?;
    let usable: Vec<_> = models.into_iter().filter(|card| card.status != Status::Withdrawn).collect();
    let ends = usable.iter().filter(|_| !typed.is_empty()).flat_map(|card| {
        let ends = card.id.match_indices('/').filter_map(|(at, _)| card.id.get(at + 1..));
        let found = ends.filter(|end| end.starts_with(typed) && settings.models.find(end).is_ok());
        found.map(|end| Candidate::new(end, &*card.summary))
    });
    let names = usable.iter().map(|card| Candidate::new(&*card.id, &*card.summary));
    Some(names.chain(ends).collect())
}

/// The kinds of faults. One that needs an argument ends with `=`, after which the argument is typed.
fn faults() -> Vec<Candidate> {
    let typed =
        |name: &str, argument: &str| if argument.is_empty() { name.to_owned() } else { format!("{name}=") };
    FAULT_TABLE
        .iter()
        .map(|fault| Candidate::new(typed(fault.name, fault.argument), fault.description))
        .collect()
}

/// The values of the setting in `config set SETTING`: those of the flag with the same name.
fn setting_values(cursor: &Cursor<'_>, cli: &Command, env: &Env) -> Vec<Candidate> {
    let [setting] = cursor.positionals.as_slice() else { return Vec::new() };
    let edit = cli.find_subcommand("edit");
    let flag = edit.and_then(|edit| edit.get_arguments().find(|arg| arg.get_id().as_str() == *setting));
    match flag {
        Some(flag) if !flag.get_action().takes_values() => {
            ["true", "false"].map(|value| Candidate::new(value, "")).into()
        }
        Some(flag) if ValueKind::of("edit", flag) == ValueKind::Profile => profiles(env).unwrap_or_default(),
        Some(flag) if ValueKind::of("edit", flag) == ValueKind::Service => services(env).unwrap_or_default(),
        Some(flag) if ValueKind::of("edit", flag) == ValueKind::Model => {
            models(cursor.typed, env).unwrap_or_default()
        }
        Some(flag) => choices(flag),
        None => Vec::new(),
    }
}

/// The commands below the command that these words name.
fn commands(words: &[&str], cli: &Command) -> Vec<Candidate> {
    let command = words.iter().try_fold(cli, |command, word| command.find_subcommand(word));
    let below = command.into_iter().flat_map(Command::get_subcommands);
    subcommands(below.filter(|command| command.get_name() != "help"))
}

/// The commands below the command that these words name; without words, also the topics of `help`.
fn help_words(words: &[&str], cli: &Command) -> Vec<Candidate> {
    let topics: &[Topic] = if words.is_empty() { &Topic::ALL } else { &[] };
    let topics = topics.iter().map(|topic| Candidate::new(topic.name(), topic.about()));
    topics.chain(commands(words, cli)).collect()
}

/// Whether an argument takes pictures, also the names of results.
fn is_picture(arg: &Arg, cursor: &Cursor<'_>) -> bool {
    matches!(
        (cursor.path.as_str(), arg.get_id().as_str()),
        ("edit", "arguments")
            | ("inspect" | "sheet" | "show", "images")
            | ("merge", "original" | "edited")
            | ("replay", "picture")
            | ("compare", "before" | "after")
    )
}

/// Whether a file in the working directory has a name that begins like this.
fn begins_a_file(typed: &str) -> bool {
    let names = fs::read_dir(".").into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| name.to_string_lossy().starts_with(typed))
}

/// The names of the newest results.
fn results(cursor: &Cursor<'_>, env: &Env) -> Vec<Candidate> {
    let id_start = cursor.typed.strip_prefix('@').unwrap_or_default();
    let now = Timestamp::now().as_millisecond();
    let last =
        (id_start.is_empty()).then(|| Candidate::new("@", "the last result, or what undo went back to"));
    let jobs = newest(id_start, &[State::Delivered], false, cursor, env).into_iter();
    let named = jobs.map(|job| Candidate::new(format!("@{}", job.id), description(&job, now)));
    last.into_iter().chain(named).collect()
}

/// The newest jobs in these states whose ids begin with `id_start`.
fn newest(
    id_start: &str,
    states: &[State],
    or_local: bool,
    cursor: &Cursor<'_>,
    env: &Env,
) -> Vec<JobSummary> {
    // A URL is not asked whether it is that of a sandbox: completion connects to nothing.
    let is_sandbox = cursor.flags.contains(&"sandbox") || env.is_on(SANDBOX_VARIABLE);
    let Ok(directory) = context::data_dir(env, is_sandbox) else { return Vec::new() };
    newest_jobs(&directory, Newest { id_start, states, or_local, limit: MAX_JOBS })
}

/// The newest jobs that the argument accepts, by their ids. Where digits were typed, running numbers fit, too.
fn jobs(choice: JobChoice, cursor: &Cursor<'_>, env: &Env) -> Vec<Candidate> {
    let states: Vec<State> =
        State::ALL.into_iter().filter(|state| is_accepted(*state, choice, &cursor.flags)).collect();
    let or_local = choice == JobChoice::Forgettable;
    let start_with = |id_start| newest(id_start, &states, or_local, cursor, env).into_iter();
    let now = Timestamp::now().as_millisecond();

    let mut candidates = Vec::new();
    let digits_typed = !cursor.typed.is_empty() && cursor.typed.bytes().all(|byte| byte.is_ascii_digit());
    if digits_typed {
        let fitting = start_with("").filter(|job| job.number.to_string().starts_with(cursor.typed));
        candidates.extend(fitting.map(|job| Candidate::new(job.number.to_string(), description(&job, now))));
    }
    let new = start_with(cursor.typed).filter(|job| !cursor.positionals.contains(&job.id.as_str()));
    candidates.extend(new.map(|job| Candidate::new(job.id.clone(), description(&job, now))));
    candidates
}

fn is_accepted(state: State, choice: JobChoice, flags: &[&str]) -> bool {
    match choice {
        JobChoice::Any => true,
        JobChoice::Unfinished => {
            let may_rerun = state == State::Refused && flags.contains(&"rerun");
            state.is_unfinished() || state == State::Lost || may_rerun
        }
        JobChoice::InDoubt => matches!(state, State::Unknown | State::Sent),
        JobChoice::PayableAgain => matches!(state, State::Lost | State::Unknown | State::Answered),
        JobChoice::Forgettable => state.is_forgettable(),
    }
}

/// `#1, 2 min ago, done: "add a bird"`
fn description(job: &JobSummary, now: i64) -> String {
    let prompt = shortened(&ui::sanitize(&job.prompt), PROMPT_COLUMNS);
    format!("#{}, {}, {}: \"{prompt}\"", job.number, age(now.saturating_sub(job.created)), job.state)
}
