//! Scaling, up and down.

use fast_image_resize::images::Image;
use fast_image_resize::{IntoImageViewMut, PixelType, ResizeOptions, Resizer};
use image::{ColorType, DynamicImage};
use rayon::join;

use super::Size;

/// A rectangle in pixels of a picture, whose borders may lie between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResizeArea {
    /// Where it begins, from the left edge.
    pub left: f64,
    /// Where it begins, from the top edge.
    pub top: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// Why a picture is not scaled: an empty size, or an area that is not a part of it.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be scaled to {to}")]
pub struct ResizeError {
    /// The size that was wanted.
    pub to: Size,
}

/// Scales all of an image by Lanczos' filter with three lobes, which is sharp both up and down.
///
/// Colours and depth stay, but for floating-point samples, which become 16 bits. What is transparent
/// does not colour its neighbours.
///
/// # Errors
///
/// For an empty image or size.
pub fn resize(image: &DynamicImage, to: Size) -> Result<DynamicImage, ResizeError> {
    if (image.width(), image.height()) == (to.width, to.height) {
        return Ok(image.clone());
    }
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    scale(image, ResizeArea { left: 0.0, top: 0.0, width, height }, to)
}

/// Scales a part of an image, as if all of it had been scaled: what is beside the part shows in its
/// outermost pixels, as far as the filter reaches.
///
/// # Errors
///
/// For an empty size, and for an area that reaches beyond the image.
pub fn resize_part(image: &DynamicImage, part: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError> {
    let ResizeArea { left, top, width, height } = part;
    let is_within = left >= 0.0
        && top >= 0.0
        && width > 0.0
        && height > 0.0
        && left + width <= f64::from(image.width())
        && top + height <= f64::from(image.height());
    if !is_within {
        return Err(ResizeError { to });
    }
    scale(image, part, to)
}

fn scale(image: &DynamicImage, part: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError> {
    /// In pixels: what is larger is worth the work of two processors.
    const LARGE: f64 = 2e6;

    if to.pixels() == 0 {
        return Err(ResizeError { to });
    }
    let image = match image.color() {
        ColorType::Rgb32F => &image.to_rgb16().into(),
        ColorType::Rgba32F => &image.to_rgba16().into(),
        _ => image,
    };
    let mut scaled = DynamicImage::new(to.width, to.height, image.color());
    match &mut scaled {
        DynamicImage::ImageRgb8(pixels) if part.width * part.height > LARGE && to.height > 1 => {
            // The upper half is not the smaller one, so that the end of the lower one is exactly that of both.
            let rows = to.height.div_ceil(2);
            let (upper, lower) = pixels.split_at_mut(rows as usize * to.width as usize * 3);
            let height = part.height * f64::from(rows) / f64::from(to.height);
            let (middle, bottom) = (part.top + height, part.top + part.height);
            let lower_part = ResizeArea { top: middle, height: bottom - middle, ..part };
            let half = |part, rows, samples| {
                let half = Image::from_slice_u8(to.width, rows, samples, PixelType::U8x3);
                scale_into(&mut half.map_err(|_| ResizeError { to })?, image, part, to)
            };
            let (upper, lower) = join(
                || half(ResizeArea { height, ..part }, rows, upper),
                || half(lower_part, to.height - rows, lower),
            );
            upper.and(lower)?;
        }
        _ => scale_into(&mut scaled, image, part, to)?,
    }
    Ok(scaled)
}

fn scale_into(
    scaled: &mut impl IntoImageViewMut,
    image: &DynamicImage,
    part: ResizeArea,
    to: Size,
) -> Result<(), ResizeError> {
    let ResizeArea { left, top, width, height } = part;
    let options = ResizeOptions::new().crop(left, top, width, height);
    Resizer::new().resize(image, scaled, &options).map_err(|_| ResizeError { to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use image::{GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

    const SMALL: Size = Size { width: 30, height: 17 };

    #[test]
    fn colours_and_depth_stay() {
        let rgba = DynamicImage::from(fixtures::rgba());
        for image in [
            rgba.to_luma8().into(),
            rgba.to_luma_alpha8().into(),
            rgba.to_rgb8().into(),
            rgba.clone(),
            rgba.to_luma16().into(),
            rgba.to_luma_alpha16().into(),
            rgba.to_rgb16().into(),
            DynamicImage::from(rgba.to_rgba16()),
        ] {
            for to in [SMALL, Size { width: 101, height: 99 }] {
                let scaled = resize(&image, to).unwrap();
                assert_eq!(scaled.color(), image.color());
                assert_eq!(scaled.dimensions(), (to.width, to.height));
            }
        }
        let float = DynamicImage::from(rgba.to_rgb32f());
        assert_eq!(resize(&float, SMALL).unwrap().color(), ColorType::Rgb16);
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let image = DynamicImage::from(fixtures::rgb());
        assert_eq!(resize(&image, fixtures::SIZE).unwrap(), image);
    }

    #[test]
    fn a_single_colour_stays_it() {
        let image = RgbImage::from_pixel(64, 48, Rgb([200, 30, 90])).into();
        for to in [SMALL, Size { width: 100, height: 90 }] {
            assert!(resize(&image, to).unwrap().to_rgb8().pixels().all(|pixel| pixel.0 == [200, 30, 90]));
        }
    }

    #[test]
    fn what_is_transparent_does_not_colour_its_neighbours() {
        let image = RgbaImage::from_fn(64, 64, |x, _| match x < 32 {
            true => Rgba([250, 0, 0, 255]),
            false => Rgba([0, 250, 0, 0]),
        });
        let scaled = resize(&image.into(), SMALL).unwrap().to_rgba8();
        for pixel in scaled.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[0] > 230 && pixel.0[1] < 20, "{pixel:?}");
        }
    }

    #[test]
    fn a_part_is_what_the_whole_shows_there() {
        let image = DynamicImage::from(fixtures::rgb());
        let Size { width, height } = fixtures::SIZE;
        let whole = resize(&image, Size { width: 2 * width, height: 2 * height }).unwrap();
        let part = ResizeArea { left: 10.5, top: 7.0, width: 20.5, height: 11.5 };
        let scaled = resize_part(&image, part, Size { width: 41, height: 23 }).unwrap();
        // The weights are rounded, and differently so.
        let expected = whole.crop_imm(21, 14, 41, 23).to_rgb8();
        let near = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= 1;
        assert!(scaled.to_rgb8().iter().zip(expected.iter()).all(near));
    }

    #[test]
    fn a_large_picture_is_scaled_in_halves_that_do_not_show() {
        let image = DynamicImage::from(RgbImage::from_fn(2003, 1501, |x, y| {
            Rgb([(x * y / 97) as u8, (x / 3 + y / 5) as u8, (x ^ y) as u8])
        }));
        for (to, part) in [
            (
                Size { width: 601, height: 451 },
                ResizeArea { left: 0.0, top: 0.0, width: 2003.0, height: 1501.0 },
            ),
            (
                Size { width: 400, height: 300 },
                ResizeArea { left: 3.0, top: 1.0, width: 2000.0, height: 1500.0 },
            ),
        ] {
            let mut whole = DynamicImage::new(to.width, to.height, image.color());
            scale_into(&mut whole, &image, part, to).unwrap();
            assert!(resize_part(&image, part, to).unwrap() == whole, "{to}");
        }
    }

    #[test]
    fn a_part_that_is_none_is_refused() {
        let image = DynamicImage::from(fixtures::rgb());
        for (left, width) in [(-1.0, 10.0), (40.0, 10.0), (0.0, f64::NAN), (f64::INFINITY, 1.0)] {
            let part = ResizeArea { left, top: 0.0, width, height: 10.0 };
            assert!(resize_part(&image, part, SMALL).is_err(), "{part:?}");
        }
    }
}
