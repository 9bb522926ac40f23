//! Turns an answer into a result: in its own size, in the original's size, or merged into the original.

mod blocks;
mod mask;
mod mask_fault;
mod mask_reading;
mod upload_rect;
mod written;

use std::panic::resume_unwind;
use std::thread;

use image::DynamicImage;
use seededit_resize::{ResizeArea, ResizeError, Size, resize, resize_part};

use self::blocks::BlockOriginal;
pub use self::mask::Mask;
pub use self::mask_fault::MaskFault;
pub use self::mask_reading::{MaskChannel, MaskLevels, MaskReading};
use self::upload_rect::upload_rect;
pub use self::written::ResultFile;
use crate::color::ColorSpace;
use crate::color::alpha::with_alpha;
use crate::color::icc::ColorError;
use crate::decode::{DecodeError, Decoded, decode, ensure_decodable};
use crate::difference::{ReplacedPart, replaced_pixels};
use crate::format::{Format, Header, jpeg, metadata};
use crate::geometry::{OutsideError, Rect, Region, RegionContext};
use crate::merge::{
    AlphaMask, AlphaMode, Edited, Extent, MergeError, MergeOptions, Merged, MergedParts, PartialOriginal,
    Placed, Prepared, ScaledOriginal, comparison_size, merge, merge_parts, place, place_parts,
};

/// How to turn an answer into a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestoreOptions {
    pub mode: ResultMode,
    pub area: EditArea,
    pub merge: MergeOptions,
}

/// What a result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultMode {
    /// The answer in its own size.
    #[default]
    AsAnswered,
    /// The answer in the original's size.
    KeepSize,
    /// The original with the changes of the answer.
    Preserve,
}

/// Where a result may differ from its original.
///
/// With an area other than [`EditArea::All`], the result is the original with the answer in that area, in any
/// [`ResultMode`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EditArea {
    #[default]
    All,
    Region(Region),
    Mask(Mask),
}

