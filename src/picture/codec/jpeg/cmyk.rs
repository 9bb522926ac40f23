//! CMYK and YCCK JPEGs.

use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageError, ImageFormat, ImageResult, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use seededit_resize::Size;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::format::jpeg::{Adobe, adobe, is_first_component_finest};

/// Decodes a CMYK or YCCK JPEG of four components to sRGB: by its ICC profile, or as if each ink absorbed light
/// independently of the others.
pub(crate) fn decode(bytes: &[u8], size: Size) -> ImageResult<DynamicImage> {
    // The decoder assumes this, and would misplace samples otherwise.
    if !is_first_component_finest(bytes) {
        return Err(failed("the first component has a lower resolution than another".into()));
    }
    let adobe = adobe(bytes);
    // Without a transform, the decoder returns the samples as they are stored. They are converted below.
    let mut untransformed = bytes.to_vec();
    if let Some(Adobe { transform_at, .. }) = adobe {
        untransformed[transform_at] = 0;
    }
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::CMYK);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(untransformed), options);
    let mut samples = decoder.decode().map_err(|error| failed(format!("{error:?}")))?;
    if adobe.is_some_and(|adobe| adobe.is_ycck) {
        samples.as_chunks_mut().0.iter_mut().for_each(ycck_to_cmyk);
    }
    // With Adobe's marker, samples are inverted: 255 is no ink.
    if adobe.is_some() {
        samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
    }
    let pixels = match decoder.icc_profile().and_then(|profile| convert_by_profile(&samples, &profile)) {
        Some(pixels) => pixels,
        None => samples.as_chunks().0.iter().flat_map(convert_without_profile).collect(),
    };
    RgbImage::from_raw(size.width, size.height, pixels)
        .map(DynamicImage::from)
        .ok_or_else(|| failed("there are fewer pixels than the header states".into()))
}

fn failed(reason: String) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Exact(ImageFormat::Jpeg), reason))
}

/// Converts the first three samples from YCbCr to inks, and keeps the fourth (JFIF 1.02; Adobe's technical note 5116).
fn ycck_to_cmyk(pixel: &mut [u8; 4]) {
    let [y, cb, cr, key] = pixel.map(f32::from);
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float to integer saturates"
    )]
    let sample = |level: f32| 255 - (level + 0.5) as u8;
    *pixel = [
        sample(y + 1.402 * cr),
        sample(y - 0.344_136 * cb - 0.714_136 * cr),
        sample(y + 1.772 * cb),
        key as u8,
    ];
}

/// Converts CMYK to sRGB by an ICC profile. Returns `None` if the profile does not describe CMYK.
fn convert_by_profile(inks: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let transform = profile
        .create_transform_8bit(
            Layout::Rgba, // stands for any four samples
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            TransformOptions::default(),
        )
        .ok()?;
    let mut pixels = vec![0; inks.len() / 4 * 3];
    transform.transform(inks, &mut pixels).ok()?;
    Some(pixels)
}

fn convert_without_profile(&[cyan, magenta, yellow, key]: &[u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| {
        let light = u32::from(255 - ink) * u32::from(255 - key);
        u8::try_from((light + 127) / 255).unwrap_or(u8::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    const SIZE: Size = Size { width: 16, height: 8 };

    /// A JPEG of one color.
    fn encoded(inks: [u8; 4], color_type: ColorType) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 100);
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
        encoder.encode(&inks.repeat(128), 16, 8, color_type).unwrap();
        bytes
    }

    fn without_adobe_marker(bytes: &[u8]) -> Vec<u8> {
        let at = bytes.windows(4).position(|window| window == [0xFF, 0xEE, 0, 14]).unwrap();
        [&bytes[..at], &bytes[at + 16..]].concat()
    }

    fn decoded(bytes: &[u8]) -> [u8; 3] {
        decode(bytes, SIZE).unwrap().to_rgb8().get_pixel(8, 4).0
    }

    fn assert_near(found: [u8; 3], expected: [u8; 3], context: &str) {
        let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 3);
        assert!(is_near, "{context}: {found:?} is not {expected:?}");
    }

    #[test]
    fn inks_absorb_their_complementary_colors() {
        for (inks, expected) in [
            ([0, 0, 0, 0], [255, 255, 255]),
            ([255, 0, 0, 0], [0, 255, 255]),
            ([0, 255, 0, 0], [255, 0, 255]),
            ([0, 0, 255, 0], [255, 255, 0]),
            ([0, 0, 0, 255], [0, 0, 0]),
            ([0, 255, 255, 0], [255, 0, 0]),
            ([100, 20, 200, 60], [119, 180, 42]),
        ] {
            for color_type in [ColorType::Cmyk, ColorType::CmykAsYcck] {
                let found = decoded(&encoded(inks, color_type));
                assert_near(found, expected, &format!("{inks:?} as {color_type:?}"));
            }
        }
    }

    #[test]
    fn a_subsampled_first_component_is_refused() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode(&[90; 16 * 8 * 4], 16, 8, ColorType::Cmyk).unwrap();
        assert!(decode(&bytes, SIZE).is_err());
    }

    #[test]
    fn samples_are_inverted_only_with_adobes_marker() {
        let bytes = encoded([255, 255, 255, 255], ColorType::Cmyk);
        assert_near(decoded(&bytes), [0, 0, 0], "with the marker");
        assert_near(decoded(&without_adobe_marker(&bytes)), [255, 255, 255], "without it");
    }
}
