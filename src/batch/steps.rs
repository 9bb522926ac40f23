//! The steps of a chain: what the journal has of them, what they have cost, and which are still to be paid for.

use crate::edit::reuse::{self, ArtifactState};
use crate::journal::{Job, Journal, JournalError, State};
use crate::money::add_usd;

use super::identity;
use super::options::{BatchOptions, Dedup};
use super::status::artifact_state;
use super::task::Task;

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

/// Returns what the result of a row has cost, with the steps before it, in US dollars. `job` is that of its last step.
/// `None` if a price is not known.
///
/// # Errors
/// When the journal cannot be read.
pub fn usd_of_result(task: &Task, job: &Job, journal: &Journal) -> Result<Option<f64>, JournalError> {
    let mut usd = job.usd();
    for step in 1..task.steps.len() {
        let key = identity::step_keys(&task.keys, step, false).key;
        let of_step = key.map(|key| journal.by_key(&key)).transpose()?.flatten();
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
