//! Points that can be recognized in another picture, whatever its size: corners, each described by the gradients around
//! it (like SIFT, but without a rotation, because answers are upright).

use seededit_base::parallel::map;

use crate::plane::{Plane, fmax};

/// The ratio between the sizes at which corners are found. A description tolerates half of it.
const STEP: f32 = std::f32::consts::SQRT_2;
/// The side of the longest and the shortest picture in which corners are found, in pixels.
const LARGEST: usize = 720;
const SMALLEST: usize = 90;
/// The most corners per pixel of a picture, and per picture.
const DENSITY: f32 = 1.0 / 400.0;
const MOST: usize = 400;
/// Half the side of the square that is described, in pixels.
const RADIUS: usize = 8;
/// The number of cells in each direction of a description, and of directions in each cell.
const CELLS: usize = 4;
const DIRECTIONS: usize = 8;
/// The least contrast of a corner: the smaller eigenvalue of its structure tensor.
const MIN_CORNER: f32 = 0.5;
/// The largest distance to the best description, relative to that to the second best one.
const DISTINCT: f32 = 0.85;

type Description = [f32; CELLS * CELLS * DIRECTIONS];

/// A corner.
pub(super) struct Feature {
    /// The position, as a share of the picture's sides.
    pub(super) at: (f64, f64),
    description: Description,
}

/// Finds the corners of a picture in several sizes.
pub(super) fn features(plane: &Plane) -> Vec<Feature> {
    let mut sizes = Vec::new();
    let mut scale = LARGEST as f32 / plane.width.max(plane.height) as f32;
    scale = scale.min(1.0);
    while plane.width.max(plane.height) as f32 * scale >= SMALLEST as f32 {
        sizes.push(scale);
        scale /= STEP;
    }
    map(sizes, |scale| of_size(&scaled(plane, scale))).into_iter().flatten().collect()
}

/// The pairs of features that resemble each other and no other feature.
pub(super) fn matches(one: &[Feature], other: &[Feature]) -> Vec<(usize, usize)> {
    let forth = nearest(one, other);
    let back = nearest(other, one);
    let pairs = forth.iter().enumerate().filter_map(|(from, to)| to.map(|to| (from, to)));
    pairs.filter(|(from, to)| back[*to] == Some(*from)).collect()
}

/// For each feature, the most similar other one, if the second is clearly less similar.
fn nearest(one: &[Feature], other: &[Feature]) -> Vec<Option<usize>> {
    let nearest = |feature: &Feature| {
        let (mut best, mut second) = ((f32::MIN, None), f32::MIN);
        for (at, candidate) in other.iter().enumerate() {
            let similarity = product(&feature.description, &candidate.description);
            if similarity > best.0 {
                // The same corner in the next size is no rival.
                if best.1.is_none_or(|before: usize| is_apart(&other[before], candidate)) {
                    second = best.0;
                }
                best = (similarity, Some(at));
            } else if similarity > second
                && best.1.is_some_and(|best: usize| is_apart(&other[best], candidate))
            {
                second = similarity;
            }
        }
        // Descriptions have the length 1.
        let distance = |similarity: f32| (2.0 - 2.0 * similarity.min(1.0)).sqrt();
        best.1.filter(|_| distance(best.0) < DISTINCT * distance(second.max(-1.0)))
    };
    map(one, nearest)
}

fn is_apart(one: &Feature, other: &Feature) -> bool {
    const NEAR: f64 = 0.015;
    (one.at.0 - other.at.0).abs() > NEAR || (one.at.1 - other.at.1).abs() > NEAR
}

fn product(one: &Description, other: &Description) -> f32 {
    let mut sums = [0.0; 16];
    for (one, other) in one.chunks_exact(16).zip(other.chunks_exact(16)) {
        for at in 0..16 {
            sums[at] += one[at] * other[at];
        }
    }
    sums.iter().sum()
}

