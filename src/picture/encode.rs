//! From pixels to bytes.

mod jpeg;

use std::error::Error;

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};
use seededit_resize::Size;

use crate::color::subsampling::ChromaSubsampling;
use crate::color::{ColorSpace, is_16_bit};
use crate::format::{Format, metadata};

/// The default JPEG quality. Differences are invisible, and a megapixel takes about 500 kB.
const DEFAULT_QUALITY: u8 = 95;

/// A format to encode to, and its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Baseline JPEG.
    Jpeg {
        /// From 1 to 100. Values outside are clamped.
        quality: u8,
        subsampling: ChromaSubsampling,
    },
    Png,
    /// Lossless WebP.
    WebP,
}

impl Encoding {
    /// The default settings for a format. Returns `None` for a format that can only be decoded.
    #[must_use]
    pub fn for_format(format: Format) -> Option<Self> {
        match format {
            Format::Jpeg => {
                Some(Self::Jpeg { quality: DEFAULT_QUALITY, subsampling: ChromaSubsampling::Yuv444 })
            }
            Format::Png => Some(Self::Png),
            Format::WebP => Some(Self::WebP),
            _ => None,
        }
    }

    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Jpeg { .. } => Format::Jpeg,
            Self::Png => Format::Png,
            Self::WebP => Format::WebP,
        }
    }

    /// Whether an encoded image decodes to the same pixels.
    pub(crate) fn is_exact(self, image: &DynamicImage) -> bool {
        match self {
            Self::Jpeg { .. } => false,
            Self::Png => true,
            Self::WebP => !is_16_bit(image),
        }
    }

    /// Checks that the format supports this size.
    ///
    /// # Errors
    /// If the picture is empty, or a side is too long for the format.
    pub fn ensure_fits(self, size: Size) -> Result<(), EncodeError> {
        let (format, max_side) = (self.format(), self.max_side());
        if size.pixels() > 0 && size.width.max(size.height) <= max_side {
            Ok(())
        } else {
            Err(EncodeError::Size { format, max_side, size })
        }
    }

    /// The longest side that the format supports, in pixels.
    fn max_side(self) -> u32 {
        match self {
            Self::Jpeg { .. } => 65_535,
            Self::Png => i32::MAX.unsigned_abs(),
            // The bitstream allows one more, but the reference decoder does not.
            Self::WebP => 16_383,
        }
    }
}

/// A picture cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The format does not support the size.
    #[error("a {format} has sides of 1 to {max_side} pixels, not {size}")]
    Size { format: Format, max_side: u32, size: Size },
    /// The encoder failed.
    #[error("the picture cannot be written as {format}")]
    Failed { format: Format, source: Box<dyn Error + Send + Sync> },
}

/// Encodes an upright image in a color space, which may be stated for another color model.
///
/// In a JPEG, transparent pixels are flattened onto white. PNG keeps 16 bits per sample; the other formats have 8.
///
/// # Errors
/// If the format does not support the size, or for floating-point samples in a PNG.
pub fn encode(image: &DynamicImage, colors: &ColorSpace, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
    encoding.ensure_fits(Size::of(image))?;
    let format = encoding.format();
    let colors = colors.clone().for_image(image);
    let in_chunks = format == Format::Png && !colors.png_chunks().is_empty();
    let icc = colors.icc().filter(|_| !in_chunks);
    let mut bytes = Vec::new();
    match encoding {
        Encoding::Jpeg { quality, subsampling } => {
            jpeg::encode(image, icc, quality.clamp(1, 100), subsampling).map(|encoded| bytes = encoded)
        }
        Encoding::Png => encode_with(PngEncoder::new(&mut bytes), image, icc),
        Encoding::WebP => encode_with(WebPEncoder::new_lossless(&mut bytes), image, icc),
    }
    .map_err(|source| EncodeError::Failed { format, source })?;
    if in_chunks {
        metadata::add_colors(&mut bytes, format, &colors);
    }
    Ok(bytes)
}

