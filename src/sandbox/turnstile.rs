//! The usage log's own limit: 200 requests a minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const REQUESTS: usize = 200;
const WINDOW: Duration = Duration::from_secs(60);

/// Counts who came through in the last minute.
#[derive(Debug, Default)]
pub(super) struct Turnstile {
    passed: VecDeque<Instant>,
}

impl Turnstile {
    /// Whether one more may pass at `now`. Those who are turned away do not count.
    pub(super) fn pass(&mut self, now: Instant) -> bool {
        while self.passed.front().is_some_and(|&then| now.duration_since(then) >= WINDOW) {
            self.passed.pop_front();
        }
        let free = self.passed.len() < REQUESTS;
        if free {
            self.passed.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_hundred_and_first_request_of_a_minute_is_turned_away() {
        let (mut turnstile, start) = (Turnstile::default(), Instant::now());
        assert!((0..200).all(|_| turnstile.pass(start)));
        assert!(!turnstile.pass(start + WINDOW - Duration::from_millis(1)));
        assert!(turnstile.pass(start + WINDOW));
    }
}
