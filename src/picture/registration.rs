//! Registration: finds where on the original an answer lies.
//!
//! Blocks of the answer are searched for in the original around where they should be, from a small size to the full one,
//! and a [`Placement`] is fitted to those that were found. Most of them may be missing or wrong: the edit may have
//! replaced most of the picture. If the first guesses fail, corners are recognized anywhere in the original.
//!
//! A placement far from all guesses needs evidence that is unambiguous: a regular pattern fits in several places. An answer
//! that is mirrored or rotated by right angles has no placement, even if some of it fits.

mod blocks;
mod drift;
mod features;
mod light;
mod lines;
mod rivals;
mod robust;
mod soft;
mod softness;
mod turned;
mod views;

use seededit_base::parallel::join;
use seededit_resize::Size;

use self::blocks::{Block, Match, find, has_contrast_everywhere, textured};
pub(crate) use self::drift::Drift;
use self::drift::has_moved;
use self::features::{features, matches};
use self::lines::have_lines_moved;
use self::rivals::has_rival;
use self::robust::{Bounds, Correspondence, Fit, fit_most, fit_near};
use self::soft::Areas;
use self::softness::softened_like;
use self::turned::is_turned;
use self::views::{Sampler, Views};
use crate::geometry::{Placement, Rect};
use crate::plane::Plane;

/// The most blocks that are compared at a size.
const BLOCKS: usize = 240;
/// How far blocks are searched for, in pixels: at the smallest size, and after a placement is known from a smaller one.
const FAR: usize = 6;
const NEAR: usize = 2;
/// How far blocks may be off, in pixels: at the smallest size, and after a placement is known from a smaller one.
const FIRST: f64 = 1.0;
const NEXT: f64 = 0.7;
/// The least number of blocks that agree with a placement, and their least share of all blocks with corners and of those
/// that were found. Pictures with nothing in common reach a share of 0.1 of all blocks.
const MIN_AGREEING: usize = 12;
const MIN_SHARE: f64 = 0.12;
const MIN_SHARE_OF_FOUND: f64 = 0.4;
/// A picture with fewer blocks cannot be registered.
const MIN_BLOCKS: usize = 12;
/// A placement whose corners are this near to where they should be is exactly there, in pixels of the answer. Blocks are
/// found to about a tenth of that.
const EXACT: f64 = 0.1;
/// The same as a multiple of the standard error of the fit: the corners of a rectangle that is fitted to noisy blocks are
/// off by about three of them.
const EXACT_ERRORS: f64 = 6.0;
/// A placement whose corners are this near to those of a guess is the guess, shifted by the model, in pixels of the
/// answer. It needs no other evidence.
const NEAR_GUESS: f64 = 1.5;
/// Guesses that differ less need not be tried separately, as a share of the original's longer side.
const SAME_GUESS: f64 = 0.02;

/// An answer and its original, to be registered.
pub(crate) struct Registration<'a> {
    answer: Views<'a>,
    original: Views<'a>,
    /// The size of the original, in the unit of placements.
    size: Size,
}

/// A placement that was refined.
#[derive(Clone, Copy)]
struct Refined {
    placement: Placement,
    /// The standard error of its position, in pixels of the original.
    error: f64,
}

/// Where an answer lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Registered {
    At(Placement),
    /// In more than one place.
    Ambiguous,
    /// Where it is expected, by its light and dark areas. Its details do not tell.
    Softly,
    /// Not where it is expected. It is too soft to tell where it does.
    Elsewhere,
    /// Nowhere, because it is mirrored, or rotated by right angles.
    Turned,
    /// The pictures have too little in common.
    Nowhere,
    /// One of the pictures is too smooth to tell.
    Smooth,
}

/// Registers a much softer answer on an original that is softened like it. `None` if that is not found either.
pub(crate) fn register_softened(
    answer: &Plane,
    original: &Plane,
    size: Size,
    guesses: &[Placement],
) -> Option<Placement> {
    /// What is soft is not found more exactly, in pixels of the original.
    const EXACT: f64 = 0.5;

    let softened = softened_like(answer, original)?;
    match Registration::new(answer, &softened, size).register(guesses) {
        Registered::At(placed) => {
            let expected = guesses.iter().find(|guess| guess.distance(&placed) < EXACT);
            Some(expected.copied().unwrap_or(placed))
        }
        _ => None,
    }
}

