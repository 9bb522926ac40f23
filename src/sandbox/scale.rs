//! Scales a picture with a triangle filter.
//!
//! A soak test draws thousands of pictures, and the filters of the `image` crate take over 100 ms per
//! megapixel. This one calculates in integers, so the result is the same on every machine.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage};

use crate::picture::Size;

/// Scales a picture; `None` for an empty size.
pub(super) fn scale(picture: RgbImage, to: Size) -> Option<RgbImage> {
    let mut scaled = DynamicImage::from(RgbImage::new(to.width, to.height));
    // Where the picture shrinks, the triangle widens, so that every source pixel counts.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&DynamicImage::from(picture), &mut scaled, &options).ok()?;
    Some(scaled.into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
        scale(picture.clone(), Size { width, height }).unwrap()
    }

    #[test]
    fn one_colour_stays_that_colour() {
        let picture = RgbImage::from_pixel(37, 23, image::Rgb([200, 100, 255]));
        for (width, height) in [(37, 23), (64, 64), (5, 3), (1, 1)] {
            let scaled = scaled(&picture, width, height);
            assert_eq!(scaled.dimensions(), (width, height));
            let near = |pixel: &image::Rgb<u8>| {
                pixel.0.iter().zip([200, 100, 255]).all(|(found, was)| found.abs_diff(was) <= 1)
            };
            assert!(scaled.pixels().all(near));
        }
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let picture = RgbImage::from_fn(20, 10, |x, y| image::Rgb([x as u8 * 9, y as u8 * 20, 7]));
        assert_eq!(scaled(&picture, 20, 10), picture);
    }

    #[test]
    fn shrinking_takes_the_mean() {
        let stripes = RgbImage::from_fn(400, 4, |x, _| image::Rgb([x as u8 % 2 * 200; 3]));
        for pixel in scaled(&stripes, 10, 1).pixels() {
            assert!((98..=102).contains(&pixel.0[0]), "{pixel:?}");
        }
    }
}
