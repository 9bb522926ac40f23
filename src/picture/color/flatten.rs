//! Transparent pictures on a white page.

use image::{DynamicImage, ImageBuffer, Pixel, Rgb, Rgba};

/// Lays an image on white, as a viewer shows it on a white page: gray or RGB, with 8 bits per sample.
pub(crate) fn flatten(image: DynamicImage) -> DynamicImage {
    let has_color = image.color().has_color();
    let opaque = if image.color().has_alpha() { on_white(&image.into_rgba8()).into() } else { image };
    if has_color { opaque.into_rgb8().into() } else { opaque.into_luma8().into() }
}

/// Lays an image on white and keeps its depth: RGB with 8 or 16 bits per sample.
pub(crate) fn flatten_deep(image: &DynamicImage) -> DynamicImage {
    match image.color().bytes_per_pixel() / image.color().channel_count() {
        1 => on_white(&image.to_rgba8()).into(),
        _ => on_white(&image.to_rgba16()).into(),
    }
}

fn on_white<S>(image: &ImageBuffer<Rgba<S>, Vec<S>>) -> ImageBuffer<Rgb<S>, Vec<S>>
where
    S: image::Primitive + Into<u64> + TryFrom<u64>,
    Rgba<S>: Pixel<Subpixel = S>,
    Rgb<S>: Pixel<Subpixel = S>,
{
    let most: u64 = S::DEFAULT_MAX_VALUE.into();
    ImageBuffer::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(Into::<u64>::into);
        let shown = |level: u64| {
            let shown = (level * alpha + most * (most - alpha) + most / 2) / most;
            S::try_from(shown).unwrap_or(S::DEFAULT_MAX_VALUE)
        };
        Rgb([red, green, blue].map(shown))
    })
}
