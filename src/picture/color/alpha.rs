//! The transparency of an original, applied to an answer.

use image::{DynamicImage, GrayImage, Rgba};
use seededit_resize::{ResizeError, Size, resize};

use super::flatten::flatten_deep;
use crate::geometry::Rect;
use crate::merge::AlphaMode;
use crate::merge::cutout::Cutout;

/// Scales an answer to `size`, and applies the alpha channel of its original, if there is one.
pub(crate) fn with_alpha(
    answer: DynamicImage,
    original: &DynamicImage,
    size: Size,
) -> Result<DynamicImage, ResizeError> {
    if !original.color().has_alpha() {
        return resize(&answer, size);
    }
    let answer = if answer.color().has_alpha() { flatten_deep(&answer) } else { answer };
    let cutout =
        Cutout::new(&answer, original, Rect::whole(Size::of(original)).to_resize_area(), AlphaMode::Keep)?;
    let alpha = resize(&alpha_channel(original).into(), size)?.into_luma8();
    let mut image = resize(&cutout.image, size)?.into_rgba8();
    let original = original.to_rgba8();
    let nearest = |at: u32, side: u32, of: u32| (u64::from(at) * u64::from(of) / u64::from(side)) as u32;
    for ((x, y, pixel), alpha) in image.enumerate_pixels_mut().zip(alpha.pixels()) {
        pixel.0[3] = alpha.0[0];
        // A transparent pixel has a color, too, which scaling outside of this program may show.
        if alpha.0[0] == 0 {
            let x = nearest(x, size.width, original.width());
            let y = nearest(y, size.height, original.height());
            let [red, green, blue, _] = original.get_pixel(x, y).0;
            *pixel = Rgba([red, green, blue, 0]);
        }
    }
    Ok(image.into())
}

/// The opacity of each pixel.
pub(crate) fn alpha_channel(image: &DynamicImage) -> GrayImage {
    let pixels = image.to_luma_alpha8();
    GrayImage::from_fn(image.width(), image.height(), |x, y| image::Luma([pixels.get_pixel(x, y).0[1]]))
}
