//! What every request handler works on.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};

use super::fault_injector::FaultInjector;
use super::ledger::Ledger;
use super::links::{LinkSigner, RandomnessError};
use super::problem::Problem;
use super::rate_limit::RateLimit;
use super::store::PictureStore;
use super::{Options, url_of};

/// The state of one running sandbox. Locks are held for a look or an entry, never across a wait.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) options: Options,
    pub(super) links: LinkSigner,
    ledger: Mutex<Ledger>,
    pictures: Mutex<PictureStore>,
    faults: Mutex<FaultInjector>,
    log_rate_limit: Mutex<RateLimit>,
}

impl Service {
    pub(super) fn new(options: Options, pictures: SocketAddr) -> Result<Service, RandomnessError> {
        Ok(Service {
            links: LinkSigner::new(url_of(pictures), options.link_ttl)?,
            faults: Mutex::new(FaultInjector::new(&options.faults, options.fault_seed)),
            options,
            ledger: Mutex::default(),
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

    pub(super) fn log_rate_limit(&self) -> MutexGuard<'_, RateLimit> {
        lock(&self.log_rate_limit)
    }

    /// Lets a request in: with the key that was set, or with any that is not empty.
    pub(super) fn authenticate(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let shown = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let wanted = self.options.key.as_ref().map(SecretString::expose_secret);
        match (shown, wanted) {
            (Some(_), None) => Ok(()),
            (Some(shown), Some(wanted)) if shown == wanted => Ok(()),
            _ => Err(Problem::unauthorized()),
        }
    }
}

/// A handler that panicked leaves nothing half done here, so its lock is taken over.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
