//! What every request handler works on.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};

use super::gallery::Gallery;
use super::ledger::Ledger;
use super::links::{Links, NoRandomness};
use super::mischief::Mischief;
use super::problem::Problem;
use super::turnstile::Turnstile;
use super::{Options, url_of};

/// The state of one running sandbox. Locks are held for a look or an entry, never across a wait.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) options: Options,
    pub(super) links: Links,
    ledger: Mutex<Ledger>,
    gallery: Mutex<Gallery>,
    mischief: Mutex<Mischief>,
    turnstile: Mutex<Turnstile>,
}

impl Service {
    pub(super) fn new(options: Options, pictures: SocketAddr) -> Result<Service, NoRandomness> {
        Ok(Service {
            links: Links::new(url_of(pictures), options.link_ttl)?,
            mischief: Mutex::new(Mischief::new(&options.faults, options.fault_seed)),
            options,
            ledger: Mutex::default(),
            gallery: Mutex::default(),
            turnstile: Mutex::default(),
        })
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn gallery(&self) -> MutexGuard<'_, Gallery> {
        lock(&self.gallery)
    }

    pub(super) fn mischief(&self) -> MutexGuard<'_, Mischief> {
        lock(&self.mischief)
    }

    pub(super) fn turnstile(&self) -> MutexGuard<'_, Turnstile> {
        lock(&self.turnstile)
    }

    /// Lets a request in: with the key that was set, or with any that is not empty.
    pub(super) fn ensure_key(&self, headers: &HeaderMap) -> Result<(), Problem> {
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
