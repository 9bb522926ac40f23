//! A planned edit: all decisions that can be made before paying.

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::Generation;
use crate::files::Reservation;
use crate::journal::{Job, JobKeys, State};
use crate::picture::ColorSpace;
use crate::picture::contents::Dropped;
use crate::picture::metadata::Metadata;

use super::answer_file::AnswerFile;
use super::destination::{Destination, OutputError};
use super::job::JobId;
use super::output::Output;
use super::processing::Processing;
use super::references::Reference;
use super::restoration::Restoration;
use super::source::Source;
use super::source::SourceError;

/// More than the answer of most models has.
const ANSWER_BYTES: u64 = 4 << 20;

/// The files that are reserved before a request is sent.
#[derive(Default)]
pub(super) struct Reserved {
    /// That of the result, unless it goes to standard output.
    pub(super) result: Option<Reservation>,
    /// That of the answer beside it, if one is requested.
    pub(super) answer: Option<AnswerFile>,
}

/// An edit that is ready to be paid for.
#[derive(Clone)]
pub struct Plan {
    /// Its id.
    pub job: JobId,
    /// The source of the picture.
    pub source: Source,
    /// The request to the service.
    pub generation: Generation,
    /// The pictures that are sent with it.
    pub references: Vec<Reference>,
    /// The destination and encoding of the result.
    pub output: Output,
    /// What is done to the picture and to the answer.
    pub processing: Processing,
    /// How the answer is restored into the original, if it is.
    pub restoration: Option<Restoration>,
    /// What the result does not have of the picture.
    pub dropped: Vec<Dropped>,
    /// The color space of the picture of the task, and so of an answer that states none.
    pub colors: ColorSpace,
    /// The metadata of the picture of the task.
    pub metadata: Arc<Metadata>,
    /// The file whose times the result has, if they are kept.
    pub times_of: Option<PathBuf>,
    /// The keys by which the job is found later.
    pub keys: JobKeys,
    /// The jobs with the same content that were known when the decision was made to start a new one. If there is another
    /// one by then, nothing is sent. `None` if equal jobs do not matter.
    pub equals: Option<Vec<String>>,
    /// The state of an earlier job that is run again; `None` for a new job.
    pub rerun: Option<Rerun>,
}

/// The state of a job when the decision was made to run it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rerun {
    /// Its state.
    pub state: State,
    /// The number of POSTs sent for it.
    pub attempts: u32,
}

impl Rerun {
    /// Takes the present state of `job`.
    pub fn of(job: &Job) -> Rerun {
        Rerun { state: job.state, attempts: u32::try_from(job.attempts.len()).unwrap_or(u32::MAX) }
    }
}

impl Plan {
    /// Reserves the files of the result and of its answer, with disk space.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub(super) fn reserve(&self) -> Result<Reserved, OutputError> {
        let result = self.output.reserve_with_space(self.result_bytes())?;
        let answer = match (&result, &self.output.destination) {
            (Some(result), Destination::File { if_exists, .. }) if self.processing.keeps_answer => {
                Some(AnswerFile::reserve(result.target(), *if_exists, ANSWER_BYTES)?)
            }
            _ => None,
        };
        Ok(Reserved { result, answer })
    }

    /// The disk space to reserve for the result, in bytes.
    fn result_bytes(&self) -> u64 {
        ANSWER_BYTES + self.restoration.as_ref().map_or(0, Restoration::original_bytes)
    }

    /// The number of POSTs sent by earlier runs.
    pub(super) fn earlier_attempts(&self) -> u32 {
        self.rerun.map_or(0, |rerun| rerun.attempts)
    }
}

/// Why an edit cannot start. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The picture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
}
