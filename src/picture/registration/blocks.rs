//! Compares blocks of an answer with the original around where they should be.

use std::collections::BTreeSet;

use seededit_base::parallel::map;

use super::views::Sampler;
use crate::plane::Plane;

/// The side of a block, in pixels.
pub(super) const SIDE: usize = 16;
/// The least contrast of a block in every direction: the smaller eigenvalue of its structure tensor, per pixel.
const MIN_CORNER: f32 = 0.3;
/// The number of cells in each direction among which blocks are spread.
const CELLS: usize = 8;
/// The least similarity of a block that was found.
pub(super) const SIMILAR: f32 = 0.75;

/// A block, by its upper left pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) x: usize,
    pub(super) y: usize,
}

/// Where the original shows a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) block: Block,
    /// The displacement from where the block should be, in pixels of the answer.
    pub(super) shift: (f32, f32),
}

impl Block {
    /// Whether it has enough contrast in every direction to be found. Blocks at the border have not.
    pub(super) fn has_corner(self, plane: &Plane) -> bool {
        self.x > 0
            && self.y > 0
            && self.x + SIDE < plane.width
            && self.y + SIDE < plane.height
            && corner(plane, self) > MIN_CORNER
    }

    /// The center, in pixels.
    pub(super) fn center(&self) -> (f64, f64) {
        let half = SIDE as f64 / 2.0;
        (self.x as f64 + half, self.y as f64 + half)
    }
}

/// The cell of a picture in which a block lies: its row and its column.
fn cell(block: &Block, plane: &Plane) -> (usize, usize) {
    (block.y * CELLS / plane.height, block.x * CELLS / plane.width)
}

/// Whether blocks with strong contrast lie in most parts of a picture.
pub(super) fn has_contrast_everywhere(blocks: &[Block], plane: &Plane) -> bool {
    /// The least contrast, in the unit of `MIN_CORNER`. Soft waves have a tenth of it.
    const STRONG_CORNER: f32 = 30.0;
    /// The least share of the cells that have a block.
    const MOST: f64 = 0.75;

    let strong = blocks.iter().filter(|block| corner(plane, **block) > STRONG_CORNER);
    let cells: BTreeSet<_> = strong.map(|block| cell(block, plane)).collect();
    cells.len() as f64 >= MOST * (CELLS * CELLS) as f64
}

/// The blocks with corners in every `stride` pixels, at most `count`: those with the most contrast, spread over the
/// picture.
pub(super) fn textured(plane: &Plane, stride: usize, count: usize) -> Vec<Block> {
    // One pixel of a margin for the gradient.
    let starts = |length: usize| (1..).step_by(stride).take_while(move |at| at + SIDE < length);
    let measured = map(starts(plane.height), |y| {
        let blocks = starts(plane.width).map(|x| Block { x, y }).map(|block| (corner(plane, block), block));
        blocks.filter(|(corner, _)| *corner > MIN_CORNER).collect::<Vec<_>>()
    });
    let mut measured: Vec<(f32, Block)> = measured.into_iter().flatten().collect();
    if measured.len() > count {
        // In each cell, the best block comes first, then the second of each cell, and so on.
        let cell = |block: &Block| cell(block, plane);
        measured.sort_by(|one, two| cell(&one.1).cmp(&cell(&two.1)).then(two.0.total_cmp(&one.0)));
        let mut ranks = Vec::with_capacity(measured.len());
        let mut previous = None;
        for (_, block) in &measured {
            let rank = match previous {
                Some((of, rank)) if of == cell(block) => rank + 1,
                _ => 0,
            };
            previous = Some((cell(block), rank));
            ranks.push((rank, *block));
        }
        ranks.sort_by_key(|(rank, _)| *rank);
        return ranks.into_iter().take(count).map(|(_, block)| block).collect();
    }
    measured.into_iter().map(|(_, block)| block).collect()
}

