//! The status of a task that has no row: what the journal has of equal edits.

use crate::edit::reuse::{self, ArtifactState};
use crate::journal::{Job, JobLock, Journal, JournalError, Readable, RequestKeys, Requested, State};

use super::super::identity;
use super::super::options::BatchOptions;
use super::super::task::Task;
use super::{Status, StatusError, artifact_state, is_at_output};

/// The results of equal edits.
#[derive(Default)]
struct Results {
    /// One that can be used again.
    usable: Option<Status>,
    /// One that is as it was delivered, in a format or quality that does not serve.
    unsuited: Option<Job>,
    /// One that was changed or deleted, or that lies elsewhere.
    gone: Option<Job>,
}

impl Results {
    fn of(delivered: Vec<Job>, task: &Task, options: &BatchOptions) -> Result<Results, StatusError> {
        let mut results = Results::default();
        for job in delivered {
            let output = task.resolve_output(Some(&job))?;
            if !reuse::is_within(&job, options.results_within.as_deref())
                || artifact_state(&job) != ArtifactState::Unchanged
            {
                results.gone.get_or_insert(job);
            } else if reuse::can_serve(&job, output.encoding) {
                let is_done = is_at_output(&job, &output);
                results.usable = Some(if is_done { Status::Done(job) } else { Status::Misplaced(job) });
                break;
            } else {
                results.unsuited.get_or_insert(job);
            }
        }
        Ok(results)
    }
}

/// The jobs of equal edits, and of their steps, that have no result.
struct WithoutResult {
    /// One that may have been paid for, and that no process works on.
    in_doubt: Option<Job>,
    /// The id of one that cannot be read.
    unreadable: Option<String>,
    running: Option<Job>,
    lost: Option<Job>,
}

impl WithoutResult {
    fn of(jobs: Vec<Job>, unreadable: Vec<String>, journal: &Journal) -> WithoutResult {
        let is_running = |job: &Job| JobLock::is_held(journal.directory(), &job.intent.job);
        let (unfinished, ended): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.state.is_unfinished());
        let (running, waiting): (Vec<Job>, Vec<Job>) = unfinished.into_iter().partition(is_running);
        WithoutResult {
            in_doubt: waiting.into_iter().find(|job| job.state.may_be_paid()),
            unreadable: unreadable.into_iter().next(),
            running: running.into_iter().next(),
            lost: ended.into_iter().find(|job| job.state == State::Lost),
        }
    }
}

impl Status {
    /// Looks up the jobs of equal edits. A result that can be used again counts first. Without one, an edit that may
    /// have been paid for must not be sent again. [`BatchOptions::once`] counts every edit that was paid for.
    pub(super) fn of_equal(
        task: &Task,
        content: &str,
        journal: &Journal,
        options: &BatchOptions,
    ) -> Result<Status, StatusError> {
        let Readable { jobs, mut unreadable } = journal.with_content(content)?;
        let (delivered, mut others): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.state == State::Delivered);
        let results = Results::of(delivered, task, options)?;
        if let Some(usable) = results.usable {
            return Ok(usable);
        }
        for step in 1..task.steps.len() {
            let found = journal.with_content(&identity::step_content(content, step))?;
            others.extend(found.jobs);
            unreadable.extend(found.unreadable);
        }
        let others = WithoutResult::of(others, unreadable, journal);
        let unsuited = results.unsuited.map(|job| Status::Modified(job, ArtifactState::Unsuited));
        let found = (others.in_doubt.map(Status::EqualInDoubt))
            .or(others.unreadable.map(Status::EqualUnreadable))
            .or(others.running.map(Status::Running))
            .or(unsuited);
        if found.is_some() || !options.once {
            return Ok(found.unwrap_or(Status::New));
        }
        let gone = match results.gone {
            Some(job) => Some(job),
            None => unrestored(task, journal)?,
        };
        let gone = gone.map(|job| {
            let state = artifact_state(&job);
            Status::Modified(job, state)
        });
        Ok(gone.or(others.lost.map(Status::Lost)).unwrap_or(Status::New))
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
