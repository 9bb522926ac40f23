//! Finds what an edit changed: first roughly at half the size, then at the full size.

use image::RgbImage;

use super::bit_mask::BitMask;
use super::channels::{downsample_2x, image_to_ycbcr, to_ycbcr};
use super::color_drift::ColorDrift;
use super::differences::Differences;
use super::signal::{Features, Signal};

/// The distance from an edit, in pixels, within which pixels say nothing about noise and drift.
const MARGIN: f32 = 8.0;
/// The smallest share of unchanged pixels from which noise and drift are estimated without the changed ones.
const MIN_UNCHANGED: f32 = 0.2;
/// If a larger share of pixels changed, it is another picture.
const MAX_CHANGED: f32 = 0.5;
/// A larger drift, in levels, is a change of light. In real answers, colors drift by 2 to 4 levels.
const MAX_DRIFT: f32 = 10.0;

pub(super) enum Change {
    /// It is another picture, so nothing of the original can be preserved.
    Whole,
    /// These pixels changed, which may be none. The colors of the others drifted.
    Parts(BitMask, ColorDrift),
}

/// Finds the changed pixels. With `threshold`, a difference of this number of levels over a few pixels is a change,
/// whatever the noise.
pub(super) fn find(edited: Features, original: &RgbImage, threshold: Option<f32>) -> Change {
    let half_original = downsample_2x(original);
    let drift = ColorDrift::between(&edited.half_rgb, &half_original, None);
    let drifted = Signal::new(to_ycbcr(half_original.clone(), drift.apply()));
    let rough = Differences::new(edited.half, drifted);
    if drift.max > MAX_DRIFT || rough.is_another_picture(MAX_CHANGED) {
        return Change::Whole;
    }
    // The drift of what is unchanged, for the final comparison.
    let changed = rough.changed(threshold, None).dilate(MARGIN / 2.0);
    let changed = (changed.share() < 1.0 - MIN_UNCHANGED).then_some(&changed);
    let drift = ColorDrift::between(&edited.half_rgb, &half_original, changed);
    if drift.max > MAX_DRIFT {
        return Change::Whole;
    }
    let changed =
        changed.map(|changed| doubled(changed, original.width() as usize, original.height() as usize));
    drop((edited.half_rgb, half_original));
    let drifted = Signal::new(image_to_ycbcr(original, drift.apply()));
    let changed = Differences::new(edited.full, drifted).changed(threshold, changed.as_ref());
    if changed.share() > MAX_CHANGED { Change::Whole } else { Change::Parts(changed, drift) }
}

fn doubled(mask: &BitMask, width: usize, height: usize) -> BitMask {
    let bit = |at: usize| mask.bits[at / width / 2 * mask.width + at % width / 2];
    BitMask { width, height, bits: (0..width * height).map(bit).collect() }
}
