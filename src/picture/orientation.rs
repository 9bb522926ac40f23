//! How a camera was held.

use std::fmt;

use super::ifd::{self, Ifd};
use super::{Rect, Size};

/// EXIF orientation (tag 0x0112): what has to be done to the stored pixels before they are shown.
///
/// 1, the default, is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orientation(u8);

impl Orientation {
    /// Nothing has to be done.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation with this EXIF value; `None` outside 1–8.
    #[must_use]
    pub fn new(value: u8) -> Option<Self> {
        (1..=8).contains(&value).then_some(Self(value))
    }

    /// The EXIF value, 1–8.
    #[must_use]
    pub fn value(self) -> u8 {
        self.0
    }

    /// Whether stored width is shown height: the values 5–8.
    #[must_use]
    pub fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// The rectangle of the stored pixels that becomes `shown` in the upright picture.
    pub(super) fn stored(self, shown: Rect, upright: Size) -> Rect {
        let Rect { left, top, size } = shown;
        let (right, bottom) = shown.end();
        let (right, bottom) = (i64::from(upright.width) - right, i64::from(upright.height) - bottom);
        let (left, top) = match self.0 {
            2 => (right, top),
            3 => (right, bottom),
            4 => (left, bottom),
            5 => (top, left),
            6 => (top, right),
            7 => (bottom, right),
            8 => (bottom, left),
            _ => (left, top),
        };
        Rect { left, top, size: if self.swaps_sides() { size.transposed() } else { size } }
    }

    /// Out of a TIFF structure, with or without the `Exif\0\0` that JPEG (and some WebP) puts before it.
    ///
    /// What is missing or senseless counts as upright: no reader can do better.
    pub(super) fn from_exif(exif: &[u8]) -> Self {
        let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        Ifd::first(tiff).and_then(Self::from_ifd).unwrap_or_default()
    }

    pub(super) fn from_ifd(ifd: Ifd<'_>) -> Option<Self> {
        Self::new(ifd.value(ifd::ORIENTATION)?.try_into().ok()?)
    }
}

impl Default for Orientation {
    fn default() -> Self {
        Self::UPRIGHT
    }
}

/// What is done to show the picture, in words: `rotated 90° clockwise`.
impl fmt::Display for Orientation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            2 => "mirrored left to right",
            3 => "rotated 180°",
            4 => "mirrored top to bottom",
            5 => "mirrored left to right, then rotated 90° counter-clockwise",
            6 => "rotated 90° clockwise",
            7 => "mirrored left to right, then rotated 90° clockwise",
            8 => "rotated 90° counter-clockwise",
            _ => "upright",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endian::Endian;
    use crate::ifd::tests::tiff;

    #[test]
    fn all_eight_values_are_read_in_both_byte_orders() {
        for endian in [Endian::Big, Endian::Little] {
            for value in 1..=8 {
                let exif = tiff(endian, &[(ifd::ORIENTATION, value)]);
                assert_eq!(u16::from(Orientation::from_exif(&exif).value()), value);
                let prefixed = [b"Exif\0\0", exif.as_slice()].concat();
                assert_eq!(u16::from(Orientation::from_exif(&prefixed).value()), value);
            }
        }
    }

    #[test]
    fn a_senseless_value_is_upright() {
        for value in [0, 9, 255, 256, 262, u16::MAX] {
            let exif = tiff(Endian::Big, &[(ifd::ORIENTATION, value)]);
            assert_eq!(Orientation::from_exif(&exif), Orientation::default());
        }
        assert_eq!(Orientation::from_exif(b""), Orientation::default());
    }

    #[test]
    fn the_last_four_lie_on_their_side() {
        let swapping: Vec<u8> = (0..=9)
            .filter_map(Orientation::new)
            .filter(|orientation| orientation.swaps_sides())
            .map(Orientation::value)
            .collect();
        assert_eq!(swapping, [5, 6, 7, 8]);
    }

    #[test]
    fn no_two_values_read_the_same() {
        let mut words: Vec<String> =
            (1..=8).filter_map(Orientation::new).map(|orientation| orientation.to_string()).collect();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), 8);
    }
}
