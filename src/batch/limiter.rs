//! How fast: how many requests are in flight, how many go out a minute, and when to stop trying.
//!
//! [`Flow`] is a state machine that is told the time and never sleeps; [`RateLimiter`] is the gate that workers
//! wait at.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::api::{Retry, RetryReason};
use crate::edit::{Closed, Feedback, Interrupt, Limiter};
use crate::sync::{lock, unpoisoned};

/// What a "too many" leaves of the number in flight.
const DROP: f64 = 0.7;
/// The ceiling of the first wait after a "too many" that asks for none; it doubles with each in a row.
const FIRST_CEILING: Duration = Duration::from_millis(500);
/// The ceiling of every later one.
const LAST_CEILING: Duration = Duration::from_secs(20);
/// After so many failures in a row all wait.
const FAILURES: u32 = 5;
/// The first such wait; it doubles with each probe that fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// The limits that were asked for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests in flight, at least 1.
    pub jobs: u32,
    /// Requests a minute.
    pub rpm: Option<u32>,
    /// How long to go on without a success.
    pub patience: Duration,
}

/// What may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Go.
    Now,
    /// Not before this.
    At(Instant),
    /// When somebody comes back.
    Later,
    /// Never.
    GivenUp,
}

/// The state that all workers share.
#[derive(Debug)]
struct Flow {
    limits: Limits,
    /// How many may be in flight; a fraction counts towards the next whole one.
    window: f64,
    in_flight: u32,
    /// Requests let in so far: each is told by its number whether it went out before the last drop.
    let_in: u64,
    dropped_at: u64,
    /// Nobody goes before this.
    hold: Option<Instant>,
    /// Nor before this, which the service asked for.
    asked: Option<Instant>,
    /// When the next may go by the requests a minute.
    slot: Option<Instant>,
    too_many_in_a_row: u32,
    failures_in_a_row: u32,
    /// After failures: one at a time, after this pause.
    probing: Option<Duration>,
    /// Since when nothing has succeeded; none while all is well.
    trouble: Option<Instant>,
    rng: fastrand::Rng,
    /// The places of tasks that are going to send something. With a limit per minute, they send in their order.
    announced: BTreeSet<u64>,
    called_off: bool,
}

impl Flow {
    fn new(limits: Limits, rng: fastrand::Rng) -> Flow {
        Flow {
            limits,
            window: f64::from(limits.jobs),
            in_flight: 0,
            let_in: 0,
            dropped_at: 0,
            hold: None,
            asked: None,
            slot: None,
            too_many_in_a_row: 0,
            failures_in_a_row: 0,
            probing: None,
            trouble: None,
            rng,
            announced: BTreeSet::new(),
            called_off: false,
        }
    }

    /// Whether a task at an earlier place is going to send, and order counts.
    fn is_overtaking(&self, place: u64) -> bool {
        self.limits.rpm.is_some() && self.announced.first().is_some_and(|first| *first < place)
    }

    /// Lets one in, if it may go now.
    fn enter(&mut self, now: Instant) -> Turn {
        if self.is_hopeless(now) {
            return Turn::GivenUp;
        }
        let most = if self.probing.is_some() { 1 } else { self.window as u32 };
        if self.in_flight >= most.max(1) {
            return Turn::Later;
        }
        if let Some(at) = self.hold.max(self.asked).max(self.slot).filter(|at| *at > now) {
            return Turn::At(at);
        }
        (self.hold, self.asked) = (None, None);
        if let Some(rpm) = self.limits.rpm {
            self.slot = Some(now + Duration::from_secs(60) / rpm.max(1));
        }
        self.in_flight += 1;
        self.let_in += 1;
        Turn::Now
    }

