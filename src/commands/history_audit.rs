//! `seededit history audit`

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned};
use serde_json::json;

use crate::api::{LogRow, usage_log};
use crate::cards::Settlement;
use crate::cli::HistoryAuditArgs;
use crate::env::Env;
use crate::error::{ErrorKind, Failure, RequestInfo};
use crate::journal::{AttemptOutcome, AuditedCall, JobLock, Journal};
use crate::money::{add_usd, format_usd};
use crate::ui::{self, Ui};

use super::context::{self, Connection};
use super::in_flight::{InFlight, SentTo};
use super::reporting::stdout_failed;
use super::target::Target;
use super::{signals, when};

/// A call is listed this many milliseconds after it was sent at the latest; younger ones are not missed.
const LISTED_AFTER: i64 = 15 * 60 * 1000;
/// What all ids of this program begin with.
const OWN_PREFIX: &str = "seededit-";

pub(super) fn run(args: &HistoryAuditArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let service = settings.models.service();
    if service.settlement != Settlement::UsageLog {
        return Err(Failure::input(format!("{} has no log of single calls", service.title))
            .hint("look at its console"));
    }
    let target = Target::find(&args.connect, &settings, env)?;
    if target.is_built_in() {
        return Err(Failure::input("the built-in sandbox ends with each command, and so does its usage log")
            .hint("`seededit sandbox` runs one as a server, whose log can be compared: --base-url URL"));
    }
    let since = when::parse(&args.since, &Zoned::now())?;
    let journal = Journal::open_existing(&context::data_dir(env, target.is_sandbox())?)?;
    let calls = match &journal {
        Some(journal) => journal.calls_since(&settings.base_url.to_string(), since)?,
        None => Vec::new(),
    };
    let interrupt =
        signals::watch(&InFlight::several(SentTo { target, base_url: settings.base_url.clone() }))?;
    let connection = Connection::new(&settings, env, target)?;
    let now = Timestamp::now();
    // Whole seconds, because it is not documented how the service treats fractions.
    let start = Timestamp::from_second(since / 1000).unwrap_or(now);
    let end = Timestamp::from_second(now.as_second() + 1).unwrap_or(now);
    let (rows, is_complete) =
        usage_log(&connection.transport, &connection.endpoint.base, &connection.key, (start, end), || {
            interrupt.signal().is_some()
        })
        .map_err(|error| Failure::from(error).redacted(&connection.key))?;
    let audit = compare(&calls, &rows, now.as_millisecond(), is_complete);
    let is_running =
        |job: &String| journal.as_ref().is_some_and(|journal| JobLock::is_held(journal.directory(), job));
    let audit = audit.without_running(is_running);
    for finding in &audit.findings {
        let written = if ui.is_json() {
            ui.json(&json!({
                "finding": finding.kind.name(),
                "job": finding.job,
                "client_request_id": finding.request_id,
                "usd_here": finding.usd_here,
                "usd_listed": finding.usd_listed,
            }))
        } else {
            ui.wrapped_line(&ui::sanitize(&finding.text()), 2)
        };
        written.map_err(stdout_failed)?;
    }
    ui.summary(&format!(
        "{} here, {} in the log: {} here, {} in the log{}; {}",
        ui::count(calls.len(), "request"),
        ui::count(audit.own_rows, "request"),
        format_usd(audit.usd_here),
        format_usd(audit.usd_listed),
        if audit.other_rows > 0 {
            format!(", and {} of other programs", audit.other_rows)
        } else {
            String::new()
        },
        audit.verdict(is_complete)
    ));
    if !is_complete {
        ui.note("the log was not read to its end; say --since with a later time");
    }
    if audit.findings.iter().any(|finding| finding.kind == Kind::InDoubt) {
        let request = RequestInfo {
            model: "",
            models: &settings.models,
            base_url: &settings.base_url,
            recipient: target.recipient(),
            profile: settings.profile.as_deref(),
            audience: ui.audience(),
            limits: settings.limits,
        };
        ui.note(&format!("{} finds out what became of requests in doubt", request.recover(None)));
    }
    Ok(if audit.findings.is_empty() { 0 } else { ErrorKind::Partial.exit_code() })
}

