//! Finds the job that an argument names.

use std::ffi::OsStr;

use crate::cli::ResultName;
use crate::error::{Audience, Failure, Hint};
use crate::journal::{Current, Job, JobMatch, Journal, OrphanedAnswer};
use crate::ui;

use super::named_results::shown;

/// Finds a job by its running number, its id or the beginning of it, or by the name of its result. `sandbox` is whether the
/// journal is the sandbox's.
pub(super) fn find_job(journal: &Journal, name: &str, sandbox: bool) -> Result<Job, Failure> {
    let job = match ResultName::parse(OsStr::new(name)) {
        None => return named_job(journal, name, sandbox),
        Some(ResultName::Job(id)) => return named_job(journal, &id, sandbox),
        Some(ResultName::Back(number)) => return result_back(journal, number, sandbox),
        Some(ResultName::Current) => journal.current()?.0,
    };
    match job {
        Current::Result(job) => Ok(*job),
        Current::Original(file) => Err(Failure::input(format!(
            "after `undo`, `@` is the original {}",
            shown(file.path.as_path()).display()
        ))
        .hint("`@1` is the last result, and `seededit redo` goes forward again")),
        Current::Nothing => Err(no_result(sandbox)),
        Current::Removed => Err(removed()),
    }
}

/// Finds a job by its running number, its id or the beginning of it.
pub(super) fn named_job(journal: &Journal, name: &str, sandbox: bool) -> Result<Job, Failure> {
    match journal.find(name)? {
        JobMatch::One(job) => Ok(*job),
        JobMatch::None => {
            let flag = sandbox_flag(sandbox);
            Err(Failure::input(format!("no job `{name}`")).hint(Hint::each(
                format!("`seededit history{flag}` lists them"),
                format!("{} lists them", Audience::Client.command("history")),
            )))
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

/// Finds the job of a result by its number, counted back from the last result.
pub(super) fn result_back(journal: &Journal, number: u32, sandbox: bool) -> Result<Job, Failure> {
    let Some(skipped) = number.checked_sub(1) else {
        return Err(Failure::usage("no result `@0`").hint("the last result is `@1`, the one before it `@2`"));
    };
    if let Some(job) = journal.result_back(skipped)? {
        return Ok(job);
    }
    match journal.count_results()? {
        0 => Err(no_result(sandbox)),
        count => Err(Failure::input(format!(
            "no result `@{number}`: there {} {}",
            if count == 1 { "is" } else { "are" },
            ui::count(count as usize, "result")
        ))
        .hint(Hint::each(
            format!("`seededit history{} --status delivered` lists them", sandbox_flag(sandbox)),
            format!("{} with `status` delivered lists them", Audience::Client.command("history")),
        ))),
    }
}

/// There is no result yet in the journal that was looked at.
pub(super) fn no_result(sandbox: bool) -> Failure {
    if sandbox {
        return Failure::input("there is no result of the sandbox yet")
            .hint(Hint::each(
                "the sandbox has results of its own; those of a service need no --sandbox, and SEEDEDIT_SANDBOX unset",
                "the sandbox, which this server uses, has results of its own",
            ));
    }
    Failure::input("there is no result yet").hint(Hint::each(
        "`seededit recover` delivers what was paid for; results of the sandbox need --sandbox",
        "the tool `recover` delivers what was paid for",
    ))
}

/// The result that `undo` went back to was removed from the history.
pub(super) fn removed() -> Failure {
    Failure::input("the result that `undo` went back to is no longer in the history")
        .hint("`@1` is the last result, and `seededit redo` goes forward again")
}

/// The flag that other commands need to use the same journal, after a space.
pub(super) fn sandbox_flag(sandbox: bool) -> &'static str {
    if sandbox { " --sandbox" } else { "" }
}
