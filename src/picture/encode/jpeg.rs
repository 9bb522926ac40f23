//! Encodes a baseline JPEG in strips, in parallel.
//!
//! A restart marker (T.81, E.1.4) resets the decoder, so the data between two markers can be encoded on its own. The
//! height of the strips depends on the picture alone, so the same pixels give the same bytes on any machine.

use std::borrow::Cow;
use std::error::Error;

use image::DynamicImage;
use jpeg_encoder::{
    ChromaSubsamplingMethod, Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr,
};
use seededit_base::parallel::map;

use crate::color::flatten::flatten;
use crate::color::subsampling::ChromaSubsampling;
use crate::format::jpeg::{ScanLayout, scan_layout};

/// The approximate number of pixels in a strip: enough that the overhead of a thread and of the markers is small.
const STRIP_PIXELS: usize = 1 << 20;
/// The most MCUs in a restart interval, which is a 16-bit number.
const MAX_RESTART_INTERVAL: usize = u16::MAX as usize;
/// The second byte of the first of eight restart markers, which are used in turn.
const RST0: u8 = 0xD0;
/// The side of a block, in samples.
const BLOCK: usize = 8;

/// Consecutive rows of a picture.
///
/// One type for gray and color, because the encoder is compiled for each type of buffer. [`Encoder::encode`] compiles it
/// for eleven.
struct Strip<'a> {
    samples: &'a [u8],
    width: u16,
    rows: u16,
    has_color: bool,
}

impl ImageBuffer for Strip<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.has_color { JpegColorType::Ycbcr } else { JpegColorType::Luma }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.rows
    }

    fn fill_buffers(&self, y: u16, [luma, cb, cr, _]: &mut [Vec<u8>; 4]) {
        let (width, y) = (usize::from(self.width), usize::from(y));
        if !self.has_color {
            luma.extend_from_slice(&self.samples[y * width..][..width]);
            return;
        }
        let (pixels, _) = self.samples[3 * y * width..][..3 * width].as_chunks::<3>();
        // Written in place rather than pushed, so that the compiler vectorizes the conversion.
        let [luma, cb, cr] = [luma, cb, cr].map(|buffer| {
            let filled = buffer.len();
            buffer.resize(filled + width, 0);
            &mut buffer[filled..]
        });
        for (((pixel, luma), cb), cr) in pixels.iter().zip(luma).zip(cb).zip(cr) {
            let [red, green, blue] = *pixel;
            (*luma, *cb, *cr) = rgb_to_ycbcr(red, green, blue);
        }
    }
}

/// Encodes an image whose size a JPEG supports.
pub(super) fn encode(
    image: &DynamicImage,
    icc: Option<&[u8]>,
    quality: u8,
    subsampling: ChromaSubsampling,
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let image = match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => Cow::Borrowed(image),
        other => Cow::Owned(flatten(other.clone())),
    };
    let has_color = image.color().has_color();
    let (sampling, [across, down]) = match subsampling {
        ChromaSubsampling::Yuv422 if has_color => (SamplingFactor::F_2_1, [2, 1]),
        ChromaSubsampling::Yuv420 if has_color => (SamplingFactor::F_2_2, [2, 2]),
        _ => (SamplingFactor::F_1_1, [1, 1]),
    };
    let width = image.width() as usize;
    let mcus_across = width.div_ceil(across * BLOCK);
    let rows_of_mcus = (STRIP_PIXELS / (width * down * BLOCK)).clamp(1, MAX_RESTART_INTERVAL / mcus_across);
    let row_bytes = width * usize::from(image.color().bytes_per_pixel());
    let chunks = image.as_bytes().chunks(rows_of_mcus * down * BLOCK * row_bytes);
    let has_restarts = chunks.len() > 1;
    let encoded = map(chunks.enumerate(), |(at, samples)| {
        let (width, rows) = (width.try_into()?, (samples.len() / row_bytes).try_into()?);
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(sampling);
        // Chroma is the mean of its pixels. The default, its upper left pixel, would shift colors.
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        if has_restarts {
            encoder.set_restart_interval(u16::try_from(mcus_across * rows_of_mcus)?);
        }
        if let Some(profile) = icc.filter(|_| at == 0) {
            encoder.add_icc_profile(profile)?;
        }
        encoder.encode_image(Strip { samples, width, rows, has_color })?;
        Ok(bytes)
    });
    let encoded: Result<_, Box<dyn Error + Send + Sync>> = encoded.into_iter().collect();
    join_strips(encoded?, image.height())
}

