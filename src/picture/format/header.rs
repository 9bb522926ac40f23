//! What a picture says about itself before any pixel is decoded.

use seededit_resize::Size;

use crate::format::Format;
use crate::geometry::Orientation;

/// What the header of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format, from the bytes.
    pub format: Format,
    /// The size as stored, before the orientation is applied; neither side is 0.
    pub size: Size,
    /// How the stored pixels have to be turned.
    pub orientation: Orientation,
    /// Whether pixels may be transparent: there is an alpha channel, or a colour that stands for it.
    pub has_alpha: bool,
    /// Whether the samples are inks: CMYK, or YCCK, which is made of it.
    pub is_cmyk: bool,
}

impl Header {
    /// The size as it is shown, after the orientation is applied.
    #[must_use]
    pub fn upright(&self) -> Size {
        if self.orientation.swaps_sides() { self.size.transposed() } else { self.size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_on_its_side_is_shown_upright() {
        let header = Header {
            format: Format::Jpeg,
            size: Size { width: 640, height: 480 },
            orientation: Orientation::new(6).unwrap(),
            has_alpha: false,
            is_cmyk: false,
        };
        assert_eq!(header.upright().to_string(), "480×640");
    }
}
