//! The color space of a picture.

use image::DynamicImage;

use super::icc::{ColorError, convert_profile};
use super::stated::Stated;
use super::{gamma, icc};
use crate::format::ColorModel;

/// The color space of a picture's samples, of the color model of these samples: RGB or gray.
///
/// The default is sRGB: what samples mean if a file states nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColorSpace {
    /// An ICC profile that describes it.
    icc: Option<Vec<u8>>,
    origin: Origin,
    /// The chunks of a PNG that state the same, with their lengths and checksums. Empty if a profile states it.
    png_chunks: Vec<u8>,
}

/// How a file states its color space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Origin {
    /// Not at all, or in a way that many writers use for any picture: sRGB, a gamma, primaries.
    #[default]
    Hint,
    /// By an ICC profile, code points, or a camera's metadata.
    Statement,
}

impl ColorSpace {
    /// The default.
    pub const SRGB: ColorSpace = ColorSpace { icc: None, origin: Origin::Hint, png_chunks: Vec::new() };

    /// Decides what counts: code points, an ICC profile, sRGB, a gamma with primaries (PNG, third edition, 4.3), and at last
    /// the EXIF metadata. A statement that cannot be used, or is about another color model, does not count.
    pub(crate) fn new(stated: Stated, has_color: bool) -> ColorSpace {
        let Stated { cicp, icc, is_srgb, gamma, chromaticities, is_adobe_rgb, png_chunks } = stated;
        if let Some(cicp) = cicp.filter(|cicp| cicp.is_known()) {
            let icc = cicp.to_icc(has_color);
            return ColorSpace { icc, origin: Origin::Statement, png_chunks };
        }
        if let Some(icc) = icc.filter(|profile| icc::describes(profile, has_color)) {
            return ColorSpace { icc: Some(icc), origin: Origin::Statement, png_chunks: Vec::new() };
        }
        if is_srgb {
            return ColorSpace { png_chunks, ..ColorSpace::SRGB };
        }
        if let Some(icc) = gamma::to_icc(gamma, chromaticities, has_color) {
            return ColorSpace { icc: Some(icc), origin: Origin::Hint, png_chunks };
        }
        if is_adobe_rgb && has_color {
            return ColorSpace { icc: icc::adobe_rgb(), origin: Origin::Statement, png_chunks: Vec::new() };
        }
        ColorSpace { png_chunks, ..ColorSpace::SRGB }
    }

    /// The color space of an ICC profile.
    #[cfg(test)]
    pub(crate) fn of_icc(icc: Vec<u8>) -> ColorSpace {
        ColorSpace { icc: Some(icc), origin: Origin::Statement, png_chunks: Vec::new() }
    }

    /// The ICC profile. `None` is sRGB.
    #[must_use]
    pub fn icc(&self) -> Option<&[u8]> {
        self.icc.as_deref()
    }

    /// The chunks that state this color space in a PNG. Empty if its profile has to be embedded.
    pub(crate) fn png_chunks(&self) -> &[u8] {
        &self.png_chunks
    }

    /// Whether the picture states explicitly what its samples mean. A service that converts colors does; one that
    /// returns the numbers that it was sent does not.
    pub(crate) fn is_stated(&self) -> bool {
        self.origin == Origin::Statement
    }

    /// The color space of an answer to a picture in `upload`'s.
    #[must_use]
    pub fn or(self, upload: &ColorSpace) -> ColorSpace {
        if self.is_stated() { self } else { upload.clone() }
    }

    /// Converts an image to another color space if this one is stated.
    ///
    /// # Errors
    /// If a profile cannot be used.
    pub(crate) fn convert(&self, image: DynamicImage, to: &ColorSpace) -> Result<DynamicImage, ColorError> {
        if !self.is_stated() {
            return Ok(image);
        }
        let (from, to) = (self.clone().for_image(&image), to.clone().for_image(&image));
        convert_profile(image, from.icc(), to.icc())
    }

    /// Converts an image to sRGB, also if the color space is only hinted at. An image whose profile cannot be used keeps its
    /// numbers, as in other viewers.
    pub(crate) fn to_srgb(&self, image: DynamicImage) -> DynamicImage {
        match self.clone().for_image(&image).icc() {
            Some(icc) => convert_profile(image.clone(), Some(icc), None).unwrap_or(image),
            None => image,
        }
    }

