//! The limit of a session: what several runs of one process may spend together.

use std::sync::{Mutex, MutexGuard};

use crate::money::Usd;
use crate::sync::lock;

use super::budget::Shortage;

/// What the runs of one process may spend together. Each has a [`Budget`](super::Budget) of its own, which reserves from
/// this limit what it reserves for a task.
#[derive(Debug)]
pub struct SessionLimit {
    limit: Usd,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: Usd,
    held: Usd,
}

impl SessionLimit {
    pub fn new(limit: Usd) -> SessionLimit {
        SessionLimit { limit, state: Mutex::default() }
    }

    pub fn limit(&self) -> Usd {
        self.limit
    }

    /// The amount that was, or may have been, spent.
    pub fn spent(&self) -> Usd {
        self.state().spent
    }

    /// The amount that is neither spent nor reserved.
    pub fn left(&self) -> Usd {
        let state = self.state();
        self.limit.saturating_sub(state.spent.saturating_add(state.held))
    }

    /// Reserves an amount. Runs in progress are not waited for, although they may release money.
    pub(super) fn reserve(&self, amount: Usd) -> Result<(), Shortage> {
        let mut state = self.state();
        let used = state.spent.saturating_add(state.held);
        if used.saturating_add(amount) > self.limit {
            let left = self.limit.saturating_sub(used);
            return Err(Shortage { cost: amount, left, limit: self.limit, day: None, is_session: true });
        }
        state.held = state.held.saturating_add(amount);
        Ok(())
    }

    /// Releases an amount that was reserved, and counts what was spent instead.
    pub(super) fn settle(&self, reserved: Usd, spent: Usd) {
        let mut state = self.state();
        state.held = state.held.saturating_sub(reserved);
        state.spent = state.spent.saturating_add(spent);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::batch::{Budget, Denied};
    use crate::edit::Interrupt;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    #[test]
    fn runs_share_the_limit_and_each_keeps_its_own() {
        let (session, interrupt) = (SessionLimit::new(usd(1.0)), Interrupt::default());
        let budget = |limit| Budget::new(Some(usd(limit)), Some(usd(0.4))).with_session(Some(&session));
        let (first, second, third) = (budget(0.4), budget(0.8), budget(0.4));
        first.reserve(1, &interrupt).unwrap().settle(&[Some(0.4)]);
        assert!(
            matches!(first.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(found) if !found.is_session)
        );
        let hold = second.reserve(1, &interrupt).unwrap();
        assert_eq!((session.spent(), session.left()), (usd(0.4), usd(0.2)));
        assert!(
            matches!(third.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(found) if found.is_session)
        );
        // It was not charged.
        hold.settle(&[]);
        third.reserve(1, &interrupt).unwrap().settle(&[None]);
        assert_eq!((session.spent(), session.left()), (usd(0.8), usd(0.2)));
    }

    #[test]
    fn what_cost_more_than_expected_counts_in_full() {
        let (session, interrupt) = (SessionLimit::new(usd(1.0)), Interrupt::default());
        let budget = Budget::new(None, Some(usd(0.1))).with_session(Some(&session));
        budget.reserve(1, &interrupt).unwrap().settle(&[Some(3.0)]);
        assert_eq!((session.spent(), session.left()), (usd(3.0), usd(0.0)));
    }

    #[test]
    fn a_hold_that_is_dropped_counts_as_spent() {
        let (session, interrupt) = (SessionLimit::new(usd(1.0)), Interrupt::default());
        let budget = Budget::new(None, Some(usd(0.1))).with_session(Some(&session));
        drop(budget.reserve(2, &interrupt).unwrap());
        assert_eq!(session.spent(), usd(0.2));
    }

    #[test]
    fn the_limit_is_never_exceeded_however_many_runs_spend_at_once() {
        let session = SessionLimit::new(usd(0.5));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let (budget, interrupt) = (
                        Budget::new(None, Some(usd(0.01))).with_session(Some(&session)),
                        Interrupt::default(),
                    );
                    while let Ok(hold) = budget.reserve(1, &interrupt) {
                        hold.settle(&[Some(0.01)]);
                    }
                });
            }
        });
        assert_eq!(session.spent(), usd(0.5));
    }
}
