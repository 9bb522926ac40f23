//! Color spaces by code points (ITU-T H.273), as HEIC, AVIF and PNG state them.

use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};

use super::icc::{encoded, gray_axis};

/// The code points of a color space, without the matrix, which decoders apply. The default is no code point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cicp {
    pub(crate) primaries: u16,
    pub(crate) transfer: u16,
}

/// Primaries that have a name in other formats.
#[cfg(feature = "jxl")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primaries {
    Bt709 = 1,
    Bt2020 = 9,
    DisplayP3 = 12,
}

/// The transfer function of HDR pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    Pq,
    Hlg,
}

const BT_709: u16 = 1;
const UNSPECIFIED: u16 = 2;
const BT_601: u16 = 6;
const SRGB: u16 = 13;
const BT_2020: u16 = 14;
const BT_2020_12_BIT: u16 = 15;
const PQ: u16 = 16;
const HLG: u16 = 18;

const SRGB_SPACE: Cicp = Cicp { primaries: BT_709, transfer: SRGB };

impl Cicp {
    #[cfg(feature = "jxl")]
    pub(crate) fn hdr(transfer: Transfer, primaries: Primaries) -> Cicp {
        let transfer = match transfer {
            Transfer::Pq => PQ,
            Transfer::Hlg => HLG,
        };
        Cicp { primaries: primaries as u16, transfer }
    }

    /// The code points in an ICC profile.
    pub(crate) fn of_icc(profile: &[u8]) -> Option<Cicp> {
        let cicp = ColorProfile::new_from_slice(profile).ok()?.cicp?;
        Some(Cicp { primaries: cicp.color_primaries as u16, transfer: cicp.transfer_characteristics as u16 })
    }

    /// Whether the brightest samples are meant to be brighter than the white of a page.
    pub(crate) fn is_hdr(self) -> bool {
        self.hdr_transfer().is_some()
    }

    pub(crate) fn hdr_transfer(self) -> Option<Transfer> {
        match self.transfer {
            PQ => Some(Transfer::Pq),
            HLG => Some(Transfer::Hlg),
            _ => None,
        }
    }

    /// The matrix from linear light to that of sRGB.
    pub(crate) fn to_srgb_matrix(self) -> Option<[[f32; 3]; 3]> {
        let profile = Cicp { transfer: SRGB, ..self }.profile()?;
        #[expect(clippy::cast_possible_truncation, reason = "five digits matter")]
        let matrix =
            profile.transform_matrix(&ColorProfile::new_srgb()).v.map(|row| row.map(|value| value as f32));
        Some(matrix)
    }

    /// Whether it names a color space. What is unspecified is as in sRGB.
    pub(crate) fn is_known(self) -> bool {
        let unspecified = Cicp { primaries: UNSPECIFIED, transfer: UNSPECIFIED };
        self != unspecified && (self.as_usual() == SRGB_SPACE || self.profile().is_some())
    }

    /// Returns an ICC profile for the same colors, or for their gray axis. `None` is sRGB, and anything unknown.
    pub(crate) fn to_icc(self, has_color: bool) -> Option<Vec<u8>> {
        if self.as_usual() == SRGB_SPACE || (!has_color && self.as_usual().transfer == SRGB) {
            return None;
        }
        let profile = self.profile()?;
        if has_color { encoded(profile) } else { gray_axis(&profile) }
    }

    /// The curves of video (BT.709, BT.601, BT.2020) are read as that of sRGB. They describe cameras, and screens show
    /// such pictures like others.
    fn as_usual(self) -> Cicp {
        let transfer = match self.transfer {
            BT_709 | UNSPECIFIED | BT_601 | BT_2020 | BT_2020_12_BIT => SRGB,
            other => other,
        };
        let primaries = if self.primaries == UNSPECIFIED { BT_709 } else { self.primaries };
        Cicp { primaries, transfer }
    }

    fn profile(self) -> Option<ColorProfile> {
        let Cicp { primaries, transfer } = self.as_usual();
        let color_primaries = CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?;
        let transfer_characteristics =
            TransferCharacteristics::try_from(u8::try_from(transfer).ok()?).ok()?;
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries,
            transfer_characteristics,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        // Without primaries or a curve, the profile would be incomplete.
        profile.red_trc.is_some().then_some(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::convert_profile;
    use image::{Rgb, RgbImage};

    #[test]
    fn srgb_and_its_like_need_no_profile() {
        for (primaries, transfer) in [(1, 13), (2, 2), (1, 1), (2, 13), (1, 6)] {
            assert_eq!(Cicp { primaries, transfer }.to_icc(true), None);
        }
        assert_eq!(Cicp { primaries: 1, transfer: 3 }.to_icc(true), None, "a reserved code");
    }

    #[test]
    fn display_p3_is_more_saturated_than_srgb() {
        let profile = Cicp { primaries: 12, transfer: 13 }.to_icc(true).unwrap();
        let image = RgbImage::from_pixel(1, 1, Rgb([200, 60, 40])).into();
        let converted = convert_profile(image, Some(&profile), None).unwrap().to_rgb8();
        // By lcms2.
        let expected: [u8; 3] = [217, 42, 23];
        for (found, expected) in converted.get_pixel(0, 0).0.iter().zip(expected) {
            assert!(found.abs_diff(expected) <= 1, "{:?}", converted.get_pixel(0, 0));
        }
    }
}
