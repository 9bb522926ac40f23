//! What differs between two pictures.
//!
//! The difference of two pixels is the largest difference among their channels, in levels of 8 bits: 0 to 255.

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use seededit_base::parallel::map;
use seededit_resize::{ResizeError, Size, resize};

use crate::color::flatten::flatten;
use crate::color::is_16_bit;
use crate::decode::{DecodeError, Decoded, decode};
use crate::view::fitted;

/// The rows that are compared at a time.
const ROWS: usize = 64;
/// Levels of 16 bits for each level of 8 bits.
const DEEP: u32 = 257;

/// Two pictures and what differs between them.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Both pictures in the size in which they were compared.
    before: DynamicImage,
    after: DynamicImage,
    /// The difference of each pixel, rounded up.
    levels: GrayImage,
    /// The sizes of the upright pictures.
    pub before_size: Size,
    pub after_size: Size,
    /// The size in which they were compared: the smaller one.
    pub size: Size,
    /// The share of pixels that are not identical.
    pub changed: f64,
    /// The largest difference of a pixel, from 0 to 255.
    pub largest: f64,
    /// The mean difference of all pixels, from 0 to 255.
    pub mean: f64,
}

/// Pictures cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// The first picture cannot be decoded.
    #[error(transparent)]
    Before(DecodeError),
    /// The second picture cannot be decoded.
    #[error(transparent)]
    After(DecodeError),
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// Compares two pictures as they are displayed. Pictures of different sizes are compared in the smaller one, and pictures
/// in different color spaces in sRGB.
///
/// Must not be called on a thread of rayon's pool, like [`decode`](crate::decode()).
///
/// # Errors
/// If a picture cannot be decoded.
pub fn compare(before: &[u8], after: &[u8]) -> Result<Comparison, ComparisonError> {
    let before = decode(before).map_err(ComparisonError::Before)?.into_upright();
    let after = decode(after).map_err(ComparisonError::After)?.into_upright();
    let (before_size, after_size) = (before.header.size, after.header.size);
    let size = if after_size.pixels() < before_size.pixels() { after_size } else { before_size };
    let same_colors = before.colors.icc() == after.colors.icc();
    let prepared =
        |Decoded { image, colors, .. }: Decoded| -> Result<(DynamicImage, DynamicImage), ResizeError> {
            let image = if Size::of(&image) == size { image } else { resize(&image, size)? };
            let shown = colors.to_srgb(image.clone());
            // Numbers of the same color space are compared as they are stored.
            Ok(if same_colors { (image, shown) } else { (shown.clone(), shown) })
        };
    let ((before, shown_before), (after, shown_after)) = (prepared(before)?, prepared(after)?);
    let Measured { levels, changed, largest, sum } = measure(&before, &after);
    let pixels = size.pixels().max(1) as f64;
    Ok(Comparison {
        before: flatten(shown_before),
        after: flatten(shown_after),
        levels: GrayImage::from_raw(size.width, size.height, levels).unwrap_or_default(),
        before_size,
        after_size,
        size,
        changed: changed as f64 / pixels,
        largest: f64::from(largest) / f64::from(DEEP),
        mean: sum as f64 / f64::from(DEEP) / pixels,
    })
}

impl Comparison {
    /// The first picture within a size: upright, in sRGB, on white.
    ///
    /// # Errors
    /// If it is empty.
    pub fn before(&self, within: Size) -> Result<RgbImage, ResizeError> {
        Ok(resize(&self.before, fitted(self.size, within))?.into_rgb8())
    }

    /// The second picture within a size: upright, in sRGB, on white.
    ///
    /// # Errors
    /// If it is empty.
    pub fn after(&self, within: Size) -> Result<RgbImage, ResizeError> {
        Ok(resize(&self.after, fitted(self.size, within))?.into_rgb8())
    }

    /// The differences within a size, in the colors of [`heat`]. A pixel shows the largest difference of those that it
    /// stands for, so that no change is lost.
    #[must_use]
    pub fn difference(&self, within: Size) -> RgbImage {
        let to = fitted(self.size, within);
        let (Size { width, height }, levels) = (self.size, &self.levels);
        let range = |at: u32, to: u32, from: u32| {
            let edge = |at: u32| (u64::from(at) * u64::from(from) / u64::from(to.max(1))) as u32;
            edge(at)..edge(at + 1).max(edge(at) + 1).min(from)
        };
        let rows = map(0..to.height, |y| {
            let mut row = vec![0; to.width as usize];
            for source in range(y, to.height, height) {
                for (x, into) in (0..to.width).zip(&mut row) {
                    let largest = range(x, to.width, width).map(|x| levels.get_pixel(x, source).0[0]).max();
                    *into = largest.unwrap_or(0).max(*into);
                }
            }
            row
        });
        RgbImage::from_fn(to.width, to.height, |x, y| heat(rows[y as usize][x as usize]))
    }
}

/// The color of a difference: black if there is none, then from dark red to yellow and white. The smallest difference can
/// be seen.
#[must_use]
pub fn heat(level: u8) -> Rgb<u8> {
    if level == 0 {
        return Rgb([0; 3]);
    }
    let strength = (f64::from(level) / 255.0).sqrt();
    let ramp = |from: f64, to: f64| (((strength - from) / (to - from)).clamp(0.0, 1.0) * 255.0).round() as u8;
    Rgb([ramp(-0.4, 0.45), ramp(0.25, 0.85), ramp(0.75, 1.0)])
}

