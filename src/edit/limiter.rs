//! When a POST may be sent. Edits that run at once share one limiter.

use std::time::Duration;

use crate::api::{Retry, RetryReason};

use super::interrupt::{Cancellation, Interrupt};

/// Decides when each POST may be sent, and learns from its outcome.
pub trait Limiter: Sync {
    /// Announces that the task at `position` is going to send something, so that later positions do not overtake it.
    /// [`Limiter::enter`] ends that, and so does [`Limiter::withdraw`].
    fn announce(&self, _position: u64) {}

    /// Withdraws the announcement: the task at `position` sends nothing, or not soon.
    fn withdraw(&self, _position: u64) {}

    /// Waits until a POST of the task at `position` may be sent. Returns its number among all that were admitted.
    ///
    /// # Errors
    /// When nothing may be sent anymore.
    fn enter(&self, position: u64, interrupt: &Interrupt) -> Result<u64, Closed>;

    /// Reports that the POST with this number ended, or was not sent.
    fn leave(&self, number: u64, feedback: Feedback);

    /// Returns the wait before the next attempt, or `None` to give up. `retry` is the schedule of the edit.
    fn wait(&self, cause: RetryReason, retry: &mut Retry) -> Option<Duration>;
}

/// Why nothing may be sent anymore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// This edit was canceled, for example by a signal.
    Interrupted(Cancellation),
    /// The remaining edits were canceled.
    Canceled,
}

/// What the outcome of a POST means for other edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// The service works: it accepted the request, or refused it for its content.
    Answered,
    /// The service is rate limiting (429), with the wait that it requests.
    RateLimited(Option<Duration>),
    /// The service or the network failed.
    Failed,
}

/// Never waits.
#[derive(Debug, Clone, Copy)]
pub struct Unlimited;

impl Limiter for Unlimited {
    fn enter(&self, _position: u64, interrupt: &Interrupt) -> Result<u64, Closed> {
        interrupt.cause().map_or(Ok(0), |cause| Err(Closed::Interrupted(cause)))
    }

    fn leave(&self, _number: u64, _feedback: Feedback) {}

    fn wait(&self, cause: RetryReason, retry: &mut Retry) -> Option<Duration> {
        retry.next_wait(cause)
    }
}
