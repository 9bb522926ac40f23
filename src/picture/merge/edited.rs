//! The edited picture, and what can be computed before the original is decoded.

use image::{DynamicImage, RgbImage};
use seededit_resize::{ResizeArea, ResizeError, Size, resize};

use super::error::MergeError;
use super::signal::Features;
use super::{Detail, MergeOptions};
use crate::color::flatten::flatten;
use crate::geometry::adaptive_size;

/// The most pixels at which pictures are compared. Larger pictures are compared at the size of the service's answer: it
/// has about a million pixels, and more would show nothing that the service did.
pub(super) const MAX_COMPARED_PIXELS: u64 = 1_700_000;
/// The largest relative difference between the aspect ratios of a picture and its answer. The widest gap in the
/// service's table of sizes is 12 %, and the nearer size is chosen.
const MAX_RATIO_CHANGE: f64 = 1.07;

/// An edited picture.
#[derive(Clone)]
pub struct Edited {
    /// The upright pixels, in the color profile of the original.
    pub image: DynamicImage,
    /// The area of the original that it shows, at any scale.
    pub frame: ResizeArea,
    /// The quality of its file, from 1 to 100, if that was a JPEG. Pixels that equal those of the original then do so by
    /// chance.
    pub jpeg_quality: Option<u8>,
}

/// An edited picture that is ready to be compared.
pub struct Prepared {
    pub edited: Edited,
    /// The pixels at the size of the comparison.
    pub(super) pixels: RgbImage,
    pub(super) features: Features,
}

impl Edited {
    /// Whether it may be the result of an earlier merge into an original of this size: then it has that size, and equals
    /// the original except for the edit.
    pub(crate) fn may_be_merged(&self, original: Size, options: MergeOptions) -> bool {
        let options = MergeOptions { detail: Detail::Auto, ..options };
        self.jpeg_quality.is_none() && options == MergeOptions::default() && Size::of(&self.image) == original
    }

    /// Does the part of [`merge`](super::merge()) that does not need the original, so that it can run while the
    /// original is decoded.
    ///
    /// # Errors
    /// If the picture cannot be scaled.
    pub fn prepare(self) -> Result<Prepared, MergeError> {
        let pixels = self.comparison_pixels()?;
        let features = Features::of(&pixels);
        Ok(Prepared { edited: self, pixels, features })
    }

    /// The pixels at the size of the comparison: the smaller one of both pictures, within [`MAX_COMPARED_PIXELS`].
    pub(super) fn comparison_pixels(&self) -> Result<RgbImage, ResizeError> {
        resize(&self.image, comparison_size(Size::of(&self.image), self.frame_size())).map(flatten_rgb)
    }

    /// The size of its frame, in whole pixels of the original.
    pub(super) fn frame_size(&self) -> Size {
        let side = |length: f64| (length.round() as u32).max(1);
        Size { width: side(self.frame.width), height: side(self.frame.height) }
    }
}

/// The size at which an edited picture is compared with the part of the original that it shows: that of the smaller one,
/// within [`MAX_COMPARED_PIXELS`].
pub(crate) fn comparison_size(edited: Size, original: Size) -> Size {
    let smaller = if edited.pixels() <= original.pixels() { edited } else { original };
    if smaller.pixels() <= MAX_COMPARED_PIXELS { smaller } else { adaptive_size(original) }
}

/// Flattens an image onto white, with 8 bits per sample.
pub(super) fn flatten_rgb(image: DynamicImage) -> RgbImage {
    flatten(image).into_rgb8()
}

pub(super) fn ensure_same_ratio(original: Size, edited: Size) -> Result<(), MergeError> {
    let change = original.ratio() / edited.ratio();
    // In a tiny picture, rounding to whole pixels changes the ratio.
    let is_tiny = original.width.min(original.height) < 32;
    if is_tiny || (1.0 / MAX_RATIO_CHANGE..=MAX_RATIO_CHANGE).contains(&change) {
        Ok(())
    } else {
        Err(MergeError::AspectRatio { original, edited })
    }
}
