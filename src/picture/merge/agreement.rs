//! Which parts of two pictures show the same, whatever their colors.

use super::bit_mask::{BitMask, Connectivity};
use crate::plane::Plane;

/// The side of a cell, in pixels.
const SIDE: usize = 8;
/// The least standard deviation of a cell that shows anything, in levels.
const MIN_CONTRAST: f32 = 3.0;
/// The least correlation of cells that show the same.
const SAME: f32 = 0.75;

/// The least correlation of cells that are equal, and the largest ratio of their variances.
const EQUAL: f32 = 0.9;
const MAX_VARIANCE_RATIO: f32 = 2.0;

/// What a cell of both pictures shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Nothing in either picture.
    Smooth,
    /// The same, in other colors or sharpness.
    Same,
    /// The same with the same contrast.
    Equal,
    Different,
    /// Something where the original shows nothing.
    New,
}

impl Cell {
    fn is_same(self) -> bool {
        matches!(self, Cell::Same | Cell::Equal)
    }

    fn is_different(self) -> bool {
        matches!(self, Cell::Different | Cell::New)
    }
}

/// What the cells of two pictures show.
pub(super) struct Agreement {
    columns: usize,
    cells: Vec<Cell>,
    /// The size of the pictures, in pixels.
    width: usize,
    height: usize,
}

impl Agreement {
    /// Compares the luma of an edited picture and of its original, which have the same size.
    pub(super) fn new(edited: &Plane, original: &Plane) -> Agreement {
        let Plane { width, height, .. } = *edited;
        let (columns, rows) = (width.div_ceil(SIDE), height.div_ceil(SIDE));
        let cell = |at: usize| cell(edited, original, at % columns * SIDE, at / columns * SIDE);
        Agreement { columns, cells: (0..columns * rows).map(cell).collect(), width, height }
    }

    /// Whether at least a third of what the pictures show is the same.
    pub(super) fn is_related(&self) -> bool {
        let same = self.cells.iter().filter(|cell| cell.is_same()).count();
        2 * same > self.cells.iter().filter(|cell| cell.is_different()).count()
    }

    /// Whether the unchanged pixels show that both pictures belong together: a smooth sky, or empty paper, is the same in many
    /// pictures. If they show next to nothing of the original, nothing is kept that could be in a wrong place. `changed` is a
    /// mask of twice the size.
    pub(super) fn is_evident_beside(&self, changed: &BitMask) -> bool {
        /// The number of cells, and their share of the picture, below which they show next to nothing.
        const MIN_CELLS: usize = 12;
        const MIN_SHARE: f32 = 0.02;
        /// The least share of equal cells. Answers that belong elsewhere have at most 0.02, and others at least 0.6.
        const MIN_EQUAL: f32 = 0.33;

        let is_unchanged = |at: &usize| {
            let center =
                |index: usize, length: usize| (2 * SIDE * index + SIDE).min(length.saturating_sub(1));
            let (x, y) =
                (center(at % self.columns, changed.width), center(at / self.columns, changed.height));
            !changed.bits.get(y * changed.width + x).copied().unwrap_or(true)
        };
        let unchanged = || (0..self.cells.len()).filter(is_unchanged).map(|at| self.cells[at]);
        let least = MIN_CELLS.max((MIN_SHARE * self.cells.len() as f32) as usize);
        let shown = unchanged().filter(|cell| !matches!(cell, Cell::Smooth | Cell::New)).count();
        let equal = unchanged().filter(|cell| *cell == Cell::Equal).count();
        shown < least || equal as f32 >= MIN_EQUAL * shown as f32
    }

    /// The pixels that show the same structure in both pictures.
    pub(super) fn same(&self) -> BitMask {
        self.pixels(Cell::is_same)
    }

    /// The pixels that show something else in one of the pictures.
    pub(super) fn different(&self) -> BitMask {
        self.pixels(Cell::is_different)
    }

