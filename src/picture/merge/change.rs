//! What an edit changed: the pixels in which the edited picture differs from the original by more than
//! the model and the codec do to any picture.
//!
//! Three measures see three kinds of edits. *Fine* is how far a pixel lies outside of the levels around it
//! in the other picture: thin things, whose neighbours a repainted texture resembles. *Middle* is the
//! difference over a few pixels: objects. *Coarse* is the difference over some twenty: what is faint and
//! large. Each is held against its own noise. Where one is far above it lies an edit, which reaches as
//! far as any of them stays above it.

use image::RgbImage;
use rayon::join;
use rayon::prelude::*;

use super::bit_mask::{BitMask, Connectivity};
use super::color_drift::ColorDrift;
use super::features::{Features, Signal};
use super::noise::{Noise, Texture};
use super::plane::{Plane, Planes, downsample_2x, fmax, fmin, image_to_ycbcr, map_channels, to_ycbcr};

/// How wide the middle measure looks: the standard deviation of its blur, in pixels.
const MIDDLE: f32 = 1.5;
/// How wide the coarse one looks, in squares of [`SQUARE`] pixels.
const COARSE: f32 = 1.0;
const SQUARE: usize = 4;

/// What a difference in colour counts in the middle measure beside one in light: codecs keep colours at half the
/// resolution, and lose much of what small things have of them.
const COLOR_IN_MIDDLE: f32 = 0.6;

/// Above so many times its noise, a measure has found an edit: real results without one reach 8.6 (middle),
/// 8.2 (coarse) and 12 (fine).
const STRONG_MIDDLE: f32 = 9.5;
const STRONG_COARSE: f32 = 10.0;
const STRONG_FINE: f32 = 15.0;
/// Above so many times its noise, a measure still follows it. One pixel in a hundred is above that anyway,
/// too few to lead far.
const WEAK_MIDDLE: f32 = 3.5;
const WEAK_COARSE: f32 = 4.0;
const WEAK_FINE: f32 = 4.2;
/// What is coarsely different is so only where it also is a little different in the middle measure: the
/// coarse one sees past the edge of things.
const COARSE_NEEDS: f32 = 1.5;
/// Differences count up to so many times the noise, so that strong ones do not shine far beyond their edge.
const BOUND_MIDDLE: f32 = 20.0;
const BOUND_COARSE: f32 = 10.0;
/// The same for the fine measure, in levels.
const BOUND_FINE: f32 = 60.0;
/// Sure pixels that an edit has to have.
const STRONG_PIXELS: usize = 10;

/// Noise is not less than this, in levels: about what rounding leaves.
const LEAST_MIDDLE: f32 = 0.6;
const LEAST_COARSE: f32 = 0.5;
const LEAST_FINE: f32 = 0.5;

/// Gaps in an edit up to twice this wide are a part of it, in pixels.
const GAP: f32 = 5.0;
/// Holes up to this share of the picture are a part of the edit around them.
const SMALL_HOLE: f32 = 0.0015;
/// Larger ones, up to this share, are if what is in them differs by so many times the noise.
const LARGE_HOLE: f32 = 0.03;
const HOLE_NEEDS: f32 = 2.0;

/// How far from an edit its pixels are no measure of noise and drift.
const AWAY: f32 = 8.0;

/// With a difference over [`SQUARE`] and more pixels above this, in levels, a pixel is not just repainted:
/// in real results 99 in 100 stay below 5 where nothing was edited.
const OTHER: f32 = 6.0;
/// With more than this share of such pixels, it is another picture.
const MOST: f32 = 0.5;
/// With a drift of more levels than this, it is another light. Real results drift by 2 to 4.
const OTHER_LIGHT: f32 = 10.0;

/// What was found.
pub(super) enum Change {
    /// Another picture: nothing of the original is left to be preserved.
    Whole,
    /// These pixels, or none. The colours of all others drift.
    Parts(BitMask, ColorDrift),
}

/// Finds what changed. With `threshold`, a difference of so many levels over a few pixels is an edit,
/// whatever the noise.
pub(super) fn find(edited: Features, original: &RgbImage, threshold: Option<f32>) -> Change {
    let small = downsample_2x(original);
    // A rough look at half the size, to learn the drift of what was not edited.
    let tone = ColorDrift::between(&edited.halves, &small, None);
    let rough = Differences::of(edited.rough, Signal::of(to_ycbcr(small.clone(), tone.drift())));
    if tone.most > OTHER_LIGHT || rough.is_another_picture() {
        return Change::Whole;
    }
    let changed = rough.changed(threshold, None).dilate(AWAY / 2.0);
    let unchanged = (changed.share() < 1.0 - FEWEST_UNCHANGED).then_some(&changed);
    let tone = ColorDrift::between(&edited.halves, &small, unchanged);
    if tone.most > OTHER_LIGHT {
        return Change::Whole;
    }
    let known =
        unchanged.map(|changed| doubled(changed, original.width() as usize, original.height() as usize));
    drop((edited.halves, small));
    let original = Signal::of(image_to_ycbcr(original, tone.drift()));
    let changed = Differences::of(edited.full, original).changed(threshold, known.as_ref());
    match changed.share() > MOST {
        true => Change::Whole,
        false => Change::Parts(changed, tone),
    }
}

