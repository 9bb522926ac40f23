//! Whether all of a picture was blurred. Many pictures are smooth in most places, so the number of cells that changed tells
//! little: a portrait has texture in its hair and eyes, and a landscape below its sky.
//!
//! A blur leaves no fine texture anywhere. So does an edit that removes the only thing in a picture, such as wires before a
//! sky. But a blur spreads what it takes: around the cells, the picture is as light as before.

use super::{MIN_CELLS, MIN_LOSS, SIDE, Textures};
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
/// How much the light around the cells may change, and that of each cell, as a share of the difference between the pictures,
/// and in levels. A blur of 12 pixels moves a third of it between neighboring cells; things that were removed leave at
/// least a sixth around the cells.
const MAX_AROUND: f32 = 0.06;
const MAX_EACH: f32 = 0.38;
const MAX_ROUNDING: f32 = 0.3;

/// How the pixels of a cell differ: the edited ones minus the original ones.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    mean: f32,
    square: f32,
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
    /// Whether a blur of all of it explains the loss of texture. Objects may be new.
    pub(super) fn is_blurred(&self) -> bool {
        let (mut textured, mut lost) = (0, vec![false; self.cells.len()]);
        for (at, (bands, coded)) in self.cells.iter().zip(&self.coded).enumerate() {
            let [(edited, original), ..] = *bands;
            let expected = original.min(coded[0]);
            let is_new = edited > NEW * original && edited > MIN_LOSS;
            if expected > MIN_LOSS && !is_new {
                textured += 1;
                lost[at] = edited < LEFT * expected;
            }
        }
        let count = lost.iter().filter(|lost| **lost).count() as f32;
        let least = MIN_CELLS.max(MIN_TEXTURED * self.cells.len() as f32);
        count >= least && count >= ALMOST_ALL * textured as f32 && self.is_as_light_around(&lost, count)
    }

    /// Whether the picture is as light as before around some cells, of which there are `count`.
    fn is_as_light_around(&self, cells: &[bool], count: f32) -> bool {
        let columns = self.columns;
        let is_near = |at: usize| {
            let (x, y) = (at % columns, at / columns);
            let rows = y.saturating_sub(1)..(y + 2).min(cells.len() / columns);
            rows.flat_map(|row| {
                (x.saturating_sub(1)..(x + 2).min(columns)).map(move |column| row * columns + column)
            })
            .any(|at| cells[at])
        };
        let near: Vec<bool> = (0..cells.len()).map(is_near).collect();
        let others = (0..near.len()).filter(|at| !near[*at]);
        let drift = median(&mut others.map(|at| self.differences[at].mean).collect::<Vec<_>>());
        let mean = |at: usize| self.differences[at].mean - drift;
        let sum = |of: &dyn Fn(usize) -> f32, cells: &[bool]| -> f32 {
            (0..cells.len()).filter(|at| cells[*at]).map(of).sum()
        };
        let amplitude = (sum(&|at| self.differences[at].square, cells) / count).sqrt();
        let around = sum(&mean, &near).abs() / count;
        let each = (sum(&|at| mean(at) * mean(at), cells) / count).sqrt();
        around < MAX_AROUND * amplitude + MAX_ROUNDING && each < MAX_EACH * amplitude + MAX_ROUNDING
    }
}
