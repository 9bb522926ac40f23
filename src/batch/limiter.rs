//! The rate limiter of a run: workers wait here before they send a request.

mod throttle;

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::api::{Retry, RetryReason};
use crate::edit::{Closed, Feedback, Interrupt, Limiter};
use crate::sync::{lock, unpoisoned};

use throttle::{Admission, Throttle};

/// The limits that the user set.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest number of requests in flight, at least 1.
    pub jobs: u32,
    /// The largest number of requests per minute; `None` is no limit.
    pub rpm: Option<u32>,
    /// How long to continue without a success.
    pub give_up_after: Duration,
}

/// Decides when the workers of a run may send. Clones share their state.
#[derive(Debug, Clone)]
pub struct RateLimiter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    throttle: Mutex<Throttle>,
    changed: Condvar,
}

impl Shared {
    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.throttle)
    }

    /// Changes the state and wakes everybody who waits.
    fn update(&self, change: impl FnOnce(&mut Throttle)) {
        change(&mut self.throttle());
        self.changed.notify_all();
    }
}

impl RateLimiter {
    /// Creates a limiter that admits [`Limits::jobs`] requests at once from the start.
    pub fn new(limits: Limits) -> RateLimiter {
        let throttle = Mutex::new(Throttle::new(limits, fastrand::Rng::new()));
        RateLimiter(Arc::new(Shared { throttle, changed: Condvar::new() }))
    }

    /// Reports that a task failed, after all its attempts, because of the service or the network.
    pub fn task_failed(&self) {
        self.0.update(|throttle| throttle.task_failed(Instant::now()));
    }

    /// Admits nothing anymore.
    pub fn cancel(&self) {
        self.0.update(Throttle::cancel);
    }

    /// Admits requests again after [`RateLimiter::cancel`], within the same limits.
    pub fn resume(&self) {
        self.0.update(Throttle::resume);
    }

    /// Whether nothing succeeded for too long.
    pub fn has_given_up(&self) -> bool {
        self.0.throttle().has_given_up(Instant::now())
    }

    /// The rest of the wait that the service asked for; `None` if there is none.
    pub fn requested_wait(&self) -> Option<Duration> {
        self.0.throttle().requested_wait(Instant::now())
    }
}

impl Limiter for RateLimiter {
    fn announce(&self, position: u64) {
        self.0.throttle().announce(position);
    }

    fn withdraw(&self, position: u64) {
        self.0.update(|throttle| throttle.withdraw(position));
    }

    fn enter(&self, position: u64, interrupt: &Interrupt) -> Result<u64, Closed> {
        let shared = Arc::clone(&self.0);
        let _waker = interrupt.on_raise(move || shared.update(|_| {}));
        let mut throttle = self.0.throttle();
        throttle.announce(position);
        let number = loop {
            if let Some(cause) = interrupt.cause() {
                break Err(Closed::Interrupted(cause));
            }
            if throttle.is_canceled() {
                break Err(Closed::Canceled);
            }
            let now = Instant::now();
            let admission =
                if throttle.is_overtaking(position) { Admission::Blocked } else { throttle.enter(now) };
            throttle = match admission {
                Admission::Granted => break Ok(throttle.latest()),
                Admission::GivenUp => break Err(Closed::Canceled),
                Admission::NotBefore(at) => {
                    let wait = at.saturating_duration_since(now);
                    unpoisoned(self.0.changed.wait_timeout(throttle, wait)).0
                }
                Admission::Blocked => unpoisoned(self.0.changed.wait(throttle)),
            };
        };
        throttle.withdraw(position);
        drop(throttle);
        self.0.changed.notify_all();
        number
    }

    fn leave(&self, number: u64, feedback: Feedback) {
        self.0.update(|throttle| throttle.leave(number, feedback, Instant::now()));
    }

    /// When the service limits the rate, the limiter delays all requests. So the edit itself does not wait, and the
    /// attempt does not count.
    fn wait(&self, reason: RetryReason, retry: &mut Retry) -> Option<Duration> {
        match reason {
            RetryReason::RateLimited(requested) if requested.is_none_or(|wait| wait.is_acceptable()) => {
                Some(Duration::ZERO)
            }
            reason => retry.next_wait(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::edit::Cancellation;

    use super::*;

    #[test]
    fn with_a_limit_per_minute_tasks_send_in_their_order() {
        let limits = Limits { jobs: 4, rpm: Some(6_000), give_up_after: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        (0..6).for_each(|position| limiter.announce(position));
        let sent = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            // The later a position, the earlier it comes to the limiter.
            for position in (0..6).rev() {
                let (limiter, sent, interrupt) = (&limiter, &sent, &interrupt);
                scope.spawn(move || {
                    let number = limiter.enter(position, interrupt).unwrap();
                    lock(sent).push(position);
                    limiter.leave(number, Feedback::Answered);
                });
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        assert_eq!(sent.into_inner().unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_task_that_sends_nothing_delays_no_other() {
        let limits = Limits { jobs: 4, rpm: Some(6_000), give_up_after: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        limiter.announce(0);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| limiter.enter(1, &interrupt));
            limiter.withdraw(0);
            assert_eq!(second.join().unwrap(), Ok(1));
        });
    }

    #[test]
    fn a_signal_ends_the_wait() {
        let limits = Limits { jobs: 1, rpm: None, give_up_after: Duration::from_secs(300) };
        let (limiter, interrupt) = (RateLimiter::new(limits), Interrupt::default());
        limiter.enter(0, &interrupt).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| limiter.enter(1, &interrupt));
            interrupt.raise(2);
            assert_eq!(second.join().unwrap(), Err(Closed::Interrupted(Cancellation::Signal(2))));
        });
    }
}
