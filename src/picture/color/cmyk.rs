//! From CMYK to sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts inks, four bytes for each pixel, to sRGB: by the ICC profile, or as if each ink absorbed light independently
/// of the others.
pub(crate) fn to_rgb(inks: &[u8], profile: Option<&[u8]>) -> Vec<u8> {
    profile
        .and_then(|profile| convert_by_profile(inks, profile))
        .unwrap_or_else(|| inks.as_chunks().0.iter().flat_map(convert_without_profile).collect())
}

/// Converts CMYK to sRGB by an ICC profile. Returns `None` if the profile does not describe CMYK.
pub(crate) fn convert_by_profile(inks: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
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

pub(crate) fn convert_without_profile(&[cyan, magenta, yellow, key]: &[u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| {
        let light = u32::from(255 - ink) * u32::from(255 - key);
        u8::try_from((light + 127) / 255).unwrap_or(u8::MAX)
    })
}
