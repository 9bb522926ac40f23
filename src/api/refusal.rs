//! The service's own error answers, in both structures that it uses.

use serde_json::Value;

use crate::secret::redact_links;

/// A refusal by the service: its message, and the ids for its support.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub status: u16,
    /// The service's message, with the queries of links redacted. Not yet sanitized for a terminal.
    pub message: String,
    /// The service's id for this call, if it sent one.
    pub request_id: Option<String>,
    /// The error code of the second structure (`ModelNotOpen`, …), if there is one.
    pub code: Option<String>,
}

impl Refusal {
    /// Parses an error answer. Returns `None` if it does not come from the service itself.
    ///
    /// The structures are `{"message", "path", "requestId", "statusCode", "timestamp"}` and
    /// `{"error": {"message", "type", "code"}}`. Gateways send JSON of their own, often only a `message`.
    /// With 408 and 5xx, when the service may still be working, a bare `message` is not trusted.
    pub fn read(status: u16, body: &[u8]) -> Option<Refusal> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let in_doubt = status == 408 || status >= 500;
        if let Some(message) = answer["error"]["message"].as_str() {
            if in_doubt && answer["error"]["code"].is_null() && answer["error"]["type"].is_null() {
                return None;
            }
            let code = text(&answer["error"]["code"]);
            let request_id = text(&answer["error"]["request_id"]).or_else(|| text(&answer["requestId"]));
            return Some(Refusal { status, message: redact_links(message), request_id, code });
        }
        let message = message(&answer["message"])?;
        let signed =
            ["requestId", "statusCode", "path", "timestamp"].iter().any(|mark| !answer[mark].is_null());
        if in_doubt && !signed {
            return None;
        }
        let request_id = text(&answer["requestId"]);
        Some(Refusal { status, message: redact_links(&message), request_id, code: None })
    }

    /// Returns whether the account is out of credit, rather than the key lacking a permission.
    pub fn is_out_of_credit(&self) -> bool {
        let message = self.message.to_lowercase();
        self.status == 402
            || (self.status == 403
                && ["credit", "balance", "top up", "overdue"].iter().any(|word| message.contains(word)))
    }
}

/// Reads a message, or an array of its lines.
fn message(value: &Value) -> Option<String> {
    match value {
        Value::String(message) => Some(message.clone()),
        Value::Array(lines) => {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            (!lines.is_empty()).then(|| lines.join("; "))
        }
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_error_structures_are_read() {
        let own = br#"{"message":"Too Many Requests","path":"/v1/images/generations","requestId":"798b","statusCode":"429","timestamp":"2025-03-11T07:13:27.813Z"}"#;
        let read = Refusal::read(429, own).unwrap();
        assert_eq!((read.message.as_str(), read.request_id.as_deref()), ("Too Many Requests", Some("798b")));

        let other = br#"{"error":{"message":"no such model","type":"NotFound","code":"ModelNotOpen"}}"#;
        let read = Refusal::read(404, other).unwrap();
        assert_eq!((read.message.as_str(), read.code.as_deref()), ("no such model", Some("ModelNotOpen")));
    }

    #[test]
    fn other_bodies_are_not_from_the_service() {
        for body in
            ["", "<html>502</html>", "null", "[]", "{}", "{\"message\":7}", "{\"error\":\"x\"}", "{\"mess"]
        {
            assert_eq!(Refusal::read(500, body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_bare_message_is_trusted_except_with_408_and_5xx() {
        let bare = br#"{"message":"Endpoint request timed out"}"#;
        let other = br#"{"error":{"message":"upstream request timeout"}}"#;
        assert!(Refusal::read(429, bare).is_some());
        for status in [408, 500, 502, 503, 504, 524] {
            assert!(Refusal::read(status, bare).is_none(), "{status}");
            assert!(Refusal::read(status, other).is_none(), "{status}");
        }
        assert!(Refusal::read(500, br#"{"error":{"message":"x","code":"InternalError"}}"#).is_some());
        assert!(Refusal::read(504, br#"{"message":"Generation timeout","statusCode":504}"#).is_some());
    }
}
