//! The search for the key: environment variables, then the key command, then the stored key.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use std::{fmt, io};

use crate::cards::ServiceCard;
use crate::env::Env;
use crate::error_chain::io_reason;
use crate::secret::{ApiKey, KeyError};

use super::credentials::{Credentials, CredentialsError, KeyOwner};

/// The variable that precedes those of the services.
pub const KEY_VARIABLE: &str = "SEEDEDIT_API_KEY";
/// The time limit of the key command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// How often to check whether a command that closed its output has ended.
const POLL: Duration = Duration::from_millis(5);
/// The longest output read from the key command.
const MAX_KEY_BYTES: u64 = 8 << 10;

/// The source of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOrigin {
    Variable(String),
    /// The `api_key_command` setting.
    Command,
    /// The credentials file at this path.
    CredentialsFile(PathBuf),
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyOrigin::Variable(name) => f.write_str(name),
            KeyOrigin::Command => f.write_str("api_key_command"),
            KeyOrigin::CredentialsFile(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why a configured source did not provide a key.
#[derive(Debug, thiserror::Error)]
pub enum KeySourceError {
    #[error("{name} does not hold a key")]
    Variable { name: String, source: KeyError },
    #[error("api_key_command ({program}) {what}")]
    Command {
        /// The first word of the command.
        program: String,
        what: String,
    },
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// Where to search for the key.
#[derive(Debug)]
pub struct KeyLookup<'a> {
    pub env: &'a Env,
    /// The service that the key is for.
    pub service: &'a ServiceCard,
    /// Whether requests go to another host than the service's. Its own variables are not read then.
    pub is_elsewhere: bool,
    /// The words of the key command, if one is configured.
    pub command: Option<&'a [String]>,
    pub credentials: Option<&'a Path>,
    pub profile: Option<&'a str>,
    /// Whether a profile without its own key may use the default key. Only if it uses the same service, because a
    /// key must not be sent to any other.
    pub may_use_default: bool,
}

/// Returns the variables that may hold the key for a service, in order of precedence.
pub fn key_variables(service: &ServiceCard) -> impl Iterator<Item = &str> {
    std::iter::once(KEY_VARIABLE).chain(service.key_variables.iter().map(String::as_str))
}

/// Finds the key and its source. Returns `None` if no source has one.
///
/// # Errors
/// A source that is configured but unusable is an error, and is not skipped.
pub fn find_key(request: &KeyLookup<'_>) -> Result<Option<(ApiKey, KeyOrigin)>, KeySourceError> {
    let own_variables = request.service.key_variables.iter().map(String::as_str);
    for name in std::iter::once(KEY_VARIABLE).chain(own_variables.filter(|_| !request.is_elsewhere)) {
        if let Some(value) = request.env.var(name) {
            let name = name.to_owned();
            return match ApiKey::parse(&value) {
                Ok(key) => Ok(Some((key, KeyOrigin::Variable(name)))),
                Err(source) => Err(KeySourceError::Variable { name, source }),
            };
        }
    }
    if let Some(command) = request.command {
        return run_command(command, request.env).map(|key| Some((key, KeyOrigin::Command)));
    }
    let Some(path) = request.credentials else { return Ok(None) };
    let stored = Credentials::load(path)?;
    let mut key = match request.profile {
        Some(profile) => stored.key(KeyOwner::Profile(profile))?,
        None => None,
    };
    if key.is_none() && request.may_use_default {
        key = stored.key(KeyOwner::service(&request.service.name))?;
    }
    Ok(key.map(|key| (key, KeyOrigin::CredentialsFile(path.to_owned()))))
}

/// Runs the command without a shell. Its output is the key.
fn run_command(command: &[String], env: &Env) -> Result<ApiKey, KeySourceError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |what: String| KeySourceError::Command { program: program.clone(), what };
    let mut child = Command::new(&program)
        .args(command.iter().skip(1))
        .env_clear()
        .envs(env.vars())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("could not be started: {}", io_reason(&error))))?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // On another thread, so that a command that hangs with its output open can be abandoned.
        thread::spawn(move || {
            let mut text = String::new();
            let read: io::Result<usize> = stdout.take(MAX_KEY_BYTES).read_to_string(&mut text);
            let _ = sender.send(read.map(|_| text));
        });
    }
    let deadline = Instant::now() + COMMAND_TIMEOUT;
    let output = receiver.recv_timeout(COMMAND_TIMEOUT);
    let status = loop {
        match child
            .try_wait()
            .map_err(|error| failed(format!("cannot be waited for: {}", io_reason(&error))))?
        {
            Some(status) => break status,
            None if output.is_err() || Instant::now() >= deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("did not end within {} s", COMMAND_TIMEOUT.as_secs())));
            }
            None => thread::sleep(POLL),
        }
    };
    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    match output {
        Ok(Ok(text)) => {
            ApiKey::parse(&text).map_err(|error| failed(format!("printed no valid key: {error}")))
        }
        Ok(Err(error)) => Err(failed(format!("printed no text: {}", io_reason(&error)))),
        Err(_) => Err(failed("printed nothing".into())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::cards::Catalog;

    fn service() -> &'static ServiceCard {
        static SERVICE: OnceLock<ServiceCard> = OnceLock::new();
        SERVICE.get_or_init(|| Catalog::built_in().service("aimlapi").unwrap())
    }

    fn request(env: &Env) -> KeyLookup<'_> {
        KeyLookup {
            env,
            service: service(),
            is_elsewhere: false,
            command: None,
            credentials: None,
            profile: None,
            may_use_default: true,
        }
    }

    #[test]
    fn variables_have_a_fixed_order_and_precede_all_other_sources() {
        let env = Env::with_vars([("AIML_API_KEY", "last"), ("AIMLAPI_API_KEY", "second")]);
        let (key, origin) = find_key(&request(&env)).unwrap().unwrap();
        assert_eq!((key.expose(), origin), ("second", KeyOrigin::Variable("AIMLAPI_API_KEY".into())));
    }

    #[test]
    fn another_host_gets_only_the_key_that_is_for_any_service() {
        let env = Env::with_vars([("AIMLAPI_API_KEY", "own")]);
        assert!(find_key(&KeyLookup { is_elsewhere: true, ..request(&env) }).unwrap().is_none());
        let env = Env::with_vars([("AIMLAPI_API_KEY", "own"), ("SEEDEDIT_API_KEY", "any")]);
        let (key, _) = find_key(&KeyLookup { is_elsewhere: true, ..request(&env) }).unwrap().unwrap();
        assert_eq!(key.expose(), "any");
    }

    #[test]
    fn a_variable_with_an_invalid_key_is_named_but_not_quoted() {
        let env = Env::with_vars([("SEEDEDIT_API_KEY", "two words")]);
        let error = find_key(&request(&env)).unwrap_err();
        assert_eq!(error.to_string(), "SEEDEDIT_API_KEY does not hold a key");
    }

    #[test]
    fn a_profile_uses_the_default_key_only_if_it_may() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        Credentials::load(&path)
            .unwrap()
            .store(KeyOwner::Default, &ApiKey::parse("everyday").unwrap())
            .unwrap();
        let env = Env::default();
        let find = |may_use_default| {
            let request = KeyLookup {
                credentials: Some(&path),
                profile: Some("ark"),
                may_use_default,
                ..request(&env)
            };
            find_key(&request).unwrap()
        };
        assert!(find(true).is_some());
        assert!(find(false).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_command_runs_without_a_shell_and_its_output_is_the_key() {
        let env = Env::with_vars([("PATH", "/usr/bin:/bin")]);
        let run = |command: &[&str]| {
            let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            find_key(&KeyLookup { command: Some(&command), ..request(&env) })
        };
        let (key, origin) = run(&["echo", "$HOME"]).unwrap().unwrap();
        assert_eq!((key.expose(), origin), ("$HOME", KeyOrigin::Command));
        for (command, message) in [
            (&["false"][..], "api_key_command (false) failed (exit status: 1)"),
            (&["true"], "api_key_command (true) printed no valid key: the key is empty"),
            (
                &["echo", "a b"],
                "api_key_command (echo) printed no valid key: the key contains a space, a line break or a non-ASCII character",
            ),
        ] {
            assert_eq!(run(command).unwrap_err().to_string(), message);
        }
        assert!(
            run(&["no-such-program-here"])
                .unwrap_err()
                .to_string()
                .contains("could not be started: no such file")
        );
    }
}
