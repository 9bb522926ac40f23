//! The differences between two pictures that are more than the model and the codec cause in any picture.
//!
//! Three measures find three kinds of edits:
//!
//! - fine: how far a pixel is outside the range of its neighbors in the other picture. Finds thin lines, which resemble
//!   repainted texture otherwise.
//! - medium: the difference over a few pixels. Finds objects.
//! - coarse: the difference over about twenty pixels. Finds faint and large areas.
//!
//! Each measure is compared with its own noise. An edit contains pixels far above the noise, and extends to connected
//! pixels that are still above it (hysteresis). What only lost contrast is none (`softened`).

use seededit_base::parallel::{for_each, join};

use super::bit_mask::{BitMask, Connectivity};
use super::channels::{Channels, map_channels};
use super::noise::{Noise, Texture};
use super::signal::Signal;
use super::softened::{Window, softened};
use crate::plane::{Plane, fmax, fmin};

/// The standard deviation of the blur of the medium measure, in pixels.
const MEDIUM_SIGMA: f32 = 1.5;
/// The standard deviation of the blur of the coarse measure, in squares.
const COARSE_SIGMA: f32 = 1.0;
/// The side of the squares of the coarse measure, in pixels.
const SQUARE: usize = 4;

/// The weight of chroma in the medium measure. Codecs subsample chroma, and so lose much of it in small objects.
const CHROMA_WEIGHT: f32 = 0.6;

/// A multiple of the noise from which a pixel is certainly edited. Without an edit, real answers reach 8.6 (medium),
/// 8.2 (coarse) and 12 (fine).
const STRONG_MEDIUM: f32 = 9.5;
const STRONG_COARSE: f32 = 10.0;
const STRONG_FINE: f32 = 15.0;
/// A multiple of the noise from which a pixel is part of a connected edit. One unedited pixel in a hundred is above it,
/// which is too few to extend an edit far.
const WEAK_MEDIUM: f32 = 3.5;
const WEAK_COARSE: f32 = 4.0;
const WEAK_FINE: f32 = 4.2;
/// The multiple of the medium noise that a weak pixel of the coarse measure needs. The coarse measure alone extends
/// beyond the edges of objects.
const COARSE_NEEDS_MEDIUM: f32 = 1.5;
/// Differences are clamped to a multiple of the noise, so that strong ones do not spread far beyond their edge.
const MAX_MEDIUM: f32 = 20.0;
const MAX_COARSE: f32 = 10.0;
/// The same for the fine measure, in levels.
const MAX_FINE: f32 = 60.0;
/// The smallest number of strong pixels in an edit.
const MIN_STRONG_PIXELS: usize = 10;

/// The smallest noise, in levels: about the effect of rounding.
const MIN_MEDIUM_NOISE: f32 = 0.6;
const MIN_COARSE_NOISE: f32 = 0.5;
const MIN_FINE_NOISE: f32 = 0.5;

/// Half the width of the gaps in an edit that are closed, in pixels.
const GAP: f32 = 5.0;
/// Smaller holes belong to the edit around them, as a share of the picture.
const SMALL_HOLE: f32 = 0.0015;
/// Holes up to this share of the picture belong to the edit if their mean coarse difference is above this multiple of
/// the noise.
const LARGE_HOLE: f32 = 0.03;
const HOLE_NEEDS: f32 = 2.0;

/// A coarse difference, in levels, above which a pixel was not only repainted. In the unedited areas of real answers,
/// 99 of 100 pixels are below 5.
const REPAINTED: f32 = 6.0;

/// The differences between two pictures.
pub(super) struct Differences {
    /// The luma and chroma of the edited picture minus those of the original.
    signed: Channels,
    fine: Plane,
    texture: Texture,
    /// The luma of the original.
    luma: Plane,
}

impl Differences {
    pub(super) fn new(edited: Signal, original: Signal) -> Differences {
        let fine = fine(&edited.channels[0], &original.channels[0]);
        let texture = edited.texture.common(&original.texture);
        let luma = original.channels[0].clone();
        let ([one, two, three], [first, second, third]) = (edited.channels, original.channels);
        let signed = map_channels([(one, first), (two, second), (three, third)], |(edited, original)| {
            edited.zip_with(&original, |edited, original| edited - original)
        });
        Differences { signed, fine, texture, luma }
    }

    /// The pixels with large coarse differences, which were not only repainted.
    pub(super) fn replaced(&self) -> BitMask {
        let coarse = max_channel(map_channels(self.signed.each_ref(), |plane| {
            plane.square_means(SQUARE).gaussian_blur(COARSE_SIGMA)
        }));
        let (width, height) = (self.fine.width, self.fine.height);
        let coarse = coarse.repeat_pixels(SQUARE, width, height);
        BitMask { width, height, bits: coarse.levels.iter().map(|level| *level > REPAINTED).collect() }
    }

