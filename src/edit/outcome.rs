//! The outcome of an edit.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::api::{DownloadError, HttpError, Obstacle, Price, Refusal, UnknownOutcome};
use crate::error_chain::error_chain;
use crate::journal::{DamagedAnswer, DeadLink, Fidelity, JobLockError, JournalError};
use crate::picture::contents::Dropped;
use crate::picture::{Format, Size};

use super::destination::OutputError;
use super::interrupt::Cancellation;
use super::job::JobId;
use super::limiter::Closed;
use super::references::ReferenceError;
use super::report::ChangeReport;

/// Whether a call was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// Certainly not charged.
    No,
    /// Certainly charged.
    Yes,
    /// In doubt.
    Unknown,
}

/// What is known about a call that was, or may have been, charged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paid {
    /// The request id of the attempt.
    pub client_request_id: String,
    /// The service's id for the call.
    pub inference_id: Option<String>,
    /// Its price.
    pub price: Option<Price>,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long the call lasted before its outcome became unknown. Zero if that was not measured.
    pub waited: Duration,
    /// Whether a queue accepted it, which can be asked again at no cost.
    pub is_queued: bool,
}

/// A result that was delivered.
#[derive(Debug)]
pub struct Delivery {
    /// The file; `None` for standard output.
    pub path: Option<PathBuf>,
    /// Its format.
    pub format: Format,
    /// Its size.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The modification time of the file; `None` for standard output.
    pub modified: Option<SystemTime>,
    /// What changed in the original, if that was detected.
    pub change: Option<ChangeReport>,
    /// What it does not have of the picture.
    pub dropped: Vec<Dropped>,
    /// Whether most of the picture changed, so that nothing of the original was preserved.
    pub preserves_nothing: bool,
    /// Whether the edit changed nothing visible, so that it is the original.
    pub changes_nothing: bool,
    /// Whether the answer was delivered unchanged because it could not be restored into its original.
    pub is_unrestored: bool,
    /// The file of the answer, if it was kept: beside the result, else in the answer store.
    pub answer: Option<PathBuf>,
    /// The call that produced it.
    pub paid: Paid,
    /// The number of POSTs.
    pub attempts: u32,
    /// The time from the first attempt to the synced file.
    pub elapsed: Duration,
    /// The steps before it whose results were not kept, in order. What they took and cost is included in `paid`,
    /// `attempts` and `elapsed`.
    pub earlier_steps: Vec<EarlierStep>,
}

/// A step of a chain that was paid for, and whose result was only the picture of the next step.
#[derive(Debug, Clone)]
pub struct EarlierStep {
    pub job: JobId,
    /// The number of POSTs.
    pub attempts: u32,
    /// Its price, if it is known.
    pub price: Option<Price>,
}

impl Delivery {
    /// Whether the result is as requested: restored into its original if that was requested and, with `strict`,
    /// with something of the original left, and something changed.
    pub fn is_as_requested(&self, strict: bool) -> bool {
        !(self.is_unrestored || strict && (self.preserves_nothing || self.changes_nothing))
    }

