//! ICC profiles.

use image::{DynamicImage, RgbImage};
use moxcms::{CmsError, ColorProfile, Layout, TransformOptions};

use super::is_16_bit;

/// The colors of a picture cannot be converted to the profile of another one.
#[derive(Debug, thiserror::Error)]
#[error("the color profiles of the two pictures cannot be matched")]
pub struct ColorError(#[from] CmsError);

/// Whether a profile describes the color model of an image: RGB or gray.
///
/// A CMYK picture is decoded to RGB, so its profile does not.
pub(crate) fn describes(profile: &[u8], image: &DynamicImage) -> bool {
    /// The field "data color space" of the profile header (ICC.1:2022, 7.2.8).
    const COLOR_SPACE: std::ops::Range<usize> = 16..20;

    let expected = if image.color().has_color() { b"RGB " } else { b"GRAY" };
    profile.get(COLOR_SPACE) == Some(expected)
}

/// Converts the colors of an image from one profile to another. `None` as the target is sRGB.
///
/// Does nothing without a source profile: the service returns the numbers that it was sent, and no profile. Does
/// nothing for gray images either.
///
/// # Errors
/// If a profile cannot be used, or does not describe RGB.
pub(crate) fn convert_profile(
    image: DynamicImage,
    from: Option<&[u8]>,
    to: Option<&[u8]>,
) -> Result<DynamicImage, ColorError> {
    let Some(from) = from.filter(|from| Some(*from) != to && image.color().has_color()) else {
        return Ok(image);
    };
    let from = ColorProfile::new_from_slice(from)?;
    let to = match to {
        Some(to) => ColorProfile::new_from_slice(to)?,
        None => ColorProfile::new_srgb(),
    };
    let options = TransformOptions::default();
    if is_16_bit(&image) {
        let image = image.into_rgb16();
        let mut converted = image.clone();
        from.create_transform_16bit(Layout::Rgb, &to, Layout::Rgb, options)?
            .transform(&image, &mut converted)?;
        return Ok(converted.into());
    }
    let image = image.into_rgb8();
    let mut converted = RgbImage::new(image.width(), image.height());
    from.create_transform_8bit(Layout::Rgb, &to, Layout::Rgb, options)?.transform(&image, &mut converted)?;
    Ok(converted.into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use image::Rgb;

    /// A profile of 128 bytes: a header without tags.
    pub(crate) fn header_only(color_space: &[u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[16..20].copy_from_slice(color_space);
        bytes
    }

    fn encoded(profile: &ColorProfile) -> Vec<u8> {
        profile.encode().unwrap()
    }

    fn red(level: u8) -> DynamicImage {
        RgbImage::from_pixel(2, 2, Rgb([level, 0, 0])).into()
    }

    #[test]
    fn a_profile_describes_images_of_its_color_model() {
        let color = DynamicImage::new_rgba16(1, 1);
        let gray = DynamicImage::new_luma_a8(1, 1);
        assert!(describes(&header_only(b"RGB "), &color));
        assert!(describes(&header_only(b"GRAY"), &gray));
        assert!(!describes(&header_only(b"CMYK"), &color));
        assert!(!describes(&header_only(b"RGB "), &gray));
        assert!(!describes(b"", &gray));
    }

    #[test]
    fn srgb_red_is_less_saturated_in_display_p3_and_converts_back() {
        let (srgb, p3) = (encoded(&ColorProfile::new_srgb()), encoded(&ColorProfile::new_display_p3()));
        let in_p3 = convert_profile(red(255), Some(&srgb), Some(&p3)).unwrap();
        let Rgb([level, green, blue]) = *in_p3.to_rgb8().get_pixel(0, 0);
        // 234, 51, 35 by the definitions of both (IEC 61966-2-1, SMPTE EG 432-1).
        assert!(level.abs_diff(234) <= 2 && green.abs_diff(51) <= 2 && blue.abs_diff(35) <= 2);
        let back = convert_profile(in_p3, Some(&p3), None).unwrap().to_rgb8();
        assert!(back.get_pixel(0, 0).0[0] >= 253 && back.get_pixel(0, 0).0[1] <= 3);
    }

    #[test]
    fn without_a_source_profile_or_with_equal_profiles_nothing_is_converted() {
        let p3 = encoded(&ColorProfile::new_display_p3());
        for from in [None, Some(&p3[..])] {
            assert_eq!(convert_profile(red(200), from, Some(&p3)).unwrap(), red(200));
        }
    }

    #[test]
    fn a_conversion_keeps_16_bits() {
        let p3 = encoded(&ColorProfile::new_display_p3());
        let red = DynamicImage::from(red(200).to_rgb16());
        assert_eq!(convert_profile(red, Some(&p3), None).unwrap().color(), image::ColorType::Rgb16);
    }

    #[test]
    fn an_invalid_profile_is_refused() {
        assert!(convert_profile(red(1), Some(b"no profile"), None).is_err());
    }
}
