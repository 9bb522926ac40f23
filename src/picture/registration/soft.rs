//! Whether a soft picture was moved.
//!
//! A sky, or a photo that is out of focus, has no corners by which its parts could be found. It still has light and dark
//! areas, and if these lie elsewhere in the answer, the answer does not lie where it is taken to be.

use seededit_base::parallel::map;
use seededit_resize::Size;

use super::views::{Sampler, Views};
use crate::geometry::Placement;
use crate::plane::Plane;
use crate::statistics::median;

/// The longer side of the answer, in pixels: at first, and when the best placements are refined.
const COARSE: usize = 24;
const FINE: usize = 48;
/// The factors by which the answer may be scaled in each direction. Those between are reached by refining.
const SCALES: [f64; 9] = [0.67, 0.75, 0.84, 0.92, 1.0, 1.09, 1.2, 1.33, 1.5];
/// How far its center may be off, as a share of its sides: in steps to both sides.
const STEPS: i32 = 5;
const STEP: f64 = 0.04;
/// The number of placements that are refined.
const REFINED: usize = 3;
/// The least share of the answer that the original has to cover.
const MIN_COVERED: f32 = 0.3;
/// The error up to which both pictures show the same, in levels.
const SAME: f32 = 1.5;
/// How much smaller the error elsewhere has to be, and how small as a share of the contrast.
const BETTER: f32 = 0.35;
const OF_CONTRAST: f32 = 0.2;
/// Corners that are nearer are not elsewhere, as a share of the original's longer side.
const ELSEWHERE: f64 = 0.01;

/// How well an answer shows the original in a place. In levels.
struct Agreement {
    /// The median error, after a change of light.
    error: f32,
    /// The median deviation of the answer from its median.
    contrast: f32,
}

/// Whether the answer shows the original clearly better elsewhere than where it is `placed`. `size` is that of the
/// original in the unit of placements.
pub(super) fn has_moved(answer: &Views<'_>, original: &Views<'_>, size: Size, placed: &Placement) -> bool {
    let (answer, original) = (&Blurred::new(answer), &Blurred::new(original));
    let (answer, original) = (answer.views(), &original.views());
    let fine = Soft::new(&answer, original, size, FINE);
    let is_there = |_: f64, _: f64| true;
    if fine.agreement(placed, is_there).is_none_or(|found| found.error < SAME) {
        return false;
    }
    let coarse = Soft::new(&answer, original, size, COARSE);
    let mut found: Vec<(f32, Placement)> = map(candidates(placed), |candidate| {
        coarse.agreement(&candidate, is_there).map(|found| (found.relative(), candidate))
    })
    .into_iter()
    .flatten()
    .collect();
    found.sort_by(|one, two| one.0.total_cmp(&two.0));
    found.truncate(REFINED);
    map(found, |(_, candidate)| fine.refined(candidate)).into_iter().any(|candidate| {
        let longer_side = f64::from(size.width.max(size.height));
        let Some(there) = fine.agreement(&candidate, is_there) else { return false };
        // An edit that covers half of the answer must not count against the place of the rest.
        let is_covered = |across: f64, down: f64| {
            let (x, y) = candidate.point(across, down);
            (0.0..f64::from(size.width)).contains(&x) && (0.0..f64::from(size.height)).contains(&y)
        };
        let Some(here) = fine.agreement(placed, is_covered) else { return false };
        candidate.distance(placed) > ELSEWHERE * longer_side
            && here.error > SAME
            && there.error < BETTER * here.error
            && there.error < OF_CONTRAST * there.contrast
    })
}

/// The placements that are tried.
fn candidates(placed: &Placement) -> Vec<Placement> {
    let mut candidates = Vec::new();
    for width in SCALES {
        for height in SCALES {
            for (across, down) in (-STEPS..=STEPS).flat_map(|y| (-STEPS..=STEPS).map(move |x| (x, y))) {
                candidates
                    .push(changed(placed, [width, height, f64::from(across) * STEP, f64::from(down) * STEP]));
            }
        }
    }
    candidates
}

/// Scales a placement around its center, and shifts it by shares of its sides.
fn changed(placed: &Placement, [width, height, across, down]: [f64; 4]) -> Placement {
    let (new_width, new_height) = (placed.width * width, placed.height * height);
    Placement {
        x: placed.x + (placed.width - new_width) / 2.0 + placed.width * across,
        y: placed.y + (placed.height - new_height) / 2.0 + placed.height * down,
        width: new_width,
        height: new_height,
        angle: placed.angle,
    }
}