fn encode_with(
    mut encoder: impl ImageEncoder,
    image: &DynamicImage,
    icc: Option<&[u8]>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    if let Some(profile) = icc {
        encoder.set_icc_profile(profile.to_vec())?;
    }
    Ok(image.write_with_encoder(encoder)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc;
    use crate::decode::{Decoded, decode};
    use crate::fixtures;
    use image::{GrayImage, Rgb, RgbImage, Rgba, RgbaImage};
    use moxcms::ColorProfile;

    const SRGB: ColorSpace = ColorSpace::SRGB;
    const JPEG: Encoding =
        Encoding::Jpeg { quality: DEFAULT_QUALITY, subsampling: ChromaSubsampling::Yuv444 };
    const ALL: [Encoding; 3] = [JPEG, Encoding::Png, Encoding::WebP];

    #[test]
    fn an_encoded_picture_is_complete_and_has_the_format() {
        let rgb = DynamicImage::from(fixtures::rgb());
        for image in [
            rgb.clone(),
            fixtures::rgba().into(),
            rgb.to_luma8().into(),
            rgb.to_luma_alpha16().into(),
            rgb.to_rgb16().into(),
        ] {
            for encoding in ALL {
                let decoded = decode(&encode(&image, &SRGB, encoding).unwrap()).unwrap();
                assert_eq!(decoded.header.format, encoding.format());
                assert_eq!(decoded.header.size, fixtures::SIZE);
                let keeps_alpha = encoding.format() != Format::Jpeg;
                assert_eq!(decoded.header.has_alpha, keeps_alpha && image.color().has_alpha());
            }
        }
    }

    #[test]
    fn png_and_webp_are_lossless() {
        for image in [DynamicImage::from(fixtures::rgb()), fixtures::rgba().into()] {
            for encoding in [Encoding::Png, Encoding::WebP] {
                let bytes = encode(&image, &SRGB, encoding).unwrap();
                assert_eq!(decode(&bytes).unwrap().image, image);
            }
        }
    }

    #[test]
    fn png_keeps_16_bits() {
        let image = DynamicImage::from(fixtures::rgba()).to_rgba16().into();
        let bytes = encode(&image, &SRGB, Encoding::Png).unwrap();
        assert_eq!(decode(&bytes).unwrap().image, image);
    }

    #[test]
    fn the_default_jpeg_keeps_the_color_of_a_single_row() {
        // With 4:2:0, each row would bleed into its neighbors.
        let stripes =
            RgbImage::from_fn(
                32,
                32,
                |_, y| {
                    if y % 2 == 0 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }
                },
            );
        let bytes = encode(&stripes.clone().into(), &SRGB, JPEG).unwrap();
        let decoded = decode(&bytes).unwrap().image.to_rgb8();
        for (before, after) in stripes.pixels().zip(decoded.pixels()) {
            for (before, after) in before.0.iter().zip(after.0) {
                assert!(before.abs_diff(after) < 24, "{before} became {after}");
            }
        }
    }

    #[test]
    fn a_jpeg_shows_transparent_pixels_on_white() {
        for (pixel, expected) in
            [(Rgba([0, 0, 0, 0]), 255), (Rgba([0, 0, 0, 128]), 127), (Rgba([0, 0, 0, 255]), 0)]
        {
            let image = RgbaImage::from_pixel(16, 16, pixel).into();
            let decoded = decode(&encode(&image, &SRGB, JPEG).unwrap()).unwrap();
            let level = decoded.image.to_luma8().get_pixel(8, 8).0[0];
            assert!(level.abs_diff(expected) <= 1, "{pixel:?} became {level}");
        }
    }

    #[test]
    fn each_format_states_the_color_space_for_the_images_color_model() {
        let gray = ColorSpace::of_icc(icc::encoded(ColorProfile::new_gray_with_gamma(1.8)).unwrap());
        let color = ColorSpace::of_icc(icc::encoded(ColorProfile::new_adobe_rgb()).unwrap());
        let rgb = DynamicImage::from(fixtures::rgb());
        let luma = DynamicImage::from(rgb.to_luma8());
        for encoding in ALL {
            let kept = |image: &DynamicImage, colors: &ColorSpace| {
                decode(&encode(image, colors, encoding).unwrap()).unwrap().colors
            };
            assert_eq!(kept(&rgb, &color), color, "{encoding:?}");
            assert_eq!(kept(&rgb, &gray), gray.clone().for_image(&rgb), "{encoding:?}");
            assert_eq!(kept(&rgb, &SRGB), SRGB, "{encoding:?}");
            // A WebP has no gray.
            if encoding != Encoding::WebP {
                assert_eq!(kept(&luma, &gray), gray, "{encoding:?}");
                assert_eq!(kept(&luma, &color), color.clone().for_image(&luma), "{encoding:?}");
            }
        }
    }

    #[test]
    fn chunks_of_a_png_stay_chunks_and_become_a_profile_elsewhere() {
        let mut png = fixtures::png();
        png.splice(33..33, crate::format::png::tests::chunk(b"cICP", &[12, 13, 0, 1]));
        let Decoded { image, colors, .. } = decode(&png).unwrap();
        let again = decode(&encode(&image, &colors, Encoding::Png).unwrap()).unwrap();
        assert_eq!(again.colors, colors);
        for encoding in [JPEG, Encoding::WebP] {
            let decoded = decode(&encode(&image, &colors, encoding).unwrap()).unwrap();
            assert_eq!(decoded.colors.icc(), colors.icc());
            assert!(decoded.colors.icc().is_some());
        }
    }

    #[test]
    fn a_size_that_the_format_does_not_support_is_refused() {
        let empty = GrayImage::new(0, 4).into();
        for encoding in ALL {
            assert!(encode(&empty, &SRGB, encoding).is_err());
        }
        let long = GrayImage::new(16_384, 1).into();
        assert_eq!(
            encode(&long, &SRGB, Encoding::WebP).unwrap_err().to_string(),
            "a webp has sides of 1 to 16383 pixels, not 16384×1"
        );
        assert!(encode(&long, &SRGB, Encoding::Png).is_ok());
        let longer = GrayImage::new(65_536, 1).into();
        assert!(encode(&longer, &SRGB, JPEG).is_err());
    }

    #[test]
    fn quality_is_clamped() {
        let image = DynamicImage::from(fixtures::rgb());
        let subsampling = ChromaSubsampling::Yuv444;
        let encoded = |quality| encode(&image, &SRGB, Encoding::Jpeg { quality, subsampling }).unwrap();
        assert_eq!(encoded(0), encoded(1));
        assert_eq!(encoded(255), encoded(100));
        assert!(encoded(100).len() > encoded(50).len());
    }
}
