//! Scales the picture that the sandbox draws on.

use image::RgbImage;
use seededit_resize::{Filter, Size, resize_with};

/// Scales a picture; `None` for an empty size.
///
/// A soak test draws thousands of pictures, and the filters of the `image` crate take over 100 ms per megapixel.
pub(super) fn scale(picture: RgbImage, to: Size) -> Option<RgbImage> {
    Some(resize_with(&picture.into(), to, Filter::Triangle).ok()?.into_rgb8())
}
