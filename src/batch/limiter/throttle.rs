//! The state machine of the rate limiter. It is given the time and never sleeps.
//!
//! Three mechanisms: a window for the number of requests in flight, which shrinks by a factor when the service limits
//! the rate and grows by one for each round of answers (AIMD, as in TCP); a slot for the next request, if there is a
//! limit per minute; and, after several failures in a row, one probe at a time with growing pauses (a circuit breaker).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::edit::Feedback;

use super::Limits;

/// The factor for the window when the service limits the rate.
const DECREASE: f64 = 0.7;
/// The upper bound of the first wait when the service limits the rate without asking for a wait. It doubles each time.
const FIRST_CEILING: Duration = Duration::from_millis(500);
/// The largest upper bound of such a wait.
const LAST_CEILING: Duration = Duration::from_secs(20);
/// The number of failures in a row after which all requests pause.
const MAX_FAILURES: u32 = 5;
/// The first pause. It doubles with each probe that fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Whether a request may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may be sent.
    Granted,
    /// Not before this time.
    NotBefore(Instant),
    /// Not before another request ends, or a task withdraws.
    Blocked,
    /// Never: the service was unavailable for too long.
    GivenUp,
}

/// The state that all workers share.
#[derive(Debug)]
pub(super) struct Throttle {
    limits: Limits,
    /// The largest number of requests in flight. A fraction counts toward the next whole number.
    window: f64,
    in_flight: u32,
    /// The number of requests admitted so far, which is the number of the latest one.
    admitted: u64,
    /// The number of the latest request when the window last shrank.
    admitted_at_decrease: u64,
    /// No request before this time, by our own backoff.
    backoff_until: Option<Instant>,
    /// No request before this time, because the service asked for it.
    requested_until: Option<Instant>,
    /// No request before this time, by the limit per minute.
    next_slot: Option<Instant>,
    /// How many times in a row the service limited the rate.
    rate_limits_in_a_row: u32,
    failures_in_a_row: u32,
    /// The last pause, while one request at a time probes whether the service works again.
    probe_pause: Option<Duration>,
    /// The time of the first failure since the last success; `None` if there was none.
    failing_since: Option<Instant>,
    rng: fastrand::Rng,
    /// The positions of tasks that are going to send. With a limit per minute, they send in this order.
    announced: BTreeSet<u64>,
    is_canceled: bool,
}

impl Throttle {
    pub(super) fn new(limits: Limits, rng: fastrand::Rng) -> Throttle {
        Throttle {
            limits,
            window: f64::from(limits.jobs),
            in_flight: 0,
            admitted: 0,
            admitted_at_decrease: 0,
            backoff_until: None,
            requested_until: None,
            next_slot: None,
            rate_limits_in_a_row: 0,
            failures_in_a_row: 0,
            probe_pause: None,
            failing_since: None,
            rng,
            announced: BTreeSet::new(),
            is_canceled: false,
        }
    }

    /// The task at `position` is going to send.
    pub(super) fn announce(&mut self, position: u64) {
        self.announced.insert(position);
    }

    /// The task at `position` was admitted, or does not send.
    pub(super) fn withdraw(&mut self, position: u64) {
        self.announced.remove(&position);
    }

    /// Whether the task at `position` has to wait for one at an earlier position.
    pub(super) fn is_overtaking(&self, position: u64) -> bool {
        self.limits.rpm.is_some() && self.announced.first().is_some_and(|first| *first < position)
    }

    /// Admits a request if it may be sent now.
    pub(super) fn enter(&mut self, now: Instant) -> Admission {
        if self.has_given_up(now) {
            return Admission::GivenUp;
        }
        let max = if self.probe_pause.is_some() { 1 } else { self.window as u32 };
        if self.in_flight >= max.max(1) {
            return Admission::Blocked;
        }
        let not_before = self.backoff_until.max(self.requested_until).max(self.next_slot);
        if let Some(at) = not_before.filter(|at| *at > now) {
            return Admission::NotBefore(at);
        }
        (self.backoff_until, self.requested_until) = (None, None);
        if let Some(rpm) = self.limits.rpm {
            self.next_slot = Some(now + Duration::from_secs(60) / rpm.max(1));
        }
        self.in_flight += 1;
        self.admitted += 1;
        Admission::Granted
    }

    /// The number of the request that was admitted last, from 1.
    pub(super) fn latest(&self) -> u64 {
        self.admitted
    }

