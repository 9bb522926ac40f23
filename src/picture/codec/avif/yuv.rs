//! From luma and chroma to red, green and blue (ITU-T H.273).

use std::ops::Range;

use image::RgbImage;
use seededit_base::parallel::for_each;

/// A decoded frame.
pub(super) struct Frame {
    pub(super) luma: Plane,
    /// `None` in a gray picture. Has the size of the luma, or half of it in one or both directions.
    pub(super) chroma: Option<[Plane; 2]>,
    /// The number of bits of a sample.
    pub(super) bits: u8,
    /// The code point of the matrix.
    pub(super) matrix: u16,
    /// Whether samples use all values, and not only those of video.
    pub(super) is_full_range: bool,
    pub(super) primaries: u16,
    pub(super) transfer: u16,
}

pub(super) struct Plane {
    pub(super) samples: Vec<u16>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The matrix of pictures that are stored as green, blue and red.
const IDENTITY: u16 = 0;
const YCGCO: u16 = 8;

impl Frame {
    /// Whether the decoder knows how to convert these colors.
    pub(super) fn is_convertible(&self) -> bool {
        // Constant luminance and what was defined after it are not converted.
        matches!(self.matrix, 0..=2 | 4..=9)
    }

    /// Converts the frame to 8 bits per sample. `None` if it has more.
    pub(super) fn to_rgb8(&self) -> Option<RgbImage> {
        /// The rows that a processor converts at a time.
        const BAND: usize = 32;

        let Plane { width, height, .. } = self.luma;
        let (columns, rows) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        if self.bits > 8 {
            return None;
        }
        let mut samples = vec![0; width * height * 3];
        for_each(samples.chunks_mut((BAND * width * 3).max(1)).enumerate(), |(band, samples)| {
            let top = band * BAND;
            self.for_each_row(top..height.min(top + BAND), |y, row| {
                let start = (y - top) * width * 3;
                let levels = row.as_flattened().iter();
                for (sample, level) in samples[start..start + width * 3].iter_mut().zip(levels) {
                    *sample = (level.clamp(0.0, 1.0) * 255.0).round() as u8;
                }
            });
        });
        RgbImage::from_raw(columns, rows, samples)
    }

    /// Converts rows of the frame to red, green and blue from 0 to 1.
    pub(super) fn for_each_row(&self, rows: Range<usize>, mut use_row: impl FnMut(usize, &[[f32; 3]])) {
        let width = self.luma.width;
        let mut row = vec![[0.0; 3]; width];
        for y in rows {
            let luma = &self.luma.samples[y * width..][..width];
            for (x, (pixel, luma)) in row.iter_mut().zip(luma).enumerate() {
                let luma = self.luma_level(f32::from(*luma));
                *pixel = match &self.chroma {
                    None => [luma; 3],
                    Some([u, v]) if self.matrix == IDENTITY => {
                        let level = |plane: &Plane| self.luma_level(self.upsampled(plane, x, y));
                        [level(v), luma, level(u)]
                    }
                    Some(chroma) => {
                        let [u, v] = [0, 1].map(|at| self.chroma_level(self.upsampled(&chroma[at], x, y)));
                        self.to_rgb(luma, u, v)
                    }
                };
            }
            use_row(y, &row);
        }
    }

    /// Luma as 0 to 1.
    pub(super) fn luma_level(&self, sample: f32) -> f32 {
        let (offset, range) =
            if self.is_full_range { (0.0, self.max()) } else { (self.step() * 16.0, self.step() * 219.0) };
        (sample - offset) / range
    }

    /// Chroma as -0.5 to 0.5.
    fn chroma_level(&self, sample: f32) -> f32 {
        let range = if self.is_full_range { self.max() } else { self.step() * 224.0 };
        (sample - self.step() * 128.0) / range
    }

    fn max(&self) -> f32 {
        f32::from(u16::MAX >> (16 - self.bits.min(16)))
    }

    /// What a level of 8 bits is in samples of this depth.
    fn step(&self) -> f32 {
        f32::from(1_u16 << self.bits.saturating_sub(8).min(8))
    }

