//! Earlier results: whether they are unchanged, and how they are delivered again for free.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use crate::api::Price;
use crate::digest::sha256;
use crate::files::absolute;
use crate::journal::{Artifact, Job, Journal, PathBytes};
use crate::picture::metadata::{GainMap, Metadata, MetadataRule, Provenance, Stamp, StoredOrientation};
use crate::picture::{ColorSpace, Format, Header, Size};

use super::answer_file;
use super::destination::{Destination, IfExists, OutputError};
use super::events::Events;
use super::made_result::converted;
use super::outcome::{Delivery, Paid};
use super::output::Output;
use super::output_encoding::OutputEncoding;
use super::plan::Reserved;
use super::processing::Processing;
use super::restoration::{Finished, ResultContent};
use super::result_metadata::{MetadataOptions, ResultStamp};
use super::store::{ResultWriter, WrittenResult, find_identical, is_same};

/// The state of the file of an earlier result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactState {
    /// Unchanged since its delivery.
    Unchanged,
    /// Changed, or replaced by another file.
    Altered,
    /// Missing, or never a file.
    Missing,
    /// Unchanged, but it cannot be converted to the requested encoding; see [`can_serve`].
    Unsuited,
}

/// Whether the file of a result is in one of these directories, which are without symbolic links; `None` is every one. A
/// file that does not exist is in no directory.
pub fn is_within(job: &Job, directories: Option<&[PathBuf]>) -> bool {
    let Some(directories) = directories else { return true };
    let path = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
    let resolved = path.and_then(|path| fs::canonicalize(path.as_path()).ok());
    resolved.is_some_and(|path| directories.iter().any(|directory| path.starts_with(directory)))
}

/// Checks the file of an earlier result.
///
/// The file is not read if its size and modification time are those of the delivery. If the time differs or was not
/// recorded, the SHA-256 decides.
pub fn check_file(stored: &Artifact) -> ArtifactState {
    let Some(path) = stored.path.as_ref().map(|path| path.as_path()) else { return ArtifactState::Missing };
    let Ok(found) = fs::metadata(path) else { return ArtifactState::Missing };
    if !found.is_file() || found.len() != stored.bytes {
        return ArtifactState::Altered;
    }
    let modified = found.modified().ok().and_then(nanoseconds);
    if modified.is_some() && modified == stored.modified {
        return ArtifactState::Unchanged;
    }
    match fs::read(path) {
        Ok(bytes) if sha256(&bytes) == stored.sha256 => ArtifactState::Unchanged,
        _ => ArtifactState::Altered,
    }
}

/// Whether an earlier result can be converted to the requested encoding without a loss.
pub fn can_serve(job: &Job, requested: OutputEncoding) -> bool {
    // Such a result has pixels of its original, which a lossy format has lost.
    if is_restored(job) && changes_format(job, requested) {
        return false;
    }
    job.intent.quality.is_none()
        || (job.intent.quality == requested.quality && !changes_format(job, requested))
}

/// Whether a result was made of its original and the answer, so that `merge --job` makes it again.
pub fn is_restored(job: &Job) -> bool {
    let stored = Processing::from_stored_text(job.intent.processing.as_deref());
    stored.is_none_or(|stored| stored.processing.needs_original())
}

fn changes_format(job: &Job, requested: OutputEncoding) -> bool {
    let format = requested.format.map(|format| format.name());
    job.stored.as_ref().map(|stored| stored.format.as_str()) != format
}

/// Returns an earlier result as a delivery that costs nothing now; `None` for a job without a result.
pub fn delivered_before(job: &Job) -> Option<Delivery> {
    let stored = job.stored.as_ref()?;
    let inference_id = job.attempts.iter().rev().find_map(|attempt| attempt.call_info.inference_id.clone());
    Some(Delivery {
        path: stored.path.as_ref().map(|path| path.as_path().to_owned()),
        format: Format::from_extension(&stored.format)?,
        size: Size { width: stored.width, height: stored.height },
        bytes: stored.bytes,
        sha256: stored.sha256.clone(),
        modified: None,
        change: None,
        dropped: Vec::new(),
        preserves_nothing: job.preserved_nothing(),
        changes_nothing: job.changed_nothing(),
        is_unrestored: false,
        answer: None,
        paid: Paid { inference_id, price: Some(Price::ZERO), ..Paid::default() },
        attempts: 0,
        elapsed: Duration::ZERO,
        earlier_steps: Vec::new(),
    })
}

/// Returns a delivery as the journal stores it.
pub fn stored(delivery: &Delivery) -> Artifact {
    Artifact {
        path: delivery.path.as_deref().map(|path| absolute(path).into()),
        sha256: delivery.sha256.clone(),
        bytes: delivery.bytes,
        width: delivery.size.width,
        height: delivery.size.height,
        format: delivery.format.name().to_owned(),
        modified: delivery.modified.and_then(nanoseconds),
    }
}

/// How an earlier result was delivered again.
#[derive(Debug)]
pub enum Copied {
    /// It is already at the output, in the right format.
    There(Delivery),
    /// It was written to the output.
    Written(Delivery),
    /// Another file exists there, and `skip` was requested.
    Skipped(PathBuf),
}

