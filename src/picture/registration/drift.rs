//! Local drift: models move parts of a picture by a pixel or two.

use super::blocks::{Block, Match, SIDE};

/// The distance between the nodes of the grid on which the drift is known, in pixels of the answer.
const STEP: usize = SIDE;
/// How far a node is affected by others, as the standard deviation in nodes.
const SIGMA: f32 = 1.5;
/// The share of the answers around a node from which its drift is known. Without any, there is none.
const KNOWN: f32 = 0.05;
/// Displacements that differ more are not alike, in pixels.
const OUTLIER: f32 = 0.8;
/// The least number of displacements that are alike around a node, with its own.
const MIN_ALIKE: usize = 5;

/// A smaller displacement is not worth resampling the answer, in pixels.
const MIN_DRIFT: f32 = 0.3;
/// The least share of blocks with a larger one: a few may be errors of measurement in noise.
const MIN_MOVED_SHARE: f32 = 0.15;
/// A displacement that is no error of measurement, in pixels, and the least share of blocks with a larger one.
const FAR: f32 = 0.75;
const MIN_FAR_SHARE: f32 = 0.02;
/// The least number of blocks that moved.
const MIN_MOVED: usize = 12;
/// A smaller displacement may be an error of measurement.
const NOISE: f32 = 0.15;

/// How far the parts of an answer are from where its placement puts them.
pub(crate) struct Drift {
    columns: usize,
    rows: usize,
    /// The displacements at the nodes, as shares of the answer's sides.
    nodes: Vec<(f32, f32)>,
    /// The distance between nodes, as shares of the answer's sides.
    step: (f32, f32),
}

impl Drift {
    /// The blocks that tell the drift of an answer of this size.
    pub(super) fn blocks(width: usize, height: usize) -> Vec<Block> {
        let starts = |length: usize| (0..length.saturating_sub(SIDE)).step_by(STEP);
        starts(height).flat_map(|y| starts(width).map(move |x| Block { x, y })).collect()
    }

    /// Takes the blocks that were found of an answer of this size. `None` if they tell of no drift.
    pub(super) fn new(matches: &[Match], width: usize, height: usize) -> Option<Drift> {
        let (columns, rows) = (width.div_ceil(STEP), height.div_ceil(STEP));
        let mut found: Vec<Option<(f32, f32)>> = vec![None; columns * rows];
        for Match { block, shift } in matches {
            found[block.y / STEP * columns + block.x / STEP] = Some(*shift);
        }
        let plausible: Vec<Option<(f32, f32)>> = (0..found.len())
            .map(|at| found[at].filter(|shift| is_plausible(&found, columns, at, *shift)))
            .collect();
        let known = plausible.iter().flatten().copied();
        let moved = known.clone().filter(|(x, y)| x.hypot(*y) > MIN_DRIFT).count();
        if moved < MIN_MOVED || !has_moved(known) {
            return None;
        }
        let in_place = |(x, y): (f32, f32)| if x.hypot(y) < NOISE { (0.0, 0.0) } else { (x, y) };
        let plausible: Vec<_> = plausible.into_iter().map(|shift| shift.map(in_place)).collect();
        let nodes = (0..found.len()).map(|at| {
            let (x, y) = smoothed(&plausible, columns, at);
            (x / width as f32, y / height as f32)
        });
        let step = (STEP as f32 / width as f32, STEP as f32 / height as f32);
        Some(Drift { columns, rows, nodes: nodes.collect(), step })
    }

    /// The displacement at a point of the answer. Both are shares of its sides.
    pub(crate) fn at(&self, across: f32, down: f32) -> (f32, f32) {
        let neighbors = |at: f32, step: f32, count: usize| {
            let at = (at / step - 0.5).clamp(0.0, (count - 1) as f32);
            (at as usize, (at as usize + 1).min(count - 1), at.fract())
        };
        let (left, right, share_x) = neighbors(across, self.step.0, self.columns);
        let (top, bottom, share_y) = neighbors(down, self.step.1, self.rows);
        let node = |x: usize, y: usize| self.nodes[y * self.columns + x];
        let between = |one: (f32, f32), two: (f32, f32), share: f32| {
            (one.0 + (two.0 - one.0) * share, one.1 + (two.1 - one.1) * share)
        };
        let above = between(node(left, top), node(right, top), share_x);
        let below = between(node(left, bottom), node(right, bottom), share_x);
        between(above, below, share_y)
    }
}

