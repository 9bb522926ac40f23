//! How well a change of light explains the levels of an answer.

use crate::statistics::{median, quantile};

/// How far the levels of an answer are from those that the original predicts after a change of light: a line that does not
/// fall.
#[derive(Clone, Copy)]
pub(super) struct Errors {
    pub(super) median: f32,
    /// The error that four fifths of the levels do not exceed.
    pub(super) most: f32,
}

impl Errors {
    /// Takes pairs of levels, of the original and of the answer.
    pub(super) fn of(pairs: &[(f32, f32)]) -> Errors {
        refined(pairs, line(pairs))
    }

    /// The same, even if an edit of nearly half of the pairs hides the change of light: tries lines through two of the pairs.
    pub(super) fn robust(pairs: &[(f32, f32)]) -> Errors {
        /// One in a hundred tries suffices.
        const TRIES: usize = 100;

        let mut rng = fastrand::Rng::with_seed(1);
        let Some(guess) = (0..TRIES)
            .filter_map(|_| Some(line(&[*rng.choice(pairs)?, *rng.choice(pairs)?])))
            .map(|guess| (errors(pairs, guess).median, guess))
            .min_by(|one, two| one.0.total_cmp(&two.0))
        else {
            return Errors::of(pairs);
        };
        Errors::of(pairs).better(refined(pairs, guess.1))
    }

    fn better(self, other: Errors) -> Errors {
        if other.median < self.median { other } else { self }
    }
}

/// The least errors from a first guess of the change. Pairs that are far off, where the edit is, do not count for the next
/// ones.
fn refined(pairs: &[(f32, f32)], guess: (f32, f32)) -> Errors {
    const PASSES: usize = 3;
    /// The errors of pairs that count, in medians, and at least in levels.
    const COUNTED: f32 = 3.0;
    const MIN_COUNTED: f32 = 1.5;

    let mut change = guess;
    let mut least = errors(pairs, change);
    for _ in 1..PASSES {
        let limit = (COUNTED * least.median).max(MIN_COUNTED);
        let counted: Vec<_> = pairs.iter().copied().filter(|pair| error(*pair, change) <= limit).collect();
        change = line(&counted);
        least = least.better(errors(pairs, change));
    }
    least
}

fn errors(pairs: &[(f32, f32)], change: (f32, f32)) -> Errors {
    const MOST: f32 = 0.8;

    let mut errors: Vec<f32> = pairs.iter().map(|pair| error(*pair, change)).collect();
    Errors { median: median(&mut errors), most: quantile(&mut errors, MOST) }
}

fn error((there, level): (f32, f32), (gain, offset): (f32, f32)) -> f32 {
    (level - gain * there - offset).abs()
}

/// The line through points with the least squared error that does not fall: its slope, and its height at 0.
fn line(points: &[(f32, f32)]) -> (f32, f32) {
    let count = points.len().max(1) as f32;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / count, y / count);
    let (mut square, mut product) = (0.0, 0.0);
    for point in points {
        square += (point.0 - x) * (point.0 - x);
        product += (point.0 - x) * (point.1 - y);
    }
    let slope = if square > 0.0 { (product / square).max(0.0) } else { 0.0 };
    (slope, y - slope * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels in another light, of which a share is covered by an object of one color.
    fn pairs(covered: usize, color: f32) -> Vec<(f32, f32)> {
        let pair = |at: usize| {
            let level = (at * 37 % 200) as f32;
            (level, if at % 100 < covered { color } else { 0.4 * level + 20.0 })
        };
        (0..1500).map(pair).collect()
    }

    #[test]
    fn another_light_is_no_error() {
        let errors = Errors::of(&pairs(0, 0.0));
        assert!(errors.median < 0.01 && errors.most < 0.01);
    }

    #[test]
    fn a_large_object_hides_another_light_only_from_a_quick_look() {
        let pairs = pairs(45, 250.0);
        assert!(Errors::of(&pairs).median > 1.0);
        let errors = Errors::robust(&pairs);
        assert!(errors.median < 0.1 && errors.most > 20.0, "{} {}", errors.median, errors.most);
    }

    #[test]
    fn a_negative_is_no_change_of_light() {
        let negative: Vec<(f32, f32)> = (0..200).map(|at| (at as f32, 200.0 - at as f32)).collect();
        assert!(Errors::robust(&negative).median > 20.0);
    }

    #[test]
    fn nothing_has_no_error() {
        assert_eq!(Errors::robust(&[]).median, 0.0);
    }
}
