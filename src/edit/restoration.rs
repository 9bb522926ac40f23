//! An answer brought back into the picture that it was made of, and written in the form that is wanted.

use std::io;

use image::GrayImage;
use rayon::join;

use crate::picture::merge::Extent;
use crate::picture::restore::{Changed, Restored, Rule};
use crate::picture::{self, EncodeError, Format, Frame, Header, Size};

use super::load::{Loaded, Original};
use super::remember::absolute;
use super::source::Source;
use super::treatment::{OriginalFile, Treatment};
use super::wanted::Wanted;

/// How one picture's answer is brought back.
#[derive(Clone)]
pub struct Restoration {
    rule: Rule,
    original: Original,
    frame: Frame,
    /// How the original is known again.
    pub(super) file: OriginalFile,
}

/// What changed of a picture, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeReport {
    /// How much.
    pub extent: Extent,
    /// How many pixels may come from the answer, as a share.
    pub changed: f64,
    /// How many pixels are the original's, as a share.
    pub identical: f64,
    /// Rectangles around what changed.
    pub parts: Vec<Frame>,
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

impl Restoration {
    /// How the answer to a picture that was sent is brought back; none when nothing is done to it.
    pub fn of(treatment: &Treatment, source: &Source, sent: &Loaded) -> Option<Restoration> {
        let original = sent.original.as_ref()?;
        if treatment.back.is_plain() && sent.frame.is_whole(original.header.upright()) {
            return None;
        }
        let path = match source {
            Source::File(path) => Some(absolute(path)),
            _ => None,
        };
        let file = OriginalFile { path, sha256: sent.sha256().to_owned() };
        Some(Restoration {
            rule: treatment.back.clone(),
            original: original.clone(),
            frame: sent.frame,
            file,
        })
    }

    /// Makes sure that what is wanted can have the size of the result, before anything is paid for it.
    ///
    /// # Errors
    /// When it cannot.
    pub fn ensure_possible(&self, wanted: Wanted) -> Result<(), EncodeError> {
        let original = self.original.header.upright();
        // An answer that keeps its own size has about a megapixel, which every format can have.
        let size = self.rule.size(original, Size { width: 1, height: 1 });
        wanted.encoding(wanted.format.unwrap_or(Format::Jpeg), &self.original.bytes).ensure_takes(size)
    }

    /// Brings an answer back.
    ///
    /// # Errors
    /// When one of the two pictures cannot be decoded, or the result not be made of them.
    pub fn apply(&self, answer: &[u8], wanted: Wanted) -> io::Result<Finished> {
        let upright = |bytes: &[u8]| picture::decode(bytes).map(picture::Decoded::into_upright);
        let (original, edited) = join(|| upright(&self.original.bytes), || upright(answer));
        let (original, edited) = (original.map_err(io::Error::other)?, edited.map_err(io::Error::other)?);
        finish(&self.rule, original, edited, self.frame, &self.original.bytes, wanted)
    }
}

/// Brings an answer back into its original, and writes the result as it is wanted. `original_bytes` are those
/// that the original was decoded from.
///
/// # Errors
/// When the result cannot be made of the two, or not be written.
pub fn finish(
    rule: &Rule,
    original: picture::Decoded,
    edited: picture::Decoded,
    frame: Frame,
    original_bytes: &[u8],
    wanted: Wanted,
) -> io::Result<Finished> {
    let format = wanted.format.unwrap_or(edited.header.format);
    let encoding = wanted.encoding(format, original_bytes);
    let Restored { image, icc, change } = rule.restore(original, edited, frame).map_err(io::Error::other)?;
    let bytes = picture::encode(&image, icc.as_deref(), encoding).map_err(io::Error::other)?;
    drop(image);
    let header = Header::read(&bytes).map_err(io::Error::other)?;
    let change = change.map(|Changed { extent, coverage, identical }| {
        let report =
            ChangeReport { extent, changed: coverage.share(), identical, parts: coverage.parts.clone() };
        (report, coverage.mask)
    });
    Ok(Finished { bytes, header, change })
}
