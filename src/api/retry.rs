//! The retry schedule: a small state machine that returns the wait and never sleeps.
//!
//! It handles only attempts that certainly cost nothing.

use std::time::Duration;

use jiff::Timestamp;

/// The longest wait requested by the service that is accepted.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);
/// Longer waits are shortened to this, because adding an arbitrary number from a header to a time could overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The upper bound of the first wait. It doubles with each attempt.
const FIRST_CEILING: Duration = Duration::from_millis(500);
/// The upper bound of all later waits.
const LAST_CEILING: Duration = Duration::from_secs(20);

/// Why an attempt failed that cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryReason {
    /// Nothing was sent: DNS, the connection or TLS failed.
    NotSent,
    /// The service's own 429, with the wait it requests.
    RateLimited(Option<RetryAfter>),
    /// The service's own 503, with the wait it requests.
    Busy(Option<RetryAfter>),
    /// Another 5xx from the service itself.
    Failed,
}

/// A wait that the service requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Returns whether the wait is short enough to wait for: at most 120 s.
    pub fn is_acceptable(self) -> bool {
        self.0 <= MAX_RETRY_AFTER
    }

    /// Parses the header: whole seconds, or an HTTP date. Returns `None` if there is nothing to wait for, so that the
    /// waits of the schedule apply: a server that always answers with zero would be sent a storm of requests.
    pub fn parse(value: &str, now: Timestamp) -> Option<RetryAfter> {
        let value = value.trim();
        let wait = match value.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
                Duration::try_from(at.duration_since(now)).ok()?
            }
        };
        (!wait.is_zero()).then_some(RetryAfter(wait.min(LONGEST)))
    }
}

/// The remaining retries, and the upper bound of the next wait.
#[derive(Debug)]
pub struct Retry {
    remaining: u32,
    ceiling: Duration,
    rng: fastrand::Rng,
}

impl Retry {
    /// Creates a schedule of at most `retries` further attempts with waits drawn from `rng`.
    pub fn new(retries: u32, rng: fastrand::Rng) -> Retry {
        Retry { remaining: retries, ceiling: FIRST_CEILING, rng }
    }

    /// Returns the wait before the next attempt, or `None` if there must be no other.
    ///
    /// A wait requested by the service is kept if it is at most 120 s. A longer one ends the retries, because
    /// an earlier attempt would be refused again. Otherwise the wait is uniform between zero and an upper
    /// bound of 0.5 s that doubles up to 20 s ("full jitter").
    pub fn next_wait(&mut self, cause: RetryReason) -> Option<Duration> {
        self.remaining = self.remaining.checked_sub(1)?;
        if let RetryReason::RateLimited(Some(after)) | RetryReason::Busy(Some(after)) = cause {
            return after.is_acceptable().then_some(after.0);
        }
        let wait = self.ceiling.mul_f64(self.rng.f64());
        self.ceiling = (self.ceiling * 2).min(LAST_CEILING);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn retry(retries: u32) -> Retry {
        Retry::new(retries, fastrand::Rng::with_seed(7))
    }

    #[test]
    fn three_retries_are_three_waits() {
        let mut retry = retry(3);
        for _ in 0..3 {
            assert!(retry.next_wait(RetryReason::Failed).is_some());
        }
        assert_eq!(retry.next_wait(RetryReason::Failed), None);
    }

    #[test]
    fn the_requested_wait_is_used() {
        let requested_wait = RetryAfter(Duration::from_secs(120));
        assert_eq!(retry(1).next_wait(RetryReason::Busy(Some(requested_wait))), Some(requested_wait.0));
    }

    #[test]
    fn a_requested_wait_of_more_than_two_minutes_ends_the_retries() {
        let requested_wait = RetryAfter(Duration::from_secs(121));
        assert_eq!(retry(1).next_wait(RetryReason::Busy(Some(requested_wait))), None);
    }

    #[test]
    fn retry_after_can_be_seconds_or_a_date() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let most = RetryAfter::parse("18446744073709551615", now).map(|after| after.0);
        assert_eq!(most, Some(LONGEST));
        let read = |value| RetryAfter::parse(value, now).map(|after| after.0.as_secs());
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("Thu, 01 Jan 2026 00:00:30 GMT"), Some(30));
        assert_eq!(read("Wed, 31 Dec 2025 23:59:00 GMT"), None);
        assert_eq!(read("0"), None);
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }

    proptest! {
        #[test]
        fn the_upper_bound_of_the_waits_doubles_to_twenty_seconds(seed: u64) {
            let mut retry = Retry::new(12, fastrand::Rng::with_seed(seed));
            for turn in 0..12 {
                let ceiling = (0.5 * f64::from(1u32 << turn)).min(20.0);
                let wait = retry.next_wait(RetryReason::NotSent).unwrap();
                prop_assert!(wait.as_secs_f64() <= ceiling);
            }
        }
    }
}
