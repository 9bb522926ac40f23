//! Why an entry of the plan cannot be planned.

use crate::edit::OutputError;
use crate::error_chain::error_chain;
use crate::journal::JournalError;

use super::super::job_spec::JobSpecError;
use super::super::plan_store::PlanStoreError;
use super::super::planning_error::PlanningError;
use super::super::status::StatusError;

/// Why an entry cannot be planned.
pub(super) enum EntryError {
    /// It has a fault; planning continues.
    Fault { message: String, hint: Option<String> },
    /// Planning cannot continue.
    Planning(PlanningError),
}

impl From<PlanStoreError> for EntryError {
    fn from(error: PlanStoreError) -> EntryError {
        EntryError::Planning(error.into())
    }
}

impl From<OutputError> for EntryError {
    fn from(error: OutputError) -> EntryError {
        let hint = match error {
            OutputError::Exists(_) => "say --if-exists skip, overwrite or rename, or choose another name",
            OutputError::NoDirectory(_) => "create the directory first, or choose another",
            OutputError::NotADirectory(_) | OutputError::Directory { .. } => "choose another output",
            _ => return EntryError::Fault { message: error_chain(&error), hint: None },
        };
        EntryError::Fault { message: error_chain(&error), hint: Some(hint.into()) }
    }
}

impl From<JobSpecError> for EntryError {
    fn from(error: JobSpecError) -> EntryError {
        EntryError::Fault { message: error_chain(&error), hint: error.advice() }
    }
}

impl From<JournalError> for EntryError {
    fn from(error: JournalError) -> EntryError {
        EntryError::Planning(error.into())
    }
}

impl From<StatusError> for EntryError {
    fn from(error: StatusError) -> EntryError {
        match error {
            StatusError::Journal(error) => EntryError::Planning(error.into()),
            StatusError::Output(error) => error.into(),
        }
    }
}
