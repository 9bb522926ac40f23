//! One channel of a picture in floating point, and the filters that comparing needs.

use image::RgbImage;
use rayon::prelude::*;

/// Rows that one processor filters at a time. Those around them are looked at twice, so they are not few.
const BAND: usize = 128;

/// One channel: a level from 0 to 255 for each pixel, row by row.
#[derive(Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) levels: Vec<f32>,
}

/// The three channels of a picture: red, green and blue, or what they were turned into.
pub(super) type Planes = [Plane; 3];

/// How a plane is divided into squares that its sides are no multiple of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remainder {
    /// The last squares are smaller than the others.
    Crop,
    /// The last squares overlap their neighbours.
    Overlap,
}

/// The channels of a picture as they are.
pub(super) fn split(image: &RgbImage) -> Planes {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    map_channels([0, 1, 2], |channel| {
        let levels = pixels.iter().map(|pixel| f32::from(pixel[channel])).collect();
        Plane { width, height, levels }
    })
}

/// The channels of a picture at half its size.
pub(super) fn downsample_2x(image: &RgbImage) -> Planes {
    map_channels([0, 1, 2], |channel| {
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
fn ycbcr([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let light = 0.299 * red + 0.587 * green + 0.114 * blue;
    [light, (blue - light) * 0.564, (red - light) * 0.713]
}

/// The light and the colours of red, green and blue. Before that, `change` is done to the level of each channel.
pub(super) fn to_ycbcr(
    [mut red, mut green, mut blue]: Planes,
    change: impl Fn(usize, f32) -> f32 + Sync,
) -> Planes {
    let bands = red.bands().zip(green.bands()).zip(blue.bands());
    bands.for_each(|(((_, red), (_, green)), (_, blue))| {
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            [*red, *green, *blue] = ycbcr([change(0, *red), change(1, *green), change(2, *blue)]);
        }
    });
    [red, green, blue]
}

/// The same of a picture.
pub(super) fn image_to_ycbcr(image: &RgbImage, change: impl Fn(usize, f32) -> f32) -> Planes {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let levels: Vec<[f32; 3]> =
        (0..=u8::MAX).map(|level| [0, 1, 2].map(|c| change(c, level.into()))).collect();
    let mut planes = [(); 3].map(|()| Plane::new(width, height));
    let [light, bluish, reddish] = &mut planes;
    light.bands().zip(bluish.bands()).zip(reddish.bands()).for_each(
        |(((top, light), (_, bluish)), (_, reddish))| {
            let (pixels, _) = image.as_raw().as_chunks::<3>();
            let pixels = pixels.get(top * width..).unwrap_or_default();
            for (((light, bluish), reddish), pixel) in light.iter_mut().zip(bluish).zip(reddish).zip(pixels) {
                let [red, green, blue] = pixel.map(usize::from);
                [*light, *bluish, *reddish] = ycbcr([levels[red][0], levels[green][1], levels[blue][2]]);
            }
        },
    );
    planes
}

/// The larger of two levels. None is NaN, which `f32::max` would look for, several instructions long.
pub(super) fn fmax(one: f32, two: f32) -> f32 {
    if one > two { one } else { two }
}

/// The smaller of two levels, which are not NaN.
pub(super) fn fmin(one: f32, two: f32) -> f32 {
    if one < two { one } else { two }
}

/// Does the same to three channels, at once.
pub(super) fn map_channels<T: Send, R: Send>(
    [first, second, third]: [T; 3],
    work: impl Fn(T) -> R + Sync,
) -> [R; 3] {
    let (first, (second, third)) =
        rayon::join(|| work(first), || rayon::join(|| work(second), || work(third)));
    [first, second, third]
}

impl Plane {
    pub(super) fn new(width: usize, height: usize) -> Plane {
        Plane { width, height, levels: vec![0.0; width * height] }
    }

    /// Its rows, some at a time and each time with the number of the first, from 0.
    pub(super) fn bands(&mut self) -> impl IndexedParallelIterator<Item = (usize, &mut [f32])> {
        let bands = self.levels.par_chunks_mut(BAND * self.width.max(1));
        bands.enumerate().map(|(at, levels)| (at * BAND, levels))
    }

    pub(super) fn map(mut self, of: impl Fn(f32) -> f32 + Sync) -> Plane {
        self.bands().for_each(|(_, levels)| levels.iter_mut().for_each(|level| *level = of(*level)));
        self
    }

    pub(super) fn zip(mut self, other: &Plane, of: impl Fn(f32, f32) -> f32 + Sync) -> Plane {
        self.bands().for_each(|(top, levels)| {
            let others = other.levels.get(top * other.width..).unwrap_or_default();
            levels.iter_mut().zip(others).for_each(|(one, two)| *one = of(*one, *two));
        });
        self
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &[f32]> + ExactSizeIterator {
        self.levels.chunks_exact(self.width.max(1))
    }

    /// The mean of each square of `by` × `by` pixels. A square that would reach beyond the right or lower border
    /// overlaps its neighbour instead: a mean of fewer pixels would be noisier than all others.
    pub(super) fn reduced(&self, by: usize) -> Plane {
        self.reduced_with(by, |_, _| {})
    }

    /// The same of a plane whose rows were changed, each with its number, from 0.
    pub(super) fn reduced_with(&self, by: usize, change: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
        Plane::reduce(self.width, self.height, by, Remainder::Overlap, |y, row| {
            row.copy_from_slice(self.row(y));
            change(y, row);
        })
    }

    /// The mean of each square of a plane whose rows `fill` writes, counted from 0. The squares at the right and
    /// lower border are smaller where the plane ends.
    pub(super) fn reduced_from(
        width: usize,
        height: usize,
        by: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Plane {
        Plane::reduce(width, height, by, Remainder::Crop, fill)
    }

    fn reduce(
        width: usize,
        height: usize,
        by: usize,
        remainder: Remainder,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Plane {
        let overlaps = remainder == Remainder::Overlap;
        let across = width.div_ceil(by);
        let mut reduced = Plane::new(across, height.div_ceil(by));
        reduced.bands().for_each(|(top, band)| {
            let (mut sums, mut filled) = (vec![0.0; width], vec![0.0; width]);
            for (y, into) in (top..).zip(band.chunks_exact_mut(across.max(1))) {
                sums.fill(0.0);
                let end = ((y + 1) * by).min(height);
                let rows = if overlaps { end.saturating_sub(by) } else { y * by }..end;
                let count = rows.len();
                for row in rows {
                    fill(row, &mut filled);
                    sums.iter_mut().zip(&filled).for_each(|(sum, level)| *sum += level);
                }
                let mean = |square: &[f32]| square.iter().sum::<f32>() / (square.len() * count) as f32;
                for (into, square) in into.iter_mut().zip(sums.chunks(by)) {
                    *into = mean(square);
                }
                if overlaps
                    && let (Some(last), Some(square)) =
                        (into.last_mut(), sums.get(width.saturating_sub(by)..))
                {
                    *last = mean(square);
                }
            }
        });
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
    pub(super) fn blurred_with(&self, sigma: f32, change: impl Fn(usize, &mut [f32]) + Sync) -> Plane {
        let reach = (sigma * 3.0).ceil() as usize;
        let gaussian = |at: usize| (-0.5 * ((at as f32 - reach as f32) / sigma).powi(2)).exp();
        let weights: Vec<f32> = (0..=2 * reach).map(gaussian).collect();
        let sum: f32 = weights.iter().sum();
        let weights: Vec<f32> = weights.iter().map(|weight| weight / sum).collect();
        let (width, height) = (self.width, self.height);
        let mut blurred = Plane::new(width, height);
        blurred.bands().for_each(|(top, band)| {
            // Rows that were blurred across, as many as one row is made of: a plane of them would not stay at
            // hand.
            let mut across = Plane::new(width, weights.len());
            let (mut changed, mut padded) = (vec![0.0; width], Vec::new());
            let mut next = top.saturating_sub(reach);
            for (y, into) in (top..).zip(band.chunks_exact_mut(width.max(1))) {
                while next < height.min(y + reach + 1) {
                    changed.copy_from_slice(self.row(next));
                    change(next, &mut changed);
                    pad(&changed, reach, &mut padded);
                    let shifted = |by: usize| padded.get(by..).unwrap_or_default();
                    convolve_row(&weights, shifted, across.row_mut(next % weights.len()));
                    next += 1;
                }
                let below = |by: usize| (y + by).saturating_sub(reach).min(height - 1);
                convolve_row(&weights, |by| across.row(below(by) % weights.len()), into);
            }
        });
        blurred
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        self.levels.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    pub(super) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        self.levels.get_mut(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// The smallest and the largest level of each column in a row and in those above and below it; the first and
    /// the last column come twice.
    pub(super) fn range_around(&self, y: usize, (least, most): &mut (Vec<f32>, Vec<f32>)) {
        pad(self.row(y), 1, least);
        pad(self.row(y), 1, most);
        for near in [y.saturating_sub(1), (y + 1).min(self.height.saturating_sub(1))] {
            let ranges = least[1..].iter_mut().zip(&mut most[1..]).zip(self.row(near));
            ranges.for_each(|((least, most), level)| {
                *least = fmin(*least, *level);
                *most = fmax(*most, *level);
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

/// The sum of rows, each times its weight; all of them have a level for each that is written.
fn convolve_row<'a>(weights: &[f32], row: impl Fn(usize) -> &'a [f32], into: &mut [f32]) {
    /// So many sums are kept in registers while their rows are read.
    const LANES: usize = 16;

    let rows: Vec<(f32, &[f32])> = weights.iter().zip(0..).map(|(weight, at)| (*weight, row(at))).collect();
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

/// A row with its ends repeated.
pub(super) fn pad(row: &[f32], by: usize, padded: &mut Vec<f32>) {
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
    fn no_band_shows_in_a_blur() {
        let (width, height) = (19, 2 * BAND + 11);
        let levels: Vec<f32> = (0..width * height).map(|at| ((at * 7919) % 251) as f32).collect();
        let whole = plane(width, &levels).blurred(1.5);
        for y in BAND - 5..BAND + 5 {
            // Alone, these rows lie in one band.
            let near = plane(width, &levels[(y - 10) * width..(y + 10) * width]).blurred(1.5);
            assert_eq!(whole.row(y), near.row(10), "{y}");
        }
    }

    #[test]
    fn squares_at_the_border_overlap_their_neighbours_or_are_smaller() {
        let levels = [1.0, 3.0, 5.0, 1.0, 3.0, 7.0, 9.0, 9.0, 2.0];
        let overlapping = plane(3, &levels).reduced(2);
        assert_eq!((overlapping.width, overlapping.height), (2, 2));
        assert_eq!(overlapping.levels, [2.0, 4.5, 5.5, 5.25]);
        let smaller = Plane::reduced_from(3, 3, 2, |y, row| row.copy_from_slice(&levels[3 * y..3 * y + 3]));
        assert_eq!(smaller.levels, [2.0, 6.0, 9.0, 2.0]);
        assert_eq!(plane(1, &[4.0, 8.0]).reduced(4).levels, [6.0]);
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
