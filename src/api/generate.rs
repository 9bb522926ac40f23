//! One POST that pays for a generation, and its raw answer.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::{self, Response};
use reqwest::header::{self, HeaderName, HeaderValue};
use url::Url;

use crate::cards::{Auth, ServiceCard};
use crate::secret::ApiKey;

use super::connection_failure::{describe, is_certificate_error, wants_proxy_authorization};
use super::http::{HttpError, ReadError, Transport, read_bounded};
use super::local_server::VisibleArea;
use super::request::{Body, CountingReader, RequestId, TransferProgress};
use super::verdict::{MAX_ANSWER_BYTES, RawAnswer, UnknownOutcome};

/// The size limit of an answer that contains the picture.
const MAX_INLINE_ANSWER_BYTES: usize = 64 << 20;

/// Why a POST brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent, so it certainly cost nothing.
    #[error("{0}")]
    NotSent(HttpError),
    /// Nothing was sent, and a retry would fail in the same way: an invalid certificate, a proxy that is
    /// not a URL.
    #[error("{0}")]
    Final(HttpError),
    /// A proxy wants credentials before it connects. Nothing was sent to the service, and a retry would fail in the same
    /// way.
    #[error("{0}")]
    ProxyAuthorization(HttpError),
    /// Something was sent, and no answer came back.
    #[error("{0}")]
    Unknown(UnknownOutcome),
}

/// Where a request goes, and in whose name.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub url: Url,
    pub service: &'a ServiceCard,
    pub key: &'a ApiKey,
}

/// Sends one generation. This function is the only place that spends money.
///
/// Counts the sent bytes in `transfer`, if there is one.
///
/// `area` is only for a sandbox. A service gets only the headers that it documents.
///
/// # Errors
/// See [`SendError`]. An answer of any status, even a truncated one, is not an error here.
pub fn send(
    transport: &Transport,
    call: &Call<'_>,
    id: &RequestId,
    body: &Body,
    transfer: Option<&TransferProgress>,
    area: Option<VisibleArea>,
) -> Result<RawAnswer, SendError> {
    let client = transport.for_calls(&call.url).map_err(SendError::Final)?;
    if let Some(transfer) = transfer {
        transfer.start(body.len());
    }
    let payload = match (transfer, body.single_chunk()) {
        (None, Some(bytes)) => blocking::Body::from(bytes),
        (transfer, _) => {
            let reader = CountingReader::new(body, transfer.cloned().unwrap_or_default());
            blocking::Body::sized(reader, body.len())
        }
    };
    let deadline = Instant::now() + transport.timeout();
    let mut request = client
        .post(call.url.clone())
        .header(header::CONTENT_TYPE, body.content_type())
        .header(header::ACCEPT, "application/json")
        .body(payload);
    if let Some((name, value)) = authorization(call.service.auth, call.key).map_err(SendError::Final)? {
        request = request.header(name, value);
    }
    if let Some(name) = &call.service.request_id_header {
        request = request.header(name, id.as_str());
    }
    if let Some((name, value)) = area.map(|area| area.header()) {
        request = request.header(name, value);
    }
    let response = request.send().map_err(|error| send_error(error, transport.timeout()))?;
    let mut answer = receive(response, deadline, transport.timeout());
    answer.redact(call.key);
    Ok(answer)
}

/// Returns the header that carries the key. `None` if the service needs none and there is none.
pub(super) fn authorization(
    auth: Auth,
    key: &ApiKey,
) -> Result<Option<(HeaderName, HeaderValue)>, HttpError> {
    let value = match auth {
        Auth::Optional if key.is_none() => return Ok(None),
        Auth::Bearer | Auth::Optional => bearer(key)?,
        Auth::Key => credential("Key", key)?,
    };
    Ok(Some((header::AUTHORIZATION, value)))
}

/// Returns the header for a key that the service calls a bearer token.
pub(super) fn bearer(key: &ApiKey) -> Result<HeaderValue, HttpError> {
    credential("Bearer", key)
}

/// Returns a header with the key, marked as sensitive so that no library logs it.
fn credential(scheme: &str, key: &ApiKey) -> Result<HeaderValue, HttpError> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {}", key.expose()))
        .map_err(|_| HttpError("the key contains characters that are not allowed in a header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn send_error(error: reqwest::Error, timeout: Duration) -> SendError {
    if error.is_builder() || is_certificate_error(&error) {
        return SendError::Final(HttpError(describe(&error)));
    }
    if wants_proxy_authorization(&error) {
        return SendError::ProxyAuthorization(HttpError(describe(&error)));
    }
    // The library counts everything before the request as "connect": DNS, TCP, TLS, the proxy.
    if error.is_connect() {
        return SendError::NotSent(HttpError(describe(&error)));
    }
    if error.is_timeout() {
        return SendError::Unknown(UnknownOutcome::TimedOut(timeout));
    }
    SendError::Unknown(UnknownOutcome::Disconnected(describe(&error)))
}

pub(super) fn receive(response: Response, deadline: Instant, timeout: Duration) -> RawAnswer {
    let mut answer = RawAnswer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: Vec::new(),
        incomplete: None,
        received: Timestamp::now(),
    };
    let mut limit = MAX_ANSWER_BYTES;
    let limit_for = |body: &[u8]| {
        if body.len() > limit && limit == MAX_ANSWER_BYTES && contains_picture(body) {
            limit = MAX_INLINE_ANSWER_BYTES;
        }
        limit
    };
    let read = read_bounded(response, &mut answer.body, limit_for, deadline, |_| {});
    answer.incomplete = read.err().map(|error| match error {
        ReadError::Failed(_) => UnknownOutcome::Truncated(answer.body.len()),
        ReadError::TooLarge => UnknownOutcome::TooLarge(limit),
        ReadError::TimedOut => UnknownOutcome::TimedOut(timeout),
    });
    answer
}

/// Returns whether the beginning of an answer shows that it contains a picture, as Base64 or as a data URI.
///
/// The service may send one even though a link was requested, and a paid result must not be discarded for
/// its size.
fn contains_picture(body: &[u8]) -> bool {
    const FIELD: &[u8] = b"\"b64_json\"";
    const DATA_URI: &[u8] = b"\"data:";
    let head = &body[..body.len().min(MAX_ANSWER_BYTES)];
    let is_base64 = |rest: &[u8]| {
        let mut rest = rest.iter().filter(|byte| !byte.is_ascii_whitespace());
        rest.next() == Some(&b':') && rest.next() == Some(&b'"')
    };
    (0..head.len())
        .map(|at| &head[at..])
        .any(|rest| rest.starts_with(DATA_URI) || rest.strip_prefix(FIELD).is_some_and(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inline_picture_is_detected_by_a_field_that_is_not_null_or_a_data_uri() {
        assert!(contains_picture(br#"{"created":1,"data":[{"url":null,"b64_json": "/9j/"#));
        assert!(contains_picture(br#"{"data":[{"b64_json":null},{"b64_json":"/9j/"#));
        assert!(contains_picture(br#"{"images":[{"url":"data:image/png;base64,iVBO"#));
        assert!(contains_picture(br#"{"images":["data:image/png;base64,iVBO"#));
        assert!(!contains_picture(br#"{"data":[{"url":"https://h","b64_json":null}]}"#));
        assert!(!contains_picture(br#"{"data":[{"url":"https://h/data:"}],"data":null}"#));
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let key = ApiKey::parse("0123456789abcdef").unwrap();
        assert!(!format!("{:?}", bearer(&key).unwrap()).contains("0123456789"));
    }
}
