//! How a camera was held.

use std::fmt;

use seededit_resize::{ResizeArea, Size};

use super::Rect;

/// An EXIF orientation (tag 0x0112): how the stored pixels are transformed for display.
///
/// The default, 1, is upright: no transformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orientation(u8);

impl Orientation {
    pub const UPRIGHT: Self = Self(1);

    /// The orientation with this EXIF value. Returns `None` outside 1–8.
    #[must_use]
    pub fn new(value: u8) -> Option<Self> {
        (1..=8).contains(&value).then_some(Self(value))
    }

    /// The EXIF value, 1–8.
    #[must_use]
    pub fn value(self) -> u8 {
        self.0
    }

    /// Whether width and height are swapped for display: values 5–8.
    #[must_use]
    pub fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// The transformation from the upright picture to the stored pixels.
    #[must_use]
    pub(crate) fn inverse(self) -> Self {
        match self.0 {
            6 => Self(8),
            8 => Self(6),
            // Mirroring twice, or rotating by 180° twice, changes nothing.
            _ => self,
        }
    }

    /// Maps an area of the upright picture, whose size is `upright`, to the stored pixels.
    pub(crate) fn area_to_stored(self, area: ResizeArea, upright: Size) -> ResizeArea {
        let ResizeArea { left, top, width, height } = area;
        let (right, bottom) =
            (f64::from(upright.width) - left - width, f64::from(upright.height) - top - height);
        let (left, top) = self.stored_corner(left, top, right, bottom);
        let (width, height) = if self.swaps_sides() { (height, width) } else { (width, height) };
        ResizeArea { left, top, width, height }
    }

    /// Maps a rectangle of the upright picture, whose size is `upright`, to the stored pixels.
    pub(crate) fn to_stored(self, rect: Rect, upright: Size) -> Rect {
        let Rect { left, top, size } = rect;
        let right = i64::from(upright.width) - rect.right();
        let bottom = i64::from(upright.height) - rect.bottom();
        let (left, top) = self.stored_corner(left, top, right, bottom);
        Rect { left, top, size: if self.swaps_sides() { size.transposed() } else { size } }
    }

    /// The distances of a rectangle from the left and the upper side of the stored picture, from those to the four sides
    /// of the upright one.
    fn stored_corner<T>(self, left: T, top: T, right: T, bottom: T) -> (T, T) {
        match self.0 {
            2 => (right, top),
            3 => (right, bottom),
            4 => (left, bottom),
            5 => (top, left),
            6 => (top, right),
            7 => (bottom, right),
            8 => (bottom, left),
            _ => (left, top),
        }
    }
}

impl Default for Orientation {
    fn default() -> Self {
        Self::UPRIGHT
    }
}

/// The transformation for display, for example `rotated 90° clockwise`.
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

    #[test]
    fn the_last_four_values_swap_width_and_height() {
        let swapping: Vec<u8> = (0..=9)
            .filter_map(Orientation::new)
            .filter(|orientation| orientation.swaps_sides())
            .map(Orientation::value)
            .collect();
        assert_eq!(swapping, [5, 6, 7, 8]);
    }

    #[test]
    fn each_value_has_its_own_description() {
        let mut descriptions: Vec<String> =
            (1..=8).filter_map(Orientation::new).map(|orientation| orientation.to_string()).collect();
        descriptions.sort();
        descriptions.dedup();
        assert_eq!(descriptions.len(), 8);
    }
}
