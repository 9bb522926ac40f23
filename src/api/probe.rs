//! Whether a service can be reached. The request has no key and is free.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, VIA};

use super::connection_failure::describe;
use super::endpoint::BaseUrl;
use super::http::{HttpError, Transport};

/// What an answer of any kind says about the way to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub elapsed: Duration,
    /// How far this machine's clock is ahead of the service's, in seconds.
    pub clock_ahead: Option<i64>,
    /// Proxies that say that they passed the request on.
    pub via: Option<String>,
}

/// Requests the base URL. An answer of any status will do.
///
/// # Errors
/// If there is no answer.
pub fn reach(transport: &Transport, base: &BaseUrl) -> Result<Reached, HttpError> {
    let url = base.join("");
    let client = transport.for_calls(&url)?;
    let started = Instant::now();
    let response = client.get(url).send().map_err(|error| HttpError(describe(&error)))?;
    let found = read(response.headers(), started.elapsed(), Timestamp::now());
    Ok(Reached { via: found.via.map(|via| transport.redacted(&via)), ..found })
}

fn read(headers: &HeaderMap, elapsed: Duration, now: Timestamp) -> Reached {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = text(DATE).and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    Reached {
        elapsed,
        clock_ahead: date.map(|date| now.as_second() - date.as_second()),
        via: text(VIA).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_clock_is_compared_with_that_of_the_service() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sat, 28 Nov 2026 12:00:00 GMT"));
        headers.insert(VIA, HeaderValue::from_static("1.1 proxy"));
        let now: Timestamp = "2026-11-28T12:05:00Z".parse().unwrap();
        let reached = read(&headers, Duration::ZERO, now);
        assert_eq!((reached.clock_ahead, reached.via.as_deref()), (Some(300), Some("1.1 proxy")));
        assert_eq!(read(&HeaderMap::new(), Duration::ZERO, now).clock_ahead, None);
    }
}
