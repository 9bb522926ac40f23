//! Whether an answer would fit the original elsewhere as well: a wall of bricks fits itself wherever bricks meet bricks.

use seededit_base::parallel::map;

use super::blocks::{Match, SIDE, correlation, template};
use super::views::Sampler;
use crate::plane::Plane;

/// How far other places are searched for, as a share of the longer side of the answer, and at most in pixels.
const RANGE: f64 = 0.22;
const MAX_RANGE: usize = 64;
/// Nearer places are not other ones, in pixels.
const NEAR: usize = 3;
/// The number of blocks that are compared at first, and with those that follow if the first ones fit elsewhere.
const FIRST: usize = 5;
const ALL: usize = 16;
/// The least number of blocks that tell.
const MIN_BLOCKS: usize = 4;
/// The share of the blocks that fit elsewhere together.
const MOST: f64 = 0.8;
/// A block fits elsewhere if what its correlation lacks there is at most this multiple of what it lacks in its place, or
/// at most this much.
const LACK: f32 = 2.0;
const MIN_LACK: f32 = 0.05;

/// Whether most of the blocks, which were found in their place, are together in another place as well.
pub(super) fn has_rival(answer: &Plane, found: &[Match], original: &Sampler<'_>) -> bool {
    let range = ((RANGE * answer.width.max(answer.height) as f64) as usize).clamp(SIDE, MAX_RANGE);
    let surroundings = Surroundings::new(answer, original, range);
    if found.len() < MIN_BLOCKS {
        return false;
    }
    let found = &found[..ALL.min(found.len())];
    let mut votes = Votes::new(range);
    for group in [&found[..FIRST.min(found.len())], found.get(FIRST..).unwrap_or_default()] {
        for places in map(group, |found| surroundings.places(answer, found)) {
            votes.add(&places);
        }
        if !votes.have_rival(MOST) {
            return false;
        }
    }
    true
}

/// The original at the pixels of an answer and around it.
struct Surroundings {
    plane: Plane,
    range: usize,
}

/// What a block finds at each displacement, row by row.
struct Places(Vec<Place>);

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The original does not reach there.
    Outside,
    Different,
    Fits,
}

impl Surroundings {
    fn new(answer: &Plane, original: &Sampler<'_>, range: usize) -> Surroundings {
        // Blocks are compared with what is around where they were found.
        let margin = range + NEAR;
        let (width, height) = (answer.width + 2 * margin, answer.height + 2 * margin);
        let levels = (0..width * height).map(|at| {
            let (x, y) = ((at % width) as f64 - margin as f64, (at / width) as f64 - margin as f64);
            original.level(x, y).unwrap_or(f32::NAN)
        });
        Surroundings { plane: Plane { width, height, levels: levels.collect() }, range }
    }

    fn places(&self, answer: &Plane, found: &Match) -> Places {
        let side = 2 * self.range + 1;
        let (template, norm) = template(answer, found.block);
        let start = |at: usize, shift: f32| {
            let shift = shift.round().clamp(-(NEAR as f32), NEAR as f32);
            (at + NEAR).saturating_add_signed(shift as isize)
        };
        let (block_x, block_y) = (start(found.block.x, found.shift.0), start(found.block.y, found.shift.1));
        let window = &self.plane.levels[block_y * self.plane.width..];
        let scores: Vec<f32> = (0..side * side)
            .map(|at| {
                let (left, top) = (block_x + at % side, at / side);
                let corner = |x: usize, y: usize| window[(top + y) * self.plane.width + left + x];
                // What the original covers has four corners and no holes.
                let last = SIDE - 1;
                let corners = [corner(0, 0), corner(last, 0), corner(0, last), corner(last, last)];
                if corners.iter().any(|level| level.is_nan()) {
                    return f32::NAN;
                }
                correlation(&template, norm, window, self.plane.width, left, top).abs()
            })
            .collect();
        let peak = |at: usize| peak(&scores, side, at);
        let near = self.range - NEAR..=self.range + NEAR;
        let here = near
            .clone()
            .flat_map(|y| near.clone().map(move |x| y * side + x))
            .map(|at| peak(at).unwrap_or(scores[at]))
            .fold(0.0, f32::max);
        let least = 1.0 - (LACK * (1.0 - here)).max(MIN_LACK);
        let place = |at: usize| match scores[at] {
            score if score.is_nan() => Place::Outside,
            _ if peak(at).is_some_and(|peak| peak > least) => Place::Fits,
            _ => Place::Different,
        };
        Places((0..scores.len()).map(place).collect())
    }
}

/// The height of a peak between pixels. `None` if there is none at this place.
fn peak(scores: &[f32], side: usize, at: usize) -> Option<f32> {
    let (x, y) = (at % side, at / side);
    if x == 0 || y == 0 || x + 1 == side || y + 1 == side {
        return None;
    }
    let here = scores[at];
    let rise = |before: f32, after: f32| {
        let curvature = 2.0 * here - before - after;
        // Also false for what the original does not cover.
        (before <= here && after <= here)
            .then(|| if curvature > 1e-6 { (after - before).powi(2) / (8.0 * curvature) } else { 0.0 })
    };
    Some(here + rise(scores[at - 1], scores[at + 1])? + rise(scores[at - side], scores[at + side])?)
}

/// How many blocks fit at each displacement, of those whose place is covered.
struct Votes {
    range: usize,
    fitting: Vec<usize>,
    covered: Vec<usize>,
    blocks: usize,
}

impl Votes {
    fn new(range: usize) -> Votes {
        let count = (2 * range + 1).pow(2);
        Votes { range, fitting: vec![0; count], covered: vec![0; count], blocks: 0 }
    }

    fn add(&mut self, Places(places): &Places) {
        let side = 2 * self.range + 1;
        self.blocks += 1;
        for y in 1..side - 1 {
            for x in 1..side - 1 {
                let at = y * side + x;
                self.covered[at] += usize::from(places[at] != Place::Outside);
                // Peaks are found to a pixel.
                let rows = [at - side, at, at + side];
                let fits = rows.iter().any(|at| places[at - 1..at + 2].contains(&Place::Fits));
                self.fitting[at] += usize::from(fits);
            }
        }
    }

    /// Whether a share of the blocks fits at the same displacement.
    fn have_rival(&self, share: f64) -> bool {
        let side = 2 * self.range + 1;
        (0..self.fitting.len()).any(|at| {
            let is_near =
                (at % side).abs_diff(self.range) <= NEAR && (at / side).abs_diff(self.range) <= NEAR;
            let covered = self.covered[at];
            !is_near && 2 * covered >= self.blocks && self.fitting[at] as f64 >= share * covered as f64
        })
    }
}
