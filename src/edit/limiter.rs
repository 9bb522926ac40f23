//! Who may send when. Many edits at once share one gate; a single one finds it open.

use std::time::Duration;

use crate::api::{Retry, RetryReason};

use super::interrupt::Interrupt;

/// Passed before each POST, and told what became of it.
pub trait Limiter: Sync {
    /// Announces that the task at `place` is going to send something, so that later places do not overtake it.
    /// [`Limiter::enter`] ends that, and so does [`Limiter::withdraw`].
    fn announce(&self, _place: u64) {}

    /// The task at `place` does not send anything after all, or not soon.
    fn withdraw(&self, _place: u64) {}

    /// Waits until a POST of the task at `place` may go out; returns its number among those that were let in.
    ///
    /// # Errors
    /// When nothing may be sent any more.
    fn enter(&self, place: u64, interrupt: &Interrupt) -> Result<u64, Closed>;

    /// The POST that was let in with this number has come to its end, or was not sent after all.
    fn leave(&self, number: u64, seen: Feedback);

    /// The wait before another attempt, or none when there shall be no other. `retry` is the schedule of
    /// the edit itself.
    fn wait(&self, cause: RetryReason, retry: &mut Retry) -> Option<Duration>;
}

/// Why nothing may be sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// A signal came.
    Signal(i32),
    /// All that is left was called off.
    CalledOff,
}

/// What became of a POST, as far as others should go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// The service answered, and works: it took the request, or refused it for what it asks.
    Answered,
    /// The service says that there are too many (429), with the wait that it asked for.
    RateLimited(Option<Duration>),
    /// The service or the network failed.
    Failed,
}

/// Always open.
#[derive(Debug, Clone, Copy)]
pub struct Unlimited;

impl Limiter for Unlimited {
    fn enter(&self, _place: u64, interrupt: &Interrupt) -> Result<u64, Closed> {
        interrupt.signal().map_or(Ok(0), |signal| Err(Closed::Signal(signal)))
    }

    fn leave(&self, _number: u64, _seen: Feedback) {}

    fn wait(&self, cause: RetryReason, retry: &mut Retry) -> Option<Duration> {
        retry.next_wait(cause)
    }
}
