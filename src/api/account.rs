//! What the service says about the account; asking is free.

use std::io::{ErrorKind, Read};
use std::time::Instant;

use reqwest::blocking::Response;
use reqwest::{Url, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::secret::ApiKey;

use super::endpoint::BaseUrl;
use super::generate::bearer;
use super::http::{HttpError, Transport, describe};
use super::refusal::Refusal;

const BALANCE_PATH: &str = "/v2/billing";
/// More than any answer about an account needs.
const MAX_BYTES: usize = 1 << 20;

/// What is left to spend.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Balance {
    /// In `currency`.
    #[serde(rename = "current_balance")]
    pub amount: f64,
    /// `USD` where the service does not say.
    #[serde(default = "usd")]
    pub currency: String,
}

fn usd() -> String {
    "USD".into()
}

/// Why the account could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The service refused.
    #[error(transparent)]
    Refused(Refusal),
    /// No answer.
    #[error("{0}")]
    Unreachable(HttpError),
    /// An answer, but not the service's.
    #[error("the answer about the account is not the service's own (HTTP {0})")]
    NotFromService(u16),
}

/// Asks for the balance: the free way to find out whether a key is good.
///
/// # Errors
/// See [`AccountError`].
pub fn balance(transport: &Transport, base: &BaseUrl, key: &ApiKey) -> Result<Balance, AccountError> {
    get(transport, base.join(BALANCE_PATH), key)
}

/// Reads an answer of at most [`MAX_BYTES`], however slowly it comes, until `deadline`.
fn read_within(mut response: Response, deadline: Instant) -> Result<Vec<u8>, AccountError> {
    let broken = |why: &str| AccountError::Unreachable(HttpError(format!("the answer broke off ({why})")));
    let mut body = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        match response.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(read) => body.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(broken(&error.kind().to_string())),
        }
        if body.len() > MAX_BYTES {
            return Err(broken("it is too large"));
        }
        if Instant::now() >= deadline {
            return Err(broken("it did not end in time"));
        }
    }
}

/// Asks one of the account's free questions.
pub(super) fn get<T: DeserializeOwned>(
    transport: &Transport,
    url: Url,
    key: &ApiKey,
) -> Result<T, AccountError> {
    let client = transport.for_calls(&url).map_err(AccountError::Unreachable)?;
    let response = client
        .get(url)
        .header(header::AUTHORIZATION, bearer(key).map_err(AccountError::Unreachable)?)
        .header(header::ACCEPT, "application/json")
        .send()
        .map_err(|error| AccountError::Unreachable(HttpError(describe(error))))?;
    let status = response.status();
    let mut body = read_within(response, Instant::now() + transport.timeout())?;
    if key.is_redactable() {
        key.redact_bytes(&mut body);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| AccountError::NotFromService(status.as_u16()));
    }
    Err(match Refusal::read(status.as_u16(), &body) {
        Some(refusal) => AccountError::Refused(refusal),
        None => AccountError::NotFromService(status.as_u16()),
    })
}
