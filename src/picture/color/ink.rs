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

    /// Whether sRGB can be converted to inks: a profile may say only what inks look like, not which ones give a color.
    pub(crate) fn is_reversible(&self) -> bool {
        self.cmyk_profile().is_none_or(|profile| convert_by_profile(&[0; 3], profile).is_some())
    }

    /// Returns samples for pixels before and after an edit, which both are sRGB. `stored` are the samples of the file.
    ///
    /// Without a profile, pixels that stay have the stored samples, and others keep as much of their black as they can:
    /// between two mixtures for the same color, there would be other colors.
    pub(crate) fn samples(&self, stored: Vec<u8>, before: &[u8], after: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let converted = |pixels: &[u8], profile: &[u8]| {
            let mut samples = convert_by_profile(pixels, profile)?;
            self.invert(&mut samples);
            Some(samples)
        };
        if let Some(profile) = self.cmyk_profile() {
            return converted(before, profile).zip(converted(after, profile));
        }
        let mut new = stored.clone();
        self.invert(&mut new);
        let pixels = before.as_chunks::<3>().0.iter().zip(after.as_chunks::<3>().0);
        for (inks, (before, after)) in new.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
            if before != after {
                *inks = with_black(*after, inks[3]);
            }
        }
        self.invert(&mut new);
        Some((stored, new))
    }

    /// The profile, if it is used.
    fn cmyk_profile(&self) -> Option<&[u8]> {
        let profile = self.profile.as_deref()?;
        let parsed = ColorProfile::new_from_slice(profile).ok()?;
        (parsed.color_space == DataColorSpace::Cmyk).then_some(profile)
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

/// The inverse of [`cmyk::convert_without_profile`] with this black, or with less if the color is lighter.
fn with_black([red, green, blue]: [u8; 3], black: u8) -> [u8; 4] {
    let black = black.min(255 - red.max(green).max(blue));
    let ink = |level: u8| match u32::from(255 - black) {
        0 => 0,
        // No level is above the lightest one with this black.
        lightest => 255 - ((u32::from(level) * 255 + lightest / 2) / lightest) as u8,
    };
    [ink(red), ink(green), ink(blue), black]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn inks_without_a_profile_show_the_color_that_they_stand_for(
            stored: [u8; 4],
            pixel: [u8; 3],
            is_inverted: bool,
        ) {
            let inks = Inks { is_inverted, profile: None };
            let before = inks.to_rgb(stored.to_vec());
            let (same, _) = inks.samples(stored.to_vec(), &before, &before).unwrap();
            prop_assert_eq!(&same, &stored);
            let (_, new) = inks.samples(stored.to_vec(), &before, &pixel).unwrap();
            for (found, expected) in inks.to_rgb(new).into_iter().zip(pixel) {
                prop_assert!(found.abs_diff(expected) <= 1);
            }
        }
    }
}
