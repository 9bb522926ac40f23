//! Whether an edit changed the contrast of the whole picture, as another light does.
//!
//! In a dark picture, another light changes levels little. But it scales the differences between them, at all sizes: a
//! blur or less noise only scales the small ones.

use crate::plane::Plane;
use crate::statistics::median;

/// The side of a cell, in squares of [`SQUARE`] pixels.
const SIDE: usize = 8;
const SQUARE: usize = 4;
/// The least variance of a cell that shows anything, in squared levels.
const MIN_VARIANCE: f32 = 1.0;
/// The least correlation of cells that show the same.
const SAME: f32 = 0.75;
/// The least number of such cells, and their least share of the cells that show anything.
const MIN_CELLS: usize = 12;
const MIN_SHARE: f32 = 0.5;
/// The factors of contrast beyond which the light changed. In real answers, they are from 0.93 to 1.06.
const DARKER: f32 = 0.75;
const LIGHTER: f32 = 1.33;

/// Compares the luma of two pictures of the same size, without their fine detail.
pub(super) fn is_scaled(edited: &Plane, original: &Plane) -> bool {
    let (edited, original) = (edited.square_means(SQUARE), original.square_means(SQUARE));
    let (mut factors, mut inverse, mut all) = (Vec::new(), Vec::new(), 0);
    for top in (0..edited.height).step_by(SIDE) {
        for left in (0..edited.width).step_by(SIDE) {
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
            let (one, other) = (variance(sums.0, squares.0), variance(sums.1, squares.1));
            let covariance = (product - sums.0 * sums.1 / count) / count;
            if one.max(other) > MIN_VARIANCE {
                all += 1;
                if covariance > SAME * (one * other).sqrt() {
                    // The slope of each picture in the other. New or lost detail affects only one of them.
                    factors.push(covariance / other);
                    inverse.push(one / covariance);
                }
            }
        }
    }
    if factors.len() < MIN_CELLS || (factors.len() as f32) < MIN_SHARE * all as f32 {
        return false;
    }
    median(&mut inverse) < DARKER || median(&mut factors) > LIGHTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_contrast_is_another_light_and_less_noise_is_not() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut noise =
            || Plane { width: 320, height: 240, levels: (0..320 * 240).map(|_| rng.f32() * 60.0).collect() };
        let shapes = noise().gaussian_blur(9.0).map(|level| 30.0 + 20.0 * (level - 30.0));
        let noisy = shapes.clone().zip_with(&noise(), |level, noise| level + noise);
        let dark = shapes.clone().map(|level| 0.4 * level);
        assert!(is_scaled(&dark, &shapes) && is_scaled(&shapes, &dark));
        assert!(is_scaled(&dark, &noisy));
        assert!(!is_scaled(&shapes, &noisy) && !is_scaled(&noisy, &shapes));
        assert!(!is_scaled(&shapes, &shapes.gaussian_blur(2.0)));
    }
}
