//! JPEG pictures whose samples are inks.

use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageError, ImageFormat, ImageResult, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use seededit_resize::Size;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::format::jpeg::{Adobe, adobe, is_first_component_finest};

/// Decodes a CMYK or YCCK picture of four components into sRGB: by its ICC profile, else as if inks took
/// away light independently of one another.
pub(crate) fn decode(bytes: &[u8], size: Size) -> ImageResult<DynamicImage> {
    // The decoder takes that for granted, and would mix up the samples of different places.
    if !is_first_component_finest(bytes) {
        return Err(failed("the first component has a lower resolution than another".into()));
    }
    let adobe = adobe(bytes);
    // Taken for CMYK, the samples come as they are stored; what they mean is settled below.
    let mut plain = bytes.to_vec();
    if let Some(Adobe { transform_at, .. }) = adobe {
        plain[transform_at] = 0;
    }
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::CMYK);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(plain), options);
    let mut samples = decoder.decode().map_err(|error| failed(format!("{error:?}")))?;
    if adobe.is_some_and(|adobe| adobe.is_ycck) {
        samples.as_chunks_mut().0.iter_mut().for_each(from_ycck);
    }
    // Adobe stores how much of the light an ink lets through, others how much ink there is.
    if adobe.is_some() {
        samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
    }
    let pixels = match decoder.icc_profile().and_then(|profile| by_profile(&samples, &profile)) {
        Some(pixels) => pixels,
        None => samples.as_chunks().0.iter().flat_map(without_profile).collect(),
    };
    RgbImage::from_raw(size.width, size.height, pixels)
        .map(DynamicImage::from)
        .ok_or_else(|| failed("there are fewer pixels than the header states".into()))
}

fn failed(what: String) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormatHint::Exact(ImageFormat::Jpeg), what))
}

/// The colour that the first three samples were made of, the last one left alone (JFIF 1.02; Adobe's
/// technical note 5116).
fn from_ycck(pixel: &mut [u8; 4]) {
    let [y, blue, red, key] = pixel.map(f32::from);
    let (blue, red) = (blue - 128.0, red - 128.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float to integer stops at the ends of its range"
    )]
    let sample = |level: f32| 255 - (level + 0.5) as u8;
    *pixel = [
        sample(y + 1.402 * red),
        sample(y - 0.344_136 * blue - 0.714_136 * red),
        sample(y + 1.772 * blue),
        key as u8,
    ];
}

/// What the inks look like, by a profile that is about such inks; `None` for any other.
fn by_profile(inks: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let transform = profile
        .create_transform_8bit(
            Layout::Rgba, // four samples, whatever they are
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            TransformOptions::default(),
        )
        .ok()?;
    let mut pixels = vec![0; inks.len() / 4 * 3];
    transform.transform(inks, &mut pixels).ok()?;
    Some(pixels)
}

fn without_profile(&[cyan, magenta, yellow, key]: &[u8; 4]) -> [u8; 3] {
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

    /// A picture of one colour, given in inks.
    fn drawn(inks: [u8; 4], colours: ColorType) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 100);
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
        encoder.encode(&inks.repeat(128), 16, 8, colours).unwrap();
        bytes
    }

    /// The same without Adobe's marker: its samples are then taken for amounts of ink.
    fn without_adobe(bytes: &[u8]) -> Vec<u8> {
        let at = bytes.windows(4).position(|window| window == [0xFF, 0xEE, 0, 14]).unwrap();
        [&bytes[..at], &bytes[at + 16..]].concat()
    }

    fn shown(bytes: &[u8]) -> [u8; 3] {
        decode(bytes, SIZE).unwrap().to_rgb8().get_pixel(8, 4).0
    }

    fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
        let near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 3);
        assert!(near, "{what}: {found:?} is not {expected:?}");
    }

    #[test]
    fn inks_have_the_colours_that_they_have_on_paper() {
        for (inks, colour) in [
            ([0, 0, 0, 0], [255, 255, 255]),
            ([255, 0, 0, 0], [0, 255, 255]),
            ([0, 255, 0, 0], [255, 0, 255]),
            ([0, 0, 255, 0], [255, 255, 0]),
            ([0, 0, 0, 255], [0, 0, 0]),
            ([0, 255, 255, 0], [255, 0, 0]),
            ([100, 20, 200, 60], [119, 180, 42]),
        ] {
            for colours in [ColorType::Cmyk, ColorType::CmykAsYcck] {
                assert_near(shown(&drawn(inks, colours)), colour, &format!("{inks:?} as {colours:?}"));
            }
        }
    }

    #[test]
    fn inks_that_the_decoder_would_mix_up_are_refused() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode(&[90; 16 * 8 * 4], 16, 8, ColorType::Cmyk).unwrap();
        assert!(decode(&bytes, SIZE).is_err());
    }

    #[test]
    fn without_adobes_marker_samples_are_amounts_of_ink() {
        let stored = drawn([255, 255, 255, 255], ColorType::Cmyk);
        assert_near(shown(&stored), [0, 0, 0], "with the marker");
        assert_near(shown(&without_adobe(&stored)), [255, 255, 255], "without it");
    }
}
