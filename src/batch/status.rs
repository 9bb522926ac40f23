//! What the journal knows of an order: whether anything is left to do for it, and what.

use std::path::Path;

use crate::edit::reuse::{self, ArtifactState};
use crate::edit::{Destination, IfExists, Output, OutputError, OutputRequest, absolute, is_numbered};
use crate::journal::{Job, JobLock, Journal, JournalError, State};

use super::identity;
use super::options::{BatchOptions, Dedup};
use super::task::Task;

/// How far an order has come.
#[derive(Debug)]
pub enum Status {
    /// Nothing is known of it.
    New,
    /// It was tried, cost nothing, and may be tried again.
    Rerun(Job),
    /// Its result is where it should be.
    Done(Job),
    /// Its result lies elsewhere, or in another format.
    Misplaced(Job),
    /// Its result was delivered, and is no longer what it was.
    Modified(Job, ArtifactState),
    /// What its id stood for was another edit, and that was paid for.
    IdReused(Job),
    /// An earlier process left it unfinished: it may be finished at no cost, or be in doubt.
    Unfinished(Job),
    /// Somebody works on it now.
    Running(Job),
    /// It was paid for, and its result is gone.
    Lost(Job),
}

/// What cannot be known, or not be done.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Status {
    /// The job that it is about.
    pub fn job(&self) -> Option<&Job> {
        match self {
            Status::New => None,
            Status::Rerun(job)
            | Status::Done(job)
            | Status::Misplaced(job)
            | Status::Modified(job, _)
            | Status::IdReused(job)
            | Status::Unfinished(job)
            | Status::Running(job)
            | Status::Lost(job) => Some(job),
        }
    }

    /// The job that the order itself is: what an id stood for before is another, and stays it.
    pub(super) fn own_job(&self) -> Option<&Job> {
        self.job().filter(|_| !matches!(self, Status::IdReused(_)))
    }

    /// The output that the order's result goes to when it is made again: what this very job delivered may be
    /// replaced.
    pub(super) fn over_its_own(&self, mut output: Output) -> Output {
        if let (Status::Modified(job, _), Destination::File { path, if_exists }) = (self, &mut output.place)
            && let Some(stored) = job.stored.as_ref().and_then(|stored| stored.path.as_ref())
            && stored.as_path() == absolute(path)
        {
            *if_exists = IfExists::Overwrite;
        }
        output
    }

    /// Looks the order up, the way that the rules' memory says.
    ///
    /// # Errors
    /// See [`StatusError`].
    pub fn of(order: &Task, journal: &Journal, rules: &BatchOptions) -> Result<Status, StatusError> {
        if let Some(key) = &order.keys.key {
            let standing = match journal.by_key(key)? {
                Some(job) => Status::of_job(order, job, journal)?,
                None => replaced(order, journal)?.map_or(Status::New, Status::IdReused),
            };
            let may_be_anothers = matches!(standing, Status::New | Status::Misplaced(_));
            return match may_be_anothers.then(|| of_its_like(order, journal, rules)).transpose()?.flatten() {
                Some(job) => Ok(Status::Done(job)),
                None => Ok(standing),
            };
        }
        let (Dedup::Results, Some(content)) = (&rules.memory, &order.keys.content) else {
            return Ok(Status::New);
        };
        for job in journal.delivered_before(content)? {
            let aimed = order.aim(Some(&job))?;
            if is_kept(&job) == ArtifactState::Unchanged && reuse::serves(&job, aimed.wanted) {
                return Ok(if is_there(&job, &aimed) { Status::Done(job) } else { Status::Misplaced(job) });
            }
        }
        Ok(Status::New)
    }

    fn of_job(order: &Task, job: Job, journal: &Journal) -> Result<Status, StatusError> {
        if job.state != State::Delivered && JobLock::is_taken(journal.directory(), &job.intent.job) {
            return Ok(Status::Running(job));
        }
        Ok(match job.state {
            State::Intent | State::Refused | State::HandedOn => Status::Rerun(job),
            State::Sent | State::Answered | State::Unknown => Status::Unfinished(job),
            State::Lost => Status::Lost(job),
            State::Delivered => {
                let aimed = order.aim(Some(&job))?;
                match is_kept(&job) {
                    ArtifactState::Unchanged if is_there(&job, &aimed) => Status::Done(job),
                    ArtifactState::Unchanged if reuse::serves(&job, aimed.wanted) => Status::Misplaced(job),
                    ArtifactState::Unchanged => Status::Modified(job, ArtifactState::Unsuited),
                    other => Status::Modified(job, other),
                }
            }
        })
    }
}

