//! The errors of services, each in the structures of its own.

use serde_json::Value;

use crate::cards::{ErrorFormat, Meaning, ServiceCard};

use super::service_text;

/// A refusal: its message, and the ids for the service's support. It cost nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub status: u16,
    /// The service's message, shortened, with the queries of links redacted. Not yet sanitized for a terminal.
    pub message: String,
    /// The service's id for this call, if it sent one.
    pub request_id: Option<String>,
    /// The error code (`ModelNotOpen`, …), if there is one.
    pub code: Option<String>,
    /// What the code means at the service.
    pub meaning: Option<Meaning>,
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

impl Refusal {
    /// Parses an error answer of a service. Returns `None` if it is not certain that nothing was charged.
    ///
    /// A refusal is believed only in a structure of the service itself, because gateways and proxies send JSON of their
    /// own. After 408, 499 and 5xx the service may still be working: see [`Refusal::read_failure`]. With 407, 413 and 431,
    /// nothing was processed, no matter who answers and how.
    pub fn read(status: u16, body: &[u8], service: &ServiceCard) -> Option<Refusal> {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_failure = matches!(status, 408 | 499 | 500..);
        let read = match service.errors {
            _ if is_failure => return Self::read_failure(status, &answer, service.errors),
            ErrorFormat::Aimlapi => {
                Self::read_error_object(status, &answer).or_else(|| Self::read_message(status, &answer))
            }
            ErrorFormat::Ark | ErrorFormat::Openai => Self::read_error_object(status, &answer),
            ErrorFormat::Fal => Self::read_detail(status, &answer),
            ErrorFormat::Local => Self::read_any(status, &answer),
        };
        let read = read.or_else(|| Some(Refusal::new(status, before_processing(status)?, None)))?;
        let meaning = read.code.as_deref().and_then(|code| service.meaning(code));
        Some(Refusal { meaning, ..read })
    }

    /// Parses an error answer to a request that costs nothing, so that it need not be proven who answered.
    pub fn read_free(status: u16, body: &[u8]) -> Option<Refusal> {
        Self::read_any(status, &serde_json::from_slice(body).unwrap_or_default())
    }

    /// Reads a failure after which the service may still be working. It is believed for the statuses that the service
    /// uses itself, and only if the answer cannot be that of another server: Ark and OpenAI do not say that a failure is
    /// free.
    fn read_failure(status: u16, answer: &Value, format: ErrorFormat) -> Option<Refusal> {
        match format {
            ErrorFormat::Aimlapi if matches!(status, 500 | 502..=504) => Self::read_own(status, answer),
            // Nothing costs anything there.
            ErrorFormat::Local => Self::read_any(status, answer),
            ErrorFormat::Aimlapi | ErrorFormat::Ark | ErrorFormat::Openai | ErrorFormat::Fal => None,
        }
    }

    /// Reads a failure of a request that a queue had accepted and run. Only fal documents that it is not charged.
    pub fn read_failed_run(status: u16, body: &[u8], service: &ServiceCard) -> Option<Refusal> {
        let answer = serde_json::from_slice(body).unwrap_or_default();
        let is_believed = service.errors == ErrorFormat::Fal && status >= 500;
        Self::read_detail(status, &answer).filter(|_| is_believed)
    }

    /// Reads `{"error": {"message", "type", "code"}}`.
    fn read_error_object(status: u16, answer: &Value) -> Option<Refusal> {
        let error = &answer["error"];
        Some(Refusal {
            request_id: text(&error["request_id"]).or_else(|| text(&answer["requestId"])),
            code: code(error),
            ..Refusal::new(status, error["message"].as_str()?, None)
        })
    }

    /// Reads `{"message", "requestId"}`.
    fn read_message(status: u16, answer: &Value) -> Option<Refusal> {
        Some(Refusal::new(status, &message(&answer["message"])?, text(&answer["requestId"])))
    }

