//! The options of a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;

use super::credits::Credits;
use super::faults::Fault;
use super::models;

/// The behavior of a sandbox. The default is a service without faults.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address that the API listens on: loopback only. Port 0, the default, selects a free port. Results
    /// are always served from a free port of the same address.
    pub listen: SocketAddr,
    /// The faults. The first that applies to a request and is due is injected.
    pub faults: Vec<Fault>,
    /// The seed that selects the requests of faults with a percentage.
    pub fault_seed: u64,
    /// The delay before a picture is drawn; 0 by default.
    pub latency: Duration,
    /// The lifetime of a link to a result, in whole seconds; 24 h by default, as at the service.
    pub link_ttl: Duration,
    /// How long a result of a queue is kept; 1 h by default.
    pub result_ttl: Duration,
    /// The delay before the usage log lists a call; 0 by default.
    pub log_lag: Duration,
    /// The `Retry-After` of an injected 429 or 503; none by default.
    pub retry_after: Option<RetryAfter>,
    /// The price of a generation with SeedEdit 3.0; 63,000 credits (0.0315 USD) by default.
    pub price: Credits,
    /// The balance of the account; 1,000 USD by default.
    pub balance: Credits,
    /// The only key that is accepted; by default any that is not empty.
    pub key: Option<SecretString>,
    /// Whether every answer says that it comes from a sandbox; true by default. A test of what a client does
    /// with a real service clears it.
    pub is_marked: bool,
}

impl Options {
    /// Returns the highest price of one result of a model that gets this number of references. A model that is not known
    /// costs as much as SeedEdit 3.0.
    pub fn price_of(&self, model: &str, references: usize) -> Credits {
        models::price_of(model, references, self.price).unwrap_or(self.price)
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Vec::new(),
            fault_seed: 0,
            latency: Duration::ZERO,
            link_ttl: Duration::from_secs(24 * 60 * 60),
            result_ttl: Duration::from_secs(60 * 60),
            log_lag: Duration::ZERO,
            retry_after: None,
            price: Credits(63_000),
            balance: Credits(2_000_000_000),
            key: None,
            is_marked: true,
        }
    }
}

/// The two forms of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds, rounded up.
    Seconds(Duration),
    /// An HTTP date, this long after the answer.
    Date(Duration),
}
