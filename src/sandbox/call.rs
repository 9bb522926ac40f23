//! What handlers know of a request beside what it asks for.

use hyper::header::{HeaderMap, HeaderValue};
use thiserror::Error;

use super::ids;

/// The path of the one endpoint that costs something.
pub(super) const GENERATIONS: &str = "/v1/images/generations";

/// Which of the two listeners a connection came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Api,
    Pictures,
}

/// A handler's wish that the connection end in a TCP reset and without an answer.
#[derive(Debug, Error)]
#[error("the connection was reset as asked for")]
pub(super) struct Reset;

/// The names under which one request is known.
#[derive(Debug, Clone)]
pub(super) struct CallIds {
    pub(super) inference_id: String,
    /// What the client called it, when the service would not have dropped that.
    pub(super) client_request_id: Option<String>,
}

impl CallIds {
    pub(super) fn from_headers(headers: &HeaderMap) -> CallIds {
        let client_request_id = headers
            .get("x-client-request-id")
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_valid_client_id(id))
            .map(str::to_owned);
        CallIds { inference_id: ids::random(), client_request_id }
    }

    /// The headers that name the call in an answer of the service's own.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        let names = [
            ("x-inference-id", Some(&self.inference_id)),
            ("x-client-request-id", self.client_request_id.as_ref()),
        ];
        for (header, name) in names {
            if let Some(value) = name.and_then(|name| HeaderValue::from_str(name).ok()) {
                headers.insert(header, value);
            }
        }
    }
}

/// The ids that the service keeps; any other is silently dropped.
fn is_valid_client_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_that_does_not_fit_is_dropped() {
        assert!(is_valid_client_id("job-1.attempt_2:x"));
        assert!(is_valid_client_id(&"a".repeat(128)));
        assert!(!is_valid_client_id(""));
        assert!(!is_valid_client_id(&"a".repeat(129)));
        assert!(!is_valid_client_id("with space"));
        assert!(!is_valid_client_id("a/b"));
    }
}