    /// Finds the edited pixels. The noise is estimated without the pixels of `known_changed`; with `threshold`, it
    /// follows from that. An edit is more than the pixels up to `border` from the sides.
    pub(super) fn changed(
        self,
        threshold: Option<f32>,
        known_changed: Option<&BitMask>,
        border: usize,
    ) -> BitMask {
        let noise = |measure: &Plane, quantile, least, strong: f32| match threshold {
            Some(levels) => Noise::uniform((levels / strong).max(0.01)),
            None => Noise::estimate(measure, &self.texture, quantile, least, known_changed),
        };
        let medium_noise = || {
            let medium = medium(&self.signed, |_, _| {});
            noise(&medium, 0.5, MIN_MEDIUM_NOISE, STRONG_MEDIUM).at_each(&self.texture)
        };
        let fine_noise = || noise(&self.fine, 0.75, MIN_FINE_NOISE, STRONG_FINE / 2.0).at_each(&self.texture);
        let (medium_noise, fine_noise) = join(medium_noise, fine_noise);
        let clamp = |multiple: f32, y: usize, row: &mut [f32]| {
            let noise = medium_noise.row(y / 2).iter().flat_map(|noise| [noise; 2]);
            row.iter_mut().zip(noise).for_each(|(level, noise)| {
                *level = fmax(fmin(*level, multiple * noise), -multiple * noise);
            });
        };
        let coarse = || {
            let squares = map_channels(self.signed.each_ref(), |plane| {
                plane
                    .square_means_with(SQUARE, |y, row| clamp(MAX_COARSE, y, row))
                    .gaussian_blur(COARSE_SIGMA)
            });
            let coarse = max_channel(squares).repeat_pixels(SQUARE, self.fine.width, self.fine.height);
            let noise = noise(&coarse, 0.5, MIN_COARSE_NOISE, STRONG_COARSE).at_each(&self.texture);
            (coarse, noise)
        };
        let (medium, (coarse, coarse_noise)) =
            join(|| medium(&self.signed, |y, row| clamp(MAX_MEDIUM, y, row)), coarse);
        let (width, height) = (medium.width, medium.height);
        let (mut strong, mut weak) = (BitMask::new(width, height), BitMask::new(width, height));
        let mut coarse_ratio = Plane::new(width, height);
        let row = width.max(1);
        let rows = strong.bits.chunks_mut(row).zip(weak.bits.chunks_mut(row));
        let rows = rows.zip(coarse_ratio.levels.chunks_mut(row)).enumerate();
        for_each(rows, |(y, ((strong, weak), coarse_ratio))| {
            let (medium_noise, coarse_noise) = (medium_noise.row(y / 2), coarse_noise.row(y / 2));
            let (fine, fine_noise) = (self.fine.row(y), fine_noise.row(y / 2));
            let (medium, coarse) = (medium.row(y), coarse.row(y));
            let is_row_inside = y >= border && y + border < height;
            for x in 0..width {
                let fine = fine[x] / fine_noise[x / 2];
                let medium = medium[x] / medium_noise[x / 2];
                let coarse = coarse[x] / coarse_noise[x / 2];
                coarse_ratio[x] = coarse;
                let is_strong = medium > STRONG_MEDIUM || coarse > STRONG_COARSE || fine > STRONG_FINE;
                strong[x] = is_strong && is_row_inside && x >= border && x + border < width;
                weak[x] = is_strong
                    || medium > WEAK_MEDIUM
                    || coarse > WEAK_COARSE && medium > COARSE_NEEDS_MEDIUM
                    || fine > WEAK_FINE;
            }
        });
        let noise = |x: usize, y: usize| (medium_noise.row(y / 2)[x / 2], fine_noise.row(y / 2)[x / 2]);
        let is_edit = |part: &[usize]| {
            let of_part = |is: &dyn Fn(usize) -> bool| {
                part.iter().filter(|at| is(**at)).nth(MIN_STRONG_PIXELS - 1).is_some()
            };
            let window = Window::of_small_part(part, width, height).filter(|_| threshold.is_none());
            of_part(&|at| strong.bits[at])
                && window.is_none_or(|window| {
                    let is_coarse = |at: usize| strong.bits[at] && coarse_ratio.levels[at] > STRONG_COARSE;
                    of_part(&is_coarse) || of_part(&self.strong_if_softened(window, &noise))
                })
        };
        let edited = hysteresis(&weak, is_edit);
        // Freeing this memory takes about as long as the remaining work.
        join(|| fill_holes(&edited, &coarse_ratio), move || drop((self, medium, coarse))).0
    }