#[derive(Default)]
struct Measured {
    levels: Vec<u8>,
    changed: u64,
    /// In levels of 16 bits.
    largest: u32,
    sum: u64,
}

/// Measures the differences of two images of the same size.
fn measure(before: &DynamicImage, after: &DynamicImage) -> Measured {
    let Size { width, height } = Size::of(before);
    let is_deep = is_16_bit(before) || is_16_bit(after);
    let bands = map((0..height).step_by(ROWS), |top| {
        let band = |image: &DynamicImage| image.crop_imm(0, top, width, (height - top).min(ROWS as u32));
        let (before, after) = (band(before), band(after));
        if is_deep {
            measure_band(before.into_rgba16().as_raw(), after.into_rgba16().as_raw(), 1)
        } else {
            measure_band(before.into_rgba8().as_raw(), after.into_rgba8().as_raw(), DEEP)
        }
    });
    bands.into_iter().fold(Measured::default(), |mut all, band| {
        all.levels.extend(band.levels);
        Measured {
            levels: all.levels,
            changed: all.changed + band.changed,
            largest: all.largest.max(band.largest),
            sum: all.sum + band.sum,
        }
    })
}

/// `unit` is the number of levels of 16 bits for each level of a sample.
fn measure_band<S: Copy + Into<u32>>(before: &[S], after: &[S], unit: u32) -> Measured {
    let mut measured = Measured::default();
    for (before, after) in before.as_chunks::<4>().0.iter().zip(after.as_chunks::<4>().0) {
        let channels = before.iter().zip(after).map(|(one, other)| (*one).into().abs_diff((*other).into()));
        let difference = channels.max().unwrap_or(0) * unit;
        measured.levels.push(u8::try_from(difference.div_ceil(DEEP)).unwrap_or(u8::MAX));
        measured.changed += u64::from(difference > 0);
        measured.largest = measured.largest.max(difference);
        measured.sum += u64::from(difference);
    }
    measured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Encoding, encode};
    use crate::{ColorSpace, fixtures};
    use image::{Rgba, RgbaImage};

    const LARGE: Size = Size { width: 10_000, height: 10_000 };

    fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
        encode(&image.into(), &ColorSpace::SRGB, Encoding::Png).unwrap()
    }

    #[test]
    fn a_picture_does_not_differ_from_itself_at_another_depth_or_with_an_opaque_channel() {
        let image = DynamicImage::from(fixtures::rgb());
        for other in [image.clone(), image.to_rgb16().into(), image.to_rgba8().into()] {
            let found = compare(&png(image.clone()), &png(other)).unwrap();
            assert_eq!((found.changed, found.largest, found.mean), (0.0, 0.0, 0.0));
            assert!(found.difference(LARGE).pixels().all(|pixel| pixel.0 == [0; 3]));
        }
    }

    #[test]
    fn figures_are_those_of_the_changed_pixels() {
        let before = RgbaImage::from_pixel(10, 10, Rgba([100, 100, 100, 255]));
        let mut after = before.clone();
        after.put_pixel(3, 4, Rgba([110, 60, 100, 255]));
        after.put_pixel(4, 4, Rgba([100, 100, 100, 245]));
        let found = compare(&png(before), &png(after)).unwrap();
        assert_eq!((found.changed, found.largest, found.mean), (0.02, 40.0, 0.5));
        let shown = found.difference(LARGE);
        assert_eq!(shown.get_pixel(3, 4), &heat(40));
        assert_eq!(shown.get_pixel(4, 4), &heat(10));
        assert_eq!(shown.pixels().filter(|pixel| pixel.0 != [0; 3]).count(), 2);
        // One pixel of a hundred is still there in a smaller picture.
        let small = found.difference(Size { width: 3, height: 3 });
        assert_eq!(small.pixels().filter(|pixel| **pixel == heat(40)).count(), 1);
    }

    #[test]
    fn a_difference_of_16_bits_that_8_bits_do_not_show_counts() {
        let before = DynamicImage::from(fixtures::rgb()).to_rgb16();
        let mut after = before.clone();
        after.get_pixel_mut(0, 0).0[1] ^= 1;
        let found = compare(&png(before), &png(after)).unwrap();
        assert_eq!(found.largest, 1.0 / 257.0);
        assert_eq!(found.difference(LARGE).get_pixel(0, 0), &heat(1));
    }

    #[test]
    fn pictures_of_different_sizes_are_compared_in_the_smaller_one() {
        let large = RgbImage::from_pixel(40, 30, Rgb([9, 9, 9]));
        let small = RgbImage::from_pixel(20, 16, Rgb([9, 19, 9]));
        for (one, other) in [(&large, &small), (&small, &large)] {
            let found = compare(&png(one.clone()), &png(other.clone())).unwrap();
            assert_eq!(found.size, Size { width: 20, height: 16 });
            assert_eq!((found.changed, found.largest, found.mean), (1.0, 10.0, 10.0));
        }
    }

    #[test]
    fn larger_differences_are_brighter() {
        let brightness = |level: u8| heat(level).0.iter().map(|level| u32::from(*level)).sum::<u32>();
        assert!((1..=255).all(|level| brightness(level) >= brightness(level - 1)));
        assert!(brightness(1) > 100);
        assert_eq!(heat(255).0, [255; 3]);
    }
}