/// Joins strips, each of which is a JPEG of its own, to a JPEG of this height.
fn join_strips(strips: Vec<Vec<u8>>, height: u32) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    const EOI_LEN: usize = 2;

    let mut strips = strips.into_iter();
    let mut joined = strips.next().unwrap_or_default();
    let ScanLayout { height_at, .. } =
        scan_layout(&joined).ok_or("the encoder produced an incomplete picture")?;
    if strips.len() > 0 {
        joined[height_at..height_at + 2].copy_from_slice(&u16::try_from(height)?.to_be_bytes());
    }
    for (at, strip) in strips.enumerate() {
        let ScanLayout { data_at, .. } =
            scan_layout(&strip).ok_or("the encoder produced an incomplete picture")?;
        // The strip has its own end marker.
        joined.truncate(joined.len() - EOI_LEN);
        joined.extend([0xFF, RST0 + (at % 8) as u8]);
        joined.extend_from_slice(&strip[data_at..]);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::fixtures::JpegPixels;
    use image::{GrayImage, Luma, Rgb, RgbImage};
    use seededit_resize::Size;

    fn encoded_in_one_piece(image: &DynamicImage, quality: u8, sampling: SamplingFactor) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(sampling);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        let color = if image.color().has_color() { JpegColorType::Ycbcr } else { JpegColorType::Luma };
        let (width, height) = (image.width() as u16, image.height() as u16);
        encoder.encode_image(JpegPixels { samples: image.as_bytes(), width, height, color }).unwrap();
        bytes
    }

    #[test]
    fn strips_decode_to_the_same_pixels_as_one_piece() {
        let (width, height) = (1601, 2003);
        let rgb = RgbImage::from_fn(width, height, |x, y| {
            Rgb([(x / 7) as u8, (y / 9) as u8, (x * y / 5000) as u8])
        });
        let gray = GrayImage::from_fn(width, height, |x, y| Luma([(x / 7 + y / 9) as u8]));
        for (image, subsampling, sampling) in [
            (rgb.clone().into(), ChromaSubsampling::Yuv444, SamplingFactor::F_1_1),
            (rgb.clone().into(), ChromaSubsampling::Yuv422, SamplingFactor::F_2_1),
            (DynamicImage::from(rgb), ChromaSubsampling::Yuv420, SamplingFactor::F_2_2),
            (gray.into(), ChromaSubsampling::Yuv420, SamplingFactor::F_1_1),
        ] {
            let strips = encode(&image, None, 90, subsampling).unwrap();
            let restarts = strips.windows(2).filter(|pair| matches!(pair, [0xFF, 0xD0..=0xD7])).count();
            assert_eq!(restarts, 3, "{subsampling:?}");
            let one_piece = decode(&encoded_in_one_piece(&image, 90, sampling)).unwrap();
            let strips = decode(&strips).unwrap();
            assert_eq!(strips.header.size, Size { width, height });
            assert!(strips.image == one_piece.image, "{subsampling:?}");
        }
    }

    #[test]
    fn the_widest_and_the_highest_picture_can_be_encoded() {
        for (width, height) in [(65_535, 40), (40, 65_535)] {
            let image = DynamicImage::from(GrayImage::from_fn(width, height, |x, y| Luma([(x ^ y) as u8])));
            let decoded = decode(&encode(&image, None, 90, ChromaSubsampling::Yuv444).unwrap()).unwrap();
            assert_eq!(decoded.header.size, Size { width, height });
        }
    }

    #[test]
    fn subsampled_chroma_is_the_mean_of_its_pixels() {
        // Every other column is red.
        let image = RgbImage::from_fn(64, 64, |x, _| if x % 2 == 0 { Rgb([255, 0, 0]) } else { Rgb([0; 3]) });
        let encoded = encode(&image.into(), None, 100, ChromaSubsampling::Yuv422).unwrap();
        let pixels = decode(&encoded).unwrap().image.to_rgb8();
        let red = pixels.pixels().map(|pixel| f64::from(pixel.0[0])).sum::<f64>() / (64.0 * 64.0);
        // With the first pixel of each pair, it would be 216.
        assert!((red - 127.5).abs() < 8.0, "{red}");
    }
}
