//! `seededit config`

use std::io;

use serde_json::json;

use crate::cli::{GetArgs, ListArgs, SetArgs, UnsetArgs};
use crate::config::{RawValue, Setting};
use crate::duration::{format_duration, parse_timeout};
use crate::env::Env;
use crate::error::Failure;
use crate::settings::{Flags, Row, Settings, SettingsError};
use crate::ui::{self, Ui};

use super::context;
use super::reporting::stdout_failed;

/// The width of the names in a list, in columns.
const NAME_WIDTH: usize = 16;
/// The indent of a value that does not fit beside its name, in columns.
const NARROW_INDENT: usize = 2;

pub(super) fn get(args: &GetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = resolved(args.profile.profile.clone(), env)?;
    let row = settings.rows().iter().find(|row| row.setting == args.setting);
    match row.and_then(|row| row.value.as_deref()) {
        // It may be a path: byte for byte in a pipe, and without control characters on a terminal.
        Some(value) => ui.path(value.as_ref()).map_err(stdout_failed)?,
        None => {
            return Err(Failure::input(format!("{} is not set, and has no default", args.setting))
                .hint(format!("`seededit config set {} VALUE` sets it", args.setting)));
        }
    }
    Ok(0)
}

pub(super) fn set(args: &SetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let raw = match (args.setting, args.value.as_slice()) {
        (Setting::ApiKeyCommand, words) => RawValue::List(words.to_vec()),
        (_, [value]) => RawValue::Text(value.clone()),
        (setting, values) => {
            return Err(Failure::usage(format!("{setting} takes one value, not {}", values.len()))
                .hint("a value with spaces goes in quotes"));
        }
    };
    let file = context::config_file(env)?;
    if let (Setting::Profile, RawValue::Text(name)) = (args.setting, &raw)
        && !file.profiles().any(|profile| profile == name)
    {
        let known = file.profiles().map(str::to_owned).collect();
        return Err(
            SettingsError::NoProfile { name: name.clone(), path: file.path().to_owned(), known }.into()
        );
    }
    file.set(args.profile.as_deref(), args.setting, &raw)?;
    ui.success(&format!("{} set in {}", args.setting, file.path().display()));
    if let Some(unit) = understood_unit(args.setting, &raw) {
        ui.note(&unit);
    }
    let hint = |failure: &Failure| failure.hint_for(ui.audience()).map(|hint| format!("; {hint}"));
    match ensure_usable(args, env) {
        Ok(Some(unknown)) => ui.note(&format!(
            "{}, so it is sent as it is, because requests go elsewhere{}",
            unknown.message(),
            hint(&unknown).unwrap_or_default()
        )),
        Ok(None) => {}
        Err(failure) => ui.note(&format!(
            "it cannot be used now: {}{}",
            failure.message(),
            hint(&failure).unwrap_or_default()
        )),
    }
    Ok(0)
}

/// Says in which unit a duration was understood that was given without one.
fn understood_unit(setting: Setting, raw: &RawValue) -> Option<String> {
    let (Setting::Timeout | Setting::ConnectTimeout, RawValue::Text(text)) = (setting, raw) else {
        return None;
    };
    let is_number = text.trim().parse::<f64>().is_ok();
    let duration = parse_timeout(text).ok().filter(|_| is_number)?;
    Some(format!("a number without a unit is in seconds, so it is {}", format_duration(duration)))
}

/// Ensures that a setting that was just stored can be used. If another host than the service's own may have the model, and
/// no card describes it, returns why it is not known.
///
/// # Errors
/// If it cannot be used. It may become usable with another setting, or with a card.
fn ensure_usable(args: &SetArgs, env: &Env) -> Result<Option<Failure>, Failure> {
    let settings = resolved(args.profile.clone(), env)?;
    let selects_model = matches!(args.setting, Setting::Model | Setting::Service);
    let Some(model) = settings.model_name().filter(|_| selects_model) else { return Ok(None) };
    settings.models.find(model).map_err(SettingsError::from)?;
    let described = settings.models.catalog().model(&settings.models.service().name, model);
    Ok(described.err().map(|error| SettingsError::from(error).into()))
}

pub(super) fn unset(args: &UnsetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let file = context::config_file(env)?;
    if file.unset(args.profile.as_deref(), args.setting)? {
        ui.success(&format!("{} removed from {}", args.setting, file.path().display()));
    } else {
        ui.note(&format!("{} was not set in {}", args.setting, file.path().display()));
    }
    Ok(0)
}

pub(super) fn list(args: &ListArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = resolved(args.profile.profile.clone(), env)?;
    for row in settings.rows() {
        let Row { setting, value, origin } = row;
        let written = if ui.is_json() {
            ui.json(&json!({"setting": setting.name(), "value": value, "origin": origin.to_string()}))
        } else {
            print_row(setting.name(), value.as_deref().unwrap_or("-"), &origin.to_string(), ui)
        };
        written.map_err(stdout_failed)?;
    }
    if env.is_on("SEEDEDIT_SANDBOX") {
        let written = if ui.is_json() {
            ui.json(&json!({"setting": "sandbox", "value": "true", "origin": "SEEDEDIT_SANDBOX"}))
        } else {
            print_row("sandbox", "true", "SEEDEDIT_SANDBOX", ui)
        };
        written.map_err(stdout_failed)?;
    }
    Ok(0)
}

/// Prints a setting. On a narrow terminal, a value that does not fit beside its name gets a line of its own.
fn print_row(name: &str, value: &str, origin: &str, ui: &Ui) -> io::Result<()> {
    let value = ui::sanitize(value);
    let line = format!("{name:<NAME_WIDTH$} {value:<40} ({origin})");
    match ui.stdout_columns() {
        Some(columns) if line.chars().count() > columns => {
            let fits = NAME_WIDTH + 1 + value.chars().count() <= columns;
            let indent = if fits { NAME_WIDTH + 1 } else { NARROW_INDENT };
            let name = if fits { format!("{name:<NAME_WIDTH$}") } else { name.to_owned() };
            ui.wrapped_line(&format!("{name} {value} ({origin})"), indent)
        }
        _ => ui.line(line),
    }
}

pub(super) fn path(env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let path = context::config_dir(env)?.join("config.toml");
    ui.path(path.as_os_str()).map_err(stdout_failed)?;
    Ok(0)
}

fn resolved(profile: Option<String>, env: &Env) -> Result<Settings, Failure> {
    context::settings(&Flags { profile, ..Flags::default() }, env)
}
