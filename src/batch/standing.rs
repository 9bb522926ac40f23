//! What the journal knows of an order: whether anything is left to do for it, and what.

use crate::edit::reuse::{self, Kept};
use crate::edit::{IfExists, Output, OutputError, Place, absolute, is_numbered};
use crate::journal::{Claim, Job, Journal, JournalError, State};

use super::identity;
use super::order::Order;
use super::rules::{Memory, Rules};

/// How far an order has come.
#[derive(Debug)]
pub enum Standing {
    /// Nothing is known of it.
    New,
    /// It was tried, cost nothing, and may be tried again.
    Again(Job),
    /// Its result is where it should be.
    Done(Job),
    /// Its result lies elsewhere, or in another format.
    Elsewhere(Job),
    /// Its result was delivered, and is no longer what it was.
    Unkept(Job, Kept),
    /// What its id stood for was another edit, and that was paid for.
    Replaced(Job),
    /// An earlier process left it unfinished: it may be finished at no cost, or be in doubt.
    Unfinished(Job),
    /// Somebody works on it now.
    Running(Job),
    /// It was paid for, and its result is gone.
    Lost(Job),
}

/// What cannot be known, or not be done.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Standing {
    /// The job that it is about.
    pub fn job(&self) -> Option<&Job> {
        match self {
            Standing::New => None,
            Standing::Again(job)
            | Standing::Done(job)
            | Standing::Elsewhere(job)
            | Standing::Unkept(job, _)
            | Standing::Replaced(job)
            | Standing::Unfinished(job)
            | Standing::Running(job)
            | Standing::Lost(job) => Some(job),
        }
    }

    /// The job that the order itself is: what an id stood for before is another, and stays it.
    pub(super) fn own_job(&self) -> Option<&Job> {
        self.job().filter(|_| !matches!(self, Standing::Replaced(_)))
    }

    /// The output that the order's result goes to when it is made again: what this very job delivered may be
    /// replaced.
    pub(super) fn over_its_own(&self, mut output: Output) -> Output {
        if let (Standing::Unkept(job, _), Place::File { path, if_exists }) = (self, &mut output.place)
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
    /// See [`StandingError`].
    pub fn of(order: &Order, journal: &Journal, rules: &Rules) -> Result<Standing, StandingError> {
        if let Some(key) = &order.names.key {
            let standing = match journal.by_key(key)? {
                Some(job) => Standing::of_job(order, job, journal)?,
                None => replaced(order, journal)?.map_or(Standing::New, Standing::Replaced),
            };
            let may_be_anothers = matches!(standing, Standing::New | Standing::Elsewhere(_));
            return match may_be_anothers.then(|| of_its_like(order, journal, rules)).transpose()?.flatten() {
                Some(job) => Ok(Standing::Done(job)),
                None => Ok(standing),
            };
        }
        let (Memory::Results, Some(content)) = (&rules.memory, &order.names.content) else {
            return Ok(Standing::New);
        };
        for job in journal.delivered_before(content)? {
            let aimed = order.aim(Some(&job))?;
            if is_kept(&job) == Kept::Unchanged && reuse::serves(&job, aimed.wanted) {
                return Ok(if is_there(&job, &aimed) {
                    Standing::Done(job)
                } else {
                    Standing::Elsewhere(job)
                });
            }
        }
        Ok(Standing::New)
    }

    fn of_job(order: &Order, job: Job, journal: &Journal) -> Result<Standing, StandingError> {
        if job.state != State::Delivered && Claim::is_taken(journal.directory(), &job.intent.job) {
            return Ok(Standing::Running(job));
        }
        Ok(match job.state {
            State::Intent | State::Refused | State::HandedOn => Standing::Again(job),
            State::Sent | State::Answered | State::Unknown => Standing::Unfinished(job),
            State::Lost => Standing::Lost(job),
            State::Delivered => {
                let aimed = order.aim(Some(&job))?;
                match is_kept(&job) {
                    Kept::Unchanged if is_there(&job, &aimed) => Standing::Done(job),
                    Kept::Unchanged if reuse::serves(&job, aimed.wanted) => Standing::Elsewhere(job),
                    Kept::Unchanged => Standing::Unkept(job, Kept::Unsuited),
                    other => Standing::Unkept(job, other),
                }
            }
        })
    }
}

