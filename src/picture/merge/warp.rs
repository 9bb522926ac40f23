//! Resamples a picture at any points.

use image::{DynamicImage, ImageBuffer, Pixel, Rgb, Rgba};
use seededit_base::parallel::for_each;
use seededit_resize::Size;

use super::sample::Sample;
use crate::color::is_16_bit;

/// Makes an image of a size whose pixels show the points `source` of another image, in its pixels. Points outside of it
/// show its border.
///
/// Interpolates by cubic splines (Catmull-Rom), which keep the sharpness of a picture at about the same scale. Keeps
/// alpha, and 8 or 16 bits per sample.
pub(super) fn warp(
    image: &DynamicImage,
    to: Size,
    source: impl Fn(f32, f32) -> (f32, f32) + Sync,
) -> DynamicImage {
    let has_color = image.color().has_color();
    let has_alpha = image.color().has_alpha();
    match (is_16_bit(image), has_alpha) {
        (false, false) => {
            let warped = DynamicImage::from(warp_pixels::<Rgb<u8>, 3>(&image.to_rgb8(), to, &source));
            if has_color { warped } else { warped.into_luma8().into() }
        }
        (false, true) => {
            let warped = DynamicImage::from(warp_pixels::<Rgba<u8>, 4>(&image.to_rgba8(), to, &source));
            if has_color { warped } else { warped.into_luma_alpha8().into() }
        }
        (true, false) => {
            let warped = DynamicImage::from(warp_pixels::<Rgb<u16>, 3>(&image.to_rgb16(), to, &source));
            if has_color { warped } else { warped.into_luma16().into() }
        }
        (true, true) => {
            let warped = DynamicImage::from(warp_pixels::<Rgba<u16>, 4>(&image.to_rgba16(), to, &source));
            if has_color { warped } else { warped.into_luma_alpha16().into() }
        }
    }
}

fn warp_pixels<P: Pixel<Subpixel: Sample>, const N: usize>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    to: Size,
    source: &(impl Fn(f32, f32) -> (f32, f32) + Sync),
) -> ImageBuffer<P, Vec<P::Subpixel>> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, _) = image.as_chunks::<N>();
    let mut warped = ImageBuffer::<P, Vec<P::Subpixel>>::new(to.width, to.height);
    for_each(warped.chunks_exact_mut(N * (to.width as usize).max(1)).enumerate(), |(y, row)| {
        let (row, _) = row.as_chunks_mut::<N>();
        for (x, pixel) in row.iter_mut().enumerate() {
            let (x, y) = source(x as f32 + 0.5, y as f32 + 0.5);
            let ((columns, across), (rows, down)) = (neighbors(x, width), neighbors(y, height));
            let mut sums = [0.0; N];
            for (line, weight_y) in rows.into_iter().zip(down) {
                for (column, weight_x) in columns.into_iter().zip(across) {
                    let levels = pixels[line * width + column];
                    for (sum, level) in sums.iter_mut().zip(levels) {
                        *sum += weight_x * weight_y * level.to_level();
                    }
                }
            }
            *pixel = sums.map(P::Subpixel::from_level);
        }
    });
    warped
}

/// The four pixels around a position, and their weights.
fn neighbors(at: f32, count: usize) -> ([usize; 4], [f32; 4]) {
    let last = count.saturating_sub(1);
    let at = (at - 0.5).clamp(0.0, last as f32);
    let first = at as usize;
    let t = at - first as f32;
    let (t2, t3) = (t * t, t * t * t);
    let weights = [
        (-t3 + 2.0 * t2 - t) / 2.0,
        (3.0 * t3 - 5.0 * t2 + 2.0) / 2.0,
        (-3.0 * t3 + 4.0 * t2 + t) / 2.0,
        (t3 - t2) / 2.0,
    ];
    ([first.saturating_sub(1), first, (first + 1).min(last), (first + 2).min(last)], weights)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_picture_in_place_is_unchanged_and_a_whole_shift_moves_it() {
        let image = RgbImage::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, (x * y) as u8]));
        let size = Size::of(&image);
        let image = DynamicImage::from(image);
        assert_eq!(warp(&image, size, |x, y| (x, y)), image);
        let part = Size { width: 6, height: 5 };
        assert_eq!(warp(&image, part, |x, y| (x + 2.0, y + 1.0)), image.crop_imm(2, 1, 6, 5));
    }

    #[test]
    fn each_color_type_is_kept() {
        let image = DynamicImage::from(RgbImage::from_pixel(5, 5, Rgb([90, 120, 30])));
        for image in [
            image.to_luma8().into(),
            image.to_luma_alpha8().into(),
            image.to_rgba8().into(),
            image.to_luma16().into(),
            image.to_luma_alpha16().into(),
            image.to_rgb16().into(),
            DynamicImage::from(image.to_rgba16()),
        ] {
            assert_eq!(warp(&image, Size::of(&image), |x, y| (y, x)), image);
        }
    }
}
