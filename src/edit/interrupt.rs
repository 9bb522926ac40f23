//! Cancellation: ends waits, never a paid call in flight.

use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::Duration;

use crate::sync::{lock, unpoisoned};

/// Whether the user canceled, and by which signal. Clones share their state.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Shared>);

#[derive(Default)]
struct Shared {
    signal: Mutex<Option<i32>>,
    raised: Condvar,
    wakers: Mutex<Vec<Weak<dyn Fn() + Send + Sync>>>,
}

/// Keeps a waker registered; see [`Interrupt::on_raise`].
pub struct Waker(#[expect(dead_code, reason = "held for its lifetime")] Arc<dyn Fn() + Send + Sync>);

impl Interrupt {
    /// Cancels. Only the first signal is remembered. Ends all waits.
    pub fn raise(&self, signal: i32) {
        lock(&self.0.signal).get_or_insert(signal);
        self.0.raised.notify_all();
        let wakers = std::mem::take(&mut *lock(&self.0.wakers));
        wakers.iter().filter_map(Weak::upgrade).for_each(|wake| wake());
    }

    /// The signal, if there was one.
    pub fn signal(&self) -> Option<i32> {
        *lock(&self.0.signal)
    }

    /// Waits for `time` or until a signal arrives. Returns the signal, if any.
    pub fn sleep(&self, time: Duration) -> Option<i32> {
        let state = lock(&self.0.signal);
        let waited = self.0.raised.wait_timeout_while(state, time, |signal| signal.is_none());
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
        assert_eq!(interrupt.sleep(Duration::from_secs(3600)), Some(15));
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
