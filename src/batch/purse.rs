//! How much may be spent, and how much of it is spoken for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::edit::Interrupt;

/// How often a wait for money looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A sum of US dollars, in billionths, so that prices add up exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(u64);

impl Usd {
    const UNITS: f64 = 1e9;
    /// More than anyone has: the largest sum that is told apart from its neighbours.
    const MOST: f64 = 9e6;

    /// A sum; none for what cannot be one.
    pub fn new(amount: f64) -> Option<Usd> {
        // The nearest billionth, which is what was meant.
        (0.0..=Usd::MOST).contains(&amount).then(|| Usd((amount * Usd::UNITS).round() as u64))
    }

    /// The sum as it is told.
    pub fn value(self) -> f64 {
        self.0 as f64 / Usd::UNITS
    }

    /// So many times.
    #[must_use]
    pub fn times(self, count: u64) -> Usd {
        Usd(self.0.saturating_mul(count))
    }

    fn plus(self, more: Usd) -> Usd {
        Usd(self.0.saturating_add(more.0))
    }

    fn minus(self, less: Usd) -> Usd {
        Usd(self.0.saturating_sub(less.0))
    }
}

impl std::str::FromStr for Usd {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let amount = text.strip_prefix('$').unwrap_or(text).parse().ok();
        amount.and_then(Usd::new).ok_or("takes US dollars: a number from 0, like 2.50")
    }
}

/// What is left to spend, shared by all who do.
#[derive(Debug)]
pub struct Purse {
    limit: Option<Usd>,
    most: Option<u64>,
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What one edit costs, as far as is known; it only grows.
    price: Option<Usd>,
    spent: Usd,
    reserved: Usd,
    begun: u64,
}

/// Money that is set aside for one order. Without a word about what became of it, it counts as spent.
#[derive(Debug)]
pub struct Held<'a> {
    purse: &'a Purse,
    amount: Usd,
    is_settled: bool,
}

/// Why nothing is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotHeld {
    /// The rest is not enough, and nothing of it will come back.
    Empty,
    /// As many were begun as may be.
    Enough,
    /// A signal came first.
    Interrupted,
}

impl Purse {
    /// At most `limit` is spent; `price` is what one edit is expected to cost.
    pub fn new(limit: Option<Usd>, price: Option<Usd>) -> Purse {
        let state = State { price, ..State::default() };
        Purse { limit, most: None, state: Mutex::new(state), settled: Condvar::new() }
    }

    /// The same, for at most so many orders.
    #[must_use]
    pub fn for_at_most(self, most: Option<u64>) -> Purse {
        Purse { most, ..self }
    }