    /// Returns a function that says whether a pixel is certainly edited by its fine or its medium measure, even if the original
    /// is softened. The pixel has to be in the middle of the window. `noise` returns the medium and the fine noise at a place.
    fn strong_if_softened<'a>(
        &'a self,
        window: Window,
        noise: &'a dyn Fn(usize, usize) -> (f32, f32),
    ) -> impl Fn(usize) -> bool + 'a {
        let luma = window.cut_from(&self.luma);
        let soft = softened(&luma);
        let [signed, cb, cr] = map_channels(self.signed.each_ref(), |plane| window.cut_from(plane));
        let edited = luma.zip_with(&signed, |luma, signed| luma + signed);
        let signed = edited.clone().zip_with(&soft, |edited, soft| edited - soft);
        let (fine, medium) = (fine(&edited, &soft), medium(&[signed, cb, cr], |_, _| {}));
        move |at| {
            let (x, y) = (at % self.fine.width, at / self.fine.width);
            let (medium_noise, fine_noise) = noise(x, y);
            let (x, y) = (x - window.left, y - window.top);
            medium.row(y)[x] > STRONG_MEDIUM * medium_noise || fine.row(y)[x] > STRONG_FINE * fine_noise
        }
    }
}

/// The fine measure: how far each pixel of either picture is outside the range of its neighbors in the other one.
fn fine(one: &Plane, two: &Plane) -> Plane {
    let mut outside = Plane::new(one.width, one.height);
    for_each(outside.bands(), |(top, rows)| outside_range(one, two, top, rows));
    mean_of_nine(&outside)
}

/// The rows of the fine measure from `top` on, before they are averaged.
fn outside_range(one: &Plane, two: &Plane, top: usize, into: &mut [f32]) {
    let mut ranges = (Vec::new(), Vec::new());
    for (y, into) in into.chunks_exact_mut(one.width.max(1)).enumerate() {
        for (plane, other) in [(one, two), (two, one)] {
            other.column_ranges(top + y, &mut ranges);
            let (smallest, largest) = (ranges.0.windows(3), ranges.1.windows(3));
            let levels = plane.row(top + y).iter().zip(smallest).zip(largest);
            for (into, ((level, smallest), largest)) in into.iter_mut().zip(levels) {
                let above = level - fmax(fmax(largest[0], largest[1]), largest[2]);
                let below = fmin(fmin(smallest[0], smallest[1]), smallest[2]) - level;
                *into = fmax(*into, fmin(fmax(above, below), MAX_FINE));
            }
        }
    }
}

fn mean_of_nine(plane: &Plane) -> Plane {
    let mut means = Plane::new(plane.width, plane.height);
    let last = plane.width.saturating_sub(1);
    for_each(means.bands(), |(top, band)| {
        let mut sums = vec![0.0; plane.width];
        for (y, into) in (top..).zip(band.chunks_exact_mut(plane.width.max(1))) {
            sums.fill(0.0);
            for row in [y.saturating_sub(1), y, (y + 1).min(plane.height - 1)] {
                sums.iter_mut().zip(plane.row(row)).for_each(|(sum, level)| *sum += level);
            }
            for (x, into) in into.iter_mut().enumerate() {
                *into = (sums[x.saturating_sub(1)] + sums[x] + sums[(x + 1).min(last)]) / 9.0;
            }
        }
    });
    means
}

/// The medium measure, after `adjust` is applied to each row.
fn medium(signed: &Channels, adjust: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
    let [luma, cb, cr] =
        map_channels(signed.each_ref(), |plane| plane.gaussian_blur_with(MEDIUM_SIGMA, &adjust));
    let weighted = |level: f32| level * CHROMA_WEIGHT;
    max_channel([luma, cb.map(weighted), cr.map(weighted)])
}

/// The largest absolute level of three channels.
fn max_channel([one, two, three]: Channels) -> Plane {
    one.zip_with(&two, |one, two| fmax(one.abs(), two.abs()))
        .zip_with(&three, |max, three| fmax(max, three.abs()))
}

/// The components of the weak mask that are edits.
fn hysteresis(weak: &BitMask, is_edit: impl Fn(&[usize]) -> bool) -> BitMask {
    let mut edited = BitMask::new(weak.width, weak.height);
    weak.connected_components(Connectivity::Eight, |component| {
        if is_edit(component) {
            component.iter().for_each(|at| edited.bits[*at] = true);
        }
    });
    edited
}

/// Closes gaps, and fills holes in which the original happens to have the colors of the new object.
fn fill_holes(edited: &BitMask, coarse_ratio: &Plane) -> BitMask {
    if edited.is_empty() {
        return edited.clone();
    }
    let mut filled = edited.close(GAP);
    let [small, large] = [SMALL_HOLE, LARGE_HOLE].map(|share| share * edited.bits.len() as f32);
    let mut holes = Vec::new();
    filled.holes(|hole| {
        let size = hole.len() as f32;
        let mean = hole.iter().map(|at| coarse_ratio.levels[*at]).sum::<f32>() / size;
        if size < small || size < large && mean > HOLE_NEEDS {
            holes.extend_from_slice(hole);
        }
    });
    holes.into_iter().for_each(|at| filled.bits[at] = true);
    filled
}
