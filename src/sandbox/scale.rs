//! Scales a picture with a triangle filter in integers, columns first.
//!
//! A soak test draws thousands of pictures, and the filters of the `image` crate take over 100 ms per
//! megapixel; this takes about twenty. Integers make the result the same on every machine.

use image::RgbImage;

use crate::picture::Size;

/// The fixed-point representation of 1.
const ONE: u32 = 1 << 14;

/// The weights of the source pixels, from `first` on, that make one pixel of the result.
struct Taps {
    first: usize,
    weights: Vec<u32>,
}

/// The picture at another size.
pub(super) fn scale(picture: &RgbImage, to: Size) -> Option<RgbImage> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (columns, rows) = (to.width as usize, to.height as usize);
    let source: Vec<&[u8]> = picture.chunks_exact(width.max(1) * 3).collect();
    let across = taps(width, columns);
    let mut scaled = Vec::with_capacity(columns * rows * 3);
    let mut sums = vec![0u32; width * 3];
    for tap in taps(height, rows) {
        sums.fill(ONE / 2);
        for (row, weight) in source.iter().skip(tap.first).zip(&tap.weights) {
            for (sum, value) in sums.iter_mut().zip(*row) {
                *sum += u32::from(*value) * weight;
            }
        }
        squeeze(&sums, &across, &mut scaled);
    }
    RgbImage::from_raw(to.width, to.height, scaled)
}

/// Scales one row of weighted sums and appends it to `scaled`.
fn squeeze(sums: &[u32], across: &[Taps], scaled: &mut Vec<u8>) {
    let (pixels, _) = sums.as_chunks::<3>();
    for tap in across {
        let mut total = [ONE / 2; 3];
        let neighbours = pixels.get(tap.first..).unwrap_or_default();
        for (pixel, weight) in neighbours.iter().zip(&tap.weights) {
            for (total, sum) in total.iter_mut().zip(pixel) {
                *total += (sum / ONE) * weight;
            }
        }
        scaled.extend(total.map(|total| (total / ONE).min(255) as u8));
    }
}

/// The weights for each of `to` pixels among `from`. When the picture shrinks, the triangle widens so that
/// every source pixel counts.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let step = from as f64 / to as f64;
    let reach = step.max(1.0);
    let of = |at: usize| {
        let center = (at as f64 + 0.5) * step;
        let first = (center - reach).max(0.0) as usize;
        let last = ((center + reach).ceil() as usize).min(from);
        let nearness = |source: usize| (1.0 - (source as f64 + 0.5 - center).abs() / reach).max(0.0);
        let sum: f64 = (first..last).map(nearness).sum();
        let share = |source| (nearness(source) / sum * f64::from(ONE)).round() as u32;
        Taps { first, weights: (first..last).map(share).collect() }
    };
    (0..to).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
        scale(picture, Size { width, height }).unwrap()
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
