//! From pixels to bytes.

mod jpeg;

use std::error::Error;

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};
use seededit_resize::Size;

use crate::color::icc;
use crate::color::subsampling::ChromaSubsampling;
use crate::format::Format;

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

/// Encodes an upright image with an ICC profile.
///
/// Leaves out a profile that does not describe the image's color model. In a JPEG, transparent pixels are flattened
/// onto white. PNG keeps 16 bits per sample; the other formats have 8.
///
/// # Errors
/// If the format does not support the size, or for floating-point samples in a PNG.
pub fn encode(image: &DynamicImage, icc: Option<&[u8]>, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
    encoding.ensure_fits(Size::of(image))?;
    let format = encoding.format();
    let icc = icc.filter(|profile| icc::describes(profile, image));
    let mut bytes = Vec::new();
    match encoding {
        Encoding::Jpeg { quality, subsampling } => {
            jpeg::encode(image, icc, quality.clamp(1, 100), subsampling).map(|encoded| bytes = encoded)
        }
        Encoding::Png => encode_with(PngEncoder::new(&mut bytes), image, icc),
        Encoding::WebP => encode_with(WebPEncoder::new_lossless(&mut bytes), image, icc),
    }
    .map_err(|source| EncodeError::Failed { format, source })?;
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
    use crate::color::icc::tests::header_only;
    use crate::decode::decode;
    use crate::fixtures;
    use image::{GrayImage, Rgb, RgbImage, Rgba, RgbaImage};

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
                let decoded = decode(&encode(&image, None, encoding).unwrap()).unwrap();
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
                let bytes = encode(&image, None, encoding).unwrap();
                assert_eq!(decode(&bytes).unwrap().image, image);
            }
        }
    }

    #[test]
    fn png_keeps_16_bits() {
        let image = DynamicImage::from(fixtures::rgba()).to_rgba16().into();
        let bytes = encode(&image, None, Encoding::Png).unwrap();
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
        let bytes = encode(&stripes.clone().into(), None, JPEG).unwrap();
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
            let decoded = decode(&encode(&image, None, JPEG).unwrap()).unwrap();
            let level = decoded.image.to_luma8().get_pixel(8, 8).0[0];
            assert!(level.abs_diff(expected) <= 1, "{pixel:?} became {level}");
        }
    }

    #[test]
    fn each_format_keeps_a_profile_of_the_images_color_model() {
        let image = DynamicImage::from(fixtures::rgb());
        for encoding in ALL {
            for (color_space, is_kept) in [(b"RGB ", true), (b"CMYK", false), (b"GRAY", false)] {
                let profile = header_only(color_space);
                let bytes = encode(&image, Some(&profile), encoding).unwrap();
                let icc = decode(&bytes).unwrap().icc;
                assert_eq!(icc, is_kept.then_some(profile), "{encoding:?}");
            }
        }
    }

    #[test]
    fn a_size_that_the_format_does_not_support_is_refused() {
        let empty = GrayImage::new(0, 4).into();
        for encoding in ALL {
            assert!(encode(&empty, None, encoding).is_err());
        }
        let long = GrayImage::new(16_384, 1).into();
        assert_eq!(
            encode(&long, None, Encoding::WebP).unwrap_err().to_string(),
            "a webp has sides of 1 to 16383 pixels, not 16384×1"
        );
        assert!(encode(&long, None, Encoding::Png).is_ok());
        let longer = GrayImage::new(65_536, 1).into();
        assert!(encode(&longer, None, JPEG).is_err());
    }

    #[test]
    fn quality_is_clamped() {
        let image = DynamicImage::from(fixtures::rgb());
        let subsampling = ChromaSubsampling::Yuv444;
        let encoded = |quality| encode(&image, None, Encoding::Jpeg { quality, subsampling }).unwrap();
        assert_eq!(encoded(0), encoded(1));
        assert_eq!(encoded(255), encoded(100));
        assert!(encoded(100).len() > encoded(50).len());
    }
}
