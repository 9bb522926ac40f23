//! How much may be spent, and how much of it is reserved.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::edit::Interrupt;
use crate::money::Usd;
use crate::sync::{lock, unpoisoned};

/// What is left to spend, shared by all who do.
#[derive(Debug)]
pub struct Budget {
    limit: Option<Usd>,
    /// The largest number of tasks to start.
    max_jobs: Option<u64>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What one edit costs, as far as is known; it only grows.
    price: Option<Usd>,
    /// Whether the service has said so, or has been paid: until then edits go one at a time.
    is_sure: bool,
    spent: Usd,
    /// How many were charged of which nobody knows the price.
    unpriced: u64,
    reserved: Usd,
    under_way: u64,
    begun: u64,
}

/// Money that is set aside for one order. Without a word about what became of it, it counts as spent.
#[derive(Debug)]
pub struct Hold<'a> {
    budget: &'a Budget,
    amount: Usd,
    edits: u32,
    is_settled: bool,
}

/// Why nothing is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// What is left is not enough, and nothing that is reserved will come back.
    Empty(Shortage),
    /// As many were begun as may be.
    Enough,
    /// A signal came first.
    Interrupted,
}

/// Why a task does not fit into the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// What the task costs.
    pub cost: Usd,
    /// What is left of the limit.
    pub left: Usd,
    /// The limit.
    pub limit: Usd,
}

impl Budget {
    /// At most `limit` is spent; `price` is what one edit is expected to cost, by the service's own word.
    pub fn new(limit: Option<Usd>, price: Option<Usd>) -> Budget {
        let state = State { price, is_sure: true, ..State::default() };
        Budget {
            limit,
            max_jobs: None,
            shared: Arc::new(Shared { state: Mutex::new(state), ..Shared::default() }),
        }
    }

    /// The same, of a price that is a guess. With a limit to keep, edits then go one at a time until one was
    /// charged: what is under way could cost more than anybody expects.
    #[must_use]
    pub fn with_estimated_price(self) -> Budget {
        self.state().is_sure = self.limit.is_none();
        self
    }

    /// The same, for at most so many orders.
    #[must_use]
    pub fn with_job_limit(self, max_jobs: Option<u64>) -> Budget {
        Budget { max_jobs, ..self }
    }

