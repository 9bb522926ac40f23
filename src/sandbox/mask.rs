//! The mask of an edit: the drawing stays where the mask is transparent.

use image::RgbImage;
use seededit_picture::Size;

use super::paint::{self, PaintError};
use super::visible::VisibleArea;

/// The opacity of a mask at the size of the result: 255 keeps the input.
#[derive(Debug)]
pub(super) struct Mask {
    opacity: RgbImage,
}

impl Mask {
    /// Reads the alpha channel of a picture, fitted like the picture that it belongs to.
    pub(super) fn read(bytes: &[u8], size: Size) -> Result<Mask, PaintError> {
        let pixels = paint::decode(bytes)?.into_rgba8();
        let opacity = RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
            let [.., alpha] = pixels.get_pixel(x, y).0;
            image::Rgb([alpha; 3])
        });
        Ok(Mask { opacity: paint::fitted(opacity, size)? })
    }

    /// The smallest rectangle around everything that may be edited.
    pub(super) fn editable_area(&self) -> Option<VisibleArea> {
        let (width, height) = (f64::from(self.opacity.width()), f64::from(self.opacity.height()));
        let mut bounds: Option<(u32, u32, u32, u32)> = None;
        for (x, y, pixel) in self.opacity.enumerate_pixels() {
            if pixel.0 == [0; 3] {
                let (left, top, right, bottom) = bounds.unwrap_or((x, y, x, y));
                bounds = Some((left.min(x), top.min(y), right.max(x), bottom.max(y)));
            }
        }
        let (left, top, right, bottom) = bounds?;
        Some(VisibleArea {
            left: f64::from(left) / width,
            top: f64::from(top) / height,
            width: f64::from(right - left + 1) / width,
            height: f64::from(bottom - top + 1) / height,
        })
    }

    /// Puts the input back where the mask is opaque.
    pub(super) fn restore(&self, image: &mut RgbImage, input: &RgbImage) {
        for ((pixel, kept), opacity) in image.pixels_mut().zip(input.pixels()).zip(self.opacity.pixels()) {
            let [opacity, ..] = opacity.0;
            for (channel, kept) in pixel.0.iter_mut().zip(kept.0) {
                let mixed =
                    u32::from(kept) * u32::from(opacity) + u32::from(*channel) * (255 - u32::from(opacity));
                *channel = (mixed / 255) as u8;
            }
        }
    }
}
