//! What to do if the journal, or a job in it, cannot be used.

use crate::api::AccountError;
use crate::edit::{PlanError, RecoverError, RerunError, SettleError};
use crate::journal::JournalError;

use super::{ErrorKind, Failure, Hint};

/// The last resort if the journal cannot be used. It has a price.
pub(super) const OTHER_DIRECTORY: &str = "choose another directory with SEEDEDIT_DATA_DIR; a new journal does not know what was \
                               paid for, so the same edits are paid for again";

pub(super) fn journal_hint(error: &JournalError) -> String {
    match error {
        JournalError::Io { .. } => {
            format!("check the directory's permissions, or {OTHER_DIRECTORY}")
        }
        JournalError::Answer { .. } => {
            "the edit may have been paid for: make the file readable, then run this again".into()
        }
        JournalError::Busy { .. } => "nothing was sent; wait until it is done, then run this again".into(),
        JournalError::Newer { .. } => {
            format!("use the newer seededit, or {OTHER_DIRECTORY}")
        }
        JournalError::Upgrade { .. } => format!(
            "use the release that wrote it, or restore it from a backup, or {OTHER_DIRECTORY}"
        ),
        JournalError::Corrupt { path, .. } => format!(
            "the file was not changed: restore it from a backup, or move it and {}-wal away; its unfinished jobs can \
             then only be found in the service's usage log",
            path.display()
        ),
        JournalError::Emptied { path } => format!(
            "restore it from a backup; if there is none, remove {}, and its unfinished jobs can only be found in the \
             service's usage log",
            path.display()
        ),
        JournalError::Full(_) => {
            format!("nothing was sent; free space, or {OTHER_DIRECTORY}")
        }
        error if error.is_about_an_entry() => {
            "an entry cannot be read, and its job may have been paid for: restore the journal from a backup; another \
             journal would not know what was paid for"
                .into()
        }
        JournalError::Database { .. } => "check the disk it is on".into(),
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Failure {
        let hint = journal_hint(&error);
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Failure {
        match error {
            RecoverError::Journal(error) => error.into(),
            RecoverError::Entry(error) => error.into(),
            RecoverError::JobLock(_) => Failure::new(ErrorKind::Input, error)
                .hint("check the data directory's permissions and its free space"),
        }
    }
}

impl From<RerunError> for Failure {
    fn from(error: RerunError) -> Failure {
        match error {
            RerunError::Source(error) => PlanError::from(error).into(),
            RerunError::Output(error) => PlanError::from(error).into(),
            RerunError::StepNotSaved { ref step, is_unfinished: true, .. } => {
                let hint =
                    format!("`seededit recover {step}` saves that result if it can; then run this again");
                Failure::new(ErrorKind::Input, error).hint(hint)
            }
            RerunError::StepFile { .. } => Failure::new(ErrorKind::Input, error)
                .hint("nothing was sent; restore that file, or run `seededit edit` with another picture"),
            RerunError::NotKept(_)
            | RerunError::StepForgotten { .. }
            | RerunError::StepNotSaved { .. }
            | RerunError::Changed { .. }
            | RerunError::Entry { .. } => Failure::new(ErrorKind::Input, error)
                .hint("run `seededit edit` with the picture, and with --seed to get the same result"),
        }
    }
}

impl From<SettleError> for Failure {
    fn from(error: SettleError) -> Failure {
        match error {
            SettleError::Journal(error) => error.into(),
            SettleError::Recover(error) => error.into(),
            SettleError::Account(error) => {
                let no_log = matches!(&error, AccountError::Refused(refusal) if refusal.status == 404)
                    || matches!(&error, AccountError::NotFromService(404));
                let failure = Failure::from(error);
                if no_log {
                    let cause =
                        failure.cause.context("this service has no usage log, so the outcome stays unknown");
                    Failure { kind: ErrorKind::Rejected, cause, ..failure }
                        .hint(Hint::each(
                            "ask the service's support, and give the request ids that `seededit history show JOB` prints",
                            "the user can ask the service's support, with the request ids that the tool `history` shows for \
                             the `job`",
                        ))
                } else {
                    let cause = failure.cause.context("the usage log could not be read");
                    Failure { cause, ..failure }.hint(Hint::with(|audience| {
                        format!("nothing was changed; run {} again later", audience.command("recover"))
                    }))
                }
            }
        }
    }
}
