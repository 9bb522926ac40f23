//! Matches the colors of an edited picture to the original: removes the drift of the whole picture, and what remains of
//! it around an edit.

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage};
use seededit_base::parallel::for_each;
use seededit_resize::Size;

use super::bit_mask::BitMask;
use super::channels::{Channels, map_channels, pixel_row};
use super::color_drift::ColorDrift;
use super::sample::Sample;
use crate::geometry::Rect;
use crate::plane::Plane;

/// The local correction is computed at this fraction of the size.
const SQUARE: usize = 4;
/// The standard deviation of the neighborhood in which colors are compared, in squares.
const SIGMA: f32 = 4.0;
/// The share of unchanged pixels in the neighborhood from which a pixel is corrected in full. Inside an edit, where
/// nothing is known, there is no local correction.
const ENOUGH: f32 = 0.15;
/// The largest local correction, in levels. A larger difference is an edit.
const MAX_CORRECTION: f32 = 12.0;

/// The correction of an edited picture's colors.
pub(super) struct ColorMatch {
    drift: ColorDrift,
    /// The local correction of each channel, at a quarter of the size.
    correction: Channels,
}

impl ColorMatch {
    /// Compares both pictures outside the `changed` pixels.
    pub(super) fn new(
        edited: &RgbImage,
        original: &RgbImage,
        changed: &BitMask,
        drift: ColorDrift,
    ) -> ColorMatch {
        let BitMask { width, height, .. } = *changed;
        let unchanged = |y: usize| changed.row(y).iter().map(|changed| f32::from(!changed));
        let share = Plane::square_means_from(width, height, SQUARE, |y, row| {
            row.iter_mut().zip(unchanged(y)).for_each(|(into, unchanged)| *into = unchanged);
        })
        .gaussian_blur(SIGMA);
        let correction = map_channels([0, 1, 2], |channel| {
            let curve = drift.curve(channel);
            let without_drift: Vec<f32> =
                (0..=u8::MAX).map(f32::from).map(|level| level - curve.at(level)).collect();
            let difference = Plane::square_means_from(width, height, SQUARE, |y, row| {
                let pixels = pixel_row(edited, y).iter().zip(pixel_row(original, y));
                for ((into, unchanged), (edited, original)) in row.iter_mut().zip(unchanged(y)).zip(pixels) {
                    let (edited, original) = (usize::from(edited[channel]), f32::from(original[channel]));
                    let difference = original - without_drift[edited];
                    *into = unchanged * difference.clamp(-MAX_CORRECTION, MAX_CORRECTION);
                }
            });
            difference.gaussian_blur(SIGMA).zip_with(&share, |difference, share| {
                if share > 1e-3 { difference / share * (share / ENOUGH).min(1.0) } else { 0.0 }
            })
        });
        ColorMatch { drift, correction }
    }

    /// Matches the colors within some rectangles of the edited picture. Returns 16 or 8 bits per sample.
    pub(super) fn apply(&self, edited: &DynamicImage, within: &[Rect], has_16_bits: bool) -> DynamicImage {
        if has_16_bits {
            self.apply_to(edited.to_rgb16(), within).into()
        } else {
            self.apply_to(edited.to_rgb8(), within).into()
        }
    }

    fn apply_to<S: Sample>(
        &self,
        mut image: ImageBuffer<Rgb<S>, Vec<S>>,
        within: &[Rect],
    ) -> ImageBuffer<Rgb<S>, Vec<S>>
    where
        Rgb<S>: image::Pixel<Subpixel = S>,
    {
        let [first, ..] = &self.correction;
        let across = first.width as f32 / image.width().max(1) as f32;
        let down = first.height as f32 / image.height().max(1) as f32;
        let curves = [0, 1, 2].map(|channel| self.drift.curve(channel));
        let size = Size::of(&image);
        let rects: Vec<Rect> = within.iter().filter_map(|rect| rect.clipped(size)).collect();
        let rows = image.chunks_exact_mut(3 * (size.width as usize).max(1)).enumerate();
        for_each(rows, |(y, row)| {
            let (pixels, _) = row.as_chunks_mut::<3>();
            // The rectangles can overlap, but each pixel is matched only once.
            let mut original = Vec::new();
            for rect in rects.iter().filter(|rect| (rect.top..rect.bottom()).contains(&(y as i64))) {
                if original.is_empty() {
                    original.extend_from_slice(pixels);
                }
                // A clipped rectangle has no negative coordinates.
                let columns = rect.left as usize..rect.right() as usize;
                for x in columns {
                    let (at_x, at_y) = ((x as f32 + 0.5) * across, (y as f32 + 0.5) * down);
                    let samples = original[x].into_iter().zip(curves).zip(&self.correction);
                    let matched = samples.map(|((sample, curve), correction): ((S, _), &Plane)| {
                        let level = sample.to_level();
                        S::from_level(level - curve.at(level) + correction.bilinear(at_x, at_y))
                    });
                    pixels[x].iter_mut().zip(matched).for_each(|(into, matched)| *into = matched);
                }
            }
        });
        image
    }
}
