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
/// How much the light around most of these cells may change, as a share of the difference between the pictures, and in
/// levels. Blurs of up to 16 pixels change it by less than 0.04, and things that were removed by more than 0.07.
const MAX_CHANGE: f32 = 0.05;
const MAX_ROUNDING: f32 = 0.15;

/// How the pixels of a cell differ: the edited ones minus the original ones.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    mean: f32,
    square: f32,
}

/// The differences between two pictures, in each cell. A blur brings dark and light levels closer together, which would be
/// taken for a drift.
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
        if self.coded.is_empty() {
            return false;
        }
        let lost = self.cells_without_texture(MIN_TEXTURED, |at| self.coded[at][0]);
        lost.is_some_and(|lost| self.is_as_light_around(&lost))
    }

    /// Whether that is possible, by a sample of the cells.
    pub(super) fn may_be_blurred(&self) -> bool {
        self.cells_without_texture(0.0, |_| f32::INFINITY).is_some()
    }

    /// The cells that lost their fine texture, if nearly all did that had some; `None` also if these are fewer than a
    /// share of the picture. `coded` is the variance of the original in a cell after a codec.
    fn cells_without_texture(&self, least: f32, coded: impl Fn(usize) -> f32) -> Option<Vec<bool>> {
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
        let is_enough = count >= MIN_CELLS.max(least * self.cells.len() as f32);
        (is_enough && count >= ALMOST_ALL * textured as f32).then_some(lost)
    }

    /// Whether the picture is as light as before around most of some cells.
    fn is_as_light_around(&self, cells: &[bool]) -> bool {
        let columns = self.columns;
        let around = |at: usize| {
            let (x, y) = (at % columns, at / columns);
            let rows = y.saturating_sub(1)..(y + 2).min(cells.len() / columns);
            rows.flat_map(move |row| {
                (x.saturating_sub(1)..(x + 2).min(columns)).map(move |column| row * columns + column)
            })
        };
        let others = (0..cells.len()).filter(|at| !around(*at).any(|near| cells[near]));
        let drift = median(&mut others.map(|at| self.differences[at].mean).collect::<Vec<_>>());
        let (mut changes, mut squares) = (Vec::new(), Vec::new());
        for at in (0..cells.len()).filter(|at| cells[*at]) {
            let count = around(at).count() as f32;
            changes.push(
                (around(at).map(|near| self.differences[near].mean - drift).sum::<f32>() / count).abs(),
            );
            squares.push(around(at).map(|near| self.differences[near].square).sum::<f32>() / count);
        }
        median(&mut changes) < MAX_CHANGE * median(&mut squares).sqrt() + MAX_ROUNDING
    }
}
