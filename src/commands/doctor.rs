//! `seededit doctor`

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use serde_json::json;

use crate::api::{AccountError, Proxies, balance, reach};
use crate::cli::DoctorArgs;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::Journal;
use crate::settings::{Flags, Settings};
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::doctor_model;
use super::reporting::stdout_failed;
use super::target::Target;

/// A clock that is wrong by more than this makes signed links invalid, in seconds.
const CLOCK_TOLERANCE: i64 = 300;
/// With less free space, a result that was paid for might not fit, in bytes.
const MIN_FREE_BYTES: u64 = 100 << 20;

/// The finding of one check.
pub(super) enum Finding {
    Fine(String),
    /// It works, and something deserves attention: what, and what to do.
    Warning(String, String),
    Failed(Failure),
}

pub(super) fn run(args: &DoctorArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let mut report = Report { ui, worst: None };
    let flags = Flags { model: args.model.clone(), ..context::flags(&args.connect) };
    let is_sandbox = match context::settings(&flags, env) {
        Ok(settings) => {
            let target = Target::find(&args.connect, &settings, env)?;
            check_service(&settings, target, env, &mut report)?;
            target.is_sandbox()
        }
        // Without settings, only the data directory can be checked.
        Err(failure) => {
            report.add("settings", Finding::Failed(failure))?;
            context::wants_sandbox(args.connect.sandbox, args.connect.base_url.is_some(), env)?
        }
    };
    let data = context::data_dir(env, is_sandbox)?;
    report.add("journal", check_journal(&data))?;
    report.add("disk", check_disk(&data))?;
    Ok(report.exit_code())
}

/// Checks everything that depends on the service.
fn check_service(
    settings: &Settings,
    target: Target,
    env: &Env,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    report.add("settings", check_cards(settings))?;
    let proxies = context::proxies(env);
    let has_bad_proxy = proxies.is_err() && !target.is_built_in();
    report.add("proxy", check_proxies(proxies, target, settings))?;
    let mut key_failure = None;
    let connection = Connection::new(settings, env, target).or_else(|failure| {
        key_failure = Some(failure).filter(|_| !has_bad_proxy);
        Connection::without_key(settings, env, target)
    });
    let mut reached = None;
    match &connection {
        Err(_) if has_bad_proxy => {
            report.add("service", Finding::Warning("not asked".into(), "fix the proxy first".into()))?;
        }
        Err(failure) => {
            report.add("service", Finding::Failed(Failure::new(failure.kind, anyhow!(failure.message()))))?;
        }
        Ok(connection) => match reach(&connection.transport, &connection.endpoint.base) {
            Err(error) => report.add("service", Finding::Failed(unreachable(settings, error.into())))?,
            Ok(found) => {
                let name = match target {
                    Target::BuiltInSandbox => "the sandbox".to_owned(),
                    _ => settings.base_url.to_string(),
                };
                report.add("service", check_way(&name, found.elapsed, found.via.as_deref()))?;
                report.add("clock", check_clock(found.clock_ahead))?;
                reached = Some(connection);
            }
        },
    }
    match (key_failure, reached) {
        (Some(failure), _) => report.add("key", Finding::Failed(failure))?,
        (None, Some(connection)) => report.add("key", check_key(settings, connection))?,
        (None, None) => {
            let next = "reach the service first".to_owned();
            report.add("key", Finding::Warning("not checked".into(), next))?;
        }
    }
    report.add("model", doctor_model::check(settings, target, reached, env))
}

/// Prints findings, and keeps the worst.
struct Report<'a> {
    ui: &'a Ui,
    worst: Option<ErrorKind>,
}

impl Report<'_> {
    fn add(&mut self, check: &str, finding: Finding) -> Result<(), Failure> {
        let (status, message, hint) = match &finding {
            Finding::Fine(message) => ("ok", message.clone(), None),
            Finding::Warning(message, next) => ("warning", message.clone(), Some(self.ui.adapted(next))),
            Finding::Failed(failure) => ("failed", failure.message(), self.ui.hint_of(failure)),
        };
        let written = if self.ui.is_json() {
            self.ui.json(&json!({"check": check, "status": status, "message": message, "hint": hint}))
        } else {
            let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
            self.ui.wrapped_line(
                &format!("{status:<9}{check:<10}{}", ui::sanitize(&format!("{message}{hint}"))),
                19,
            )
        };
        written.map_err(stdout_failed)?;
        if let Finding::Failed(failure) = finding {
            self.worst = Some(failure.kind.max(self.worst));
        }
        Ok(())
    }

    fn exit_code(&self) -> u8 {
        self.worst.map_or(0, ErrorKind::exit_code)
    }
}

fn check_proxies(proxies: Result<Proxies, Failure>, target: Target, settings: &Settings) -> Finding {
    match proxies {
        _ if target.is_built_in() || settings.base_url.is_local_http() => {
            Finding::Fine("requests to this machine go through no proxy".into())
        }
        Err(failure) => Finding::Failed(failure),
        Ok(Proxies { https: None, http: None, .. }) => Finding::Fine("no proxy variable is set".into()),
        Ok(Proxies { bypass, .. }) => {
            let but = bypass.map_or(String::new(), |hosts| format!(", except for {hosts}"));
            Finding::Fine(format!("the variables name one{but}"))
        }
    }
}