    /// Sets aside the price of so many edits. Waits while what others have set aside may come back.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn hold(&self, edits: u32, interrupt: &Interrupt) -> Result<Hold<'_>, Denied> {
        let shared = Arc::clone(&self.shared);
        let _waker = interrupt.on_raise(move || shared.wake());
        let mut state = self.state();
        loop {
            if self.max_jobs.is_some_and(|most| state.begun >= most) {
                return Err(Denied::Enough);
            }
            let amount = state.price.unwrap_or_default().saturating_mul(u64::from(edits));
            let needed = state.spent.saturating_add(state.reserved).saturating_add(amount);
            let fits = self.limit.is_none_or(|limit| needed <= limit);
            if fits && (state.is_sure || state.under_way == 0) {
                state.reserved = state.reserved.saturating_add(amount);
                state.under_way += 1;
                state.begun += 1;
                return Ok(Hold { budget: self, amount, edits, is_settled: false });
            }
            if state.under_way == 0 {
                let (cost, limit) = (amount, self.limit.unwrap_or_default());
                return Err(Denied::Empty(Shortage { cost, left: limit.saturating_sub(state.spent), limit }));
            }
            if interrupt.signal().is_some() {
                return Err(Denied::Interrupted);
            }
            state = unpoisoned(self.shared.settled.wait(state));
        }
    }

    /// Why no further task fits; `None` without a limit.
    pub fn shortage(&self) -> Option<Shortage> {
        let limit = self.limit?;
        let state = self.state();
        let left = limit.saturating_sub(state.spent.saturating_add(state.reserved));
        Some(Shortage { cost: state.price.unwrap_or_default(), left, limit })
    }

    /// What was spent so far, what may have been spent included.
    pub fn spent(&self) -> Usd {
        self.state().spent
    }

    /// How many edits were charged, or may have been, that are not in that sum since nobody knows their price.
    pub fn unpriced(&self) -> u64 {
        self.state().unpriced
    }

    /// The limit, if more than that was spent: edits turned out to cost more than anybody expected.
    pub fn passed(&self) -> Option<Usd> {
        self.limit.filter(|limit| self.state().spent > *limit)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// An edit that cost more than expected makes the next ones expected to.
    fn settle(&self, held: &Hold<'_>, charges: &[Option<f64>]) {
        let mut state = self.state();
        let told = charges.iter().flatten().map(|told| Usd::saturating(*told));
        state.price = told.clone().max().max(state.price);
        state.is_sure |= !charges.is_empty();
        state.reserved = state.reserved.saturating_sub(held.amount);
        state.under_way -= 1;
        let unpriced = charges.iter().filter(|told| told.is_none()).count() as u64;
        match state.price {
            Some(price) => state.spent = state.spent.saturating_add(price.saturating_mul(unpriced)),
            None => state.unpriced += unpriced,
        }
        state.spent = told.fold(state.spent, Usd::saturating_add);
        drop(state);
        self.shared.settled.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Wakes everybody who waits for money. The lock makes sure that nobody is between a check and a wait.
    fn wake(&self) {
        drop(self.state());
        self.settled.notify_all();
    }
}

impl Hold<'_> {
    /// Says what was really charged: for each edit that was, or may have been, what the service told; one
    /// without a told price counts as what it was expected to cost.
    pub fn settle(mut self, charges: &[Option<f64>]) {
        self.is_settled = true;
        self.budget.settle(&self, charges);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.budget.settle(self, &vec![None; self.edits as usize]);
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
        let (budget, interrupt) = (Budget::new(Some(usd(0.315)), Some(usd(0.0315))), Interrupt::default());
        for _ in 0..10 {
            budget.hold(1, &interrupt).unwrap().settle(&[Some(0.0315)]);
        }
        assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
        assert_eq!(budget.spent(), usd(0.315));
    }

    #[test]
    fn what_turned_out_free_comes_back_and_what_is_in_doubt_does_not() {
        let (budget, interrupt) = (Budget::new(Some(usd(1.0)), Some(usd(1.0))), Interrupt::default());
        budget.hold(1, &interrupt).unwrap().settle(&[]);
        budget.hold(1, &interrupt).unwrap().settle(&[None]);
        assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
    }

    #[test]
    fn a_price_that_has_risen_is_expected_of_the_next() {
        let (budget, interrupt) = (Budget::new(Some(usd(5.0)), Some(usd(1.0))), Interrupt::default());
        budget.hold(1, &interrupt).unwrap().settle(&[Some(3.0)]);
        assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
    }

    #[test]
    fn a_chain_is_afforded_as_a_whole_or_not_begun() {
        let (budget, interrupt) = (Budget::new(Some(usd(2.5)), Some(usd(1.0))), Interrupt::default());
        assert!(matches!(budget.hold(3, &interrupt).unwrap_err(), Denied::Empty(_)));
        budget.hold(2, &interrupt).unwrap().settle(&[Some(1.0), Some(1.0)]);
        assert_eq!(budget.spent(), usd(2.0));
    }

    #[test]
    fn however_many_spend_at_once_the_limit_is_never_passed() {
        let budget = Budget::new(Some(usd(0.5)), Some(usd(0.01)));
        let (interrupt, most, spent) = (Interrupt::default(), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for worker in 0..16u64 {
                let (budget, interrupt, most, spent) = (&budget, &interrupt, &most, &spent);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(worker);
                    while let Ok(held) = budget.hold(1, interrupt) {
                        let under_way = most.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(under_way + spent.load(Ordering::SeqCst) <= 50 + 16);
                        let charged = rng.bool();
                        if charged {
                            assert!(spent.fetch_add(1, Ordering::SeqCst) < 50);
                        }
                        most.fetch_sub(1, Ordering::SeqCst);
                        held.settle(if charged { &[Some(0.01)] } else { &[] });
                    }
                });
            }
        });
        assert_eq!(spent.load(Ordering::SeqCst), 50);
        assert_eq!(budget.spent(), usd(0.5));
    }

    #[test]
    fn a_charge_without_a_told_price_counts_as_what_was_expected() {
        let (budget, interrupt) = (Budget::new(Some(usd(3.0)), Some(usd(1.0))), Interrupt::default());
        budget.hold(3, &interrupt).unwrap().settle(&[Some(1.0), None, None]);
        assert_eq!(budget.spent(), usd(3.0));
        assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
    }

    #[test]
    fn a_price_beyond_all_sums_is_above_every_limit() {
        for told in [9.1e6, 1e300] {
            let (budget, interrupt) = (Budget::new(Some(usd(5.0)), Some(usd(1.0))), Interrupt::default());
            budget.hold(1, &interrupt).unwrap().settle(&[Some(told)]);
            assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
            assert_eq!((budget.spent(), budget.passed()), (usd(9e6), Some(usd(5.0))));
        }
    }

    #[test]
    fn a_guessed_price_lets_them_go_one_at_a_time_until_one_was_charged() {
        let (budget, interrupt) =
            (Budget::new(Some(usd(0.0)), Some(usd(0.0))).with_estimated_price(), Interrupt::default());
        interrupt.raise(2);
        let first = budget.hold(1, &interrupt).unwrap();
        assert_eq!(budget.hold(1, &interrupt).unwrap_err(), Denied::Interrupted);
        first.settle(&[Some(0.5)]);
        assert!(matches!(budget.hold(1, &interrupt).unwrap_err(), Denied::Empty(_)));
        assert_eq!(budget.passed(), Some(usd(0.0)));
    }

    #[test]
    fn of_what_nobody_knows_the_price_there_is_a_number_at_least() {
        let (budget, interrupt) = (Budget::new(None, None), Interrupt::default());
        budget.hold(2, &interrupt).unwrap().settle(&[None, None]);
        assert_eq!((budget.spent(), budget.unpriced()), (usd(0.0), 2));
    }

    #[test]
    fn no_more_orders_are_begun_than_may_be() {
        let (budget, interrupt) = (Budget::new(None, None).with_job_limit(Some(2)), Interrupt::default());
        let _held = [budget.hold(1, &interrupt).unwrap(), budget.hold(3, &interrupt).unwrap()];
        assert_eq!(budget.hold(1, &interrupt).unwrap_err(), Denied::Enough);
    }
}
