//! Error answers of the service, of gateways and of the object store.

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faulty_body::FaultyBody;
use super::field::FieldError;
use super::host::Host;
use super::ids;

/// An error of the service itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) kind: Kind,
    pub(super) message: String,
    /// The invalid fields, if that is the reason.
    pub(super) fields: Vec<FieldError>,
}

/// What hosts distinguish by codes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unauthorized,
    NoCredits,
    NoModel,
    RateLimit,
    Server,
    Other,
}

impl Problem {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Problem {
        let kind = match status {
            StatusCode::UNAUTHORIZED => Kind::Unauthorized,
            StatusCode::TOO_MANY_REQUESTS => Kind::RateLimit,
            status if status.is_server_error() => Kind::Server,
            _ => Kind::Other,
        };
        Problem { status, kind, message: message.into(), fields: Vec::new() }
    }

    /// 400: unknown or invalid fields.
    pub(super) fn body(details: &str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, format!("Body validation error! {details}"))
    }

    /// 400: unknown or invalid fields, each with its name.
    pub(super) fn fields(errors: &[FieldError]) -> Problem {
        let texts: Vec<String> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Problem { fields: errors.to_vec(), ..Problem::body(&texts.join("; ")) }
    }

    /// 400: unknown or invalid query parameters.
    pub(super) fn query(details: &str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, format!("Query validation error! {details}"))
    }

    /// 401: the key is missing, wrong or expired.
    pub(super) fn unauthorized() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "This request requires a valid API key. The sandbox accepts any key that is not empty, \
             or the one it was started with.",
        )
    }

    /// 403: the balance is used up.
    pub(super) fn no_credits() -> Problem {
        let message = "You've run out of credits. The sandbox's balance is the one it was started with.";
        Problem { kind: Kind::NoCredits, ..Problem::new(StatusCode::FORBIDDEN, message) }
    }

    /// 404: the model is unknown or no longer served.
    pub(super) fn no_such_model(model: &str) -> Problem {
        let message = format!("Model {model} was not found");
        Problem { kind: Kind::NoModel, ..Problem::new(StatusCode::NOT_FOUND, message) }
    }

    /// 404: nothing is served under this method and path.
    pub(super) fn no_such_endpoint() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "No such endpoint")
    }

    /// 429.
    pub(super) fn too_many_requests() -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
    }

    /// 5xx, with the documented message.
    pub(super) fn server_error(status: StatusCode) -> Problem {
        let message = match status.as_u16() {
            502 => "Bad Gateway",
            503 => "Service unavailable",
            504 => "Generation timeout",
            _ => "Internal server error",
        };
        Problem::new(status, message)
    }

    /// The error in the form of a host.
    pub(super) fn response_of(&self, host: Host, path: &str) -> Response<FaultyBody> {
        match host.error(self) {
            Some((status, body)) => json_response(status, &body),
            None => self.response(path),
        }
    }

    /// The error as JSON, in the form of the default host.
    ///
    /// The service has sent `statusCode` as a string and as a number. Here it is a string in a 4xx and a number
    /// in a 5xx, so that clients meet both.
    pub(super) fn response(&self, path: &str) -> Response<FaultyBody> {
        let code = if self.status.is_client_error() {
            json!(self.status.as_str())
        } else {
            json!(self.status.as_u16())
        };
        let body = json!({
            "message": self.message,
            "path": path,
            "requestId": ids::random(),
            "statusCode": code,
            "timestamp": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        });
        json_response(self.status, &body)
    }
}

/// An error in the form of other hosts: `{"error": {…}}`.
pub(super) fn ark_error(status: StatusCode) -> Response<FaultyBody> {
    let message = format!("the sandbox injected a fault. Request id: {}", ids::random());
    let body = json!({"error": {"message": message, "type": "SandboxError", "code": "SandboxFault"}});
    json_response(status, &body)
}

/// The HTML error page of a gateway between client and service.
pub(super) fn gateway_page(status: StatusCode) -> Response<FaultyBody> {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let title = format!("{} {reason}", status.as_str());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>\
         </center>\r\n</body>\r\n</html>\r\n"
    );
    response_with_type(status, "text/html; charset=utf-8", page.into_bytes())
}

/// An error of the object store.
pub(super) fn object_store_error(status: StatusCode, code: &str, message: &str) -> Response<FaultyBody> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}\
         </Message><RequestId>{}</RequestId></Error>\n",
        ids::random()
    );
    response_with_type(status, "application/xml", body.into_bytes())
}

/// A complete JSON answer.
pub(super) fn json_response(status: StatusCode, body: &Value) -> Response<FaultyBody> {
    response_with_type(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}

/// A complete answer with this media type.
pub(super) fn response_with_type(
    status: StatusCode,
    media_type: &'static str,
    body: Vec<u8>,
) -> Response<FaultyBody> {
    let mut response = Response::new(FaultyBody::whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
