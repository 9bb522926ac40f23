//! What the components of a picture mean, and their conversion to RGB (JFIF 1.02; Adobe's technical note 5116).

use crate::frame::Frame;

/// What the components of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorModel {
    Gray,
    /// Luma and chroma.
    YCbCr,
    Rgb,
    Cmyk,
    /// Luma and chroma of the complements of three inks, and black.
    Ycck,
}

/// The markers that tell color models apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColorMarkers {
    /// Whether there is a JFIF segment.
    pub has_jfif: bool,
    /// The color transform in Adobe's segment.
    pub adobe_transform: Option<u8>,
}

impl ColorMarkers {
    /// Takes note of an APP0 segment.
    pub(crate) fn read_app0(&mut self, payload: &[u8]) {
        self.has_jfif |= payload.len() >= 14 && payload.starts_with(b"JFIF\0");
    }

    /// Takes note of an APP14 segment.
    pub(crate) fn read_app14(&mut self, payload: &[u8]) {
        if payload.starts_with(b"Adobe")
            && let Some(transform) = payload.get(11)
        {
            self.adobe_transform = Some(*transform);
        }
    }

    /// The color model of a frame of 1, 3 or 4 components, by the rules of libjpeg.
    pub(crate) fn model(self, frame: &Frame) -> ColorModel {
        match (&frame.components[..], self.adobe_transform) {
            ([_], _) => ColorModel::Gray,
            ([_, _, _], _) if self.has_jfif => ColorModel::YCbCr,
            ([_, _, _], Some(0)) => ColorModel::Rgb,
            ([_, _, _], Some(_)) => ColorModel::YCbCr,
            ([red, green, blue], None) if [red.id, green.id, blue.id] == *b"RGB" => ColorModel::Rgb,
            ([_, _, _], None) => ColorModel::YCbCr,
            (_, None | Some(0)) => ColorModel::Cmyk,
            (_, Some(_)) => ColorModel::Ycck,
        }
    }
}

/// The pixels that are converted at once.
const CHUNK: usize = 32;

type Chunk = [u8; CHUNK];

/// Converts a row of samples to pixels of as many bytes as there are components. The rows may be longer than needed.
pub(crate) fn convert(model: ColorModel, components: &[&[u8]], pixels: &mut [u8]) {
    match (model, components) {
        (ColorModel::Gray, [gray, ..]) => {
            let len = pixels.len().min(gray.len());
            pixels[..len].copy_from_slice(&gray[..len]);
        }
        (ColorModel::YCbCr, [y, cb, cr]) => {
            let mut pixels = pixels.chunks_exact_mut(3 * CHUNK);
            let chunks = y.chunks_exact(CHUNK).zip(cb.chunks_exact(CHUNK)).zip(cr.chunks_exact(CHUNK));
            let mut done = 0;
            for (((y, cb), cr), pixels) in chunks.zip(&mut pixels) {
                if let (Ok(y), Ok(cb), Ok(cr), Ok(pixels)) =
                    (y.try_into(), cb.try_into(), cr.try_into(), pixels.try_into())
                {
                    write_rgb(&rgb_chunk(y, cb, cr), pixels);
                }
                done += CHUNK;
            }
            let rest = pixels.into_remainder();
            let tail = |samples: &[u8]| {
                let mut chunk = [0; CHUNK];
                let samples = samples.get(done..).unwrap_or_default();
                chunk.iter_mut().zip(samples).for_each(|(to, from)| *to = *from);
                chunk
            };
            let mut last = [0; 3 * CHUNK];
            write_rgb(&rgb_chunk(&tail(y), &tail(cb), &tail(cr)), &mut last);
            rest.copy_from_slice(&last[..rest.len()]);
        }
        (ColorModel::Ycck, [y, cb, cr, black]) => {
            let samples = y.iter().zip(*cb).zip(cr.iter().zip(*black));
            for (pixel, ((y, cb), (cr, black))) in pixels.as_chunks_mut().0.iter_mut().zip(samples) {
                let [red, green, blue] = rgb(*y, *cb, *cr);
                *pixel = [255 - red, 255 - green, 255 - blue, *black];
            }
        }
        (ColorModel::Rgb, [red, green, blue]) => {
            for (pixel, ((red, green), blue)) in
                pixels.as_chunks_mut().0.iter_mut().zip(red.iter().zip(*green).zip(*blue))
            {
                *pixel = [*red, *green, *blue];
            }
        }
        (ColorModel::Cmyk, [cyan, magenta, yellow, black]) => {
            let samples = cyan.iter().zip(*magenta).zip(yellow.iter().zip(*black));
            for (pixel, ((cyan, magenta), (yellow, black))) in
                pixels.as_chunks_mut().0.iter_mut().zip(samples)
            {
                *pixel = [*cyan, *magenta, *yellow, *black];
            }
        }
        _ => {}
    }
}

/// The level of a component for a pixel like those that [`convert`] writes. The inverse of that conversion, without
/// rounding.
#[inline(always)]
pub(crate) fn level(model: ColorModel, component: usize, pixel: [u8; 4]) -> f32 {
    match model {
        ColorModel::YCbCr => luma_or_chroma(component, pixel),
        ColorModel::Ycck if component < 3 => luma_or_chroma(component, pixel.map(|ink| 255 - ink)),
        _ => f32::from(pixel[component & 3]),
    }
}

