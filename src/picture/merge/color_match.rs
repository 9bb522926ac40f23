//! The edited picture in the original's colours: without the drift of all of it, and without what is left of
//! that at the border of an edit.

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage};
use rayon::prelude::*;
use seededit_resize::Size;

use super::bit_mask::BitMask;
use super::color_drift::ColorDrift;
use super::plane::{Plane, Planes, map_channels, pixels_of_row};
use super::sample::Sample;
use crate::geometry::Rect;

/// The field is worked out at this fraction of the size.
const SQUARE: usize = 4;
/// How far around a pixel the colours of both pictures are compared: the standard deviation of a bell, in
/// squares.
const REACH: f32 = 4.0;
/// From this share of unchanged pixels around it on, a pixel is corrected in full; inside of an edit, where
/// nothing is known, not at all.
const ENOUGH: f32 = 0.15;
/// The furthest that a colour is moved, in levels. What differs by more was edited.
const FURTHEST: f32 = 12.0;

/// How the edited picture's colours are brought to the original's.
pub(super) struct ColorMatch {
    tone: ColorDrift,
    /// What is added where, at a quarter of the size.
    field: Planes,
}

impl ColorMatch {
    /// Compares both where nothing is `changed`.
    pub(super) fn new(
        edited: &RgbImage,
        original: &RgbImage,
        changed: &BitMask,
        tone: ColorDrift,
    ) -> ColorMatch {
        let BitMask { width, height, .. } = *changed;
        let known = |y: usize| changed.row(y).iter().map(|changed| f32::from(!changed));
        let around = Plane::reduced_from(width, height, SQUARE, |y, row| {
            row.iter_mut().zip(known(y)).for_each(|(into, known)| *into = known);
        })
        .blurred(REACH);
        let field = map_channels([0, 1, 2], |channel| {
            let curve = tone.curve(channel);
            let matched: Vec<f32> =
                (0..=u8::MAX).map(f32::from).map(|level| level - curve.at(level)).collect();
            let left = Plane::reduced_from(width, height, SQUARE, |y, row| {
                let pixels = pixels_of_row(edited, y).iter().zip(pixels_of_row(original, y));
                for ((into, known), (edited, original)) in row.iter_mut().zip(known(y)).zip(pixels) {
                    let (edited, original) = (usize::from(edited[channel]), f32::from(original[channel]));
                    *into = known * (original - matched[edited]).clamp(-FURTHEST, FURTHEST);
                }
            });
            left.blurred(REACH).zip(&around, |left, around| match around > 1e-3 {
                true => left / around * (around / ENOUGH).min(1.0),
                false => 0.0,
            })
        });
        ColorMatch { tone, field }
    }

    /// The edited picture in the original's colours, within these rectangles of it: 16 bits a sample, or 8.
    pub(super) fn apply(&self, edited: &DynamicImage, within: &[Rect], deep: bool) -> DynamicImage {
        match deep {
            true => self.each_pixel(edited.to_rgb16(), within).into(),
            false => self.each_pixel(edited.to_rgb8(), within).into(),
        }
    }

    fn each_pixel<S: Sample>(
        &self,
        mut image: ImageBuffer<Rgb<S>, Vec<S>>,
        within: &[Rect],
    ) -> ImageBuffer<Rgb<S>, Vec<S>>
    where
        Rgb<S>: image::Pixel<Subpixel = S>,
    {
        let [first, ..] = &self.field;
        let across = first.width as f32 / image.width().max(1) as f32;
        let down = first.height as f32 / image.height().max(1) as f32;
        let curves = [0, 1, 2].map(|channel| self.tone.curve(channel));
        let size = Size::of(&image);
        let parts: Vec<Rect> = within.iter().filter_map(|part| part.clipped(size)).collect();
        let rows = image.par_chunks_exact_mut(3 * (size.width as usize).max(1)).enumerate();
        rows.for_each(|(y, row)| {
            let (pixels, _) = row.as_chunks_mut::<3>();
            // The rectangles of an edit do not meet, but their surroundings may: no pixel is matched twice.
            let mut original = Vec::new();
            for part in parts.iter().filter(|part| (part.top..part.bottom()).contains(&(y as i64))) {
                if original.is_empty() {
                    original.extend_from_slice(pixels);
                }
                // Within the picture, so neither is negative.
                let columns = part.left as usize..part.right() as usize;
                for x in columns {
                    let place = ((x as f32 + 0.5) * across, (y as f32 + 0.5) * down);
                    let samples = original[x].into_iter().zip(curves).zip(&self.field);
                    let matched = samples.map(|((sample, curve), field): ((S, _), &Plane)| {
                        let level = sample.level();
                        S::nearest(level - curve.at(level) + field.at(place.0, place.1))
                    });
                    pixels[x].iter_mut().zip(matched).for_each(|(into, to)| *into = to);
                }
            }
        });
        image
    }
}
