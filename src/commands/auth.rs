//! `seededit auth`

use std::io::{self, Read};

use serde_json::json;

use crate::api::balance;
use crate::cards::{Auth, ServiceCard};
use crate::cli::{LoginArgs, LogoutArgs, StatusArgs};
use crate::config::{Credentials, KeyOrigin, KeyOwner, key_variables};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::secret::ApiKey;
use crate::settings::Settings;
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::hidden_question;
use super::reporting::stdout_failed;
use super::signals;
use super::target::Target;

/// No key is longer than this many bytes.
const MAX_KEY_BYTES: u64 = 8 << 10;

pub(super) fn login(args: &LoginArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let sandbox = context::wants_sandbox(args.connect.sandbox, args.connect.base_url.is_some(), env)?;
    if !sandbox {
        ensure_replaces_no_other_key(&settings, env)?;
    }
    let text = if args.with_token { token_from_stdin() } else { ask(settings.models.service(), env, ui) }?;
    let key = ApiKey::parse(&text).map_err(|error| {
        Failure::new(ErrorKind::Input, anyhow::Error::new(error))
            .hint("copy it from the service's console, as one word")
    })?;
    let has_balance = settings.models.service().has_balance;
    if !args.no_verify && !has_balance && !sandbox {
        ui.note(&format!("{} has no free call to check a key with", settings.models.service().in_text()));
    } else if !args.no_verify {
        let target = if sandbox { Target::BuiltInSandbox } else { Target::Service };
        let connection = Connection::with_key(&settings, env, target, key.clone())?;
        let account = balance(&connection.transport, &connection.endpoint.base, &key)
            .map_err(|error| context::explained(Failure::key_check(error), &settings).redacted(&key))?;
        ui.success(&format!("the key is good; the balance is {:.2} {}", account.amount, account.currency));
    }
    if sandbox {
        ui.note("the sandbox takes any key, so nothing was stored");
        return Ok(0);
    }
    let path = context::credentials_path(env)?;
    Credentials::load(&path)?.store(owner(&settings), &key)?;
    ui.success(&format!("key {} stored in {}", key.redacted(), path.display()));
    if args.connect.base_url.is_some() && settings.profile.is_none() {
        ui.note(
            "the stored key is for the service that is configured; another service's belongs in a profile",
        );
    }
    if let Some(variable) = key_variables(settings.models.service()).find(|name| env.var(name).is_some()) {
        ui.note(&format!("{variable} is set and comes before the stored key"));
    }
    Ok(0)
}

/// Refuses to replace the stored key of a service by one that is checked at another host.
fn ensure_replaces_no_other_key(settings: &Settings, env: &Env) -> Result<(), Failure> {
    if settings.profile.is_some() || !settings.models.are_elsewhere() {
        return Ok(());
    }
    let service = settings.models.service();
    match Credentials::load(&context::credentials_path(env)?)?.key(owner(settings))? {
        Some(_) => Err(Failure::input(format!(
            "a key for {} is stored, and one for {} would replace it",
            service.in_text(),
            settings.base_url
        ))
        .hint("store it for a profile that sets base_url (--profile), or set SEEDEDIT_API_KEY instead")),
        None => Ok(()),
    }
}

pub(super) fn logout(args: &LogoutArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let path = context::credentials_path(env)?;
    if Credentials::load(&path)?.remove(owner(&settings))? {
        ui.success(&format!("key removed from {}", path.display()));
    } else {
        ui.note(&format!("no key was stored in {}", path.display()));
    }
    Ok(0)
}

pub(super) fn status(args: &StatusArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::profile_flags(&args.profile), env)?;
    let service = settings.models.service();
    let in_sandbox = env.is_on("SEEDEDIT_SANDBOX");
    let Some((key, origin)) = context::key(&settings, env)? else {
        let why = if in_sandbox {
            "no key is stored, and none is needed: SEEDEDIT_SANDBOX selects the sandbox, which takes any"
                .to_owned()
        } else if service.auth == Auth::Optional {
            format!("no key is stored, and {} needs none", service.in_text())
        } else {
            return Err(context::no_key(&settings));
        };
        return no_key_needed(&settings, &why, ui);
    };
    if in_sandbox {
        ui.note("SEEDEDIT_SANDBOX selects the sandbox, to which this key is not sent");
    }
    let written = if ui.is_json() {
        let source = match &origin {
            KeyOrigin::Variable(_) => "environment",
            KeyOrigin::Command => "command",
            KeyOrigin::CredentialsFile(_) => "credentials",
        };
        ui.json(&json!({
            "status": "ok",
            "source": source,
            "origin": origin.to_string(),
            "key": key.redacted(),
            "base_url": settings.base_url.to_string(),
            "service": settings.models.service().name,
            "profile": settings.profile,
        }))
    } else {
        ui.wrapped_line(&format!("key {} from {origin}, for {}", key.redacted(), settings.base_url), 0)
    };
    written.map_err(stdout_failed)?;
    Ok(0)
}

/// Reports that there is no key, and that none is needed.
fn no_key_needed(settings: &Settings, why: &str, ui: &Ui) -> Result<u8, Failure> {
    let written = if ui.is_json() {
        ui.json(&json!({
            "status": "ok",
            "source": null,
            "origin": null,
            "key": null,
            "base_url": settings.base_url.to_string(),
            "service": settings.models.service().name,
            "profile": settings.profile,
        }))
    } else {
        ui.wrapped_line(why, 0)
    };
    written.map_err(stdout_failed)?;
    Ok(0)
}

/// Whose key the settings select.
fn owner(settings: &Settings) -> KeyOwner<'_> {
    match &settings.profile {
        Some(profile) => KeyOwner::Profile(profile),
        None => KeyOwner::service(&settings.models.service().name),
    }
}

/// Asks for the key without showing what is typed.
fn ask(service: &ServiceCard, env: &Env, ui: &Ui) -> Result<String, Failure> {
    if !env.stdin_is_terminal {
        return Err(Failure::usage("standard input is not a terminal, so the key cannot be asked for")
            .hint("pipe the key in and say --with-token"));
    }
    if let Some(url) = &service.keys_url {
        ui.note(&format!("a key for {} can be created at {url}", service.in_text()));
    }
    let question = format!("API key for {} (not shown): ", ui::sanitize(&service.in_text()));
    hidden_question::ask(&question).map_err(|error| {
        if error.kind() == io::ErrorKind::Interrupted {
            let why = anyhow::anyhow!("interrupted; no key was stored");
            return Failure::new(ErrorKind::Interrupted(signals::SIGINT), why);
        }
        Failure::new(ErrorKind::Input, anyhow::Error::new(error).context("cannot read the key"))
            .hint("pipe it in and say --with-token")
    })
}

fn token_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin().lock().take(MAX_KEY_BYTES + 1).read_to_string(&mut text).map_err(|error| {
        Failure::new(
            ErrorKind::Input,
            anyhow::Error::new(error).context("cannot read the key from standard input"),
        )
        .hint("pipe in the key alone")
    })?;
    if text.len() as u64 > MAX_KEY_BYTES {
        let message = format!("standard input has more than {MAX_KEY_BYTES} bytes, which is no key");
        return Err(Failure::input(message).hint("pipe in the key alone"));
    }
    Ok(text)
}
