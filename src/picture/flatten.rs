//! Transparent pictures on a white page.

use image::{DynamicImage, RgbImage, RgbaImage};

/// An image as a viewer shows it on a white page: grey or RGB, of 8 bits a sample.
pub(super) fn flatten(image: DynamicImage) -> DynamicImage {
    let has_color = image.color().has_color();
    let opaque = match image.color().has_alpha() {
        true => on_white(image.into_rgba8()).into(),
        false => image,
    };
    if has_color { opaque.into_rgb8().into() } else { opaque.into_luma8().into() }
}

/// What a viewer shows of a transparent picture on a white page.
fn on_white(image: RgbaImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(u16::from);
        let shown = |level: u16| {
            let shown = (level * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(shown).unwrap_or(u8::MAX)
        };
        image::Rgb([red, green, blue].map(shown))
    })
}
