//! A length as the user types it.

use std::fmt;
use std::str::FromStr;

/// A length in pixels, or as a percentage of a side of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Length {
    Pixels(u32),
    /// Finite and not negative.
    Percent(f64),
}

/// The text is not a length. Holds the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    #[error("`{0}` is neither a number of pixels, like 400, nor a percentage, like 12.5%")]
    Malformed(String),
    #[error("{0} is more pixels than any picture has")]
    TooLong(String),
    #[error("{0} is more than the whole picture: a percentage is at most 100%")]
    AboveWhole(String),
}

impl Length {
    /// The length in pixels. Percentages of `side` are rounded to whole pixels.
    pub(super) fn in_pixels(self, side: u32) -> i64 {
        match self {
            Length::Pixels(pixels) => pixels.into(),
            // A percentage that an earlier release accepted has no upper limit.
            Length::Percent(percent) => {
                (percent / 100.0 * f64::from(side)).round().min(u32::MAX.into()) as i64
            }
        }
    }

    pub(super) fn is_zero(self) -> bool {
        matches!(self, Length::Pixels(0)) || self == Length::Percent(0.0)
    }

    /// Whether it is a percentage of more than the picture.
    pub(super) fn is_above_whole(self) -> bool {
        matches!(self, Length::Percent(percent) if percent > 100.0)
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
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let malformed = || LengthError::Malformed(text.to_owned());
        let (number, is_percentage) = text.strip_suffix('%').map_or((text, false), |number| (number, true));
        // Excludes `+5`, `1e3` and `inf`, which `parse` accepts.
        let is_plain = number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(|c| c.is_ascii_digit() || (is_percentage && c == '.'));
        if !is_plain {
            return Err(malformed());
        }
        if is_percentage {
            let percent: f64 = number.parse().map_err(|_| malformed())?;
            // A number with this many digits overflows.
            return if percent.is_finite() { Ok(Length::Percent(percent)) } else { Err(malformed()) };
        }
        number.parse().map(Length::Pixels).map_err(|_| LengthError::TooLong(text.to_owned()))
    }
}