/// Shrinks a picture.
fn scaled(plane: &Plane, scale: f32) -> Plane {
    if scale >= 1.0 {
        return plane.gaussian_blur(0.8);
    }
    // Whole steps first, so that the blur stays small.
    let whole = (1.0 / scale) as usize;
    let plane = if whole > 1 { &plane.square_means(whole) } else { plane };
    let rest = scale * whole as f32;
    let blurred = plane.gaussian_blur(0.8 / rest);
    let side = |side: usize| ((side as f32 * rest) as usize).max(1);
    let (width, height) = (side(plane.width), side(plane.height));
    let mut into = Plane::new(width, height);
    let (across, down) = (plane.width as f32 / width as f32, plane.height as f32 / height as f32);
    for (y, row) in into.levels.chunks_exact_mut(width).enumerate() {
        for (x, level) in row.iter_mut().enumerate() {
            *level = blurred.bilinear((x as f32 + 0.5) * across, (y as f32 + 0.5) * down);
        }
    }
    into
}

fn of_size(plane: &Plane) -> Vec<Feature> {
    let (width, height) = (plane.width, plane.height);
    if width <= 2 * RADIUS + 4 || height <= 2 * RADIUS + 4 {
        return Vec::new();
    }
    let (across, down) = gradients(plane);
    let corners = corners(&across, &down);
    let count = ((plane.levels.len() as f32 * DENSITY) as usize).min(MOST);
    let at = |(x, y): (usize, usize)| ((x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64);
    let described = corners
        .into_iter()
        .take(count)
        .map(|(x, y)| Feature { at: at((x, y)), description: description(&across, &down, x, y) });
    described.collect()
}

fn gradients(plane: &Plane) -> (Plane, Plane) {
    let (width, height) = (plane.width, plane.height);
    let (mut across, mut down) = (Plane::new(width, height), Plane::new(width, height));
    for y in 1..height - 1 {
        let (above, row, below) = (plane.row(y - 1), plane.row(y), plane.row(y + 1));
        for (into, levels) in across.row_mut(y)[1..].iter_mut().zip(row.windows(3)) {
            *into = (levels[2] - levels[0]) / 2.0;
        }
        for (into, (above, below)) in down.row_mut(y).iter_mut().zip(above.iter().zip(below)) {
            *into = (below - above) / 2.0;
        }
    }
    (across, down)
}

/// The corners, those with the most contrast first.
fn corners(across: &Plane, down: &Plane) -> Vec<(usize, usize)> {
    const SIGMA: f32 = 1.5;
    let product = |one: &Plane, other: &Plane| one.clone().zip_with(other, |a, b| a * b).gaussian_blur(SIGMA);
    let (xx, xy, yy) = (product(across, across), product(across, down), product(down, down));
    let mut corner = xx.clone();
    for (at, level) in corner.levels.iter_mut().enumerate() {
        let (xx, xy, yy) = (xx.levels[at], xy.levels[at], yy.levels[at]);
        *level = (xx + yy) / 2.0 - ((xx - yy) / 2.0).hypot(xy);
    }
    let margin = RADIUS + 1;
    let mut found = Vec::new();
    for y in margin..corner.height - margin {
        let rows = [y - 2, y - 1, y, y + 1, y + 2].map(|y| corner.row(y));
        for x in margin..corner.width - margin {
            let level = rows[2][x];
            if level > MIN_CORNER {
                let largest = rows
                    .iter()
                    .flat_map(|row| &row[x - 2..=x + 2])
                    .fold(f32::MIN, |max, level| fmax(max, *level));
                if level >= largest {
                    found.push((level, (x, y)));
                }
            }
        }
    }
    found.sort_by(|one, two| two.0.total_cmp(&one.0));
    spread(found, corner.width, corner.height)
}

/// Orders corners so that each part of the picture has some among the first ones.
fn spread(corners: Vec<(f32, (usize, usize))>, width: usize, height: usize) -> Vec<(usize, usize)> {
    const PARTS: usize = 6;
    let mut counts = [[0; PARTS]; PARTS];
    let mut ranked: Vec<(usize, (usize, usize))> = corners
        .into_iter()
        .map(|(_, (x, y))| {
            let count = &mut counts[y * PARTS / height][x * PARTS / width];
            *count += 1;
            (*count, (x, y))
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, corner)| corner).collect()
}

/// The gradients around a corner: for each cell, how strong they are in each direction.
fn description(across: &Plane, down: &Plane, x: usize, y: usize) -> Description {
    const SIDE: usize = 2 * RADIUS;
    /// The largest share of a direction, so that one strong edge does not hide all others.
    const LARGEST: f32 = 0.2;

    let mut cells = [[[0.0; DIRECTIONS]; CELLS]; CELLS];
    let cell = |at: usize| {
        let position = (at as f32 + 0.5) * CELLS as f32 / SIDE as f32 - 0.5;
        let first = position.floor();
        (first as isize, position - first)
    };
    for (row, line) in (y - RADIUS..y + RADIUS).enumerate() {
        let (cell_y, share_y) = cell(row);
        for (column, at) in (x - RADIUS..x + RADIUS).enumerate() {
            let (dx, dy) = (across.row(line)[at], down.row(line)[at]);
            let strength = dx.hypot(dy);
            let turn = dy.atan2(dx) / std::f32::consts::TAU * DIRECTIONS as f32 + DIRECTIONS as f32;
            let (direction, share) = (turn as usize, turn.fract());
            let (cell_x, share_x) = cell(column);
            for (cell_y, weight_y) in [(cell_y, 1.0 - share_y), (cell_y + 1, share_y)] {
                for (cell_x, weight_x) in [(cell_x, 1.0 - share_x), (cell_x + 1, share_x)] {
                    let cell = usize::try_from(cell_y).ok().and_then(|y| cells.get_mut(y));
                    let cell = cell.zip(usize::try_from(cell_x).ok()).and_then(|(row, x)| row.get_mut(x));
                    if let Some(cell) = cell {
                        let strength = strength * weight_x * weight_y;
                        cell[direction % DIRECTIONS] += strength * (1.0 - share);
                        cell[(direction + 1) % DIRECTIONS] += strength * share;
                    }
                }
            }
        }
    }
    let mut description = [0.0; CELLS * CELLS * DIRECTIONS];
    description.copy_from_slice(cells.as_flattened().as_flattened());
    for limit in [LARGEST, f32::INFINITY] {
        let length = description.iter().map(|level| level * level).sum::<f32>().sqrt().max(1e-6);
        description.iter_mut().for_each(|level| *level = (*level / length).min(limit));
    }
    description
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Overlapping bright and dark squares, drawn at a scale.
    fn squares(scale: f32) -> Plane {
        let (width, height) = ((600.0 * scale) as usize, (400.0 * scale) as usize);
        let mut rng = fastrand::Rng::with_seed(3);
        let squares: Vec<[f32; 4]> = (0..120)
            .map(|_| [rng.f32() * 600.0, rng.f32() * 400.0, 8.0 + rng.f32() * 40.0, rng.f32() * 255.0])
            .collect();
        let mut plane = Plane::new(width, height);
        for (at, level) in plane.levels.iter_mut().enumerate() {
            let (x, y) = ((at % width) as f32 / scale, (at / width) as f32 / scale);
            let covers = |[left, top, side, _]: &&[f32; 4]| {
                (*left..left + side).contains(&x) && (*top..top + side).contains(&y)
            };
            *level = squares.iter().rev().find(covers).map_or(120.0, |square| square[3]);
        }
        plane
    }

    #[test]
    fn corners_are_recognized_at_another_size() {
        let (one, other) = (features(&squares(1.0)), features(&squares(0.7)));
        let matches = matches(&one, &other);
        let is_right = |(from, to): &&(usize, usize)| {
            let (from, to) = (one[*from].at, other[*to].at);
            (from.0 - to.0).hypot(from.1 - to.1) < 0.01
        };
        let right = matches.iter().filter(is_right).count();
        assert!(right > 100 && right * 10 > matches.len() * 9, "{right} of {}", matches.len());
    }

    #[test]
    fn a_smooth_picture_has_no_corners() {
        let levels = (0..300 * 200).map(|at| (at % 300) as f32 / 2.0).collect();
        assert!(features(&Plane { width: 300, height: 200, levels }).is_empty());
        assert!(features(&Plane::new(3, 2)).is_empty());
    }
}
