//! The service's own error answers, in both structures that it uses.

use serde_json::Value;

use crate::secret::redact_links;

/// A refusal: its message, and the ids for the service's support. It cost nothing.
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

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The key is missing or wrong.
    Unauthorized,
    /// The account has no credit, or has reached its quota or spending limit.
    OutOfCredit,
    /// The key may not do this.
    Forbidden,
    /// The service has no such model or path.
    NotOffered,
    /// A proxy requires credentials.
    ProxyAuthorization,
    /// The request is larger than the service, or something before it, accepts.
    TooLarge,
    /// Too many requests at once. The same request may succeed later.
    RateLimited,
    /// The service is busy (503). The same request may succeed later.
    Busy,
    /// The service failed. The same request may succeed later.
    Failed,
    /// The request itself is wrong, or its content is not allowed.
    Invalid,
}

/// The codes with which services report a used-up quota with 429. Waiting does not help.
const QUOTA_CODES: [&str; 5] = [
    "billing_hard_limit_reached",
    "insufficient_quota",
    "quota_exceeded",
    "QuotaExceeded",
    "SetLimitExceeded",
];

impl Refusal {
    /// Parses an error answer. Returns `None` if it is not certain that nothing was charged.
    ///
    /// The service's structures are `{"message", "path", "requestId", "statusCode", "timestamp"}` and
    /// `{"error": {"message", "type", "code"}}`. Gateways send JSON of their own, often only a `message`. With 408,
    /// 499 and 5xx, when the service may still be working, only the first structure is trusted, for the statuses
    /// that the service uses. With 407, 413 and 431, nothing was processed, no matter who answers and how.
    pub fn read(status: u16, body: &[u8]) -> Option<Refusal> {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        if matches!(status, 408 | 499 | 500..) {
            return Self::read_own(status, &answer).filter(|_| matches!(status, 500 | 502..=504));
        }
        let other = || {
            let error = &answer["error"];
            Some(Refusal {
                status,
                message: redact_links(error["message"].as_str()?),
                request_id: text(&error["request_id"]).or_else(|| text(&answer["requestId"])),
                code: code(error),
            })
        };
        let bare = || Some(Refusal::new(status, &message(&answer["message"])?, text(&answer["requestId"])));
        other().or_else(bare).or_else(|| {
            let message = match status {
                407 => "a proxy requires credentials (HTTP 407)",
                413 => "the request is too large for the service or for a proxy before it (HTTP 413)",
                431 => {
                    "the request's headers are too large for the service or for a proxy before it (HTTP 431)"
                }
                _ => return None,
            };
            Some(Refusal::new(status, message, None))
        })
    }

    /// Reads the documented structure.
    fn read_own(status: u16, answer: &Value) -> Option<Refusal> {
        let message = message(&answer["message"])?;
        let is_same_status = text(&answer["statusCode"])? == status.to_string();
        let request_id = text(&answer["requestId"]);
        let is_documented = is_same_status && (request_id.is_some() || answer["path"].is_string());
        is_documented.then(|| Refusal::new(status, &message, request_id))
    }

    /// Creates the refusal of a proxy that wants credentials before it connects.
    pub fn by_proxy(message: &str) -> Refusal {
        Refusal::new(407, message, None)
    }

    fn new(status: u16, message: &str, request_id: Option<String>) -> Refusal {
        Refusal { status, message: redact_links(message), request_id, code: None }
    }

    /// Returns what the refusal means.
    pub fn kind(&self) -> RefusalKind {
        match self.status {
            401 => RefusalKind::Unauthorized,
            402 => RefusalKind::OutOfCredit,
            403 if self.is_out_of_credit() => RefusalKind::OutOfCredit,
            403 => RefusalKind::Forbidden,
            404 => RefusalKind::NotOffered,
            407 => RefusalKind::ProxyAuthorization,
            413 | 431 => RefusalKind::TooLarge,
            429 if self.code.as_deref().is_some_and(|code| QUOTA_CODES.contains(&code)) => {
                RefusalKind::OutOfCredit
            }
            429 => RefusalKind::RateLimited,
            503 => RefusalKind::Busy,
            500.. => RefusalKind::Failed,
            _ => RefusalKind::Invalid,
        }
    }