    /// Reads `{"detail": "text"}` and `{"detail": [{"loc", "msg", "type"}]}`.
    fn read_detail(status: u16, answer: &Value) -> Option<Refusal> {
        let detail = &answer["detail"];
        if let Some(text) = detail.as_str() {
            return Some(Refusal::new(status, text, None));
        }
        let problem = |problem: &Value| {
            let place = problem["loc"].as_array().and_then(|place| place.last()).and_then(text);
            let what = problem["msg"].as_str()?;
            Some(place.map_or_else(|| what.to_owned(), |place| format!("{place}: {what}")))
        };
        let problems: Vec<String> = detail.as_array()?.iter().filter_map(problem).collect();
        let code = detail[0]["type"].as_str().map(service_text::name);
        (!problems.is_empty()).then(|| Refusal { code, ..Refusal::new(status, &problems.join("; "), None) })
    }

    /// Reads the errors of servers that people run themselves: `{"error": "text"}` and the structures of services.
    fn read_any(status: u16, answer: &Value) -> Option<Refusal> {
        let bare = || Some(Refusal::new(status, answer["error"].as_str()?, None));
        bare()
            .or_else(|| Self::read_error_object(status, answer))
            .or_else(|| Self::read_detail(status, answer))
            .or_else(|| Self::read_message(status, answer))
    }

    /// Reads the documented structure.
    fn read_own(status: u16, answer: &Value) -> Option<Refusal> {
        let message = message(&answer["message"])?;
        let is_same_status = text(&answer["statusCode"])? == status.to_string();
        let request_id = text(&answer["requestId"]);
        let is_documented = is_same_status && (request_id.is_some() || answer["path"].is_string());
        is_documented.then(|| Refusal::new(status, &message, request_id))
    }

    /// Creates the refusal of a request whose answer has a reason instead of each picture, and cost nothing.
    pub fn made_nothing(status: u16, why: &str) -> Refusal {
        Refusal::new(status, &format!("the service made no picture: {why}"), None)
    }

    /// Creates the refusal of a proxy that wants credentials before it connects.
    pub fn by_proxy(message: &str) -> Refusal {
        Refusal::new(407, message, None)
    }

    /// Creates the refusal of a request that had not been sent completely.
    pub fn early(status: u16, what: &str) -> Refusal {
        let message =
            format!("the request was refused before it was sent completely (HTTP {status}, {what})");
        Refusal::new(status, &message, None)
    }

    fn new(status: u16, message: &str, request_id: Option<String>) -> Refusal {
        Refusal { status, message: service_text::message(message), request_id, code: None, meaning: None }
    }