    fn pixels(&self, is_wanted: fn(Cell) -> bool) -> BitMask {
        let (width, height) = (self.width, self.height);
        let bit = |at: usize| is_wanted(self.cells[at / width / SIDE * self.columns + at % width / SIDE]);
        BitMask { width, height, bits: (0..width * height).map(bit).collect() }
    }

    /// The compact parts of `kept`, a mask of twice the size, in which the pictures show the same. Elsewhere, pixels are
    /// equal by chance.
    pub(super) fn compact(&self, kept: &BitMask) -> BitMask {
        /// The least share of the picture.
        const MIN_SHARE: f32 = 0.01;
        /// The width, in pixels, up to which a part is not compact.
        const NARROW: f32 = 6.0;

        let opened = kept.invert().dilate(NARROW).invert().dilate(NARROW);
        let mut compact = BitMask::new(kept.width, kept.height);
        opened.connected_components(Connectivity::Four, |part| {
            let (mut same, mut different) = (0, 0);
            for at in part {
                let (x, y) = (at % kept.width / 2 / SIDE, at / kept.width / 2 / SIDE);
                match self.cells[y * self.columns + x] {
                    Cell::Same | Cell::Equal => same += 1,
                    Cell::Different | Cell::New => different += 1,
                    Cell::Smooth => {}
                }
            }
            if part.len() as f32 > MIN_SHARE * kept.bits.len() as f32 && same >= different {
                part.iter().for_each(|at| compact.bits[*at] = kept.bits[*at]);
            }
        });
        compact
    }
}

fn cell(edited: &Plane, original: &Plane, left: usize, top: usize) -> Cell {
    let (right, bottom) = ((left + SIDE).min(edited.width), (top + SIDE).min(edited.height));
    let (mut sums, mut squares, mut product, mut count) = ((0.0, 0.0), (0.0, 0.0), 0.0, 0.0);
    for y in top..bottom {
        for (a, b) in edited.row(y)[left..right].iter().zip(&original.row(y)[left..right]) {
            sums = (sums.0 + a, sums.1 + b);
            squares = (squares.0 + a * a, squares.1 + b * b);
            product += a * b;
            count += 1.0;
        }
    }
    let variance = |sum: f32, square: f32| ((square - sum * sum / count) / count).max(0.0);
    let (first, second) = (variance(sums.0, squares.0), variance(sums.1, squares.1));
    if first.max(second) < MIN_CONTRAST * MIN_CONTRAST {
        return Cell::Smooth;
    }
    let different = if second < MIN_CONTRAST * MIN_CONTRAST { Cell::New } else { Cell::Different };
    // A cell that became smooth has no structure left, apart from rounding errors.
    if first.min(second) < 1.0 {
        return different;
    }
    let covariance = (product - sums.0 * sums.1 / count) / count;
    let deviations = (first * second).sqrt();
    let is_as_contrasty = first.max(second) < MAX_VARIANCE_RATIO * first.min(second);
    match covariance {
        covariance if is_as_contrasty && covariance > EQUAL * deviations => Cell::Equal,
        // A negative has the same structure.
        covariance if covariance.abs() > SAME * deviations => Cell::Same,
        _ => different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(level: impl Fn(usize, usize) -> f32) -> Plane {
        let levels = (0..64 * 48).map(|at| level(at % 64, at / 64)).collect();
        Plane { width: 64, height: 48, levels }
    }

    fn checks(x: usize, y: usize) -> f32 {
        ((x / 2 + y / 2) % 2) as f32 * 60.0
    }

    #[test]
    fn darker_stripes_are_the_same_and_others_are_different() {
        let one = plane(|x, y| if x < 32 { checks(x, y) } else { 90.0 });
        let two = plane(|x, y| match (x, y) {
            (0..32, 0..24) => checks(x, y) / 3.0 + 10.0,
            (0..32, _) => checks(x + 1, y),
            _ => 20.0,
        });
        let agreement = Agreement::new(&one, &two);
        let count = |mask: &BitMask| mask.bits.iter().filter(|bit| **bit).count();
        assert_eq!(count(&agreement.same()), 32 * 24);
        assert_eq!(count(&agreement.different()), 32 * 24);
    }
}
