//! The drift of colours: what happens to all of a picture when it is made anew, and is no edit.

use super::bit_mask::BitMask;
use super::plane::{Plane, Planes, map_channels};

/// How many stretches the scale of levels is cut into.
const STEPS: usize = 8;
/// How many levels one is long.
const STEP: f32 = 256.0 / STEPS as f32;
/// The furthest that levels drift, and still are the same picture: real results drift by 2 to 6.
const FURTHEST: f32 = 12.0;
/// A stretch counts as drifting by so many levels at most: what fills one may be an edit, and none of the light.
const MOST_OF_A_STRETCH: f32 = 20.0;
/// A stretch with fewer pixels than this share of the picture follows the picture as a whole.
const FEW: f32 = 0.02;

/// How far one channel drifts, by level.
#[derive(Clone, Copy)]
pub(super) struct Curve([f32; STEPS]);

/// How far the colours of a picture drift.
#[derive(Clone, Copy)]
pub(super) struct ColorDrift {
    curves: [Curve; 3],
    /// The drift of the channel that drifts most, in levels, before it is bounded.
    pub(super) most: f32,
}

impl ColorDrift {
    /// No drift.
    pub(super) const NONE: ColorDrift = ColorDrift { curves: [Curve([0.0; STEPS]); 3], most: 0.0 };

    /// How far `edited` drifts from `original`, where it is not `changed`.
    pub(super) fn between(edited: &Planes, original: &Planes, changed: Option<&BitMask>) -> ColorDrift {
        let found = map_channels([0, 1, 2], |channel| drift(&edited[channel], &original[channel], changed));
        ColorDrift {
            curves: found.map(|(curve, _)| curve),
            most: found.iter().fold(0.0, |most, (_, drift)| drift.abs().max(most)),
        }
    }

    pub(super) fn curve(&self, channel: usize) -> Curve {
        self.curves[channel]
    }

    /// What makes a level of a channel of the original the one that it has drifted to.
    pub(super) fn drift(&self) -> impl Fn(usize, f32) -> f32 {
        let curves = self.curves;
        move |channel, level| level + curves[channel].at(level)
    }
}

impl Curve {
    /// How far this level drifts.
    pub(super) fn at(self, level: f32) -> f32 {
        let place = (level / STEP - 0.5).clamp(0.0, (STEPS - 1) as f32);
        let first = (place as usize).min(STEPS - 2);
        let (low, high) = (self.0[first], self.0[first + 1]);
        low + (high - low) * (place - first as f32)
    }
}

/// One channel's curve, and its drift as a whole.
fn drift(edited: &Plane, original: &Plane, changed: Option<&BitMask>) -> (Curve, f32) {
    // Quarters of a level, from -256 to 256.
    const FINE: f32 = 4.0;
    const BUCKETS: usize = 2048;
    let mut counts = vec![[0u32; BUCKETS]; STEPS];
    for (at, (edited, original)) in edited.levels.iter().zip(&original.levels).enumerate() {
        if changed.is_some_and(|changed| changed.bits[at]) {
            continue;
        }
        let step = ((original / STEP) as usize).min(STEPS - 1);
        // To the nearest of them: none lies below zero.
        let bucket = (edited - original) * FINE + (BUCKETS / 2) as f32 + 0.5;
        counts[step][(bucket as usize).min(BUCKETS - 1)] += 1;
    }
    let median = |counts: &[u32]| {
        let half = counts.iter().sum::<u32>() / 2;
        let mut sum = 0;
        let place = counts.iter().position(|count| {
            sum += count;
            sum > half
        });
        (place.unwrap_or(BUCKETS / 2) as f32 - (BUCKETS / 2) as f32) / FINE
    };
    let mut all = vec![0u32; BUCKETS];
    for counts in &counts {
        all.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
    }
    let whole = median(&all);
    let few = FEW * edited.levels.len() as f32;
    let mut drifts = 0.0;
    let mut pixels = 0.0;
    let curve = Curve(std::array::from_fn(|step| {
        let count = counts[step].iter().sum::<u32>() as f32;
        let share = count / (count + few).max(1.0);
        let drift = share * median(&counts[step]) + (1.0 - share) * whole;
        drifts += drift.abs().min(MOST_OF_A_STRETCH) * count;
        pixels += count;
        drift.clamp(-FURTHEST, FURTHEST)
    }));
    (curve, drifts / f32::max(pixels, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(of: impl Fn(usize, usize) -> f32) -> Planes {
        [0, 1, 2].map(|channel| {
            let levels = (0..64 * 64).map(|at| of(channel, at).clamp(0.0, 255.0)).collect();
            Plane { width: 64, height: 64, levels }
        })
    }

    #[test]
    fn a_drift_that_depends_on_the_level_is_found_and_an_edit_is_not_taken_for_one() {
        let level = |channel: usize, at: usize| ((at * 37 + channel * 11) % 240) as f32;
        let original = planes(level);
        let edited = planes(|channel, at| match at {
            // A black patch on a fifth of the picture.
            0..800 => 0.0,
            _ => level(channel, at) * 1.02 - 3.0,
        });
        let tone = ColorDrift::between(&edited, &original, None);
        for level in [40.0, 120.0, 200.0] {
            let found = tone.curve(0).at(level);
            assert!((found - (level * 0.02 - 3.0)).abs() < 0.8, "{level}: {found}");
        }
        assert!(tone.most < 3.0, "{}", tone.most);
    }

    #[test]
    fn a_change_of_light_is_more_than_a_drift() {
        let level = |_, at: usize| (at % 200) as f32;
        let tone = ColorDrift::between(&planes(|c, at| level(c, at) + 30.0), &planes(level), None);
        assert_eq!(tone.most, MOST_OF_A_STRETCH);
        assert_eq!(tone.curve(1).at(100.0), FURTHEST);
    }

    #[test]
    fn an_edit_that_is_all_that_there_is_of_its_levels_is_no_light() {
        // A tenth of the picture was white, and is black now; nothing else is white.
        let level = |_, at: usize| if at < 410 { 250.0 } else { (at % 200) as f32 };
        let edited = planes(|c, at| if at < 410 { 0.0 } else { level(c, at) });
        let tone = ColorDrift::between(&edited, &planes(level), None);
        assert!(tone.most < 5.0, "{}", tone.most);
    }
}