/// Parses all cards: one that is malformed is otherwise noticed only when it is used.
fn check_cards(settings: &Settings) -> Finding {
    let catalog = settings.models.catalog();
    let mut count = 0;
    for name in catalog.service_names() {
        let models = match catalog.service(&name) {
            Ok(_) => catalog.models(&name).map_err(crate::cards::ResolveError::from),
            Err(error) => Err(error),
        };
        match models {
            Ok(models) => count += models.len(),
            Err(error) => return Finding::Failed(error.into()),
        }
    }
    Finding::Fine(format!("{count} models; {} is used", settings.models.service().in_text()))
}

fn unreachable(settings: &Settings, cause: anyhow::Error) -> Failure {
    let cause = cause.context(format!("{} cannot be reached", settings.base_url));
    let failure = Failure::new(ErrorKind::Unavailable, cause)
        .hint("check the network, the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY) and base_url");
    context::explained(failure, settings)
}

fn check_way(name: &str, elapsed: Duration, via: Option<&str>) -> Finding {
    let reached = format!("{name} answers within {}", ui::short_time(elapsed));
    match via {
        None => Finding::Fine(reached),
        Some(via) => Finding::Warning(
            format!(
                "{reached}, through a proxy ({via}): one that repeats requests can pay twice, and one with a short \
                 timeout loses results"
            ),
            "use a direct connection if you can".into(),
        ),
    }
}

fn check_clock(ahead: Option<i64>) -> Finding {
    match ahead {
        None => Finding::Warning(
            "the service does not say what time it is".into(),
            "compare the clock with another one".into(),
        ),
        Some(seconds) if seconds.abs() <= CLOCK_TOLERANCE => {
            Finding::Fine("agrees with the service's".into())
        }
        Some(seconds) => {
            let direction = if seconds > 0 { "ahead of" } else { "behind" };
            Finding::Warning(
                format!(
                    "{} {direction} the service's: links to results may seem to have expired",
                    roughly(seconds.unsigned_abs())
                ),
                "set the clock".into(),
            )
        }
    }
}

/// Returns a time in minutes or, if it is long, in days.
fn roughly(seconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    if seconds < 2 * DAY { format!("{} min", seconds / 60) } else { format!("{} days", seconds / DAY) }
}

fn check_key(settings: &Settings, connection: &Connection) -> Finding {
    let service = settings.models.service();
    if connection.key.is_none() {
        return Finding::Fine("none is needed".into());
    }
    if !service.has_balance {
        return Finding::Fine(format!(
            "{}; {} has no free call to check it",
            connection.key.redacted(),
            service.in_text()
        ));
    }
    match balance(&connection.transport, &connection.endpoint.base, &connection.key) {
        Ok(left) if left.amount <= 0.0 => Finding::Warning(
            format!(
                "{} is accepted; nothing is left in the account: {:.2} {}",
                connection.key.redacted(),
                left.amount,
                left.currency
            ),
            format!("add credit in the console of {}", service.in_text()),
        ),
        Ok(left) => Finding::Fine(format!(
            "{} is accepted; {:.2} {} left",
            connection.key.redacted(),
            left.amount,
            left.currency
        )),
        Err(error @ AccountError::NotFromService(_)) => {
            Finding::Failed(Failure::from(error).hint("check base_url: the service may have another address"))
        }
        Err(error) => Finding::Failed(Failure::from(error).redacted(&connection.key)),
    }
}

fn check_journal(data: &Path) -> Finding {
    let count = || -> Result<usize, Failure> { Ok(Journal::open(data)?.unfinished()?.jobs.len()) };
    match count() {
        Ok(0) => Finding::Fine(format!("{} is writable", data.display())),
        Ok(unfinished) => Finding::Warning(
            format!("{} has {}", data.display(), ui::count(unfinished, "unfinished job")),
            "`seededit recover` finishes what it can".into(),
        ),
        Err(failure) => Finding::Failed(failure),
    }
}

/// Checks the space for results. The check of the journal has created the directory, if that is possible.
fn check_disk(data: &Path) -> Finding {
    if !data.is_dir() {
        return Finding::Warning(
            format!("{} does not exist, so nothing can be saved there", data.display()),
            "create it, or name another directory with SEEDEDIT_DATA_DIR".into(),
        );
    }
    match crate::files::free_bytes(data) {
        None => Finding::Warning(
            format!("the free space of {} is not known", data.display()),
            "make sure that results fit".into(),
        ),
        Some(free) if free < MIN_FREE_BYTES => Finding::Warning(
            format!("{} are free in {}", ui::bytes(free), data.display()),
            "make room for results, or name another directory with SEEDEDIT_DATA_DIR".into(),
        ),
        Some(free) => Finding::Fine(format!("{} are free", ui::bytes(free))),
    }
}
