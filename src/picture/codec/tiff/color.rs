//! What the samples of a TIFF mean.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Primitive, Rgb, Rgba};

use super::samples::Samples;
use crate::color::cmyk::{convert_by_profile, convert_without_profile};
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Format, Header, tiff as tags};

/// How samples become colors.
pub(super) struct Interpretation {
    colors: Colors,
    /// The number of channels of a pixel, including those that are no colors.
    channels: usize,
    alpha: Alpha,
}

enum Colors {
    Gray {
        is_inverted: bool,
    },
    Rgb,
    /// Red, green and blue of each index.
    Palette(Vec<[u8; 3]>),
    Cmyk,
    /// Luma and chroma, at the same resolution.
    YCbCr,
}

/// What the first channel after the colors is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alpha {
    None,
    /// Colors are multiplied by it.
    Associated,
    Straight,
}

impl Interpretation {
    /// Returns `None` if the decoder has to convert the colors, or knows why it cannot.
    pub(super) fn of(ifd: Ifd<'_>) -> Option<Interpretation> {
        let colors = match ifd.value(tags::PHOTOMETRIC_INTERPRETATION)? {
            0 => Colors::Gray { is_inverted: true },
            1 => Colors::Gray { is_inverted: false },
            2 => Colors::Rgb,
            3 => Colors::Palette(palette(ifd)?),
            tags::SEPARATED => Colors::Cmyk,
            tags::YCBCR if has_whole_chroma(ifd) => Colors::YCbCr,
            _ => return None,
        };
        let channels = ifd.value(tags::SAMPLES_PER_PIXEL).unwrap_or(1) as usize;
        let alpha = match ifd.value(tags::EXTRA_SAMPLES) {
            Some(1) => Alpha::Associated,
            Some(2) => Alpha::Straight,
            _ => Alpha::None,
        };
        let interpretation = Interpretation { colors, channels, alpha };
        let needed = interpretation.color_count() + usize::from(alpha != Alpha::None);
        let is_palette_with_alpha =
            matches!(interpretation.colors, Colors::Palette(_)) && alpha != Alpha::None;
        (needed <= channels && !is_palette_with_alpha).then_some(interpretation)
    }

    /// Whether samples are indices, and not levels.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self.colors, Colors::Palette(_))
    }

    fn color_count(&self) -> usize {
        match self.colors {
            Colors::Gray { .. } | Colors::Palette(_) => 1,
            Colors::Rgb | Colors::YCbCr => 3,
            Colors::Cmyk => 4,
        }
    }

    pub(super) fn to_image(
        &self,
        samples: Samples,
        header: &Header,
        icc: Option<&[u8]>,
    ) -> Result<DynamicImage, DecodeError> {
        let image = match (&self.colors, samples) {
            (Colors::Palette(palette), Samples::Eight(samples)) => {
                let color = |pixel: &[u8]| palette.get(usize::from(pixel[0])).copied().unwrap_or_default();
                let samples = samples.chunks_exact(self.channels).flat_map(color).collect();
                new_image::<Rgb<u8>>(header, samples)
            }
            (Colors::YCbCr, Samples::Eight(samples)) if self.alpha == Alpha::None => {
                let samples = samples.chunks_exact(self.channels).flat_map(ycbcr_to_rgb).collect();
                new_image::<Rgb<u8>>(header, samples)
            }
            (Colors::Palette(_), Samples::Sixteen(_)) | (Colors::YCbCr, _) => None,
            (Colors::Cmyk, samples) => self.cmyk_image(&samples, header, icc),
            (Colors::Rgb, Samples::Eight(samples)) => self.image::<Rgb<u8>, Rgba<u8>>(&samples, header),
            (Colors::Rgb, Samples::Sixteen(samples)) => self.image::<Rgb<u16>, Rgba<u16>>(&samples, header),
            (Colors::Gray { .. }, Samples::Eight(samples)) => {
                self.image::<Luma<u8>, LumaA<u8>>(&samples, header)
            }
            (Colors::Gray { .. }, Samples::Sixteen(samples)) => {
                self.image::<Luma<u16>, LumaA<u16>>(&samples, header)
            }
        };
        image.ok_or(DecodeError::UnsupportedKind {
            format: Format::Tiff,
            detail: "its channels do not match its colors".into(),
        })
    }

    /// Builds an image whose pixels are `Opaque`, or `Transparent` if there is an alpha channel.
    fn image<Opaque, Transparent>(
        &self,
        samples: &[Opaque::Subpixel],
        header: &Header,
    ) -> Option<DynamicImage>
    where
        Opaque: Pixel,
        Transparent: Pixel<Subpixel = Opaque::Subpixel>,
        Opaque::Subpixel: Primitive + Into<u32> + TryFrom<u32>,
        DynamicImage: From<ImageBuffer<Opaque, Vec<Opaque::Subpixel>>>
            + From<ImageBuffer<Transparent, Vec<Opaque::Subpixel>>>,
    {
        let colors = self.color_count();
        let kept = colors + usize::from(self.alpha != Alpha::None);
        let mut levels: Vec<Opaque::Subpixel> =
            samples.chunks_exact(self.channels).flat_map(|pixel| &pixel[..kept]).copied().collect();
        if matches!(self.colors, Colors::Gray { is_inverted: true }) {
            let max = Opaque::Subpixel::DEFAULT_MAX_VALUE;
            levels.iter_mut().step_by(kept).for_each(|level| *level = max - *level);
        }
        match self.alpha {
            Alpha::None => return new_image::<Opaque>(header, levels),
            Alpha::Associated => levels.chunks_exact_mut(kept).for_each(divide_by_alpha),
            Alpha::Straight => {}
        }
        new_image::<Transparent>(header, levels)
    }

    /// Converts inks to sRGB, by a profile if there is one.
    fn cmyk_image(&self, samples: &Samples, header: &Header, icc: Option<&[u8]>) -> Option<DynamicImage> {
        const COLORS: usize = 4;
        let eight: Vec<u8> = match samples {
            Samples::Eight(samples) => samples.clone(),
            Samples::Sixteen(samples) => {
                samples.iter().map(|sample| ((u32::from(*sample) * 255 + 32_767) / 65_535) as u8).collect()
            }
        };
        let inks: Vec<u8> =
            eight.chunks_exact(self.channels).flat_map(|pixel| &pixel[..COLORS]).copied().collect();
        let rgb = icc
            .and_then(|profile| convert_by_profile(&inks, profile))
            .unwrap_or_else(|| inks.as_chunks().0.iter().flat_map(convert_without_profile).collect());
        if self.alpha == Alpha::None {
            return new_image::<Rgb<u8>>(header, rgb);
        }
        let alpha = eight.chunks_exact(self.channels).map(|pixel| pixel[COLORS]);
        let rgba = rgb.as_chunks().0.iter().zip(alpha).flat_map(|(&[r, g, b], a)| [r, g, b, a]).collect();
        new_image::<Rgba<u8>>(header, rgba)
    }
}