    /// Sets aside the price of so many edits. Waits while what others have set aside may come back.
    ///
    /// # Errors
    /// See [`NotHeld`].
    pub fn hold(&self, edits: u32, interrupt: &Interrupt) -> Result<Held<'_>, NotHeld> {
        let mut state = self.state();
        loop {
            if self.most.is_some_and(|most| state.begun >= most) {
                return Err(NotHeld::Enough);
            }
            let amount = state.price.unwrap_or_default().times(u64::from(edits));
            let needed = state.spent.plus(state.reserved).plus(amount);
            if self.limit.is_none_or(|limit| needed <= limit) {
                state.reserved = state.reserved.plus(amount);
                state.begun += 1;
                return Ok(Held { purse: self, amount, is_settled: false });
            }
            if state.reserved == Usd::default() {
                return Err(NotHeld::Empty);
            }
            if interrupt.signal().is_some() {
                return Err(NotHeld::Interrupted);
            }
            state = self.settled.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What was spent so far, what may have been spent included.
    pub fn spent(&self) -> Usd {
        self.state().spent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, held: Usd, spent: Usd) {
        let mut state = self.state();
        state.reserved = state.reserved.minus(held);
        state.spent = state.spent.plus(spent);
        drop(state);
        self.settled.notify_all();
    }
}

impl Held<'_> {
    /// Says what was really spent: `told` by the service, for `edits` that were charged; of `in_doubt`
    /// more nobody knows, and they count as charged. A charged edit without a told price has the expected
    /// one. An edit that cost more than expected makes the next ones expected to.
    pub fn settle(mut self, told: f64, edits: u32, unpriced: u32) {
        self.is_settled = true;
        let told = Usd::new(told).unwrap_or_default();
        let mut state = self.purse.state();
        if edits > 0 {
            let each = Usd(told.0.div_ceil(u64::from(edits)));
            state.price = state.price.max(Some(each));
        }
        let more = state.price.unwrap_or_default().times(u64::from(unpriced));
        drop(state);
        self.purse.settle(self.amount, told.plus(more));
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.purse.settle(self.amount, self.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    #[test]
    fn ten_edits_of_0_0315_fit_into_0_315_and_no_eleventh() {
        let (purse, interrupt) = (Purse::new(Some(usd(0.315)), Some(usd(0.0315))), Interrupt::default());
        for _ in 0..10 {
            purse.hold(1, &interrupt).unwrap().settle(0.0315, 1, 0);
        }
        assert_eq!(purse.hold(1, &interrupt).unwrap_err(), NotHeld::Empty);
        assert_eq!(purse.spent(), usd(0.315));
    }

    #[test]
    fn what_turned_out_free_comes_back_and_what_is_in_doubt_does_not() {
        let (purse, interrupt) = (Purse::new(Some(usd(1.0)), Some(usd(1.0))), Interrupt::default());
        purse.hold(1, &interrupt).unwrap().settle(0.0, 0, 0);
        purse.hold(1, &interrupt).unwrap().settle(0.0, 0, 1);
        assert_eq!(purse.hold(1, &interrupt).unwrap_err(), NotHeld::Empty);
    }

    #[test]
    fn a_price_that_has_risen_is_expected_of_the_next() {
        let (purse, interrupt) = (Purse::new(Some(usd(5.0)), Some(usd(1.0))), Interrupt::default());
        purse.hold(1, &interrupt).unwrap().settle(3.0, 1, 0);
        assert_eq!(purse.hold(1, &interrupt).unwrap_err(), NotHeld::Empty);
    }

    #[test]
    fn a_chain_is_afforded_as_a_whole_or_not_begun() {
        let (purse, interrupt) = (Purse::new(Some(usd(2.5)), Some(usd(1.0))), Interrupt::default());
        assert_eq!(purse.hold(3, &interrupt).unwrap_err(), NotHeld::Empty);
        purse.hold(2, &interrupt).unwrap().settle(2.0, 2, 0);
        assert_eq!(purse.spent(), usd(2.0));
    }

    #[test]
    fn however_many_spend_at_once_the_limit_is_never_passed() {
        let purse = Purse::new(Some(usd(0.5)), Some(usd(0.01)));
        let (interrupt, most, spent) = (Interrupt::default(), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for worker in 0..16u64 {
                let (purse, interrupt, most, spent) = (&purse, &interrupt, &most, &spent);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(worker);
                    while let Ok(held) = purse.hold(1, interrupt) {
                        let under_way = most.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(under_way + spent.load(Ordering::SeqCst) <= 50 + 16);
                        let charged = rng.bool();
                        if charged {
                            assert!(spent.fetch_add(1, Ordering::SeqCst) < 50);
                        }
                        most.fetch_sub(1, Ordering::SeqCst);
                        held.settle(if charged { 0.01 } else { 0.0 }, u32::from(charged), 0);
                    }
                });
            }
        });
        assert_eq!(spent.load(Ordering::SeqCst), 50);
        assert_eq!(purse.spent(), usd(0.5));
    }

    #[test]
    fn no_more_orders_are_begun_than_may_be() {
        let (purse, interrupt) = (Purse::new(None, None).for_at_most(Some(2)), Interrupt::default());
        let _held = [purse.hold(1, &interrupt).unwrap(), purse.hold(3, &interrupt).unwrap()];
        assert_eq!(purse.hold(1, &interrupt).unwrap_err(), NotHeld::Enough);
    }

    #[test]
    fn a_sum_reads_as_people_write_it() {
        assert_eq!("2.50".parse(), Ok(usd(2.5)));
        assert_eq!("$3".parse(), Ok(usd(3.0)));
        for bad in ["", "-1", "NaN", "inf", "1e9", "two"] {
            assert!(bad.parse::<Usd>().is_err(), "{bad}");
        }
    }
}
