//! The inks of a JPEG, and the way from sRGB back to them.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use seededit_jpeg::{ColorModel, Jpeg};

use super::cmyk;
use crate::format::jpeg::icc_profile;

/// How the CMYK samples of a JPEG are converted to sRGB and back.
pub(crate) struct Inks {
    /// Whether 255 stands for no ink, as in files with Adobe's marker.
    is_inverted: bool,
    profile: Option<Vec<u8>>,
}

impl Inks {
    /// The inks of a picture. `None` if it has none.
    pub(crate) fn of(jpeg: &Jpeg<'_>, bytes: &[u8]) -> Option<Inks> {
        let is_inverted = jpeg.color_markers().adobe_transform.is_some();
        matches!(jpeg.color_model(), ColorModel::Cmyk | ColorModel::Ycck)
            .then(|| Inks { is_inverted, profile: icc_profile(bytes) })
    }

    /// Converts samples, four bytes for each pixel, to sRGB.
    pub(crate) fn to_rgb(&self, mut samples: Vec<u8>) -> Vec<u8> {
        self.invert(&mut samples);
        cmyk::to_rgb(&samples, self.profile.as_deref())
    }

    /// Converts sRGB to samples. `None` if the profile says only what inks look like, not which ones give a color.
    pub(crate) fn of_rgb(&self, pixels: &[u8]) -> Option<Vec<u8>> {
        let is_used = |profile: &&Vec<u8>| {
            ColorProfile::new_from_slice(profile)
                .is_ok_and(|profile| profile.color_space == DataColorSpace::Cmyk)
        };
        let mut samples = match self.profile.as_ref().filter(is_used) {
            Some(profile) => convert_by_profile(pixels, profile)?,
            None => pixels.as_chunks().0.iter().flat_map(without_profile).collect(),
        };
        self.invert(&mut samples);
        Some(samples)
    }

    fn invert(&self, samples: &mut [u8]) {
        if self.is_inverted {
            samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
        }
    }
}

fn convert_by_profile(pixels: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    let srgb = ColorProfile::new_srgb();
    // The layout stands for any four samples.
    let transform =
        srgb.create_transform_8bit(Layout::Rgb, &profile, Layout::Rgba, TransformOptions::default()).ok()?;
    let mut inks = vec![0; pixels.len() / 3 * 4];
    transform.transform(pixels, &mut inks).ok()?;
    Some(inks)
}

/// The inverse of [`cmyk::convert_without_profile`] with as much black as possible.
fn without_profile(&[red, green, blue]: &[u8; 3]) -> [u8; 4] {
    let lightest = red.max(green).max(blue);
    let ink = |level: u8| match u32::from(lightest) {
        0 => 0,
        // The largest level is at most the lightest one.
        lightest => 255 - ((u32::from(level) * 255 + lightest / 2) / lightest) as u8,
    };
    [ink(red), ink(green), ink(blue), 255 - lightest]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn inks_without_a_profile_show_the_color_that_they_stand_for(pixel: [u8; 3], is_inverted: bool) {
            let inks = Inks { is_inverted, profile: None };
            let samples = inks.of_rgb(&pixel).unwrap();
            for (found, expected) in inks.to_rgb(samples).into_iter().zip(pixel) {
                prop_assert!(found.abs_diff(expected) <= 1);
            }
        }
    }
}