/// What is left of a picture has to be this share of it, to be looked at alone.
const FEWEST_UNCHANGED: f32 = 0.2;

fn doubled(shape: &BitMask, width: usize, height: usize) -> BitMask {
    let at = |place: usize| shape.bits[place / width / 2 * shape.width + place % width / 2];
    BitMask { width, height, bits: (0..width * height).map(at).collect() }
}

/// Two pictures, compared.
struct Differences {
    /// Light and colours of the one less those of the other.
    signed: Planes,
    fine: Plane,
    texture: Texture,
}

impl Differences {
    fn of(edited: Signal, original: Signal) -> Differences {
        let fine = fine(&edited.levels[0], &original.levels[0]);
        let texture = edited.texture.common(&original.texture);
        let ([one, two, three], [first, second, third]) = (edited.levels, original.levels);
        let signed = map_channels([(one, first), (two, second), (three, third)], |(edited, original)| {
            edited.zip(&original, |one, two| one - two)
        });
        Differences { signed, fine, texture }
    }

    /// Whether most of it differs in the large.
    fn is_another_picture(&self) -> bool {
        let coarse =
            max_channel(map_channels(self.signed.each_ref(), |plane| plane.reduced(SQUARE).blurred(COARSE)));
        let other = coarse.levels.iter().filter(|level| **level > OTHER).count();
        other as f32 > MOST * coarse.levels.len() as f32
    }

    /// The pixels that were edited. `known` ones are no measure of noise.
    fn changed(self, threshold: Option<f32>, known: Option<&BitMask>) -> BitMask {
        let noise = |measure: &Plane, below, least, strong: f32| match threshold {
            Some(levels) => Noise::even((levels / strong).max(0.01)),
            None => Noise::of(measure, &self.texture, below, least, known),
        };
        let middle_noise = || {
            let middle = middle_of(&self.signed, |_, _| {});
            noise(&middle, 0.5, LEAST_MIDDLE, STRONG_MIDDLE).around(&self.texture)
        };
        let fine_noise = || noise(&self.fine, 0.75, LEAST_FINE, STRONG_FINE / 2.0).around(&self.texture);
        let (middle_noise, fine_noise) = join(middle_noise, fine_noise);
        let bound = |times: f32, y: usize, row: &mut [f32]| {
            let noise = middle_noise.row(y / 2).iter().flat_map(|noise| [noise; 2]);
            row.iter_mut().zip(noise).for_each(|(level, noise)| {
                *level = fmax(fmin(*level, times * noise), -times * noise);
            });
        };
        let coarse = || {
            let squares = map_channels(self.signed.each_ref(), |plane| {
                plane.reduced_with(SQUARE, |y, row| bound(BOUND_COARSE, y, row)).blurred(COARSE)
            });
            let coarse = max_channel(squares).enlarged(SQUARE, self.fine.width, self.fine.height);
            let noise = noise(&coarse, 0.5, LEAST_COARSE, STRONG_COARSE).around(&self.texture);
            (coarse, noise)
        };
        let (middle, (coarse, coarse_noise)) =
            join(|| middle_of(&self.signed, |y, row| bound(BOUND_MIDDLE, y, row)), coarse);
        let (width, height) = (middle.width, middle.height);
        let (mut strong, mut weak) = (BitMask::new(width, height), BitMask::new(width, height));
        let mut strength = Plane::new(width, height);
        let row = width.max(1);
        let rows = strong.bits.par_chunks_mut(row).zip(weak.bits.par_chunks_mut(row));
        let rows = rows.zip(strength.levels.par_chunks_mut(row)).enumerate();
        rows.for_each(|(y, ((strong, weak), strength))| {
            let (middle_noise, coarse_noise) = (middle_noise.row(y / 2), coarse_noise.row(y / 2));
            let (fine, fine_noise) = (self.fine.row(y), fine_noise.row(y / 2));
            let (middle, coarse) = (middle.row(y), coarse.row(y));
            for x in 0..width {
                let fine = fine[x] / fine_noise[x / 2];
                let middle = middle[x] / middle_noise[x / 2];
                let coarse = coarse[x] / coarse_noise[x / 2];
                strength[x] = coarse;
                strong[x] = middle > STRONG_MIDDLE || coarse > STRONG_COARSE || fine > STRONG_FINE;
                weak[x] = strong[x]
                    || middle > WEAK_MIDDLE
                    || coarse > WEAK_COARSE && middle > COARSE_NEEDS
                    || fine > WEAK_FINE;
            }
        });
        // To give back that much memory takes about as long as what is left to do.
        join(|| fill_holes(&hysteresis(&weak, &strong), &strength), move || drop((self, middle, coarse))).0
    }
}

