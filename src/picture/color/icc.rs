//! ICC profiles.

use image::{DynamicImage, ImageBuffer, Pixel};
use moxcms::{CmsError, ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

/// The colors of a picture cannot be converted to the profile of another one.
#[derive(Debug, thiserror::Error)]
#[error("the color profiles of the two pictures cannot be matched")]
pub struct ColorError(#[from] CmsError);

/// Whether a profile describes RGB, or gray if the samples have no color.
///
/// A CMYK picture is decoded to RGB, so its profile does not describe its pixels.
pub(crate) fn describes(profile: &[u8], has_color: bool) -> bool {
    /// The field "data color space" of the profile header (ICC.1:2022, 7.2.8).
    const COLOR_SPACE: std::ops::Range<usize> = 16..20;

    let expected = if has_color { b"RGB " } else { b"GRAY" };
    profile.get(COLOR_SPACE) == Some(expected)
}

/// Returns a profile for the gray axis of an RGB profile, or for RGB whose gray axis is that of a gray profile, with the
/// primaries of sRGB. `None` if the profile cannot be read, or has tables instead of curves.
pub(crate) fn in_other_model(profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    match profile.color_space {
        DataColorSpace::Gray => {
            let curve = profile.gray_trc?;
            let mut rgb = ColorProfile::new_srgb();
            rgb.cicp = None;
            rgb.description = None;
            rgb.red_trc = Some(curve.clone());
            rgb.green_trc = Some(curve.clone());
            rgb.blue_trc = Some(curve);
            encoded(rgb)
        }
        DataColorSpace::Rgb => gray_axis(&profile),
        _ => None,
    }
}

/// Returns a gray profile with the green curve of an RGB profile. All three curves are equal in profiles of pictures.
pub(crate) fn gray_axis(rgb: &ColorProfile) -> Option<Vec<u8>> {
    let mut gray = ColorProfile::new_gray_with_gamma(1.0);
    gray.gray_trc = Some(rgb.green_trc.clone()?);
    encoded(gray)
}

pub(crate) fn adobe_rgb() -> Option<Vec<u8>> {
    encoded(ColorProfile::new_adobe_rgb())
}

/// Encodes a profile to the same bytes each time.
pub(crate) fn encoded(profile: ColorProfile) -> Option<Vec<u8>> {
    /// The date and time of creation in the header (ICC.1:2022, 7.2.10). The encoder writes the present time.
    const CREATED: std::ops::Range<usize> = 24..36;
    const NEW_YEAR_2026: [u8; 12] = [0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

    let mut bytes = profile.encode().ok()?;
    bytes.get_mut(CREATED)?.copy_from_slice(&NEW_YEAR_2026);
    Some(bytes)
}

/// Converts the colors of an image from one profile to another of the same color model. `None` is sRGB. Keeps the depth
/// and the alpha channel.
///
/// # Errors
/// If a profile cannot be used, or does not describe the color model of the image.
pub(crate) fn convert_profile(
    image: DynamicImage,
    from: Option<&[u8]>,
    to: Option<&[u8]>,
) -> Result<DynamicImage, ColorError> {
    if from == to {
        return Ok(image);
    }
    let has_color = image.color().has_color();
    let profile = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => ColorProfile::new_from_slice(bytes),
        None if has_color => Ok(ColorProfile::new_srgb()),
        None => Ok(gray_of_srgb()),
    };
    let conversion = Conversion { from: profile(from)?, to: profile(to)? };
    Ok(match image {
        DynamicImage::ImageLuma8(image) => conversion.apply_8(&image, Layout::Gray)?.into(),
        DynamicImage::ImageLumaA8(image) => conversion.apply_8(&image, Layout::GrayAlpha)?.into(),
        DynamicImage::ImageRgb8(image) => conversion.apply_8(&image, Layout::Rgb)?.into(),
        DynamicImage::ImageRgba8(image) => conversion.apply_8(&image, Layout::Rgba)?.into(),
        DynamicImage::ImageLuma16(image) => conversion.apply_16(&image, Layout::Gray)?.into(),
        DynamicImage::ImageLumaA16(image) => conversion.apply_16(&image, Layout::GrayAlpha)?.into(),
        DynamicImage::ImageRgba16(image) => conversion.apply_16(&image, Layout::Rgba)?.into(),
        other => conversion.apply_16(&other.into_rgb16(), Layout::Rgb)?.into(),
    })
}

fn gray_of_srgb() -> ColorProfile {
    let mut gray = ColorProfile::new_gray_with_gamma(1.0);
    gray.gray_trc = ColorProfile::new_srgb().green_trc;
    gray
}

struct Conversion {
    from: ColorProfile,
    to: ColorProfile,
}

type Buffer<P> = ImageBuffer<P, Vec<<P as Pixel>::Subpixel>>;

impl Conversion {
    fn apply_8<P: Pixel<Subpixel = u8>>(
        &self,
        image: &Buffer<P>,
        layout: Layout,
    ) -> Result<Buffer<P>, CmsError> {
        let options = TransformOptions::default();
        transform(image, &*self.from.create_transform_8bit(layout, &self.to, layout, options)?)
    }

    fn apply_16<P: Pixel<Subpixel = u16>>(
        &self,
        image: &Buffer<P>,
        layout: Layout,
    ) -> Result<Buffer<P>, CmsError> {
        let options = TransformOptions::default();
        transform(image, &*self.from.create_transform_16bit(layout, &self.to, layout, options)?)
    }
}

fn transform<P: Pixel>(
    image: &Buffer<P>,
    executor: &dyn TransformExecutor<P::Subpixel>,
) -> Result<Buffer<P>, CmsError>
where
    P::Subpixel: Default,
{
    let mut converted = image.clone();
    executor.transform(image, &mut converted)?;
    Ok(converted)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

    /// A profile of 128 bytes: a header without tags.
    pub(crate) fn header_only(color_space: &[u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[16..20].copy_from_slice(color_space);
        bytes
    }

    fn bytes_of(profile: ColorProfile) -> Vec<u8> {
        encoded(profile).unwrap()
    }

    fn red(level: u8) -> DynamicImage {
        RgbImage::from_pixel(2, 2, Rgb([level, 0, 0])).into()
    }

    #[test]
    fn a_profile_describes_one_color_model() {
        assert!(describes(&header_only(b"RGB "), true));
        assert!(describes(&header_only(b"GRAY"), false));
        assert!(!describes(&header_only(b"CMYK"), true));
        assert!(!describes(&header_only(b"RGB "), false));
        assert!(!describes(b"", false));
    }

    #[test]
    fn srgb_red_is_less_saturated_in_display_p3_and_converts_back() {
        let (srgb, p3) = (bytes_of(ColorProfile::new_srgb()), bytes_of(ColorProfile::new_display_p3()));
        let in_p3 = convert_profile(red(255), Some(&srgb), Some(&p3)).unwrap();
        let Rgb([level, green, blue]) = *in_p3.to_rgb8().get_pixel(0, 0);
        // 234, 51, 35 by the definitions of both (IEC 61966-2-1, SMPTE EG 432-1).
        assert!(level.abs_diff(234) <= 2 && green.abs_diff(51) <= 2 && blue.abs_diff(35) <= 2);
        let back = convert_profile(in_p3, Some(&p3), None).unwrap().to_rgb8();
        assert!(back.get_pixel(0, 0).0[0] >= 253 && back.get_pixel(0, 0).0[1] <= 3);
    }

    #[test]
    fn with_equal_profiles_nothing_is_converted() {
        let p3 = bytes_of(ColorProfile::new_display_p3());
        for profile in [None, Some(&p3[..])] {
            assert_eq!(convert_profile(red(200), profile, profile).unwrap(), red(200));
        }
    }

    #[test]
    fn a_conversion_keeps_16_bits_and_alpha() {
        let p3 = bytes_of(ColorProfile::new_display_p3());
        let red = DynamicImage::from(red(200).to_rgb16());
        assert_eq!(convert_profile(red, Some(&p3), None).unwrap().color(), image::ColorType::Rgb16);
        let transparent = DynamicImage::from(RgbaImage::from_pixel(1, 1, Rgba([200, 60, 40, 7])));
        let converted = convert_profile(transparent, Some(&p3), None).unwrap().into_rgba8();
        let Rgba([red, .., alpha]) = *converted.get_pixel(0, 0);
        assert_eq!(alpha, 7);
        assert!(red > 210);
    }

    #[test]
    fn gray_looks_the_same_as_the_gray_axis_of_a_profile_in_the_other_model() {
        let linear = bytes_of(ColorProfile::new_gray_with_gamma(1.0));
        let rgb = in_other_model(&linear).unwrap();
        let gray: DynamicImage = GrayImage::from_pixel(1, 1, Luma([60])).into();
        let in_rgb: DynamicImage = gray.to_rgb8().into();
        let shown = convert_profile(gray, Some(&linear), None).unwrap().to_rgb8();
        assert_eq!(convert_profile(in_rgb, Some(&rgb), None).unwrap().to_rgb8(), shown);
        assert!(shown.get_pixel(0, 0).0[0].abs_diff(133) <= 1);
        assert_eq!(in_other_model(&header_only(b"CMYK")), None);
    }

    #[test]
    fn a_profile_is_encoded_to_the_same_bytes_each_time() {
        let bytes = bytes_of(ColorProfile::new_srgb());
        let read = ColorProfile::new_from_slice(&bytes).unwrap().creation_date_time;
        assert_eq!((read.year, read.month, read.seconds), (2026, 1, 0));
    }

    #[test]
    fn an_invalid_profile_is_refused() {
        assert!(convert_profile(red(1), Some(b"no profile"), None).is_err());
    }
}
