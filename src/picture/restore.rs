//! Bringing an answer back into the picture that it was made of: in its size, or into the picture itself.

mod upload_rect;

use image::{DynamicImage, GrayImage};
use rayon::join;
use seededit_resize::{ResizeArea as Part, ResizeError, Size, resize, resize_part};

use self::upload_rect::upload_rect;
use crate::color::alpha::with_alpha;
use crate::color::profile::{ColorError, convert_profile};
use crate::decode::{DecodeError, Decoded, decode};
use crate::format::{Format, Header};
use crate::geometry::{OutsideError, Rect, Region, largest_rectangle};
use crate::merge::{
    Alpha, AlphaMask, Edited, Extent, MergeError, MergeOptions, Merged, Prepared, merge, place,
};

/// How a result is brought back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestoreOptions {
    /// What the result is.
    pub way: ResultMode,
    /// Where it may differ from the original.
    pub area: EditArea,
    /// Details of merging.
    pub options: MergeOptions,
}

/// What a result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultMode {
    /// The answer, in its own size.
    #[default]
    Delivered,
    /// The answer, in the original's size.
    KeepSize,
    /// The original, with what was edited of it.
    Preserve,
}

/// Where a result may differ from its original. Within a part of it, whatever the [`ResultMode`], the result is the
/// original with the answer in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EditArea {
    /// Everywhere.
    #[default]
    All,
    /// In a rectangle.
    Region(Region),
    /// Where a mask is not black.
    Mask(Mask),
}

/// Where a picture may change: white, or in part: grey.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask(GrayImage);

