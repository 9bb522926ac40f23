//! The account endpoints: balance and usage log.

use std::time::Instant;

use hyper::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use super::host::Host;
use super::ledger::LogRow;
use super::problem::Problem;
use super::query::Query;
use super::service::Service;

/// The documented bounds of `GET /v2/logs`.
const MAX_WINDOW: SignedDuration = SignedDuration::from_hours(92 * 24);
const MAX_LIMIT: usize = 100;
const DEFAULT_PERIOD: SignedDuration = SignedDuration::from_hours(24);

/// `GET /v2/billing`
pub(super) fn billing(service: &Service, headers: &HeaderMap, url: &Url) -> Result<Value, Problem> {
    service.authenticate(Host::Default, headers)?;
    Query::from_url(url).finish()?;
    let remaining = service.options.balance.checked_sub(service.ledger().spent()).unwrap_or_default();
    Ok(json!({"current_balance": remaining.usd(), "currency": "USD"}))
}

/// `GET /v2/logs`
pub(super) fn logs(service: &Service, headers: &HeaderMap, url: &Url) -> Result<Value, Problem> {
    service.authenticate(Host::Default, headers)?;
    if !service.log_rate_limit().allow(Instant::now()) {
        return Err(Problem::too_many_requests());
    }
    let now = Timestamp::now();
    let page = Page::read(url, now)?;
    let lag = SignedDuration::try_from(service.options.log_lag).unwrap_or(SignedDuration::MAX);
    let ledger = service.ledger();
    let visible: Vec<&LogRow> = ledger
        .rows()
        .filter(|row| page.start <= row.created && row.created <= page.end)
        .filter(|row| now.duration_since(row.created) >= lag)
        .collect();
    let shown: Vec<Value> =
        visible.iter().skip(page.offset).take(page.limit).map(|row| log_line(row)).collect();
    let has_more = page.offset.saturating_add(shown.len()) < visible.len();
    Ok(json!({
        "data": shown,
        "pagination": {
            "limit": page.limit,
            "offset": page.offset,
            "total": visible.len(),
            "has_more": has_more,
        },
    }))
}

fn log_line(row: &LogRow) -> Value {
    json!({
        "created": row.created.to_string(),
        "status": if row.succeeded { "succeeded" } else { "failed" },
        "model": row.model,
        "cost": {"usd": row.cost.usd(), "credits": row.cost.0},
        "inference_id": row.inference_id,
        "client_request_id": row.client_request_id,
    })
}

/// The requested rows of the log.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    start: Timestamp,
    end: Timestamp,
    limit: usize,
    offset: usize,
}

impl Page {
    fn read(url: &Url, now: Timestamp) -> Result<Page, Problem> {
        let mut query = Query::from_url(url);
        let limit = query.count("limit", MAX_LIMIT)?;
        let offset = query.count("offset", 0)?;
        let (period, start, end) = (query.take("period"), query.take("start"), query.take("end"));
        query.finish()?;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::query("limit: expected 1 to 100"));
        }
        let back =
            |period: SignedDuration| now.checked_sub(period).map_err(|_| Problem::query("period: too long"));
        let (start, end) = match (period, start, end) {
            (None, None, None) => (back(DEFAULT_PERIOD)?, now),
            (Some(period), None, None) => (back(read_period(&period)?)?, now),
            (None, Some(start), Some(end)) => (read_time("start", &start)?, read_time("end", &end)?),
            (None, ..) => return Err(Problem::query("start and end: both or neither are needed")),
            (Some(_), ..) => {
                return Err(Problem::query("period cannot be combined with start and end"));
            }
        };
        if end < start {
            return Err(Problem::query("end: before start"));
        }
        if end.duration_since(start) > MAX_WINDOW {
            return Err(Problem::query("the window is longer than 92 days"));
        }
        Ok(Page { start, end, limit, offset })
    }
}

/// Parses `24h` or `7d`.
fn read_period(text: &str) -> Result<SignedDuration, Problem> {
    let hours_in = |unit| match unit {
        'h' => Some(1),
        'd' => Some(24),
        _ => None,
    };
    text.char_indices()
        .next_back()
        .and_then(|(at, unit)| Some((text.get(..at)?, hours_in(unit)?)))
        .and_then(|(count, hours)| Some(i64::from(count.parse::<u16>().ok()?) * hours))
        .map(SignedDuration::from_hours)
        .ok_or_else(|| Problem::query("period: expected hours or days, such as 24h or 7d"))
}

fn read_time(name: &str, text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| Problem::query(&format!("{name}: expected an ISO 8601 time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Page, Problem> {
        let url = Url::parse(&format!("http://sandbox/v2/logs?{query}")).unwrap();
        Page::read(&url, "2026-03-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_period_ends_now() {
        let page = read("period=24h&limit=10&offset=20").unwrap();
        assert_eq!(page.start.to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(page.end.to_string(), "2026-03-01T00:00:00Z");
        assert_eq!((page.limit, page.offset), (10, 20));
    }

    #[test]
    fn start_and_end_may_have_any_utc_offset() {
        let page = read("start=2026-01-01T01:00:00%2B01:00&end=2026-01-02T00:00:00Z").unwrap();
        assert_eq!(page.start.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn a_period_cannot_be_combined_with_a_start() {
        assert!(read("period=24h&start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z").is_err());
        assert!(read("start=2026-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn the_documented_bounds_hold() {
        assert!(read("limit=100").is_ok());
        assert!(read("limit=101").is_err());
        assert!(read("limit=0").is_err());
        assert!(read("period=92d").is_ok());
        assert!(read("period=93d").is_err());
    }

    #[test]
    fn a_misspelled_parameter_is_refused() {
        let refused = read("ofset=20").unwrap_err();
        assert_eq!(refused.message, "Query validation error! ofset: unknown or repeated");
    }

    #[test]
    fn invalid_periods_are_refused() {
        for period in ["", "h", "24", "1w", "-1h", "24é"] {
            assert!(read(&format!("period={period}")).is_err(), "{period}");
        }
    }
}
