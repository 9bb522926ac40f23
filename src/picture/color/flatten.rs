//! Transparent pictures on white.

use image::{DynamicImage, ImageBuffer, Pixel, Rgb, Rgba};

use super::is_16_bit;

/// Flattens an image onto white. Returns gray or RGB with 8 bits per sample.
pub(crate) fn flatten(image: DynamicImage) -> DynamicImage {
    let has_color = image.color().has_color();
    let opaque = if image.color().has_alpha() { on_white(&image.into_rgba8()).into() } else { image };
    if has_color { opaque.into_rgb8().into() } else { opaque.into_luma8().into() }
}

/// Flattens an image onto white and keeps its depth. Returns RGB with 8 or 16 bits per sample.
pub(crate) fn flatten_deep(image: &DynamicImage) -> DynamicImage {
    if is_16_bit(image) { on_white(&image.to_rgba16()).into() } else { on_white(&image.to_rgba8()).into() }
}

fn on_white<S>(image: &ImageBuffer<Rgba<S>, Vec<S>>) -> ImageBuffer<Rgb<S>, Vec<S>>
where
    S: image::Primitive + Into<u64> + TryFrom<u64>,
    Rgba<S>: Pixel<Subpixel = S>,
    Rgb<S>: Pixel<Subpixel = S>,
{
    let max: u64 = S::DEFAULT_MAX_VALUE.into();
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(Into::<u64>::into);
        let blend = |level: u64| {
            let level = (level * alpha + max * (max - alpha) + max / 2) / max;
            S::try_from(level).unwrap_or(S::DEFAULT_MAX_VALUE)
        };
        Rgb([red, green, blue].map(blend))
    })
}
