//! The changes that fit a picture to the service.

use std::cmp::Ordering;
use std::fmt;

use seededit_resize::Size;

use crate::format::Format;
use crate::geometry::{Orientation, Rect};

/// A change to a picture. Its text completes "the picture was …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `converted from webp to jpeg`
    Converted { from: Format, to: Format },
    /// `converted from CMYK to RGB`
    FromCmyk,
    /// `converted from HDR to SDR`
    FromHdr,
    /// `transparency flattened onto white`
    Flattened,
    /// `rotated 90° clockwise`
    Rotated(Orientation),
    /// `cropped to 1200×900+300+200`
    Cropped(Rect),
    /// `padded to 3000×1000`
    Padded(Size),
    /// `scaled down from 8000×6000 to 1632×1224`
    Scaled { from: Size, to: Size },
    /// `enlarged from 300×200 to 1254×836`
    Enlarged { from: Size, to: Size },
    /// `compressed again`
    Compressed,
    /// `end marker added`
    Repaired(&'static str),
    /// `metadata removed`
    MetadataRemoved,
}

impl Change {
    /// Whether it is done to most pictures, so that it needs no note.
    #[must_use]
    pub fn is_routine(&self) -> bool {
        matches!(self, Self::MetadataRemoved)
    }

    /// The change from one size to another; `None` if they are equal.
    pub(super) fn of_size(from: Size, to: Size) -> Option<Self> {
        match to.pixels().cmp(&from.pixels()) {
            Ordering::Less => Some(Self::Scaled { from, to }),
            Ordering::Greater => Some(Self::Enlarged { from, to }),
            Ordering::Equal => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converted { from, to } => write!(f, "converted from {from} to {to}"),
            Self::FromCmyk => f.write_str("converted from CMYK to RGB"),
            Self::FromHdr => f.write_str("converted from HDR to SDR"),
            Self::Flattened => f.write_str("transparency flattened onto white"),
            Self::Rotated(orientation) => write!(f, "{orientation}"),
            Self::Cropped(rect) => write!(f, "cropped to {rect}"),
            Self::Padded(size) => write!(f, "padded to {size}"),
            Self::Scaled { from, to } => write!(f, "scaled down from {from} to {to}"),
            Self::Enlarged { from, to } => write!(f, "enlarged from {from} to {to}"),
            Self::Compressed => f.write_str("compressed again"),
            Self::Repaired(what) => f.write_str(what),
            Self::MetadataRemoved => f.write_str("metadata removed"),
        }
    }
}

/// Joins the texts of all changes.
#[must_use]
pub fn describe(changes: &[Change]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_a_text() {
        let size = |width, height| Size { width, height };
        let cases = [
            (Change::Converted { from: Format::WebP, to: Format::Jpeg }, "converted from webp to jpeg"),
            (Change::FromCmyk, "converted from CMYK to RGB"),
            (Change::FromHdr, "converted from HDR to SDR"),
            (Change::Rotated(Orientation::new(6).unwrap()), "rotated 90° clockwise"),
            (
                Change::Cropped(Rect { left: 300, top: -20, size: size(1200, 900) }),
                "cropped to 1200×900+300-20",
            ),
            (Change::Padded(size(3000, 1000)), "padded to 3000×1000"),
            (
                Change::Scaled { from: size(8000, 6000), to: size(1632, 1224) },
                "scaled down from 8000×6000 to 1632×1224",
            ),
            (
                Change::Enlarged { from: size(300, 200), to: size(1254, 836) },
                "enlarged from 300×200 to 1254×836",
            ),
        ];
        for (change, text) in cases {
            assert_eq!(change.to_string(), text);
        }
    }
}
