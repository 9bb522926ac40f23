//! The largest or smallest level in the square window around each pixel.

use crate::plane::{Plane, pad};

/// Computes the extremum of each window, row by row from the top down.
pub(super) struct SlidingExtrema<'a, P> {
    plane: &'a Plane,
    side: usize,
    pick: P,
    /// A ring buffer of horizontal extrema, as high as a window. A whole plane of them would not stay in the cache.
    horizontal: Plane,
    /// The next row to process.
    next: usize,
    padded: Vec<f32>,
    doubled: Vec<f32>,
}

impl<'a, P: Fn(f32, f32) -> f32> SlidingExtrema<'a, P> {
    /// Creates windows with this side, for rows from `top` on. A window with an even side extends one pixel further to
    /// the left and up. `pick` returns one of two levels.
    pub(super) fn new(plane: &'a Plane, side: usize, top: usize, pick: P) -> Self {
        let horizontal = Plane::new(plane.width, side);
        let next = top.saturating_sub(side / 2);
        SlidingExtrema { plane, side, pick, horizontal, next, padded: Vec::new(), doubled: Vec::new() }
    }

    /// Computes the extrema of the windows around a row. Rows must be requested in order.
    pub(super) fn row(&mut self, y: usize, into: &mut [f32]) {
        let before = self.side / 2;
        let (first, last) = (y.saturating_sub(before), (y + self.side - before).min(self.plane.height));
        while self.next < last {
            self.process_row(self.next);
            self.next += 1;
        }
        into.copy_from_slice(self.horizontal.row(first % self.side));
        for row in first + 1..last {
            let row = self.horizontal.row(row % self.side);
            into.iter_mut().zip(row).for_each(|(extremum, level)| *extremum = (self.pick)(*extremum, *level));
        }
    }

    /// Computes the horizontal extrema of a row by doubling: a window of eight consists of two windows of four.
    fn process_row(&mut self, y: usize) {
        pad(self.plane.row(y), self.side, &mut self.padded);
        let mut window = 1;
        while window < self.side {
            let shift = window.min(self.side - window);
            let pairs = self.padded.iter().zip(self.padded.get(shift..).unwrap_or_default());
            self.doubled.clear();
            self.doubled.extend(pairs.map(|(one, two)| (self.pick)(*one, *two)));
            std::mem::swap(&mut self.padded, &mut self.doubled);
            window += shift;
        }
        let extrema = self.padded.get(self.side - self.side / 2..).unwrap_or_default();
        let row = self.horizontal.row_mut(y % self.side).iter_mut();
        row.zip(extrema).for_each(|(into, level)| *into = *level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plane::{fmax, fmin};

    #[test]
    fn windows_of_each_side_give_the_extrema() {
        let (width, height) = (13, 9);
        let levels: Vec<f32> = (0..width * height).map(|at| ((at * 7919) % 251) as f32).collect();
        let plane = Plane { width, height, levels };
        for side in 1..=9 {
            let (before, after) = (side / 2, side - side / 2);
            let (mut largest, mut smallest) = (Plane::new(width, height), Plane::new(width, height));
            for top in [0, 4] {
                let (mut maxima, mut minima) = (
                    SlidingExtrema::new(&plane, side, top, fmax),
                    SlidingExtrema::new(&plane, side, top, fmin),
                );
                for y in top..height {
                    maxima.row(y, largest.row_mut(y));
                    minima.row(y, smallest.row_mut(y));
                }
            }
            for y in 0..height {
                for x in 0..width {
                    let window = (y.saturating_sub(before)..(y + after).min(height)).flat_map(|row| {
                        let levels = &plane.levels;
                        (x.saturating_sub(before)..(x + after).min(width))
                            .map(move |column| levels[row * width + column])
                    });
                    let at = y * width + x;
                    let expected = (window.clone().fold(f32::MIN, f32::max), window.fold(f32::MAX, f32::min));
                    assert_eq!((largest.levels[at], smallest.levels[at]), expected, "{side} {x} {y}");
                }
            }
        }
    }
}
