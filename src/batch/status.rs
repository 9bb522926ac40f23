//! The status of a task: how it stands against the journal.

use std::path::Path;

use crate::edit::reuse::{self, ArtifactState};
use crate::edit::{Destination, IfExists, Output, OutputError, OutputRequest, is_numbered};
use crate::files::{is_same_place, resolve};
use crate::journal::{
    Job, JobLock, Journal, JournalError, Readable, RequestKeys, Requested, SentKeys, State,
};
use crate::money::add_usd;

use super::identity;
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

    /// Looks up the jobs of equal edits. A result that can be used again counts first. Without one, an edit that may
    /// have been paid for must not be sent again.
    fn of_equal(
        task: &Task,
        result_key: &str,
        journal: &Journal,
        options: &BatchOptions,
    ) -> Result<Status, StatusError> {
        let Readable { jobs, mut unreadable } = journal.with_content(result_key)?;
        let (delivered, mut others): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.state == State::Delivered);
        let (mut unsuited, mut gone) = (None, None);
        for job in delivered {
            let output = task.resolve_output(Some(&job))?;
            if !reuse::is_within(&job, options.results_within.as_deref())
                || artifact_state(&job) != ArtifactState::Unchanged
            {
                gone.get_or_insert(job);
            } else if reuse::can_serve(&job, output.encoding) {
                let is_done = is_at_output(&job, &output);
                return Ok(if is_done { Status::Done(job) } else { Status::Misplaced(job) });
            } else {
                unsuited.get_or_insert(job);
            }
        }
        for step in 1..task.steps.len() {
            let found = journal.with_content(&identity::step_content(result_key, step))?;
            others.extend(found.jobs);
            unreadable.extend(found.unreadable);
        }
        let is_running = |job: &Job| JobLock::is_held(journal.directory(), &job.intent.job);
        let (unfinished, ended): (Vec<Job>, Vec<Job>) =
            others.into_iter().partition(|job| job.state.is_unfinished());
        let (running, waiting): (Vec<Job>, Vec<Job>) = unfinished.into_iter().partition(is_running);
        if let Some(job) = waiting.into_iter().find(|job| job.state.may_be_paid()) {
            return Ok(Status::EqualInDoubt(job));
        }
        if let Some(job) = unreadable.into_iter().next() {
            return Ok(Status::EqualUnreadable(job));
        }
        if let Some(job) = running.into_iter().next() {
            return Ok(Status::Running(job));
        }
        if let Some(job) = unsuited {
            return Ok(Status::Modified(job, ArtifactState::Unsuited));
        }
        if !options.once {
            return Ok(Status::New);
        }
        if let Some(job) = match gone {
            Some(job) => Some(job),
            None => unrestored(task, journal)?,
        } {
            let state = artifact_state(&job);
            return Ok(Status::Modified(job, state));
        }
        let lost = ended.into_iter().find(|job| job.state == State::Lost);
        Ok(lost.map_or(Status::New, Status::Lost))
    }

    /// Returns [`Status::EqualInDoubt`] or [`Status::EqualUnreadable`] if an earlier job for the same edit may have been
    /// charged and has no result yet: one with the same picture and request, or one that sent the same picture and prompt and
    /// treats the answer otherwise. `any_seed` means that edits with other seeds are the same edit. A job that a process is
    /// making now is another edit, started on purpose; one that `recover` finishes is not.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn in_doubt_before(
        task: &Task,
        journal: &Journal,
        options: &BatchOptions,
        any_seed: bool,
    ) -> Result<Option<Status>, JournalError> {
        let Some(first) = task.steps.first() else { return Ok(None) };
        let seed = (!any_seed).then_some(first.seed.value());
        let mut found = Vec::new();
        if let Some(request) = &task.keys.request {
            // Jobs of older releases are found by what was sent.
            let mut jobs = journal.requested(RequestKeys { request, picture_sha256: None })?;
            jobs.retain(|job| {
                job.state.is_none_or(State::may_be_paid) && seed.is_none_or(|seed| seed == job.seed)
            });
            found.extend(jobs.into_iter().map(|job| job.job));
        }
        if let Some(picture_sha256) = &task.picture_sha256 {
            found.extend(journal.in_doubt_for(SentKeys {
                picture_sha256,
                prompt: first.prompt.as_str(),
                model: first.model(),
                base_url: &options.endpoint.base.to_string(),
                seed,
            })?);
        }
        let Some(job) = found.into_iter().find(|job| !JobLock::is_being_made(journal.directory(), job))
        else {
            return Ok(None);
        };
        match journal.job(&job) {
            Ok(job) => Ok(job.map(Status::EqualInDoubt)),
            Err(error) if error.is_about_an_entry() => Ok(Some(Status::EqualUnreadable(job))),
            Err(error) => Err(error),
        }
    }

    /// Returns the job that was the last one for the same picture and request and was charged, or may have been, if its result
    /// is lost. `any_seed` is as for [`Status::in_doubt_before`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn lost_before(
        task: &Task,
        journal: &Journal,
        any_seed: bool,
    ) -> Result<Option<String>, JournalError> {
        let (Some(first), Some(request)) = (task.steps.first(), &task.keys.request) else { return Ok(None) };
        let seed = (!any_seed).then_some(first.seed.value());
        // Jobs of older releases do not say of which request they were.
        let jobs = journal.requested(RequestKeys { request, picture_sha256: None })?;
        let last = jobs.into_iter().find(|job| {
            matches!(job.state, Some(State::Delivered | State::Lost))
                && seed.is_none_or(|seed| seed == job.seed)
        });
        Ok(last.filter(|job| job.state == Some(State::Lost)).map(|job| job.job))
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

/// What remains to be done of a task whose last step has not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remaining {
    /// This number of steps.
    Steps(usize),
    /// A step may have been charged, and has no result yet.
    InDoubt,
    /// The result of a step was lost, or is not as it was delivered.
    Modified,
}

