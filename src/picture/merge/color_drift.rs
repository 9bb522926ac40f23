//! The color drift of an answer: what happens to the colors of the whole picture without an edit.

use super::bit_mask::BitMask;
use super::channels::{Channels, map_channels};
use crate::plane::Plane;

/// The number of intervals of levels. The drift is estimated for each interval.
const INTERVALS: usize = 8;
/// The length of an interval, in levels.
const INTERVAL: f32 = 256.0 / INTERVALS as f32;
/// The largest drift that is applied, in levels. In real answers, colors drift by 2 to 6 levels.
const MAX_APPLIED: f32 = 12.0;
/// The largest drift of an interval that counts towards the drift of a channel, in levels. An edit may fill an interval
/// without a change of light.
const MAX_COUNTED: f32 = 20.0;
/// An interval with a smaller share of the picture's pixels mostly follows the drift of the whole channel.
const FEW: f32 = 0.02;
/// A larger mean drift, in levels, is a change of light. In real answers, colors drift by 2 to 4 levels.
const MAX_DRIFT: f32 = 10.0;
/// The least share of pixels that are lit for their mean to count.
const MIN_LIT: f32 = 0.05;

/// The drift of a channel, by level.
#[derive(Clone, Copy)]
pub(super) struct Curve([f32; INTERVALS]);

/// The color drift between two pictures.
#[derive(Clone, Copy)]
pub(super) struct ColorDrift {
    curves: [Curve; 3],
    /// The drift of the channel that drifts most, in levels, before it is limited.
    max: f32,
    /// The same without the darkest levels, whose drift is small in any light. Zero if few pixels have others.
    max_lit: f32,
}

impl ColorDrift {
    pub(super) const NONE: ColorDrift =
        ColorDrift { curves: [Curve([0.0; INTERVALS]); 3], max: 0.0, max_lit: 0.0 };

    /// Estimates the drift from `original` to `edited` without the pixels that are `changed`.
    pub(super) fn between(edited: &Channels, original: &Channels, changed: Option<&BitMask>) -> ColorDrift {
        let drifts =
            map_channels([0, 1, 2], |channel| channel_drift(&edited[channel], &original[channel], changed));
        let max = |of: fn(&ChannelDrift) -> f32| drifts.iter().map(of).fold(0.0, f32::max);
        ColorDrift {
            curves: drifts.each_ref().map(|drift| drift.curve),
            max: max(|drift| drift.mean),
            max_lit: max(|drift| drift.mean_lit),
        }
    }

    /// Whether it is a change of light.
    pub(super) fn is_light(&self) -> bool {
        self.max > MAX_DRIFT
    }

    /// Whether it is a change of light in a dark picture, which shows only where that is lit.
    pub(super) fn is_light_where_lit(&self) -> bool {
        self.max_lit > MAX_DRIFT
    }

    pub(super) fn curve(&self, channel: usize) -> Curve {
        self.curves[channel]
    }

    /// Returns a function that applies the drift to a level of a channel of the original.
    pub(super) fn apply(&self) -> impl Fn(usize, f32) -> f32 {
        let curves = self.curves;
        move |channel, level| level + curves[channel].at(level)
    }
}

impl Curve {
    /// The drift of a level, interpolated between the centers of intervals.
    pub(super) fn at(self, level: f32) -> f32 {
        let position = (level / INTERVAL - 0.5).clamp(0.0, (INTERVALS - 1) as f32);
        let first = (position as usize).min(INTERVALS - 2);
        let (low, high) = (self.0[first], self.0[first + 1]);
        low + (high - low) * (position - first as f32)
    }
}

/// The drift of a channel.
struct ChannelDrift {
    curve: Curve,
    /// The mean of its absolute value, in levels.
    mean: f32,
    /// The same without the darkest levels.
    mean_lit: f32,
}