    /// The request with this number ended.
    pub(super) fn leave(&mut self, number: u64, feedback: Feedback, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match feedback {
            Feedback::Answered => {
                self.failing_since = None;
                self.probe_pause = None;
                self.failures_in_a_row = 0;
                self.rate_limits_in_a_row = 0;
                // One more for each round of answers.
                self.window = (self.window + 1.0 / self.window).min(f64::from(self.limits.jobs));
            }
            Feedback::RateLimited(requested) => {
                self.failing_since.get_or_insert(now);
                // Requests that were sent before the last decrease say nothing about the rate since.
                if number > self.admitted_at_decrease {
                    self.admitted_at_decrease = self.admitted;
                    self.window = (self.window * DECREASE).max(1.0);
                    let ceiling = FIRST_CEILING * 2u32.saturating_pow(self.rate_limits_in_a_row.min(16));
                    self.rate_limits_in_a_row += 1;
                    if requested.is_none() {
                        let wait = ceiling.min(LAST_CEILING).mul_f64(self.rng.f64());
                        self.backoff_until = self.backoff_until.max(Some(now + wait));
                    }
                }
                self.requested_until = self.requested_until.max(requested.map(|wait| now + wait));
            }
            Feedback::Failed => drop(self.failing_since.get_or_insert(now)),
        }
    }

