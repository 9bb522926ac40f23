//! Finds the job that an argument names.

use crate::error::Failure;
use crate::journal::{Job, JobMatch, Journal};

/// Finds a job by its running number, its id or the beginning of it. `sandbox` is whether the journal is the sandbox's.
pub(super) fn find_job(journal: &Journal, name: &str, sandbox: bool) -> Result<Job, Failure> {
    match journal.find(name)? {
        JobMatch::One(job) => Ok(*job),
        JobMatch::None => {
            let flag = if sandbox { " --sandbox" } else { "" };
            Err(Failure::input(format!("no job `{name}`"))
                .hint(format!("`seededit history{flag}` lists them")))
        }
        JobMatch::Ambiguous(_) => {
            Err(Failure::input(format!("`{name}` matches several jobs")).hint("give more of the job's id"))
        }
    }
}