fn channel_drift(edited: &Plane, original: &Plane, changed: Option<&BitMask>) -> ChannelDrift {
    // Quarters of a level, from -256 to 256.
    const BUCKETS_PER_LEVEL: f32 = 4.0;
    const BUCKETS: usize = 2048;
    let mut histograms = vec![[0u32; BUCKETS]; INTERVALS];
    for (at, (edited, original)) in edited.levels.iter().zip(&original.levels).enumerate() {
        if changed.is_some_and(|changed| changed.bits[at]) {
            continue;
        }
        let interval = ((original / INTERVAL) as usize).min(INTERVALS - 1);
        // Rounds to the nearest bucket, because the sum is positive.
        let bucket = (edited - original) * BUCKETS_PER_LEVEL + (BUCKETS / 2) as f32 + 0.5;
        histograms[interval][(bucket as usize).min(BUCKETS - 1)] += 1;
    }
    let median = |histogram: &[u32]| {
        let half = histogram.iter().sum::<u32>() / 2;
        let mut sum = 0;
        let bucket = histogram.iter().position(|count| {
            sum += count;
            sum > half
        });
        (bucket.unwrap_or(BUCKETS / 2) as f32 - (BUCKETS / 2) as f32) / BUCKETS_PER_LEVEL
    };
    let mut all = vec![0u32; BUCKETS];
    for histogram in &histograms {
        all.iter_mut().zip(histogram).for_each(|(all, count)| *all += count);
    }
    let overall = median(&all);
    let few = FEW * edited.levels.len() as f32;
    // Of the darkest interval, and of the others: the sum of the drifts, and the number of pixels.
    let mut sums = [(0.0, 0.0); 2];
    let curve = Curve(std::array::from_fn(|interval| {
        let count = histograms[interval].iter().sum::<u32>() as f32;
        let weight = count / (count + few).max(1.0);
        let drift = weight * median(&histograms[interval]) + (1.0 - weight) * overall;
        let (sum, pixels) = &mut sums[interval.min(1)];
        *sum += drift.abs().min(MAX_COUNTED) * count;
        *pixels += count;
        drift.clamp(-MAX_APPLIED, MAX_APPLIED)
    }));
    let [(dark, dark_pixels), (lit, lit_pixels)] = sums;
    let pixels = f32::max(dark_pixels + lit_pixels, 1.0);
    ChannelDrift {
        curve,
        mean: (dark + lit) / pixels,
        mean_lit: if lit_pixels < MIN_LIT * pixels { 0.0 } else { lit / lit_pixels },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(level: impl Fn(usize, usize) -> f32) -> Channels {
        [0, 1, 2].map(|channel| {
            let levels = (0..64 * 64).map(|at| level(channel, at).clamp(0.0, 255.0)).collect();
            Plane { width: 64, height: 64, levels }
        })
    }

    #[test]
    fn a_drift_that_depends_on_the_level_is_found_despite_an_edit() {
        let level = |channel: usize, at: usize| ((at * 37 + channel * 11) % 240) as f32;
        let original = channels(level);
        let edited = channels(|channel, at| match at {
            // A black patch on a fifth of the picture.
            0..800 => 0.0,
            _ => level(channel, at) * 1.02 - 3.0,
        });
        let drift = ColorDrift::between(&edited, &original, None);
        for level in [40.0, 120.0, 200.0] {
            let found = drift.curve(0).at(level);
            assert!((found - (level * 0.02 - 3.0)).abs() < 0.8, "{level}: {found}");
        }
        assert!(drift.max < 3.0, "{}", drift.max);
    }

    #[test]
    fn the_drift_after_a_change_of_light_is_limited() {
        let level = |_, at: usize| (at % 200) as f32;
        let drift = ColorDrift::between(&channels(|c, at| level(c, at) + 30.0), &channels(level), None);
        assert_eq!(drift.max, MAX_COUNTED);
        assert_eq!(drift.curve(1).at(100.0), MAX_APPLIED);
    }

    #[test]
    fn an_edit_that_fills_an_interval_is_not_a_change_of_light() {
        // A tenth of the picture was white, and is black now. Nothing else is white.
        let level = |_, at: usize| if at < 410 { 250.0 } else { (at % 200) as f32 };
        let edited = channels(|c, at| if at < 410 { 0.0 } else { level(c, at) });
        let drift = ColorDrift::between(&edited, &channels(level), None);
        assert!(drift.max < 5.0, "{}", drift.max);
    }
}