/// What is left of an order whose last step was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remaining {
    /// So many steps.
    Steps(usize),
    /// A step may have been charged, and has no result yet.
    InDoubt,
    /// A step was delivered and its result is gone or altered, or it was lost.
    Modified,
}

impl Remaining {
    /// Looks the steps before the last one up; with `redo`, what is unkept is made again.
    pub(super) fn of(order: &Task, journal: &Journal, redo: bool) -> Result<Remaining, StatusError> {
        let all = order.steps.len();
        for step in (1..all).rev() {
            let Some(job) = job_of_step(order, step, journal)? else { continue };
            match job.state {
                State::Sent | State::Answered | State::Unknown => return Ok(Remaining::InDoubt),
                State::Delivered if is_kept(&job) == ArtifactState::Unchanged => {
                    return Ok(Remaining::Steps(all - step));
                }
                State::Delivered | State::Lost if !redo => return Ok(Remaining::Modified),
                _ => {}
            }
        }
        Ok(Remaining::Steps(all))
    }
}

/// The job of a step before the last one, counted from 1.
pub(super) fn job_of_step(order: &Task, step: usize, journal: &Journal) -> Result<Option<Job>, JournalError> {
    identity::of_step(&order.keys, step, false).key.map_or(Ok(None), |key| journal.by_key(&key))
}

/// The job that the order's id stood for before, if that cost something, or may have.
fn replaced(order: &Task, journal: &Journal) -> Result<Option<Job>, JournalError> {
    let Some(label) = &order.keys.label else { return Ok(None) };
    let free = |job: &Job| matches!(job.state, State::Intent | State::Refused);
    Ok(journal.by_label(label)?.filter(|job| !free(job)))
}

/// The result of another row that asks the very same, if it lies where this one's should: such rows are told
/// apart by their order only, and to change that is not to ask for anything new.
fn of_its_like(order: &Task, journal: &Journal, rules: &BatchOptions) -> Result<Option<Job>, StatusError> {
    let Some(alike) = &order.alike else { return Ok(None) };
    let mut aimed = order.aim(None)?;
    if !aimed.path().is_some_and(Path::exists) && order.output.keeps_png {
        // An older release delivered every result as JPEG by default.
        let output = OutputRequest { keeps_png: false, ..order.output.clone() };
        aimed = Task { output, ..order.clone() }.aim(None)?;
    }
    let Some(path) = aimed.path().filter(|path| path.exists()) else { return Ok(None) };
    let path = absolute(path);
    for ordinal in 0.. {
        let Some(job) = journal.by_key(&alike.key(ordinal, &rules.endpoint))? else { break };
        let stored = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
        let lies_there = stored.is_some_and(|stored| stored.as_path() == path);
        if job.state == State::Delivered && lies_there && is_there(&job, &aimed) {
            return Ok((is_kept(&job) == ArtifactState::Unchanged).then_some(job));
        }
    }
    Ok(None)
}

fn is_kept(job: &Job) -> ArtifactState {
    job.stored.as_ref().map_or(ArtifactState::Missing, reuse::look)
}

/// Whether a job's result lies where it is wanted, as what it is wanted.
fn is_there(job: &Job, wanted: &Output) -> bool {
    let Some(stored) = &job.stored else { return false };
    let (Some(there), Some(path)) = (&stored.path, wanted.path()) else { return false };
    let same_form = wanted.wanted.format.is_none_or(|format| format.name() == stored.format)
        && wanted.wanted.quality == job.intent.quality;
    let path = absolute(path);
    // A number came to the name by the rule, or because something came into being there meanwhile.
    let may_have_number = matches!(wanted.place, Destination::File { if_exists: IfExists::Rename, .. })
        || job.intent.output.as_ref().is_some_and(|output| output.as_path() == path);
    same_form && (there.as_path() == path || may_have_number && is_numbered(there.as_path(), &path))
}
