//! Whether a soft picture is where it is expected.
//!
//! A sky, or a photo that is out of focus, has no corners by which its parts could be found. It still has light and dark
//! areas. If these lie elsewhere in the answer, the answer does not lie where it is taken to be.

use seededit_base::parallel::map;
use seededit_resize::Size;

use super::light::Errors;
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
/// The difference to a neighbor, in levels, from which a pixel shows anything. What has one color fits anywhere.
const FLAT: f32 = 0.15;
/// The least share of the answer that shows anything, and of that what the original has to cover.
const MIN_SHOWN: f32 = 0.1;
const MIN_COVERED: f32 = 0.3;
/// The error up to which both pictures show the same, in levels.
const SAME: f32 = 1.5;
/// How small the error of most of the answer is, as a share of the contrast, if it lies where it is expected.
const HERE: f32 = 0.12;
/// How much smaller the error elsewhere has to be, and how small as a share of the contrast.
const BETTER: f32 = 0.35;
const OF_CONTRAST: f32 = 0.2;
/// Corners that are nearer are not elsewhere, as a share of the original's longer side.
const ELSEWHERE: f64 = 0.01;

/// How well an answer shows the original in a place. In levels.
struct Agreement {
    errors: Errors,
    /// The median deviation of the answer from its median.
    contrast: f32,
}

/// Where the light and dark areas of a soft answer lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Areas {
    /// Where they are expected.
    Here,
    /// The answer shows the original clearly better elsewhere.
    Elsewhere,
    Unknown,
}

/// Looks where the light and dark areas of an answer lie that is taken to be `placed`. `size` is that of the original in the
/// unit of placements.
pub(super) fn find(answer: &Views<'_>, original: &Views<'_>, size: Size, placed: &Placement) -> Areas {
    let (answer, original) = (&Blurred::new(answer), &Blurred::new(original));
    let (answer, original) = (answer.views(), &original.views());
    let sizes = [FINE, COARSE].map(|side| Soft::new(&answer, original, size, side));
    let [Some(fine), Some(coarse)] = sizes else { return Areas::Unknown };
    match fine.robust_agreement(placed, |_, _| true) {
        Some(found) if found.is_proof() => return Areas::Here,
        Some(found) if found.errors.median >= SAME => {}
        _ => return Areas::Unknown,
    }
    let mut found: Vec<(f32, Placement)> = map(candidates(placed), |candidate| {
        coarse.agreement(&candidate).map(|found| (found.relative(), candidate))
    })
    .into_iter()
    .flatten()
    .collect();
    found.sort_by(|one, two| one.0.total_cmp(&two.0));
    found.truncate(REFINED);
    let is_better = |candidate: Placement| {
        let longer_side = f64::from(size.width.max(size.height));
        let Some(there) = fine.agreement(&candidate) else { return false };
        // An edit that covers half of the answer must not count against the place of the rest.
        let is_covered = |across: f64, down: f64| {
            let (x, y) = candidate.point(across, down);
            (0.0..f64::from(size.width)).contains(&x) && (0.0..f64::from(size.height)).contains(&y)
        };
        let Some(here) = fine.robust_agreement(placed, is_covered) else { return false };
        candidate.distance(placed) > ELSEWHERE * longer_side
            && here.errors.median > SAME
            && there.errors.median < BETTER * here.errors.median
            && there.errors.median < OF_CONTRAST * there.contrast
    };
    let refined = map(found, |(_, candidate)| fine.refined(candidate));
    if refined.into_iter().any(is_better) { Areas::Elsewhere } else { Areas::Unknown }
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

/// What a small answer shows, and its original.
struct Soft<'a> {
    points: Vec<Point>,
    /// The exact size of the answer, in its pixels.
    sides: (f64, f64),
    original: &'a Views<'a>,
    size: Size,
}

/// A pixel of the answer.
struct Point {
    x: f64,
    y: f64,
    level: f32,
}

