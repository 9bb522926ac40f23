//! Finds what an edit changed: first roughly at half the size, then at the full size.

use image::RgbImage;

use super::agreement::Agreement;
use super::bit_mask::BitMask;
use super::channels::{downsample_2x, image_to_ycbcr, luma, luma_of, to_ycbcr};
use super::color_drift::ColorDrift;
use super::contrast;
use super::differences::Differences;
use super::sharpness::{TextureChange, Textures};
use super::signal::{Features, Signal};

/// The distance from an edit, in pixels, within which pixels say nothing about noise and drift.
const MARGIN: f32 = 8.0;
/// The smallest share of pixels that show the same from which noise and drift are estimated without the others.
const MIN_SAME: f32 = 0.03;
/// If less than this share of the picture is left of the original, it is another picture.
const MIN_KEPT: f32 = 0.04;
/// If a larger share of pixels changed, some of the others are equal by chance.
const MOST: f32 = 0.5;

/// Half the width of the gaps between changed texture and changed objects that are closed, in pixels.
const GAP: f32 = 8.0;

pub(super) enum Change {
    /// Nothing of the original can be preserved: all of it has other colors, or it is another picture.
    Whole {
        /// Whether the pictures show the same.
        is_related: bool,
    },
    /// All of it has another texture: there is less noise, for example.
    Retextured,
    /// Only parts changed.
    Parts {
        /// The changed pixels, which may be none.
        changed: BitMask,
        /// How the colors of the others drifted.
        drift: ColorDrift,
        /// Whether the pictures show the same.
        is_related: bool,
        /// Whether the pixels that did not change show that both pictures belong together.
        is_evident: bool,
    },
}

/// How far the surroundings of the original affect an answer that shows them, in pixels.
const BORDER: usize = 4;

/// Finds the changed pixels. With `threshold`, a difference of this number of levels over a few pixels is a change,
/// whatever the noise.
///
/// With `has_border`, both pictures are parts of larger ones, which were scaled before they were cut out. What is beside
/// them then affects the pixels at their border.
///
/// `jpeg_quality` is that of the file of the edited picture, if it was a JPEG of this size.
pub(super) fn find(
    edited: Features,
    original: &RgbImage,
    threshold: Option<f32>,
    has_border: bool,
    jpeg_quality: Option<u8>,
) -> Change {
    let border = if has_border { BORDER } else { 0 };
    let half_original = downsample_2x(original);
    let half_luma = luma_of(&half_original);
    let agreement = Agreement::new(&edited.half.channels[0], &half_luma);
    if contrast::is_scaled(&edited.half.channels[0], &half_luma) {
        return Change::Whole { is_related: true };
    }
    drop(half_luma);
    let mut drift = ColorDrift::between(&edited.half_rgb, &half_original, None);
    if drift.is_light() || drift.is_light_where_lit() {
        // Most of the picture may be replaced, or of what is lit.
        let same = agreement.same();
        let of_same = ColorDrift::between(&edited.half_rgb, &half_original, Some(&same.invert()));
        let is_light = match same.share() < MIN_SAME {
            true => drift.is_light(),
            false => of_same.is_light() || of_same.is_light_where_lit(),
        };
        if is_light {
            return Change::Whole { is_related: agreement.is_related() };
        }
        if drift.is_light() {
            drift = of_same;
        }
    }
    let drifted = Signal::new(to_ycbcr(half_original.clone(), drift.apply()));
    let rough = Differences::new(edited.half, drifted);
    let replaced = rough.replaced().or(&agreement.different());
    // The drift of what is unchanged, for the final comparison.
    let known = (replaced.share() > MOST && replaced.share() < 1.0 - MIN_SAME).then_some(&replaced);
    let changed = rough.changed(threshold, known, border / 2).dilate(MARGIN / 2.0);
    let changed = (changed.share() < 1.0 - MIN_SAME).then_some(&changed);
    let drift = ColorDrift::between(&edited.half_rgb, &half_original, changed);
    if drift.is_light() {
        return Change::Whole { is_related: agreement.is_related() };
    }
    let changed =
        changed.map(|changed| doubled(changed, original.width() as usize, original.height() as usize));
    drop((edited.half_rgb, half_original));
    let drifted = Signal::new(image_to_ycbcr(original, drift.apply()));
    // With a threshold, any difference that large counts, and no other one.
    let texture = match threshold {
        None => {
            let (edited, drifted) = (&edited.full.channels[0], &drifted.channels[0]);
            Textures::of_changed(edited, drifted, || luma(original), changed.as_ref(), jpeg_quality)
        }
        Some(_) => None,
    };
    let changed = Differences::new(edited.full, drifted).changed(threshold, changed.as_ref(), border);
    let changed = match texture.map_or(TextureChange::Nowhere, |texture| texture.change(&changed)) {
        TextureChange::Nowhere => changed,
        TextureChange::Parts(parts) => changed.or(&parts).close(GAP),
        TextureChange::Everywhere => return Change::Retextured,
    };
    let is_related = agreement.is_related();
    let changed = if changed.share() <= MOST {
        changed
    } else {
        let kept = agreement.compact(&changed.invert());
        if kept.share() < MIN_KEPT {
            return Change::Whole { is_related };
        }
        kept.invert()
    };
    let is_evident = agreement.is_evident_beside(&changed);
    Change::Parts { changed, drift, is_related, is_evident }
}

fn doubled(mask: &BitMask, width: usize, height: usize) -> BitMask {
    let bit = |at: usize| mask.bits[at / width / 2 * mask.width + at % width / 2];
    BitMask { width, height, bits: (0..width * height).map(bit).collect() }
}
