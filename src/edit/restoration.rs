//! An answer brought back into the picture that it was made of, and written in the form that is wanted.

use image::GrayImage;

use crate::api::VisibleArea;
use crate::files::absolute;
use crate::picture::restore::{Changed, EditArea, RestoreError, RestoreOptions, Restored};
use crate::picture::{self, EncodeError, Format, Header, HeaderError, Rect, Size};

use super::load::{Loaded, Original};
use super::output_encoding::OutputEncoding;
use super::processing::{OriginalFile, Processing};
use super::report::ChangeReport;
use super::source::Source;

/// How one picture's answer is brought back.
#[derive(Clone)]
pub struct Restoration {
    rule: RestoreOptions,
    original: Original,
    frame: Rect,
    /// How the original is known again.
    pub(super) file: OriginalFile,
}

/// A result in its form.
pub struct Finished {
    /// The file.
    pub bytes: Vec<u8>,
    /// What its header says.
    pub header: Header,
    /// What changed, when that was looked for.
    pub change: Option<(ChangeReport, GrayImage)>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The answer cannot be brought back.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The result cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The original, the answer, or what was written is no picture.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl Restoration {
    /// How the answer to a picture that was sent is brought back; none when nothing is done to it.
    pub fn of(processing: &Processing, source: &Source, sent: &Loaded) -> Option<Restoration> {
        let original = sent.original.as_ref()?;
        if processing.back.is_plain() && sent.frame.is_whole(original.header.upright()) {
            return None;
        }
        let path = match source {
            Source::File(path) => Some(absolute(path)),
            _ => None,
        };
        let file = OriginalFile { path, sha256: sent.sha256().to_owned() };
        Some(Restoration {
            rule: processing.back.clone(),
            original: original.clone(),
            frame: sent.frame,
            file,
        })
    }

    /// Makes sure that what is wanted can have the size of the result, before anything is paid for it.
    ///
    /// # Errors
    /// When it cannot.
    pub fn ensure_possible(&self, wanted: OutputEncoding) -> Result<(), EncodeError> {
        let original = self.original.header.upright();
        // An answer that keeps its own size has about a megapixel, which every format can have.
        let size = self.rule.size(original, Size { width: 1, height: 1 });
        wanted.encoding(wanted.format.unwrap_or(Format::Jpeg), &self.original.bytes).ensure_takes(size)
    }

    /// The part of the upload in which an edit shows in the result, where that is not all of it.
    pub(super) fn visible_area(&self) -> Option<VisibleArea> {
        let picture = self.original.header.upright();
        let part = match &self.rule.area {
            EditArea::All => Rect::whole(picture),
            EditArea::Region(region) => region.within(picture).ok()?,
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

    /// Brings an answer back.
    ///
    /// # Errors
    /// See [`FinishError`].
    pub fn apply(&self, answer: &[u8], wanted: OutputEncoding) -> Result<Finished, FinishError> {
        finish(&self.rule, &self.original.bytes, answer, self.frame, wanted)
    }
}

/// Brings an answer back into its original, of which it shows the `frame`, and writes the result as it is wanted.
///
/// # Errors
/// See [`FinishError`].
pub fn finish(
    rule: &RestoreOptions,
    original: &[u8],
    answer: &[u8],
    frame: Rect,
    wanted: OutputEncoding,
) -> Result<Finished, FinishError> {
    let (before, after) = (Header::read(original)?, Header::read(answer)?);
    let encoding = wanted.encoding(wanted.format.unwrap_or(after.format), original);
    encoding.ensure_takes(rule.size(before.upright(), after.upright()))?;
    let Restored { image, icc, change } = rule.restore(original, answer, frame)?;
    let bytes = picture::encode(&image, icc.as_deref(), encoding)?;
    drop(image);
    let header = Header::read(&bytes)?;
    let change = change.map(|Changed { extent, coverage, share }| {
        let report = ChangeReport { extent, changed: share, parts: coverage.parts.clone() };
        (report, coverage.mask)
    });
    Ok(Finished { bytes, header, change })
}
