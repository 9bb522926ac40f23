//! The status of a task: how it stands against the journal.

mod before;
mod equal;

use std::path::Path;

use crate::edit::reuse::{self, ArtifactState};
use crate::edit::{Destination, IfExists, Output, OutputError, OutputRequest, is_numbered};
use crate::files::{is_same_place, resolve};
use crate::journal::{Job, JobLock, Journal, JournalError, State};

use super::options::{BatchOptions, Dedup};
use super::task::Task;

/// How a task stands against the journal.
#[derive(Debug)]
pub enum Status {
    /// The journal has no job for it.
    New,
    /// An earlier run started it. It was not charged, and can run again.
    Retryable(Job),
    /// Its result is at its destination.
    Done(Job),
    /// It has a result, but elsewhere or in another format.
    Misplaced(Job),
    /// Its result was delivered, and is not as it was delivered.
    Modified(Job, ArtifactState),
    /// Its id belonged to another edit, which was charged or may have been.
    IdReused(Job),
    /// An earlier process did not finish it. It may be finished at no cost, or be in doubt.
    Unfinished(Job),
    /// Another process is working on it.
    Running(Job),
    /// It was charged, and its result is lost.
    Lost(Job),
    /// An equal edit, or a step of it, may have been paid for and has no result yet. For the row of a batch, that is
    /// an `edit`.
    EqualInDoubt(Job),
    /// The journal's entry of an equal edit cannot be read; holds its id. It may have been paid for. Returned as
    /// [`Status::EqualInDoubt`] is.
    EqualUnreadable(String),
}

/// Why the status of a task is not known.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Status {
    /// The job that was found.
    pub fn job(&self) -> Option<&Job> {
        match self {
            Status::New | Status::EqualUnreadable(_) => None,
            Status::Retryable(job)
            | Status::Done(job)
            | Status::Misplaced(job)
            | Status::Modified(job, _)
            | Status::IdReused(job)
            | Status::Unfinished(job)
            | Status::Running(job)
            | Status::Lost(job)
            | Status::EqualInDoubt(job) => Some(job),
        }
    }

    /// The id of the job that was found, even if its entry cannot be read.
    pub fn job_id(&self) -> Option<&str> {
        match self {
            Status::EqualUnreadable(id) => Some(id),
            _ => self.job().map(|job| job.intent.job.as_str()),
        }
    }

    /// The job of this very task. The job that had its id before is another one, and so is that of an equal edit.
    pub(super) fn own_job(&self) -> Option<&Job> {
        self.job().filter(|_| !matches!(self, Status::IdReused(_) | Status::EqualInDoubt(_)))
    }

    /// Allows the task to overwrite its own earlier result, and nothing else.
    pub(super) fn allowing_overwrite_of_own(&self, mut output: Output) -> Output {
        if let (Status::Modified(job, _), Destination::File { path, if_exists }) =
            (self, &mut output.destination)
            && let Some(stored) = job.stored.as_ref().and_then(|stored| stored.path.as_ref())
            && is_same_place(stored.as_path(), path)
        {
            *if_exists = IfExists::Overwrite;
        }
        output
    }

    /// Looks up a task in the journal, as [`BatchOptions::dedup`] says.
    ///
    /// # Errors
    /// See [`StatusError`].
    pub fn of(task: &Task, journal: &Journal, options: &BatchOptions) -> Result<Status, StatusError> {
        if let Some(key) = &task.keys.key {
            let status = match journal.by_key(key)? {
                Some(job) => Status::of_job(task, job, journal)?,
                None => earlier_job_of_id(task, journal)?.map_or(Status::New, Status::IdReused),
            };
            if matches!(status, Status::New | Status::Misplaced(_))
                && let Some(job) = duplicate_at_output(task, journal, options)?
            {
                return Ok(Status::Done(job));
            }
            if matches!(status, Status::New) && !options.redo {
                return Status::unless_edited(task, journal);
            }
            return Ok(status);
        }
        let (Dedup::Results, Some(result_key)) = (&options.dedup, &task.keys.content) else {
            return Ok(Status::New);
        };
        Status::of_equal(task, result_key, journal, options)
    }

    /// Returns [`Status::EqualInDoubt`] if an `edit`, which has no row, sent the same and may have been charged for it without
    /// a result; otherwise [`Status::New`].
    fn unless_edited(task: &Task, journal: &Journal) -> Result<Status, StatusError> {
        let Some(content) = &task.keys.content else { return Ok(Status::New) };
        let is_in_doubt = |job: &Job| {
            job.intent.keys.key.is_none()
                && job.state.may_be_paid()
                && !JobLock::is_being_made(journal.directory(), &job.intent.job)
        };
        let in_doubt = journal.with_content(content)?.jobs.into_iter().find(is_in_doubt);
        Ok(in_doubt.map_or(Status::New, Status::EqualInDoubt))
    }

    fn of_job(task: &Task, job: Job, journal: &Journal) -> Result<Status, StatusError> {
        if job.state != State::Delivered && JobLock::is_held(journal.directory(), &job.intent.job) {
            return Ok(Status::Running(job));
        }
        Ok(match job.state {
            State::Intent | State::Refused | State::HandedOn => Status::Retryable(job),
            State::Sent | State::Answered | State::Unknown => Status::Unfinished(job),
            State::Lost => Status::Lost(job),
            State::Delivered => {
                let output = task.resolve_output(Some(&job))?;
                match artifact_state(&job) {
                    ArtifactState::Unchanged if is_at_output(&job, &output) => Status::Done(job),
                    ArtifactState::Unchanged if reuse::can_serve(&job, output.encoding) => {
                        Status::Misplaced(job)
                    }
                    ArtifactState::Unchanged => Status::Modified(job, ArtifactState::Unsuited),
                    other => Status::Modified(job, other),
                }
            }
        })
    }
}