    /// Whether the message of a 403 is about the account's credit, rather than about the key's permissions.
    fn is_out_of_credit(&self) -> bool {
        let message = self.message.to_lowercase();
        ["credit", "balance", "top up", "overdue"].iter().any(|word| message.contains(word))
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

/// Returns the code of an error, or its type if that says more: a code can be just the status.
fn code(error: &Value) -> Option<String> {
    let names = [text(&error["code"]), text(&error["type"])];
    let is_quota = |name: &&String| QUOTA_CODES.contains(&name.as_str());
    let quota = names.iter().flatten().find(is_quota).cloned();
    quota.or_else(|| names.into_iter().flatten().next())
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
    use serde_json::json;

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
    fn a_failure_is_believed_only_in_the_documented_structure() {
        let documented = |code: Value| {
            json!({"message": "Generation timeout", "path": "/v1/images/generations", "requestId": "7", "statusCode": code})
                .to_string()
        };
        for status in [500, 502, 503, 504] {
            assert!(Refusal::read(status, documented(json!(status)).as_bytes()).is_some(), "{status}");
            assert!(Refusal::read(status, documented(json!(status.to_string())).as_bytes()).is_some());
        }
        for status in [408, 499, 501, 520, 524] {
            assert!(Refusal::read(status, documented(json!(status)).as_bytes()).is_none(), "{status}");
        }
        assert!(Refusal::read(502, documented(json!(500)).as_bytes()).is_none());
        // The structures of gateways, frameworks, and other hosts.
        for foreign in [
            json!({"message": "Endpoint request timed out"}),
            json!({"message": "Internal server error", "statusCode": 502, "activityId": "7"}),
            json!({"timestamp": "2025-03-11", "status": 502, "error": "Bad Gateway", "message": "x", "path": "/v1"}),
            json!({"message": "no server is available", "request_id": "7"}),
            json!({"error": {"message": "upstream request timeout"}}),
            json!({"error": {"message": "x", "type": "server_error", "code": "InternalServiceError"}}),
        ] {
            assert_eq!(Refusal::read(502, foreign.to_string().as_bytes()), None, "{foreign}");
        }
        assert!(Refusal::read(429, br#"{"message":"Too Many Requests"}"#).is_some());
    }

    #[test]
    fn a_rejection_before_processing_is_free_no_matter_who_answers() {
        for (status, kind) in [
            (407, RefusalKind::ProxyAuthorization),
            (413, RefusalKind::TooLarge),
            (431, RefusalKind::TooLarge),
        ] {
            for body in ["", "<html>no</html>", "{}", "[7]", r#"{"error":"no"}"#] {
                let refusal = Refusal::read(status, body.as_bytes()).unwrap();
                assert_eq!(refusal.kind(), kind, "{status} {body}");
            }
            let own = Refusal::read(status, br#"{"message":"no","requestId":"7"}"#).unwrap();
            assert_eq!((own.message.as_str(), own.request_id.as_deref()), ("no", Some("7")));
        }
    }

    #[test]
    fn a_used_up_quota_is_not_a_rate_limit() {
        let kind = |code: &str, name: &str| {
            let body = json!({"error": {"message": "no", name: code}}).to_string();
            Refusal::read(429, body.as_bytes()).unwrap().kind()
        };
        for code in QUOTA_CODES {
            assert_eq!(kind(code, "code"), RefusalKind::OutOfCredit, "{code}");
            assert_eq!(kind(code, "type"), RefusalKind::OutOfCredit, "{code}");
        }
        assert_eq!(kind("RateLimitExceeded", "code"), RefusalKind::RateLimited);
        let both = json!({"error": {"message": "no", "code": 429, "type": "insufficient_quota"}}).to_string();
        assert_eq!(Refusal::read(429, both.as_bytes()).unwrap().kind(), RefusalKind::OutOfCredit);
    }
}
