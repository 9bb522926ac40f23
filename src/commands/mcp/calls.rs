//! The tool calls in progress.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};

use crate::edit::{Cancellation, Interrupt};
use crate::sync::{lock, unpoisoned};

/// The most calls in progress. More are refused, so that a client cannot start any number of threads.
const MAX_CALLS: usize = 16;

/// The calls in progress. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Calls(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    open: HashMap<u64, Interrupt>,
    next: u64,
    /// Why no call is carried out any more.
    closed: Option<Cancellation>,
}

/// A call in progress. It ends when this is dropped.
pub(super) struct Call {
    calls: Calls,
    number: u64,
    interrupt: Interrupt,
}

impl Calls {
    /// Begins a call. `None` if there are too many. After [`Calls::close`], the call is canceled from the start.
    pub(super) fn begin(&self) -> Option<Call> {
        let mut state = lock(&self.0.state);
        if state.open.len() >= MAX_CALLS {
            return None;
        }
        let (number, interrupt) = (state.next, Interrupt::default());
        if let Some(cause) = state.closed {
            interrupt.cancel(cause);
        }
        state.next += 1;
        state.open.insert(number, interrupt.clone());
        Some(Call { calls: self.clone(), number, interrupt })
    }

    /// Cancels all calls, and those that begin later: nothing new is sent. What was sent is waited for.
    pub(super) fn close(&self, cause: Cancellation) {
        let open: Vec<Interrupt> = {
            let mut state = lock(&self.0.state);
            state.closed.get_or_insert(cause);
            state.open.values().cloned().collect()
        };
        open.iter().for_each(|interrupt| interrupt.cancel(cause));
    }

    /// Waits until no call is in progress.
    pub(super) fn wait(&self) {
        let mut state = lock(&self.0.state);
        while !state.open.is_empty() {
            state = unpoisoned(self.0.ended.wait(state));
        }
    }
}

impl Call {
    /// What cancels the call.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        lock(&self.calls.0.state).open.remove(&self.number);
        self.calls.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_canceled_together_and_waited_for() {
        let calls = Calls::default();
        let first = calls.begin().unwrap();
        assert_eq!(first.interrupt().cause(), None);
        calls.close(Cancellation::EndOfInput);
        calls.close(Cancellation::Client);
        assert_eq!(first.interrupt().cause(), Some(Cancellation::EndOfInput));
        assert_eq!(calls.begin().unwrap().interrupt().cause(), Some(Cancellation::EndOfInput));
        drop(first);
        calls.wait();
    }

    #[test]
    fn too_many_calls_are_refused_until_one_ends() {
        let calls = Calls::default();
        let mut open: Vec<Call> = (0..MAX_CALLS).map(|_| calls.begin().unwrap()).collect();
        assert!(calls.begin().is_none());
        open.pop();
        assert!(calls.begin().is_some());
    }
}