/// A picture at a small size, without what its pixels cannot show: stripes would look moved.
struct Blurred(Plane);

impl Blurred {
    fn new(views: &Views<'_>) -> Blurred {
        let plane = views.level(views.count() - 1);
        let sigma = plane.width.max(plane.height) as f32 / FINE as f32;
        Blurred(plane.gaussian_blur(sigma))
    }

    fn views(&self) -> Views<'_> {
        Views::new(&self.0)
    }
}

/// A small answer, and its original.
struct Soft<'a> {
    answer: Plane,
    /// The exact size of the answer, in its pixels.
    sides: (f64, f64),
    original: &'a Views<'a>,
    size: Size,
}

impl<'a> Soft<'a> {
    fn new(answer: &Views<'_>, original: &'a Views<'a>, size: Size, side: usize) -> Soft<'a> {
        let level = answer.count() - 1;
        let (plane, (width, height)) = (answer.level(level), answer.size(level));
        let by = (plane.width.max(plane.height) / side).max(1);
        let sides = (width / by as f64, height / by as f64);
        Soft { answer: plane.square_means(by), sides, original, size }
    }

    /// How well the answer shows the original where it is placed, where a part of the answer is wanted. `None` if the original
    /// covers too little of it.
    fn agreement(&self, placed: &Placement, is_wanted: impl Fn(f64, f64) -> bool) -> Option<Agreement> {
        let original = Sampler::new(self.original, self.size, self.sides, placed);
        let Plane { width, height, .. } = self.answer;
        let mut pairs = Vec::with_capacity(width * height);
        for y in 0..height {
            for (x, level) in self.answer.row(y).iter().enumerate() {
                let (across, down) = ((x as f64 + 0.5) / self.sides.0, (y as f64 + 0.5) / self.sides.1);
                if is_wanted(across, down)
                    && let Some(there) = original.level(x as f64, y as f64)
                {
                    pairs.push((there, *level));
                }
            }
        }
        if (pairs.len() as f32) < MIN_COVERED * (width * height) as f32 {
            return None;
        }
        let mut levels: Vec<f32> = pairs.iter().map(|(_, level)| *level).collect();
        let middle = median(&mut levels);
        levels.iter_mut().for_each(|level| *level = (*level - middle).abs());
        Some(Agreement { error: error_of(&pairs), contrast: median(&mut levels) })
    }

    /// Moves a placement by ever smaller steps to where it is best.
    fn refined(&self, from: Placement) -> Placement {
        const STEPS: [f64; 4] = [0.03, 0.015, 0.007, 0.003];
        const MAX_ROUNDS: usize = 10;
        /// A round that gains less than the rest of this is the last one of its step.
        const ENOUGH: f32 = 0.98;

        let quality = |placement: &Placement| {
            self.agreement(placement, |_, _| true).map_or(f32::INFINITY, |found| found.relative())
        };
        let (mut best, mut least) = (from, quality(&from));
        for step in STEPS {
            for _ in 0..MAX_ROUNDS {
                let before = least;
                for at in 0..4 {
                    for by in [-step, step] {
                        let mut change = [1.0, 1.0, 0.0, 0.0];
                        change[at] += by;
                        let candidate = changed(&best, change);
                        let found = quality(&candidate);
                        if found < least {
                            (best, least) = (candidate, found);
                        }
                    }
                }
                if least > ENOUGH * before {
                    break;
                }
            }
        }
        best
    }
}

impl Agreement {
    /// The error as a share of the contrast: a part without contrast agrees with anything.
    fn relative(&self) -> f32 {
        self.error / self.contrast.max(1.0)
    }
}

/// The median error of levels of the answer that are predicted by those of the original: the light may have changed. Pairs
/// that are far off, where the edit is, do not count for the change.
fn error_of(pairs: &[(f32, f32)]) -> f32 {
    const PASSES: usize = 3;
    /// The errors of pairs that count, in medians, and at least in levels.
    const COUNTED: f32 = 3.0;
    const MIN_COUNTED: f32 = 1.5;

    let (mut counted, mut error) = (pairs.to_vec(), 0.0);
    for _ in 0..PASSES {
        let (gain, offset) = line(&counted);
        let off = |(there, level): &(f32, f32)| (level - gain * there - offset).abs();
        let mut errors: Vec<f32> = pairs.iter().map(off).collect();
        error = median(&mut errors);
        let most = (COUNTED * error).max(MIN_COUNTED);
        counted = pairs.iter().copied().filter(|pair| off(pair) <= most).collect();
    }
    error
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

    const SIZE: Size = Size { width: 480, height: 320 };
    const WHOLE: Placement = Placement { x: 0.0, y: 0.0, width: 480.0, height: 320.0, angle: 0.0 };

    /// A picture with wide waves in a direction each, as wide as the clouds of a sky.
    fn sky(x: f64, y: f64) -> f64 {
        let wave = |length: f64, turn: f64, start: f64| {
            ((x * turn.cos() + y * turn.sin()) / length * std::f64::consts::TAU + start).sin()
        };
        128.0 + 30.0 * wave(260.0, 0.3, 0.0) + 25.0 * wave(170.0, 1.4, 2.0) + 15.0 * wave(120.0, 2.4, 4.0)
    }

    /// An answer that lies somewhere on a picture, which is 0 outside of the original.
    fn answer(placed: &Placement, edited: impl Fn(f64, f64) -> f64) -> Plane {
        let (width, height) = (480, 320);
        let mut plane = Plane::new(width, height);
        for (at, level) in plane.levels.iter_mut().enumerate() {
            let (x, y) = (at % width, at / width);
            let (x, y) = placed.point((x as f64 + 0.5) / 480.0, (y as f64 + 0.5) / 320.0);
            let is_inside = (0.0..480.0).contains(&x) && (0.0..320.0).contains(&y);
            *level = if is_inside { edited(x, y) as f32 } else { 0.0 };
        }
        plane
    }

    fn is_moved(answer: &Plane, original: &Plane) -> bool {
        has_moved(&Views::new(answer), &Views::new(original), SIZE, &WHOLE)
    }

    #[test]
    fn areas_of_light_that_lie_elsewhere_are_noticed() {
        let original = answer(&WHOLE, sky);
        let cropped = Placement { x: 48.0, y: 32.0, width: 384.0, height: 256.0, angle: 0.0 };
        let shifted = Placement { x: 14.0, y: -9.0, ..WHOLE };
        let between_bars = Placement { x: -100.0, width: 680.0, ..WHOLE };
        for placed in [cropped, shifted, between_bars] {
            assert!(is_moved(&answer(&placed, sky), &original), "{placed:?}");
            let dimmed = |x: f64, y: f64| 0.4 * sky(x, y) + 5.0;
            assert!(is_moved(&answer(&placed, dimmed), &original), "{placed:?}, dimmed");
        }
    }

    #[test]
    fn edits_where_the_answer_lies_are_not() {
        let original = answer(&WHOLE, sky);
        let night = |x: f64, y: f64| (sky(x, y) / 255.0).powf(1.8) * 150.0;
        let vignette = |x: f64, y: f64| {
            let far = ((x - 240.0) / 240.0).powi(2) + ((y - 160.0) / 160.0).powi(2);
            sky(x, y) * (1.0 - 0.25 * far)
        };
        let ball = |x: f64, y: f64| if (x - 200.0).hypot(y - 180.0) < 110.0 { 230.0 } else { sky(x, y) };
        for (name, answer) in [
            ("none", answer(&WHOLE, sky)),
            ("night", answer(&WHOLE, night)),
            ("vignette", answer(&WHOLE, vignette)),
            ("ball", answer(&WHOLE, ball)),
        ] {
            assert!(!is_moved(&answer, &original), "{name}");
        }
        let another = |x: f64, y: f64| sky(y * 1.7 + 900.0, x * 0.6);
        assert!(!is_moved(&answer(&WHOLE, another), &original), "another picture is nowhere");
    }

    #[test]
    fn a_picture_without_contrast_is_nowhere_else() {
        let flat = answer(&WHOLE, |_, _| 90.0);
        let ramp = answer(&WHOLE, |x, _| 60.0 + x / 40.0);
        assert!(!is_moved(&flat, &flat) && !is_moved(&ramp, &flat) && !is_moved(&flat, &ramp));
    }
}
