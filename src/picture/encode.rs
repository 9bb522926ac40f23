//! From pixels to bytes.

mod jpeg;

use std::error::Error;

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};
use seededit_resize::Size;

use crate::color::chroma::Chroma;
use crate::color::icc;
use crate::format::Format;

/// The JPEG quality where none is asked for: differences are invisible, and a megapixel takes about 500 kB.
const DEFAULT_QUALITY: u8 = 95;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// JPEG, baseline.
    Jpeg {
        /// From 1 to 100; what is beyond counts as the nearer of them.
        quality: u8,
        /// How finely colours are kept.
        chroma: Chroma,
    },
    /// PNG.
    Png,
    /// WebP, lossless.
    WebP,
}

impl Encoding {
    /// How a format is written by default; `None` for a format that is only read.
    #[must_use]
    pub fn for_format(format: Format) -> Option<Self> {
        match format {
            Format::Jpeg => Some(Self::Jpeg { quality: DEFAULT_QUALITY, chroma: Chroma::Full }),
            Format::Png => Some(Self::Png),
            Format::WebP => Some(Self::WebP),
            _ => None,
        }
    }

    /// The format that is written.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Jpeg { .. } => Format::Jpeg,
            Self::Png => Format::Png,
            Self::WebP => Format::WebP,
        }
    }

    /// Makes sure that the format can have this size.
    ///
    /// # Errors
    ///
    /// For an empty picture, and for one with a longer side than the format can have.
    pub fn ensure_takes(self, size: Size) -> Result<(), EncodeError> {
        let (format, max_side) = (self.format(), self.max_side());
        match size.pixels() > 0 && size.width.max(size.height) <= max_side {
            true => Ok(()),
            false => Err(EncodeError::Size { format, max_side, size }),
        }
    }

    /// The longest side the format can have, in pixels.
    fn max_side(self) -> u32 {
        match self {
            Self::Jpeg { .. } => 65_535,
            Self::Png => i32::MAX.unsigned_abs(),
            // The bitstream could say one more, but the reference decoder stops here.
            Self::WebP => 16_383,
        }
    }
}

/// Why a picture is not written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The format cannot have this size.
    #[error("a {format} has sides of 1 to {max_side} pixels, not {size}")]
    Size {
        /// The format.
        format: Format,
        /// The longest side it can have.
        max_side: u32,
        /// The size of the picture.
        size: Size,
    },
    /// The encoder failed.
    #[error("the picture cannot be written as {format}")]
    Failed {
        /// The format.
        format: Format,
        /// What the encoder says.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Writes an image, with its ICC profile where there is one.
///
/// The profile is left out when it is about another kind of colours than the image has. Alpha is
/// laid on white for JPEG. PNG keeps 16 bits a sample, the others have 8. No orientation is written:
/// the image has to be upright.
///
/// # Errors
///
/// For a size that the format cannot have, and for floating-point samples in a PNG.
pub fn encode(image: &DynamicImage, icc: Option<&[u8]>, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
    encoding.ensure_takes(Size::of(image))?;
    let format = encoding.format();
    let icc = icc.filter(|profile| icc::describes(profile, image));
    let mut bytes = Vec::new();
    match encoding {
        Encoding::Jpeg { quality, chroma } => {
            jpeg::write(image, icc, quality.clamp(1, 100), chroma).map(|written| bytes = written)
        }
        Encoding::Png => write(PngEncoder::new(&mut bytes), image, icc),
        Encoding::WebP => write(WebPEncoder::new_lossless(&mut bytes), image, icc),
    }
    .map_err(|source| EncodeError::Failed { format, source })?;
    Ok(bytes)
}

fn write(
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
    use crate::color::icc::tests::profile;
    use crate::decode::decode;
    use crate::fixtures;
    use image::{GrayImage, Rgb, RgbImage, Rgba, RgbaImage};

    const JPEG: Encoding = Encoding::Jpeg { quality: DEFAULT_QUALITY, chroma: Chroma::Full };
    const ALL: [Encoding; 3] = [JPEG, Encoding::Png, Encoding::WebP];

    #[test]
    fn everything_written_is_complete_and_of_its_format() {
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
                assert_eq!(decoded.header.alpha, keeps_alpha && image.color().has_alpha());
            }
        }
    }

    #[test]
    fn png_and_webp_change_no_pixel() {
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
    fn jpeg_keeps_the_colour_of_a_single_row() {
        // With 4:2:0 the red of one row would bleed into its neighbours.
        let stripes = RgbImage::from_fn(32, 32, |_, y| match y % 2 {
            0 => Rgb([220, 20, 20]),
            _ => Rgb([20, 20, 220]),
        });
        let bytes = encode(&stripes.clone().into(), None, ALL[0]).unwrap();
        let decoded = decode(&bytes).unwrap().image.to_rgb8();
        for (before, after) in stripes.pixels().zip(decoded.pixels()) {
            for (before, after) in before.0.iter().zip(after.0) {
                assert!(before.abs_diff(after) < 24, "{before} became {after}");
            }
        }
    }

    #[test]
    fn transparent_pixels_become_white_in_a_jpeg_and_half_transparent_ones_lighter() {
        for (pixel, shown) in
            [(Rgba([0, 0, 0, 0]), 255), (Rgba([0, 0, 0, 128]), 127), (Rgba([0, 0, 0, 255]), 0)]
        {
            let image = RgbaImage::from_pixel(16, 16, pixel).into();
            let decoded = decode(&encode(&image, None, ALL[0]).unwrap()).unwrap();
            let level = decoded.image.to_luma8().get_pixel(8, 8).0[0];
            assert!(level.abs_diff(shown) <= 1, "{pixel:?} is shown as {level}");
        }
    }

    #[test]
    fn the_profile_is_carried_over_in_every_format() {
        let image = DynamicImage::from(fixtures::rgb());
        for encoding in ALL {
            for (colours, kept) in [(b"RGB ", true), (b"CMYK", false), (b"GRAY", false)] {
                let profile = profile(colours);
                let bytes = encode(&image, Some(&profile), encoding).unwrap();
                let carried = decode(&bytes).unwrap().icc;
                assert_eq!(carried, kept.then_some(profile), "{encoding:?}");
            }
        }
    }

    #[test]
    fn a_size_the_format_cannot_have_is_refused() {
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
        assert!(encode(&longer, None, ALL[0]).is_err());
    }

    #[test]
    fn quality_beyond_the_scale_counts_as_its_end() {
        let image = DynamicImage::from(fixtures::rgb());
        let written =
            |quality| encode(&image, None, Encoding::Jpeg { quality, chroma: Chroma::Full }).unwrap();
        assert_eq!(written(0), written(1));
        assert_eq!(written(255), written(100));
        assert!(written(100).len() > written(50).len());
    }
}