/// Why an answer is not brought back, or cannot be.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The original cannot be decoded.
    #[error(transparent)]
    Original(DecodeError),
    /// The answer cannot be decoded.
    #[error(transparent)]
    Answer(DecodeError),
    /// The region.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The mask has another shape.
    #[error("the mask is {mask} and the picture is {picture}: their aspect ratios differ")]
    MaskShape {
        /// The mask's size.
        mask: Size,
        /// The picture's.
        picture: Size,
    },
    /// The mask lets nothing change.
    #[error("the mask is entirely black, so nothing may change")]
    Black,
    /// They cannot be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The colours.
    #[error(transparent)]
    Color(#[from] ColorError),
    /// Scaling.
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// An answer, as far as it is known without its original.
enum Answer {
    /// Ready to be merged.
    Prepared(Box<Prepared>),
    /// And the profile of its colours.
    Decoded(Edited, Option<Vec<u8>>),
}

/// A result that was brought back.
pub struct Restored {
    /// Its pixels.
    pub image: DynamicImage,
    /// The profile of its colours.
    pub icc: Option<Vec<u8>>,
    /// How much was changed, and where, when that was looked for.
    pub change: Option<Changed>,
}

/// What changed of a picture.
pub struct Changed {
    /// How much.
    pub extent: Extent,
    /// Where the result comes from.
    pub coverage: AlphaMask,
    /// The share of pixels that differ from the original's, before the result is encoded.
    pub share: f64,
}

impl RestoreOptions {
    /// Whether nothing is done but to cut off padding.
    pub fn is_plain(&self) -> bool {
        self.way == ResultMode::Delivered && self.area == EditArea::All && self.options.alpha == Alpha::Cover
    }

    /// The size of what is made of an answer of one size and an original of another.
    pub fn size(&self, original: Size, answer: Size) -> Size {
        match self.way == ResultMode::Delivered && self.area == EditArea::All {
            true => answer,
            false => original,
        }
    }

    /// What of a picture of this upright size is sent; none is all of it.
    ///
    /// # Errors
    ///
    /// When the region is outside the picture, or the mask has another shape.
    pub fn part(&self, picture: Size) -> Result<Option<Rect>, RestoreError> {
        Ok(match &self.area {
            EditArea::All => None,
            EditArea::Region(region) => Some(upload_rect(region.resolve(picture)?, picture)),
            EditArea::Mask(mask) => {
                let coverage = mask.coverage(picture)?;
                // What is grey enough at its own size may be black at the picture's.
                let part = coverage.parts.first().ok_or(RestoreError::Black)?;
                Some(upload_rect(*part, picture))
            }
        })
    }

    /// Brings back an answer that shows the `frame` of the original, as it is seen upright. Both are files.
    ///
    /// # Errors
    ///
    /// See [`RestoreError`].
    pub fn restore(&self, original: &[u8], answer: &[u8], frame: Rect) -> Result<Restored, RestoreError> {
        let header = Header::read(original).map_err(|source| RestoreError::Original(source.into()))?;
        let decoded = |bytes| decode(bytes).map(Decoded::into_upright);
        // A large original takes a while, in which another processor looks at the answer.
        let (original, answer) = join(
            || decoded(original).map_err(RestoreError::Original),
            || self.answer(decoded(answer).map_err(RestoreError::Answer)?, frame, header.upright()),
        );
        self.bring_back(original?, answer?)
    }

    /// What is done to an answer before its original, of this size, is at hand.
    fn answer(&self, answer: Decoded, frame: Rect, size: Size) -> Result<Answer, RestoreError> {
        let (image, frame) = without_padding(answer.image, frame, size)?;
        let edited = Edited { image, frame, is_lossy: answer.header.format == Format::Jpeg };
        // With a profile, its colours have to be brought to those of the original before they are compared.
        Ok(match answer.icc {
            None if self.way == ResultMode::Preserve => Answer::Prepared(Box::new(edited.prepared()?)),
            icc => Answer::Decoded(edited, icc),
        })
    }

    fn bring_back(&self, original: Decoded, answer: Answer) -> Result<Restored, RestoreError> {
        let Decoded { image: original, icc: profile, header } = original;
        let size = header.size;
        let merged = match answer {
            Answer::Prepared(answer) => {
                let allowed = self.allowed(size, &answer.edited)?;
                merge(original, *answer, allowed, self.options)?
            }
            Answer::Decoded(answer, icc) => {
                let allowed = self.allowed(size, &answer)?;
                if self.way != ResultMode::Preserve && allowed.is_none() {
                    let image = self.alone(answer.image, &original)?;
                    let icc = icc.or_else(|| profile.filter(|_| self.way == ResultMode::KeepSize));
                    return Ok(Restored { image, icc, change: None });
                }
                let image = convert_profile(answer.image, icc.as_deref(), profile.as_deref())?;
                let answer = Edited { image, ..answer };
                match (self.way, allowed) {
                    (ResultMode::Preserve, allowed) => {
                        merge(original, answer.prepared()?, allowed, self.options)?
                    }
                    (_, allowed) => {
                        let coverage = allowed.unwrap_or_else(|| AlphaMask::none(size));
                        place(original, answer, coverage, self.options.alpha)?
                    }
                }
            }
        };
        let Merged { image, extent, coverage, altered } = merged;
        let share = altered as f64 / size.pixels().max(1) as f64;
        Ok(Restored { image, icc: profile, change: Some(Changed { extent, coverage, share }) })
    }

    /// Where an answer may change its original, which is of this size; none is everywhere.
    fn allowed(&self, original: Size, answer: &Edited) -> Result<Option<AlphaMask>, RestoreError> {
        Ok(match &self.area {
            EditArea::All => None,
            EditArea::Region(region) => Some(AlphaMask::from_region(
                region.resolve(original)?,
                original,
                self.options.feather,
                answer.image.width(),
                answer.frame,
            )),
            EditArea::Mask(mask) => Some(mask.coverage(original)?),
        })
    }

    /// An answer that nothing of the original's colours goes into.
    fn alone(&self, answer: DynamicImage, original: &DynamicImage) -> Result<DynamicImage, ResizeError> {
        let size = match self.way {
            ResultMode::KeepSize => Size::of(original),
            _ => Size::of(&answer),
        };
        match self.options.alpha {
            Alpha::Keep => with_alpha(answer, original, size),
            Alpha::Cover if size == Size::of(&answer) => Ok(answer),
            Alpha::Cover => resize(&answer, size),
        }
    }
}

impl Mask {
    /// The largest white rectangle, in pixels of a picture of this size that the mask belongs to; `None` where
    /// the mask is black.
    pub fn largest_rectangle(&self, picture: Size) -> Option<Rect> {
        let [left, top, right, bottom] = largest_rectangle(&self.0)?;
        let scaled = |at: u32, from: u32, to: u32| u64::from(at) * u64::from(to) / u64::from(from.max(1));
        let (across, down) = (
            |at| scaled(at, self.0.width(), picture.width),
            |at| scaled(at, self.0.height(), picture.height),
        );
        let (left, top) = (across(left), down(top));
        let side = |from: u64, to: u64| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        let size = Size { width: side(left, across(right)), height: side(top, down(bottom)) };
        let rectangle = Rect { left: left.cast_signed(), top: top.cast_signed(), size };
        rectangle.clipped(picture)
    }

    /// The mask that a picture is: its lightness, and black where it is transparent.
    ///
    /// # Errors
    ///
    /// When all of it is black.
    pub fn of(picture: Decoded) -> Result<Mask, RestoreError> {
        let image = picture.into_upright().image.into_luma_alpha8();
        let mask = GrayImage::from_fn(image.width(), image.height(), |x, y| {
            let [level, alpha] = image.get_pixel(x, y).0.map(u16::from);
            image::Luma([u8::try_from(level * alpha / 255).unwrap_or(u8::MAX)])
        });
        if mask.iter().all(|level| *level == 0) { Err(RestoreError::Black) } else { Ok(Mask(mask)) }
    }

    /// The mask of a picture of this size.
    ///
    /// # Errors
    ///
    /// When its shape is another than the picture's.
    fn coverage(&self, picture: Size) -> Result<AlphaMask, RestoreError> {
        let mask = Size { width: self.0.width(), height: self.0.height() };
        if mask == picture {
            return Ok(AlphaMask::from_luma(self.0.clone()));
        }
        let ratio = |size: Size| f64::from(size.width) / f64::from(size.height);
        if !(0.98..=1.02).contains(&(ratio(mask) / ratio(picture))) {
            return Err(RestoreError::MaskShape { mask, picture });
        }
        // A filter without lobes: what is black beside white stays black.
        let Size { width, height } = picture;
        let scaled = image::imageops::resize(&self.0, width, height, image::imageops::FilterType::Triangle);
        Ok(AlphaMask::from_luma(scaled))
    }
}

/// The part of an answer that shows the picture itself.
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
    // What has no padding to a side reaches to the answer's, which the quotient of two lengths may pass by a
    // last digit.
    let part = Part {
        left,
        top,
        width: (f64::from(inner.size.width) * across).min(f64::from(answer.width()) - left),
        height: (f64::from(inner.size.height) * down).min(f64::from(answer.height()) - top),
    };
    let side = |length: f64| (length.round() as u32).max(1);
    let size = Size { width: side(part.width), height: side(part.height) };
    Ok((resize_part(&answer, part, size)?, inner))
}

#[cfg(test)]
mod tests;