    /// One that was let in as the `number`-th has come back.
    fn leave(&mut self, number: u64, seen: Feedback, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match seen {
            Feedback::Answered => {
                self.trouble = None;
                self.probing = None;
                self.failures_in_a_row = 0;
                self.too_many_in_a_row = 0;
                // One more for each round of answers.
                self.window = (self.window + 1.0 / self.window).min(f64::from(self.limits.jobs));
            }
            Feedback::RateLimited(asked) => {
                self.trouble.get_or_insert(now);
                // Those that went out before the last drop say nothing about the pace since.
                if number > self.dropped_at {
                    self.dropped_at = self.let_in;
                    self.window = (self.window * DROP).max(1.0);
                    let ceiling = FIRST_CEILING * 2u32.saturating_pow(self.too_many_in_a_row.min(16));
                    self.too_many_in_a_row += 1;
                    if asked.is_none() {
                        let drawn = ceiling.min(LAST_CEILING).mul_f64(self.rng.f64());
                        self.hold = self.hold.max(Some(now + drawn));
                    }
                }
                self.asked = self.asked.max(asked.map(|asked| now + asked));
            }
            Feedback::Failed => drop(self.trouble.get_or_insert(now)),
        }
    }

    /// An edit failed, after all its attempts, for reasons of the service or the network.
    fn failed(&mut self, now: Instant) {
        self.trouble.get_or_insert(now);
        self.failures_in_a_row += 1;
        // Those that were under way when the pause began are no probes.
        let is_pausing = self.hold.is_some_and(|hold| hold > now);
        if self.failures_in_a_row < FAILURES || (self.probing.is_some() && is_pausing) {
            return;
        }
        let pause = self.probing.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LAST_PAUSE));
        self.probing = Some(pause);
        self.hold = self.hold.max(Some(now + pause));
    }

    /// Whether it has been too long, or the service asked for a wait that will be.
    fn is_hopeless(&self, now: Instant) -> bool {
        let at = self.asked.map_or(now, |asked| asked.max(now));
        self.trouble.is_some_and(|since| at.saturating_duration_since(since) >= self.limits.patience)
    }
}

/// The gate at which the workers of a batch wait for their turn.
#[derive(Debug, Clone)]
pub struct RateLimiter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    flow: Mutex<Flow>,
    changed: Condvar,
}

impl Shared {
    fn flow(&self) -> MutexGuard<'_, Flow> {
        lock(&self.flow)
    }

    /// Changes the state and wakes everybody who waits.
    fn update(&self, change: impl FnOnce(&mut Flow)) {
        change(&mut self.flow());
        self.changed.notify_all();
    }
}

impl RateLimiter {
    /// Everything at once, until something says otherwise.
    pub fn new(limits: Limits) -> RateLimiter {
        let flow = Mutex::new(Flow::new(limits, fastrand::Rng::new()));
        RateLimiter(Arc::new(Shared { flow, changed: Condvar::new() }))
    }

    /// An edit failed for reasons of the service or the network.
    pub fn failed(&self) {
        self.0.update(|flow| flow.failed(Instant::now()));
    }

    /// Nobody may go any more.
    pub fn call_off(&self) {
        self.0.update(|flow| flow.called_off = true);
    }

    /// Whether it was too long without a success.
    pub fn is_given_up(&self) -> bool {
        self.0.flow().is_hopeless(Instant::now())
    }

    /// The wait that the service asks for, if it has not passed yet.
    pub fn asked_wait(&self) -> Option<Duration> {
        self.0.flow().asked?.checked_duration_since(Instant::now())
    }
}

impl Limiter for RateLimiter {
    fn announce(&self, place: u64) {
        self.0.flow().announced.insert(place);
    }

    fn withdraw(&self, place: u64) {
        self.0.update(|flow| {
            flow.announced.remove(&place);
        });
    }

    fn enter(&self, place: u64, interrupt: &Interrupt) -> Result<u64, Closed> {
        let shared = Arc::clone(&self.0);
        let _waker = interrupt.on_raise(move || shared.update(|_| {}));
        let mut flow = self.0.flow();
        flow.announced.insert(place);
        let entered = loop {
            if let Some(signal) = interrupt.signal() {
                break Err(Closed::Signal(signal));
            }
            if flow.called_off {
                break Err(Closed::CalledOff);
            }
            let now = Instant::now();
            let turn = if flow.is_overtaking(place) { Turn::Later } else { flow.enter(now) };
            flow = match turn {
                Turn::Now => break Ok(flow.let_in),
                Turn::GivenUp => break Err(Closed::CalledOff),
                Turn::At(at) => {
                    let wait = at.saturating_duration_since(now);
                    unpoisoned(self.0.changed.wait_timeout(flow, wait)).0
                }
                Turn::Later => unpoisoned(self.0.changed.wait(flow)),
            };
        };
        flow.announced.remove(&place);
        drop(flow);
        self.0.changed.notify_all();
        entered
    }

