//! Color spaces by a gamma and the chromaticities of the primaries, as PNG states them.

use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve};

use super::icc::encoded;

/// The exponent that turns samples into light: 2.2 for most pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gamma(f32);

/// The white point and the primaries, as x and y of CIE 1931.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Chromaticities {
    pub(crate) white: [f32; 2],
    pub(crate) red: [f32; 2],
    pub(crate) green: [f32; 2],
    pub(crate) blue: [f32; 2],
}

/// IEC 61966-2-1.
const SRGB: Chromaticities =
    Chromaticities { white: [0.3127, 0.3290], red: [0.64, 0.33], green: [0.30, 0.60], blue: [0.15, 0.06] };

impl Gamma {
    /// The exponent of the encoder, such as 1/2.2. Returns `None` if a viewer would ignore it.
    pub(crate) fn from_encoder(exponent: f32) -> Option<Gamma> {
        (0.01..=10.0).contains(&exponent).then(|| Gamma(exponent.recip()))
    }

    fn curve(self) -> ToneReprCurve {
        ToneReprCurve::Parametric(vec![self.0])
    }
}

impl Chromaticities {
    /// Whether they span a color space.
    fn is_usable(&self) -> bool {
        let Chromaticities { white, red: [xr, yr], green: [xg, yg], blue: [xb, yb] } = *self;
        let is_positive = |[x, y]: [f32; 2]| x > 0.0 && y > 0.0;
        let double_area = (xg - xr) * (yb - yr) - (xb - xr) * (yg - yr);
        is_positive(white) && [yr, yg, yb].iter().all(|y| *y > 0.0) && double_area.abs() > 0.001
    }

    /// Whether they are those of sRGB, rounded to the precision of PNG.
    fn is_srgb(&self) -> bool {
        let differs =
            |(a, b): ([f32; 2], [f32; 2])| (a[0] - b[0]).abs() > 0.0011 || (a[1] - b[1]).abs() > 0.0011;
        let pairs = [
            (self.white, SRGB.white),
            (self.red, SRGB.red),
            (self.green, SRGB.green),
            (self.blue, SRGB.blue),
        ];
        !pairs.into_iter().any(differs)
    }
}

/// Returns an ICC profile of an RGB or gray color space. What is not stated is as in sRGB. `None` if nothing usable is
/// stated, or only what sRGB has.
pub(crate) fn to_icc(
    gamma: Option<Gamma>,
    chromaticities: Option<Chromaticities>,
    has_color: bool,
) -> Option<Vec<u8>> {
    let chromaticities = chromaticities.filter(Chromaticities::is_usable);
    if !has_color {
        return encoded(ColorProfile::new_gray_with_gamma(gamma?.0));
    }
    if gamma.is_none() && chromaticities.is_none_or(|stated| stated.is_srgb()) {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    let Chromaticities { white: [x, y], red, green, blue } = chromaticities.unwrap_or(SRGB);
    let chromaticity = |[x, y]: [f32; 2]| Chromaticity { x, y };
    let primaries =
        ColorPrimaries { red: chromaticity(red), green: chromaticity(green), blue: chromaticity(blue) };
    profile.update_rgb_colorimetry(Chromaticity { x, y }.to_xyyb(), primaries);
    if let Some(curve) = gamma.map(Gamma::curve) {
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    profile.description = None;
    encoded(profile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::convert_profile;
    use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

    fn in_srgb(pixel: [u8; 3], gamma: Option<f32>, chromaticities: Option<Chromaticities>) -> [u8; 3] {
        let gamma = gamma.and_then(Gamma::from_encoder);
        let profile = to_icc(gamma, chromaticities, true).unwrap();
        let image = RgbImage::from_pixel(1, 1, Rgb(pixel)).into();
        convert_profile(image, Some(&profile), None).unwrap().to_rgb8().get_pixel(0, 0).0
    }

    fn assert_close(found: [u8; 3], expected: [u8; 3]) {
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?}, not {expected:?}");
    }

    /// The expected values are what Chromium shows.
    #[test]
    fn a_gamma_is_applied() {
        assert_close(in_srgb([200, 60, 40], Some(1.0), None), [229, 133, 110]);
        // The curve of sRGB is steeper near black.
        let [dark, ..] = in_srgb([10, 10, 10], Some(0.45455), Some(SRGB));
        assert!(dark < 9, "{dark}");
    }

    #[test]
    fn primaries_are_applied() {
        let p3 = Chromaticities { red: [0.68, 0.32], green: [0.265, 0.69], ..SRGB };
        assert_close(in_srgb([200, 60, 40], None, Some(p3)), [217, 42, 23]);
    }

    #[test]
    fn what_srgb_has_needs_no_profile_and_what_is_impossible_is_ignored() {
        let flat = Chromaticities { red: SRGB.green, ..SRGB };
        let black = Chromaticities { white: [0.3, 0.0], ..SRGB };
        for chromaticities in [None, Some(SRGB), Some(flat), Some(black)] {
            assert_eq!(to_icc(None, chromaticities, true), None);
        }
        for exponent in [0.0, -1.0, f32::NAN, 1000.0] {
            assert_eq!(Gamma::from_encoder(exponent), None);
        }
    }

    #[test]
    fn gray_has_a_gray_profile() {
        assert_eq!(to_icc(None, Some(SRGB), false), None);
        let profile = to_icc(Gamma::from_encoder(1.0), None, false).unwrap();
        let gray = DynamicImage::from(GrayImage::from_pixel(1, 1, Luma([60])));
        let converted = convert_profile(gray, Some(&profile), None).unwrap();
        assert!(converted.to_luma8().get_pixel(0, 0).0[0].abs_diff(133) <= 1);
    }
}