impl Remaining {
    /// Looks up the steps before the last one. With `redo`, steps whose results are lost or modified run again.
    pub(super) fn of(
        task: &Task,
        journal: &Journal,
        options: &BatchOptions,
    ) -> Result<Remaining, JournalError> {
        let (count, redo) = (task.steps.len(), options.redo);
        for step in (1..count).rev() {
            let Some(job) = job_of_step(task, step, journal, options)? else { continue };
            match job.state {
                State::Answered if redo && job.is_link_dead() => {}
                State::Sent | State::Answered | State::Unknown => return Ok(Remaining::InDoubt),
                State::Delivered if artifact_state(&job) == ArtifactState::Unchanged => {
                    return Ok(Remaining::Steps(count - step));
                }
                State::Delivered | State::Lost if !redo => return Ok(Remaining::Modified),
                _ => {}
            }
        }
        Ok(Remaining::Steps(count))
    }
}

/// Returns a job with the request and the seed of a task whose result could not be restored into its original.
fn unrestored(task: &Task, journal: &Journal) -> Result<Option<Job>, JournalError> {
    let (Some(first), Some(request)) = (task.steps.first(), &task.keys.request) else { return Ok(None) };
    let jobs = journal.requested(RequestKeys { request, picture_sha256: None })?;
    let is_unrestored = |job: &Requested| {
        job.content.is_none() && job.seed == first.seed.value() && job.state == Some(State::Delivered)
    };
    match jobs.into_iter().find(is_unrestored) {
        Some(found) => journal.job(&found.job),
        None => Ok(None),
    }
}

/// Returns the number of steps of a task that would be paid for: those after the last one whose result is saved.
///
/// # Errors
/// When the journal cannot be read.
pub fn steps_to_pay(
    task: &Task,
    journal: Option<&Journal>,
    options: &BatchOptions,
) -> Result<usize, JournalError> {
    let remaining = journal.map(|journal| Remaining::of(task, journal, options)).transpose()?;
    Ok(match remaining {
        Some(Remaining::Steps(steps)) => steps,
        _ => task.steps.len(),
    })
}

/// Returns what the result of a task has cost, with the steps before it, in US dollars. `job` is that of its last step.
/// `None` if a price is not known.
///
/// # Errors
/// When the journal cannot be read.
pub fn usd_of_result(task: &Task, job: &Job, journal: &Journal) -> Result<Option<f64>, JournalError> {
    let mut usd = job.usd();
    for step in 1..task.steps.len() {
        let keys = identity::step_keys(&task.keys, step, false);
        let of_row = keys.key.as_deref().map(|key| journal.by_key(key)).transpose()?.flatten();
        let of_step = match (of_row, &keys.content) {
            (None, Some(content)) => {
                let is_used = |job: &Job| matches!(job.state, State::Delivered | State::HandedOn);
                journal.with_content(content)?.jobs.into_iter().find(is_used)
            }
            (of_row, _) => of_row,
        };
        usd = usd.zip(of_step.and_then(|job| job.usd())).map(|(sum, usd)| add_usd(sum, usd));
    }
    Ok(usd)
}

/// Returns the job of a step before the last one. `step` counts from 1. A row has one job for each step. For other tasks
/// whose equals are used again, it is any job of an equal step whose result can be used.
pub(super) fn job_of_step(
    task: &Task,
    step: usize,
    journal: &Journal,
    options: &BatchOptions,
) -> Result<Option<Job>, JournalError> {
    if let Some(key) = identity::step_keys(&task.keys, step, false).key {
        return journal.by_key(&key);
    }
    match (&options.dedup, &task.keys.content) {
        (Dedup::Results, Some(content)) => saved_step(content, step, journal, options),
        _ => Ok(None),
    }
}

/// Returns a job of a step of an edit whose result is saved and unchanged. `content` is that of the edit.
pub(super) fn saved_step(
    content: &str,
    step: usize,
    journal: &Journal,
    options: &BatchOptions,
) -> Result<Option<Job>, JournalError> {
    let found = journal.with_content(&identity::step_content(content, step))?;
    let is_usable = |job: &Job| {
        job.state == State::Delivered
            && reuse::is_within(job, options.results_within.as_deref())
            && artifact_state(job) == ArtifactState::Unchanged
    };
    Ok(found.jobs.into_iter().find(is_usable))
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

fn artifact_state(job: &Job) -> ArtifactState {
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