/// What is left of an order whose last step was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// So many steps.
    Steps(usize),
    /// A step may have been charged, and has no result yet.
    InDoubt,
    /// A step was delivered and its result is gone or altered, or it was lost.
    Unkept,
}

impl Rest {
    /// Looks the steps before the last one up; with `redo`, what is unkept is made again.
    pub(super) fn of(order: &Order, journal: &Journal, redo: bool) -> Result<Rest, StandingError> {
        let all = order.steps.len();
        for step in (1..all).rev() {
            let Some(job) = job_of_step(order, step, journal)? else { continue };
            match job.state {
                State::Sent | State::Answered | State::Unknown => return Ok(Rest::InDoubt),
                State::Delivered if is_kept(&job) == Kept::Unchanged => return Ok(Rest::Steps(all - step)),
                State::Delivered | State::Lost if !redo => return Ok(Rest::Unkept),
                _ => {}
            }
        }
        Ok(Rest::Steps(all))
    }
}

/// The job of a step before the last one, counted from 1.
pub(super) fn job_of_step(
    order: &Order,
    step: usize,
    journal: &Journal,
) -> Result<Option<Job>, JournalError> {
    identity::of_step(&order.names, step, false).key.map_or(Ok(None), |key| journal.by_key(&key))
}

/// The job that the order's id stood for before, if that cost something, or may have.
fn replaced(order: &Order, journal: &Journal) -> Result<Option<Job>, JournalError> {
    let Some(label) = &order.names.label else { return Ok(None) };
    let free = |job: &Job| matches!(job.state, State::Intent | State::Refused);
    Ok(journal.by_label(label)?.filter(|job| !free(job)))
}

/// The result of another row that asks the very same, if it lies where this one's should: such rows are told
/// apart by their order only, and to change that is not to ask for anything new.
fn of_its_like(order: &Order, journal: &Journal, rules: &Rules) -> Result<Option<Job>, StandingError> {
    let (Some(alike), aimed) = (&order.alike, order.aim(None)?) else { return Ok(None) };
    let Some(path) = aimed.path().filter(|path| path.exists()) else { return Ok(None) };
    let path = absolute(path);
    for ordinal in 0.. {
        let Some(job) = journal.by_key(&alike.key(ordinal, &rules.endpoint))? else { break };
        let stored = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
        let lies_there = stored.is_some_and(|stored| stored.as_path() == path);
        if job.state == State::Delivered && lies_there && is_there(&job, &aimed) {
            return Ok((is_kept(&job) == Kept::Unchanged).then_some(job));
        }
    }
    Ok(None)
}

fn is_kept(job: &Job) -> Kept {
    job.stored.as_ref().map_or(Kept::Missing, reuse::look)
}

/// Whether a job's result lies where it is wanted, as what it is wanted.
fn is_there(job: &Job, wanted: &Output) -> bool {
    let Some(stored) = &job.stored else { return false };
    let (Some(there), Some(path)) = (&stored.path, wanted.path()) else { return false };
    let same_form = wanted.wanted.format.is_none_or(|format| format.name() == stored.format)
        && wanted.wanted.quality == job.intent.quality;
    let path = absolute(path);
    // A number came to the name by the rule, or because something came into being there meanwhile.
    let may_have_number = matches!(wanted.place, Place::File { if_exists: IfExists::Rename, .. })
        || job.intent.output.as_ref().is_some_and(|output| output.as_path() == path);
    same_form && (there.as_path() == path || may_have_number && is_numbered(there.as_path(), &path))
}
