//! Blurs of pictures that are smooth in most places: a portrait has texture in its hair and eyes, and a landscape below its
//! sky.
//!
//! If nearly all cells with fine texture lost it, the rest of the picture may be blurred, too, and what changed only faintly
//! belongs to the edit. The same is true if the only thing in a picture was removed, such as wires before a sky. But a blur
//! spreads what it takes: around the cells, the picture is as light as before.

use super::{BitMask, FAINT_LOSS, MIN_CELLS, MIN_LOSS, SIDE, Textures, around};
use crate::plane::Plane;
use crate::statistics::median;

/// The factor of the variance of fine texture that a blur leaves at most. A JPEG of quality 40 leaves more in nine of ten
/// cells.
const LEFT: f32 = 0.3;
/// The factor above which a cell has something new.
const NEW: f32 = 1.5;
/// The share of the cells with fine texture that have to lose it.
const ALMOST_ALL: f32 = 0.95;
/// The least share of the picture's cells that have fine texture.
const MIN_TEXTURED: f32 = 0.03;
/// How much the light around most of these cells may change, as a share of the difference between the pictures, and in
/// levels. Blurs of up to 16 pixels change it by less than 0.04, and things that were removed by more than 0.07.
const MAX_CHANGE: f32 = 0.05;
const MAX_ROUNDING: f32 = 0.15;

/// What changed faintly, in squares of levels: the difference between the pixels of a cell, and that between pixels a few
/// pixels around.
const FAINT_DIFFERENCE: f32 = 4.0;
const FAINT_AROUND: f32 = 2.0;
/// The standard deviation of the blur that tells the difference around a pixel, in pixels, and the most that a pixel counts
/// there: what stands out is found by itself.
const AROUND: f32 = 3.0;
const MAX_OF_PIXEL: f32 = 50.0;

/// How the pixels of a cell differ: the edited ones minus the original ones.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    mean: f32,
    square: f32,
}

impl Difference {
    /// The variance of the differences, which a drift does not change.
    pub(super) fn variance(self) -> f32 {
        (self.square - self.mean * self.mean).max(0.0)
    }
}

/// The differences between two pictures, in each cell.
pub(super) fn differences(edited: &Plane, original: &Plane) -> Vec<Difference> {
    let columns = edited.width.div_ceil(SIDE);
    let rows = edited.height.div_ceil(SIDE);
    let mut sums = vec![(0.0, 0.0, 0.0); columns * rows];
    for y in 0..edited.height {
        let sums = &mut sums[y / SIDE * columns..][..columns];
        let cells = edited.row(y).chunks(SIDE).zip(original.row(y).chunks(SIDE));
        for ((sum, squares, count), (edited, original)) in sums.iter_mut().zip(cells) {
            for difference in edited.iter().zip(original).map(|(edited, original)| edited - original) {
                *sum += difference;
                *squares += difference * difference;
                *count += 1.0;
            }
        }
    }
    let difference =
        |(sum, squares, count): (f32, f32, f32)| Difference { mean: sum / count, square: squares / count };
    sums.into_iter().map(difference).collect()
}

impl Textures {
    /// The pixels that changed at least faintly, if a blur of all of the picture explains that. Objects may be new.
    pub(super) fn blurred(&self, edited: &Plane, original: &Plane) -> Option<BitMask> {
        if self.coded.is_empty() {
            return None;
        }
        let lost = self.cells_without_texture(|at| self.coded[at][0])?;
        let drift = self.drift_beside(&lost);
        if !self.is_as_light_around(&lost, drift) {
            return None;
        }
        let is_changed = |at: usize| {
            let Difference { mean, square } = self.differences[at];
            self.loss(at) > FAINT_LOSS || square + drift * (drift - 2.0 * mean) > FAINT_DIFFERENCE
        };
        let cells = self.pixels(&(0..self.cells.len()).map(is_changed).collect::<Vec<_>>());
        let square = |edited: f32, original: f32| (edited - original - drift).powi(2).min(MAX_OF_PIXEL);
        let squares = edited.clone().zip_with(original, square);
        let around = squares.gaussian_blur(AROUND);
        let bits = cells.bits.iter().zip(around.levels).map(|(bit, square)| *bit && square > FAINT_AROUND);
        Some(BitMask { bits: bits.collect(), ..cells })
    }

    /// Whether that is possible, by a sample of the cells.
    pub(super) fn may_be_blurred(&self) -> bool {
        self.cells_without_texture(|_| f32::INFINITY).is_some()
    }

    /// The cells that lost their fine texture, if nearly all did that had some; `None` also if these are few. `coded` is the variance of the original in a cell after a codec.
    fn cells_without_texture(&self, coded: impl Fn(usize) -> f32) -> Option<Vec<bool>> {
        let (mut textured, mut lost) = (0, vec![false; self.cells.len()]);
        for (at, bands) in self.cells.iter().enumerate() {
            let [(edited, original), ..] = *bands;
            let is_new = edited > NEW * original && edited > MIN_LOSS;
            if original > MIN_LOSS && coded(at) > MIN_LOSS && !is_new {
                textured += 1;
                lost[at] = edited < LEFT * original.min(coded(at));
            }
        }
        let count = lost.iter().filter(|lost| **lost).count() as f32;
        let is_enough = count >= MIN_CELLS.max(MIN_TEXTURED * self.cells.len() as f32);
        (is_enough && count >= ALMOST_ALL * textured as f32).then_some(lost)
    }

    /// A cell and its neighbors.
    fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        around(at, 1, self.columns, self.cells.len())
    }

    /// How much lighter the picture became beside some cells.
    fn drift_beside(&self, cells: &[bool]) -> f32 {
        let others = (0..cells.len()).filter(|at| !self.around(*at).any(|near| cells[near]));
        median(&mut others.map(|at| self.differences[at].mean).collect::<Vec<_>>())
    }

    /// Whether the picture is as light as before around most of some cells.
    fn is_as_light_around(&self, cells: &[bool], drift: f32) -> bool {
        let (mut changes, mut squares) = (Vec::new(), Vec::new());
        for at in (0..cells.len()).filter(|at| cells[*at]) {
            let count = self.around(at).count() as f32;
            changes.push(
                (self.around(at).map(|near| self.differences[near].mean - drift).sum::<f32>() / count).abs(),
            );
            squares.push(self.around(at).map(|near| self.differences[near].square).sum::<f32>() / count);
        }
        median(&mut changes) < MAX_CHANGE * median(&mut squares).sqrt() + MAX_ROUNDING
    }
}
