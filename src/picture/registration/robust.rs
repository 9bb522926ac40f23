//! Fits a placement to corresponding points, of which most may be wrong.

use fastrand::Rng;

use crate::geometry::Placement;

/// A point of the answer and the point of the original that shows the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correspondence {
    /// The point of the answer, relative to its center, in widths and heights of the answer.
    pub(super) from: (f64, f64),
    /// The point of the original, in pixels.
    pub(super) to: (f64, f64),
}

/// A placement as a linear map: `x = center.0 + a·u - b·v·(d/a)` and `y = center.1 + b·u + d·v`.
#[derive(Clone, Copy)]
struct Linear {
    center: (f64, f64),
    /// The width and the height times the cosine of the angle.
    a: f64,
    d: f64,
    /// The width times the sine of the angle.
    b: f64,
}

impl Linear {
    fn at(&self, (u, v): (f64, f64)) -> (f64, f64) {
        let Linear { center, a, b, d } = *self;
        (center.0 + a * u - b * (d / a) * v, center.1 + b * u + d * v)
    }

    fn placement(&self) -> Placement {
        let cos = self.a.hypot(self.b) / self.a;
        let (width, height) = (self.a * cos, self.d * cos);
        Placement {
            x: self.center.0 - width / 2.0,
            y: self.center.1 - height / 2.0,
            width,
            height,
            angle: self.b.atan2(self.a).to_degrees(),
        }
    }

    fn of(placement: &Placement) -> Linear {
        let (sin, cos) = placement.angle.to_radians().sin_cos();
        Linear {
            center: placement.point(0.5, 0.5),
            a: placement.width * cos,
            d: placement.height * cos,
            b: placement.width * sin,
        }
    }
}

/// What a placement may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The smallest and the largest width and height, in pixels.
    pub(super) width: (f64, f64),
    pub(super) height: (f64, f64),
    /// The largest relative difference between the horizontal and the vertical scale of the answer.
    pub(super) squeeze: f64,
    /// The horizontal divided by the vertical scale of an answer whose sides are equal.
    pub(super) ratio: f64,
}

impl Bounds {
    /// About the same as a guess.
    pub(super) fn near(guess: &Placement) -> Bounds {
        let range = |side: f64| (side * 0.7, side * 1.4);
        let (width, height) = (range(guess.width), range(guess.height));
        Bounds { width, height, squeeze: 1.3, ratio: guess.width / guess.height }
    }

    fn allow(&self, Linear { a, d, .. }: &Linear) -> bool {
        let squeeze = a / d / self.ratio;
        (self.width.0..=self.width.1).contains(a)
            && (self.height.0..=self.height.1).contains(d)
            && (1.0 / self.squeeze..=self.squeeze).contains(&squeeze)
    }
}

/// A placement that was fitted.
pub(super) struct Fit {
    pub(super) placement: Placement,
    /// The number of correspondences that agree with it.
    pub(super) inliers: usize,
    /// The median error of all correspondences, in pixels of the original.
    pub(super) median_error: f64,
}

impl Correspondence {
    pub(super) fn agrees(&self, placement: &Placement, tolerance: f64) -> bool {
        squared_error(self, &Linear::of(placement)) < tolerance.powi(2)
    }
}

/// Finds the placement with which most correspondences agree within `tolerance` pixels of the original.
///
/// The result is always the same for the same input.
pub(super) fn fit_most(points: &[Correspondence], bounds: &Bounds, tolerance: f64) -> Option<Fit> {
    /// With nine wrong points in ten, one pair in a hundred is right.
    const ATTEMPTS: usize = 1500;
    /// The least distance between the points of a pair in each direction, in sides of the answer.
    const APART: f64 = 0.12;
    /// The score per point from which no other pair is tried. The rest is up to the final fit.
    const ENOUGH: f64 = 0.6;

    if points.len() < 3 {
        return None;
    }
    let mut rng = Rng::with_seed(1);
    let mut best: Option<(f64, Linear)> = None;
    for _ in 0..ATTEMPTS {
        let (one, two) = (points[rng.usize(0..points.len())], points[rng.usize(0..points.len())]);
        let (du, dv) = (two.from.0 - one.from.0, two.from.1 - one.from.1);
        if du.abs() < APART || dv.abs() < APART {
            continue;
        }
        let (a, d) = ((two.to.0 - one.to.0) / du, (two.to.1 - one.to.1) / dv);
        let center = (one.to.0 - a * one.from.0, one.to.1 - d * one.from.1);
        let model = Linear { center, a, d, b: 0.0 };
        if !bounds.allow(&model) {
            continue;
        }
        let score = score(points, &model, tolerance);
        if best.is_none_or(|(best, _)| score > best) {
            best = Some((score, model));
            if score > ENOUGH * points.len() as f64 {
                break;
            }
        }
    }
    refit(points, best?.1, bounds, tolerance)
}

