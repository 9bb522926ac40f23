//! Estimates how much an unedited picture differs after the model and the codec: little in smooth areas, more in
//! textured ones.
//!
//! The noise is estimated for each pair of pictures, so faint edits are found in a faithful answer, and a noisy answer
//! has no false ones.

use seededit_base::parallel::for_each;

use super::bit_mask::BitMask;
use super::channels::{Channels, map_channels};
use super::sliding_extrema::SlidingExtrema;
use crate::plane::{Plane, fmax, fmin};

/// The lower ends of the texture classes, in levels of local contrast.
const CLASSES: [f32; 9] = [0.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 192.0, 256.0];
/// The smallest share of the picture's pixels from which the noise of a class is estimated.
const MIN_SHARE: f32 = 0.004;
/// The largest growth of noise from one class to the next. More is an edit that fills its class. In real answers, noise
/// grows by 1.7 at most.
const MAX_GROWTH: f32 = 3.0;
/// The growth of noise to a class that has too few pixels.
const ASSUMED_GROWTH: f32 = 1.5;
/// The width of a histogram bucket, in levels.
const BUCKET: f32 = 1.0 / 32.0;
const BUCKETS: usize = 4096;

/// The local contrast around each square of 2×2 pixels.
pub(super) struct Texture {
    contrast: Plane,
}

impl Texture {
    /// The texture of the channel with the most contrast at each place.
    pub(super) fn new(channels: &Channels) -> Texture {
        let [one, two, three] = map_channels(channels.each_ref(), local_contrast);
        Texture { contrast: one.zip_with(&two, fmax).zip_with(&three, fmax) }
    }

    /// The texture that both pictures have. An area that is smooth in one of them has little noise.
    pub(super) fn common(self, other: &Texture) -> Texture {
        Texture { contrast: self.contrast.zip_with(&other.contrast, fmin) }
    }
}

/// The local contrast of a channel, at half its size.
fn local_contrast(plane: &Plane) -> Plane {
    // Windows of 8 and 18 pixels at the full size. The weighted larger window accounts for codecs, which spread an edge
    // over two blocks if chroma is subsampled.
    const NEAR: usize = 4;
    const FAR: usize = 9;
    const FAR_WEIGHT: f32 = 0.4;
    let (darkest, lightest) = square_extrema(plane);
    let width = darkest.width;
    let mut contrast = Plane::new(width, darkest.height);
    for_each(contrast.bands(), |(top, band)| {
        let windows = |side| {
            (SlidingExtrema::new(&darkest, side, top, fmin), SlidingExtrema::new(&lightest, side, top, fmax))
        };
        let (mut near, mut far) = (windows(NEAR), windows(FAR));
        let [mut near_darkest, mut far_darkest, mut far_lightest] = [(); 3].map(|()| vec![0.0; width]);
        for (y, into) in (top..).zip(band.chunks_exact_mut(width.max(1))) {
            near.0.row(y, &mut near_darkest);
            near.1.row(y, into);
            far.0.row(y, &mut far_darkest);
            far.1.row(y, &mut far_lightest);
            let far = far_lightest.iter().zip(&far_darkest).map(|(lightest, darkest)| lightest - darkest);
            for ((into, darkest), far) in into.iter_mut().zip(&near_darkest).zip(far) {
                *into = fmax(*into - darkest, FAR_WEIGHT * far);
            }
        }
    });
    contrast
}

/// The darkest and the lightest pixel of each square of 2×2.
fn square_extrema(plane: &Plane) -> (Plane, Plane) {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let (mut darkest, mut lightest) = (Plane::new(width, height), Plane::new(width, height));
    for_each(darkest.bands().zip(lightest.bands()), |((top, darkest), (_, lightest))| {
        let rows = darkest.chunks_exact_mut(width.max(1)).zip(lightest.chunks_exact_mut(width.max(1)));
        for (y, (darkest, lightest)) in (top..).zip(rows) {
            let upper = plane.row(2 * y).chunks(2);
            let lower = plane.row((2 * y + 1).min(plane.height - 1)).chunks(2);
            for ((darkest, lightest), (upper, lower)) in
                darkest.iter_mut().zip(lightest).zip(upper.zip(lower))
            {
                let (left, right) = (0, upper.len() - 1);
                let square = [upper[left], upper[right], lower[left], lower[right]];
                *darkest = square.into_iter().fold(f32::MAX, fmin);
                *lightest = square.into_iter().fold(f32::MIN, fmax);
            }
        }
    });
    (darkest, lightest)
}

/// The noise of a difference measure, for each texture class.
pub(super) struct Noise([f32; CLASSES.len()]);

