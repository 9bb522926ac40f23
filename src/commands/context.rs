//! What commands need to reach the service: settings, the key, a connection.

use std::path::{Path, PathBuf};

use crate::api::{BaseUrl, Endpoint, HttpOptions, LocalServer, Proxies, Transport};
use crate::cards::{Auth, Catalog, ResolveError};
use crate::cli::{ConnectArgs, ProfileArgs};
use crate::config::{ConfigFile, KEY_VARIABLE, KeyLookup, KeyOrigin, ServiceName, find_key, key_variables};
use crate::env::Env;
use crate::error::{Audience, ErrorKind, Failure, Hint, local_server_hint};
use crate::journal::{Journal, Readable};
use crate::sandbox::Sandbox;
use crate::secret::ApiKey;
use crate::settings::{Flags, Settings, SettingsError};
use crate::ui::{self, Ui};

use super::certificates::ensure_certificates;
use super::target::Target;

/// The key sent to the sandbox, which accepts any. A real key is never sent there.
const SANDBOX_KEY: &str = "sandbox";

/// The variable that selects the built-in sandbox.
pub(super) const SANDBOX_VARIABLE: &str = "SEEDEDIT_SANDBOX";

/// The directory of the configuration.
pub(super) fn config_dir(env: &Env) -> Result<PathBuf, Failure> {
    env.config_dir().ok_or_else(|| {
        Failure::input("this user has no configuration directory").hint("name one with SEEDEDIT_CONFIG_DIR")
    })
}

pub(super) fn config_file(env: &Env) -> Result<ConfigFile, Failure> {
    Ok(ConfigFile::load(&config_dir(env)?.join("config.toml"))?)
}

pub(super) fn credentials_path(env: &Env) -> Result<PathBuf, Failure> {
    Ok(config_dir(env)?.join("credentials.toml"))
}

pub(super) fn settings(flags: &Flags, env: &Env) -> Result<Settings, Failure> {
    let file = config_file(env)?;
    let catalog = match env.config_dir() {
        Some(directory) => Catalog::with_cards_in(&directory.join("cards")).map_err(ResolveError::from),
        None => Ok(Catalog::built_in()),
    };
    Ok(Settings::resolve(flags, env, &file, catalog.map_err(SettingsError::from)?)?)
}

/// The directory of the journal. Sandboxes share a separate one, so that their prices never count as spent money.
pub(super) fn data_dir(env: &Env, sandbox: bool) -> Result<PathBuf, Failure> {
    let directory = env.data_dir().ok_or_else(|| {
        Failure::input("this user has no data directory").hint("name one with SEEDEDIT_DATA_DIR")
    })?;
    Ok(if sandbox { directory.join("sandbox") } else { directory })
}

/// Opens the journal for a dry run, if there is one. A dry run creates none, and fails if the run itself could not.
///
/// # Errors
/// If the journal cannot be read, or could not be created.
pub(super) fn journal_of_dry_run(data: &Path) -> Result<Option<Journal>, Failure> {
    let journal = Journal::open_existing(data)?;
    Journal::ensure_permitted(data)?;
    Ok(journal)
}

/// Prints a note if there are unfinished jobs, and one about jobs whose rows cannot be read: `unreadable` and those that
/// are found now.
pub(super) fn mention_unfinished(
    journal: &Journal,
    mut unreadable: Vec<String>,
    ui: &Ui,
) -> Result<(), Failure> {
    let Readable { jobs: unfinished, unreadable: more } = journal.unfinished()?;
    for job in more {
        if !unreadable.contains(&job) {
            unreadable.push(job);
        }
    }
    mention_unreadable(&unreadable, ui);
    if !unfinished.is_empty() {
        let dismiss = if unfinished.iter().any(|job| is_local(&job.intent.base_url)) {
            ", and `seededit history forget JOB` dismisses jobs of a local server that is gone"
        } else {
            ""
        };
        ui.note(&format!(
            "{} from before; {} finishes what it can{dismiss}",
            ui::count(unfinished.len(), "unfinished job"),
            ui.audience().command("recover")
        ));
    }
    Ok(())
}

/// Prints a note about jobs whose rows cannot be read, if there are any.
pub(super) fn mention_unreadable(jobs: &[String], ui: &Ui) {
    if !jobs.is_empty() {
        ui.note(&format!(
            "{} cannot be read in the journal, and may have been paid for: {}",
            ui::count(jobs.len(), "job"),
            jobs.join(", ")
        ));
    }
}

/// Whether a base URL points to this machine.
fn is_local(base_url: &str) -> bool {
    base_url.parse().is_ok_and(|base: BaseUrl| base.is_local_http())
}

