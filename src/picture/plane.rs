//! A channel of a picture in floating point, and the filters that comparing pictures needs.

use seededit_base::parallel::for_each;

/// The number of rows that a processor filters at a time. Filters process the rows around a band twice, so it is not
/// small.
const BAND: usize = 128;

/// A channel: a level from 0 to 255 for each pixel, row by row.
#[derive(Clone)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) levels: Vec<f32>,
}

/// What to do with squares that do not fit into a plane at its right and lower border.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remainder {
    /// Crop them.
    Crop,
    /// Move them inward, so that they overlap their neighbors.
    Overlap,
}

/// The larger of two levels. `f32::max` takes several instructions more to handle NaN, which does not occur here.
pub(crate) fn fmax(one: f32, two: f32) -> f32 {
    if one > two { one } else { two }
}

/// The smaller of two levels, which are not NaN.
pub(crate) fn fmin(one: f32, two: f32) -> f32 {
    if one < two { one } else { two }
}

impl Plane {
    pub(crate) fn new(width: usize, height: usize) -> Plane {
        Plane { width, height, levels: vec![0.0; width * height] }
    }

    /// Bands of rows for parallel processing, each with the index of its first row.
    pub(crate) fn bands(&mut self) -> impl Iterator<Item = (usize, &mut [f32])> {
        let bands = self.levels.chunks_mut(BAND * self.width.max(1));
        bands.enumerate().map(|(at, levels)| (at * BAND, levels))
    }

    pub(crate) fn map(mut self, apply: impl Fn(f32) -> f32 + Sync) -> Plane {
        for_each(self.bands(), |(_, levels)| levels.iter_mut().for_each(|level| *level = apply(*level)));
        self
    }

    pub(crate) fn zip_with(mut self, other: &Plane, apply: impl Fn(f32, f32) -> f32 + Sync) -> Plane {
        for_each(self.bands(), |(top, levels)| {
            let others = other.levels.get(top * other.width..).unwrap_or_default();
            levels.iter_mut().zip(others).for_each(|(one, two)| *one = apply(*one, *two));
        });
        self
    }

    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &[f32]> + ExactSizeIterator {
        self.levels.chunks_exact(self.width.max(1))
    }

