//! The account's balance. Requests here are free.

use std::time::Instant;

use reqwest::header;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::error_chain::io_reason;
use crate::secret::ApiKey;

use super::connection_failure::describe;
use super::endpoint::BaseUrl;
use super::generate::bearer;
use super::http::{HttpError, ReadError, Transport, read_bounded};
use super::refusal::Refusal;

const BALANCE_PATH: &str = "/v2/billing";
/// More than any answer about an account or a list of models needs, in bytes.
const MAX_BYTES: usize = 8 << 20;

/// The money left in the account.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Balance {
    /// In `currency`.
    #[serde(rename = "current_balance")]
    pub amount: f64,
    /// `USD` if the answer does not name one.
    #[serde(default = "usd")]
    pub currency: String,
}

fn usd() -> String {
    "USD".into()
}

/// Why a request about the account failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Refused(Refusal),
    /// There was no complete answer.
    #[error("{0}")]
    Unreachable(HttpError),
    /// Something other than the service answered; holds the HTTP status.
    #[error("the answer did not come from the service (HTTP {0})")]
    NotFromService(u16),
}

/// Fetches the balance, which is the free way to check a key.
///
/// # Errors
/// See [`AccountError`].
pub fn balance(transport: &Transport, base: &BaseUrl, key: &ApiKey) -> Result<Balance, AccountError> {
    get(transport, base.join(BALANCE_PATH), key)
}

/// Sends a free GET request with the key and parses the JSON answer.
pub(super) fn get<T: DeserializeOwned>(
    transport: &Transport,
    url: Url,
    key: &ApiKey,
) -> Result<T, AccountError> {
    fetch(transport, url, Some(key))
}

/// Sends a free GET request that needs no key and parses the JSON answer.
pub(super) fn get_without_key<T: DeserializeOwned>(
    transport: &Transport,
    url: Url,
) -> Result<T, AccountError> {
    fetch(transport, url, None)
}

fn fetch<T: DeserializeOwned>(
    transport: &Transport,
    url: Url,
    key: Option<&ApiKey>,
) -> Result<T, AccountError> {
    let client = transport.for_calls(&url).map_err(AccountError::Unreachable)?;
    let mut request = client.get(url).header(header::ACCEPT, "application/json");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, bearer(key).map_err(AccountError::Unreachable)?);
    }
    let response = request.send().map_err(|error| AccountError::Unreachable(HttpError(describe(&error))))?;
    let status = response.status();
    let mut body = Vec::new();
    let deadline = Instant::now() + transport.timeout();
    read_bounded(response, &mut body, |_| MAX_BYTES, deadline, |_| {}).map_err(incomplete)?;
    transport.redact(&mut body);
    if let Some(key) = key {
        key.redact_bytes(&mut body);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| AccountError::NotFromService(status.as_u16()));
    }
    Err(match Refusal::read_free(status.as_u16(), &body) {
        Some(refusal) => AccountError::Refused(refusal),
        None => AccountError::NotFromService(status.as_u16()),
    })
}

fn incomplete(error: ReadError) -> AccountError {
    let reason = match error {
        ReadError::Failed(error) => io_reason(&error),
        ReadError::TooLarge => "it is too large".into(),
        ReadError::TimedOut => "it did not end within the time limit".into(),
    };
    AccountError::Unreachable(HttpError(format!("the answer is incomplete ({reason})")))
}