    /// What the journal records about it.
    pub(super) fn fidelity(&self) -> Fidelity {
        match self {
            Delivery { is_unrestored: true, .. } => Fidelity::Unrestored,
            Delivery { preserves_nothing: true, .. } => Fidelity::NothingPreserved,
            Delivery { changes_nothing: true, .. } => Fidelity::NothingChanged,
            _ => Fidelity::AsRequested,
        }
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It was canceled before anything was charged.
    #[error("{0}; nothing was charged")]
    Interrupted(Cancellation),
    /// The remaining edits were canceled before this one was sent.
    #[error("not sent: the remaining edits were canceled")]
    Canceled,
    /// The journal cannot be written, so nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another process works on the same job.
    #[error("another process is working on job {0}")]
    JobTaken(String),
    /// There is no disk space for the answer.
    #[error("cannot reserve disk space for the answer")]
    NoDiskSpace(#[source] std::io::Error),
    /// This process may not open the files and connections that an edit needs.
    #[error("cannot open the files and connections that an edit needs")]
    TooManyOpenFiles(#[source] std::io::Error),
    /// The output could not be reserved.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A reference cannot be used, so nothing was sent.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// No attempt could connect.
    #[error("the service cannot be reached")]
    Unreachable {
        /// The number of attempts.
        attempts: u32,
        /// The last failure.
        source: HttpError,
    },
    /// No attempt can connect.
    #[error("no connection to the service")]
    Blocked { obstacle: Obstacle, source: HttpError },
    /// The service refused the request.
    #[error("{}", .refusal.message)]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// The number of attempts.
        attempts: u32,
        /// The wait that the service requested, if it was too long.
        requested_wait: Option<Duration>,
    },
    /// The request was sent, and its outcome is not known.
    #[error("{doubt}")]
    Unknown {
        /// Why.
        doubt: UnknownOutcome,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, but the service has no result.
    #[error("paid for but lost: {what}")]
    Lost {
        /// What happened instead.
        what: String,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, but neither the result nor the answer could be written.
    #[error("paid for but lost: {what}")]
    NotKept {
        /// What went wrong.
        what: String,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, but the download failed.
    #[error("the result was paid for but could not be downloaded")]
    NotDownloaded {
        /// Why.
        source: DownloadError,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, but the answer is no longer what was received.
    #[error("the result was paid for but cannot be delivered")]
    AnswerDamaged {
        /// What happened to it.
        source: DamagedAnswer,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, but the file could not be written.
    #[error("the result was paid for but could not be saved")]
    NotSaved {
        /// Why.
        source: io::Error,
        /// What is known.
        paid: Paid,
    },
}

impl From<Closed> for RunError {
    fn from(closed: Closed) -> RunError {
        match closed {
            Closed::Interrupted(cause) => RunError::Interrupted(cause),
            Closed::Canceled => RunError::Canceled,
        }
    }
}

impl From<JobLockError> for RunError {
    fn from(error: JobLockError) -> RunError {
        match error {
            JobLockError::Held(job) => RunError::JobTaken(job),
            JobLockError::Io(source) => RunError::NoDiskSpace(source),
        }
    }
}

impl RunError {
    /// Whether the call was charged.
    pub fn charged(&self) -> Charged {
        match self {
            RunError::Interrupted(_)
            | RunError::Canceled
            | RunError::Journal(_)
            | RunError::JobTaken(_)
            | RunError::NoDiskSpace(_)
            | RunError::TooManyOpenFiles(_)
            | RunError::Output(_)
            | RunError::Reference(_)
            | RunError::Unreachable { .. }
            | RunError::Blocked { .. }
            | RunError::Refused { .. } => Charged::No,
            RunError::Unknown { .. } => Charged::Unknown,
            RunError::Lost { .. }
            | RunError::NotKept { .. }
            | RunError::NotDownloaded { .. }
            | RunError::AnswerDamaged { .. }
            | RunError::NotSaved { .. } => Charged::Yes,
        }
    }

    /// Returns why a result that was paid for cannot be fetched, if that is likely to stay so.
    pub fn dead_link(&self) -> Option<DeadLink> {
        match self {
            RunError::NotDownloaded { source: DownloadError::Gone { status, .. }, .. } => {
                Some(DeadLink::Refused(*status))
            }
            RunError::NotDownloaded { source, .. } if source.is_final() => {
                Some(DeadLink::Useless(error_chain(source)))
            }
            RunError::AnswerDamaged { source, .. } => Some(DeadLink::Useless(source.to_string())),
            _ => None,
        }
    }

    /// Returns what is known about a call that was, or may have been, charged.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            RunError::Unknown { paid, .. }
            | RunError::Lost { paid, .. }
            | RunError::NotKept { paid, .. }
            | RunError::NotDownloaded { paid, .. }
            | RunError::AnswerDamaged { paid, .. }
            | RunError::NotSaved { paid, .. } => Some(paid),
            _ => None,
        }
    }
}
