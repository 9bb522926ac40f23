//! Transparent pictures on a white page.

use image::{RgbImage, RgbaImage};

/// What a viewer shows of a transparent picture on a white page.
pub(super) fn on_white(image: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(u16::from);
        let shown = |level: u16| {
            let shown = (level * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(shown).unwrap_or(u8::MAX)
        };
        image::Rgb([red, green, blue].map(shown))
    })
}