/// Whether chroma has the resolution of luma when it has been decoded.
fn has_whole_chroma(ifd: Ifd<'_>) -> bool {
    ifd.value(tags::COMPRESSION) == Some(tags::JPEG)
        || ifd.values(tags::YCBCR_SUBSAMPLING).is_some_and(|factors| factors == [1, 1])
}

/// Converts by BT.601 with all values, as in a JPEG.
fn ycbcr_to_rgb(pixel: &[u8]) -> [u8; 3] {
    let level = |at: usize| f32::from(pixel[at]);
    let (luma, blue, red) = (level(0), level(1) - 128.0, level(2) - 128.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let sample = |level: f32| (level + 0.5) as u8;
    [
        sample(luma + 1.402 * red),
        sample(luma - 0.344_136 * blue - 0.714_136 * red),
        sample(luma + 1.772 * blue),
    ]
}

fn new_image<P: Pixel>(header: &Header, samples: Vec<P::Subpixel>) -> Option<DynamicImage>
where
    DynamicImage: From<ImageBuffer<P, Vec<P::Subpixel>>>,
{
    ImageBuffer::<P, _>::from_raw(header.size.width, header.size.height, samples).map(DynamicImage::from)
}

/// Divides the colors of a pixel by its alpha, which is the last sample.
fn divide_by_alpha<S: Primitive + Into<u32> + TryFrom<u32>>(pixel: &mut [S]) {
    let Some((alpha, colors)) = pixel.split_last_mut() else { return };
    let (alpha, max): (u32, u32) = ((*alpha).into(), S::DEFAULT_MAX_VALUE.into());
    if alpha == 0 {
        return;
    }
    for level in colors {
        let straight = ((*level).into() * max + alpha / 2) / alpha;
        *level = S::try_from(straight.min(max)).unwrap_or(S::DEFAULT_MAX_VALUE);
    }
}

/// The colors of the indices. Old files have levels of 8 bits where the specification has 16.
fn palette(ifd: Ifd<'_>) -> Option<Vec<[u8; 3]>> {
    let bits = ifd.value(tags::BITS_PER_SAMPLE).unwrap_or(1);
    let count = 1_usize << bits.min(16);
    let map = ifd.values(tags::COLOR_MAP).filter(|map| map.len() >= 3 * count)?;
    let has_16_bits = map.iter().any(|level| *level > 255);
    let level = |level: u32| {
        let level = if has_16_bits { (level * 255 + 32_767) / 65_535 } else { level };
        u8::try_from(level).unwrap_or(u8::MAX)
    };
    Some((0..count).map(|at| [0, 1, 2].map(|channel| level(map[channel * count + at]))).collect())
}
