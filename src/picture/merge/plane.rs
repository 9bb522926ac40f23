//! One channel of a picture in floating point, and the filters that comparing needs.

use image::RgbImage;

use crate::parallel::both;

/// One channel: a level from 0 to 255 for each pixel, row by row.
#[derive(Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) levels: Vec<f32>,
}

/// The three channels of a picture: red, green and blue, or what they were turned into.
pub(super) type Planes = [Plane; 3];

/// The channels of a picture as they are.
pub(super) fn split(image: &RgbImage) -> Planes {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    [0, 1, 2].map(|channel| {
        let levels = pixels.iter().map(|pixel| f32::from(pixel[channel])).collect();
        Plane { width, height, levels }
    })
}

/// The channels of a picture at half its size.
pub(super) fn halves(image: &RgbImage) -> Planes {
    each([0, 1, 2], |channel| {
        Plane::reduced_from(image.width() as usize, image.height() as usize, 2, |y, row| {
            let levels = pixels_of_row(image, y).iter().map(|pixel| f32::from(pixel[channel]));
            row.iter_mut().zip(levels).for_each(|(into, level)| *into = level);
        })
    })
}

/// A row of a picture, counted from 0.
pub(super) fn pixels_of_row(image: &RgbImage, y: usize) -> &[[u8; 3]] {
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    let width = image.width() as usize;
    pixels.get(y * width..(y + 1) * width).unwrap_or_default()
}

/// Light and two colours apart (ITU-R BT.601, as in JPEG), so that a loss of colour detail in coding is
/// not taken for a change of light.
pub(super) fn light_and_colours([mut red, mut green, mut blue]: Planes) -> Planes {
    let pixels = red.levels.iter_mut().zip(&mut green.levels).zip(&mut blue.levels);
    for ((red, green), blue) in pixels {
        let light = 0.299 * *red + 0.587 * *green + 0.114 * *blue;
        (*red, *green, *blue) = ((*red - light) * 0.713, light, (*blue - light) * 0.564);
    }
    [green, blue, red]
}

/// Does the same to three channels, at once.
pub(super) fn each<T: Send, R: Send>([first, second, third]: [T; 3], work: impl Fn(T) -> R + Sync) -> [R; 3] {
    let (first, (second, third)) = both(|| work(first), || both(|| work(second), || work(third)));
    [first, second, third]
}

impl Plane {
    pub(super) fn new(width: usize, height: usize) -> Plane {
        Plane { width, height, levels: vec![0.0; width * height] }
    }

    pub(super) fn map(mut self, of: impl Fn(f32) -> f32) -> Plane {
        self.levels.iter_mut().for_each(|level| *level = of(*level));
        self
    }

