//! The hosts that the sandbox stands in for, and what differs between them: keys, ids and forms of errors.

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::call::CallIds;
use super::field::{FieldError, FieldErrorKind};
use super::problem::{Kind, Problem};

/// A host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    /// The host of the client's default settings.
    Default,
    /// OpenAI's own.
    OpenAi,
    /// The maker's own: Volcengine Ark and BytePlus ModelArk.
    Ark,
    /// fal, with a queue.
    Fal,
    /// A server on the user's machine that needs no key, such as `sd-server`.
    Local,
}

impl Host {
    /// The header with which a request is authorized starts with this word. `None` needs no key.
    pub(super) fn scheme(self) -> Option<&'static str> {
        match self {
            Host::Default | Host::OpenAi | Host::Ark => Some("Bearer "),
            Host::Fal => Some("Key "),
            Host::Local => None,
        }
    }

    /// Whether its usage log and balance are the default host's.
    pub(super) fn has_log(self) -> bool {
        self == Host::Default
    }

    /// Adds the ids of a call to the headers of an answer.
    pub(super) fn add_ids(self, call: &CallIds, headers: &mut HeaderMap) {
        let own = match self {
            Host::Default => "x-inference-id",
            Host::OpenAi | Host::Ark => "x-request-id",
            Host::Fal => "x-fal-request-id",
            Host::Local => return,
        };
        let echo = call.client_request_id.as_ref().filter(|_| self == Host::Default);
        for (header, id) in [(own, Some(&call.inference_id)), ("x-client-request-id", echo)] {
            if let Some(value) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
                headers.insert(header, value);
            }
        }
    }

    /// The status and body of an error, if the host has a form of its own.
    pub(super) fn error(self, problem: &Problem) -> Option<(StatusCode, Value)> {
        match self {
            Host::Default => None,
            Host::OpenAi => Some(openai_error(problem)),
            Host::Ark => Some(ark_error(problem)),
            Host::Fal => Some(fal_error(problem)),
            Host::Local => {
                let status = match problem.kind {
                    Kind::Server => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => problem.status,
                };
                Some((status, json!({"error": problem.message})))
            }
        }
    }
}

/// `{"error": {message, type, param, code}}`
fn openai_error(problem: &Problem) -> (StatusCode, Value) {
    let first = problem.fields.first();
    let (status, kind, code) = match problem.kind {
        Kind::Unauthorized => (problem.status, "invalid_request_error", Some("invalid_api_key")),
        Kind::NoCredits => (StatusCode::TOO_MANY_REQUESTS, "insufficient_quota", Some("insufficient_quota")),
        Kind::NoModel => (problem.status, "invalid_request_error", Some("model_not_found")),
        Kind::RateLimit => (problem.status, "requests", Some("rate_limit_exceeded")),
        Kind::Server => (problem.status, "server_error", None),
        Kind::Other => (problem.status, "invalid_request_error", first.map(openai_code)),
    };
    let message = first.map_or_else(|| problem.message.clone(), openai_message);
    let param = first.map(|first| first.field.as_str());
    (status, json!({"error": {"message": message, "type": kind, "param": param, "code": code}}))
}

/// `{"error": {code, message}}`
fn ark_error(problem: &Problem) -> (StatusCode, Value) {
    let code = match problem.kind {
        Kind::Unauthorized => "AuthenticationError",
        Kind::NoCredits => "AccountOverdueError",
        Kind::NoModel => "InvalidEndpointOrModel.NotFound",
        Kind::RateLimit => "RateLimitExceeded",
        Kind::Server => "InternalServiceError",
        Kind::Other if problem.status == StatusCode::FORBIDDEN => "AccessDenied",
        Kind::Other => problem.fields.first().map_or("InvalidParameter", ark_code),
    };
    (problem.status, json!({"error": {"code": code, "message": problem.message}}))
}

/// `{"detail": …}`: a list of invalid fields, or a text.
fn fal_error(problem: &Problem) -> (StatusCode, Value) {
    if problem.fields.is_empty() {
        return (problem.status, json!({"detail": problem.message}));
    }
    let detail: Vec<Value> = problem
        .fields
        .iter()
        .map(|error| {
            let kind = match error.kind {
                FieldErrorKind::Missing => "missing",
                FieldErrorKind::Unknown => "extra_forbidden",
                FieldErrorKind::Invalid => "value_error",
            };
            json!({"loc": ["body", error.field], "msg": error.message, "type": kind})
        })
        .collect();
    (StatusCode::UNPROCESSABLE_ENTITY, json!({"detail": detail}))
}

fn ark_code(error: &FieldError) -> &'static str {
    match error.kind {
        FieldErrorKind::Missing => "MissingParameter",
        FieldErrorKind::Unknown => "InvalidParameter.UnsupportedParameter",
        FieldErrorKind::Invalid if error.field == "image" => "InvalidImageURL",
        FieldErrorKind::Invalid => "InvalidParameter",
    }
}

fn openai_code(error: &FieldError) -> &'static str {
    match error.kind {
        FieldErrorKind::Missing => "missing_required_parameter",
        FieldErrorKind::Unknown => "unknown_parameter",
        FieldErrorKind::Invalid => "invalid_value",
    }
}

fn openai_message(error: &FieldError) -> String {
    match error.kind {
        FieldErrorKind::Missing => format!("Missing required parameter: '{}'.", error.field),
        FieldErrorKind::Unknown => format!("Unknown parameter: '{}'.", error.field),
        FieldErrorKind::Invalid => format!("Invalid value for '{}': {}.", error.field, error.message),
    }
}
