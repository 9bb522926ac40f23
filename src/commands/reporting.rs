//! Failures and exit codes, reported in the same way by every command.

use std::io;

use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::ui::{ErrorRecord, JobInfo, Ui};

/// Prints a failure, with `--json` also as a record, and returns its exit code.
pub(super) fn report(failure: &Failure, job: JobInfo<'_>, ui: &Ui) -> u8 {
    if ui.is_json() {
        // If the record cannot be printed, the exit code still says that the command failed.
        let _ = ui.json(&ErrorRecord::new(job, failure, ui));
    }
    ui.failed(failure);
    failure.kind.exit_code()
}

/// The exit code of a command that produces results: the worst failure's, else that of the signal that stopped it,
/// else 0.
pub(super) fn exit_code(worst: Option<ErrorKind>, interrupt: &Interrupt) -> u8 {
    match (worst, interrupt.signal()) {
        (Some(kind), _) => kind.exit_code(),
        (None, Some(signal)) => ErrorKind::Interrupted(signal).exit_code(),
        (None, None) => 0,
    }
}

/// Standard output cannot be written to, for instance because the disk is full.
pub(super) fn stdout_failed(error: io::Error) -> Failure {
    Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("cannot write to standard output"))
}
