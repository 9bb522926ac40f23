//! What became of a task.

use std::path::PathBuf;

use crate::edit::reuse::ArtifactState;
use crate::edit::{Delivery, JobId, RecoverError, RunError};
use crate::journal::{Job, JournalError};

use super::budget::Denied;
use super::status::StatusError;
use super::task::TaskError;

/// What an order came to.
#[derive(Debug)]
pub enum TaskOutcome {
    /// It was done, or tried: each result that was kept, and each failure.
    Made(Vec<Step>),
    /// An earlier result served; it was paid for then.
    Before {
        /// The job that made it.
        job: Box<Job>,
        /// Where it is.
        delivery: Delivery,
        /// Whether it was written now, in another place or form.
        is_copy: bool,
    },
    /// Its output was there, and that was to be enough.
    Skipped(PathBuf),
    /// Its result was delivered, and is no longer what it was.
    Modified(Box<Job>, ArtifactState),
    /// Its id stood for another edit, which was paid for.
    IdReused(Box<Job>),
    /// It was paid for, and the result is gone.
    Lost(Box<Job>),
    /// It may have been charged, and is not sent again.
    InDoubt(Box<Job>, String),
    /// Another process works on it.
    Running(JobId),
    /// It could not be tried.
    Refused(TaskError),
    /// What an earlier process left cannot be looked at.
    Stuck(RecoverError),
    /// It was not begun, since no more may be.
    NotBegun(Denied),
}

impl TaskOutcome {
    /// Whether nothing came of it that would have to be told: it was not begun, or called off before
    /// anything was sent.
    pub fn is_nothing(&self) -> bool {
        match self {
            TaskOutcome::NotBegun(_) => true,
            TaskOutcome::Made(steps) => steps
                .iter()
                .all(|step| matches!(step.result, Err(RunError::Interrupted(_) | RunError::CalledOff))),
            _ => false,
        }
    }
}

/// What one step of an order brought.
#[derive(Debug)]
pub struct Step {
    /// The job that it was.
    pub job: JobId,
    /// Which step, from 0.
    pub number: usize,
    /// Its result, or why there is none.
    pub result: Result<Delivery, RunError>,
}

impl From<TaskError> for TaskOutcome {
    fn from(error: TaskError) -> TaskOutcome {
        TaskOutcome::Refused(error)
    }
}

impl From<StatusError> for TaskOutcome {
    fn from(error: StatusError) -> TaskOutcome {
        match error {
            StatusError::Journal(error) => error.into(),
            StatusError::Output(error) => TaskOutcome::Refused(error.into()),
        }
    }
}

impl From<JournalError> for TaskOutcome {
    fn from(error: JournalError) -> TaskOutcome {
        TaskOutcome::Stuck(error.into())
    }
}
