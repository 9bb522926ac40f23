//! The usage log's own limit: 200 requests a minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const REQUESTS: usize = 200;
const WINDOW: Duration = Duration::from_secs(60);

/// The requests of the last minute.
#[derive(Debug, Default)]
pub(super) struct RateLimit {
    allowed: VecDeque<Instant>,
}

impl RateLimit {
    /// Whether a request may proceed at `now`. Requests that are refused do not count.
    pub(super) fn allow(&mut self, now: Instant) -> bool {
        while self.allowed.front().is_some_and(|&then| now.duration_since(then) >= WINDOW) {
            self.allowed.pop_front();
        }
        let free = self.allowed.len() < REQUESTS;
        if free {
            self.allowed.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_hundred_and_first_request_of_a_minute_is_refused() {
        let (mut limit, start) = (RateLimit::default(), Instant::now());
        assert!((0..200).all(|_| limit.allow(start)));
        assert!(!limit.allow(start + WINDOW - Duration::from_millis(1)));
        assert!(limit.allow(start + WINDOW));
    }
}
