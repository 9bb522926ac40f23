//! The usage log: the outcome of calls whose answer was never seen.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::secret::ApiKey;

use super::account::{AccountError, get};
use super::endpoint::BaseUrl;
use super::http::Transport;
use super::price::Price;
use super::service_text;
use super::verdict::is_id;

const PATH: &str = "/v2/logs";
/// The service's maximum page size.
const PAGE: usize = 100;
/// The maximum number of pages read: 20,000 rows, which takes about a minute.
const MAX_PAGES: usize = 200;
/// The service allows 200 requests per minute.
const PAUSE: Duration = Duration::from_millis(300);
/// How far a row's time may be from the attempt's: this machine's clock may be wrong by a day or more.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_hours(48);
/// The service allows windows of up to 92 days.
const MAX_SPAN: SignedDuration = SignedDuration::from_hours(24 * 80);

/// A call as the usage log shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedCall {
    pub charged: bool,
    pub inference_id: Option<String>,
    pub price: Option<Price>,
}

#[derive(Deserialize)]
struct Page {
    data: Option<Vec<Row>>,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Default, Deserialize)]
struct Pagination {
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Row {
    status: Option<String>,
    cost: Option<Cost>,
    inference_id: Option<String>,
    client_request_id: Option<String>,
}

#[derive(Deserialize)]
struct Cost {
    usd: Option<f64>,
    credits: Option<f64>,
}

impl Row {
    /// Returns the request id and the outcome, or `None` if the status does not say whether it was charged.
    fn read(self) -> Option<(String, LoggedCall)> {
        let (usd, credits) = self.cost.map_or((None, None), |cost| (cost.usd, cost.credits));
        let price = Price::new(usd, credits);
        let charged = match self.status.as_deref()? {
            "succeeded" => true,
            // A failed call is listed without a cost. One with a cost was charged, whatever its status. A
            // cost that is not a valid price proves nothing.
            "failed" if usd.unwrap_or(0.0) == 0.0 && credits.unwrap_or(0.0) == 0.0 => false,
            "failed" if price.is_some_and(|price| price.usd > 0.0) => true,
            _ => return None,
        };
        let inference_id = self.inference_id.filter(|id| is_id(id));
        Some((self.client_request_id?, LoggedCall { charged, inference_id, price }))
    }

    /// Reads a row of any client, which may have an id of any length. Ours are short.
    fn of_any_client(self) -> LogRow {
        let request_id = self.client_request_id.as_deref().map(service_text::name);
        // A row without an id is read like one with an id.
        let call = Row { client_request_id: Some(String::new()), ..self }.read();
        LogRow {
            request_id,
            charged: call.as_ref().map(|(_, call)| call.charged),
            price: call.and_then(|(_, call)| call.price),
        }
    }
}

/// A call to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCall {
    /// Its `X-Client-Request-Id`.
    pub request_id: String,
    /// When it was sent, by this machine's clock.
    pub sent: Timestamp,
}

/// Looks up calls in the usage log. A call that is missing from the result has no row yet.
///
/// Each window is fixed before its first page is requested, so that new rows do not shift the others. If
/// `stopped` returns true between two pages, the result holds only calls that were charged.
///
/// # Errors
/// See [`AccountError`].
pub fn find_in_usage_log(
    transport: &Transport,
    base: &BaseUrl,
    key: &ApiKey,
    calls: &[SentCall],
    stopped: impl Fn() -> bool,
) -> Result<HashMap<String, LoggedCall>, AccountError> {
    let mut found: HashMap<String, LoggedCall> = HashMap::new();
    let is_complete = read_pages(transport, base, key, windows(calls), stopped, |rows| {
        for (id, logged) in rows.into_iter().filter_map(Row::read) {
            let was_requested = calls.iter().any(|call| call.request_id == id);
            // If a call has two rows, the charged one counts.
            if was_requested && !found.get(&id).is_some_and(|call| call.charged) {
                found.insert(id, logged);
            }
        }
        // A call is free only if no row in the window says otherwise.
        found.len() == calls.len() && found.values().all(|call| call.charged)
    })?;
    if !is_complete {
        // The rows so far can prove that a call was charged, but not that it was free.
        found.retain(|_, call| call.charged);
    }
    Ok(found)
}

/// A row of the usage log, of any client.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// The client's id of the request, if it sent one.
    pub request_id: Option<String>,
    /// `None` if the row does not say.
    pub charged: Option<bool>,
    pub price: Option<Price>,
}

/// Reads all rows between two times. They are incomplete if there are more than 20,000, or `stopped` returns true; the
/// second value says whether they are complete.
///
/// # Errors
/// See [`AccountError`].
pub fn usage_log(
    transport: &Transport,
    base: &BaseUrl,
    key: &ApiKey,
    (start, end): (Timestamp, Timestamp),
    stopped: impl Fn() -> bool,
) -> Result<(Vec<LogRow>, bool), AccountError> {
    let mut found = Vec::new();
    let is_complete = read_pages(transport, base, key, whole_windows(start, end), stopped, |rows| {
        found.extend(rows.into_iter().map(Row::of_any_client));
        false
    })?;
    Ok((found, is_complete))
}

