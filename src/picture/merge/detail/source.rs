//! The rows of an original, as they were compared.

use image::DynamicImage;

use crate::color::is_16_bit;
use crate::merge::sample::Sample;

/// An original whose rows are read one by one, so that it needs no copy with other samples.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a DynamicImage);

impl Source<'_> {
    pub(super) fn is_16_bit(self) -> bool {
        is_16_bit(self.0)
    }

    /// Reads a row as levels of red, green and blue, on white where it is transparent.
    pub(super) fn read_row(self, y: usize, into: &mut Vec<[f32; 3]>) {
        use DynamicImage as D;
        let width = self.0.width() as usize;
        into.clear();
        match self.0 {
            D::ImageLuma8(image) => read::<1, _>(image, y * width, width, into),
            D::ImageLumaA8(image) => read::<2, _>(image, y * width, width, into),
            D::ImageRgb8(image) => read::<3, _>(image, y * width, width, into),
            D::ImageRgba8(image) => read::<4, _>(image, y * width, width, into),
            D::ImageLuma16(image) => read::<1, _>(image, y * width, width, into),
            D::ImageLumaA16(image) => read::<2, _>(image, y * width, width, into),
            D::ImageRgb16(image) => read::<3, _>(image, y * width, width, into),
            D::ImageRgba16(image) => read::<4, _>(image, y * width, width, into),
            // No decoder returns floating-point samples.
            other => {
                let row = other.crop_imm(0, y as u32, other.width(), 1).to_rgba16();
                read::<4, _>(&row, 0, width, into);
            }
        }
    }
}

/// Reads `count` pixels with `N` channels, from the pixel `start` on.
fn read<const N: usize, S: Sample>(samples: &[S], start: usize, count: usize, into: &mut Vec<[f32; 3]>) {
    let (pixels, _) = samples.as_chunks::<N>();
    into.extend(pixels.iter().skip(start).take(count).map(|pixel| {
        let level = |channel: usize| pixel[channel].to_level();
        let on_white = |level: f32, alpha: f32| 255.0 + (level - 255.0) * alpha / 255.0;
        match N {
            1 => [level(0); 3],
            2 => [on_white(level(0), level(1)); 3],
            3 => [0, 1, 2].map(level),
            _ => [0, 1, 2].map(|channel| on_white(level(channel), level(3))),
        }
    }));
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;
    use crate::merge::edited::flatten_rgb;

    #[test]
    fn a_row_has_the_levels_of_the_flattened_picture_in_each_color_type() {
        let rgba = DynamicImage::from(RgbaImage::from_fn(9, 4, |x, y| {
            Rgba([(x * 20) as u8, (y * 50) as u8, 200, (x * 30) as u8])
        }));
        for image in [
            rgba.to_luma8().into(),
            rgba.to_luma_alpha8().into(),
            rgba.to_rgb8().into(),
            rgba.clone(),
            rgba.to_luma16().into(),
            rgba.to_luma_alpha16().into(),
            rgba.to_rgb16().into(),
            DynamicImage::from(rgba.to_rgba16()),
            rgba.to_rgba32f().into(),
        ] {
            let (flat, mut row) = (flatten_rgb(image.clone()), Vec::new());
            for y in 0..4 {
                Source(&image).read_row(y, &mut row);
                assert_eq!(row.len(), 9);
                for (pixel, expected) in row.iter().zip(flat.rows().nth(y).unwrap()) {
                    let near =
                        pixel.iter().zip(expected.0).all(|(one, two)| (one - f32::from(two)).abs() <= 1.0);
                    assert!(near, "{:?}: {pixel:?} and {expected:?}", image.color());
                }
            }
        }
    }
}