/// Prints notes about the service and unfinished jobs before anything is sent.
pub(super) fn print_notes(
    target: Target,
    settings: &Settings,
    journal: &Journal,
    ui: &Ui,
) -> Result<(), Failure> {
    match target {
        Target::Service => return mention_unfinished(journal, Vec::new(), ui),
        Target::BuiltInSandbox => {
            ui.note("this is the sandbox: the result is not the model's work, and nothing is paid");
        }
        Target::SandboxServer => ui.note(&format!(
            "{} is a sandbox: the result is not the model's work, and nothing is paid; {} lists its jobs",
            settings.base_url,
            ui.audience().choose("`seededit history --sandbox`", "the tool `history`")
        )),
    }
    Ok(())
}

/// The connection flags as settings.
pub(super) fn flags(connect: &ConnectArgs) -> Flags {
    Flags {
        base_url: connect.base_url.clone(),
        timeout: connect.timeout,
        connect_timeout: connect.connect_timeout,
        ..profile_flags(&connect.profile)
    }
}

/// Returns the name of the model that the settings select.
pub(super) fn model_name(settings: &Settings) -> Result<&str, Failure> {
    settings.model_name().ok_or_else(|| {
        let service = &settings.models.service().name;
        Failure::usage(format!("no model is chosen, and {service} has no default")).hint(Hint::each(
            format!("name one with --model; `seededit models --service {service}` lists them"),
            "name one with `model`; the tool `models` lists them",
        ))
    })
}

/// The flags that select a profile and a service, as settings.
pub(super) fn profile_flags(args: &ProfileArgs) -> Flags {
    Flags { profile: args.profile.clone(), service: args.service.clone(), ..Flags::default() }
}

/// Whether requests go neither to the service itself nor to this machine.
fn is_elsewhere(settings: &Settings) -> bool {
    settings.models.are_elsewhere() && !settings.base_url.is_on_this_machine()
}

/// Finds the key and its origin.
pub(super) fn key(settings: &Settings, env: &Env) -> Result<Option<(ApiKey, KeyOrigin)>, Failure> {
    let credentials = env.config_dir().map(|dir| dir.join("credentials.toml"));
    Ok(find_key(&key_lookup(settings, env, credentials.as_deref()))?)
}

fn key_lookup<'a>(settings: &'a Settings, env: &'a Env, credentials: Option<&'a Path>) -> KeyLookup<'a> {
    KeyLookup {
        env,
        service: settings.models.service(),
        is_elsewhere: is_elsewhere(settings),
        command: settings.api_key_command.as_deref(),
        credentials,
        profile: settings.profile.as_deref(),
        may_use_default: settings.may_use_default_key,
    }
}

/// Whether to use the built-in sandbox: `--sandbox` or `SEEDEDIT_SANDBOX`. `names_url` says whether `--base-url` is given.
pub(super) fn wants_sandbox(sandbox: bool, names_url: bool, env: &Env) -> Result<bool, Failure> {
    let by_variable = env.is_on(SANDBOX_VARIABLE);
    if by_variable && names_url {
        return Err(Failure::usage("SEEDEDIT_SANDBOX is set and --base-url names another service")
            .hint("unset the variable or remove the flag"));
    }
    Ok(sandbox || by_variable)
}

/// The service to send to, and the key for it.
pub(super) struct Connection {
    pub(super) transport: Transport,
    pub(super) endpoint: Endpoint,
    pub(super) key: ApiKey,
    pub(super) target: Target,
    /// Kept alive until the command ends.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// Finds the key, and starts the built-in sandbox if that is the target. Opens no connection yet.
    pub(super) fn new(settings: &Settings, env: &Env, target: Target) -> Result<Connection, Failure> {
        let needs_key = settings.models.service().auth != Auth::Optional;
        let key = match target {
            Target::BuiltInSandbox if needs_key => sandbox_key()?,
            Target::BuiltInSandbox => ApiKey::none(),
            // A sandbox takes any key, unless it was started with one.
            Target::SandboxServer if needs_key => match key(settings, env)? {
                Some((key, _)) => key,
                None => sandbox_key()?,
            },
            Target::Service | Target::SandboxServer => service_key(settings, env)?,
        };
        Connection::with_key(settings, env, target, key)
    }

    /// Like [`Connection::new`], for requests that need no key.
    pub(super) fn without_key(settings: &Settings, env: &Env, target: Target) -> Result<Connection, Failure> {
        Connection::with_key(settings, env, target, ApiKey::none())
    }

    /// Like [`Connection::new`], with a given key.
    pub(super) fn with_key(
        settings: &Settings,
        env: &Env,
        target: Target,
        key: ApiKey,
    ) -> Result<Connection, Failure> {
        if target.is_built_in() {
            // Nothing leaves this machine, so a proxy that cannot be used does no harm.
            let transport = transport_through(env.proxies().unwrap_or_default(), settings);
            let (sandbox, endpoint) = start_sandbox(settings).map_err(no_sandbox)?;
            return Ok(Connection { transport, endpoint, key, target, _sandbox: Some(sandbox) });
        }
        let hidden = if key.is_none() { known_key(settings, env) } else { Some(key.clone()) };
        let transport = transport_hiding(hidden, settings, env)?;
        let endpoint = settings.endpoint();
        Ok(Connection { transport, endpoint, key, target, _sandbox: None })
    }
}