impl Registration<'_> {
    /// Takes the luma of both pictures, each at any scale. `size` is that of the original in the unit of placements.
    pub(crate) fn new<'a>(answer: &'a Plane, original: &'a Plane, size: Size) -> Registration<'a> {
        let (answer, original) = join(|| Views::new(answer), || Views::new(original));
        Registration { answer, original, size }
    }

    /// Registers the answer. The first of the `guesses` that proves true as it is, or else the one that fits most exactly when
    /// it is refined, is taken; if none does, all of the original is searched.
    pub(crate) fn register(&self, guesses: &[Placement]) -> Registered {
        let registered = self.registered(guesses);
        let mut placements = guesses.to_vec();
        match registered {
            Registered::At(placed) => placements.insert(0, placed),
            Registered::Nowhere | Registered::Smooth => {}
            _ => return registered,
        }
        // Where it was found, or else where it is taken to be.
        let have_lines_moved = |placed| have_lines_moved(&self.answer, &self.original, self.size, placed);
        if placements.first().is_some_and(have_lines_moved) {
            return Registered::Ambiguous;
        }
        // Before the light is looked at: that of a mirrored picture may also fit elsewhere.
        if is_turned(&self.answer, &self.original, self.size, &placements) {
            return Registered::Turned;
        }
        let is_unproven = matches!(registered, Registered::Nowhere | Registered::Smooth);
        let areas = match placements.first() {
            Some(taken) if is_unproven => soft::find(&self.answer, &self.original, self.size, taken),
            _ => Areas::Unknown,
        };
        match areas {
            Areas::Elsewhere => Registered::Elsewhere,
            Areas::Here if registered == Registered::Nowhere => Registered::Softly,
            Areas::Here | Areas::Unknown => registered,
        }
    }

    fn registered(&self, guesses: &[Placement]) -> Registered {
        let coarsest = self.answer.count() - 1;
        let is_smooth =
            |views: &Views<'_>| textured(views.level(views.count() - 1), 8, MIN_BLOCKS).len() < MIN_BLOCKS;
        if is_smooth(&self.answer) || is_smooth(&self.original) {
            return Registered::Smooth;
        }
        let longer_side = f64::from(self.size.width.max(self.size.height));
        let mut nearest: Option<(Refined, &Placement)> = None;
        for (at, guess) in guesses.iter().enumerate() {
            let is_same = |other: &Placement| other.distance(guess) < SAME_GUESS * longer_side;
            if guesses[..at].iter().any(is_same) {
                continue;
            }
            let Some(fit) = self.refined(guess, coarsest, FAR) else { continue };
            if self.is_expected(&fit.placement, guesses) {
                return Registered::At(self.simplified(fit, Some(guess)));
            }
            // A horizon fits at any vertical scale, so a wrong guess may prove true. The right one fits more exactly.
            if nearest.is_none_or(|(nearest, _)| fit.error < nearest.error) {
                nearest = Some((fit, guess));
            }
        }
        if let Some((fit, guess)) = nearest {
            return self.evident(fit, Some(guess), guesses);
        }
        match self.recognized().and_then(|found| self.refined(&found, coarsest.min(2), FAR)) {
            Some(fit) => self.evident(fit, None, guesses),
            // Wherever a moved pattern is put, parts of it fit. An edit would leave most of it where it was.
            None if self.is_pattern() => Registered::Ambiguous,
            None => Registered::Nowhere,
        }
    }

    /// The placement of a fit, if the evidence for it is sufficient: it is a guess, or the answer fits nowhere else.
    fn evident(&self, fit: Refined, guess: Option<&Placement>, guesses: &[Placement]) -> Registered {
        if self.is_expected(&fit.placement, guesses) || !self.is_ambiguous(&fit.placement) {
            return Registered::At(self.simplified(fit, guess));
        }
        // Of several places that are as good, one that was expected is right.
        let level = (self.answer.count() - 1).min(1);
        let expected = guesses
            .iter()
            .filter_map(|guess| Some((self.refined(guess, level, NEAR)?, guess)))
            .find(|(fit, _)| self.is_expected(&fit.placement, guesses));
        match expected {
            Some((fit, guess)) => Registered::At(self.simplified(fit, Some(guess))),
            None => Registered::Ambiguous,
        }
    }

    /// Whether a placement is a guess, shifted by the model.
    fn is_expected(&self, placed: &Placement, guesses: &[Placement]) -> bool {
        let tolerance = NEAR_GUESS * self.unit(*placed, 0);
        guesses.iter().any(|guess| guess.distance(placed) < tolerance)
    }

    /// Whether the answer would fit elsewhere as well as where it is placed.
    pub(crate) fn is_ambiguous(&self, placed: &Placement) -> bool {
        let level = self.answer.count().saturating_sub(2);
        let original = Sampler::new(&self.original, self.size, self.answer.size(level), placed);
        fits_elsewhere(self.answer.level(level), &original)
    }

    /// Whether the original repeats itself everywhere, as a wall of bricks does. A small size shows large bricks, and lacks
    /// the details of small ones.
    fn is_pattern(&self) -> bool {
        let whole = Placement::of(Rect::whole(self.size));
        let small = self.original.count().saturating_sub(2);
        [small, small.saturating_sub(1)].into_iter().any(|level| {
            let plane = self.original.level(level);
            let original = Sampler::new(&self.original, self.size, self.original.size(level), &whole);
            has_contrast_everywhere(&textured(plane, 8, BLOCKS), plane) && fits_elsewhere(plane, &original)
        })
    }

    /// Returns the guess if the placement differs less than can be measured, or else the placement without a rotation that
    /// small.
    fn simplified(&self, Refined { placement, error }: Refined, guess: Option<&Placement>) -> Placement {
        let tolerance = (EXACT * self.unit(placement, 0)).max(EXACT_ERRORS * error);
        let upright = Placement { angle: 0.0, ..placement };
        guess
            .copied()
            .into_iter()
            .chain([upright])
            .find(|simple| simple.distance(&placement) < tolerance)
            .unwrap_or(placement)
    }

    /// How far parts of the answer are from where it is placed. `None` if they are where they should be.
    pub(crate) fn drift(&self, placed: &Placement) -> Option<Drift> {
        /// How far parts may be off, in pixels of the answer at half its size. There, blocks see enough to be found
        /// where a model repainted the texture.
        const RADIUS: usize = 4;
        /// The least number of blocks from which a drift is estimated.
        const MIN_FOUND: usize = 40;

        let level = (self.answer.count() - 1).min(1);
        let plane = self.answer.level(level);
        // Few blocks tell whether there is any.
        let found = self.search(level, &textured(plane, 16, BLOCKS), placed, RADIUS);
        if found.len() < MIN_FOUND || !has_moved(found.iter().map(|found| found.shift)) {
            return None;
        }
        let blocks = Drift::blocks(plane.width, plane.height);
        let blocks: Vec<Block> = blocks.into_iter().filter(|block| block.has_corner(plane)).collect();
        Drift::new(&self.search(level, &blocks, placed, RADIUS), plane.width, plane.height)
    }

    /// The width of a pixel of the answer at a level, in pixels of the original.
    fn unit(&self, placed: Placement, level: usize) -> f64 {
        placed.width / self.answer.size(level).0
    }

    /// Refines a guess from a level to the largest. At the first one, searches up to `radius` pixels from where blocks
    /// should be. `None` if the guess proves wrong.
    fn refined(&self, guess: &Placement, from: usize, radius: usize) -> Option<Refined> {
        /// The tolerance relative to the median error, for answers whose parts were moved.
        const SPREAD: f64 = 2.0;

        let bounds = Bounds::near(guess);
        let mut placed = *guess;
        let mut tolerance = 0.0_f64;
        let mut best_error = f64::INFINITY;
        for level in (0..=from).rev() {
            let is_first = level == from;
            let blocks = textured(self.answer.level(level), if is_first { 8 } else { 16 }, BLOCKS);
            let blocks: Vec<Block> =
                blocks.into_iter().filter(|block| self.is_covered(level, block, &placed)).collect();
            // Sampling between pixels softens the original. Once it is aligned, both sides of a shift look the same.
            let passes = if level == 0 { 2 } else { 1 };
            for _ in 0..passes {
                let found = self.search(level, &blocks, &placed, if is_first { radius } else { NEAR });
                let unit = self.unit(placed, level);
                let points: Vec<_> =
                    found.iter().map(|found| self.correspondence(level, found, &placed)).collect();
                let fit = if is_first {
                    fit_most(&points, &bounds, FIRST * unit)?
                } else {
                    fit_near(&points, &placed, &bounds, tolerance.max(NEXT * unit))?
                };
                // At the full size, noise hides blocks that were found before.
                let is_telling = level > 0 || is_first;
                if is_telling && !is_convincing(&fit, points.len(), blocks.len()) {
                    return None;
                }
                // The full size may have few corners, which tell less than many of a smaller one.
                let error = fit.median_error / (fit.inliers as f64).sqrt();
                if error > best_error {
                    break;
                }
                best_error = error;
                tolerance = (SPREAD * fit.median_error).min(FIRST * self.unit(fit.placement, from));
                let moved = fit.placement.distance(&placed);
                placed = fit.placement;
                if moved < EXACT * unit {
                    break;
                }
            }
        }
        Some(Refined { placement: placed, error: best_error })
    }

    fn is_covered(&self, level: usize, block: &Block, placed: &Placement) -> bool {
        let (width, height) = self.answer.size(level);
        let (x, y) = block.center();
        let (x, y) = placed.point(x / width, y / height);
        (0.0..f64::from(self.size.width)).contains(&x) && (0.0..f64::from(self.size.height)).contains(&y)
    }

    fn search(&self, level: usize, blocks: &[Block], placed: &Placement, radius: usize) -> Vec<Match> {
        let sampler = Sampler::new(&self.original, self.size, self.answer.size(level), placed);
        find(self.answer.level(level), blocks, &sampler, radius)
    }

    fn correspondence(&self, level: usize, found: &Match, placed: &Placement) -> Correspondence {
        let (width, height) = self.answer.size(level);
        let (x, y) = found.block.center();
        let from = (x / width - 0.5, y / height - 0.5);
        let (x, y) = (x + f64::from(found.shift.0), y + f64::from(found.shift.1));
        Correspondence { from, to: placed.point(x / width, y / height) }
    }

    /// Finds a placement by corners that look alike. `None` if there are too few, or several placements are as good.
    fn recognized(&self) -> Option<Placement> {
        /// How far off a corner may be, as a share of the original's longer side.
        const TOLERANCE: f64 = 0.006;
        const MIN_INLIERS: usize = 10;
        /// The share of the best placement's corners with which another one is as good.
        const RIVAL: f64 = 0.6;

        let (answer, original) = join(|| features(self.answer.level(0)), || features(self.original.level(0)));
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        let points: Vec<Correspondence> = matches(&answer, &original)
            .into_iter()
            .map(|(from, to)| {
                let (from, to) = (answer[from].at, original[to].at);
                Correspondence { from: (from.0 - 0.5, from.1 - 0.5), to: (to.0 * width, to.1 * height) }
            })
            .collect();
        let (answer_width, answer_height) = self.answer.size(0);
        let bounds = Bounds {
            width: (width * 0.1, width * 8.0),
            height: (height * 0.1, height * 8.0),
            squeeze: 2.0,
            ratio: answer_width / answer_height,
        };
        let tolerance = TOLERANCE * width.max(height);
        let best = fit_most(&points, &bounds, tolerance)?;
        if best.inliers < MIN_INLIERS {
            return None;
        }
        let others: Vec<_> =
            points.into_iter().filter(|point| !point.agrees(&best.placement, tolerance)).collect();
        let rival = fit_most(&others, &bounds, tolerance);
        let is_rival = |rival: Fit| rival.inliers as f64 > RIVAL * best.inliers as f64;
        (!rival.is_some_and(is_rival)).then_some(best.placement)
    }
}

/// Whether an answer would fit elsewhere as well as in the place where `original` has its pixels.
fn fits_elsewhere(answer: &Plane, original: &Sampler<'_>) -> bool {
    let found = find(answer, &textured(answer, 8, BLOCKS), original, NEAR);
    has_rival(answer, &found, original)
}

/// Whether enough blocks agree with a placement, of those that were `found` and of all `blocks` with corners.
fn is_convincing(fit: &Fit, found: usize, blocks: usize) -> bool {
    let agreeing = fit.inliers as f64;
    fit.inliers >= MIN_AGREEING.min(blocks / 2)
        && agreeing >= MIN_SHARE * blocks as f64
        && agreeing >= MIN_SHARE_OF_FOUND * found as f64
}
