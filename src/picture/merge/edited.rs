//! The picture that was edited, and what can be done with it before the original is at hand.

use image::{DynamicImage, RgbImage};
use seededit_resize::{ResizeError, Size, resize};

use super::error::MergeError;
use super::features::Features;
use crate::color::flatten::flatten;
use crate::geometry::{Rect, adaptive_size};

/// Pictures with more pixels are compared at the size that the service would give them: it makes about a
/// million, and more show nothing that it did.
const MOST_COMPARED: u64 = 1_700_000;
/// How much two ratios may differ and be of the same picture: the widest gap between two sizes of the
/// service's table is 12 %, and the nearer of them is taken.
const SAME_RATIO: f64 = 1.07;

/// An edited picture.
#[derive(Clone)]
pub struct Edited {
    /// Its pixels: upright, and in the original's colours.
    pub image: DynamicImage,
    /// What it shows of the original, at whatever size.
    pub frame: Rect,
    /// Whether it went through a codec that loses something: then what is the original's in it, bit for bit, is
    /// so by chance.
    pub is_lossy: bool,
}

/// An edited picture that is ready to be compared.
pub struct Prepared {
    /// The picture as it came.
    pub edited: Edited,
    /// At the size at which both pictures are compared.
    pub(super) pixels: RgbImage,
    pub(super) sketch: Features,
}

impl Edited {
    /// Does what [`merge`](super::merge()) needs of this picture and not of the original, which may still be
    /// on its way.
    ///
    /// # Errors
    ///
    /// For a picture whose shape differs from its frame's by more than the service's table of sizes does.
    pub fn prepare(self) -> Result<Prepared, MergeError> {
        ensure_same_shape(self.frame.size, Size::of(&self.image))?;
        let pixels = self.pixels()?;
        let sketch = Features::of(&pixels);
        Ok(Prepared { edited: self, pixels, sketch })
    }

    /// What it shows, at the size at which both pictures are compared: that of the smaller one, if that is not
    /// too large.
    pub(super) fn pixels(&self) -> Result<RgbImage, ResizeError> {
        let (own, whole) = (Size::of(&self.image), self.frame.size);
        let size = match if own.pixels() <= whole.pixels() { own } else { whole } {
            size if size.pixels() <= MOST_COMPARED => size,
            _ => adaptive_size(whole),
        };
        resize(&self.image, size).map(flatten_rgb)
    }
}

/// The colours of an image, laid on white where it has transparency: 8 bits a sample.
pub(super) fn flatten_rgb(image: DynamicImage) -> RgbImage {
    flatten(image).into_rgb8()
}

fn ensure_same_shape(original: Size, edited: Size) -> Result<(), MergeError> {
    let ratio = |size: Size| f64::from(size.width) / f64::from(size.height);
    let stretch = ratio(original) / ratio(edited);
    // Of a tiny picture, whole pixels alone make another ratio.
    let is_tiny = original.width.min(original.height) < 32;
    match is_tiny || (1.0 / SAME_RATIO..=SAME_RATIO).contains(&stretch) {
        true => Ok(()),
        false => Err(MergeError::AspectRatio { original, edited }),
    }
}