impl Noise {
    /// Estimates noise as a quantile of the measure, but at least `least`. Leaves out the pixels that are `changed`.
    pub(super) fn estimate(
        measure: &Plane,
        texture: &Texture,
        quantile: f32,
        least: f32,
        changed: Option<&BitMask>,
    ) -> Noise {
        let mut histograms = vec![[0u32; BUCKETS]; CLASSES.len()];
        let mut classes = Vec::new();
        for (y, row) in measure.rows().enumerate() {
            if y % 2 == 0 {
                classes.clear();
                classes.extend(texture.contrast.row(y / 2).iter().copied().map(class));
            }
            let changed = changed.map(|changed| changed.row(y));
            for (x, level) in row.iter().enumerate() {
                if !changed.is_some_and(|changed| changed[x]) {
                    let bucket = ((level / BUCKET) as usize).min(BUCKETS - 1);
                    histograms[classes[x / 2]][bucket] += 1;
                }
            }
        }
        let too_few = (MIN_SHARE * measure.levels.len() as f32).max(100.0);
        let estimates = histograms.iter().map(|histogram| {
            let count: u32 = histogram.iter().sum();
            (count as f32 > too_few).then(|| level_at_rank(histogram, quantile * count as f32).max(least))
        });
        Noise(with_bounded_growth(&estimates.collect::<Vec<_>>(), least))
    }

    /// The same noise for all textures.
    pub(super) fn uniform(level: f32) -> Noise {
        Noise([level; CLASSES.len()])
    }

    /// The noise at each square of 2×2 pixels, interpolated between the centers of classes.
    pub(super) fn at_each(&self, texture: &Texture) -> Plane {
        texture.contrast.clone().map(|contrast| {
            let class = class(contrast);
            let center = |class: usize| {
                let end = CLASSES.get(class + 1).copied().unwrap_or(CLASSES[class] * 1.5);
                (CLASSES[class] + end) / 2.0
            };
            let low = if contrast < center(class) { class.saturating_sub(1) } else { class };
            let high = (low + 1).min(CLASSES.len() - 1);
            let (from, to) = (center(low), center(high));
            let share = if to > from { ((contrast - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
            self.0[low] + (self.0[high] - self.0[low]) * share
        })
    }
}

fn class(contrast: f32) -> usize {
    CLASSES.iter().rposition(|start| contrast >= *start).unwrap_or(0)
}

fn level_at_rank(histogram: &[u32], rank: f32) -> f32 {
    let mut sum = 0;
    let bucket = histogram.iter().position(|count| {
        sum += count;
        sum as f32 > rank
    });
    bucket.unwrap_or(BUCKETS - 1) as f32 * BUCKET
}

/// Completes estimates: noise grows with texture, but not too steeply.
fn with_bounded_growth(estimates: &[Option<f32>], least: f32) -> [f32; CLASSES.len()] {
    let mut noise = [f32::NAN; CLASSES.len()];
    let mut bound = f32::INFINITY;
    for (noise, estimate) in noise.iter_mut().zip(estimates).rev() {
        // A smooth object can fill the smooth classes. The noise of textured classes limits theirs.
        if let Some(estimate) = estimate {
            bound = bound.min(*estimate);
            *noise = bound;
        }
    }
    let mut previous: Option<f32> = None;
    for noise in &mut noise {
        if noise.is_nan() {
            *noise = previous.map_or(f32::NAN, |previous| previous * ASSUMED_GROWTH);
        } else if let Some(previous) = previous {
            *noise = noise.min(previous * MAX_GROWTH);
        }
        previous = Some(*noise).filter(|noise| !noise.is_nan());
    }
    let first = noise.iter().copied().find(|noise| !noise.is_nan()).unwrap_or(least);
    noise.map(|noise| if noise.is_nan() { first } else { noise })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_that_fills_a_class_is_not_noise() {
        // The smooth pixels are those of a smooth object, and the textured ones are unedited.
        let noise =
            with_bounded_growth(&[Some(60.0), None, None, Some(1.0), Some(2.0), None, None, None, None], 0.5);
        assert_eq!(noise[0], 1.0);
        // The textured pixels are those of an object, and the smooth ones are unedited.
        let noise =
            with_bounded_growth(&[Some(1.0), Some(1.2), Some(90.0), None, None, None, None, None, None], 0.5);
        assert!((noise[2] - 3.6).abs() < 1e-5, "{noise:?}");
    }

    #[test]
    fn the_noise_of_an_empty_class_follows_from_its_neighbors() {
        let noise =
            with_bounded_growth(&[None, Some(2.0), None, Some(2.5), None, None, None, None, None], 0.5);
        assert_eq!(&noise[..4], &[2.0, 2.0, 3.0, 2.5]);
        assert_eq!(with_bounded_growth(&[None; CLASSES.len()], 0.5), [0.5; CLASSES.len()]);
    }

    #[test]
    fn a_class_includes_its_lower_end() {
        assert_eq!([0.0, 3.9, 4.0, 255.0, 256.0, 400.0].map(class), [0, 0, 1, 7, 8, 8]);
    }
}
