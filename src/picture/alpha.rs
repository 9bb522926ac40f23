//! Transparency taken from another picture.

use image::{DynamicImage, GrayImage};

use super::Size;
use super::resize::{ResizeError, resize};

/// A picture with another's transparency; that one's own where it has none.
pub(super) fn with_alpha(image: DynamicImage, original: &DynamicImage) -> Result<DynamicImage, ResizeError> {
    if !original.color().has_alpha() {
        return Ok(image);
    }
    let alpha = GrayImage::from_fn(original.width(), original.height(), {
        let original = original.to_luma_alpha8();
        move |x, y| image::Luma([original.get_pixel(x, y).0[1]])
    });
    let size = Size::of(&image);
    let alpha = resize(&alpha.into(), size)?.into_luma8();
    let mut image = image.into_rgba8();
    image.pixels_mut().zip(alpha.pixels()).for_each(|(pixel, alpha)| pixel.0[3] = alpha.0[0]);
    Ok(image.into())
}