/// Luma or chroma of red, green and blue (JFIF 1.02).
#[inline(always)]
fn luma_or_chroma(component: usize, pixel: [u8; 4]) -> f32 {
    let [red, green, blue, _] = pixel.map(f32::from);
    match component {
        0 => 0.299 * red + 0.587 * green + 0.114 * blue,
        1 => 128.0 - 0.168_735_9 * red - 0.331_264_1 * green + 0.5 * blue,
        _ => 128.0 + 0.5 * red - 0.418_687_6 * green - 0.081_312_4 * blue,
    }
}

/// Multiplies by 16-bit fractions, adds, and rounds. The fractions have to be less than a half.
#[inline(always)]
fn weighted(first: i16, second: i16, weights: [i16; 2]) -> i16 {
    let sum = i32::from(first) * i32::from(weights[0]) + i32::from(second) * i32::from(weights[1]);
    ((sum + (1 << 15)) >> 16) as i16
}

/// Converts a pixel to RGB, rounded to 16 binary places like libjpeg's tables.
///
/// R = Y + 1.402 Cr, G = Y − 0.34414 Cb − 0.71414 Cr, B = Y + 1.772 Cb. Integral parts are split off, so that the
/// fractions fit into 16 bits.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i16::from(y), i16::from(cb) - 128, i16::from(cr) - 128);
    let red = y + cr + weighted(cr, 0, [26_345, 0]);
    let green = y - cr + weighted(cb, cr, [-22_554, 18_734]);
    let blue = y + 2 * cb + weighted(cb, 0, [-14_942, 0]);
    [red, green, blue].map(|level| level.clamp(0, 255) as u8)
}

/// Converts pixels, three bytes in the lower part of each number.
#[inline(always)]
fn rgb_chunk(y: &Chunk, cb: &Chunk, cr: &Chunk) -> [u32; CHUNK] {
    let mut pixels = [0; CHUNK];
    for at in 0..CHUNK {
        let [red, green, blue] = rgb(y[at], cb[at], cr[at]);
        pixels[at] = u32::from(red) | u32::from(green) << 8 | u32::from(blue) << 16;
    }
    pixels
}

/// Writes pixels of three bytes. Each but the last is written with a fourth byte, over which the next one is written.
#[inline(always)]
fn write_rgb(pixels: &[u32; CHUNK], bytes: &mut [u8; 3 * CHUNK]) {
    for at in 0..CHUNK - 1 {
        bytes[3 * at..3 * at + 4].copy_from_slice(&pixels[at].to_le_bytes());
    }
    bytes[3 * CHUNK - 3..].copy_from_slice(&pixels[CHUNK - 1].to_le_bytes()[..3]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas of libjpeg's tables.
    fn reference(y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let fixed = |factor: f64| (factor * 65_536.0 + 0.5).floor() as i64;
        let (y, cb, cr) = (i64::from(y), i64::from(cb) - 128, i64::from(cr) - 128);
        let red = y + ((fixed(1.402) * cr + 32_768) >> 16);
        let green = y + ((-fixed(0.344_14) * cb - fixed(0.714_14) * cr + 32_768) >> 16);
        let blue = y + ((fixed(1.772) * cb + 32_768) >> 16);
        [red, green, blue].map(|level| level.clamp(0, 255) as u8)
    }

    #[test]
    fn all_chroma_values_are_converted_by_the_formulas() {
        for y in [0, 1, 77, 128, 200, 254, 255] {
            for cb in 0..=255 {
                for cr in 0..=255 {
                    assert_eq!(rgb(y, cb, cr), reference(y, cb, cr), "{y} {cb} {cr}");
                }
            }
        }
    }

    #[test]
    fn levels_are_those_that_are_converted_to_the_pixel() {
        for (y, cb, cr) in [(20, 128, 128), (90, 140, 110), (128, 100, 150), (200, 120, 130)] {
            let [red, green, blue] = rgb(y, cb, cr);
            for (model, pixel, count) in [
                (ColorModel::YCbCr, [red, green, blue, 0], 3),
                (ColorModel::Ycck, [255 - red, 255 - green, 255 - blue, 7], 4),
            ] {
                for (component, expected) in [y, cb, cr, 7].into_iter().enumerate().take(count) {
                    let found = level(model, component, pixel);
                    assert!((found - f32::from(expected)).abs() < 1.0, "{model:?} {component}");
                }
            }
        }
        assert_eq!(level(ColorModel::Cmyk, 2, [1, 2, 3, 4]), 3.0);
    }

    #[test]
    fn rows_of_any_length_are_converted() {
        for width in 0..100_usize {
            let row: Vec<u8> = (0..width as u8).collect();
            let mut pixels = vec![0; 3 * width];
            convert(ColorModel::YCbCr, &[&row, &row, &row], &mut pixels);
            let expected: Vec<u8> = row.iter().flat_map(|&level| rgb(level, level, level)).collect();
            assert_eq!(pixels, expected);
        }
    }
}
