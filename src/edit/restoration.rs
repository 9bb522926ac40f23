//! Restores an answer into its original picture, and encodes the result.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use image::GrayImage;

use crate::api::VisibleArea;
use crate::files::absolute;
use crate::picture::contents::Dropped;
use crate::picture::metadata::{GainMap, StoredOrientation};
use crate::picture::restore::{Changed, EditArea, RestoreError, RestoreOptions, ResultFile};
use crate::picture::{EncodeError, Format, Header, HeaderError, Rect, Size};

use super::load::{Loaded, Original};
use super::output_encoding::OutputEncoding;
use super::processing::{OriginalFile, Processing};
use super::report::ChangeReport;
use super::source::Source;

/// How the answer for one picture is restored.
#[derive(Clone)]
pub struct Restoration {
    options: RestoreOptions,
    original: Original,
    frame: Rect,
    /// The file of the original.
    pub(super) file: OriginalFile,
}

/// An encoded result.
pub struct Finished {
    /// The file.
    pub bytes: Vec<u8>,
    /// What its header says.
    pub header: Header,
    /// What changed, if that was detected.
    pub change: Option<(ChangeReport, GrayImage)>,
    /// What it shows.
    pub content: ResultContent,
    /// How its pixels are stored.
    pub orientation: StoredOrientation,
    /// The gain map of the original, without a gain where the edit is. JPEGs only.
    pub gain_map: Option<GainMap>,
    /// What the original has, and the result does not, although that was expected.
    pub dropped: Vec<Dropped>,
}

/// What a result shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultContent {
    /// The original, with an edit.
    Original,
    /// The answer, encoded again.
    Answer,
    /// The answer, as the service delivered it.
    AnswerAsDelivered,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The answer cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The result cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The original, the answer or the result is not a picture.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Our own code panicked.
    #[error("a bug in seededit stopped the merge of this answer")]
    Panicked,
}

impl Restoration {
    /// The size of the original's file.
    pub(super) fn original_bytes(&self) -> u64 {
        self.original.bytes.len() as u64
    }

    /// The original's file.
    pub(super) fn original(&self) -> &Arc<[u8]> {
        &self.original.bytes
    }

    /// Returns how the answer for an upload is restored; `None` when it is delivered as it is.
    pub fn of(processing: &Processing, source: &Source, sent: &Loaded) -> Option<Restoration> {
        let original = sent.original.as_ref()?;
        if processing.restore.is_plain() && sent.frame.is_whole(original.header.upright()) {
            return None;
        }
        let path = match source {
            Source::File(path) => Some(absolute(path)),
            _ => None,
        };
        let file = OriginalFile { path, sha256: sent.sha256().to_owned() };
        Some(Restoration {
            options: processing.restore.clone(),
            original: original.clone(),
            frame: sent.frame,
            file,
        })
    }

    /// Checks that the output format supports the size of the result, before anything is paid.
    ///
    /// # Errors
    /// When it cannot.
    pub fn ensure_possible(&self, requested: OutputEncoding) -> Result<(), EncodeError> {
        let original = self.original.header.upright();
        // An answer that keeps its own size has about a megapixel, which every format supports.
        let size = self.options.result_size(original, Size { width: 1, height: 1 });
        requested.encoding(requested.format.unwrap_or(Format::Jpeg), &self.original.bytes).ensure_fits(size)
    }

    /// Returns the part of the upload whose edits show in the result, unless it is the whole upload.
    pub(super) fn visible_area(&self) -> Option<VisibleArea> {
        let picture = self.original.header.upright();
        let part = match &self.options.area {
            EditArea::All => Rect::whole(picture),
            EditArea::Region(region) => region.resolve(picture).ok()?,
            EditArea::Mask(mask) => mask.largest_rectangle(picture)?,
        };
        let Rect { left, top, size } = self.frame;
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let area = VisibleArea {
            left: (part.left - left) as f64 / width,
            top: (part.top - top) as f64 / height,
            width: f64::from(part.size.width) / width,
            height: f64::from(part.size.height) / height,
        };
        (part != self.frame).then_some(area)
    }

    /// Returns where an upload of this size may change, in white, if there is a mask.
    pub(super) fn editable_part(&self, processing: &Processing, upload: Size) -> Option<GrayImage> {
        match &processing.restore.area {
            EditArea::Mask(mask) => mask.of_upload(self.original.header.upright(), self.frame, upload).ok(),
            EditArea::All | EditArea::Region(_) => None,
        }
    }

    /// Restores an answer into the original.
    ///
    /// # Errors
    /// See [`FinishError`].
    pub fn apply(&self, answer: &[u8], requested: OutputEncoding) -> Result<Finished, FinishError> {
        finish(&self.options, &self.original.bytes, answer, self.frame, requested)
    }
}

/// Restores an answer, which shows the `frame` of the original, and encodes the result.
///
/// # Errors
/// See [`FinishError`].
pub fn finish(
    options: &RestoreOptions,
    original: &[u8],
    answer: &[u8],
    frame: Rect,
    requested: OutputEncoding,
) -> Result<Finished, FinishError> {
    without_panic(|| finish_unguarded(options, original, answer, frame, requested))
}

/// Turns a panic into an error: a bug must not cost an answer that is paid for, nor end a batch.
fn without_panic<T>(work: impl FnOnce() -> Result<T, FinishError>) -> Result<T, FinishError> {
    // What the work leaves half done is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(FinishError::Panicked))
}

fn finish_unguarded(
    options: &RestoreOptions,
    original: &[u8],
    answer: &[u8],
    frame: Rect,
    requested: OutputEncoding,
) -> Result<Finished, FinishError> {
    let (before, after) = (Header::read(original)?, Header::read(answer)?);
    let encoding = requested.encoding(requested.format.unwrap_or(after.format), original);
    encoding.ensure_fits(options.result_size(before.upright(), after.upright()))?;
    let keeps_blocks = encoding.format() == Format::Jpeg && requested.quality.is_none();
    let restored = options.restore(original, answer, frame, keeps_blocks)?;
    let ResultFile { bytes, orientation, change, is_reencoded } = restored.write(encoding)?;
    let header = Header::read(&bytes)?;
    let original_map = change.as_ref().filter(|_| header.format == Format::Jpeg).and_then(|change| {
        let map = GainMap::read(original, before.format)?;
        Some(map.of_edit(&change.coverage.mask, before.orientation, orientation))
    });
    let dropped = if original_map == Some(None) { vec![Dropped::GainMap] } else { Vec::new() };
    let gain_map = original_map.flatten();
    let content = if change.is_some() { ResultContent::Original } else { ResultContent::Answer };
    let change = change.map(|Changed { extent, coverage, share, placed, detail, .. }| {
        let (covered, changed, parts) = (coverage.share(), share, coverage.parts.clone());
        let is_in_area = options.area != EditArea::All;
        let report =
            ChangeReport { extent, is_in_area, covered, changed, is_reencoded, parts, placed, detail };
        (report, coverage.mask)
    });
    Ok(Finished { bytes, header, change, content, orientation, gain_map, dropped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let result = without_panic::<()>(|| panic!("a bug, as the test wants"));
        assert!(matches!(result, Err(FinishError::Panicked)));
    }
}