    /// A task failed, after all its attempts, because of the service or the network.
    pub(super) fn task_failed(&mut self, now: Instant) {
        self.failing_since.get_or_insert(now);
        self.failures_in_a_row += 1;
        // Tasks that were in flight when the pause began are no probes.
        let is_pausing = self.backoff_until.is_some_and(|until| until > now);
        if self.failures_in_a_row < MAX_FAILURES || (self.probe_pause.is_some() && is_pausing) {
            return;
        }
        let pause = self.probe_pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LAST_PAUSE));
        self.probe_pause = Some(pause);
        self.backoff_until = self.backoff_until.max(Some(now + pause));
    }

    /// Whether nothing succeeded for [`Limits::give_up_after`], or the service asked for a wait until then.
    pub(super) fn has_given_up(&self, now: Instant) -> bool {
        let next = self.requested_until.map_or(now, |until| until.max(now));
        self.failing_since
            .is_some_and(|since| next.saturating_duration_since(since) >= self.limits.give_up_after)
    }

    /// The rest of the wait that the service asked for; `None` if there is none.
    pub(super) fn requested_wait(&self, now: Instant) -> Option<Duration> {
        self.requested_until?.checked_duration_since(now)
    }

    /// Admits nothing anymore.
    pub(super) fn cancel(&mut self) {
        self.is_canceled = true;
    }

    /// Admits requests again.
    pub(super) fn resume(&mut self) {
        self.is_canceled = false;
    }

    pub(super) fn is_canceled(&self) -> bool {
        self.is_canceled
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn throttle(jobs: u32, rpm: Option<u32>) -> (Throttle, Instant) {
        let limits = Limits { jobs, rpm, give_up_after: Duration::from_secs(300) };
        (Throttle::new(limits, fastrand::Rng::with_seed(7)), Instant::now())
    }

    /// Admits as many requests as possible, and returns their numbers.
    fn fill(throttle: &mut Throttle, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| (throttle.enter(now) == Admission::Granted).then_some(throttle.latest()))
            .collect()
    }

    const LONG: Duration = Duration::from_secs(25);

    #[test]
    fn no_more_requests_are_in_flight_than_the_limit() {
        let (mut throttle, now) = throttle(4, None);
        assert_eq!(fill(&mut throttle, now).len(), 4);
        assert_eq!(throttle.enter(now), Admission::Blocked);
        throttle.leave(1, Feedback::Answered, now);
        assert_eq!(fill(&mut throttle, now).len(), 1);
    }

    #[test]
    fn a_round_of_rate_limited_requests_shrinks_the_window_once_to_seven_tenths() {
        let (mut throttle, now) = throttle(10, None);
        for number in fill(&mut throttle, now) {
            throttle.leave(number, Feedback::RateLimited(None), now);
        }
        let later = now + LONG;
        let second = fill(&mut throttle, later);
        assert_eq!(second.len(), 7);
        for number in second {
            throttle.leave(number, Feedback::RateLimited(None), later);
        }
        assert_eq!(fill(&mut throttle, later + LONG).len(), 4);
    }

    #[test]
    fn a_wait_that_the_service_asks_for_delays_all_requests() {
        let (mut throttle, now) = throttle(4, None);
        let first = fill(&mut throttle, now)[0];
        throttle.leave(first, Feedback::RateLimited(Some(Duration::from_secs(30))), now);
        for number in 2..=4 {
            throttle.leave(number, Feedback::Answered, now);
        }
        let until = now + Duration::from_secs(30);
        assert_eq!(throttle.enter(now + Duration::from_secs(29)), Admission::NotBefore(until));
        assert_eq!(throttle.enter(until), Admission::Granted);
    }

    #[test]
    fn the_window_grows_again_as_answers_come_in() {
        let (mut throttle, now) = throttle(8, None);
        for number in fill(&mut throttle, now) {
            throttle.leave(number, Feedback::RateLimited(Some(Duration::ZERO)), now);
        }
        let admitted = fill(&mut throttle, now);
        assert_eq!(admitted.len(), 5);
        admitted.into_iter().for_each(|number| throttle.leave(number, Feedback::Answered, now));
        for _ in 0..40 {
            fill(&mut throttle, now)
                .into_iter()
                .for_each(|number| throttle.leave(number, Feedback::Answered, now));
        }
        assert_eq!(fill(&mut throttle, now).len(), 8);
    }

    #[test]
    fn five_failures_in_a_row_leave_one_probe_at_a_time() {
        let (mut throttle, now) = throttle(4, None);
        (0..4).for_each(|_| throttle.task_failed(now));
        assert_eq!(throttle.enter(now), Admission::Granted);
        throttle.task_failed(now);
        throttle.leave(1, Feedback::Failed, now);
        assert_eq!(throttle.enter(now), Admission::NotBefore(now + FIRST_PAUSE));
        let then = now + FIRST_PAUSE;
        assert_eq!(throttle.enter(then), Admission::Granted);
        assert_eq!(throttle.enter(then), Admission::Blocked);
        throttle.leave(2, Feedback::Failed, then);
        throttle.task_failed(then);
        assert_eq!(throttle.enter(then), Admission::NotBefore(then + 2 * FIRST_PAUSE));
        let last = then + 2 * FIRST_PAUSE;
        assert_eq!(throttle.enter(last), Admission::Granted);
        throttle.leave(3, Feedback::Answered, last);
        assert_eq!(fill(&mut throttle, last).len(), 4);
    }

    #[test]
    fn it_gives_up_five_minutes_after_the_last_success() {
        let (mut throttle, now) = throttle(1, None);
        let at = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(throttle.enter(at(0)), Admission::Granted);
        throttle.leave(1, Feedback::Failed, at(0));
        assert_eq!(throttle.enter(at(299)), Admission::Granted);
        throttle.leave(2, Feedback::Answered, at(299));
        assert_eq!(throttle.enter(at(400)), Admission::Granted);
        throttle.leave(3, Feedback::RateLimited(None), at(400));
        assert_eq!(throttle.enter(at(699)), Admission::Granted);
        throttle.leave(4, Feedback::RateLimited(Some(Duration::from_secs(60))), at(699));
        assert_eq!(throttle.enter(at(699)), Admission::GivenUp, "it could not go before the end");
    }

    proptest! {
        #[test]
        fn no_minute_has_more_requests_than_the_limit(rpm in 1u32..600, steps in prop::collection::vec(0u64..3_000, 1..400)) {
            let (mut throttle, start) = throttle(64, Some(rpm));
            let (mut now, mut sent) = (start, Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                for number in fill(&mut throttle, now) {
                    sent.push(now);
                    throttle.leave(number, Feedback::Answered, now);
                }
            }
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|at| at.duration_since(*first) < Duration::from_secs(60));
                prop_assert!(within.count() <= rpm as usize);
            }
        }

        #[test]
        fn one_request_is_always_admitted_whatever_happens(feedback in prop::collection::vec(0u8..4, 0..200)) {
            let (mut throttle, mut now) = throttle(6, None);
            for feedback in feedback {
                now += LONG;
                let numbers = fill(&mut throttle, now);
                if throttle.has_given_up(now) {
                    return Ok(());
                }
                prop_assert!(!numbers.is_empty() && numbers.len() <= 6);
                for number in numbers {
                    let feedback = [Feedback::Answered, Feedback::RateLimited(None), Feedback::Failed, Feedback::Answered][usize::from(feedback)];
                    throttle.leave(number, feedback, now);
                }
            }
        }
    }
}