/// What differs between the journal and the log, or cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ChargedTwice,
    UnknownHere,
    Unclear,
    FreeThere,
    NotListed,
    Price,
    /// The journal does not know whether it was charged.
    InDoubt,
    /// A price is not known, here or in the log.
    Unpriced,
}

impl Kind {
    /// The name in JSON.
    fn name(self) -> &'static str {
        match self {
            Kind::ChargedTwice => "charged-twice",
            Kind::UnknownHere => "unknown-here",
            Kind::Unclear => "unclear",
            Kind::FreeThere => "free-there",
            Kind::NotListed => "not-listed",
            Kind::Price => "price",
            Kind::InDoubt => "in-doubt",
            Kind::Unpriced => "unpriced",
        }
    }

    /// Whether both sides say something, and not the same.
    fn is_difference(self) -> bool {
        !matches!(self, Kind::InDoubt | Kind::Unpriced)
    }
}

/// A difference between the journal and the log, or what cannot be compared.
#[derive(Debug, PartialEq)]
struct Finding {
    kind: Kind,
    job: Option<String>,
    request_id: String,
    usd_here: Option<f64>,
    usd_listed: Option<f64>,
}

impl Finding {
    fn text(&self) -> String {
        let job = self.job.as_ref().map_or(String::new(), |job| format!("job {job}: "));
        let usd = |amount: Option<f64>| amount.map_or("an unknown price".to_owned(), format_usd);
        let (here, listed) = (usd(self.usd_here), usd(self.usd_listed));
        let what = match self.kind {
            Kind::ChargedTwice => {
                format!("was charged more than once, {listed} in all; something on the way repeated it")
            }
            Kind::UnknownHere => format!("was charged {listed}, and this journal does not know it"),
            Kind::Unclear => format!("was charged {here}, and the log does not say whether it was"),
            Kind::FreeThere => format!("was charged {here}, and the log says that it was not"),
            Kind::NotListed => format!("was charged {here}, and the log does not list it"),
            Kind::Price | Kind::Unpriced => format!("cost {here} here and {listed} in the log"),
            Kind::InDoubt => match self.usd_listed {
                Some(_) => format!("may have been charged, and the log lists {listed}"),
                None => "may have been charged, and the log does not say so".into(),
            },
        };
        format!("{job}request {} {what}", self.request_id)
    }
}

#[derive(Debug, PartialEq)]
struct Audit {
    findings: Vec<Finding>,
    own_rows: usize,
    other_rows: usize,
    usd_here: f64,
    usd_listed: f64,
    /// The number of requests that were charged so recently that the log may not list them yet.
    not_listed_yet: usize,
}

impl Audit {
    /// Leaves out what is in doubt only because a process is working on it.
    fn without_running(mut self, is_running: impl Fn(&String) -> bool) -> Audit {
        let is_in_flight = |finding: &Finding| {
            finding.kind == Kind::InDoubt
                && finding.usd_listed.is_none()
                && finding.job.as_ref().is_some_and(&is_running)
        };
        let before = self.findings.len();
        self.findings.retain(|finding| !is_in_flight(finding));
        self.not_listed_yet += before - self.findings.len();
        self
    }

    /// Whether both sides agree, in words. `is_complete` is whether the log was read to its end.
    fn verdict(&self, is_complete: bool) -> String {
        let differences = self.findings.iter().filter(|finding| finding.kind.is_difference()).count();
        let incomparable = self.findings.len() - differences;
        let mut parts = Vec::new();
        if differences > 0 || incomparable == 0 && (!is_complete || self.not_listed_yet > 0) {
            parts.push(match differences {
                0 => "no difference was found".to_owned(),
                found => ui::count(found, "difference"),
            });
        }
        if incomparable > 0 {
            parts.push(format!("{} cannot be compared", ui::count(incomparable, "request")));
        }
        if self.not_listed_yet > 0 {
            parts.push(format!("{} may not be listed yet", ui::count(self.not_listed_yet, "request")));
        }
        if parts.is_empty() { "they agree".to_owned() } else { parts.join(", ") }
    }
}

/// What the log has about one request.
#[derive(Default)]
struct Listed {
    /// How often it was charged.
    count: usize,
    /// The price of all of it. `None` if one of the prices is not known.
    usd: Option<f64>,
    /// Whether a row says that it was not charged.
    is_free: bool,
    /// Whether a row does not say whether it was charged.
    is_unclear: bool,
}

