//! A rectangle, in whole pixels.

use std::fmt;

use seededit_resize::{ResizeArea, Size};

/// What is less than this beyond a pixel's edge, in pixels, is a rounding error.
pub(crate) const ROUNDING: f64 = 0.01;

/// A rectangle in the upright picture, in pixels.
///
/// It may reach beyond the picture. In an upload, the pixels out there are padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// The distance from the picture's left edge; negative left of it.
    pub left: i64,
    /// The distance from the picture's top edge; negative above it.
    pub top: i64,
    pub size: Size,
}

/// `400×300+500+200`: the size and the signed offsets.
impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:+}{:+}", self.size, self.left, self.top)
    }
}

impl Rect {
    /// The whole picture.
    #[must_use]
    pub fn whole(picture: Size) -> Self {
        Self { left: 0, top: 0, size: picture }
    }

    /// Whether it is the whole of a picture of this size.
    #[must_use]
    pub fn is_whole(self, picture: Size) -> bool {
        self == Self::whole(picture)
    }

    /// The first column right of it.
    #[must_use]
    pub fn right(self) -> i64 {
        self.left + i64::from(self.size.width)
    }

    /// The first row below it.
    #[must_use]
    pub fn bottom(self) -> i64 {
        self.top + i64::from(self.size.height)
    }

    pub(crate) fn to_resize_area(self) -> ResizeArea {
        ResizeArea {
            left: self.left as f64,
            top: self.top as f64,
            width: self.size.width.into(),
            height: self.size.height.into(),
        }
    }

    /// The pixels that lie wholly within an area, but for rounding errors.
    pub(crate) fn within(area: ResizeArea) -> Self {
        let side = |start: f64, length: f64| {
            let (from, to) = ((start - ROUNDING).ceil(), (start + length + ROUNDING).floor());
            (from as i64, (to - from) as u32)
        };
        let ((left, width), (top, height)) = (side(area.left, area.width), side(area.top, area.height));
        Self { left, top, size: Size { width, height } }
    }

    /// The pixels that lie at least in part within an area.
    pub(crate) fn around(area: ResizeArea) -> Self {
        let side = |start: f64, length: f64| {
            let (from, to) = (start.floor(), (start + length).ceil());
            (from as i64, (to - from) as u32)
        };
        let ((left, width), (top, height)) = (side(area.left, area.width), side(area.top, area.height));
        Self { left, top, size: Size { width, height } }
    }

    /// The pixels of both rectangles.
    #[must_use]
    pub(crate) fn intersection(self, other: Rect) -> Option<Self> {
        let moved = Self { left: self.left - other.left, top: self.top - other.top, ..self };
        let clipped = moved.clipped(other.size)?;
        Some(Self { left: clipped.left + other.left, top: clipped.top + other.top, ..clipped })
    }

    /// Clips it to a picture of this size. Returns `None` if it is outside the picture.
    #[must_use]
    pub fn clipped(self, picture: Size) -> Option<Self> {
        let (left, top) = (self.left.max(0), self.top.max(0));
        let width = u32::try_from(self.right().min(picture.width.into()) - left).ok()?;
        let height = u32::try_from(self.bottom().min(picture.height.into()) - top).ok()?;
        let size = Size { width, height };
        (size.pixels() > 0).then_some(Self { left, top, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_clipped_and_outside_the_picture_nothing_is_left() {
        let picture = Size { width: 100, height: 50 };
        let size = Size { width: 20, height: 20 };
        for (left, top) in [(100, 0), (0, 50), (-20, 0), (0, -20), (i64::from(i32::MAX), 0)] {
            assert_eq!(Rect { left, top, size }.clipped(picture), None, "{left}, {top}");
        }
        let corner = Rect { left: -5, top: 45, size };
        let clipped = Rect { left: 0, top: 45, size: Size { width: 15, height: 5 } };
        assert_eq!(corner.clipped(picture), Some(clipped));
    }
}
