//! What a file states about its colors.

use super::cicp::Cicp;
use super::gamma::{Chromaticities, Gamma};

/// The statements of a file about its colors. There may be several, or none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stated {
    pub(crate) cicp: Option<Cicp>,
    /// An ICC profile, even if it does not describe the color model of the samples.
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) is_srgb: bool,
    pub(crate) gamma: Option<Gamma>,
    pub(crate) chromaticities: Option<Chromaticities>,
    /// Whether the EXIF metadata says that the picture is in Adobe RGB.
    pub(crate) is_adobe_rgb: bool,
    /// The chunks of a PNG that state all this, apart from the ICC profile.
    pub(crate) png_chunks: Vec<u8>,
}

impl Stated {
    pub(crate) fn of_icc(icc: Option<Vec<u8>>) -> Stated {
        Stated { icc, ..Stated::default() }
    }

    /// The code points that count if they are those of an HDR picture. A profile may have code points, too.
    pub(crate) fn hdr(&self) -> Option<Cicp> {
        let of_profile = || Cicp::of_icc(self.icc.as_deref()?);
        self.cicp
            .filter(|cicp| cicp.is_known())
            .or_else(of_profile)
            .filter(|cicp| cicp.hdr_transfer().is_some())
    }

    /// An ICC profile if there is one, else code points: the order of HEIF (ISO/IEC 23000-22, 7.3.6.4).
    #[cfg(any(feature = "avif", feature = "heic", test))]
    pub(crate) fn of_icc_or_cicp(icc: Option<Vec<u8>>, cicp: Option<Cicp>) -> Stated {
        let cicp = cicp.filter(|_| icc.is_none());
        Stated { icc, cicp, ..Stated::default() }
    }
}
