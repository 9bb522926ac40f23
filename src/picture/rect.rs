//! The rectangle that an upload shows.

use super::Size;
use super::limits::{INPUT_SIDE_OVER, MAX_INPUT_RATIO};

/// What an upload shows, and its answer belongs to: a rectangle in pixels of the upright picture.
///
/// It may reach beyond the picture; what lies there is padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Where it begins, counted from the picture's left edge; negative left of it.
    pub left: i64,
    /// Where it begins, counted from the picture's top edge; negative above it.
    pub top: i64,
    /// Its sides.
    pub size: Size,
}

impl Rect {
    /// The whole picture, and nothing else.
    #[must_use]
    pub fn whole(picture: Size) -> Self {
        Self { left: 0, top: 0, size: picture }
    }

    /// The smallest frame around this one that the service takes by its sides, with this one in its middle:
    /// its ratio is from 1:3 to 3:1, and its sides are over 14 pixels.
    #[must_use]
    pub fn padded_to_limits(self) -> Self {
        let side = |own: u32, other: u32| own.max(INPUT_SIDE_OVER + 1).max(other.div_ceil(MAX_INPUT_RATIO));
        let Size { width, height } = self.size;
        let wider = side(width, height);
        let size = Size { width: wider, height: side(height, wider) };
        Self {
            left: self.left - i64::from((size.width - width) / 2),
            top: self.top - i64::from((size.height - height) / 2),
            size,
        }
    }

    /// Whether it shows the whole of a picture of this size, and nothing else.
    #[must_use]
    pub fn is_whole(self, picture: Size) -> bool {
        self == Self::whole(picture)
    }

    /// Where it ends: the first column right of it, and the first row below it.
    #[must_use]
    pub fn end(self) -> (i64, i64) {
        (self.left + i64::from(self.size.width), self.top + i64::from(self.size.height))
    }

    /// The part of it that lies in a picture of this size; `None` when it is outside the picture.
    #[must_use]
    pub fn within(self, picture: Size) -> Option<Self> {
        let (right, bottom) = self.end();
        let (left, top) = (self.left.max(0), self.top.max(0));
        let width = u32::try_from(right.min(picture.width.into()) - left).ok()?;
        let height = u32::try_from(bottom.min(picture.height.into()) - top).ok()?;
        let size = Size { width, height };
        (size.pixels() > 0).then_some(Self { left, top, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    fn is_taken(size: Size) -> bool {
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        size.width > 14 && size.height > 14 && width <= 3 * height && height <= 3 * width
    }

    #[test]
    fn a_panorama_gets_rows_above_and_below() {
        let frame = Rect::whole(size(3000, 400)).padded_to_limits();
        assert_eq!(frame, Rect { left: 0, top: -300, size: size(3000, 1000) });
        assert_eq!(frame.within(size(3000, 400)), Some(Rect::whole(size(3000, 400))));
    }

    #[test]
    fn a_dot_gets_the_smallest_size_there_is() {
        assert_eq!(
            Rect::whole(size(1, 1)).padded_to_limits(),
            Rect { left: -7, top: -7, size: size(15, 15) }
        );
    }

    #[test]
    fn a_part_of_a_picture_is_widened_around_itself() {
        let part = Rect { left: 50, top: 60, size: size(10, 100) };
        assert_eq!(part.padded_to_limits(), Rect { left: 38, top: 60, size: size(34, 100) });
    }

    #[test]
    fn what_lies_beside_the_picture_shows_none_of_it() {
        let picture = size(100, 50);
        for (left, top) in [(100, 0), (0, 50), (-20, 0), (0, -20), (i64::from(i32::MAX), 0)] {
            assert_eq!(Rect { left, top, size: size(20, 20) }.within(picture), None, "{left}, {top}");
        }
        let corner = Rect { left: -5, top: 45, size: size(20, 20) };
        assert_eq!(corner.within(picture), Some(Rect { left: 0, top: 45, size: size(15, 5) }));
    }

    proptest! {
        #[test]
        fn a_padded_frame_is_taken_and_holds_the_picture(width in 1..=u32::MAX, height in 1..=u32::MAX) {
            let picture = size(width, height);
            let frame = Rect::whole(picture).padded_to_limits();
            prop_assert!(is_taken(frame.size));
            prop_assert_eq!(frame.within(picture), Some(Rect::whole(picture)));
            prop_assert_eq!(frame.is_whole(picture), is_taken(picture));
            prop_assert_eq!(frame.padded_to_limits(), frame);
        }

        #[test]
        fn no_smaller_frame_would_do(width in 1..5_000_u32, height in 1..5_000_u32) {
            let picture = size(width, height);
            let Size { width: wide, height: high } = Rect::whole(picture).padded_to_limits().size;
            prop_assert!(wide == width || !is_taken(size(wide - 1, high)));
            prop_assert!(high == height || !is_taken(size(wide, high - 1)));
        }

        #[test]
        fn the_picture_is_in_the_middle(width in 1..5_000_u32, height in 1..5_000_u32) {
            let frame = Rect::whole(size(width, height)).padded_to_limits();
            let (right, bottom) = frame.end();
            prop_assert!((0..=1).contains(&(right - i64::from(width) + frame.left)));
            prop_assert!((0..=1).contains(&(bottom - i64::from(height) + frame.top)));
        }
    }
}