    pub(crate) fn row(&self, y: usize) -> &[f32] {
        self.levels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        self.levels.get_mut(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// The mean of each square of `side` × `side` pixels. At the right and lower border, squares overlap their
    /// neighbors if needed: a mean of fewer pixels would be noisier than the others.
    pub(crate) fn square_means(&self, side: usize) -> Plane {
        self.square_means_with(side, |_, _| {})
    }

    /// The same, after `adjust` is applied to each row.
    pub(crate) fn square_means_with(&self, side: usize, adjust: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
        Plane::reduce(self.width, self.height, side, Remainder::Overlap, |y, row| {
            row.copy_from_slice(self.row(y));
            adjust(y, row);
        })
    }

    /// The mean of each square of a plane whose rows are written by `fill`. At the right and lower border, squares are
    /// cropped.
    pub(crate) fn square_means_from(
        width: usize,
        height: usize,
        side: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Plane {
        Plane::reduce(width, height, side, Remainder::Crop, fill)
    }

    fn reduce(
        width: usize,
        height: usize,
        side: usize,
        remainder: Remainder,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Plane {
        let overlaps = remainder == Remainder::Overlap;
        let across = width.div_ceil(side);
        let mut reduced = Plane::new(across, height.div_ceil(side));
        for_each(reduced.bands(), |(top, band)| {
            let (mut sums, mut filled) = (vec![0.0; width], vec![0.0; width]);
            for (y, into) in (top..).zip(band.chunks_exact_mut(across.max(1))) {
                sums.fill(0.0);
                let end = ((y + 1) * side).min(height);
                let rows = if overlaps { end.saturating_sub(side) } else { y * side }..end;
                let count = rows.len();
                for row in rows {
                    fill(row, &mut filled);
                    sums.iter_mut().zip(&filled).for_each(|(sum, level)| *sum += level);
                }
                let mean = |square: &[f32]| square.iter().sum::<f32>() / (square.len() * count) as f32;
                for (into, square) in into.iter_mut().zip(sums.chunks(side)) {
                    *into = mean(square);
                }
                if overlaps
                    && let (Some(last), Some(square)) =
                        (into.last_mut(), sums.get(width.saturating_sub(side)..))
                {
                    *last = mean(square);
                }
            }
        });
        reduced
    }

    /// Repeats each pixel in a square of `side` × `side`, and crops the result to a size.
    pub(crate) fn repeat_pixels(&self, side: usize, width: usize, height: usize) -> Plane {
        let mut levels = Vec::with_capacity(width * height);
        for y in 0..height {
            let row = self.row(y / side).iter();
            levels.extend(row.flat_map(|level| std::iter::repeat_n(*level, side)).take(width));
        }
        Plane { width, height, levels }
    }

    /// Blurs with a Gaussian of this standard deviation, in pixels. Border pixels repeat outside.
    pub(crate) fn gaussian_blur(&self, sigma: f32) -> Plane {
        self.gaussian_blur_with(sigma, |_, _| {})
    }

    /// The same, after `adjust` is applied to each row.
    pub(crate) fn gaussian_blur_with(&self, sigma: f32, adjust: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
        let radius = (sigma * 3.0).ceil() as usize;
        let gaussian = |at: usize| (-0.5 * ((at as f32 - radius as f32) / sigma).powi(2)).exp();
        let kernel: Vec<f32> = (0..=2 * radius).map(gaussian).collect();
        let sum: f32 = kernel.iter().sum();
        let kernel: Vec<f32> = kernel.iter().map(|weight| weight / sum).collect();
        let (width, height) = (self.width, self.height);
        let mut blurred = Plane::new(width, height);
        for_each(blurred.bands(), |(top, band)| {
            // A ring buffer of horizontally blurred rows. A whole plane of them would not stay in the cache.
            let mut horizontal = Plane::new(width, kernel.len());
            let (mut adjusted, mut padded) = (vec![0.0; width], Vec::new());
            let mut next = top.saturating_sub(radius);
            for (y, into) in (top..).zip(band.chunks_exact_mut(width.max(1))) {
                while next < height.min(y + radius + 1) {
                    adjusted.copy_from_slice(self.row(next));
                    adjust(next, &mut adjusted);
                    pad(&adjusted, radius, &mut padded);
                    let shifted = |by: usize| padded.get(by..).unwrap_or_default();
                    convolve(&kernel, shifted, horizontal.row_mut(next % kernel.len()));
                    next += 1;
                }
                let row = |by: usize| (y + by).saturating_sub(radius).min(height - 1);
                convolve(&kernel, |by| horizontal.row(row(by) % kernel.len()), into);
            }
        });
        blurred
    }

    /// The smallest and the largest level of each column in a row and its two neighbors. The first and the last column
    /// are repeated.
    pub(crate) fn column_ranges(&self, y: usize, (smallest, largest): &mut (Vec<f32>, Vec<f32>)) {
        pad(self.row(y), 1, smallest);
        pad(self.row(y), 1, largest);
        for neighbor in [y.saturating_sub(1), (y + 1).min(self.height.saturating_sub(1))] {
            let ranges = smallest[1..].iter_mut().zip(&mut largest[1..]).zip(self.row(neighbor));
            ranges.for_each(|((smallest, largest), level)| {
                *smallest = fmin(*smallest, *level);
                *largest = fmax(*largest, *level);
            });
        }
        for row in [smallest, largest] {
            let last = row.len() - 1;
            row[0] = row[1];
            row[last] = row[last - 1];
        }
    }

    /// Interpolates between pixels, whose centers are at halves.
    pub(crate) fn bilinear(&self, x: f32, y: f32) -> f32 {
        let neighbors = |at: f32, count: usize| {
            let at = (at - 0.5).clamp(0.0, count.saturating_sub(1) as f32);
            let first = at as usize;
            (first, (first + 1).min(count.saturating_sub(1)), at - first as f32)
        };
        let ((left, right, across), (top, bottom, down)) =
            (neighbors(x, self.width), neighbors(y, self.height));
        let between = |row: &[f32]| row[left] + (row[right] - row[left]) * across;
        let (above, below) = (between(self.row(top)), between(self.row(bottom)));
        above + (below - above) * down
    }
}

/// Writes the weighted sum of rows, each of which is at least as long as `into`.
fn convolve<'a>(kernel: &[f32], row: impl Fn(usize) -> &'a [f32], into: &mut [f32]) {
    /// The number of sums that are kept in registers.
    const LANES: usize = 16;

    let rows: Vec<(f32, &[f32])> = kernel.iter().zip(0..).map(|(weight, at)| (*weight, row(at))).collect();
    for (at, into) in (0..).step_by(LANES).zip(into.chunks_mut(LANES)) {
        let mut sums = [0.0; LANES];
        for (weight, row) in &rows {
            let levels = row.get(at..).unwrap_or_default();
            match levels.first_chunk::<LANES>() {
                Some(levels) => sums.iter_mut().zip(levels).for_each(|(sum, level)| *sum += weight * level),
                None => sums.iter_mut().zip(levels).for_each(|(sum, level)| *sum += weight * level),
            }
        }
        into.iter_mut().zip(sums).for_each(|(into, sum)| *into = sum);
    }
}

/// Repeats the ends of a row `by` times.
pub(crate) fn pad(row: &[f32], by: usize, padded: &mut Vec<f32>) {
    padded.clear();
    let (first, last) = (row.first().copied().unwrap_or(0.0), row.last().copied().unwrap_or(0.0));
    padded.extend(std::iter::repeat_n(first, by));
    padded.extend_from_slice(row);
    padded.extend(std::iter::repeat_n(last, by));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, levels: &[f32]) -> Plane {
        Plane { width, height: levels.len() / width, levels: levels.to_vec() }
    }

    #[test]
    fn a_blur_keeps_a_flat_plane_and_the_sum_of_levels() {
        let flat = plane(5, &[7.0; 20]).gaussian_blur(1.5);
        assert!(flat.levels.iter().all(|level| (level - 7.0).abs() < 1e-4));
        let mut dot = Plane::new(31, 31);
        dot.levels[15 * 31 + 15] = 100.0;
        let blurred = dot.gaussian_blur(2.0);
        assert!((blurred.levels.iter().sum::<f32>() - 100.0).abs() < 1e-2);
        assert!((blurred.levels[15 * 31 + 13] - blurred.levels[13 * 31 + 15]).abs() < 1e-6);
    }

    #[test]
    fn a_blur_does_not_depend_on_the_bands() {
        let (width, height) = (19, 2 * BAND + 11);
        let levels: Vec<f32> = (0..width * height).map(|at| ((at * 7919) % 251) as f32).collect();
        let whole = plane(width, &levels).gaussian_blur(1.5);
        for y in BAND - 5..BAND + 5 {
            // On their own, these rows are in the same band.
            let cropped = plane(width, &levels[(y - 10) * width..(y + 10) * width]).gaussian_blur(1.5);
            assert_eq!(whole.row(y), cropped.row(10), "{y}");
        }
    }

    #[test]
    fn squares_at_the_border_overlap_their_neighbors_or_are_cropped() {
        let levels = [1.0, 3.0, 5.0, 1.0, 3.0, 7.0, 9.0, 9.0, 2.0];
        let overlapping = plane(3, &levels).square_means(2);
        assert_eq!((overlapping.width, overlapping.height), (2, 2));
        assert_eq!(overlapping.levels, [2.0, 4.5, 5.5, 5.25]);
        let fill = |y: usize, row: &mut [f32]| row.copy_from_slice(&levels[3 * y..3 * y + 3]);
        assert_eq!(Plane::square_means_from(3, 3, 2, fill).levels, [2.0, 6.0, 9.0, 2.0]);
        assert_eq!(plane(1, &[4.0, 8.0]).square_means(4).levels, [6.0]);
    }

    #[test]
    fn levels_between_pixels_are_interpolated() {
        let plane = plane(2, &[0.0, 10.0, 20.0, 30.0]);
        assert_eq!(plane.bilinear(0.5, 0.5), 0.0);
        assert_eq!(plane.bilinear(1.0, 0.5), 5.0);
        assert_eq!(plane.bilinear(1.0, 1.0), 15.0);
        assert_eq!(plane.bilinear(-3.0, 9.0), 20.0);
    }
}
