//! `seededit doctor`

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::api::{balance, deprecations, reach};
use crate::cli::DoctorArgs;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::Journal;
use crate::money::format_usd;
use crate::settings::Settings;
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::reporting::stdout_failed;
use super::target::Target;

/// A clock that is wrong by more than this makes signed links invalid, in seconds.
const CLOCK_TOLERANCE: i64 = 300;
/// With less free space, a result that was paid for might not fit, in bytes.
const MIN_FREE_BYTES: u64 = 100 << 20;

/// The finding of one check.
enum Finding {
    Fine(String),
    /// It works, and something deserves attention.
    Warning(String),
    Failed(Failure),
}

pub(super) fn run(args: &DoctorArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let mut report = Report { ui, worst: None };
    // The other checks need them.
    let settings = match context::settings(&context::flags(&args.connect), env) {
        Ok(settings) => settings,
        Err(failure) => {
            report.add("settings", Finding::Failed(failure))?;
            return Ok(report.exit_code());
        }
    };
    let target = Target::find(&args.connect, &settings, env)?;
    report.add("settings", check_cards(&settings))?;
    let mut has_key = true;
    let connection = Connection::new(&settings, env, target).or_else(|failure| {
        has_key = false;
        report.add("key", Finding::Failed(failure))?;
        Connection::without_key(&settings, env, target)
    });
    let mut reached = None;
    match &connection {
        Err(_) => report.add("service", Finding::Warning("not asked".into()))?,
        Ok(connection) => match reach(&connection.transport, &connection.endpoint.base) {
            Err(error) => report.add("service", Finding::Failed(unreachable(&settings, error.into())))?,
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
    if let Some(connection) = reached.filter(|_| has_key) {
        report.add("key", check_key(&settings, connection))?;
    }
    report.add("model", check_model(&settings, reached))?;
    let data = context::data_dir(env, target.is_sandbox())?;
    report.add("journal", check_journal(&data))?;
    report.add("disk", check_disk(&data))?;
    Ok(report.exit_code())
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
            Finding::Warning(message) => ("warning", message.clone(), None),
            Finding::Failed(failure) => ("failed", failure.message(), failure.hint.clone()),
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
    Finding::Fine(format!("{count} models; {} is used", settings.models.service().title))
}

fn unreachable(settings: &Settings, cause: anyhow::Error) -> Failure {
    Failure::new(ErrorKind::Unavailable, cause.context(format!("{} cannot be reached", settings.base_url)))
        .hint("check the network, the proxy variables (HTTPS_PROXY, ALL_PROXY, NO_PROXY) and base_url")
}

fn check_way(name: &str, elapsed: Duration, via: Option<&str>) -> Finding {
    let reached = format!("{name} answers within {}", ui::elapsed(elapsed));
    match via {
        None => Finding::Fine(reached),
        Some(via) => Finding::Warning(format!(
            "{reached}, through a proxy ({via}): one that repeats requests can pay twice, and one with a short timeout \
             loses results"
        )),
    }
}

fn check_clock(ahead: Option<i64>) -> Finding {
    match ahead {
        None => Finding::Warning("the service does not say what time it is".into()),
        Some(seconds) if seconds.abs() <= CLOCK_TOLERANCE => {
            Finding::Fine("agrees with the service's".into())
        }
        Some(seconds) => {
            let direction = if seconds > 0 { "ahead of" } else { "behind" };
            Finding::Warning(format!(
                "{} s {direction} the service's: links to results may seem to have expired; set it",
                seconds.abs()
            ))
        }
    }
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
            service.title
        ));
    }
    match balance(&connection.transport, &connection.endpoint.base, &connection.key) {
        Ok(left) if left.amount <= 0.0 => Finding::Warning(format!(
            "{} is accepted; nothing is left in the account: {:.2} {}",
            connection.key.redacted(),
            left.amount,
            left.currency
        )),
        Ok(left) => Finding::Fine(format!(
            "{} is accepted; {:.2} {} left",
            connection.key.redacted(),
            left.amount,
            left.currency
        )),
        Err(error) => Finding::Failed(Failure::from(error).redacted(&connection.key)),
    }
}

fn check_model(settings: &Settings, connection: Option<&Connection>) -> Finding {
    let card = match context::model_name(settings).and_then(|name| Ok(settings.models.find(name)?)) {
        Ok(card) => card,
        Err(failure) => return Finding::Failed(failure),
    };
    let service = settings.models.service();
    let price = match &card.price {
        _ if service.is_free() => "free".to_owned(),
        Some(price) => format!("list price {}, {}", format_usd(price.of(None, 0)), price.date),
        None => "list price unknown".to_owned(),
    };
    let listed = connection.zip(service.lists.as_ref()).and_then(|(connection, lists)| {
        deprecations(&connection.transport, &connection.endpoint.base, lists).ok()
    });
    let gone =
        listed.into_iter().flatten().find(|entry| entry.is_of(&card.id) && entry.status == "withdrawn");
    match gone {
        None => Finding::Fine(format!("{}, {price}", card.id)),
        Some(entry) => {
            let successor = entry.replaced_by.or_else(|| card.successor.clone());
            let next = successor.map_or(String::new(), |id| format!("; its successor is {id}"));
            Finding::Warning(format!("the service has withdrawn {}{next}", card.id))
        }
    }
}

fn check_journal(data: &Path) -> Finding {
    let count = || -> Result<usize, Failure> { Ok(Journal::open(data)?.unfinished()?.jobs.len()) };
    match count() {
        Ok(0) => Finding::Fine(format!("{} is writable", data.display())),
        Ok(unfinished) => Finding::Warning(format!(
            "{} has {}; `seededit recover` finishes what it can",
            data.display(),
            ui::count(unfinished, "unfinished job")
        )),
        Err(failure) => Finding::Failed(failure),
    }
}

fn check_disk(data: &Path) -> Finding {
    match crate::files::free_bytes(data) {
        None => Finding::Warning("the free space is not known".into()),
        Some(free) if free < MIN_FREE_BYTES => Finding::Warning(format!(
            "{} are free for results that have just arrived: make room",
            ui::bytes(free)
        )),
        Some(free) => Finding::Fine(format!("{} are free", ui::bytes(free))),
    }
}