/// Fits a placement to the correspondences near a first guess.
pub(super) fn fit_near(
    points: &[Correspondence],
    guess: &Placement,
    bounds: &Bounds,
    tolerance: f64,
) -> Option<Fit> {
    refit(points, Linear::of(guess), bounds, tolerance)
}

/// The number of points that agree, each the less the farther it is off.
fn score(points: &[Correspondence], model: &Linear, tolerance: f64) -> f64 {
    points.iter().map(|point| (1.0 - squared_error(point, model) / tolerance.powi(2)).max(0.0)).sum()
}

fn squared_error(point: &Correspondence, model: &Linear) -> f64 {
    let (x, y) = model.at(point.from);
    (x - point.to.0).powi(2) + (y - point.to.1).powi(2)
}

/// Improves a model by least squares over the points that agree with it.
fn refit(points: &[Correspondence], mut model: Linear, bounds: &Bounds, tolerance: f64) -> Option<Fit> {
    // At first, a rotation that the model does not have yet moves points at the border away.
    for widening in [2.5, 1.7, 1.2, 1.0, 1.0] {
        model = least_squares(points, &model, bounds.ratio, tolerance * widening)?;
        if !bounds.allow(&model) {
            return None;
        }
    }
    let mut errors: Vec<f64> = points.iter().map(|point| squared_error(point, &model).sqrt()).collect();
    errors.sort_by(f64::total_cmp);
    let inliers = errors.partition_point(|error| *error < tolerance);
    Some(Fit { placement: model.placement(), inliers, median_error: errors[errors.len() / 2] })
}

/// Solves for all five parameters. Points that are farther off than `tolerance` do not count, and others count the less
/// the farther they are off.
///
/// Points in one row say nothing about the vertical scale, and points in one column nothing about the horizontal one. Then
/// both scales are taken to be equal: to have this `ratio`.
fn least_squares(points: &[Correspondence], model: &Linear, ratio: f64, tolerance: f64) -> Option<Linear> {
    /// The least standard deviation of the points in a direction that tells a scale, in sides of the answer.
    const SPREAD: f64 = 0.06;
    /// The weight of equal scales, in points.
    const CERTAIN: f64 = 1e3;

    let shear = model.d / model.a;
    let mut matrix = [[0.0; 6]; 5];
    let (mut count, mut spread) = (0, [Moments::default(); 2]);
    for point in points {
        let weight = (1.0 - squared_error(point, model) / tolerance.powi(2)).max(0.0).powi(2);
        if weight == 0.0 {
            continue;
        }
        count += 1;
        let (u, v) = point.from;
        spread[0].add(u, weight);
        spread[1].add(v, weight);
        // The unknowns are both coordinates of the center, a, d and b.
        for (row, value) in
            [([1.0, 0.0, u, 0.0, -shear * v], point.to.0), ([0.0, 1.0, 0.0, v, u], point.to.1)]
        {
            for (equation, one) in matrix.iter_mut().zip(row) {
                for (into, other) in equation.iter_mut().zip(row) {
                    *into += weight * one * other;
                }
                equation[5] += weight * one * value;
            }
        }
    }
    if count < 4 {
        return None;
    }
    if spread.iter().any(|moments| moments.variance() < SPREAD.powi(2)) {
        let equal = [0.0, 0.0, 1.0, -ratio, 0.0];
        for (equation, one) in matrix.iter_mut().zip(equal) {
            equation.iter_mut().zip(equal).for_each(|(into, other)| *into += CERTAIN * one * other);
        }
    }
    let [x, y, a, d, b] = solved(matrix)?;
    Some(Linear { center: (x, y), a, d, b })
}

