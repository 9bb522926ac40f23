//! Cancellation: ends waits, never a paid call in flight.

use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::Duration;

use crate::sync::{lock, unpoisoned};

/// Why edits are canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cancellation {
    /// A signal arrived; holds its number.
    #[error("interrupted")]
    Signal(i32),
    /// The client of a server canceled the call.
    #[error("canceled by the client")]
    Client,
    /// The input of a server ended, so its client has gone.
    #[error("the input of the server ended")]
    EndOfInput,
    /// What a server writes cannot be written, so its client has gone.
    #[error("nobody reads the output of the server")]
    Unread,
}

impl Cancellation {
    /// The signal that ends a command in the same way.
    #[must_use]
    pub fn signal(self) -> i32 {
        /// That of Ctrl-C.
        const SIGINT: i32 = 2;

        match self {
            Cancellation::Signal(signal) => signal,
            Cancellation::Client | Cancellation::EndOfInput | Cancellation::Unread => SIGINT,
        }
    }
}

/// Whether edits are canceled, and why. Clones share their state.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Shared>);

#[derive(Default)]
struct Shared {
    cause: Mutex<Option<Cancellation>>,
    raised: Condvar,
    wakers: Mutex<Vec<Weak<dyn Fn() + Send + Sync>>>,
}

/// Keeps a waker registered; see [`Interrupt::on_raise`].
pub struct Waker(#[expect(dead_code, reason = "held for its lifetime")] Arc<dyn Fn() + Send + Sync>);

impl Interrupt {
    /// Cancels because of a signal, as [`Interrupt::cancel`] does.
    pub fn raise(&self, signal: i32) {
        self.cancel(Cancellation::Signal(signal));
    }

    /// Cancels. Only the first cause is remembered. Ends all waits.
    pub fn cancel(&self, cause: Cancellation) {
        lock(&self.0.cause).get_or_insert(cause);
        self.0.raised.notify_all();
        let wakers = std::mem::take(&mut *lock(&self.0.wakers));
        wakers.iter().filter_map(Weak::upgrade).for_each(|wake| wake());
    }

    /// Why it was canceled, if it was.
    pub fn cause(&self) -> Option<Cancellation> {
        *lock(&self.0.cause)
    }

    /// The signal, or the one that would end the command in the same way, if it was canceled.
    pub fn signal(&self) -> Option<i32> {
        self.cause().map(Cancellation::signal)
    }

    /// Waits for `time` or until it is canceled. Returns why, if it is.
    pub fn sleep(&self, time: Duration) -> Option<Cancellation> {
        let state = lock(&self.0.cause);
        let waited = self.0.raised.wait_timeout_while(state, time, |cause| cause.is_none());
        *unpoisoned(waited).0
    }

    /// Calls `wake` when a signal arrives, as long as the returned value lives.
    ///
    /// To miss no signal, register first and check [`Interrupt::signal`] under the lock that the wait releases;
    /// `wake` has to take that lock before it notifies. An earlier signal is not reported.
    #[must_use]
    pub fn on_raise(&self, wake: impl Fn() + Send + Sync + 'static) -> Waker {
        let waker: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let mut wakers = lock(&self.0.wakers);
        wakers.retain(|known| known.strong_count() > 0);
        wakers.push(Arc::downgrade(&waker));
        Waker(waker)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_signal_ends_a_wait_and_only_the_first_counts() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.sleep(Duration::from_millis(1)), None);
        interrupt.raise(15);
        interrupt.raise(2);
        assert_eq!(interrupt.sleep(Duration::from_secs(3600)), Some(Cancellation::Signal(15)));
    }

    #[test]
    fn a_waker_is_called_only_while_it_lives() {
        let (interrupt, calls) = (Interrupt::default(), Arc::new(AtomicUsize::new(0)));
        let count = |calls: &Arc<AtomicUsize>| {
            let calls = Arc::clone(calls);
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
            }
        };
        let kept = interrupt.on_raise(count(&calls));
        drop(interrupt.on_raise(count(&calls)));
        interrupt.raise(2);
        drop(kept);
        interrupt.raise(2);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
