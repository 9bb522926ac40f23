//! The budget of a run: the limit, what was spent, and what is held for tasks in progress.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::edit::Interrupt;
use crate::journal::{Booking, DayBudget, DaySpending, JournalError, Reservation};
use crate::money::Usd;
use crate::sync::{lock, unpoisoned};

use super::session_limit::SessionLimit;

/// What a run may spend. All workers share it.
#[derive(Debug)]
pub struct Budget<'a> {
    /// The limit of the run; `None` is no limit.
    limit: Option<Usd>,
    /// The limit of the day, which all processes share; `None` is no limit.
    day: Option<DayBudget<'a>>,
    /// The limit of the session, which all runs of this process share; `None` is no limit.
    session: Option<&'a SessionLimit>,
    /// The largest number of tasks to start; `None` is no limit.
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
    /// The expected price of one edit. It only rises, unless another model is used.
    price: Option<Usd>,
    /// Whether that price is known rather than guessed. Until it is, tasks run one at a time.
    is_price_known: bool,
    spent: Usd,
    /// The number of charged edits without a known price, which are not in `spent`.
    unpriced: u64,
    held: Usd,
    /// The number of holds that are not settled.
    open_holds: u64,
    /// The number of tasks that were started.
    started: u64,
    /// Whether anything was reserved of the limit of the day.
    uses_day: bool,
    /// Why the last task was not allowed.
    shortage: Option<Shortage>,
}

/// Money that is reserved for one task. If it is dropped without being settled, all of it counts as spent.
#[derive(Debug)]
pub struct Hold<'a> {
    budget: &'a Budget<'a>,
    amount: Usd,
    booking: Booking,
    /// The number of edits that it is for.
    edits: u32,
    is_settled: bool,
}

/// Why no money is reserved for a task.
#[derive(Debug)]
pub enum Denied {
    /// A limit does not allow it, and no open hold can release money.
    OverLimit(Shortage),
    /// What the day has cost cannot be read, or the reservation cannot be written.
    Journal(JournalError),
    /// The largest number of tasks was started.
    JobLimit,
    /// A signal came while it waited.
    Interrupted,
}

/// Why a task does not fit into the budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shortage {
    /// The expected cost of the task.
    pub cost: Usd,
    /// What is left of the limit.
    pub left: Usd,
    pub limit: Usd,
    /// What the day has cost so far, if the limit is that of the day.
    pub day: Option<DaySpending>,
    /// Whether the limit is that of the session.
    pub is_session: bool,
}

