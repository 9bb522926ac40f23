//! What the numbers of a picture's pixels mean, and bringing them to what another picture's mean.

use image::{DynamicImage, RgbImage};
use moxcms::{CmsError, ColorProfile, Layout, TransformOptions};

/// Colours that cannot be brought to those of another picture.
#[derive(Debug, thiserror::Error)]
#[error("the colour profiles of the two pictures cannot be matched")]
pub struct ColorError(#[from] CmsError);

/// A picture with its colours as another picture's profile says them.
///
/// A picture without a profile is taken as it is: it was made from the other one by a service that hands on
/// numbers and says nothing of what they mean. Another picture without a profile is in sRGB.
///
/// # Errors
///
/// For a profile that cannot be used, or that is not about red, green and blue.
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
    let deep = image.color().bytes_per_pixel() / image.color().channel_count() > 1;
    if deep {
        let image = image.into_rgb16();
        let mut brought = image.clone();
        from.create_transform_16bit(Layout::Rgb, &to, Layout::Rgb, options)?
            .transform(&image, &mut brought)?;
        return Ok(brought.into());
    }
    let image = image.into_rgb8();
    let mut brought = RgbImage::new(image.width(), image.height());
    from.create_transform_8bit(Layout::Rgb, &to, Layout::Rgb, options)?.transform(&image, &mut brought)?;
    Ok(brought.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn profile(profile: &ColorProfile) -> Vec<u8> {
        profile.encode().unwrap()
    }

    fn red(level: u8) -> DynamicImage {
        RgbImage::from_pixel(2, 2, Rgb([level, 0, 0])).into()
    }

    #[test]
    fn the_red_of_srgb_is_less_of_a_red_in_display_p3_and_comes_back() {
        let (srgb, p3) = (profile(&ColorProfile::new_srgb()), profile(&ColorProfile::new_display_p3()));
        let there = convert_profile(red(255), Some(&srgb), Some(&p3)).unwrap();
        let Rgb([red_there, green, blue]) = *there.to_rgb8().get_pixel(0, 0);
        // 234, 51, 35 by the definitions of both (IEC 61966-2-1, SMPTE EG 432-1).
        assert!(red_there.abs_diff(234) <= 2 && green.abs_diff(51) <= 2 && blue.abs_diff(35) <= 2);
        let back = convert_profile(there, Some(&p3), None).unwrap().to_rgb8();
        assert!(back.get_pixel(0, 0).0[0] >= 253 && back.get_pixel(0, 0).0[1] <= 3);
    }

    #[test]
    fn numbers_stay_where_nothing_is_said_and_where_both_say_the_same() {
        let p3 = profile(&ColorProfile::new_display_p3());
        for from in [None, Some(&p3[..])] {
            assert_eq!(convert_profile(red(200), from, Some(&p3)).unwrap(), red(200));
        }
    }

    #[test]
    fn sixteen_bits_stay_sixteen() {
        let p3 = profile(&ColorProfile::new_display_p3());
        let deep = DynamicImage::from(red(200).to_rgb16());
        assert_eq!(convert_profile(deep, Some(&p3), None).unwrap().color(), image::ColorType::Rgb16);
    }

    #[test]
    fn a_profile_that_is_none_is_refused() {
        assert!(convert_profile(red(1), Some(b"no profile"), None).is_err());
    }
}
