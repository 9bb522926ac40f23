//! Waits for a request that a queue has accepted.

use std::time::{Duration, Instant};

use crate::api::{Call, QueueState, RawAnswer, Ticket, Transport, UnknownOutcome, poll};

use super::interrupt::Interrupt;

/// The first pause between two polls; each further pause is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// How long to wait for a request, and what ends the wait.
#[derive(Clone, Copy)]
pub(super) enum Patience<'a> {
    /// A request in flight is waited for, even after an interrupt.
    Until(Duration),
    /// An interrupt ends the wait.
    UntilOrInterrupted(Duration, &'a Interrupt),
}

/// Polls until the request has ended, and returns its answer. All of it is free, so failures are tried again.
///
/// # Errors
/// If it has not ended in time, or the service no longer knows it.
pub(super) fn wait(
    transport: &Transport,
    call: &Call<'_>,
    ticket: &Ticket,
    patience: Patience<'_>,
) -> Result<RawAnswer, UnknownOutcome> {
    let (limit, interrupt) = match patience {
        Patience::Until(limit) => (limit, None),
        Patience::UntilOrInterrupted(limit, interrupt) => (limit, Some(interrupt)),
    };
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match poll(transport, call, ticket) {
            Ok(QueueState::Ended(answer)) => return Ok(answer),
            Ok(QueueState::Gone(status)) => return Err(UnknownOutcome::Forgotten(status)),
            Ok(QueueState::Pending) | Err(_) => {}
        }
        let rest = limit.saturating_sub(started.elapsed());
        if rest.is_zero() {
            return Err(UnknownOutcome::StillRunning(limit));
        }
        let pause_now = pause.min(rest);
        match interrupt {
            Some(interrupt) => {
                if interrupt.sleep(pause_now).is_some() {
                    return Err(UnknownOutcome::StillRunning(started.elapsed()));
                }
            }
            None => std::thread::sleep(pause_now),
        }
        pause = (pause * 3 / 2).min(LAST_PAUSE);
    }
}
