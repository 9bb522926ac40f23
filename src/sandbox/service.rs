//! The shared state of all request handlers.

use std::sync::{Mutex, MutexGuard};

use seededit_base::sync::lock;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};

use super::fault_injector::FaultInjector;
use super::host::Host;
use super::ledger::Ledger;
use super::links::{LinkSigner, RandomnessError};
use super::options::Options;
use super::problem::Problem;
use super::queue::Queue;
use super::rate_limit::RateLimit;
use super::store::PictureStore;

/// The state of a running sandbox. Locks are never held across an await point.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) options: Options,
    pub(super) links: LinkSigner,
    ledger: Mutex<Ledger>,
    pictures: Mutex<PictureStore>,
    faults: Mutex<FaultInjector>,
    queue: Mutex<Queue>,
    log_rate_limit: Mutex<RateLimit>,
}

impl Service {
    pub(super) fn new(options: Options, pictures_url: String) -> Result<Service, RandomnessError> {
        Ok(Service {
            links: LinkSigner::new(pictures_url, options.link_ttl)?,
            faults: Mutex::new(FaultInjector::new(&options.faults, options.fault_seed)),
            options,
            ledger: Mutex::default(),
            queue: Mutex::default(),
            pictures: Mutex::default(),
            log_rate_limit: Mutex::default(),
        })
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn pictures(&self) -> MutexGuard<'_, PictureStore> {
        lock(&self.pictures)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, FaultInjector> {
        lock(&self.faults)
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    pub(super) fn log_rate_limit(&self) -> MutexGuard<'_, RateLimit> {
        lock(&self.log_rate_limit)
    }

    /// Checks the key: the configured one, or any that is not empty.
    pub(super) fn authenticate(&self, host: Host, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(scheme) = host.scheme() else {
            return Ok(());
        };
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix(scheme))
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let expected = self.options.key.as_ref().map(SecretString::expose_secret);
        match (given, expected) {
            (Some(_), None) => Ok(()),
            (Some(given), Some(expected)) if given == expected => Ok(()),
            _ => Err(Problem::unauthorized()),
        }
    }
}