/// How far each pixel of either picture lies outside of the levels that its neighbours have in the other.
fn fine(one: &Plane, two: &Plane) -> Plane {
    let mut either = Plane::new(one.width, one.height);
    either.bands().for_each(|(top, rows)| outside_rows(one, two, top, rows));
    mean_of_nine(&either)
}

/// The rows from `top` on of what [`fine`] is the mean of.
fn outside_rows(one: &Plane, two: &Plane, top: usize, into: &mut [f32]) {
    let mut range = (Vec::new(), Vec::new());
    for (y, into) in into.chunks_exact_mut(one.width.max(1)).enumerate() {
        for (of, window) in [(one, two), (two, one)] {
            window.range_around(top + y, &mut range);
            let (least, most) = (range.0.windows(3), range.1.windows(3));
            let levels = of.row(top + y).iter().zip(least).zip(most);
            for (into, ((level, least), most)) in into.iter_mut().zip(levels) {
                let above = level - fmax(fmax(most[0], most[1]), most[2]);
                let below = fmin(fmin(least[0], least[1]), least[2]) - level;
                *into = fmax(*into, fmin(fmax(above, below), BOUND_FINE));
            }
        }
    }
}

fn mean_of_nine(plane: &Plane) -> Plane {
    let mut sums = Plane::new(plane.width, plane.height);
    let last = plane.width.saturating_sub(1);
    sums.bands().for_each(|(top, band)| {
        let mut column = vec![0.0; plane.width];
        for (y, into) in (top..).zip(band.chunks_exact_mut(plane.width.max(1))) {
            column.fill(0.0);
            for near in [y.saturating_sub(1), y, (y + 1).min(plane.height - 1)] {
                column.iter_mut().zip(plane.row(near)).for_each(|(sum, level)| *sum += level);
            }
            for (x, into) in into.iter_mut().enumerate() {
                *into = (column[x.saturating_sub(1)] + column[x] + column[(x + 1).min(last)]) / 9.0;
            }
        }
    });
    sums
}

/// How far light, or in a lesser measure a colour, differs over a few pixels; `change` is done to rows before.
fn middle_of(signed: &Planes, change: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
    let [light, bluish, reddish] =
        map_channels(signed.each_ref(), |plane| plane.blurred_with(MIDDLE, &change));
    let lesser = |level: f32| level * COLOR_IN_MIDDLE;
    max_channel([light, bluish.map(lesser), reddish.map(lesser)])
}

/// The strongest of three channels, whichever way it differs.
fn max_channel([one, two, three]: Planes) -> Plane {
    one.zip(&two, |one, two| fmax(one.abs(), two.abs())).zip(&three, |most, three| fmax(most, three.abs()))
}

/// The parts of `maybe` that have enough sure pixels.
fn hysteresis(weak: &BitMask, strong: &BitMask) -> BitMask {
    let mut followed = BitMask::new(weak.width, weak.height);
    weak.connected_components(Connectivity::Eight, |part| {
        if part.iter().filter(|at| strong.bits[**at]).nth(STRONG_PIXELS - 1).is_some() {
            part.iter().for_each(|at| followed.bits[*at] = true);
        }
    });
    followed
}

/// An edit without its gaps and holes, where background happens to have the colours of what was drawn on it.
fn fill_holes(found: &BitMask, strength: &Plane) -> BitMask {
    if found.is_empty() {
        return found.clone();
    }
    let mut closed = found.close(GAP);
    let [small, large] = [SMALL_HOLE, LARGE_HOLE].map(|share| share * found.bits.len() as f32);
    let mut holes = Vec::new();
    closed.holes(|hole| {
        let mean = hole.iter().map(|at| strength.levels[*at]).sum::<f32>() / hole.len() as f32;
        let size = hole.len() as f32;
        if size < small || size < large && mean > HOLE_NEEDS {
            holes.extend_from_slice(hole);
        }
    });
    holes.into_iter().for_each(|at| closed.bits[at] = true);
    closed
}
