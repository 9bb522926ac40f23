//! The outcome of a task.

use crate::api::RefusalKind;
use crate::edit::reuse::ArtifactState;
use crate::edit::{Delivery, JobId, RecoverError, RunError};
use crate::journal::{Job, JournalError};

use super::budget::Denied;
use super::skipped::Skipped;
use super::status::StatusError;
use super::task::TaskError;

/// The outcome of a task.
#[derive(Debug)]
pub enum TaskOutcome {
    /// It ran. Holds the kept results and the failures of its steps.
    Ran(Vec<StepOutcome>),
    /// The result of an earlier job was used again, at no cost.
    Reused {
        job: Box<Job>,
        delivery: Box<Delivery>,
        /// Whether the result was copied now, to another destination or in another format.
        is_copy: bool,
    },
    /// It needs nothing.
    Skipped(Skipped),
    /// The result of its job is not as it was delivered.
    Modified(Box<Job>, ArtifactState),
    /// Its id belonged to another edit, which was charged or may have been.
    IdReused(Box<Job>),
    /// It was charged, and its result is lost.
    Lost(Box<Job>),
    /// It may have been charged, so it is not sent again. Holds the reason.
    InDoubt(Box<Job>, String),
    /// An equal edit, or a step of it, may have been paid for and has no result yet, so nothing was sent.
    EqualInDoubt(Box<Job>),
    /// The journal's entry of an equal edit cannot be read, so nothing was sent. Holds its id.
    EqualUnreadable(String),
    /// Another process is working on it.
    Running(JobId),
    /// It could not start.
    Refused(TaskError),
    /// The job of an earlier process could not be finished or read.
    RecoveryFailed(RecoverError),
    /// The budget does not allow it.
    NotStarted(Denied),
}

impl TaskOutcome {
    /// Whether the run ended before the task sent anything, so that there is nothing to report.
    pub fn is_canceled(&self) -> bool {
        match self {
            TaskOutcome::NotStarted(_) => true,
            TaskOutcome::Ran(steps) => steps
                .iter()
                .all(|step| matches!(step.result, Err(RunError::Interrupted(_) | RunError::Canceled))),
            _ => false,
        }
    }

    /// Whether the service answered that it does not have the model, which costs nothing.
    pub fn is_model_missing(&self) -> bool {
        let TaskOutcome::Ran(steps) = self else { return false };
        let [only] = &steps[..] else { return false };
        matches!(&only.result, Err(RunError::Refused { refusal, .. }) if refusal.kind() == RefusalKind::NotOffered)
    }

    /// Whether its results were paid for, and their links are likely to lead to nothing, however often they are tried.
    pub fn is_link_dead(&self) -> bool {
        let TaskOutcome::Ran(steps) = self else { return false };
        let mut failures = steps.iter().filter_map(|step| step.result.as_ref().err()).peekable();
        failures.peek().is_some() && failures.all(|error| error.dead_link().is_some())
    }
}

/// The outcome of one step of a task.
#[derive(Debug)]
pub struct StepOutcome {
    pub job: JobId,
    /// The number of the step, from 0.
    pub index: usize,
    /// Whether an earlier process sent its request.
    pub is_recovered: bool,
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
        TaskOutcome::RecoveryFailed(error.into())
    }
}