impl<'a> Budget<'a> {
    /// Creates a budget of at most `limit`. `price` is the expected price of one edit, as the service states it.
    pub fn new(limit: Option<Usd>, price: Option<Usd>) -> Budget<'a> {
        let state = State { price, is_price_known: true, ..State::default() };
        Budget {
            limit,
            day: None,
            session: None,
            max_jobs: None,
            shared: Arc::new(Shared { state: Mutex::new(state), ..Shared::default() }),
        }
    }

    /// Adds the limit of the day.
    #[must_use]
    pub fn with_day(self, day: Option<DayBudget<'a>>) -> Budget<'a> {
        Budget { day, ..self }
    }

    /// Adds the limit of the session.
    #[must_use]
    pub fn with_session(self, session: Option<&'a SessionLimit>) -> Budget<'a> {
        Budget { session, ..self }
    }

    /// Marks the price as a guess. If there is a limit, tasks run one at a time until one was charged, because edits
    /// in flight could cost more than expected.
    #[must_use]
    pub fn with_estimated_price(self) -> Budget<'a> {
        self.state().is_price_known = !self.has_limit();
        self
    }

    fn has_limit(&self) -> bool {
        self.limit.is_some() || self.day.is_some() || self.session.is_some()
    }

    /// Replaces the expected price of one edit, because the next ones are of another model. No task may be in progress.
    pub fn expect(&self, price: Option<Usd>, is_estimate: bool) {
        let mut state = self.state();
        state.price = price;
        state.is_price_known = !is_estimate || !self.has_limit();
    }

    /// Does not count a task that was started: it cost nothing, and starts again.
    pub fn forget_start(&self) {
        let mut state = self.state();
        state.started = state.started.saturating_sub(1);
    }

    /// Counts what was spent before on the same limit.
    #[must_use]
    pub fn with_spent(self, spent: Usd) -> Budget<'a> {
        self.state().spent = spent;
        self
    }

    /// Limits the number of tasks to start.
    #[must_use]
    pub fn with_job_limit(self, max_jobs: Option<u64>) -> Budget<'a> {
        Budget { max_jobs, ..self }
    }

    /// Reserves the price of a task with this number of edits. Waits while open holds may still release money.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn reserve(&self, edits: u32, interrupt: &Interrupt) -> Result<Hold<'_>, Denied> {
        let shared = Arc::clone(&self.shared);
        let _waker = interrupt.on_raise(move || shared.wake());
        let mut state = self.state();
        loop {
            if self.max_jobs.is_some_and(|max| state.started >= max) {
                return Err(Denied::JobLimit);
            }
            let amount = state.price.unwrap_or_default().saturating_mul(u64::from(edits));
            let total = state.spent.saturating_add(state.held).saturating_add(amount);
            let fits = self.limit.is_none_or(|limit| total <= limit);
            let mut shortage = match self.limit {
                Some(limit) => {
                    let left = limit.saturating_sub(state.spent);
                    Shortage { cost: amount, left, limit, ..Shortage::default() }
                }
                None => Shortage { cost: amount, ..Shortage::default() },
            };
            if fits && (state.is_price_known || state.open_holds == 0) {
                match self.reserve_shared(amount, state.price).map_err(Denied::Journal)? {
                    Ok(reservation) => {
                        state.held = state.held.saturating_add(amount);
                        state.open_holds += 1;
                        state.started += 1;
                        state.uses_day |= reservation.is_some();
                        let booking = Booking { expected: state.price, reservation };
                        return Ok(Hold { budget: self, amount, booking, edits, is_settled: false });
                    }
                    Err(shared) => shortage = shared,
                }
            }
            if state.open_holds == 0 {
                state.shortage = Some(shortage);
                return Err(Denied::OverLimit(shortage));
            }
            if interrupt.signal().is_some() {
                return Err(Denied::Interrupted);
            }
            state = unpoisoned(self.shared.settled.wait(state));
        }
    }

    /// Reserves an amount of the limits that other runs share.
    fn reserve_shared(
        &self,
        amount: Usd,
        price: Option<Usd>,
    ) -> Result<Result<Option<Reservation>, Shortage>, JournalError> {
        let Some(session) = self.session else { return self.reserve_of_day(amount, price) };
        if let Err(shortage) = session.reserve(amount) {
            return Ok(Err(shortage));
        }
        let reserved = self.reserve_of_day(amount, price);
        if !matches!(reserved, Ok(Ok(_))) {
            session.settle(amount, Usd::default());
        }
        reserved
    }

    /// Reserves an amount of the limit of the day, if there is one. Other processes do not say when they release money,
    /// so they are not waited for.
    fn reserve_of_day(
        &self,
        amount: Usd,
        price: Option<Usd>,
    ) -> Result<Result<Option<Reservation>, Shortage>, JournalError> {
        let Some(day) = &self.day else { return Ok(Ok(None)) };
        let reserved = day.reserve(amount, price.unwrap_or_default())?;
        Ok(reserved.map(Some).map_err(|spending| {
            let (limit, left) = (day.limit(), day.limit().saturating_sub(spending.total()));
            Shortage { cost: amount, left, limit, day: Some(spending), is_session: false }
        }))
    }

    /// Why a limit did not allow a task; `None` if all were allowed.
    pub fn shortage(&self) -> Option<Shortage> {
        self.state().shortage
    }

    /// The amount that was, or may have been, spent.
    pub fn spent(&self) -> Usd {
        self.state().spent
    }

    /// The number of edits that were, or may have been, charged and are not in [`Budget::spent`], because their price
    /// is not known.
    pub fn unpriced(&self) -> u64 {
        self.state().unpriced
    }

    /// The limit, if more was spent: edits cost more than expected.
    pub fn exceeded_limit(&self) -> Option<Usd> {
        self.limit.filter(|limit| self.state().spent > *limit)
    }

    /// What the day has cost and its limit, if that is more and this run had a share in it: edits cost more than
    /// expected, or were made without the limit.
    pub fn exceeded_day(&self) -> Option<(Usd, Usd)> {
        let day = self.day.as_ref()?;
        let (uses_day, price) = {
            let state = self.state();
            (state.uses_day, state.price)
        };
        let total = day.spending(price.unwrap_or_default()).ok()?.total();
        (uses_day && total > day.limit()).then(|| (total, day.limit()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }

    fn settle(&self, hold: &Hold<'_>, charges: &[Option<f64>]) {
        if let (Some(day), Some(reservation)) = (&self.day, hold.booking.reservation) {
            // If this fails, the reservation counts until this process ends.
            let _ = day.release(reservation);
        }
        let mut state = self.state();
        let before = state.spent;
        let known = charges.iter().flatten().map(|price| Usd::saturating(*price));
        // If an edit cost more than expected, the next ones are expected to cost as much.
        state.price = known.clone().max().max(state.price);
        state.is_price_known |= !charges.is_empty();
        state.held = state.held.saturating_sub(hold.amount);
        state.open_holds -= 1;
        let unpriced = charges.iter().filter(|price| price.is_none()).count() as u64;
        match state.price {
            Some(price) => state.spent = state.spent.saturating_add(price.saturating_mul(unpriced)),
            None => state.unpriced += unpriced,
        }
        state.spent = known.fold(state.spent, Usd::saturating_add);
        if let Some(session) = self.session {
            session.settle(hold.amount, state.spent.saturating_sub(before));
        }
        drop(state);
        self.shared.settled.notify_all();
    }
}

impl Shared {
    /// Wakes everybody who waits for money. Taking the lock ensures that nobody is between a check and a wait.
    fn wake(&self) {
        drop(lock(&self.state));
        self.settled.notify_all();
    }
}

impl Hold<'_> {
    /// What each attempt of the task counts as until its price is known.
    pub fn booking(&self) -> Booking {
        self.booking
    }

    /// Releases the hold and counts what was charged. `charges` holds the price of each edit that was, or may have
    /// been, charged; `None` is an unknown price and counts as the expected one.
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
            budget.reserve(1, &interrupt).unwrap().settle(&[Some(0.0315)]);
        }
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
        assert_eq!(budget.spent(), usd(0.315));
    }

    #[test]
    fn a_free_edit_releases_its_hold_and_one_in_doubt_does_not() {
        let (budget, interrupt) = (Budget::new(Some(usd(1.0)), Some(usd(1.0))), Interrupt::default());
        budget.reserve(1, &interrupt).unwrap().settle(&[]);
        budget.reserve(1, &interrupt).unwrap().settle(&[None]);
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
    }

    #[test]
    fn a_higher_price_is_expected_of_the_next_edit() {
        let (budget, interrupt) = (Budget::new(Some(usd(5.0)), Some(usd(1.0))), Interrupt::default());
        budget.reserve(1, &interrupt).unwrap().settle(&[Some(3.0)]);
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
    }

    #[test]
    fn a_chain_fits_as_a_whole_or_is_not_started() {
        let (budget, interrupt) = (Budget::new(Some(usd(2.5)), Some(usd(1.0))), Interrupt::default());
        assert!(matches!(budget.reserve(3, &interrupt).unwrap_err(), Denied::OverLimit(_)));
        budget.reserve(2, &interrupt).unwrap().settle(&[Some(1.0), Some(1.0)]);
        assert_eq!(budget.spent(), usd(2.0));
    }

    #[test]
    fn the_limit_is_never_exceeded_however_many_workers_spend_at_once() {
        let budget = Budget::new(Some(usd(0.5)), Some(usd(0.01)));
        let (interrupt, in_flight, spent) = (Interrupt::default(), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for worker in 0..16u64 {
                let (budget, interrupt, in_flight, spent) = (&budget, &interrupt, &in_flight, &spent);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(worker);
                    while let Ok(hold) = budget.reserve(1, interrupt) {
                        let started = in_flight.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(started + spent.load(Ordering::SeqCst) <= 50 + 16);
                        let charged = rng.bool();
                        if charged {
                            assert!(spent.fetch_add(1, Ordering::SeqCst) < 50);
                        }
                        in_flight.fetch_sub(1, Ordering::SeqCst);
                        hold.settle(if charged { &[Some(0.01)] } else { &[] });
                    }
                });
            }
        });
        assert_eq!(spent.load(Ordering::SeqCst), 50);
        assert_eq!(budget.spent(), usd(0.5));
    }

    #[test]
    fn a_charge_without_a_known_price_counts_as_the_expected_price() {
        let (budget, interrupt) = (Budget::new(Some(usd(3.0)), Some(usd(1.0))), Interrupt::default());
        budget.reserve(3, &interrupt).unwrap().settle(&[Some(1.0), None, None]);
        assert_eq!(budget.spent(), usd(3.0));
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
    }

    #[test]
    fn a_price_that_is_too_large_is_above_every_limit() {
        for price in [9.1e6, 1e300] {
            let (budget, interrupt) = (Budget::new(Some(usd(5.0)), Some(usd(1.0))), Interrupt::default());
            budget.reserve(1, &interrupt).unwrap().settle(&[Some(price)]);
            assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
            assert_eq!((budget.spent(), budget.exceeded_limit()), (usd(9e6), Some(usd(5.0))));
        }
    }

    #[test]
    fn with_a_guessed_price_tasks_run_one_at_a_time_until_one_was_charged() {
        let (budget, interrupt) =
            (Budget::new(Some(usd(0.0)), Some(usd(0.0))).with_estimated_price(), Interrupt::default());
        interrupt.raise(2);
        let first = budget.reserve(1, &interrupt).unwrap();
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::Interrupted));
        first.settle(&[Some(0.5)]);
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::OverLimit(_)));
        assert_eq!(budget.exceeded_limit(), Some(usd(0.0)));
    }

    #[test]
    fn charges_without_any_known_price_are_counted() {
        let (budget, interrupt) = (Budget::new(None, None), Interrupt::default());
        budget.reserve(2, &interrupt).unwrap().settle(&[None, None]);
        assert_eq!((budget.spent(), budget.unpriced()), (usd(0.0), 2));
    }

    #[test]
    fn another_model_is_expected_to_cost_its_own_price() {
        let (budget, interrupt) = (Budget::new(Some(usd(1.0)), Some(usd(0.75))), Interrupt::default());
        budget.reserve(1, &interrupt).unwrap().settle(&[Some(0.75)]);
        assert!(budget.reserve(1, &interrupt).is_err());
        budget.expect(Some(usd(0.25)), false);
        budget.reserve(1, &interrupt).unwrap().settle(&[None]);
        assert_eq!(budget.spent(), usd(1.0));
    }

    #[test]
    fn a_task_that_starts_again_counts_once() {
        let (budget, interrupt) = (Budget::new(None, None).with_job_limit(Some(1)), Interrupt::default());
        budget.reserve(1, &interrupt).unwrap().settle(&[]);
        budget.forget_start();
        budget.reserve(1, &interrupt).unwrap().settle(&[]);
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::JobLimit));
    }

    #[test]
    fn no_more_tasks_are_started_than_the_job_limit() {
        let (budget, interrupt) = (Budget::new(None, None).with_job_limit(Some(2)), Interrupt::default());
        let _holds = [budget.reserve(1, &interrupt).unwrap(), budget.reserve(3, &interrupt).unwrap()];
        assert!(matches!(budget.reserve(1, &interrupt).unwrap_err(), Denied::JobLimit));
    }
}
