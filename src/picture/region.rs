//! A part of a picture, as it is typed, and what of the picture goes along with it.

use std::fmt;
use std::str::FromStr;

use super::limits::{MAX_INPUT_RATIO, WORKING_SIDE};
use super::{Rect, Size};

/// How much of what is around a part goes along, so that the model sees what it belongs to: a quarter of
/// the part's side on each side of it.
const SURROUNDINGS: u32 = 4;

/// A rectangle of a picture: `WxH+X+Y`, each in pixels or, with `%`, in hundredths of the picture's side.
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

/// Not a rectangle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region is WxH+X+Y, in pixels or percent: 400x300+100+50, or 50%x25%+0+75%")]
pub struct RegionError;

/// A rectangle that is no part of a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the region {region} is outside the picture, which is {picture}")]
pub struct OutsideError {
    /// The rectangle, as it was typed.
    pub region: String,
    /// The picture's size.
    pub picture: Size,
}

impl Length {
    /// In pixels of a side; a percentage is rounded to whole pixels.
    fn of(self, side: u32) -> i64 {
        match self {
            Length::Pixels(pixels) => pixels.into(),
            // As far as pixels go; what is typed may go further.
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
        // Neither `+5` nor `1e3` nor `inf`, which parsing alone would take.
        let plain = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(['e', 'E']);
        match text.strip_suffix('%') {
            Some(number) if plain(number) => number.parse().map(Length::Percent).map_err(|_| RegionError),
            None if plain(text) => text.parse().map(Length::Pixels).map_err(|_| RegionError),
            _ => Err(RegionError),
        }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let (width, rest) = text.split_once(['x', 'X', '×']).ok_or(RegionError)?;
        let (height, place) = rest.split_once('+').ok_or(RegionError)?;
        let (left, top) = place.split_once('+').ok_or(RegionError)?;
        let region =
            Region { width: width.parse()?, height: height.parse()?, left: left.parse()?, top: top.parse()? };
        let is_empty = |length| matches!(length, Length::Pixels(0)) || length == Length::Percent(0.0);
        if is_empty(region.width) || is_empty(region.height) { Err(RegionError) } else { Ok(region) }
    }
}

/// As it is typed.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}+{}+{}", self.width, self.height, self.left, self.top)
    }
}

impl Region {
    /// The rectangle in a picture of this upright size. What reaches beyond the picture is left out, and what
    /// is less than a pixel is one.
    ///
    /// # Errors
    ///
    /// When it is outside the picture.
    pub fn within(self, picture: Size) -> Result<Rect, OutsideError> {
        let side = |length: Length, side: u32| u32::try_from(length.of(side).max(1)).unwrap_or(u32::MAX);
        let size = Size { width: side(self.width, picture.width), height: side(self.height, picture.height) };
        let frame = Rect { left: self.left.of(picture.width), top: self.top.of(picture.height), size };
        frame.within(picture).ok_or_else(|| OutsideError { region: self.to_string(), picture })
    }
}

/// What is sent of a picture when a part of it is to be edited: the part with surroundings, at least the size
/// that the service works at, no more oblong than it takes; all within the picture, as far as that has it.
#[must_use]
pub fn with_surroundings(part: Rect, picture: Size) -> Rect {
    let wanted = |side: u32, most: u32| (side + side / SURROUNDINGS * 2).max(WORKING_SIDE).min(most);
    let mut width = wanted(part.size.width, picture.width);
    let mut height = wanted(part.size.height, picture.height);
    height = height.max(width.div_ceil(MAX_INPUT_RATIO)).min(picture.height);
    width = width.max(height.div_ceil(MAX_INPUT_RATIO)).min(picture.width);
    // Where the picture has no more to one side, less of the other goes along, down to the part itself.
    width = width.min((height * MAX_INPUT_RATIO).max(part.size.width));
    height = height.min((width * MAX_INPUT_RATIO).max(part.size.height));
    let begin = |at: i64, part: u32, sent: u32, side: u32| {
        (at - i64::from((sent - part) / 2)).clamp(0, i64::from(side - sent))
    };
    Rect {
        left: begin(part.left, part.size.width, width, picture.width),
        top: begin(part.top, part.size.height, height, picture.height),
        size: Size { width, height },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    fn frame(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    const PICTURE: Size = Size { width: 4000, height: 3000 };

    #[test]
    fn what_is_far_beyond_any_picture_lies_beside_it() {
        let region: Region = "1x1+99999999999999999999999%+0".parse().unwrap();
        assert!(region.within(Size { width: 90, height: 60 }).is_err());
        let region: Region = "99999999999999999999999%x1+4294967295+0".parse().unwrap();
        assert!(region.within(Size { width: 90, height: 60 }).is_err());
    }

    #[test]
    fn pixels_and_percentages_are_read_and_shown_as_they_are_typed() {
        for text in ["400x300+100+50", "50%x25%+0+75%", "12.5%x1+3+0%"] {
            assert_eq!(region(text).to_string(), text);
        }
        assert_eq!(region("50%x25%+0+75%").within(PICTURE), Ok(frame(0, 2250, 2000, 750)));
    }

    #[test]
    fn what_is_no_rectangle_is_refused() {
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
    fn what_reaches_beyond_the_picture_is_cut_and_what_lies_beside_it_refused() {
        assert_eq!(region("9999x9999+3900+0").within(PICTURE), Ok(frame(3900, 0, 100, 3000)));
        assert_eq!(region("0.0001%x1+0+0").within(PICTURE), Ok(frame(0, 0, 1, 1)));
        let error = region("10x10+4000+0").within(PICTURE).unwrap_err();
        assert_eq!(error.to_string(), "the region 10x10+4000+0 is outside the picture, which is 4000×3000");
    }

    #[test]
    fn a_small_part_is_sent_with_what_the_service_works_at() {
        assert_eq!(with_surroundings(frame(2000, 1500, 1, 1), PICTURE), frame(1489, 989, 1024, 1024));
        assert_eq!(with_surroundings(frame(0, 2999, 1, 1), PICTURE), frame(0, 1976, 1024, 1024));
        assert_eq!(with_surroundings(frame(1000, 1000, 2000, 400), PICTURE), frame(500, 688, 3000, 1024));
    }

    proptest! {
        #[test]
        fn what_is_sent_holds_the_part_and_is_taken_where_the_picture_is(
            (width, height) in (15u32..5000, 15u32..5000),
            (left, top, across, down) in (0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0),
        ) {
            let picture = Size { width, height };
            let at = |share: f64, side: u32| (share * f64::from(side - 1)) as i64;
            let side = |share: f64, side: u32| 1 + (share * f64::from(side - 1)) as u32;
            let part = frame(at(left, width), at(top, height), side(across, width), side(down, height));
            let part = part.within(picture).unwrap();
            let sent = with_surroundings(part, picture);
            prop_assert_eq!(sent.within(picture), Some(sent));
            prop_assert!(sent.left <= part.left && sent.top <= part.top);
            prop_assert!(sent.end().0 >= part.end().0 && sent.end().1 >= part.end().1);
            if width <= height * 3 && height <= width * 3 {
                let Size { width, height } = sent.size;
                prop_assert!(width <= height * 3 && height <= width * 3, "{}", sent.size);
            }
        }
    }
}