    fn leave(&self, number: u64, seen: Feedback) {
        self.0.update(|flow| flow.leave(number, seen, Instant::now()));
    }

    /// A "too many" is everybody's matter: the gate holds all back, so the edit itself neither waits nor
    /// counts it among its attempts.
    fn wait(&self, cause: RetryReason, retry: &mut Retry) -> Option<Duration> {
        match cause {
            RetryReason::RateLimited(asked) if asked.is_none_or(|asked| asked.is_acceptable()) => {
                Some(Duration::ZERO)
            }
            cause => retry.next_wait(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow(jobs: u32, rpm: Option<u32>) -> (Flow, Instant) {
        let limits = Limits { jobs, rpm, patience: Duration::from_secs(300) };
        (Flow::new(limits, fastrand::Rng::with_seed(7)), Instant::now())
    }

    /// Lets in as many as may go.
    fn fill(flow: &mut Flow, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| (flow.enter(now) == Turn::Now).then_some(flow.let_in)).collect()
    }

    const LONG: Duration = Duration::from_secs(25);

    #[test]
    fn as_many_are_in_flight_as_was_asked_for_and_no_more() {
        let (mut flow, now) = flow(4, None);
        assert_eq!(fill(&mut flow, now).len(), 4);
        assert_eq!(flow.enter(now), Turn::Later);
        flow.leave(1, Feedback::Answered, now);
        assert_eq!(fill(&mut flow, now).len(), 1);
    }

    #[test]
    fn a_round_of_too_many_drops_the_pace_once_to_seven_tenths() {
        let (mut flow, now) = flow(10, None);
        for number in fill(&mut flow, now) {
            flow.leave(number, Feedback::RateLimited(None), now);
        }
        let later = now + LONG;
        let second = fill(&mut flow, later);
        assert_eq!(second.len(), 7);
        for number in second {
            flow.leave(number, Feedback::RateLimited(None), later);
        }
        assert_eq!(fill(&mut flow, later + LONG).len(), 4);
    }

    #[test]
    fn the_wait_that_the_service_asks_for_holds_everybody() {
        let (mut flow, now) = flow(4, None);
        let first = fill(&mut flow, now)[0];
        flow.leave(first, Feedback::RateLimited(Some(Duration::from_secs(30))), now);
        for number in 2..=4 {
            flow.leave(number, Feedback::Answered, now);
        }
        let until = now + Duration::from_secs(30);
        assert_eq!(flow.enter(now + Duration::from_secs(29)), Turn::At(until));
        assert_eq!(flow.enter(until), Turn::Now);
    }

    #[test]
    fn the_pace_recovers_as_answers_come_in() {
        let (mut flow, now) = flow(8, None);
        for number in fill(&mut flow, now) {
            flow.leave(number, Feedback::RateLimited(Some(Duration::ZERO)), now);
        }
        let dropped = fill(&mut flow, now);
        assert_eq!(dropped.len(), 5);
        dropped.into_iter().for_each(|number| flow.leave(number, Feedback::Answered, now));
        for _ in 0..40 {
            fill(&mut flow, now).into_iter().for_each(|number| flow.leave(number, Feedback::Answered, now));
        }
        assert_eq!(fill(&mut flow, now).len(), 8);
    }

    #[test]
    fn five_failures_in_a_row_leave_one_probe_at_a_time() {
        let (mut flow, now) = flow(4, None);
        (0..4).for_each(|_| flow.failed(now));
        assert_eq!(flow.enter(now), Turn::Now);
        flow.failed(now);
        flow.leave(1, Feedback::Failed, now);
        assert_eq!(flow.enter(now), Turn::At(now + FIRST_PAUSE));
        let then = now + FIRST_PAUSE;
        assert_eq!(flow.enter(then), Turn::Now);
        assert_eq!(flow.enter(then), Turn::Later);
        flow.leave(2, Feedback::Failed, then);
        flow.failed(then);
        assert_eq!(flow.enter(then), Turn::At(then + 2 * FIRST_PAUSE));
        let last = then + 2 * FIRST_PAUSE;
        assert_eq!(flow.enter(last), Turn::Now);
        flow.leave(3, Feedback::Answered, last);
        assert_eq!(fill(&mut flow, last).len(), 4);
    }

    #[test]
    fn five_minutes_without_a_success_are_the_end_and_a_success_begins_them_anew() {
        let (mut flow, now) = flow(1, None);
        let at = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(flow.enter(at(0)), Turn::Now);
        flow.leave(1, Feedback::Failed, at(0));
        assert_eq!(flow.enter(at(299)), Turn::Now);
        flow.leave(2, Feedback::Answered, at(299));
        assert_eq!(flow.enter(at(400)), Turn::Now);
        flow.leave(3, Feedback::RateLimited(None), at(400));
        assert_eq!(flow.enter(at(699)), Turn::Now);
        flow.leave(4, Feedback::RateLimited(Some(Duration::from_secs(60))), at(699));
        assert_eq!(flow.enter(at(699)), Turn::GivenUp, "it could not go before the end");
    }

    proptest! {
        #[test]
        fn no_minute_has_more_requests_than_were_allowed(rpm in 1u32..600, steps in prop::collection::vec(0u64..3_000, 1..400)) {
            let (mut flow, start) = flow(64, Some(rpm));
            let (mut now, mut sent) = (start, Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                for number in fill(&mut flow, now) {
                    sent.push(now);
                    flow.leave(number, Feedback::Answered, now);
                }
            }
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|at| at.duration_since(*first) < Duration::from_secs(60));
                prop_assert!(within.count() <= rpm as usize);
            }
        }

        #[test]
        fn whatever_happens_there_is_always_room_for_one(seen in prop::collection::vec(0u8..4, 0..200)) {
            let (mut flow, mut now) = flow(6, None);
            for seen in seen {
                now += LONG;
                let numbers = fill(&mut flow, now);
                if flow.is_hopeless(now) {
                    return Ok(());
                }
                prop_assert!(!numbers.is_empty() && numbers.len() <= 6);
                for number in numbers {
                    let seen = [Feedback::Answered, Feedback::RateLimited(None), Feedback::Failed, Feedback::Answered][usize::from(seen)];
                    flow.leave(number, seen, now);
                }
            }
        }
    }

    #[test]
    fn with_a_limit_per_minute_tasks_go_in_their_order() {
        let limits = Limits { jobs: 4, rpm: Some(6_000), patience: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        (0..6).for_each(|place| limiter.announce(place));
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            // The later a place, the earlier it comes to the limiter.
            for place in (0..6).rev() {
                let (limiter, order, interrupt) = (&limiter, &order, &interrupt);
                scope.spawn(move || {
                    let number = limiter.enter(place, interrupt).unwrap();
                    order.lock().unwrap().push(place);
                    limiter.leave(number, Feedback::Answered);
                });
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_task_that_sends_nothing_holds_nobody_back() {
        let limits = Limits { jobs: 4, rpm: Some(6_000), patience: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        limiter.announce(0);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| limiter.enter(1, &interrupt));
            limiter.withdraw(0);
            assert_eq!(second.join().unwrap(), Ok(1));
        });
    }

    #[test]
    fn a_signal_wakes_those_who_wait() {
        let limits = Limits { jobs: 1, rpm: None, patience: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        limiter.enter(0, &interrupt).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| limiter.enter(1, &interrupt));
            interrupt.raise(2);
            assert_eq!(second.join().unwrap(), Err(Closed::Signal(2)));
        });
    }
}
