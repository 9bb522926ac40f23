//! Whether an answer shows the original mirrored or rotated by right angles.
//!
//! A few strong shapes can make such an answer look right: the round edge of a moon is the same in a mirror. So the cells
//! of the answer are counted that show the original, in each view of it. The view as it is has to be as good as any other.

use seededit_base::parallel::map;
use seededit_resize::Size;

use super::views::{Sampler, Views};
use crate::geometry::Placement;
use crate::plane::Plane;

/// The side of a cell, in pixels.
const SIDE: usize = 8;
/// The least variance of a cell that shows anything, in squared levels. At this size, neither noise nor codecs have as
/// much.
const MIN_VARIANCE: f32 = 0.3;
/// The least correlation of cells that show the same.
const SAME: f32 = 0.75;
/// How many more cells another view has to explain, and as a share of the cells that show anything.
const MIN_MORE: usize = 4;
const MIN_MORE_SHARE: f32 = 0.15;
/// The share of the cells that a view has to explain if the answer as it is could only be the negative of the original.
const NEARLY_ALL: f32 = 0.9;
/// The largest relative difference between the aspect ratios of the original and of an answer that is on its side.
const MAX_RATIO_CHANGE: f64 = 1.07;

/// How a view of an answer is turned.
#[derive(Clone, Copy)]
struct View {
    is_mirrored: bool,
    is_upside_down: bool,
    /// Whether rows and columns are exchanged.
    is_on_its_side: bool,
}

/// The cells of an answer that show the original.
#[derive(Clone, Copy, Default)]
struct Count {
    /// As it is, and as its negative.
    same: usize,
    negative: usize,
    /// Cells that show anything, in either picture.
    all: usize,
}

/// Whether another view of the answer explains clearly more of it than the answer as it is, at the best of some
/// `placements`. `size` is that of the original in their unit.
pub(super) fn is_turned(
    answer: &Views<'_>,
    original: &Views<'_>,
    size: Size,
    placements: &[Placement],
) -> bool {
    let level = answer.count().saturating_sub(2);
    let (plane, sides) = (answer.level(level), answer.size(level));
    let count = |plane: &Plane, sides, placement: &Placement| {
        count(plane, &Sampler::new(original, size, sides, placement))
    };
    let upright = map(placements, |placement| count(plane, sides, placement));
    let same = upright.iter().map(|count| count.same).max().unwrap_or(0);
    let negative = upright.iter().map(|count| count.negative).max().unwrap_or(0);
    let all = upright.iter().map(|count| count.all).max().unwrap_or(0);
    let more = MIN_MORE.max((MIN_MORE_SHARE * all as f32) as usize);
    if same + more > all {
        return false;
    }
    let whole =
        Placement { x: 0.0, y: 0.0, width: size.width.into(), height: size.height.into(), angle: 0.0 };
    let change = sides.1 / sides.0 / size.ratio();
    let can_be_on_its_side = (1.0 / MAX_RATIO_CHANGE..=MAX_RATIO_CHANGE).contains(&change);
    let turned = map(View::others(), |view| match view.is_on_its_side {
        false => placements.iter().map(|at| count(&view.of(plane), sides, at).same).max().unwrap_or(0),
        true if can_be_on_its_side => count(&view.of(plane), (sides.1, sides.0), &whole).same,
        true => 0,
    });
    turned.into_iter().any(|turned| {
        let is_nearly_all = turned as f32 > NEARLY_ALL * all as f32;
        turned >= same + more && (turned >= negative + more || is_nearly_all)
    })
}

impl View {
    /// All views but the one as it is.
    fn others() -> Vec<View> {
        let view =
            |at: u8| View { is_mirrored: at & 1 > 0, is_upside_down: at & 2 > 0, is_on_its_side: at & 4 > 0 };
        (1..8).map(view).collect()
    }

    fn of(self, plane: &Plane) -> Plane {
        let (width, height) =
            if self.is_on_its_side { (plane.height, plane.width) } else { (plane.width, plane.height) };
        let mut view = Plane::new(width, height);
        for (y, row) in view.levels.chunks_exact_mut(width.max(1)).enumerate() {
            for (x, level) in row.iter_mut().enumerate() {
                let (x, y) = if self.is_on_its_side { (y, x) } else { (x, y) };
                let x = if self.is_mirrored { plane.width - 1 - x } else { x };
                let y = if self.is_upside_down { plane.height - 1 - y } else { y };
                *level = plane.row(y)[x];
            }
        }
        view
    }
}

/// Counts the cells of a plane that show the original.
fn count(plane: &Plane, original: &Sampler<'_>) -> Count {
    let mut total = Count::default();
    let mut there = [0.0; SIDE * SIDE];
    for top in (0..plane.height.saturating_sub(SIDE)).step_by(SIDE) {
        for left in (0..plane.width.saturating_sub(SIDE)).step_by(SIDE) {
            if original.sample(left as f64, top as f64, SIDE, &mut there).is_none() {
                continue;
            }
            let rows = (top..top + SIDE).map(|y| &plane.row(y)[left..left + SIDE]);
            let (mut sums, mut squares, mut product) = ((0.0, 0.0), (0.0, 0.0), 0.0);
            for (a, b) in rows.flatten().zip(&there) {
                sums = (sums.0 + a, sums.1 + b);
                squares = (squares.0 + a * a, squares.1 + b * b);
                product += a * b;
            }
            let pixels = (SIDE * SIDE) as f32;
            let variance = |sum: f32, square: f32| ((square - sum * sum / pixels) / pixels).max(0.0);
            let (one, other) = (variance(sums.0, squares.0), variance(sums.1, squares.1));
            if one.max(other) < MIN_VARIANCE {
                continue;
            }
            total.all += 1;
            let covariance = (product - sums.0 * sums.1 / pixels) / pixels;
            let limit = SAME * (one * other).sqrt();
            total.same += usize::from(limit > 0.0 && covariance > limit);
            total.negative += usize::from(limit > 0.0 && covariance < -limit);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Smooth random shapes.
    fn shapes(width: usize, height: usize) -> Plane {
        let mut rng = fastrand::Rng::with_seed(2);
        let levels = (0..width * height).map(|_| rng.f32() * 2000.0).collect();
        Plane { width, height, levels }.gaussian_blur(4.0)
    }

    #[test]
    fn each_other_view_is_recognized_and_the_upright_one_is_not() {
        let size = Size { width: 320, height: 320 };
        let original = shapes(320, 320);
        let whole = Placement { x: 0.0, y: 0.0, width: 320.0, height: 320.0, angle: 0.0 };
        let is_turned =
            |answer: &Plane| is_turned(&Views::new(answer), &Views::new(&original), size, &[whole]);
        assert!(!is_turned(&original));
        assert!(!is_turned(&original.clone().map(|level| 255.0 - level)));
        for view in View::others() {
            assert!(is_turned(&view.of(&original)));
        }
    }

    #[test]
    fn a_symmetrical_picture_with_an_edit_is_upright() {
        let mut original = shapes(320, 240);
        for y in 0..240 {
            for x in 0..160 {
                original.levels[y * 320 + 319 - x] = original.levels[y * 320 + x];
            }
        }
        let mut answer = original.clone();
        let edit = shapes(64, 64);
        (0..64).for_each(|y| answer.row_mut(y + 40)[30..94].copy_from_slice(edit.row(y)));
        let size = Size { width: 320, height: 240 };
        let whole = Placement { x: 0.0, y: 0.0, width: 320.0, height: 240.0, angle: 0.0 };
        assert!(!is_turned(&Views::new(&answer), &Views::new(&original), size, &[whole]));
    }
}
