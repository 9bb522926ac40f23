//! How it is decided where an edited picture lies, and the text for that.

use std::fmt;
use std::str::FromStr;

use crate::geometry::Placement;

/// Where an edited picture lies on the original.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PlacementMode {
    /// Where both pictures show the same.
    #[default]
    Auto,
    /// On all of the original, or on the part of it that was uploaded.
    Exact,
    /// There, in pixels of the upright original.
    At(Placement),
}

/// The text is not a placement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a placement is auto, exact or X,Y,WxH in pixels of the original, for example 0,-124,1024x1024")]
pub struct PlacementError;

impl FromStr for PlacementMode {
    type Err = PlacementError;

    fn from_str(text: &str) -> Result<Self, PlacementError> {
        match text {
            "auto" => return Ok(PlacementMode::Auto),
            "exact" => return Ok(PlacementMode::Exact),
            _ => {}
        }
        let (x, rest) = text.split_once(',').ok_or(PlacementError)?;
        let (y, size) = rest.split_once(',').ok_or(PlacementError)?;
        let (width, height) = size.split_once(['x', 'X', '×']).ok_or(PlacementError)?;
        /// In pixels. The sides of pictures are smaller.
        const LARGEST: f64 = 1e6;
        let number = |text: &str| {
            let is_plain = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
            let number = text.parse().ok().filter(|number: &f64| is_plain && number.abs() <= LARGEST);
            number.ok_or(PlacementError)
        };
        let (x, y, width, height) = (number(x)?, number(y)?, number(width)?, number(height)?);
        if width <= 0.0 || height <= 0.0 {
            return Err(PlacementError);
        }
        Ok(PlacementMode::At(Placement { x, y, width, height, angle: 0.0 }))
    }
}

/// The text that it was parsed from.
impl fmt::Display for PlacementMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlacementMode::Auto => f.write_str("auto"),
            PlacementMode::Exact => f.write_str("exact"),
            PlacementMode::At(Placement { x, y, width, height, .. }) => write!(f, "{x},{y},{width}x{height}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_is_a_word_or_a_position_and_a_size() {
        for text in ["auto", "exact", "0,-124.5,1024x1024"] {
            assert_eq!(text.parse::<PlacementMode>().unwrap().to_string(), text);
        }
        let Ok(PlacementMode::At(placement)) = "1.5,.5,10X20".parse() else { panic!() };
        assert_eq!((placement.x, placement.y, placement.width, placement.height), (1.5, 0.5, 10.0, 20.0));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "here",
            "1,2",
            "1,2,3",
            "1,2,0x5",
            "1,2,-3x5",
            "nan,0,1x1",
            "1,2,inf x3",
            "1e9,0,5x5",
            "+1,0,5x5",
        ] {
            assert_eq!(text.parse::<PlacementMode>(), Err(PlacementError), "{text}");
        }
    }
}