/// Reads the rows of all windows, page by page. `take` returns true if it needs no further rows of a window. Returns
/// false if the rows are not complete: `stopped` returned true between two pages, or a window has too many.
fn read_pages(
    transport: &Transport,
    base: &BaseUrl,
    key: &ApiKey,
    windows: Vec<(Timestamp, Timestamp)>,
    stopped: impl Fn() -> bool,
    mut take: impl FnMut(Vec<Row>) -> bool,
) -> Result<bool, AccountError> {
    for (start, end) in windows {
        for page in 0..MAX_PAGES {
            if page > 0 {
                thread::sleep(PAUSE);
            }
            let answer: Page = get(transport, page_url(base, start, end, page), key)?;
            let rows = answer.data.unwrap_or_default();
            let is_last = rows.is_empty() || !answer.pagination.has_more;
            if take(rows) || is_last {
                break;
            }
            if stopped() || page + 1 == MAX_PAGES {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Returns windows that follow each other, none longer than allowed.
fn whole_windows(start: Timestamp, end: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut windows = Vec::new();
    let mut start = start;
    while start < end {
        let stop = start.saturating_add(MAX_SPAN).unwrap_or(end).min(end);
        windows.push((start, stop));
        start = stop;
    }
    windows
}

fn page_url(base: &BaseUrl, start: Timestamp, end: Timestamp, page: usize) -> Url {
    let mut url = base.join(PATH);
    url.query_pairs_mut()
        .append_pair("start", &start.to_string())
        .append_pair("end", &end.to_string())
        .append_pair("limit", &PAGE.to_string())
        .append_pair("offset", &(page * PAGE).to_string());
    url
}

/// Returns the fewest windows that cover all calls with a margin for a wrong clock, none longer than allowed.
fn windows(calls: &[SentCall]) -> Vec<(Timestamp, Timestamp)> {
    let mut times: Vec<Timestamp> = calls.iter().map(|call| call.sent).collect();
    times.sort_unstable();
    let mut windows: Vec<(Timestamp, Timestamp)> = Vec::new();
    for time in times {
        // Whole seconds, because it is not documented how the service treats fractions.
        let time = Timestamp::from_second(time.as_second()).unwrap_or(time);
        let start = time.saturating_sub(CLOCK_ERROR).unwrap_or(Timestamp::MIN);
        let end = time.saturating_add(CLOCK_ERROR).unwrap_or(Timestamp::MAX);
        match windows.last_mut() {
            Some(last) if end.duration_since(last.0) <= MAX_SPAN => last.1 = end,
            _ => windows.push((start, end)),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(times: &[&str]) -> Vec<SentCall> {
        times
            .iter()
            .map(|time| SentCall { request_id: (*time).into(), sent: time.parse().unwrap() })
            .collect()
    }

    #[test]
    fn the_id_of_another_client_is_shortened_and_ours_is_not() {
        let id_of = |id: &str| {
            let row = serde_json::json!({"status": "succeeded", "client_request_id": id});
            serde_json::from_value::<Row>(row).unwrap().of_any_client().request_id.unwrap()
        };
        let long = id_of(&format!("seededit-{}", "x".repeat(100_000)));
        assert!(long.len() < 300 && long.ends_with('…'), "{long}");
        assert_eq!(id_of("seededit-0123456789abcdef-1"), "seededit-0123456789abcdef-1");
    }

    #[test]
    fn a_window_allows_for_a_clock_that_is_a_day_off() {
        let windows = windows(&calls(&["2026-01-10T12:00:00.5Z"]));
        assert_eq!(
            windows,
            [("2026-01-08T12:00:00Z".parse().unwrap(), "2026-01-12T12:00:00Z".parse().unwrap())]
        );
    }

    #[test]
    fn near_calls_share_a_window_and_far_ones_do_not() {
        assert_eq!(windows(&calls(&["2026-01-10T12:00:00Z", "2026-01-20T12:00:00Z"])).len(), 1);
        assert_eq!(windows(&calls(&["2026-01-10T12:00:00Z", "2026-09-20T12:00:00Z"])).len(), 2);
    }

    #[test]
    fn a_long_time_is_read_in_windows_without_a_gap() {
        let (start, end) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-12-01T00:00:00Z".parse().unwrap());
        let windows = whole_windows(start, end);
        assert_eq!((windows[0].0, windows.last().unwrap().1), (start, end));
        assert!(windows.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert!(whole_windows(end, start).is_empty());
    }

    #[test]
    fn a_row_is_charged_free_or_inconclusive() {
        let read = |json: &str| serde_json::from_str::<Row>(json).unwrap().read();
        let (id, logged) =
            read(r#"{"status":"succeeded","client_request_id":"a","inference_id":"i","cost":{"usd":0.5}}"#)
                .unwrap();
        assert_eq!((id.as_str(), logged.charged, logged.price.unwrap().usd), ("a", true, 0.5));
        assert!(
            !read(r#"{"status":"failed","client_request_id":"a","cost":{"usd":0,"credits":0}}"#)
                .unwrap()
                .1
                .charged
        );
        assert!(read(r#"{"status":"failed","client_request_id":"a","cost":{"usd":0.1}}"#).unwrap().1.charged);
        assert!(read(r#"{"status":"failed","client_request_id":"a","cost":{"usd":-0.1}}"#).is_none());
        assert!(read(r#"{"status":"running","client_request_id":"a"}"#).is_none());
        assert!(read(r#"{"status":"succeeded"}"#).is_none());
    }
}
