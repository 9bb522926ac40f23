//! What a run would do with a task, for dry runs.

use crate::edit::Output;
use crate::journal::Job;

use super::super::skipped::Skipped;

/// What a run would do with a task.
#[derive(Debug, Clone, Copy)]
pub enum Planned<'a> {
    /// It sends the edit, and writes the result there.
    Sent(&'a Output),
    /// It uses the result of an earlier job again: it copies the result to the output, unless it is there.
    Reused { job: &'a Job, output: &'a Output, is_there: bool },
    /// Nothing.
    Skipped(&'a Skipped),
    /// Nothing, because an edit like this one was or may have been paid for: in the job with this id, or in a step of it.
    Held { job: Option<&'a str>, why: Held },
}

/// Why a task waits for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It has no result yet, and may get one at no cost.
    InDoubt,
    /// Its result was lost, changed or removed, or its id belonged to another edit: it runs only with `--redo`.
    NeedsRedo,
}
