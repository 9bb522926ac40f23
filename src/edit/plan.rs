//! An edit with everything decided that can be decided without spending anything.

use crate::api::Generation;
use crate::journal::{Job, JobKeys, State};

use super::destination::OutputError;
use super::job::JobId;
use super::output::Output;
use super::processing::Processing;
use super::restoration::Restoration;
use super::source::Source;
use super::source::SourceError;

/// An edit that is ready to be paid for.
#[derive(Clone)]
pub struct Plan {
    /// Its name.
    pub job: JobId,
    /// Where the picture came from.
    pub source: Source,
    /// What to do with the picture.
    pub generation: Generation,
    /// Where the result goes.
    pub output: Output,
    /// How its picture was made to fit, and the result is made.
    pub treatment: Processing,
    /// How the answer is brought back into the original, where anything is done to it.
    pub restoration: Option<Restoration>,
    /// What it can be found by later.
    pub names: JobKeys,
    /// What it was when it was decided to run it again; none for a new job.
    pub again: Option<Rerun>,
}

/// What a job was when it was decided to run it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rerun {
    /// How far it had come.
    pub state: State,
    /// How many POSTs of it had gone out.
    pub attempts: u32,
}

impl Rerun {
    /// What `job` is now.
    pub fn of(job: &Job) -> Rerun {
        Rerun { state: job.state, attempts: u32::try_from(job.attempts.len()).unwrap_or(u32::MAX) }
    }
}

impl Plan {
    /// How many POSTs of it went out before.
    pub(super) fn attempts_before(&self) -> u32 {
        self.again.map_or(0, |again| again.attempts)
    }
}

/// Why an edit is not even tried. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The picture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
}
