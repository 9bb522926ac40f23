//! What an edit can come to.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::api::{DownloadError, HttpError, Price, Refusal, UnknownOutcome};
use crate::journal::{JobLockError, JournalError};
use crate::picture::merge::Extent;
use crate::picture::{Format, Size};

use super::destination::OutputError;
use super::limiter::Closed;
use super::report::ChangeReport;

/// Whether money was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// Certainly not.
    No,
    /// Certainly.
    Yes,
    /// It cannot be told from here.
    Unknown,
}

/// What is known of a call that was, or may have been, paid for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paid {
    /// The id that the attempt carried.
    pub client_request_id: String,
    /// The service's id for the call.
    pub inference_id: Option<String>,
    /// What it cost.
    pub price: Option<Price>,
    /// The HTTP status of the answer, where one came.
    pub status: Option<u16>,
}

/// A result that is where it should be.
#[derive(Debug)]
pub struct Delivery {
    /// The file; none for standard output.
    pub path: Option<PathBuf>,
    /// Its format.
    pub format: Format,
    /// Its size.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of it, in lower-case hexadecimal digits.
    pub sha256: String,
    /// When the file was last changed; none for standard output.
    pub modified: Option<SystemTime>,
    /// What changed of its original, when that was looked for.
    pub change: Option<ChangeReport>,
    /// Whether it came as the service made it, since what it was to be put into is not there any more.
    pub is_bare: bool,
    /// The call that made it.
    pub paid: Paid,
    /// How many POSTs it took.
    pub attempts: u32,
    /// From the first byte sent to the file's being safe.
    pub elapsed: Duration,
}

impl Delivery {
    /// Whether it is what was asked for: it was put into its original, if it was to be, and, where that is
    /// `strict`, something of the original is left in it.
    pub fn is_as_asked(&self, strict: bool) -> bool {
        let is_whole = self.change.as_ref().is_some_and(|change| change.extent == Extent::Whole);
        !(self.is_bare || strict && is_whole)
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A signal came before anything that costs.
    #[error("interrupted; nothing was charged")]
    Interrupted(i32),
    /// The edits that were left were called off before this one was sent.
    #[error("not sent: the remaining edits were canceled")]
    CalledOff,
    /// Nothing can be written down, so nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another process works on the same job.
    #[error("another process is working on job {0}")]
    JobTaken(String),
    /// There is no room on disk for the answer.
    #[error("cannot reserve disk space for the answer")]
    NoRoom(#[source] std::io::Error),
    /// The output could not be reserved.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// No connection, in all attempts.
    #[error("the service cannot be reached")]
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        source: HttpError,
    },
    /// The other side could not prove who it is.
    #[error("no secure connection to the service")]
    Untrusted(#[source] HttpError),
    /// The service said no.
    #[error("{}", .refusal.message)]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// How often it was asked.
        attempts: u32,
        /// A wait that it asked for and that was too long.
        asked: Option<Duration>,
    },
    /// Something was sent, and what became of it is not known.
    #[error("{doubt}")]
    Unknown {
        /// Why.
        doubt: UnknownOutcome,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and the service has nothing to show for it.
    #[error("paid for but lost: {what}")]
    Lost {
        /// What came instead.
        what: String,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and lost here: there was no room for it, nor for its answer.
    #[error("paid for but lost: {what}")]
    NotKept {
        /// What went wrong.
        what: String,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and it could not be fetched.
    #[error("the result was paid for but could not be downloaded")]
    NotDownloaded {
        /// Why.
        source: DownloadError,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and it could not be saved.
    #[error("the result was paid for but could not be saved")]
    NotSaved {
        /// Why.
        source: io::Error,
        /// What is known.
        paid: Paid,
    },
}

impl From<Closed> for RunError {
    fn from(shut: Closed) -> RunError {
        match shut {
            Closed::Signal(signal) => RunError::Interrupted(signal),
            Closed::CalledOff => RunError::CalledOff,
        }
    }
}

impl From<JobLockError> for RunError {
    fn from(error: JobLockError) -> RunError {
        match error {
            JobLockError::Taken(job) => RunError::JobTaken(job),
            JobLockError::Io(source) => RunError::NoRoom(source),
        }
    }
}

impl RunError {
    /// Whether money was spent.
    pub fn charged(&self) -> Charged {
        match self {
            RunError::Interrupted(_)
            | RunError::CalledOff
            | RunError::Journal(_)
            | RunError::JobTaken(_)
            | RunError::NoRoom(_)
            | RunError::Output(_)
            | RunError::Unreachable { .. }
            | RunError::Untrusted(_)
            | RunError::Refused { .. } => Charged::No,
            RunError::Unknown { .. } => Charged::Unknown,
            RunError::Lost { .. }
            | RunError::NotKept { .. }
            | RunError::NotDownloaded { .. }
            | RunError::NotSaved { .. } => Charged::Yes,
        }
    }

    /// What is known of the call that was, or may have been, paid for.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            RunError::Unknown { paid, .. }
            | RunError::Lost { paid, .. }
            | RunError::NotKept { paid, .. }
            | RunError::NotDownloaded { paid, .. }
            | RunError::NotSaved { paid, .. } => Some(paid),
            _ => None,
        }
    }
}