/// Returns the job that the task's id belonged to before, if that was charged or may have been.
fn earlier_job_of_id(task: &Task, journal: &Journal) -> Result<Option<Job>, JournalError> {
    let Some(label) = &task.keys.label else { return Ok(None) };
    let is_free = |job: &Job| matches!(job.state, State::Intent | State::Refused);
    Ok(journal.by_label(label)?.filter(|job| !is_free(job)))
}

/// Returns the job of an identical row, if its result is at this task's output. Only their positions distinguish
/// identical rows, so reordering them must not start new edits.
fn duplicate_at_output(
    task: &Task,
    journal: &Journal,
    options: &BatchOptions,
) -> Result<Option<Job>, StatusError> {
    let Some(duplicates) = &task.duplicates else { return Ok(None) };
    let mut output = task.resolve_output(None)?;
    if !output.path().is_some_and(Path::exists) && task.output.keeps_lossless {
        // An older release delivered every result as JPEG by default.
        let request = OutputRequest { keeps_lossless: false, ..task.output.clone() };
        output = Task { output: request, ..task.clone() }.resolve_output(None)?;
    }
    let Some(path) = output.path().filter(|path| path.exists()) else { return Ok(None) };
    for ordinal in 0.. {
        let Some(job) = journal.by_key(&duplicates.key(ordinal, &options.endpoint))? else { break };
        let stored = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
        let has_same_path = stored.is_some_and(|stored| is_same_place(stored.as_path(), path));
        if job.state == State::Delivered && has_same_path && is_at_output(&job, &output) {
            return Ok((artifact_state(&job) == ArtifactState::Unchanged).then_some(job));
        }
    }
    Ok(None)
}

pub(super) fn artifact_state(job: &Job) -> ArtifactState {
    job.stored.as_ref().map_or(ArtifactState::Missing, reuse::check_file)
}

/// Whether a job's result is at `output`, in the format and quality of `output`.
pub(super) fn is_at_output(job: &Job, output: &Output) -> bool {
    let Some(stored) = &job.stored else { return false };
    let (Some(stored_path), Some(path)) = (&stored.path, output.path()) else { return false };
    let has_same_encoding = output.encoding.format.is_none_or(|format| format.name() == stored.format)
        && output.encoding.quality == job.intent.quality;
    // The stored name may have a number: by the collision rule, or because another file appeared during the call.
    let may_be_numbered = matches!(output.destination, Destination::File { if_exists: IfExists::Rename, .. })
        || job.intent.output.as_ref().is_some_and(|output| is_same_place(output.as_path(), path));
    has_same_encoding
        && (is_same_place(stored_path.as_path(), path)
            || may_be_numbered && is_numbered(&resolve(stored_path.as_path()), &resolve(path)))
}
