//! What an edit needs besides its plan.

use crate::api::{Downloads, Endpoint, Transport};
use crate::cards::Models;
use crate::journal::{AnswerStore, Booking, Journal, JournalError};
use crate::secret::ApiKey;

use super::events::{Event, Events};
use super::interrupt::Interrupt;
use super::limiter::Limiter;

/// The service, and how to call it.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The HTTP clients.
    pub transport: &'a Transport,
    /// The address.
    pub endpoint: &'a Endpoint,
    /// What is known about it and its models.
    pub models: &'a Models,
    /// The key of the account.
    pub key: &'a ApiKey,
    /// The number of retries after failures that were certainly not charged.
    pub retries: u32,
    /// Whether it is a sandbox, known before anything is sent. Its prices go to the sandbox's journal; the
    /// price of any other sandbox's answer is dropped.
    pub is_sandbox: bool,
}

impl<'a> Service<'a> {
    /// How its results are downloaded.
    pub fn downloads(&self) -> Downloads<'a> {
        Downloads { transport: self.transport, retries: self.retries }
    }
}

/// What an edit needs besides its plan.
pub struct Work<'a> {
    /// The service.
    pub service: Service<'a>,
    /// The journal.
    pub journal: &'a Journal,
    /// Keeps answers that are not the delivered file.
    pub answers: &'a AnswerStore,
    /// Receives progress events.
    pub events: &'a dyn Events,
    /// Asks to stop.
    pub interrupt: &'a Interrupt,
    /// Says when to send.
    pub limiter: &'a dyn Limiter,
    /// The position of the task in the run, from 0. With a limit per minute, tasks send in this order.
    pub position: u64,
    /// What each attempt counts as until its price is known.
    pub booking: Booking,
}

impl Work<'_> {
    /// Reports that the journal could not record something that happened.
    pub(super) fn report_unrecorded(&self, written: Result<(), JournalError>) {
        if let Err(error) = written {
            self.events.on(Event::NotRecorded { error: &error });
        }
    }
}