/// An answer cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The original cannot be decoded.
    #[error(transparent)]
    Original(DecodeError),
    /// The answer cannot be decoded.
    #[error(transparent)]
    Answer(DecodeError),
    #[error(transparent)]
    Outside(#[from] OutsideError),
    #[error("the mask is {mask} and the picture is {picture}: their aspect ratios differ")]
    MaskShape { mask: Size, picture: Size },
    /// The mask allows no change.
    #[error("the mask allows no change anywhere")]
    NoChange,
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error(transparent)]
    Color(#[from] ColorError),
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// An answer, as far as it can be processed without its original.
enum Answer {
    /// Ready to be merged.
    Prepared(Box<Prepared>),
    /// Decoded, with its color space.
    Decoded(Edited, ColorSpace),
}

/// A result.
pub struct Restored {
    pub picture: Picture,
    /// The difference from the original. `None` if the result does not contain the original.
    pub change: Option<Changed>,
}

/// The picture of a result.
pub enum Picture {
    /// Pixels, and their color space, which may be stated for another color model.
    Image(DynamicImage, ColorSpace),
    /// A JPEG with the blocks of the original, except for those that the edit touches. It has the original's orientation
    /// and metadata.
    Jpeg(Vec<u8>),
}

/// The difference between a result and its original.
pub struct Changed {
    pub extent: Extent,
    /// How much of each pixel is from the answer.
    pub coverage: AlphaMask,
    /// The share of pixels that differ: in the file if blocks are kept, else before the result is
    /// [written](Restored::write).
    pub share: f64,
    /// The pixels of the original that the result does not have. None if blocks are kept.
    pub replaced: Vec<ReplacedPart>,
    /// Where the answer lies on the upright original.
    pub placed: Placed,
    /// The share of the detail that is from the original, if the whole picture changed.
    pub detail: Option<f64>,
}

impl RestoreOptions {
    /// Whether a result is the answer without its padding.
    pub fn is_plain(&self) -> bool {
        self.keeps_answer_size() && self.merge.alpha == AlphaMode::Cover
    }

    /// Whether a result has pixels of the original, with their depth.
    pub fn keeps_pixels(&self) -> bool {
        self.mode == ResultMode::Preserve || self.area != EditArea::All
    }

    /// The size of the result.
    pub fn result_size(&self, original: Size, answer: Size) -> Size {
        if self.keeps_answer_size() { answer } else { original }
    }

    /// Whether a result has the size of the answer, instead of that of the original.
    pub fn keeps_answer_size(&self) -> bool {
        self.mode == ResultMode::AsAnswered && self.area == EditArea::All
    }

    /// Returns the part of a picture to upload, for the size of the upright picture. `None` is the whole picture.
    /// `context` is how much around a region is uploaded, if that was chosen.
    ///
    /// # Errors
    /// If the region is outside the picture, or the mask does not have the picture's aspect ratio.
    pub fn upload_rect(
        &self,
        picture: Size,
        context: Option<RegionContext>,
    ) -> Result<Option<Rect>, RestoreError> {
        Ok(match &self.area {
            EditArea::All => None,
            EditArea::Region(region) => Some(upload_rect(region.resolve(picture)?, picture, context)),
            EditArea::Mask(mask) => {
                let coverage = mask.coverage(picture)?;
                // A few gray pixels can become black when the mask is scaled.
                let bounds = coverage.parts.first().ok_or(RestoreError::NoChange)?;
                Some(upload_rect(*bounds, picture, None))
            }
        })
    }

    /// Restores an answer that shows the `frame` of the upright original. Both are files.
    ///
    /// With `keeps_blocks`, the result of a JPEG is a JPEG if it has pixels of the original.
    ///
    /// # Errors
    /// See [`RestoreError`].
    pub fn restore(
        &self,
        original: &[u8],
        answer: &[u8],
        frame: Rect,
        keeps_blocks: bool,
    ) -> Result<Restored, RestoreError> {
        let header = Header::read(original).map_err(|source| RestoreError::Original(source.into()))?;
        let keeps_blocks = keeps_blocks && header.format == Format::Jpeg && self.keeps_pixels();
        if keeps_blocks && let Some(restored) = self.restore_parts(original, answer, frame, &header)? {
            return Ok(restored);
        }
        let file = original;
        // While a large original is decoded, another processor prepares the answer. Not in rayon's pool, where nothing
        // may be decoded.
        let (original, answer) = thread::scope(|scope| {
            let original =
                scope.spawn(|| decode(original).map(Decoded::into_upright).map_err(RestoreError::Original));
            let answer = self.prepare(answer, frame, header.upright());
            (original.join().unwrap_or_else(|panic| resume_unwind(panic)), answer)
        });
        let restored = self.combine(original?, answer?)?;
        Ok(if keeps_blocks { self.in_blocks_of(restored, file, &header) } else { restored })
    }

    /// Restores an answer into the blocks of a JPEG. Decodes only parts of it at its own size.
    ///
    /// Returns `None` if all of its pixels are needed: it is replaced, or the answer may be an earlier result.
    fn restore_parts(
        &self,
        original: &[u8],
        answer: &[u8],
        frame: Rect,
        header: &Header,
    ) -> Result<Option<Restored>, RestoreError> {
        if ensure_decodable(header.size).is_err() {
            return Ok(None);
        }
        let answer_size =
            Header::read(answer).map_err(|source| RestoreError::Answer(source.into()))?.upright();
        let compared = comparison_size(answer_size, frame.size);
        let share = f64::from(compared.width) / f64::from(frame.size.width);
        let share = share.max(f64::from(compared.height) / f64::from(frame.size.height));
        let (source, answer) = thread::scope(|scope| {
            let source = scope.spawn(|| BlockOriginal::read(original, header, share));
            let answer = self.prepare(answer, frame, header.upright());
            (source.join().unwrap_or_else(|panic| resume_unwind(panic)), answer)
        });
        let Some(source) = source else { return Ok(None) };
        let size = header.upright();
        let allowed = |edited: &Edited| self.allowed_coverage(size, edited);
        let merged = match answer? {
            Answer::Prepared(answer) => self.merge_into(&source, *answer, allowed)?,
            Answer::Decoded(answer, colors) => {
                let image = colors.convert(answer.image, &metadata::colors(original, header))?;
                let answer = Edited { image, ..answer };
                if self.mode == ResultMode::Preserve {
                    self.merge_into(&source, answer.prepare()?, allowed)?
                } else {
                    let coverage = allowed(&answer)?.unwrap_or_else(|| AlphaMask::none(size));
                    let is_possible = source.has_color() || !answer.image.color().has_color();
                    let mode = self.merge.placement;
                    is_possible.then(|| place_parts(&source, answer, coverage, mode)).transpose()?
                }
            }
        };
        let Some(MergedParts { parts, extent, coverage, placed }) = merged else { return Ok(None) };
        Ok(source.edited(parts, &coverage).map(|edited| {
            let share = edited.changed_pixels as f64 / size.pixels().max(1) as f64;
            // Within an area, the detail of an edit that changed all of it is the answer's.
            let detail = (extent == Extent::Whole).then_some(0.0);
            Restored {
                picture: Picture::Jpeg(edited.bytes),
                change: Some(Changed { extent, coverage, share, replaced: Vec::new(), placed, detail }),
            }
        }))
    }

    /// Merges an answer into parts of an original, unless that takes all of its pixels.
    fn merge_into(
        &self,
        source: &BlockOriginal<'_>,
        answer: Prepared,
        allowed: impl Fn(&Edited) -> Result<Option<AlphaMask>, RestoreError>,
    ) -> Result<Option<MergedParts>, RestoreError> {
        let allowed = allowed(&answer.edited)?;
        let gains_color = !source.has_color() && answer.edited.image.color().has_color();
        let may_be_merged = allowed.is_none() && answer.edited.may_be_merged(source.size(), self.merge);
        if gains_color || may_be_merged {
            return Ok(None);
        }
        Ok(merge_parts(source, answer, allowed.as_ref(), self.merge)?)
    }

    /// Puts the change of a result into the blocks of the original, unless all of it is replaced, or it cannot keep its
    /// blocks.
    fn in_blocks_of(&self, mut restored: Restored, original: &[u8], header: &Header) -> Restored {
        let is_kept = |change: &&mut Changed| change.extent != Extent::Whole || self.area != EditArea::All;
        if let Some(change) = restored.change.as_mut().filter(is_kept)
            && let Picture::Image(image, _) = &restored.picture
            && let Some(source) = BlockOriginal::read(original, header, 1.0)
            && let Some(edited) = source.edited_as(image, &change.coverage)
        {
            change.share = edited.changed_pixels as f64 / header.size.pixels().max(1) as f64;
            change.replaced = Vec::new();
            restored.picture = Picture::Jpeg(edited.bytes);
        }
        restored
    }

    /// Decodes an answer, and processes it as far as possible without its original, whose size is `original`.
    fn prepare(&self, answer: &[u8], frame: Rect, original: Size) -> Result<Answer, RestoreError> {
        /// The quality of a JPEG whose header does not show it: about the lowest one with which services return pictures.
        const USUAL_QUALITY: u8 = 75;

        let decoded = decode(answer).map(Decoded::into_upright).map_err(RestoreError::Answer)?;
        let jpeg_quality =
            (decoded.header.format == Format::Jpeg).then(|| jpeg::quality(answer).unwrap_or(USUAL_QUALITY));
        self.prepare_decoded(decoded, jpeg_quality, frame, original)
    }

    fn prepare_decoded(
        &self,
        answer: Decoded,
        jpeg_quality: Option<u8>,
        frame: Rect,
        original: Size,
    ) -> Result<Answer, RestoreError> {
        let (image, frame) = without_padding(answer.image, frame, original)?;
        let frame = frame.to_resize_area();
        let edited = Edited { image, frame, jpeg_quality };
        // Colors must be converted to the original's before they are compared.
        Ok(if self.mode == ResultMode::Preserve && !answer.colors.is_stated() {
            Answer::Prepared(Box::new(edited.prepare()?))
        } else {
            Answer::Decoded(edited, answer.colors)
        })
    }

    fn combine(&self, original: Decoded, answer: Answer) -> Result<Restored, RestoreError> {
        let Decoded { image: original, colors: original_colors, header } = original;
        let size = header.size;
        let merged = match answer {
            Answer::Prepared(answer) => {
                let allowed = self.allowed_coverage(size, &answer.edited)?;
                merge(original, *answer, allowed, self.merge)?
            }
            Answer::Decoded(answer, colors) => {
                let allowed = self.allowed_coverage(size, &answer)?;
                if self.mode != ResultMode::Preserve && allowed.is_none() {
                    let image = self.scaled_answer(answer.image, &original)?;
                    let picture = Picture::Image(image, colors.or(&original_colors));
                    return Ok(Restored { picture, change: None });
                }
                let image = colors.convert(answer.image, &original_colors)?;
                let answer = Edited { image, ..answer };
                if self.mode == ResultMode::Preserve {
                    merge(original, answer.prepare()?, allowed, self.merge)?
                } else {
                    let coverage = allowed.unwrap_or_else(|| AlphaMask::none(size));
                    place(original, answer, coverage, self.merge)?
                }
            }
        };
        let Merged { image, extent, coverage, replaced, placed, detail } = merged;
        let share = replaced_pixels(&replaced, &image) as f64 / size.pixels().max(1) as f64;
        let picture = Picture::Image(image, original_colors);
        Ok(Restored { picture, change: Some(Changed { extent, coverage, share, replaced, placed, detail }) })
    }

    /// Where an answer may change its original. `None` is everywhere.
    fn allowed_coverage(&self, original: Size, answer: &Edited) -> Result<Option<AlphaMask>, RestoreError> {
        Ok(match &self.area {
            EditArea::All => None,
            EditArea::Region(region) => Some(AlphaMask::from_region(
                region.resolve(original)?,
                original,
                self.merge.feather,
                answer.image.width(),
                answer.frame,
            )),
            EditArea::Mask(mask) => Some(mask.coverage(original)?),
        })
    }

    /// The answer without any colors of the original.
    fn scaled_answer(
        &self,
        answer: DynamicImage,
        original: &DynamicImage,
    ) -> Result<DynamicImage, ResizeError> {
        let size = match self.mode {
            ResultMode::KeepSize => Size::of(original),
            _ => Size::of(&answer),
        };
        match self.merge.alpha {
            AlphaMode::Keep => with_alpha(answer, original, size),
            AlphaMode::Cover if size == Size::of(&answer) => Ok(answer),
            AlphaMode::Cover => resize(&answer, size),
        }
    }
}

/// Crops the padding off an answer. Returns the rest and the rectangle of the picture that it shows.
fn without_padding(
    answer: DynamicImage,
    frame: Rect,
    picture: Size,
) -> Result<(DynamicImage, Rect), ResizeError> {
    let inner = match frame.clipped(picture) {
        Some(inner) if inner != frame => inner,
        _ => return Ok((answer, frame)),
    };
    let across = f64::from(answer.width()) / f64::from(frame.size.width);
    let down = f64::from(answer.height()) / f64::from(frame.size.height);
    let (left, top) = ((inner.left - frame.left) as f64 * across, (inner.top - frame.top) as f64 * down);
    // Rounding errors must not reach beyond the answer.
    let area = ResizeArea {
        left,
        top,
        width: (f64::from(inner.size.width) * across).min(f64::from(answer.width()) - left),
        height: (f64::from(inner.size.height) * down).min(f64::from(answer.height()) - top),
    };
    let side = |length: f64| (length.round() as u32).max(1);
    let size = Size { width: side(area.width), height: side(area.height) };
    Ok((resize_part(&answer, area, size)?, inner))
}

#[cfg(test)]
mod tests;