/// The sums of weighted numbers.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64, weight: f64) {
        self.weight += weight;
        self.sum += weight * value;
        self.squares += weight * value * value;
    }

    fn variance(&self) -> f64 {
        let mean = self.sum / self.weight;
        self.squares / self.weight - mean * mean
    }
}

/// Solves linear equations, each with its right-hand side last.
fn solved(mut equations: [[f64; 6]; 5]) -> Option<[f64; 5]> {
    for column in 0..5 {
        let largest = |one: &usize, two: &usize| {
            equations[*one][column].abs().total_cmp(&equations[*two][column].abs())
        };
        let pivot = (column..5).max_by(largest)?;
        equations.swap(column, pivot);
        let equation = equations[column];
        if equation[column].abs() < 1e-9 {
            return None;
        }
        for (at, other) in equations.iter_mut().enumerate() {
            if at != column {
                let factor = other[column] / equation[column];
                other.iter_mut().zip(equation).for_each(|(into, level)| *into -= factor * level);
            }
        }
    }
    let mut solution = [0.0; 5];
    for (at, (into, equation)) in solution.iter_mut().zip(equations).enumerate() {
        *into = equation[5] / equation[at];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_is_found_although_most_points_are_wrong() {
        let truth = Placement { x: -30.0, y: 12.5, width: 900.0, height: 500.0, angle: 0.6 };
        let mut rng = Rng::with_seed(5);
        let points: Vec<Correspondence> = (0..150)
            .map(|at| {
                let from = (rng.f64() - 0.5, rng.f64() - 0.5);
                let to = if at % 5 == 0 {
                    truth.point(from.0 + 0.5, from.1 + 0.5)
                } else {
                    (rng.f64() * 900.0, rng.f64() * 500.0)
                };
                Correspondence { from, to }
            })
            .collect();
        let bounds = Bounds { width: (100.0, 2000.0), height: (100.0, 2000.0), squeeze: 1.5, ratio: 1.8 };
        let fit = fit_most(&points, &bounds, 3.0).unwrap();
        assert!(fit.placement.distance(&truth) < 0.5, "{:?}", fit.placement);
        assert!((30..36).contains(&fit.inliers), "{}", fit.inliers);
    }

    #[test]
    fn points_in_one_row_leave_both_scales_equal() {
        let truth = Placement { x: 3.0, y: -20.0, width: 900.0, height: 600.0, angle: 0.0 };
        let mut rng = Rng::with_seed(7);
        let points: Vec<Correspondence> = (0..80)
            .map(|at| {
                let from = (f64::from(at) / 80.0 - 0.5, 0.1 + 0.01 * rng.f64());
                let (x, y) = truth.point(from.0 + 0.5, from.1 + 0.5);
                Correspondence { from, to: (x + 0.3 * rng.f64(), y + 0.3 * rng.f64()) }
            })
            .collect();
        let bounds = Bounds::near(&Placement { x: 0.0, y: 0.0, width: 900.0, height: 600.0, angle: 0.0 });
        let fit = fit_near(&points, &truth, &bounds, 3.0).unwrap();
        assert!(fit.placement.distance(&truth) < 0.5, "{:?}", fit.placement);
    }

    #[test]
    fn a_placement_out_of_bounds_is_not_found() {
        let truth = Placement { x: 0.0, y: 0.0, width: 900.0, height: 100.0, angle: 0.0 };
        let corners = [(-0.5, -0.5), (0.5, -0.4), (-0.4, 0.5), (0.45, 0.45), (0.0, 0.1)];
        let points = corners.map(|from| Correspondence { from, to: truth.point(from.0 + 0.5, from.1 + 0.5) });
        let bounds = Bounds { width: (100.0, 2000.0), height: (50.0, 2000.0), squeeze: 2.0, ratio: 1.0 };
        assert!(fit_most(&points, &bounds, 3.0).is_none());
        assert!(fit_most(&points[..2], &Bounds { ratio: 9.0, ..bounds }, 3.0).is_none());
        assert!(fit_most(&points, &Bounds { ratio: 9.0, ..bounds }, 3.0).is_some());
    }
}