/// Copies an earlier result to the output, in its format, unless it is there already. Removes metadata that the result is
/// not to have any more. What it does not have is not added.
///
/// # Errors
/// Those of the output and the system; also when the earlier file has changed.
pub fn copy(
    job: &Job,
    mut output: Output,
    metadata: MetadataOptions,
    events: &dyn Events,
    stdout: &mut dyn Write,
) -> Result<Copied, OutputError> {
    let started = Instant::now();
    let gone = || io::Error::other("the earlier result has changed");
    let target = output.path().unwrap_or(Path::new("-")).to_owned();
    let failed = |source| OutputError::Io { path: target.clone(), source };
    let before = delivered_before(job).ok_or_else(gone).map_err(failed)?;
    let bytes = before.path.as_deref().ok_or_else(gone).and_then(fs::read).map_err(failed)?;
    if sha256(&bytes) != before.sha256 {
        return Err(failed(gone()));
    }
    let delivery = |result: WrittenResult| Delivery {
        preserves_nothing: before.preserves_nothing,
        changes_nothing: before.changes_nothing,
        ..result.delivery(before.paid.clone(), 0, started.elapsed())
    };
    let header = Header::read(&bytes).map_err(|error| failed(io::Error::other(error)))?;
    if output.encoding.quality == job.intent.quality {
        // It has this quality already, so it is not encoded again.
        output.encoding.quality = None;
    }
    let carried = Metadata::read(&bytes, header.format);
    let finished = converted(bytes, header, &ColorSpace::SRGB, output.encoding).map_err(failed)?;
    let (bytes, header) = with_metadata(finished, &carried, removed_by(job, metadata));
    output.encoding = OutputEncoding { format: None, quality: None };
    let existing = match &output.destination {
        Destination::File { path, if_exists: IfExists::Rename } => find_identical(path, &bytes),
        Destination::File { path, .. } => is_same(path, &bytes).then(|| path.clone()),
        _ => None,
    };
    if let Some(existing) = existing {
        let result = WrittenResult::existing(existing, (bytes, header));
        return Ok(Copied::There(delivery(result)));
    }
    let output = output.ensure_possible()?;
    if let Destination::Skipped(path) = output.destination {
        return Ok(Copied::Skipped(path));
    }
    let reservation = output.reserve()?;
    // It is written as it is.
    let as_it_is = MetadataOptions { rule: Some(MetadataRule::None), ..MetadataOptions::default() };
    let stamp = ResultStamp { options: as_it_is, original: &carried, provenance: Provenance::default() };
    let writer = ResultWriter {
        output: &output,
        beside: PathBuf::from("result"),
        events,
        restoration: None,
        colors: &ColorSpace::SRGB,
        stamp,
        picture: job.intent.input.clone(),
        times_of: job.intent.input_path.as_ref().filter(|_| metadata.keeps_times).map(PathBytes::as_path),
        again: false,
        answers: None,
        keeps_answer: false,
    };
    let reserved = Reserved { result: reservation, answer: None };
    let result = writer.write_result(0, (bytes, header), None, reserved, stdout).map_err(failed)?;
    Ok(Copied::Written(delivery(result)))
}

/// Writes the answer of an earlier job beside its result, which may have been copied since, unless it is there. Returns the
/// file.
///
/// # Errors
/// If the answer was not kept, or the file cannot be written.
pub fn write_answer(job: &Job, result: &Path, journal: &Journal) -> io::Result<PathBuf> {
    let kept = journal.answers(job).into_iter().find(|answer| answer.is_complete).map(|answer| answer.path);
    let not_kept = || io::Error::other(format!("job {} did not keep it", job.intent.job));
    // A file beside the result may be anything by now.
    let bytes = fs::read(kept.ok_or_else(not_kept)?)?;
    let format = Header::read(&bytes).map_err(io::Error::other)?.format;
    answer_file::write_beside(result, &bytes, format, true)
}

/// Returns the requested rule, if the earlier result was made by one that keeps more.
fn removed_by(job: &Job, requested: MetadataOptions) -> Option<MetadataRule> {
    let stored = Processing::from_stored_text(job.intent.processing.as_deref()).unwrap_or_default();
    let default =
        if stored.processing.restore.keeps_pixels() { MetadataRule::Keep } else { MetadataRule::Safe };
    let applied = stored.processing.metadata.rule.unwrap_or(default);
    requested.rule.filter(|rule| *rule > applied)
}

/// Writes the metadata of the earlier result if it was encoded again, and applies a rule.
fn with_metadata(finished: Finished, carried: &Metadata, rule: Option<MetadataRule>) -> (Vec<u8>, Header) {
    let Finished { bytes, header, content, orientation, .. } = finished;
    if content == ResultContent::AnswerAsDelivered && rule.is_none() {
        return (bytes, header);
    }
    let rule = rule.unwrap_or(MetadataRule::Keep);
    let map = GainMap::read(&bytes, header.format);
    let carried_map = map.as_ref();
    let orientation = match content {
        ResultContent::AnswerAsDelivered => StoredOrientation::AsInOriginal,
        _ => orientation,
    };
    let stamp =
        Stamp { original: carried, rule, orientation, answer: None, provenance: None, gain_map: carried_map };
    (stamp.apply(bytes, &header).bytes, header)
}

/// Returns a time as the journal stores it; `None` if it is out of range (before 1678 or after 2262).
pub(super) fn nanoseconds(time: SystemTime) -> Option<i64> {
    i64::try_from(Timestamp::try_from(time).ok()?.as_nanosecond()).ok()
}