/// Starts the sandbox. It answers below the same path as the service that the settings select.
fn start_sandbox(settings: &Settings) -> anyhow::Result<(Sandbox, Endpoint)> {
    let sandbox = Sandbox::start(crate::sandbox::Options::default())?;
    let base = format!("{}{}", sandbox.url().trim_end_matches('/'), settings.base_url.path());
    let endpoint = Endpoint { base: base.parse()?, ..settings.endpoint() };
    Ok((sandbox, endpoint))
}

/// Returns the key for the service. Without one, a service that needs none gets none.
fn service_key(settings: &Settings, env: &Env) -> Result<ApiKey, Failure> {
    match key(settings, env)? {
        Some((key, _)) => Ok(key),
        None if settings.models.service().auth == Auth::Optional => Ok(ApiKey::none()),
        // A sandbox that still runs needs none.
        None if LocalServer::probe(&settings.base_url) == LocalServer::Stopped => Err(stopped(settings)),
        None => Err(no_key(settings)),
    }
}

/// The failure if nothing runs at a base URL on this machine.
fn stopped(settings: &Settings) -> Failure {
    let why = anyhow::anyhow!("no server runs at {}", settings.base_url);
    let hint = local_server_hint(&settings.base_url);
    hint.into_iter().fold(Failure::new(ErrorKind::Unavailable, why), Failure::hint)
}

/// Adds the next action to a failure, if it may be that nothing runs at a base URL on this machine.
pub(super) fn explained(failure: Failure, settings: &Settings) -> Failure {
    let hint = local_server_hint(&settings.base_url);
    let is_unreached = failure.kind == ErrorKind::Unavailable && failure.http_status.is_none();
    hint.into_iter().filter(|_| is_unreached).fold(failure, Failure::hint)
}

pub(super) fn sandbox_key() -> Result<ApiKey, Failure> {
    ApiKey::parse(SANDBOX_KEY).map_err(|error| no_sandbox(error.into()))
}

fn no_sandbox(error: anyhow::Error) -> Failure {
    Failure::new(ErrorKind::Internal, error.context("the sandbox could not start"))
}

/// Returns the clients for requests that may go through a proxy.
pub(super) fn transport(settings: &Settings, env: &Env) -> Result<Transport, Failure> {
    transport_hiding(known_key(settings, env), settings, env)
}

/// Like [`transport`], with the key that no answer may show.
fn transport_hiding(key: Option<ApiKey>, settings: &Settings, env: &Env) -> Result<Transport, Failure> {
    // Plain http needs no certificates.
    if !settings.base_url.is_local_http() {
        ensure_certificates(env)?;
    }
    Ok(transport_through(proxies(env)?, settings).hiding(key))
}

/// Returns the key that no answer may show, if it is known without a command. Requests that need no key have none.
fn known_key(settings: &Settings, env: &Env) -> Option<ApiKey> {
    let credentials = env.config_dir().map(|dir| dir.join("credentials.toml"));
    let lookup = KeyLookup { command: None, ..key_lookup(settings, env, credentials.as_deref()) };
    find_key(&lookup).ok().flatten().map(|(key, _)| key)
}

/// Returns the proxies that the environment names.
pub(super) fn proxies(env: &Env) -> Result<Proxies, Failure> {
    env.proxies().map_err(|error| {
        Failure::input(error.to_string()).hint(
            "nothing was sent; write it as http://HOST:PORT or socks5h://HOST:PORT, with special characters of a \
             password percent-encoded (`@` is %40), or unset the variable",
        )
    })
}

fn transport_through(proxies: Proxies, settings: &Settings) -> Transport {
    Transport::new(HttpOptions {
        timeout: settings.timeout,
        connect_timeout: settings.connect_timeout,
        proxies,
    })
}

pub(super) fn no_key(settings: &Settings) -> Failure {
    let service = settings.models.service();
    if is_elsewhere(settings) {
        let base = &settings.base_url;
        return Failure::new(ErrorKind::Auth, anyhow::anyhow!("no API key for {base}")).hint(format!(
            "set {KEY_VARIABLE}, or store one with `seededit auth login`; the variables of {} are only for its own host",
            service.title
        ));
    }
    let name = &service.name;
    let (why, login, variable) = if name == ServiceName::DEFAULT {
        ("no API key".to_owned(), "seededit auth login".to_owned(), KEY_VARIABLE)
    } else {
        let variable = key_variables(service).last().unwrap_or(KEY_VARIABLE);
        let login = format!("seededit auth login --service {name}");
        (format!("no API key for {}", service.in_text()), login, variable)
    };
    Failure::new(ErrorKind::Auth, anyhow::anyhow!(why)).hint(Hint::with(|audience| match audience {
        Audience::CommandLine => format!("store one with `{login}`, or set {variable}; --sandbox needs none"),
        Audience::Client => {
            format!("the user can store one with `{login}`, or start the server as `seededit mcp --sandbox`")
        }
    }))
}
