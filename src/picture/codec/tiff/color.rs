//! What the samples of a TIFF mean.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Primitive, Rgb, Rgba};

use super::samples::Samples;
use super::unsupported;
use super::ycbcr::ToRgb;
use crate::codec::lab;
use crate::color::cmyk::{convert_by_profile, convert_without_profile};
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Header, tiff as tags};

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
    YCbCr(ToRgb),
    /// CIE L*a*b*, with signed chroma or with an offset.
    Lab {
        is_signed: bool,
    },
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
    pub(super) fn of(ifd: Ifd<'_>) -> Result<Interpretation, DecodeError> {
        let is_planar = ifd.value(tags::PLANAR_CONFIGURATION) == Some(2);
        let colors = match ifd.value(tags::PHOTOMETRIC_INTERPRETATION) {
            Some(0) => Colors::Gray { is_inverted: true },
            Some(1) => Colors::Gray { is_inverted: false },
            Some(2) => Colors::Rgb,
            Some(3) => {
                Colors::Palette(palette(ifd).ok_or_else(|| unsupported("its palette is missing".into()))?)
            }
            Some(4) => return Err(unsupported("a mask".into())),
            Some(tags::SEPARATED) => match ifd.value(tags::INK_SET) {
                Some(2) => return Err(unsupported("inks other than CMYK".into())),
                _ => Colors::Cmyk,
            },
            // Its decoder converts luma and chroma.
            Some(tags::YCBCR) if ifd.value(tags::COMPRESSION) == Some(tags::JPEG) && !is_planar => {
                Colors::Rgb
            }
            Some(tags::YCBCR) => Colors::YCbCr(ToRgb::of(ifd)),
            Some(8) => Colors::Lab { is_signed: true },
            Some(9) => Colors::Lab { is_signed: false },
            Some(10) => return Err(unsupported("ITU L*a*b* colors".into())),
            Some(32_844 | 32_845) => return Err(unsupported("LogLuv colors".into())),
            Some(other) => return Err(unsupported(format!("photometric interpretation {other}"))),
            None => return Err(unsupported("its photometric interpretation is missing".into())),
        };
        let channels = ifd.value(tags::SAMPLES_PER_PIXEL).unwrap_or(1) as usize;
        let alpha = match tags::alpha_kind(ifd) {
            Some(tags::ASSOCIATED) => Alpha::Associated,
            Some(_) => Alpha::Straight,
            None => Alpha::None,
        };
        let interpretation = Interpretation { colors, channels, alpha };
        let needed = interpretation.color_count() + usize::from(alpha != Alpha::None);
        let takes_alpha = !matches!(interpretation.colors, Colors::Palette(_) | Colors::YCbCr(_));
        if needed > channels || alpha != Alpha::None && !takes_alpha {
            return Err(mismatch());
        }
        Ok(interpretation)
    }

    /// Whether the decoded pixels are in sRGB, whatever the profile describes.
    pub(super) fn is_converted(&self) -> bool {
        matches!(self.colors, Colors::Lab { .. })
    }

    /// Whether samples are codes that are not to be scaled, and not levels.
    pub(super) fn has_codes(&self) -> bool {
        matches!(self.colors, Colors::Palette(_) | Colors::Lab { .. })
    }

    fn color_count(&self) -> usize {
        match self.colors {
            Colors::Gray { .. } | Colors::Palette(_) => 1,
            Colors::Rgb | Colors::YCbCr(_) | Colors::Lab { .. } => 3,
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
            (Colors::YCbCr(to_rgb), Samples::Eight(samples)) => {
                let pixels = samples.chunks_exact(self.channels);
                let samples =
                    pixels.flat_map(|pixel| to_rgb.convert([pixel[0], pixel[1], pixel[2]])).collect();
                new_image::<Rgb<u8>>(header, samples)
            }
            (Colors::Palette(palette), Samples::Sixteen(samples)) => {
                let color = |pixel: &[u16]| palette.get(usize::from(pixel[0])).copied().unwrap_or_default();
                let samples = samples.chunks_exact(self.channels).flat_map(color).collect();
                new_image::<Rgb<u8>>(header, samples)
            }
            (Colors::YCbCr(_), Samples::Sixteen(_)) => None,
            (Colors::Lab { is_signed }, Samples::Eight(mut samples)) => {
                let offset = if *is_signed { 128 } else { 0 };
                for pixel in samples.chunks_exact_mut(self.channels) {
                    let [a, b] = [1, 2].map(|at| f32::from(pixel[at].wrapping_add(offset)) - 128.0);
                    let srgb = lab::to_srgb([f32::from(pixel[0]) / 2.55, a, b]);
                    pixel.iter_mut().zip(srgb).for_each(|(to, level)| *to = (level * 255.0).round() as u8);
                }
                self.image::<Rgb<u8>, Rgba<u8>>(&samples, header)
            }
            (Colors::Lab { is_signed }, Samples::Sixteen(mut samples)) => {
                // With an offset, the codes end at FF00 and not at FFFF (TIFF technical note 4; ICC.1:2001, A.3).
                let (offset, white) = if *is_signed { (0x8000, 65_535.0) } else { (0, 65_280.0) };
                for pixel in samples.chunks_exact_mut(self.channels) {
                    let [a, b] = [1, 2].map(|at| f32::from(pixel[at].wrapping_add(offset)) / 256.0 - 128.0);
                    let srgb = lab::to_srgb([f32::from(pixel[0]) * 100.0 / white, a, b]);
                    pixel
                        .iter_mut()
                        .zip(srgb)
                        .for_each(|(to, level)| *to = (level * 65_535.0).round() as u16);
                }
                self.image::<Rgb<u16>, Rgba<u16>>(&samples, header)
            }
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
        image.ok_or_else(mismatch)
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
        let mut levels: Vec<Opaque::Subpixel> = if kept == self.channels {
            samples.to_vec()
        } else {
            samples.chunks_exact(self.channels).flat_map(|pixel| &pixel[..kept]).copied().collect()
        };
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

fn mismatch() -> DecodeError {
    unsupported("its channels do not match its colors".into())
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
///
/// Writers multiply levels of 8 bits by 257 or by 256. The upper byte is the level in both cases, and what other readers use.
/// A palette may have fewer colors than there are indices.
fn palette(ifd: Ifd<'_>) -> Option<Vec<[u8; 3]>> {
    let bits = ifd.value(tags::BITS_PER_SAMPLE).unwrap_or(1);
    let map = ifd.values(tags::COLOR_MAP).filter(|map| !map.is_empty() && map.len() % 3 == 0)?;
    let count = (map.len() / 3).min(1 << bits.min(16));
    let has_16_bits = map.iter().any(|level| *level > 255);
    let level = |level: u32| {
        let level = if has_16_bits { level >> 8 } else { level };
        u8::try_from(level).unwrap_or(u8::MAX)
    };
    Some((0..count).map(|at| [0, 1, 2].map(|channel| level(map[channel * count + at]))).collect())
}
