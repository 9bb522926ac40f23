//! Pictures of lines in one direction, such as blinds or stripes. They have no corners but those of noise, which are found
//! anywhere along the lines, so only the lines themselves tell whether an answer lies somewhere.
//!
//! Each block that shows a line tells how far the line is beside where it should be. Flat blocks tell nothing, nor do those
//! whose line was replaced, so neither counts. A picture of few wide stripes is mostly flat.

use super::blocks::{SIDE, SIMILAR, correlation, template};
use super::views::{Sampler, Views};
use super::{Block, Placement, Size};
use crate::plane::Plane;

/// The number of blocks in each direction that are compared.
const BLOCKS: usize = 12;
/// The least contrast of a block, and the most along its lines, as a share of that across them: eigenvalues of a structure
/// tensor, per pixel.
const MIN_ACROSS: f32 = 9.0;
const MAX_ALONG: f32 = 0.1;
/// The least variance of a block with a line, as a multiple of the contrast across it. At the border of a block, only one
/// side of a line is seen.
const MIN_VARIANCE: f32 = 0.5;
/// The least share of the blocks with contrast that show lines in the same direction, and their least number.
const MOST: f32 = 0.6;
const MIN_LINES: usize = 8;
/// How far the directions of lines agree: the cosine of twice the angle between them.
const SAME_DIRECTION: f32 = 0.9;
/// How far lines of an answer may be beside those of the original: in pixels of the answer, and in those of a smaller size,
/// where less cannot be measured.
const MAX_SHIFT: f32 = 0.75;
const MAX_SMALL_SHIFT: f32 = 0.25;
/// How far lines are searched for across them, in pixels.
const RANGE: i32 = 32;
/// The least that a displacement by a pixel changes a block in a way that no change of contrast and brightness does: in
/// squared levels, per pixel. With the noise of a codec, a tenth of a pixel is seen. An even gradient shows nothing.
const MIN_TELLING: f32 = 2.0;
/// The side of a block with a margin for gradients.
const WINDOW: usize = SIDE + 2;

/// Whether an original consists of lines in one direction, and most lines that the answer shows are beside where they would
/// be at a placement.
pub(super) fn have_lines_moved(
    answer: &Views<'_>,
    original: &Views<'_>,
    size: Size,
    placed: &Placement,
) -> bool {
    // A block of a small size shows more of wide lines, and one of a large size shows narrow ones.
    (0..answer.count()).rev().any(|level| {
        let sampler = Sampler::new(original, size, answer.size(level), placed);
        let max_shift = (MAX_SHIFT / (1 << level) as f32).max(MAX_SMALL_SHIFT);
        let lines = lines(answer.level(level), &sampler);
        let places = lines.iter().map(|line| line.place(answer.level(level), &sampler, max_shift));
        let (mut in_place, mut beside) = (0, 0);
        for place in places {
            match place {
                Place::Same => in_place += 1,
                Place::Beside => beside += 1,
                Place::Unknown => {}
            }
        }
        beside > in_place && beside >= MIN_LINES
    })
}

/// A block of the original that shows lines.
struct Line {
    block: Block,
    window: Window,
    across: Across,
}

/// Where the answer shows the lines of a block.
enum Place {
    Same,
    Beside,
    /// Nowhere near, or the block does not show where.
    Unknown,
}

/// The direction across lines: a vector of length 1.
#[derive(Clone, Copy)]
struct Across {
    x: f32,
    y: f32,
}

/// The blocks of the original that show lines, if it consists of lines in one direction; otherwise nothing.
fn lines(answer: &Plane, original: &Sampler<'_>) -> Vec<Line> {
    let mut with_contrast = 0;
    let mut lines: Vec<Line> = Vec::new();
    for block in spread(answer) {
        let mut window = Window([0.0; WINDOW * WINDOW]);
        if original.sample(block.x as f64 - 1.0, block.y as f64 - 1.0, WINDOW, &mut window.0).is_none() {
            continue;
        }
        let structure = window.structure();
        if structure.across > MIN_ACROSS {
            with_contrast += 1;
            let shows_both_sides = structure.variance > MIN_VARIANCE * structure.across;
            if shows_both_sides && structure.along < MAX_ALONG * structure.across {
                lines.push(Line { block, window, across: structure.direction });
            }
        }
    }
    // Opposite directions are the same, so their angles are doubled.
    let doubled = |Across { x, y }: Across| (x * x - y * y, 2.0 * x * y);
    let (cosines, sines) = lines.iter().fold((0.0, 0.0), |(cosines, sines), line| {
        let (cosine, sine) = doubled(line.across);
        (cosines + cosine, sines + sine)
    });
    let length = f32::hypot(cosines, sines).max(f32::MIN_POSITIVE);
    lines.retain(|line| {
        let (cosine, sine) = doubled(line.across);
        cosine * cosines + sine * sines > SAME_DIRECTION * length
    });
    let is_enough = lines.len() >= MIN_LINES && lines.len() as f32 >= MOST * with_contrast as f32;
    if is_enough { lines } else { Vec::new() }
}

