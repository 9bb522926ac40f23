//! Ends a job in doubt on the user's word: its call was not charged.

use crate::edit::declare_free;
use crate::error::Failure;
use crate::journal::{Job, JobLock, State};

use super::RecoverRun;

/// What the journal stores as the reason.
const REASON: &str = "declared as not charged";

impl RecoverRun<'_> {
    /// Records that a job in doubt was not charged. Nothing is sent.
    ///
    /// # Errors
    /// For a job in another state, one that another process works on, and one that a queue accepted, because `recover`
    /// fetches its result.
    pub(super) fn declare_free(&mut self, job: &Job) -> Result<(), Failure> {
        let name = job.intent.job.as_str();
        let Ok(_claim) = JobLock::acquire_to_finish(self.journal.directory(), name) else {
            return Err(Failure::running(name));
        };
        // Another process may have continued it meanwhile.
        let job = super::find_job(self.journal, name, self.target.is_sandbox())?;
        if !matches!(job.state, State::Unknown | State::Sent) {
            return Err(Failure::input(format!("job {name} is {}, not unknown", job.state)).hint(
                "--not-charged is for jobs whose outcome is unknown: `seededit history --status unknown`",
            ));
        }
        if job.attempts.iter().any(|attempt| attempt.ticket.is_some()) {
            return Err(Failure::input(format!("the service accepted job {name} into its queue"))
                .hint(format!("`seededit recover {name}` asks for its result, and sends nothing again")));
        }
        match declare_free(self.journal, &job, REASON)? {
            State::Refused => self.free(job, REASON),
            state => {
                self.ui.note(&format!("job {name} is {state}: an earlier call of it was charged"));
                Ok(())
            }
        }
    }
}
