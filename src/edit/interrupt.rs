//! The wish to stop, which ends a wait but never what is paid for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Whether the user asked to stop, and by which signal. Shared by who hears it and who obeys.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<(Mutex<Option<i32>>, Condvar)>);

impl Interrupt {
    /// Asks to stop. The first signal is the one that is remembered.
    pub fn raise(&self, signal: i32) {
        let (state, raised) = &*self.0;
        state.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(signal);
        raised.notify_all();
    }

    /// The signal, if one came.
    pub fn signal(&self) -> Option<i32> {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until a signal comes, which is then returned.
    pub fn sleep(&self, time: Duration) -> Option<i32> {
        let (state, raised) = &*self.0;
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = raised.wait_timeout_while(state, time, |signal| signal.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_a_wait_and_the_first_one_counts() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.sleep(Duration::from_millis(1)), None);
        interrupt.raise(15);
        interrupt.raise(2);
        assert_eq!(interrupt.sleep(Duration::from_secs(3600)), Some(15));
    }
}
