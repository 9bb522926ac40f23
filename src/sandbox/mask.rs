//! The mask of an edit: the drawing stays in the part that the mask selects.

use hyper::body::Bytes;
use image::RgbImage;
use seededit_picture::Size;

use super::paint::{self, PaintError};
use super::visible::VisibleArea;

/// What selects the part to edit. OpenAI and servers that one runs oneself are opposites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// Transparent pixels.
    Transparent,
    /// White pixels; transparency is ignored.
    White,
}

/// A mask as it was given.
#[derive(Debug, Clone)]
pub(super) struct MaskInput {
    pub(super) bytes: Bytes,
    pub(super) selection: Selection,
}

/// The opacity of a mask at the size of the result: 255 keeps the input.
#[derive(Debug)]
pub(super) struct Mask {
    opacity: RgbImage,
}

impl Mask {
    /// Reads a mask and fits it like the picture that it belongs to.
    pub(super) fn read(mask: &MaskInput, size: Size) -> Result<Mask, PaintError> {
        let pixels = paint::decode(&mask.bytes)?.into_rgba8();
        let opacity = RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
            let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
            image::Rgb(match mask.selection {
                Selection::Transparent => [alpha; 3],
                Selection::White => [255 - red.min(green).min(blue); 3],
            })
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