fn compare(calls: &[AuditedCall], rows: &[LogRow], now: i64, is_complete: bool) -> Audit {
    let mut listed: BTreeMap<&str, Listed> = BTreeMap::new();
    let (mut own_rows, mut other_rows) = (0, 0);
    for row in rows {
        let Some(id) = row.request_id.as_deref().filter(|id| id.starts_with(OWN_PREFIX)) else {
            other_rows += 1;
            continue;
        };
        own_rows += 1;
        let Listed { count, usd, is_free, is_unclear } = listed.entry(id).or_default();
        match row.charged {
            Some(true) => {
                let before = if *count == 0 { Some(0.0) } else { *usd };
                *usd = row.price.zip(before).map(|(price, before)| add_usd(price.usd, before));
                *count += 1;
            }
            Some(false) => *is_free = true,
            None => *is_unclear = true,
        }
    }
    let mut findings = Vec::new();
    let mut not_listed_yet = 0;
    for call in calls {
        let here = call.usd.filter(|_| call.outcome == AttemptOutcome::Charged);
        let Listed { count, usd, is_free, is_unclear } =
            listed.remove(call.request_id.as_str()).unwrap_or_default();
        let mut add = |kind| {
            findings.push(Finding {
                kind,
                job: Some(call.job.clone()),
                request_id: call.request_id.clone(),
                usd_here: here,
                usd_listed: usd,
            });
        };
        match count {
            2.. => add(Kind::ChargedTwice),
            0 if call.outcome == AttemptOutcome::Charged && is_unclear => add(Kind::Unclear),
            0 if call.outcome == AttemptOutcome::Charged && is_free => add(Kind::FreeThere),
            0 if call.outcome == AttemptOutcome::Charged && is_complete && now - call.sent > LISTED_AFTER => {
                add(Kind::NotListed);
            }
            0 if call.outcome == AttemptOutcome::Charged && is_complete => not_listed_yet += 1,
            _ if matches!(call.outcome, AttemptOutcome::Open | AttemptOutcome::Unknown) => add(Kind::InDoubt),
            1 if call.outcome == AttemptOutcome::Free => add(Kind::UnknownHere),
            1 => match here.zip(usd) {
                Some((here, listed)) if (here - listed).abs() > 1e-9 => add(Kind::Price),
                Some(_) => {}
                None => add(Kind::Unpriced),
            },
            0 => {}
        }
    }
    let strangers = listed.iter().filter(|(_, listed)| listed.count > 0);
    findings.extend(strangers.map(|(id, Listed { usd, .. })| Finding {
        kind: Kind::UnknownHere,
        job: None,
        request_id: (*id).to_owned(),
        usd_here: None,
        usd_listed: *usd,
    }));
    let sum = |amounts: &mut dyn Iterator<Item = f64>| amounts.fold(0.0, add_usd);
    let is_own = |row: &&LogRow| row.request_id.as_deref().is_some_and(|id| id.starts_with(OWN_PREFIX));
    let charged = rows.iter().filter(is_own).filter(|row| row.charged == Some(true));
    Audit {
        findings,
        own_rows,
        other_rows,
        usd_here: sum(&mut calls
            .iter()
            .filter(|call| call.outcome == AttemptOutcome::Charged)
            .filter_map(|call| call.usd)),
        not_listed_yet,
        usd_listed: sum(&mut charged.filter_map(|row| row.price.map(|price| price.usd))),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::Price;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn call(id: &str, outcome: AttemptOutcome, usd: Option<f64>) -> AuditedCall {
        AuditedCall { job: "j".into(), request_id: id.into(), sent: NOW - 3_600_000, outcome, usd }
    }

    fn row(id: &str, usd: f64) -> LogRow {
        LogRow { request_id: Some(id.into()), charged: Some(true), price: Price::new(Some(usd), None) }
    }

    fn without_price() -> LogRow {
        LogRow { price: None, ..row("seededit-a-1", 0.0) }
    }

    fn kinds(calls: &[AuditedCall], rows: &[LogRow]) -> Vec<&'static str> {
        compare(calls, rows, NOW, true).findings.iter().map(|finding| finding.kind.name()).collect()
    }

    #[test]
    fn equal_records_agree() {
        let calls = [call("seededit-a-1", AttemptOutcome::Charged, Some(0.0315))];
        let audit = compare(&calls, &[row("seededit-a-1", 0.0315), row("other-1", 1.0)], NOW, true);
        assert!(audit.findings.is_empty());
        assert_eq!((audit.usd_here, audit.usd_listed, audit.other_rows), (0.0315, 0.0315, 1));
    }

    #[test]
    fn what_a_proxy_repeated_is_found() {
        let calls = [call("seededit-a-1", AttemptOutcome::Charged, Some(0.03))];
        let rows = [row("seededit-a-1", 0.03), row("seededit-a-1", 0.03)];
        assert_eq!(kinds(&calls, &rows), ["charged-twice"]);
        assert_eq!(compare(&calls, &rows, NOW, true).findings[0].usd_listed, Some(0.06));
        for rows in [[rows[0].clone(), without_price()], [without_price(), rows[0].clone()]] {
            assert_eq!(compare(&calls, &rows, NOW, true).findings[0].usd_listed, None);
        }
    }

    #[test]
    fn charges_that_only_one_side_knows_and_other_prices_are_found() {
        let charged = call("seededit-a-1", AttemptOutcome::Charged, Some(0.03));
        assert_eq!(kinds(std::slice::from_ref(&charged), &[]), ["not-listed"]);
        assert_eq!(kinds(&[], &[row("seededit-b-1", 0.03)]), ["unknown-here"]);
        assert_eq!(kinds(std::slice::from_ref(&charged), &[row("seededit-a-1", 0.05)]), ["price"]);
        let unclear = LogRow { charged: None, ..row("seededit-a-1", 0.03) };
        assert_eq!(kinds(std::slice::from_ref(&charged), &[unclear]), ["unclear"]);
        let failed = LogRow { charged: Some(false), price: None, ..row("seededit-a-1", 0.0) };
        let new = AuditedCall { sent: NOW - 1_000, ..charged.clone() };
        for charged in [&charged, &new] {
            assert_eq!(kinds(std::slice::from_ref(charged), std::slice::from_ref(&failed)), ["free-there"]);
        }
        // It may not be listed yet, and an unread rest of the log proves nothing.
        let young = AuditedCall { sent: NOW - 1_000, ..charged.clone() };
        assert!(kinds(&[young], &[]).is_empty());
        assert!(compare(&[charged], &[], NOW, false).findings.is_empty());
        assert!(kinds(&[call("seededit-a-1", AttemptOutcome::Free, None)], &[]).is_empty());
        let free = call("seededit-a-1", AttemptOutcome::Free, None);
        assert_eq!(kinds(&[free], &[row("seededit-a-1", 0.03)]), ["unknown-here"]);
    }

    #[test]
    fn what_cannot_be_compared_is_listed_and_is_no_agreement() {
        let charged = call("seededit-a-1", AttemptOutcome::Charged, Some(0.03));
        let rows = [row("seededit-a-1", 0.03), row("seededit-b-1", 0.03)];
        let verdict = |calls: &[AuditedCall], rows: &[LogRow], is_complete| {
            compare(calls, rows, NOW, is_complete).verdict(is_complete)
        };
        assert_eq!(verdict(std::slice::from_ref(&charged), &rows[..1], true), "they agree");
        for outcome in [AttemptOutcome::Open, AttemptOutcome::Unknown] {
            let calls = [charged.clone(), call("seededit-b-1", outcome, None)];
            assert_eq!(kinds(&calls, &rows), ["in-doubt"], "the log lists it, and the journal does not know");
            assert_eq!(kinds(&calls, &rows[..1]), ["in-doubt"]);
            assert_eq!(verdict(&calls, &rows, true), "1 request cannot be compared");
            let audit = compare(&calls, &rows[..1], NOW, true).without_running(|_| true);
            assert_eq!(audit.verdict(true), "no difference was found, 1 request may not be listed yet");
        }
        let unpriced = call("seededit-b-1", AttemptOutcome::Charged, None);
        assert_eq!(kinds(&[charged.clone(), unpriced], &rows), ["unpriced"]);
        let young = AuditedCall { sent: NOW - 1_000, ..charged.clone() };
        assert_eq!(verdict(&[young], &[], true), "no difference was found, 1 request may not be listed yet");
        assert_eq!(verdict(&[charged], &[], false), "no difference was found");
    }
}