/// Blocks that are spread evenly, away from the border.
fn spread(plane: &Plane) -> impl Iterator<Item = Block> {
    let start = |length: usize, at: usize| 1 + at * length.saturating_sub(WINDOW) / (BLOCKS - 1).max(1);
    let (width, height) = (plane.width, plane.height);
    let fits = width >= WINDOW && height >= WINDOW;
    let count = if fits { BLOCKS * BLOCKS } else { 0 };
    (0..count).map(move |at| Block { x: start(width, at % BLOCKS), y: start(height, at / BLOCKS) })
}

impl Line {
    /// Where the answer shows the lines, in any contrast: up to `max_shift` pixels from here, or beside.
    fn place(&self, answer: &Plane, original: &Sampler<'_>, max_shift: f32) -> Place {
        let Line { block, window, across } = self;
        let (template, norm) = template(answer, *block);
        // The noise of an even area resembles anything.
        if norm * norm < MIN_ACROSS * (SIDE * SIDE) as f32 {
            return Place::Unknown;
        }
        // A negative has the same lines.
        if correlation(&template, norm, &window.0, WINDOW, 1, 1).abs() >= SIMILAR {
            return match window.shift(template.as_flattened(), *across) {
                Some(shift) if shift.abs() < max_shift => Place::Same,
                Some(_) => Place::Beside,
                None => Place::Unknown,
            };
        }
        let mut there = [0.0; SIDE * SIDE];
        let is_beside = (1..=RANGE).flat_map(|distance| [distance, -distance]).any(|distance| {
            let by = |part: f32| f64::from(part * distance as f32);
            let (left, top) = (block.x as f64 + by(across.x), block.y as f64 + by(across.y));
            original.sample(left, top, SIDE, &mut there).is_some()
                && correlation(&template, norm, &there, SIDE, 0, 0).abs() >= SIMILAR
        });
        if is_beside { Place::Beside } else { Place::Unknown }
    }
}

/// The contrast of a block across and along its lines, and the direction across them.
struct Structure {
    /// In squared levels, per pixel.
    variance: f32,
    across: f32,
    along: f32,
    direction: Across,
}

/// A block of the original with a margin, at the pixels of the answer.
struct Window([f32; WINDOW * WINDOW]);

impl Window {
    /// The levels of the pixels of the block, and their gradients, row by row.
    fn pixels(&self) -> impl Iterator<Item = (f32, (f32, f32))> {
        (0..SIDE * SIDE).map(|at| {
            let here = (at / SIDE + 1) * WINDOW + at % SIDE + 1;
            let level = |at: usize| self.0[at];
            let across = (level(here + 1) - level(here - 1)) / 2.0;
            let down = (level(here + WINDOW) - level(here - WINDOW)) / 2.0;
            (level(here), (across, down))
        })
    }

    fn structure(&self) -> Structure {
        let (mut sum, mut squares, mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (level, (dx, dy)) in self.pixels() {
            sum += level;
            squares += level * level;
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        let pixels = (SIDE * SIDE) as f32;
        let (middle, half) = ((xx + yy) / 2.0 / pixels, (xx - yy) / 2.0 / pixels);
        let radius = half.hypot(xy / pixels);
        let angle = xy.atan2(half * pixels) / 2.0;
        Structure {
            variance: (squares - sum * sum / pixels) / pixels,
            across: middle + radius,
            along: middle - radius,
            direction: Across { x: angle.cos(), y: angle.sin() },
        }
    }

    /// How far the lines of a block of the answer are beside those here, in pixels, from its levels without their mean.
    /// `None` if it does not show that.
    fn shift(&self, answer: &[f32], across: Across) -> Option<f32> {
        let pixels = (SIDE * SIDE) as f32;
        let slope = |(dx, dy): (f32, f32)| dx * across.x + dy * across.y;
        let (mut mean, mut mean_slope) = (0.0, 0.0);
        for (level, gradient) in self.pixels() {
            mean += level / pixels;
            mean_slope += slope(gradient) / pixels;
        }
        let (mut squares, mut mixed, mut products) = (0.0, 0.0, 0.0);
        for ((level, gradient), there) in self.pixels().zip(answer) {
            let here = level - mean;
            squares += here * here;
            mixed += here * (slope(gradient) - mean_slope);
            products += here * there;
        }
        let (contrast, share) = (products / squares, mixed / squares);
        // What a displacement changes, without what other contrast and brightness change, too.
        let (mut telling, mut found) = (0.0, 0.0);
        for ((level, gradient), there) in self.pixels().zip(answer) {
            let change = slope(gradient) - mean_slope - share * (level - mean);
            telling += change * change;
            found += change * there;
        }
        let is_telling = telling * contrast * contrast >= MIN_TELLING * pixels;
        is_telling.then(|| -found / (telling * contrast))
    }
}
