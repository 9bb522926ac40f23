//! A rectangle as the user types it.

use std::fmt;
use std::str::FromStr;

use seededit_resize::Size;

use super::Rect;
use super::length::{Length, LengthError};

/// A rectangle as text. All lengths are pixels of the upright picture, or percentages of its width or height:
///
/// - `X,Y,WxH`, or `WxH+X+Y`: the upper left corner, and the size
/// - `X1,Y1:X2,Y2`: two opposite corners; the sides of the rectangle go through these points
/// - `center,WxH`: in the middle of the picture; `center` is half of its width and height
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region(Shape);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    At { left: Length, top: Length, width: Length, height: Length },
    Corners { one: [Length; 2], other: [Length; 2] },
    Centered { width: Length, height: Length },
}

/// The text is not a rectangle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    #[error(
        "a region is X,Y,WxH, X1,Y1:X2,Y2, center,WxH or WxH+X+Y, in pixels or percent: 100,50,400x300, or \
         50%x25%+0+75%"
    )]
    Malformed,
    #[error("in a region, {0}")]
    Length(#[from] LengthError),
    #[error("a region is at least one pixel wide and high, and {0} is empty")]
    Empty(String),
}

/// A rectangle has no part of a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    #[error("the region {region} is outside the picture, which is {picture}")]
    Outside { region: String, picture: Size },
    /// The corners differ, but not in this picture.
    #[error(
        "the region {region} is empty in the picture, which is {picture}: its corners are not a pixel apart"
    )]
    Empty { region: String, picture: Size },
}

/// The size of `center` without one: half of the picture's width and height.
const CENTER: Length = Length::Percent(50.0);

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let region = Region::from_stored_text(text)?;
        match region.lengths().into_iter().flatten().find(|length| length.is_above_whole()) {
            Some(length) => Err(LengthError::AboveWhole(length.to_string()).into()),
            None => Ok(region),
        }
    }
}

/// A text that the region can be parsed from. `X,Y,WxH` is written as `WxH+X+Y`.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::At { left, top, width, height } => write!(f, "{width}x{height}+{left}+{top}"),
            Shape::Corners { one: [left, top], other: [right, bottom] } => {
                write!(f, "{left},{top}:{right},{bottom}")
            }
            Shape::Centered { width, height } => write!(f, "center,{width}x{height}"),
        }
    }
}

impl Region {
    /// Parses a text that may be from an earlier release, which accepted percentages above 100 %.
    ///
    /// # Errors
    /// If it is not a rectangle.
    pub fn from_stored_text(text: &str) -> Result<Region, RegionError> {
        let shape = match text.split_once(',') {
            None if text.eq_ignore_ascii_case("center") => Shape::Centered { width: CENTER, height: CENTER },
            None => {
                let (size, position) = text.split_once('+').ok_or(RegionError::Malformed)?;
                let [left, top] = pair(position, &['+'])?;
                let [width, height] = size_of(size)?;
                Shape::At { left, top, width, height }
            }
            Some((word, size)) if word.eq_ignore_ascii_case("center") => {
                let [width, height] = size_of(size)?;
                Shape::Centered { width, height }
            }
            Some(_) if text.contains(':') => {
                let (one, other) = text.split_once(':').ok_or(RegionError::Malformed)?;
                Shape::Corners { one: pair(one, &[','])?, other: pair(other, &[','])? }
            }
            Some(_) => {
                let (position, size) = text.rsplit_once(',').ok_or(RegionError::Malformed)?;
                let [left, top] = pair(position, &[','])?;
                let [width, height] = size_of(size)?;
                Shape::At { left, top, width, height }
            }
        };
        let is_empty = match shape {
            Shape::At { width, height, .. } | Shape::Centered { width, height } => {
                width.is_zero() || height.is_zero()
            }
            Shape::Corners { one, other } => one[0] == other[0] || one[1] == other[1],
        };
        if is_empty { Err(RegionError::Empty(text.to_owned())) } else { Ok(Region(shape)) }
    }

    fn lengths(self) -> [[Length; 2]; 2] {
        match self.0 {
            Shape::At { left, top, width, height } => [[left, top], [width, height]],
            Shape::Corners { one, other } => [one, other],
            Shape::Centered { width, height } => [[width, height]; 2],
        }
    }

    /// Returns the rectangle in a picture of this upright size, clipped to the picture. Its sides are at least a pixel.
    ///
    /// # Errors
    /// If it is outside the picture, or its corners are less than a pixel apart.
    pub fn resolve(self, picture: Size) -> Result<Rect, OutsideError> {
        let region = || self.to_string();
        let rect =
            self.in_pixels(picture).ok_or_else(|| OutsideError::Empty { region: region(), picture })?;
        rect.clipped(picture).ok_or_else(|| OutsideError::Outside { region: region(), picture })
    }

    /// Returns the part of the region in a picture of this upright size, if another part is outside.
    #[must_use]
    pub fn clipped(self, picture: Size) -> Option<Rect> {
        let whole = self.in_pixels(picture)?;
        whole.clipped(picture).filter(|part| *part != whole)
    }

    /// The whole rectangle. `None` if its corners are less than a pixel apart.
    fn in_pixels(self, picture: Size) -> Option<Rect> {
        let [across, down] = match self.0 {
            Shape::At { left, top, width, height } => [(left, width), (top, height)].map(Span::At),
            Shape::Corners { one, other } => [0, 1].map(|axis| Span::Between(one[axis], other[axis])),
            Shape::Centered { width, height } => [width, height].map(Span::Centered),
        };
        let ((left, width), (top, height)) = (across.resolve(picture.width)?, down.resolve(picture.height)?);
        Some(Rect { left, top, size: Size { width, height } })
    }
}

/// Where a rectangle is along one side of a picture.
enum Span {
    /// The start and the length.
    At((Length, Length)),
    Between(Length, Length),
    Centered(Length),
}

impl Span {
    /// Returns the first pixel and the number of pixels; `None` if there are none.
    fn resolve(self, side: u32) -> Option<(i64, u32)> {
        let count = |length: i64| u32::try_from(length.max(1)).unwrap_or(u32::MAX);
        match self {
            Span::At((start, length)) => Some((start.in_pixels(side), count(length.in_pixels(side)))),
            Span::Between(one, other) => {
                let (one, other) = (one.in_pixels(side), other.in_pixels(side));
                (one != other).then(|| (one.min(other), count((one - other).abs())))
            }
            Span::Centered(length) => {
                let count = count(length.in_pixels(side));
                Some(((i64::from(side) - i64::from(count)).div_euclid(2), count))
            }
        }
    }
}

/// Parses a size such as `400x50%`.
fn size_of(text: &str) -> Result<[Length; 2], RegionError> {
    pair(text, &['x', 'X', '×'])
}

/// Parses two lengths with one of these characters between them.
fn pair(text: &str, between: &[char]) -> Result<[Length; 2], RegionError> {
    let (one, other) = text.split_once(between).ok_or(RegionError::Malformed)?;
    Ok([one.trim().parse()?, other.trim().parse()?])
}

#[cfg(test)]
mod tests;