/// The contrast of a block in the direction in which it has least.
fn corner(plane: &Plane, block: Block) -> f32 {
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for y in block.y..block.y + SIDE {
        let (above, row, below) = (plane.row(y - 1), plane.row(y), plane.row(y + 1));
        let columns = block.x..block.x + SIDE;
        let (above, below) = (&above[columns.clone()], &below[columns.clone()]);
        let (left, right) = (&row[block.x - 1..], &row[block.x + 1..]);
        for at in 0..SIDE {
            let (dx, dy) = (right[at] - left[at], below[at] - above[at]);
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
    }
    let half = (xx - yy) / 2.0;
    ((xx + yy) / 2.0 - half.hypot(xy)) / (4 * SIDE * SIDE) as f32
}

/// Searches the original for blocks, up to `radius` pixels of the answer from where they should be. Those that the
/// original does not cover, and those that resemble nothing there, are left out.
pub(super) fn find(answer: &Plane, blocks: &[Block], original: &Sampler<'_>, radius: usize) -> Vec<Match> {
    map(blocks, |block| search(answer, *block, original, radius)).into_iter().flatten().collect()
}

fn search(answer: &Plane, block: Block, original: &Sampler<'_>, radius: usize) -> Option<Match> {
    let side = SIDE + 2 * radius;
    let mut window = vec![0.0; side * side];
    original.sample(block.x as f64 - radius as f64, block.y as f64 - radius as f64, side, &mut window)?;
    let (template, norm) = template(answer, block);
    let shifts = 2 * radius + 1;
    let scores: Vec<f32> = (0..shifts * shifts)
        .map(|at| correlation(&template, norm, &window, side, at % shifts, at / shifts))
        .collect();
    // A negative has the same structure.
    let best = (0..scores.len()).max_by(|one, two| scores[*one].abs().total_cmp(&scores[*two].abs()))?;
    let sign = scores[best].signum();
    let score = |at: usize| sign * scores[at];
    let (x, y) = (best % shifts, best / shifts);
    if score(best) < SIMILAR || [x, y].iter().any(|at| *at == 0 || *at == shifts - 1) {
        return None;
    }
    let vertex = |before: f32, after: f32| {
        let curvature = before + after - 2.0 * score(best);
        if curvature < -1e-6 { ((before - after) / (2.0 * curvature)).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let shift_x = x as f32 - radius as f32 + vertex(score(best - 1), score(best + 1));
    let shift_y = y as f32 - radius as f32 + vertex(score(best - shifts), score(best + shifts));
    Some(Match { block, shift: (shift_x, shift_y) })
}

/// The levels of a block without their mean, and their norm.
pub(super) fn template(answer: &Plane, block: Block) -> ([[f32; SIDE]; SIDE], f32) {
    let mut template = [[0.0; SIDE]; SIDE];
    for (y, into) in template.iter_mut().enumerate() {
        into.copy_from_slice(&answer.row(block.y + y)[block.x..block.x + SIDE]);
    }
    let mean = template.as_flattened().iter().sum::<f32>() / (SIDE * SIDE) as f32;
    template.as_flattened_mut().iter_mut().for_each(|level| *level -= mean);
    let norm = template.as_flattened().iter().map(|level| level * level).sum::<f32>().sqrt();
    (template, norm)
}

/// The correlation of a template without its mean and the part of a window at (`left`, `top`).
pub(super) fn correlation(
    template: &[[f32; SIDE]; SIDE],
    norm: f32,
    window: &[f32],
    side: usize,
    left: usize,
    top: usize,
) -> f32 {
    let (mut sums, mut squares, mut products) = ([0.0; SIDE], [0.0; SIDE], [0.0; SIDE]);
    for (row, levels) in template.iter().zip(window.chunks_exact(side).skip(top)) {
        let Some(levels) = levels.get(left..).and_then(|levels| levels.first_chunk::<SIDE>()) else {
            continue;
        };
        for at in 0..SIDE {
            sums[at] += levels[at];
            squares[at] += levels[at] * levels[at];
            products[at] += levels[at] * row[at];
        }
    }
    let sum = sums.iter().sum::<f32>();
    let variance = squares.iter().sum::<f32>() - sum * sum / (SIDE * SIDE) as f32;
    if variance <= 1e-3 || norm <= 1e-3 {
        0.0
    } else {
        products.iter().sum::<f32>() / (norm * variance.sqrt())
    }
}
