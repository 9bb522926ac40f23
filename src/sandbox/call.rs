//! The ids of a call, and the listener that it came in on.

use hyper::header::HeaderMap;
use thiserror::Error;

use super::ids;

/// The listener that a connection came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Api,
    Pictures,
}

/// A handler returns this to end the connection with a TCP reset instead of an answer.
#[derive(Debug, Error)]
#[error("the connection was reset by an injected fault")]
pub(super) struct Reset;

/// The ids of one call.
#[derive(Debug, Clone)]
pub(super) struct CallIds {
    pub(super) inference_id: String,
    /// The client's own id, unless it is one that the service drops.
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
}

/// Whether the service keeps a client's id. It silently drops any other.
fn is_valid_client_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_client_id_is_dropped() {
        assert!(is_valid_client_id("job-1.attempt_2:x"));
        assert!(is_valid_client_id(&"a".repeat(128)));
        assert!(!is_valid_client_id(""));
        assert!(!is_valid_client_id(&"a".repeat(129)));
        assert!(!is_valid_client_id("with space"));
        assert!(!is_valid_client_id("a/b"));
    }
}
