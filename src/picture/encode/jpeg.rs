//! Writing a JPEG: baseline, in strips that several processors code at once.
//!
//! A restart marker (T.81, E.1.4) begins anew, so what lies between two of them is coded without what comes
//! before. Where the strips end follows from the picture alone: the same pixels make the same bytes on every
//! machine.

use std::borrow::Cow;
use std::error::Error;

use image::DynamicImage;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use rayon::prelude::*;

use crate::color::chroma::Chroma;
use crate::color::flatten::flatten;
use crate::format::jpeg::{Layout, layout};

/// About as many pixels make a strip: enough that a thread is worth it, and that the markers are nothing.
const STRIP_PIXELS: usize = 1 << 20;
/// The most units in a restart interval: it is a number of 16 bits.
const MOST_UNITS: usize = u16::MAX as usize;
/// The second byte of the first of eight restart markers, which take turns.
const RST0: u8 = 0xD0;
/// The side of a block, in samples.
const BLOCK: usize = 8;

/// Some rows of a picture.
struct Strip<'a> {
    samples: &'a [u8],
    rows: usize,
    is_first: bool,
}

/// Writes an image, which has been found to have a size that a JPEG can have.
pub(super) fn write(
    image: &DynamicImage,
    icc: Option<&[u8]>,
    quality: u8,
    chroma: Chroma,
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let image = match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => Cow::Borrowed(image),
        other => Cow::Owned(flatten(other.clone())),
    };
    let (sampling, colours, [across, down]) = match (image.color().has_color(), chroma) {
        (false, _) => (SamplingFactor::F_1_1, ColorType::Luma, [1, 1]),
        (true, Chroma::Full) => (SamplingFactor::F_1_1, ColorType::Rgb, [1, 1]),
        (true, Chroma::HalfAcross) => (SamplingFactor::F_2_1, ColorType::Rgb, [2, 1]),
        (true, Chroma::Half) => (SamplingFactor::F_2_2, ColorType::Rgb, [2, 2]),
    };
    let width = image.width() as usize;
    let units_across = width.div_ceil(across * BLOCK);
    let rows_of_units = (STRIP_PIXELS / (width * down * BLOCK)).clamp(1, MOST_UNITS / units_across);
    let row = width * usize::from(image.color().bytes_per_pixel());
    let parts = image.as_bytes().chunks(rows_of_units * down * BLOCK * row);
    let strips: Vec<Strip<'_>> = parts
        .enumerate()
        .map(|(at, samples)| Strip { samples, rows: samples.len() / row, is_first: at == 0 })
        .collect();
    let coded = strips.par_iter().map(|strip| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(sampling);
        // A colour is that of all its pixels: that of the first of them lies to the upper left of them.
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        if strips.len() > 1 {
            encoder.set_restart_interval(u16::try_from(units_across * rows_of_units)?);
        }
        if let Some(profile) = icc.filter(|_| strip.is_first) {
            encoder.add_icc_profile(profile)?;
        }
        encoder.encode(strip.samples, width.try_into()?, strip.rows.try_into()?, colours)?;
        Ok(bytes)
    });
    joined(coded.collect::<Result<_, Box<dyn Error + Send + Sync>>>()?, image.height())
}

/// One picture of this height, of strips that were coded alone.
fn joined(strips: Vec<Vec<u8>>, height: u32) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut strips = strips.into_iter();
    let mut whole = strips.next().unwrap_or_default();
    let Layout { height_at, .. } = layout(&whole).ok_or("the encoder produced an incomplete picture")?;
    if strips.len() > 0 {
        whole[height_at..height_at + 2].copy_from_slice(&u16::try_from(height)?.to_be_bytes());
    }
    for (at, strip) in strips.enumerate() {
        let Layout { coded_at, .. } = layout(&strip).ok_or("the encoder produced an incomplete picture")?;
        // Over the end of the picture, which the strip has again.
        whole.truncate(whole.len() - 2);
        whole.extend([0xFF, RST0 + (at % 8) as u8]);
        whole.extend_from_slice(&strip[coded_at..]);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use image::{GrayImage, Luma, Rgb, RgbImage};
    use seededit_resize::Size;

    /// A picture in one piece.
    fn in_one(image: &DynamicImage, quality: u8, sampling: SamplingFactor) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(sampling);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        let colours = if image.color().has_color() { ColorType::Rgb } else { ColorType::Luma };
        encoder.encode(image.as_bytes(), image.width() as u16, image.height() as u16, colours).unwrap();
        bytes
    }

    #[test]
    fn strips_show_what_one_piece_shows() {
        let (width, height) = (1601, 2003);
        let rgb = RgbImage::from_fn(width, height, |x, y| {
            Rgb([(x / 7) as u8, (y / 9) as u8, (x * y / 5000) as u8])
        });
        let grey = GrayImage::from_fn(width, height, |x, y| Luma([(x / 7 + y / 9) as u8]));
        for (image, chroma, sampling) in [
            (rgb.clone().into(), Chroma::Full, SamplingFactor::F_1_1),
            (rgb.clone().into(), Chroma::HalfAcross, SamplingFactor::F_2_1),
            (DynamicImage::from(rgb), Chroma::Half, SamplingFactor::F_2_2),
            (grey.into(), Chroma::Half, SamplingFactor::F_1_1),
        ] {
            let (strips, one) = (write(&image, None, 90, chroma).unwrap(), in_one(&image, 90, sampling));
            let restarts = strips.windows(2).filter(|pair| matches!(pair, [0xFF, 0xD0..=0xD7])).count();
            assert_eq!(restarts, 3, "{chroma:?}");
            let (strips, one) = (decode(&strips).unwrap(), decode(&one).unwrap());
            assert_eq!(strips.header.size, Size { width, height });
            assert!(strips.image == one.image, "{chroma:?}");
        }
    }

    #[test]
    fn strips_of_the_widest_and_of_the_highest_picture_can_be_counted() {
        for (width, height) in [(65_535, 40), (40, 65_535)] {
            let image = DynamicImage::from(GrayImage::from_fn(width, height, |x, y| Luma([(x ^ y) as u8])));
            let decoded = decode(&write(&image, None, 90, Chroma::Full).unwrap()).unwrap();
            assert_eq!(decoded.header.size, Size { width, height });
        }
    }

    #[test]
    fn a_colour_of_halved_resolution_is_the_mean_of_its_pixels() {
        // Every other column is red: each block of two is half as red.
        let image = RgbImage::from_fn(64, 64, |x, _| if x % 2 == 0 { Rgb([255, 0, 0]) } else { Rgb([0; 3]) });
        let decoded = decode(&write(&image.into(), None, 100, Chroma::HalfAcross).unwrap()).unwrap().image;
        let pixels = decoded.to_rgb8();
        let red = pixels.pixels().map(|pixel| f64::from(pixel.0[0])).sum::<f64>() / (64.0 * 64.0);
        // Taking the first of each two would make it 216.
        assert!((red - 127.5).abs() < 8.0, "{red}");
    }
}