    pub(super) fn zip(mut self, other: &Plane, of: impl Fn(f32, f32) -> f32) -> Plane {
        self.levels.iter_mut().zip(&other.levels).for_each(|(one, two)| *one = of(*one, *two));
        self
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &[f32]> + ExactSizeIterator {
        self.levels.chunks_exact(self.width.max(1))
    }

    /// The mean of each square of `by` × `by` pixels; those at the right and lower border may be smaller.
    pub(super) fn reduced(&self, by: usize) -> Plane {
        self.reduced_with(by, |_, _| {})
    }

    /// The same of a plane whose rows were changed, each with its number, from 0.
    pub(super) fn reduced_with(&self, by: usize, change: impl Fn(usize, &mut [f32])) -> Plane {
        Plane::reduced_from(self.width, self.height, by, |y, row| {
            row.copy_from_slice(self.row(y));
            change(y, row);
        })
    }

    /// The same of a plane that is not at hand as a whole: `fill` makes its rows, in their order, from 0.
    pub(super) fn reduced_from(
        width: usize,
        height: usize,
        by: usize,
        fill: impl Fn(usize, &mut [f32]),
    ) -> Plane {
        let mut reduced = Plane::new(width.div_ceil(by), height.div_ceil(by));
        let (mut sums, mut filled) = (vec![0.0; width], vec![0.0; width]);
        for (y, into) in reduced.levels.chunks_exact_mut(reduced.width.max(1)).enumerate() {
            sums.fill(0.0);
            let rows = y * by..((y + 1) * by).min(height);
            let count = rows.len();
            for row in rows {
                fill(row, &mut filled);
                sums.iter_mut().zip(&filled).for_each(|(sum, level)| *sum += level);
            }
            for (into, square) in into.iter_mut().zip(sums.chunks(by)) {
                *into = square.iter().sum::<f32>() / (square.len() * count) as f32;
            }
        }
        reduced
    }

    /// Each of its pixels as a square of `by` × `by`; what is beyond this width and height is left out.
    pub(super) fn enlarged(&self, by: usize, width: usize, height: usize) -> Plane {
        let mut levels = Vec::with_capacity(width * height);
        for y in 0..height {
            let row = self.row(y / by).iter();
            levels.extend(row.flat_map(|level| std::iter::repeat_n(*level, by)).take(width));
        }
        Plane { width, height, levels }
    }

    /// Blurred by a bell of this standard deviation, in pixels; the border repeats beyond itself.
    pub(super) fn blurred(&self, sigma: f32) -> Plane {
        self.blurred_with(sigma, |_, _| {})
    }

    /// The same of a plane whose rows were changed, each with its number, from 0.
    pub(super) fn blurred_with(&self, sigma: f32, change: impl Fn(usize, &mut [f32])) -> Plane {
        let reach = (sigma * 3.0).ceil() as usize;
        let bell = |at: usize| (-0.5 * ((at as f32 - reach as f32) / sigma).powi(2)).exp();
        let weights: Vec<f32> = (0..=2 * reach).map(bell).collect();
        let sum: f32 = weights.iter().sum();
        let weights: Vec<f32> = weights.iter().map(|weight| weight / sum).collect();
        // Rows that were blurred across, as many as one row is made of: a plane of them would not stay at hand.
        let mut across = Plane::new(self.width, weights.len());
        let (mut changed, mut padded) = (vec![0.0; self.width], Vec::new());
        let mut next = 0;
        let mut blurred = Plane::new(self.width, self.height);
        for (y, into) in blurred.levels.chunks_exact_mut(self.width.max(1)).enumerate() {
            while next < self.height.min(y + reach + 1) {
                changed.copy_from_slice(self.row(next));
                change(next, &mut changed);
                pad(&changed, reach, &mut padded);
                let row = across.row_mut(next % weights.len());
                row.fill(0.0);
                for (start, weight) in weights.iter().enumerate() {
                    let shifted = padded.get(start..).unwrap_or_default();
                    row.iter_mut().zip(shifted).for_each(|(sum, level)| *sum += weight * level);
                }
                next += 1;
            }
            for (start, weight) in weights.iter().enumerate() {
                let from = (y + start).saturating_sub(reach).min(self.height - 1);
                let row = across.row(from % weights.len());
                into.iter_mut().zip(row).for_each(|(sum, level)| *sum += weight * level);
            }
        }
        blurred
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        self.levels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    fn row_mut(&mut self, y: usize) -> &mut [f32] {
        self.levels.get_mut(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// The largest level of each square window with this side; where the side is even, the window
    /// reaches one pixel further to the left and up.
    pub(super) fn largest(&self, side: usize) -> Plane {
        self.extreme(side, f32::max)
    }

    /// The smallest level of each such window.
    pub(super) fn smallest(&self, side: usize) -> Plane {
        self.extreme(side, f32::min)
    }

    /// Across by doubling: a window of eight is two of four.
    fn extreme(&self, side: usize, pick: impl Fn(f32, f32) -> f32 + Copy) -> Plane {
        let before = side / 2;
        // As many rows as a window is high: a plane of them would not stay at hand.
        let mut across = Plane::new(self.width, side);
        let mut padded = Vec::with_capacity(self.width + 2 * side);
        let mut next = 0;
        let mut done = Plane::new(self.width, self.height);
        for (y, into) in done.levels.chunks_exact_mut(self.width.max(1)).enumerate() {
            let first = y.saturating_sub(before);
            let last = (y + side - before).min(self.height);
            while next < last {
                pad(self.row(next), side, &mut padded);
                let mut window = 1;
                while window < side {
                    let shift = window.min(side - window);
                    let end = padded.len() - shift;
                    for at in 0..end {
                        padded[at] = pick(padded[at], padded[at + shift]);
                    }
                    window += shift;
                }
                across
                    .row_mut(next % side)
                    .copy_from_slice(&padded[side - before..side - before + self.width]);
                next += 1;
            }
            into.copy_from_slice(across.row(first % side));
            for from in first + 1..last {
                into.iter_mut()
                    .zip(across.row(from % side))
                    .for_each(|(most, level)| *most = pick(*most, *level));
            }
        }
        done
    }

    /// The smallest and the largest level of each column in a row and in those above and below it; the first and
    /// the last column come twice.
    pub(super) fn range_around(&self, y: usize, (least, most): &mut (Vec<f32>, Vec<f32>)) {
        pad(self.row(y), 1, least);
        pad(self.row(y), 1, most);
        for near in [y.saturating_sub(1), (y + 1).min(self.height.saturating_sub(1))] {
            let ranges = least[1..].iter_mut().zip(&mut most[1..]).zip(self.row(near));
            ranges.for_each(|((least, most), level)| {
                *least = least.min(*level);
                *most = most.max(*level);
            });
        }
        for row in [least, most] {
            let last = row.len() - 1;
            row[0] = row[1];
            row[last] = row[last - 1];
        }
    }

    /// The level at a place between pixels, whose centres lie at halves.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let place = |at: f32, count: usize| {
            let at = (at - 0.5).clamp(0.0, count.saturating_sub(1) as f32);
            let first = at as usize;
            (first, (first + 1).min(count.saturating_sub(1)), at - first as f32)
        };
        let ((left, right, across), (top, bottom, down)) = (place(x, self.width), place(y, self.height));
        let between = |row: &[f32]| row[left] + (row[right] - row[left]) * across;
        let (above, below) = (between(self.row(top)), between(self.row(bottom)));
        above + (below - above) * down
    }
}

/// A row with its ends repeated.
fn pad(row: &[f32], by: usize, padded: &mut Vec<f32>) {
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
    fn a_blur_keeps_one_level_and_the_sum_of_all() {
        let flat = plane(5, &[7.0; 20]).blurred(1.5);
        assert!(flat.levels.iter().all(|level| (level - 7.0).abs() < 1e-4));
        let mut dot = Plane::new(31, 31);
        dot.levels[15 * 31 + 15] = 100.0;
        let blurred = dot.blurred(2.0);
        assert!((blurred.levels.iter().sum::<f32>() - 100.0).abs() < 1e-2);
        assert!((blurred.levels[15 * 31 + 13] - blurred.levels[13 * 31 + 15]).abs() < 1e-6);
    }

    #[test]
    fn windows_of_every_side_find_their_extremes() {
        let (width, height) = (13, 9);
        let levels: Vec<f32> = (0..width * height).map(|at| ((at * 7919) % 251) as f32).collect();
        let plane = plane(width, &levels);
        for side in 1..=9 {
            let (before, after) = (side / 2, side - side / 2);
            let (largest, smallest) = (plane.largest(side), plane.smallest(side));
            for y in 0..height {
                for x in 0..width {
                    let window = (y.saturating_sub(before)..(y + after).min(height)).flat_map(|row| {
                        let levels = &levels;
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

    #[test]
    fn reducing_takes_means_and_smaller_squares_at_the_border() {
        let reduced = plane(3, &[1.0, 3.0, 5.0, 1.0, 3.0, 7.0, 9.0, 9.0, 2.0]).reduced(2);
        assert_eq!((reduced.width, reduced.height), (2, 2));
        assert_eq!(reduced.levels, [2.0, 6.0, 9.0, 2.0]);
    }

    #[test]
    fn between_pixels_lie_means() {
        let plane = plane(2, &[0.0, 10.0, 20.0, 30.0]);
        assert_eq!(plane.at(0.5, 0.5), 0.0);
        assert_eq!(plane.at(1.0, 0.5), 5.0);
        assert_eq!(plane.at(1.0, 1.0), 15.0);
        assert_eq!(plane.at(-3.0, 9.0), 20.0);
    }
}
