//! One POST that pays for a generation, and its raw answer.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::cards::{Auth, ServiceCard};
use crate::secret::{ApiKey, redact_url};

use super::exchange::Exchange;
use super::http::{HttpError, Transport};
use super::local_server::VisibleArea;
use super::request::{Body, RequestId, TransferProgress};
use super::verdict::{RawAnswer, UnknownOutcome};

/// Why a POST brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The service cannot have received the whole request, so it certainly cost nothing.
    #[error("{0}")]
    NotSent(HttpError),
    /// The same, and a retry would fail in the same way.
    #[error("{1}")]
    Blocked(Obstacle, HttpError),
    /// A proxy wants credentials before it connects. Nothing was sent to the service, and a retry would fail in the same
    /// way.
    #[error("{0}")]
    ProxyAuthorization(HttpError),
    /// The whole request was sent, and no answer came back.
    #[error("{0}")]
    Unknown(UnknownOutcome),
}

/// What prevents a connection, however often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The server cannot prove its identity to this machine.
    ServerCertificate,
    /// The server accepts only clients with a certificate of their own.
    ClientCertificate,
    /// A proxy refuses to connect, or is none.
    Proxy,
    /// The request cannot be made of the settings.
    Settings,
}

impl SendError {
    /// Creates the error for a URL that cannot be called.
    pub(super) fn invalid(url: &Url, why: &str) -> SendError {
        SendError::Blocked(Obstacle::Settings, HttpError(format!("{} {why}", redact_url(url))))
    }
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
/// Counts the sent bytes in `transfer`.
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
    transfer: &TransferProgress,
    area: Option<VisibleArea>,
) -> Result<RawAnswer, SendError> {
    let headers =
        headers(call, id, body, area).map_err(|error| SendError::Blocked(Obstacle::Settings, error))?;
    let mut answer = Exchange { transport, url: &call.url, headers, body, transfer }.run()?;
    answer.redact(call.key);
    Ok(answer)
}

fn headers(
    call: &Call<'_>,
    id: &RequestId,
    body: &Body,
    area: Option<VisibleArea>,
) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, value(body.content_type())?);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some((name, value)) = authorization(call.service.auth, call.key)? {
        headers.insert(name, value);
    }
    if let Some(name) = &call.service.request_id_header {
        let name = name.parse::<HeaderName>();
        headers.insert(
            name.map_err(|_| HttpError("the card's header is not valid".into()))?,
            value(id.as_str())?,
        );
    }
    if let Some((name, area)) = area.map(|area| area.header()) {
        headers.insert(name, value(&area)?);
    }
    Ok(headers)
}

fn value(text: &str) -> Result<HeaderValue, HttpError> {
    HeaderValue::from_str(text)
        .map_err(|_| HttpError(format!("{text:?} contains characters that are not allowed in a header")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let key = ApiKey::parse("0123456789abcdef").unwrap();
        assert!(!format!("{:?}", bearer(&key).unwrap()).contains("0123456789"));
    }
}
