//! The largest or the smallest level of each square window of a plane.

use super::plane::{Plane, pad};

/// The extreme of each square window of a plane, row by row from the top down.
pub(super) struct SlidingExtrema<'a, P> {
    plane: &'a Plane,
    side: usize,
    pick: P,
    /// As many rows as a window is high, of the extremes across: a plane of them would not stay at hand.
    across: Plane,
    /// The next row to look at.
    next: usize,
    padded: Vec<f32>,
    doubled: Vec<f32>,
}

impl<'a, P: Fn(f32, f32) -> f32> SlidingExtrema<'a, P> {
    /// Windows with this side, from the one around the first pixel of row `top` on: where the side is even, they
    /// reach one pixel further to the left and up.
    pub(super) fn new(plane: &'a Plane, side: usize, top: usize, pick: P) -> Self {
        let across = Plane::new(plane.width, side);
        let next = top.saturating_sub(side / 2);
        SlidingExtrema { plane, side, pick, across, next, padded: Vec::new(), doubled: Vec::new() }
    }

    /// What `pick` keeps of the windows around the pixels of a row. Rows are asked for in their order.
    pub(super) fn of_row(&mut self, y: usize, into: &mut [f32]) {
        let before = self.side / 2;
        let (first, last) = (y.saturating_sub(before), (y + self.side - before).min(self.plane.height));
        while self.next < last {
            self.look_across(self.next);
            self.next += 1;
        }
        into.copy_from_slice(self.across.row(first % self.side));
        for from in first + 1..last {
            let row = self.across.row(from % self.side);
            into.iter_mut().zip(row).for_each(|(most, level)| *most = (self.pick)(*most, *level));
        }
    }

    /// By doubling: a window of eight is two of four.
    fn look_across(&mut self, y: usize) {
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
        let found = self.padded.get(self.side - self.side / 2..).unwrap_or_default();
        let row = self.across.row_mut(y % self.side).iter_mut();
        row.zip(found).for_each(|(into, level)| *into = *level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::plane::{fmax, fmin};

    #[test]
    fn windows_of_every_side_find_their_extremes() {
        let (width, height) = (13, 9);
        let levels: Vec<f32> = (0..width * height).map(|at| ((at * 7919) % 251) as f32).collect();
        let plane = Plane { width, height, levels };
        for side in 1..=9 {
            let (before, after) = (side / 2, side - side / 2);
            let (mut largest, mut smallest) = (Plane::new(width, height), Plane::new(width, height));
            for top in [0, 4] {
                let (mut most, mut least) = (
                    SlidingExtrema::new(&plane, side, top, fmax),
                    SlidingExtrema::new(&plane, side, top, fmin),
                );
                for y in top..height {
                    most.of_row(y, largest.row_mut(y));
                    least.of_row(y, smallest.row_mut(y));
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
                    let most = window.clone().fold(f32::MIN, f32::max);
                    let least = window.fold(f32::MAX, f32::min);
                    assert_eq!((largest.levels[at], smallest.levels[at]), (most, least), "{side} {x} {y}");
                }
            }
        }
    }
}