/// The nodes around one, within a distance.
fn around(
    columns: usize,
    count: usize,
    at: usize,
    radius: usize,
) -> impl Iterator<Item = (usize, usize, usize)> {
    let (x, y) = (at % columns, at / columns);
    let rows = count / columns;
    (y.saturating_sub(radius)..(y + radius + 1).min(rows)).flat_map(move |row| {
        (x.saturating_sub(radius)..(x + radius + 1).min(columns))
            .map(move |column| (row * columns + column, column.abs_diff(x), row.abs_diff(y)))
    })
}

/// Whether a displacement is like most around it. Blocks that show something new are found anywhere.
fn is_plausible(found: &[Option<(f32, f32)>], columns: usize, at: usize, (x, y): (f32, f32)) -> bool {
    let (mut alike, mut all) = (0, 0);
    for (other_x, other_y) in around(columns, found.len(), at, 2).filter_map(|(other, ..)| found[other]) {
        all += 1;
        alike += usize::from((x - other_x).hypot(y - other_y) < OUTLIER);
    }
    alike >= MIN_ALIKE && 3 * alike >= 2 * all
}

/// Whether enough of the blocks with these displacements moved, or far enough, that it is no error of measurement.
pub(super) fn has_moved(shifts: impl Iterator<Item = (f32, f32)>) -> bool {
    let (mut all, mut moved, mut far) = (0.0, 0.0, 0.0);
    for (x, y) in shifts {
        let distance = x.hypot(y);
        all += 1.0;
        moved += f32::from(u8::from(distance > MIN_DRIFT));
        far += f32::from(u8::from(distance > FAR));
    }
    moved >= MIN_MOVED_SHARE * all || far >= MIN_FAR_SHARE * all
}

/// The mean displacement around a node. Between parts that moved differently, it is that of the node's own part.
fn smoothed(found: &[Option<(f32, f32)>], columns: usize, at: usize) -> (f32, f32) {
    let radius = (3.0 * SIGMA).ceil() as usize;
    let (mut sum, mut weights) = ((0.0, 0.0), KNOWN);
    for (other, across, down) in around(columns, found.len(), at, radius) {
        let is_alike = |(x, y): &(f32, f32)| {
            found[at].is_none_or(|(own_x, own_y)| (x - own_x).hypot(y - own_y) < OUTLIER)
        };
        if let Some((x, y)) = found[other].filter(is_alike) {
            let distance = (across * across + down * down) as f32;
            let weight = (-distance / (2.0 * SIGMA * SIGMA)).exp();
            sum = (sum.0 + weight * x, sum.1 + weight * y);
            weights += weight;
        }
    }
    (sum.0 / weights, sum.1 / weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of a picture of 320×320 pixels with these displacements.
    fn matches(shift: impl Fn(usize, usize) -> (f32, f32)) -> Vec<Match> {
        let blocks = Drift::blocks(320, 320).into_iter();
        blocks.map(|block| Match { block, shift: shift(block.x, block.y) }).collect()
    }

    #[test]
    fn a_part_that_moved_is_known_and_single_blocks_do_not_count() {
        let found = matches(|x, y| match (x, y) {
            (48, 48) => (-4.0, 4.0),
            (0..160, _) => (2.0, -1.0),
            _ => (0.0, 0.0),
        });
        let drift = Drift::new(&found, 320, 320).unwrap();
        let at = |x: f32, y: f32| {
            let (across, down) = drift.at(x / 320.0, y / 320.0);
            (across * 320.0, down * 320.0)
        };
        let near = |(x, y): (f32, f32), (u, v): (f32, f32)| (x - u).hypot(y - v) < 0.1;
        assert!(near(at(56.0, 56.0), (2.0, -1.0)), "{:?}", at(56.0, 56.0));
        assert!(near(at(280.0, 100.0), (0.0, 0.0)), "{:?}", at(280.0, 100.0));
    }

    #[test]
    fn scattered_displacements_are_no_drift() {
        let found = matches(|x, y| (((x * 7 + y * 3) % 9) as f32 - 4.0, ((x * 5 + y) % 9) as f32 - 4.0));
        assert!(Drift::new(&found, 320, 320).is_none());
        assert!(Drift::new(&matches(|_, _| (0.1, 0.0)), 320, 320).is_none());
    }
}
