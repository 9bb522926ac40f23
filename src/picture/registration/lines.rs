//! Pictures of lines in one direction, such as blinds or stripes. They have no corners but those of noise, which are found
//! anywhere along the lines, so only the lines themselves tell whether an answer lies somewhere.

use super::blocks::{SIDE, SIMILAR, correlation, template};
use super::views::{Sampler, Views};
use super::{Block, Placement, Size};
use crate::plane::Plane;

/// The number of blocks in each direction that are compared.
const BLOCKS: usize = 8;
/// The least number of blocks that the original covers.
const MIN_COVERED: usize = 16;
/// The least contrast across lines, and the most along them, as a share of it: eigenvalues of a structure tensor, per
/// pixel.
const MIN_ACROSS: f32 = 9.0;
const MAX_ALONG: f32 = 0.1;
/// The least share of the blocks that have lines, and how far their directions agree: 1 if they are the same.
const MOST: f32 = 0.75;
const SAME_DIRECTION: f32 = 0.9;
/// How far lines of an answer may be beside those of the original: in pixels of the answer, and in those of a smaller size,
/// where less cannot be measured.
const MAX_SHIFT: f32 = 0.75;
const MAX_SMALL_SHIFT: f32 = 0.25;
/// The least share of the blocks whose lines are in their place.
const MIN_IN_PLACE: f32 = 0.35;
/// The side of a block with a margin for gradients.
const WINDOW: usize = SIDE + 2;

/// Whether an original consists of lines in one direction, and most lines of the answer are not where they would be at a
/// placement.
pub(super) fn have_lines_moved(
    answer: &Views<'_>,
    original: &Views<'_>,
    size: Size,
    placed: &Placement,
) -> bool {
    // A block of a small size shows more of wide lines, and one of a large size shows narrow ones.
    (0..answer.count()).any(|level| {
        let sampler = Sampler::new(original, size, answer.size(level), placed);
        let max_shift = (MAX_SHIFT / (1 << level) as f32).max(MAX_SMALL_SHIFT);
        share_in_place(answer.level(level), &sampler, max_shift).is_some_and(|share| share < MIN_IN_PLACE)
    })
}

/// The share of the blocks with lines whose lines are in their place. `None` if the original does not consist of lines.
fn share_in_place(answer: &Plane, original: &Sampler<'_>, max_shift: f32) -> Option<f32> {
    let covered: Vec<(Block, Window)> = spread(answer)
        .filter_map(|block| {
            let mut window = Window([0.0; WINDOW * WINDOW]);
            original.sample(block.x as f64 - 1.0, block.y as f64 - 1.0, WINDOW, &mut window.0)?;
            Some((block, window))
        })
        .collect();
    let lines: Vec<(Block, &Window, Across)> =
        covered.iter().filter_map(|(block, window)| Some((*block, window, window.lines()?))).collect();
    if covered.len() < MIN_COVERED || (lines.len() as f32) < MOST * covered.len() as f32 {
        return None;
    }
    // Opposite directions are the same, so their angles are doubled.
    let (cosines, sines) = lines.iter().fold((0.0, 0.0), |(cosines, sines), (_, _, Across { x, y })| {
        (cosines + x * x - y * y, sines + 2.0 * x * y)
    });
    let count = lines.len() as f32;
    if f32::hypot(cosines, sines) < SAME_DIRECTION * count {
        return None;
    }
    let shifts = lines.iter().filter_map(|(block, window, across)| window.shift(answer, *block, across));
    Some(shifts.filter(|shift| shift.abs() < max_shift).count() as f32 / count)
}

/// Blocks that are spread evenly, away from the border.
fn spread(plane: &Plane) -> impl Iterator<Item = Block> {
    let start = |length: usize, at: usize| 1 + at * length.saturating_sub(WINDOW) / (BLOCKS - 1).max(1);
    let (width, height) = (plane.width, plane.height);
    let fits = width >= WINDOW && height >= WINDOW;
    let count = if fits { BLOCKS * BLOCKS } else { 0 };
    (0..count).map(move |at| Block { x: start(width, at % BLOCKS), y: start(height, at / BLOCKS) })
}

/// The direction across lines: a vector of length 1.
struct Across {
    x: f32,
    y: f32,
}

/// A block of the original with a margin, at the pixels of the answer.
struct Window([f32; WINDOW * WINDOW]);

impl Window {
    /// The gradients at the pixels of the block, row by row.
    fn gradients(&self) -> impl Iterator<Item = (f32, f32)> {
        (0..SIDE * SIDE).map(|at| {
            let here = (at / SIDE + 1) * WINDOW + at % SIDE + 1;
            let level = |at: usize| self.0[at];
            ((level(here + 1) - level(here - 1)) / 2.0, (level(here + WINDOW) - level(here - WINDOW)) / 2.0)
        })
    }

    /// The direction across the lines of the block, if it has lines in one direction.
    fn lines(&self) -> Option<Across> {
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (dx, dy) in self.gradients() {
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        let (middle, half) = ((xx + yy) / 2.0, (xx - yy) / 2.0);
        let radius = half.hypot(xy);
        let (across, along) = (middle + radius, middle - radius);
        let is_line = across > MIN_ACROSS * (SIDE * SIDE) as f32 && along < MAX_ALONG * across;
        let angle = xy.atan2(half) / 2.0;
        is_line.then(|| Across { x: angle.cos(), y: angle.sin() })
    }

    /// How far the lines of a block of the answer, in any contrast, are beside those here, in pixels. `None` if they differ.
    fn shift(&self, answer: &Plane, block: Block, across: &Across) -> Option<f32> {
        let (template, norm) = template(answer, block);
        if correlation(&template, norm, &self.0, WINDOW, 1, 1) < SIMILAR {
            return None;
        }
        let levels = (0..SIDE * SIDE).map(|at| self.0[(at / SIDE + 1) * WINDOW + at % SIDE + 1]);
        let mean = levels.clone().sum::<f32>() / (SIDE * SIDE) as f32;
        let here = levels.map(|level| level - mean);
        let contrast = here.clone().map(|level| level * level).sum::<f32>().sqrt() / norm;
        // The displacement that explains the difference best.
        let (mut products, mut squares) = (0.0, 0.0);
        for ((here, there), (dx, dy)) in here.zip(template.as_flattened()).zip(self.gradients()) {
            let slope = dx * across.x + dy * across.y;
            products += slope * (here - there * contrast);
            squares += slope * slope;
        }
        Some(products / squares)
    }
}
