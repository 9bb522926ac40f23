//! What was paid for, or may have been, by earlier jobs for the same edit as a single task.

use crate::journal::{JobLock, Journal, JournalError, RequestKeys, SentKeys, State};

use super::super::options::BatchOptions;
use super::super::task::Task;
use super::Status;

impl Status {
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
}