    fn to_rgb(&self, luma: f32, u: f32, v: f32) -> [f32; 3] {
        if self.matrix == YCGCO {
            return [luma - u + v, luma + u, luma - u - v];
        }
        let (red, blue) = match self.matrix {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 => (0.2627, 0.0593),
            // BT.601, and unspecified.
            _ => (0.299, 0.114),
        };
        let green = 1.0 - red - blue;
        let (of_v, of_u) = (2.0 * (1.0 - red) * v, 2.0 * (1.0 - blue) * u);
        [luma + of_v, luma - (blue * of_u + red * of_v) / green, luma + of_u]
    }

    /// The chroma at a pixel. Samples at half the resolution are in the middle of their pixels, and are interpolated.
    fn upsampled(&self, plane: &Plane, x: usize, y: usize) -> f32 {
        let (column, next_column) = neighbors(x, plane.width < self.luma.width, plane.width);
        let (row, next_row) = neighbors(y, plane.height < self.luma.height, plane.height);
        let at = |column: usize, row: usize| f32::from(plane.samples[row * plane.width + column]);
        let across = |row| 0.75 * at(column, row) + 0.25 * at(next_column, row);
        0.75 * across(row) + 0.25 * across(next_row)
    }
}

/// The nearest sample of a pixel, and the second nearest one, in one direction.
fn neighbors(at: usize, is_halved: bool, count: usize) -> (usize, usize) {
    if !is_halved {
        return (at, at);
    }
    let nearest = (at / 2).min(count - 1);
    let second = if at.is_multiple_of(2) { nearest.saturating_sub(1) } else { (nearest + 1).min(count - 1) };
    (nearest, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(matrix: u16, is_full_range: bool, samples: [u16; 3]) -> Frame {
        let plane = |sample| Plane { samples: vec![sample], width: 1, height: 1 };
        let [y, u, v] = samples;
        let chroma = Some([plane(u), plane(v)]);
        Frame { luma: plane(y), chroma, bits: 8, matrix, is_full_range, primaries: 2, transfer: 2 }
    }

    fn rgb(frame: &Frame) -> [f32; 3] {
        let mut found = [0.0; 3];
        frame.for_each_row(0..1, |_, row| found = row[0].map(|level| (level * 255.0).round()));
        found
    }

    #[test]
    fn red_of_each_matrix_and_range_is_red() {
        // From the definitions: 0.299, 0.2126 and 0.2627 of the range, and the chroma of pure red.
        for (matrix, is_full_range, samples) in [
            (6, true, [76, 85, 255]),
            (6, false, [81, 90, 240]),
            (1, true, [54, 99, 255]),
            (1, false, [63, 102, 240]),
            (9, true, [67, 92, 255]),
            (0, true, [0, 0, 255]),
        ] {
            let [red, green, blue] = rgb(&frame(matrix, is_full_range, samples));
            assert!(
                red >= 253.0 && green.abs() <= 2.0 && blue.abs() <= 2.0,
                "{matrix}: {red} {green} {blue}"
            );
        }
    }

    #[test]
    fn bands_have_the_rows_of_the_frame_in_order() {
        let (width, height) = (3, 75);
        let samples = (0..width * height).map(|at| (at % 256) as u16).collect();
        let gray = Frame { luma: Plane { samples, width, height }, chroma: None, ..frame(1, true, [0; 3]) };
        let image = gray.to_rgb8().unwrap();
        assert_eq!(image.dimensions(), (3, 75));
        assert!(image.pixels().enumerate().all(|(at, pixel)| pixel.0 == [(at % 256) as u8; 3]));
        assert_eq!(Frame { bits: 10, ..gray }.to_rgb8(), None);
    }

    #[test]
    fn half_the_resolution_is_interpolated() {
        assert_eq!(neighbors(0, true, 4), (0, 0));
        assert_eq!(neighbors(1, true, 4), (0, 1));
        assert_eq!(neighbors(2, true, 4), (1, 0));
        assert_eq!(neighbors(7, true, 4), (3, 3));
        assert_eq!(neighbors(5, false, 8), (5, 5));
    }
}
