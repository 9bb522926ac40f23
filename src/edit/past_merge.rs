//! The merge of an earlier job, which can be repeated with other options.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::error_chain::error_chain;
use crate::files::{absolute, is_same_place};
use crate::journal::{Artifact, Job, Journal, JournalError, State};
use crate::picture::restore::EditArea;
use crate::picture::{Header, Rect, Size};

use super::load::{Image, RawPicture};
use super::mask_file;
use super::processing::Processing;
use super::reuse::{ArtifactState, check_file, is_restored, nanoseconds};
use super::source::{Source, SourceError};

/// The merge of an earlier job.
pub struct PastMerge {
    /// The original.
    pub source: Source,
    /// The original as it was read.
    pub original: RawPicture,
    /// The part of the original that the answer shows; `None` for all of it.
    pub frame: Option<Rect>,
    /// The part that may change.
    pub area: EditArea,
    /// The file of the mask, if there is one.
    pub mask: Option<PathBuf>,
    /// The frame or page of the original, from 1.
    pub page: Option<u32>,
}

/// Why the merge of a job cannot be repeated.
#[derive(Debug, thiserror::Error)]
pub enum PastMergeError {
    /// The mask of the job cannot be used any more, or its entry cannot be read.
    #[error("{0}")]
    Entry(String),
    /// The original was not a file, so it is not known where it is.
    #[error("the picture of job {0} was not a file and was not kept")]
    NotAFile(String),
    /// The original has changed.
    #[error("{} has changed since job {job} was started", .path.display())]
    Changed {
        /// The job.
        job: String,
        /// The file of the original.
        path: PathBuf,
    },
    /// The original cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl PastMerge {
    /// Finds the original of a job, and how its answer is merged into it. `first` is the first job of a chain, or the job
    /// itself. `given` is used instead of the file of the original, and may differ from it.
    ///
    /// # Errors
    /// See [`PastMergeError`].
    pub fn of(job: &Job, first: &Job, given: Option<Source>) -> Result<PastMerge, PastMergeError> {
        let (processing, original) = mask_file::read_stored(job.intent.processing.as_deref())
            .map_err(|error| PastMergeError::Entry(error_chain(&error)))?;
        let (source, expected) = match (given, original) {
            (Some(source), _) => (source, None),
            (None, Some(file)) => (source(job, file.path)?, Some(file.sha256)),
            (None, None) => {
                let path = first.intent.input_path.as_ref().map(|path| path.as_path().to_owned());
                (source(job, path)?, first.intent.input_sha256.clone())
            }
        };
        let original = source.read_picture(None)?;
        if let (Source::File(path), Some(expected)) = (&source, expected)
            && expected != sha256(original.bytes())
        {
            return Err(PastMergeError::Changed { job: job.intent.job.clone(), path: path.clone() });
        }
        let frame = match processing.needs_original() {
            true => match source.load(None, &processing)? {
                Image::Loaded(loaded) => Some(loaded.frame),
                Image::Link(_) => None,
            },
            false => None,
        };
        let mask = processing.mask_file().map(|mask| mask.path.clone());
        Ok(PastMerge { source, original, frame, area: processing.restore.area, mask, page: processing.page })
    }
}

fn source(job: &Job, path: Option<PathBuf>) -> Result<Source, PastMergeError> {
    path.map(Source::File).ok_or_else(|| PastMergeError::NotAFile(job.intent.job.clone()))
}

/// Records a merged picture as the result of its job if it replaces that result: it has its path, or its name with another
/// extension, or the result no longer exists. `quality` is the one that a JPEG was encoded with.
///
/// A result that is the answer itself keeps its place: nothing else has that answer.
///
/// # Errors
/// When the journal cannot be written.
pub fn record_merged(
    job: &Job,
    path: &Path,
    (bytes, header): (&[u8], &Header),
    quality: Option<u8>,
    journal: &Journal,
) -> Result<(), JournalError> {
    let stored = job.stored.as_ref().filter(|_| job.state == State::Delivered && is_restored(job));
    let Some(stored) = stored.and_then(|stored| stored.path.as_ref()) else { return Ok(()) };
    let stem = |path: &Path| path.with_extension("");
    let takes_its_place = is_same_place(&stem(stored.as_path()), &stem(path)) || !stored.as_path().exists();
    if !takes_its_place {
        return Ok(());
    }
    let Size { width, height } = header.upright();
    let modified = fs::metadata(path).and_then(|found| found.modified()).ok();
    let artifact = Artifact {
        path: Some(absolute(path).into()),
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        width,
        height,
        format: header.format.name().to_owned(),
        modified: modified.and_then(nanoseconds),
    };
    journal.mark_moved(&job.intent.job, &artifact, quality)
}

/// Returns the file of a result that is the answer itself, if it is unchanged.
pub fn delivered_answer(job: &Job) -> Option<PathBuf> {
    let stored = job.stored.as_ref().filter(|_| job.state == State::Delivered)?;
    let processing = Processing::from_stored_text(job.intent.processing.as_deref())?.processing;
    let is_answer = !processing.needs_original() && check_file(stored) == ArtifactState::Unchanged;
    stored.path.as_ref().filter(|_| is_answer).map(|path| path.as_path().to_owned())
}
