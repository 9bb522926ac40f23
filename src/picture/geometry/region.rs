//! A rectangle as the user types it.

use std::fmt;
use std::str::FromStr;

use seededit_resize::Size;

use super::Rect;

/// A rectangle as text: `WxH+X+Y`, each in pixels or as a percentage of the picture's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    width: Length,
    height: Length,
    left: Length,
    top: Length,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Pixels(u32),
    Percent(f64),
}

/// The text is not a rectangle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region is WxH+X+Y, in pixels or percent: 400x300+100+50, or 50%x25%+0+75%")]
pub struct RegionError;

/// A rectangle is outside the picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the region {region} is outside the picture, which is {picture}")]
pub struct OutsideError {
    pub region: String,
    pub picture: Size,
}

impl Length {
    /// The length in pixels. Percentages of `side` are rounded to whole pixels.
    fn in_pixels(self, side: u32) -> i64 {
        match self {
            Length::Pixels(pixels) => pixels.into(),
            // A typed percentage has no upper limit.
            Length::Percent(percent) => {
                (percent / 100.0 * f64::from(side)).round().min(u32::MAX.into()) as i64
            }
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Length::Pixels(pixels) => write!(f, "{pixels}"),
            Length::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Length {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        // Excludes `+5`, `1e3` and `inf`, which `parse` accepts.
        let is_plain =
            |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(['e', 'E']);
        match text.strip_suffix('%') {
            Some(number) if is_plain(number) => number.parse().map(Length::Percent).map_err(|_| RegionError),
            None if is_plain(text) => text.parse().map(Length::Pixels).map_err(|_| RegionError),
            _ => Err(RegionError),
        }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let (width, rest) = text.split_once(['x', 'X', '×']).ok_or(RegionError)?;
        let (height, position) = rest.split_once('+').ok_or(RegionError)?;
        let (left, top) = position.split_once('+').ok_or(RegionError)?;
        let region =
            Region { width: width.parse()?, height: height.parse()?, left: left.parse()?, top: top.parse()? };
        let is_empty = |length| matches!(length, Length::Pixels(0)) || length == Length::Percent(0.0);
        if is_empty(region.width) || is_empty(region.height) { Err(RegionError) } else { Ok(region) }
    }
}

/// The text that the region was parsed from.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}+{}+{}", self.width, self.height, self.left, self.top)
    }
}

impl Region {
    /// Returns the rectangle in a picture of this upright size, clipped to the picture. Its sides are at least a pixel.
    ///
    /// # Errors
    /// If it is outside the picture.
    pub fn resolve(self, picture: Size) -> Result<Rect, OutsideError> {
        let rect = self.in_pixels(picture);
        rect.clipped(picture).ok_or_else(|| OutsideError { region: self.to_string(), picture })
    }

    /// Returns the part of the region in a picture of this upright size, if another part is outside, as text.
    #[must_use]
    pub fn clipped(self, picture: Size) -> Option<String> {
        let whole = self.in_pixels(picture);
        let Rect { left, top, size } = whole.clipped(picture).filter(|part| *part != whole)?;
        Some(format!("{}x{}+{left}+{top}", size.width, size.height))
    }

    fn in_pixels(self, picture: Size) -> Rect {
        let side =
            |length: Length, side: u32| u32::try_from(length.in_pixels(side).max(1)).unwrap_or(u32::MAX);
        let size = Size { width: side(self.width, picture.width), height: side(self.height, picture.height) };
        Rect { left: self.left.in_pixels(picture.width), top: self.top.in_pixels(picture.height), size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Size = Size { width: 4000, height: 3000 };

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    fn rect(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    #[test]
    fn a_region_that_is_partly_outside_says_what_is_left() {
        let clipped = |text: &str| region(text).clipped(PICTURE);
        assert_eq!(clipped("400x300+3700+2900").as_deref(), Some("300x100+3700+2900"));
        assert_eq!(clipped("4000x3000+0+0"), None);
        assert_eq!(clipped("100%x100%+0+0"), None);
        assert_eq!(clipped("400x300+4000+0"), None);
    }

    #[test]
    fn pixels_and_percentages_are_parsed_and_displayed_as_typed() {
        for text in ["400x300+100+50", "50%x25%+0+75%", "12.5%x1+3+0%"] {
            assert_eq!(region(text).to_string(), text);
        }
        assert_eq!(region("50%x25%+0+75%").resolve(PICTURE), Ok(rect(0, 2250, 2000, 750)));
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "400",
            "400x300",
            "400x300+1",
            "0x5+1+1",
            "5x0%+1+1",
            "-4x4+0+0",
            "4x4-1+0",
            "1e3x4+0+0",
            "infx4+0+0",
            "4x4+0+0+0",
            "4 x4+0+0",
            "99999999999x4+0+0",
        ] {
            assert_eq!(text.parse::<Region>(), Err(RegionError), "{text}");
        }
    }

    #[test]
    fn a_region_across_the_border_is_clipped_and_one_outside_is_refused() {
        assert_eq!(region("9999x9999+3900+0").resolve(PICTURE), Ok(rect(3900, 0, 100, 3000)));
        assert_eq!(region("0.0001%x1+0+0").resolve(PICTURE), Ok(rect(0, 0, 1, 1)));
        let error = region("10x10+4000+0").resolve(PICTURE).unwrap_err();
        assert_eq!(error.to_string(), "the region 10x10+4000+0 is outside the picture, which is 4000×3000");
    }

    #[test]
    fn a_region_far_beyond_any_picture_is_outside() {
        let picture = Size { width: 90, height: 60 };
        for text in ["1x1+99999999999999999999999%+0", "99999999999999999999999%x1+4294967295+0"] {
            assert!(region(text).resolve(picture).is_err(), "{text}");
        }
    }
}
