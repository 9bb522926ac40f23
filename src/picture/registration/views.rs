//! The pictures at several sizes.

use seededit_resize::Size;

use crate::geometry::Placement;
use crate::plane::Plane;

/// The luma of a picture, at its size and at halves of it.
pub(super) struct Views<'a> {
    full: &'a Plane,
    halves: Vec<Plane>,
}

/// The smallest number of pixels of the longer side.
const SMALLEST: usize = 100;

impl Views<'_> {
    pub(super) fn new(full: &Plane) -> Views<'_> {
        let mut halves: Vec<Plane> = Vec::new();
        loop {
            let last = halves.last().unwrap_or(full);
            if last.width.max(last.height) < 2 * SMALLEST {
                return Views { full, halves };
            }
            halves.push(last.square_means(2));
        }
    }

    /// The number of sizes.
    pub(super) fn count(&self) -> usize {
        1 + self.halves.len()
    }

    /// The picture at its size, divided by two to the power of `level`.
    pub(super) fn level(&self, level: usize) -> &Plane {
        if level == 0 { self.full } else { &self.halves[level - 1] }
    }

    /// The exact size of the picture at a level. The last pixel of a plane may reach beyond it.
    pub(super) fn size(&self, level: usize) -> (f64, f64) {
        let halved = f64::from(1 << level);
        (self.full.width as f64 / halved, self.full.height as f64 / halved)
    }
}

/// Takes levels of the original at the pixels of an answer.
pub(super) struct Sampler<'a> {
    original: &'a Plane,
    /// The point of the original under the answer's first pixel, and the steps to the next one across and down, in pixels
    /// of the original.
    start: (f64, f64),
    across: (f64, f64),
    down: (f64, f64),
}

impl<'a> Sampler<'a> {
    /// Samples the original at the pixels of an answer of this size, which is `placed` on it. `size` is that of the
    /// original in the unit of the placement.
    pub(super) fn new(
        original: &'a Views<'_>,
        size: Size,
        (width, height): (f64, f64),
        placed: &Placement,
    ) -> Sampler<'a> {
        let (full_width, full_height) = original.size(0);
        // Pixels of the original per pixel of the answer.
        let scale = placed.width / width * full_width / f64::from(size.width);
        let level = (scale.max(1.0).log2().round() as usize).min(original.count() - 1);
        let halved = f64::from(1 << level);
        let unit_x = full_width / f64::from(size.width) / halved;
        let unit_y = full_height / f64::from(size.height) / halved;
        let original = original.level(level);
        let at = |x: f64, y: f64| {
            let (x, y) = placed.point(x / width, y / height);
            (x * unit_x, y * unit_y)
        };
        let (start, next, below) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0));
        Sampler {
            original,
            start,
            across: (next.0 - start.0, next.1 - start.1),
            down: (below.0 - start.0, below.1 - start.1),
        }
    }

    /// Samples the original at a pixel of the answer, or beside it. `None` if the original does not cover it.
    pub(super) fn level(&self, x: f64, y: f64) -> Option<f32> {
        let mut level = [0.0];
        self.sample(x, y, 1, &mut level)?;
        Some(level[0])
    }

    /// Samples a square of `side` pixels of the answer from its pixel (`left`, `top`) on. `None` if the original does not
    /// cover all of it.
    pub(super) fn sample(&self, left: f64, top: f64, side: usize, into: &mut [f32]) -> Option<()> {
        let point = |x: f64, y: f64| {
            (
                self.start.0 + x * self.across.0 + y * self.down.0 - 0.5,
                self.start.1 + x * self.across.1 + y * self.down.1 - 0.5,
            )
        };
        // The centers of pixels are at halves.
        let (left, top) = (left + 0.5, top + 0.5);
        let last = (side - 1) as f64;
        let corners = [(0.0, 0.0), (last, 0.0), (0.0, last), (last, last)];
        let (width, height) = (self.original.width, self.original.height);
        let is_inside =
            |(x, y): (f64, f64)| x >= 0.0 && y >= 0.0 && x < width as f64 - 1.0 && y < height as f64 - 1.0;
        if !corners.into_iter().all(|(x, y)| is_inside(point(left + x, top + y))) {
            return None;
        }
        for (y, row) in into.chunks_exact_mut(side).enumerate() {
            let (mut at_x, mut at_y) = point(left, top + y as f64);
            for into in row {
                let (column, line) = (at_x as usize, at_y as usize);
                let (share_x, share_y) = ((at_x - column as f64) as f32, (at_y - line as f64) as f32);
                let (above, below) = (self.original.row(line), self.original.row(line + 1));
                let between = |row: &[f32]| row[column] + (row[column + 1] - row[column]) * share_x;
                let (above, below) = (between(above), between(below));
                *into = above + (below - above) * share_y;
                (at_x, at_y) = (at_x + self.across.0, at_y + self.across.1);
            }
        }
        Some(())
    }
}
