//! The metadata of a file, in the parts that each format stores in a way of its own.

use super::ifd::exif_orientation;
use super::photoshop::Resource;
use crate::geometry::Orientation;

/// What a file says about its picture beside pixels and colors: EXIF, XMP and IPTC metadata, texts, and the resolution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// EXIF metadata: a TIFF structure.
    pub(crate) exif: Option<Vec<u8>>,
    /// The XMP packet.
    pub(crate) xmp: Option<Vec<u8>>,
    /// The second part of the XMP metadata of a JPEG. The packet refers to it.
    pub(crate) extended_xmp: Option<ExtendedXmp>,
    /// Photoshop's image resources, one of which has the IPTC metadata.
    pub(crate) resources: Vec<Resource>,
    pub(crate) texts: Vec<Text>,
    pub(crate) resolution: Option<Resolution>,
}

/// XMP metadata that does not fit in one segment of a JPEG (XMP specification, part 3, 1.1.3.1).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExtendedXmp {
    /// The MD5 digest of `bytes` in hexadecimal digits, as the packet states it.
    pub(crate) guid: [u8; 32],
    pub(crate) bytes: Vec<u8>,
}

/// A comment, or another text with a keyword.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    /// As in a PNG: 1 to 79 characters of Latin-1.
    pub(crate) keyword: String,
    /// In UTF-8, or in Latin-1 if it is not valid UTF-8.
    pub(crate) text: Vec<u8>,
}

impl Text {
    /// The keyword of texts in formats without keywords.
    pub(crate) const COMMENT: &str = "Comment";

    pub(crate) fn comment(text: &[u8]) -> Text {
        Text { keyword: Self::COMMENT.into(), text: text.to_vec() }
    }

    pub(crate) fn is_comment(&self) -> bool {
        self.keyword == Self::COMMENT
    }
}

/// The density of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Pixels per unit across.
    pub(crate) x: f64,
    /// Pixels per unit down.
    pub(crate) y: f64,
    pub(crate) unit: Unit,
}

/// The unit of a resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// None: the numbers give the shape of a pixel only.
    Ratio,
    Inch,
    Centimeter,
}

impl Resolution {
    /// Returns `None` unless both numbers are positive and finite.
    pub(crate) fn new(x: f64, y: f64, unit: Unit) -> Option<Resolution> {
        let is_valid = |density: f64| density.is_finite() && density > 0.0 && density < 1e9;
        (is_valid(x) && is_valid(y)).then_some(Resolution { x, y, unit })
    }

    /// Pixels per inch, rounded to a whole number if they are within a hundredth of one.
    #[must_use]
    pub fn per_inch(self) -> Option<(f64, f64)> {
        const CENTIMETERS: f64 = 2.54;
        let factor = match self.unit {
            Unit::Ratio => return None,
            Unit::Inch => 1.0,
            Unit::Centimeter => CENTIMETERS,
        };
        let rounded = |density: f64| {
            let density = density * factor;
            if (density - density.round()).abs() < 0.01 { density.round() } else { density }
        };
        Some((rounded(self.x), rounded(self.y)))
    }

    /// The same picture, rotated by a quarter turn.
    pub(crate) fn transposed(self) -> Resolution {
        Resolution { x: self.y, y: self.x, ..self }
    }
}

/// What happens to blocks whose content is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownBlocks {
    Keep,
    Remove,
}

/// The kinds of metadata that a format has no room for, for people: `XMP`.
pub(crate) type Unfit = Vec<&'static str>;

impl Metadata {
    /// The orientation in the EXIF metadata.
    pub(crate) fn orientation(&self) -> Orientation {
        self.exif.as_deref().map(exif_orientation).unwrap_or_default()
    }
}

/// Decodes a text that is UTF-8, or else Latin-1.
pub(crate) fn decoded(text: &[u8]) -> String {
    match str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
    }
}
