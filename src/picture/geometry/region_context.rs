//! The surroundings of a region that are uploaded with it, as the user types them.

use std::fmt;
use std::str::FromStr;

use seededit_resize::Size;

use super::Rect;
use super::length::{Length, LengthError};

/// How much around a region is uploaded, on each of its sides: in pixels, or as a percentage of the region's width (left
/// and right) and height (above and below).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionContext(Length);

/// The text says no surroundings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionContextError {
    #[error("around a region, {0}")]
    Length(#[from] LengthError),
    #[error("{0} is too much around a region: at most 1000% of it")]
    TooMuch(String),
}

/// The largest percentage. It is far more than helps a model.
const MAX_PERCENT: f64 = 1000.0;

impl RegionContext {
    /// Adds the surroundings to an area, as far as they are within a picture.
    pub(crate) fn around(self, area: Rect, picture: Size) -> Rect {
        let Size { width, height } = area.size;
        let (across, down) = (self.0.in_pixels(width), self.0.in_pixels(height));
        let (left, top) = ((area.left - across).max(0), (area.top - down).max(0));
        let right = (area.right() + across).min(picture.width.into());
        let bottom = (area.bottom() + down).min(picture.height.into());
        let side = |length: i64| u32::try_from(length).unwrap_or(u32::MAX);
        Rect { left, top, size: Size { width: side(right - left), height: side(bottom - top) } }
    }
}

/// The text that it was parsed from.
impl fmt::Display for RegionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RegionContext {
    type Err = RegionContextError;

    fn from_str(text: &str) -> Result<Self, RegionContextError> {
        match text.trim().parse()? {
            Length::Percent(percent) if percent > MAX_PERCENT => {
                Err(RegionContextError::TooMuch(text.trim().to_owned()))
            }
            length => Ok(RegionContext(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PICTURE: Size = Size { width: 400, height: 300 };

    fn context(text: &str) -> RegionContext {
        text.parse().unwrap()
    }

    fn rect(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    #[test]
    fn surroundings_are_added_on_each_side_within_the_picture() {
        let around = |text: &str| context(text).around(rect(100, 50, 80, 40), PICTURE);
        assert_eq!(around("0"), rect(100, 50, 80, 40));
        assert_eq!(around("10"), rect(90, 40, 100, 60));
        assert_eq!(around("25%"), rect(80, 40, 120, 60));
        assert_eq!(around("60"), rect(40, 0, 200, 150));
        assert_eq!(around("4294967295"), rect(0, 0, 400, 300));
        assert_eq!(around("1000%"), rect(0, 0, 400, 300));
    }

    #[test]
    fn other_text_is_refused_with_its_fault() {
        for (text, fault) in [
            ("", "is neither"),
            ("-5", "is neither"),
            ("NaN%", "is neither"),
            ("5px", "is neither"),
            ("4294967296", "is more pixels than any picture has"),
            ("1000.1%", "1000.1% is too much around a region"),
        ] {
            let error = text.parse::<RegionContext>().unwrap_err().to_string();
            assert!(error.contains(fault), "{text}: {error}");
        }
        assert_eq!(context("12.5%").to_string(), "12.5%");
        assert_eq!(context("64").to_string(), "64");
    }

    proptest! {
        #[test]
        fn the_result_contains_the_area_and_lies_within_the_picture(
            (left, top, across, down) in (0..400_i64, 0..300_i64, 1..400_u32, 1..300_u32),
            pixels in any::<u32>(),
        ) {
            let area = rect(left, top, across, down).clipped(PICTURE).unwrap();
            for context in [context(&pixels.to_string()), context(&format!("{}%", pixels % 1001))] {
                let whole = context.around(area, PICTURE);
                prop_assert_eq!(whole.clipped(PICTURE), Some(whole));
                prop_assert!(whole.left <= area.left && whole.top <= area.top);
                prop_assert!(whole.right() >= area.right() && whole.bottom() >= area.bottom());
            }
        }
    }
}
