//! Finds the job that an argument names.

use crate::error::{ErrorKind, Failure};
use crate::journal::{Job, JobMatch, Journal, OrphanedAnswer};
use crate::ui;

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

/// What arguments name.
pub(super) struct Named {
    pub(super) jobs: Vec<Job>,
    /// The answers that no job knows, by the ids of the jobs that they were received for.
    pub(super) orphans: Vec<OrphanedAnswer>,
}

/// Finds the jobs that arguments name, and the answers that no job knows.
pub(super) fn find_named(journal: &Journal, names: &[String], sandbox: bool) -> Result<Named, Failure> {
    let mut found = Named { jobs: Vec::new(), orphans: Vec::new() };
    for name in names {
        let is_unknown = matches!(journal.find(name)?, JobMatch::None);
        let mut orphans = if is_unknown { journal.orphaned_answers()? } else { Vec::new() };
        orphans.retain(|orphan| orphan.job() == name);
        if orphans.is_empty() {
            found.jobs.push(find_job(journal, name, sandbox)?);
        }
        found.orphans.extend(orphans);
    }
    Ok(found)
}

/// The failure to know what an answer is for. It may be all that is left of a paid edit.
pub(super) fn orphaned(orphan: &OrphanedAnswer, sandbox: bool) -> Failure {
    let (job, flag) = (orphan.job(), if sandbox { " --sandbox" } else { "" });
    let (path, size) = (orphan.path.display(), ui::bytes(orphan.bytes));
    Failure::new(
        ErrorKind::Undelivered,
        anyhow::anyhow!("the journal does not know the job of an answer that was received: {path} ({size})"),
    )
    .hint(format!(
        "`seededit recover {job}{flag}` writes its picture to a file; `seededit history forget {job}{flag}` removes it"
    ))
}