    /// The same color space for an image that may have another color model: gray as the gray axis of RGB, and the other way
    /// round.
    pub(crate) fn for_image(self, image: &DynamicImage) -> ColorSpace {
        self.for_model(ColorModel::of(image))
    }

    pub(crate) fn for_model(self, model: ColorModel) -> ColorSpace {
        let has_color = model != ColorModel::Gray;
        match &self.icc {
            Some(profile) if !icc::describes(profile, has_color) => {
                ColorSpace { icc: icc::in_other_model(profile), origin: self.origin, png_chunks: Vec::new() }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::cicp::Cicp;
    use crate::color::gamma::Gamma;
    use crate::color::icc::tests::header_only;
    use image::{Rgb, RgbImage};

    const P3: Cicp = Cicp { primaries: 12, transfer: 13 };
    const SRGB: Cicp = Cicp { primaries: 1, transfer: 13 };

    fn all() -> Stated {
        Stated {
            cicp: Some(P3),
            icc: Some(header_only(b"RGB ")),
            is_srgb: true,
            gamma: Gamma::from_encoder(1.0),
            chromaticities: None,
            is_adobe_rgb: true,
            png_chunks: vec![1, 2, 3],
        }
    }

    #[test]
    fn statements_count_in_the_order_of_the_specification() {
        let mut stated = all();
        let space = ColorSpace::new(stated.clone(), true);
        assert_eq!(space.icc(), P3.to_icc(true).as_deref());
        assert_eq!(space.png_chunks(), [1, 2, 3]);

        stated.cicp = None;
        let space = ColorSpace::new(stated.clone(), true);
        assert_eq!(space.icc(), Some(&header_only(b"RGB ")[..]));
        assert!(space.is_stated() && space.png_chunks().is_empty());

        stated.icc = Some(header_only(b"CMYK"));
        let space = ColorSpace::new(stated.clone(), true);
        assert_eq!((space.icc(), space.is_stated()), (None, false));
        assert_eq!(space.png_chunks(), [1, 2, 3]);

        stated.is_srgb = false;
        let space = ColorSpace::new(stated.clone(), true);
        assert!(space.icc().is_some() && !space.is_stated());

        stated.gamma = None;
        let space = ColorSpace::new(stated.clone(), true);
        assert_eq!(space.icc(), icc::adobe_rgb().as_deref());

        stated.is_adobe_rgb = false;
        stated.png_chunks.clear();
        assert_eq!(ColorSpace::new(stated, true), ColorSpace::default());
    }

    #[test]
    fn only_what_states_its_colors_is_converted() {
        let red = DynamicImage::from(RgbImage::from_pixel(1, 1, Rgb([200, 60, 40])));
        let p3 = ColorSpace::new(Stated { cicp: Some(P3), ..Stated::default() }, true);
        let srgb = ColorSpace::new(Stated { cicp: Some(SRGB), ..Stated::default() }, true);
        let hinted = ColorSpace::new(Stated { is_srgb: true, ..Stated::default() }, true);
        assert_eq!(hinted.convert(red.clone(), &p3).unwrap(), red);
        assert_eq!(p3.convert(red.clone(), &p3).unwrap(), red);
        assert_ne!(srgb.convert(red.clone(), &p3).unwrap(), red);
        assert_ne!(p3.convert(red.clone(), &hinted).unwrap(), red);
        assert_eq!(hinted.clone().or(&p3), p3);
        assert_eq!(srgb.clone().or(&p3), srgb);
    }

    #[test]
    fn unknown_code_points_do_not_count() {
        let stated = Stated { cicp: Some(Cicp { primaries: 250, transfer: 13 }), ..all() };
        assert_eq!(ColorSpace::new(stated, true).icc(), Some(&header_only(b"RGB ")[..]));
    }

    #[test]
    fn gray_becomes_the_gray_axis_of_rgb_and_back() {
        let gray = ColorSpace::new(Stated { gamma: Gamma::from_encoder(1.0), ..Stated::default() }, false);
        let rgb = gray.clone().for_image(&DynamicImage::new_rgb8(1, 1));
        assert!(icc::describes(rgb.icc().unwrap(), true));
        let back = rgb.for_image(&DynamicImage::new_luma8(1, 1));
        assert!(icc::describes(back.icc().unwrap(), false));
        assert_eq!(gray.clone().for_image(&DynamicImage::new_luma8(1, 1)), gray);
    }
}