impl<'a> Soft<'a> {
    /// `None` if the answer shows next to nothing.
    fn new(answer: &Views<'_>, original: &'a Views<'a>, size: Size, side: usize) -> Option<Soft<'a>> {
        let level = answer.count() - 1;
        let (plane, (width, height)) = (answer.level(level), answer.size(level));
        let by = (plane.width.max(plane.height) / side).max(1);
        let sides = (width / by as f64, height / by as f64);
        let answer = plane.square_means(by);
        let points = points(&answer);
        let is_shown = points.len() as f32 >= MIN_SHOWN * answer.levels.len() as f32;
        is_shown.then_some(Soft { points, sides, original, size })
    }

    /// How well the answer shows the original where it is placed. `None` if the original covers too little of it.
    fn agreement(&self, placed: &Placement) -> Option<Agreement> {
        self.agreement_where(placed, |_, _| true, Errors::of)
    }

    /// The same, where a part of the answer is wanted, even if large parts of it are new.
    fn robust_agreement(
        &self,
        placed: &Placement,
        is_wanted: impl Fn(f64, f64) -> bool,
    ) -> Option<Agreement> {
        self.agreement_where(placed, is_wanted, Errors::robust)
    }

    fn agreement_where(
        &self,
        placed: &Placement,
        is_wanted: impl Fn(f64, f64) -> bool,
        errors: fn(&[(f32, f32)]) -> Errors,
    ) -> Option<Agreement> {
        let original = Sampler::new(self.original, self.size, self.sides, placed);
        let mut pairs = Vec::with_capacity(self.points.len());
        for Point { x, y, level } in &self.points {
            if is_wanted((x + 0.5) / self.sides.0, (y + 0.5) / self.sides.1)
                && let Some(there) = original.level(*x, *y)
            {
                pairs.push((there, *level));
            }
        }
        if (pairs.len() as f32) < MIN_COVERED * self.points.len() as f32 {
            return None;
        }
        let mut levels: Vec<f32> = pairs.iter().map(|(_, level)| *level).collect();
        let middle = median(&mut levels);
        levels.iter_mut().for_each(|level| *level = (*level - middle).abs());
        Some(Agreement { errors: errors(&pairs), contrast: median(&mut levels) })
    }

    /// Moves a placement by ever smaller steps to where it is best.
    fn refined(&self, from: Placement) -> Placement {
        const STEPS: [f64; 4] = [0.03, 0.015, 0.007, 0.003];
        const MAX_ROUNDS: usize = 10;
        /// A round that gains less than the rest of this is the last one of its step.
        const ENOUGH: f32 = 0.98;

        let quality =
            |placement: &Placement| self.agreement(placement).map_or(f32::INFINITY, |found| found.relative());
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

/// The pixels that show anything.
fn points(plane: &Plane) -> Vec<Point> {
    /// The least difference to a neighbor, as a share of the median. Around a lamp, most of the picture is nearly flat.
    const OF_MEDIAN: f32 = 0.5;

    let level = |x: usize, y: usize| plane.row(y)[x];
    let contrast = |x: usize, y: usize| {
        let neighbors = [
            (x.saturating_sub(1), y),
            ((x + 1).min(plane.width - 1), y),
            (x, y.saturating_sub(1)),
            (x, (y + 1).min(plane.height - 1)),
        ];
        neighbors.into_iter().map(|(to_x, to_y)| (level(to_x, to_y) - level(x, y)).abs()).fold(0.0, f32::max)
    };
    let mut points: Vec<(f32, Point)> = (0..plane.height)
        .flat_map(|y| (0..plane.width).map(move |x| (x, y)))
        .map(|(x, y)| (contrast(x, y), Point { x: x as f64, y: y as f64, level: level(x, y) }))
        .filter(|(contrast, _)| *contrast > FLAT)
        .collect();
    let mut contrasts: Vec<f32> = points.iter().map(|(contrast, _)| *contrast).collect();
    let least = OF_MEDIAN * median(&mut contrasts);
    points.retain(|(contrast, _)| *contrast >= least);
    points.into_iter().map(|(_, point)| point).collect()
}

impl Agreement {
    /// The error as a share of the contrast: a part without contrast agrees with anything.
    fn relative(&self) -> f32 {
        self.errors.median / self.contrast.max(1.0)
    }

    /// Whether nearly all of the answer shows the original.
    fn is_proof(&self) -> bool {
        self.errors.most < SAME.min(HERE * self.contrast)
    }
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

    fn areas(answer: &Plane, original: &Plane) -> Areas {
        find(&Views::new(answer), &Views::new(original), SIZE, &WHOLE)
    }

    #[test]
    fn areas_of_light_that_lie_elsewhere_are_noticed() {
        let original = answer(&WHOLE, sky);
        let cropped = Placement { x: 48.0, y: 32.0, width: 384.0, height: 256.0, angle: 0.0 };
        let shifted = Placement { x: 14.0, y: -9.0, ..WHOLE };
        let between_bars = Placement { x: -100.0, width: 680.0, ..WHOLE };
        for placed in [cropped, shifted, between_bars] {
            assert_eq!(areas(&answer(&placed, sky), &original), Areas::Elsewhere, "{placed:?}");
            let dimmed = |x: f64, y: f64| 0.4 * sky(x, y) + 5.0;
            assert_eq!(areas(&answer(&placed, dimmed), &original), Areas::Elsewhere, "{placed:?}, dimmed");
        }
    }

    #[test]
    fn edits_where_the_answer_lies_are_not_elsewhere() {
        let original = answer(&WHOLE, sky);
        let night = |x: f64, y: f64| (sky(x, y) / 255.0).powf(1.8) * 150.0;
        let vignette = |x: f64, y: f64| {
            let far = ((x - 240.0) / 240.0).powi(2) + ((y - 160.0) / 160.0).powi(2);
            sky(x, y) * (1.0 - 0.25 * far)
        };
        let ball = |x: f64, y: f64| if (x - 200.0).hypot(y - 180.0) < 110.0 { 230.0 } else { sky(x, y) };
        for (name, answer, expected) in [
            ("none", answer(&WHOLE, sky), Areas::Here),
            ("dimmed", answer(&WHOLE, |x, y| 0.4 * sky(x, y) + 5.0), Areas::Here),
            ("night", answer(&WHOLE, night), Areas::Unknown),
            ("vignette", answer(&WHOLE, vignette), Areas::Unknown),
            ("ball", answer(&WHOLE, ball), Areas::Unknown),
        ] {
            assert_eq!(areas(&answer, &original), expected, "{name}");
        }
        let another = |x: f64, y: f64| sky(y * 1.7 + 900.0, x * 0.6);
        assert_eq!(areas(&answer(&WHOLE, another), &original), Areas::Unknown, "another picture is nowhere");
    }

    #[test]
    fn an_object_on_a_ramp_beside_white_is_an_edit() {
        // Parts of the ramp look the same elsewhere, in another light.
        let ramp = |x: f64, y: f64| if x < 240.0 { 255.0 } else { 40.0 + 0.15 * x + 0.3 * y };
        let original = answer(&WHOLE, ramp);
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..40 {
            let center = (480.0 * rng.f64(), 320.0 * rng.f64());
            let radii = (30.0 + 80.0 * rng.f64(), 30.0 + 80.0 * rng.f64());
            let (color, light) = (255.0 * rng.f64(), 0.3 + 0.7 * rng.f64());
            let object = |x: f64, y: f64| {
                let is_inside = ((x - center.0) / radii.0).abs().max(((y - center.1) / radii.1).abs()) < 1.0;
                let is_label = x < 200.0 && y > 290.0;
                if is_inside || is_label { color } else { light * ramp(x, y) }
            };
            let found = areas(&answer(&WHOLE, object), &original);
            assert_ne!(found, Areas::Elsewhere, "{radii:?} at {center:?}, {color}, {light}");
        }
    }

    #[test]
    fn a_picture_without_contrast_is_nowhere_else() {
        let flat = answer(&WHOLE, |_, _| 90.0);
        let ramp = answer(&WHOLE, |x, _| 60.0 + x / 40.0);
        for (one, two) in [(&flat, &flat), (&ramp, &flat), (&flat, &ramp)] {
            assert_eq!(areas(one, two), Areas::Unknown);
        }
    }
}