    /// Returns what the refusal means.
    pub fn kind(&self) -> RefusalKind {
        match self.meaning {
            Some(Meaning::Key) => return RefusalKind::Unauthorized,
            Some(Meaning::Money) => return RefusalKind::OutOfCredit,
            Some(Meaning::Forbidden) => return RefusalKind::Forbidden,
            Some(Meaning::Model) => return RefusalKind::NotOffered,
            Some(Meaning::Content) => return RefusalKind::Invalid,
            Some(Meaning::Rate) => return RefusalKind::RateLimited,
            None => {}
        }
        match self.status {
            401 => RefusalKind::Unauthorized,
            402 => RefusalKind::OutOfCredit,
            403 if self.is_out_of_credit() => RefusalKind::OutOfCredit,
            403 => RefusalKind::Forbidden,
            404 => RefusalKind::NotOffered,
            407 => RefusalKind::ProxyAuthorization,
            413 | 431 => RefusalKind::TooLarge,
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

/// Returns the code of an error, or its type if the code is just a number, such as the status.
fn code(error: &Value) -> Option<String> {
    let name = |field: &str| error[field].as_str().filter(|name| !name.is_empty()).map(service_text::name);
    name("code").or_else(|| name("type"))
}

/// The message for a status with which a request is rejected before it is processed.
fn before_processing(status: u16) -> Option<&'static str> {
    Some(match status {
        407 => "a proxy requires credentials (HTTP 407)",
        413 => "the request is too large for the service or for a proxy before it (HTTP 413)",
        431 => "the request's headers are too large for the service or for a proxy before it (HTTP 431)",
        _ => return None,
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(service_text::name(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Models;
    use serde_json::json;

    fn read_of(service: &str, status: u16, body: &[u8]) -> Option<Refusal> {
        Refusal::read(status, body, Models::built_in(service).unwrap().service())
    }

    fn read(status: u16, body: &[u8]) -> Option<Refusal> {
        read_of("aimlapi", status, body)
    }

    #[test]
    fn both_error_structures_are_read() {
        let own = br#"{"message":"Too Many Requests","path":"/v1/images/generations","requestId":"798b","statusCode":"429","timestamp":"2025-03-11T07:13:27.813Z"}"#;
        let found = read(429, own).unwrap();
        assert_eq!(
            (found.message.as_str(), found.request_id.as_deref()),
            ("Too Many Requests", Some("798b"))
        );

        let other = br#"{"error":{"message":"no such model","type":"NotFound","code":"ModelNotOpen"}}"#;
        let found = read(404, other).unwrap();
        assert_eq!((found.message.as_str(), found.code.as_deref()), ("no such model", Some("ModelNotOpen")));
    }

    #[test]
    fn other_bodies_are_not_from_the_service() {
        for body in
            ["", "<html>502</html>", "null", "[]", "{}", "{\"message\":7}", "{\"error\":\"x\"}", "{\"mess"]
        {
            assert_eq!(read(500, body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_failure_is_believed_only_in_the_documented_structure() {
        let documented = |code: Value| {
            json!({"message": "Generation timeout", "path": "/v1/images/generations", "requestId": "7", "statusCode": code})
                .to_string()
        };
        for status in [500, 502, 503, 504] {
            assert!(read(status, documented(json!(status)).as_bytes()).is_some(), "{status}");
            assert!(read(status, documented(json!(status.to_string())).as_bytes()).is_some());
        }
        for status in [408, 499, 501, 520, 524] {
            assert!(read(status, documented(json!(status)).as_bytes()).is_none(), "{status}");
        }
        assert!(read(502, documented(json!(500)).as_bytes()).is_none());
        // The structures of gateways, frameworks, and other hosts.
        for foreign in [
            json!({"message": "Endpoint request timed out"}),
            json!({"message": "Internal server error", "statusCode": 502, "activityId": "7"}),
            json!({"timestamp": "2025-03-11", "status": 502, "error": "Bad Gateway", "message": "x", "path": "/v1"}),
            json!({"message": "no server is available", "request_id": "7"}),
            json!({"error": {"message": "upstream request timeout"}}),
            json!({"error": {"message": "x", "type": "server_error", "code": "InternalServiceError"}}),
        ] {
            assert_eq!(read(502, foreign.to_string().as_bytes()), None, "{foreign}");
        }
        assert!(read(429, br#"{"message":"Too Many Requests"}"#).is_some());
    }

    #[test]
    fn a_rejection_before_processing_is_free_no_matter_who_answers() {
        for (status, kind) in [
            (407, RefusalKind::ProxyAuthorization),
            (413, RefusalKind::TooLarge),
            (431, RefusalKind::TooLarge),
        ] {
            for body in ["", "<html>no</html>", "{}", "[7]", r#"{"error":"no"}"#] {
                let refusal = read(status, body.as_bytes()).unwrap();
                assert_eq!(refusal.kind(), kind, "{status} {body}");
            }
            let own = read(status, br#"{"message":"no","requestId":"7"}"#).unwrap();
            assert_eq!((own.message.as_str(), own.request_id.as_deref()), ("no", Some("7")));
        }
    }

    #[test]
    fn a_used_up_quota_is_not_a_rate_limit() {
        let kind = |code: &str, name: &str| {
            let body = json!({"error": {"message": "no", name: code}}).to_string();
            read(429, body.as_bytes()).unwrap().kind()
        };
        for code in [
            "billing_hard_limit_reached",
            "insufficient_quota",
            "quota_exceeded",
            "QuotaExceeded",
            "SetLimitExceeded",
        ] {
            assert_eq!(kind(code, "code"), RefusalKind::OutOfCredit, "{code}");
            assert_eq!(kind(code, "type"), RefusalKind::OutOfCredit, "{code}");
        }
        assert_eq!(kind("RateLimitExceeded", "code"), RefusalKind::RateLimited);
        let both = json!({"error": {"message": "no", "code": 429, "type": "insufficient_quota"}}).to_string();
        assert_eq!(read(429, both.as_bytes()).unwrap().kind(), RefusalKind::OutOfCredit);
    }

    #[test]
    fn a_refusal_is_believed_only_in_the_structure_of_the_service() {
        let own = json!({"message": "no", "path": "/v1", "requestId": "7", "statusCode": 400}).to_string();
        let object = json!({"error": {"message": "no", "code": "InvalidParameter"}}).to_string();
        let detail =
            json!({"detail": [{"loc": ["body", "seed"], "msg": "too large", "type": "x"}]}).to_string();
        let bare = json!({"error": "no"}).to_string();
        for (service, believed) in [
            ("aimlapi", [true, true, false, false]),
            ("ark", [false, true, false, false]),
            ("byteplus", [false, true, false, false]),
            ("openai", [false, true, false, false]),
            ("fal", [false, false, true, false]),
            ("local", [true, true, true, true]),
        ] {
            let found =
                [&own, &object, &detail, &bare].map(|body| read_of(service, 400, body.as_bytes()).is_some());
            assert_eq!(found, believed, "{service}");
            assert!(read_of(service, 413, b"<html>").is_some(), "{service}");
        }
        let found = read_of("fal", 422, detail.as_bytes()).unwrap();
        assert_eq!(found.message, "seed: too large");
    }

    #[test]
    fn a_failure_of_a_service_that_does_not_call_it_free_is_not_believed() {
        let error =
            json!({"error": {"message": "x", "code": "InternalServiceError"}, "detail": "x"}).to_string();
        for service in ["ark", "byteplus", "openai", "fal"] {
            for status in [500, 502, 503, 504] {
                assert_eq!(read_of(service, status, error.as_bytes()), None, "{service} {status}");
            }
        }
        assert!(read_of("local", 500, error.as_bytes()).is_some());
    }

    #[test]
    fn codes_mean_what_the_service_says() {
        let kind = |service: &str, status: u16, code: &str| {
            let body = json!({"error": {"message": "no", "code": code}}).to_string();
            read_of(service, status, body.as_bytes()).unwrap().kind()
        };
        for (service, status, code, expected) in [
            ("ark", 401, "AuthenticationError", RefusalKind::Unauthorized),
            ("ark", 403, "AccountOverdueError", RefusalKind::OutOfCredit),
            ("ark", 403, "OperationDenied.ServiceOverdue", RefusalKind::Forbidden),
            ("ark", 404, "InvalidEndpointOrModel.NotFound", RefusalKind::NotOffered),
            ("ark", 404, "ModelNotOpen", RefusalKind::NotOffered),
            ("ark", 400, "OutputImageSensitiveContentDetected.PolicyViolation", RefusalKind::Invalid),
            ("ark", 429, "SetLimitExceeded", RefusalKind::OutOfCredit),
            ("ark", 429, "ServerOverloaded", RefusalKind::RateLimited),
            ("openai", 429, "insufficient_quota", RefusalKind::OutOfCredit),
            ("openai", 429, "rate_limit_exceeded", RefusalKind::RateLimited),
            ("openai", 400, "moderation_blocked", RefusalKind::Invalid),
        ] {
            assert_eq!(kind(service, status, code), expected, "{service} {code}");
        }
    }
}
