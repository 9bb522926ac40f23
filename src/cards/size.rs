//! The sizes that a model can be asked for.
//!
//! Most models do not keep the shape of the input unless a size is requested. Each has a grammar in which sizes are
//! written; [`SizeGrammar::solve`] finds the allowed size that is closest to what is wanted.

mod exact;
mod raw;
mod request;
mod solve;

use seededit_resize::Size;
use serde::Deserialize;
use serde_json::Value;

pub use exact::Bounds;
pub use request::{SizeRequest, SizeRequestError};
pub use solve::{ResultSize, Shape, SizeError, Solution};

/// How a model is asked for a size.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "raw::RawSize")]
pub struct SizeGrammar {
    pub form: Form,
    /// What the model returns if no size is sent.
    pub default: DefaultSize,
}

/// The form in which a size is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// The model cannot be asked for a size.
    None,
    /// A word such as `adaptive`.
    Word { field: String, words: Vec<String> },
    /// A tier such as `2K`; the shape is the input's.
    Tier(Tiers),
    /// Any size within bounds.
    Exact { field: String, written: Written, bounds: Bounds },
    /// One of several sizes, as `WIDTHxHEIGHT`.
    List { field: String, sizes: Vec<Size> },
    /// The name of a size.
    Preset { field: String, presets: Vec<(String, Size)> },
    /// An aspect ratio, and a tier if the model has any.
    Ratio {
        field: String,
        /// Width and height.
        ratios: Vec<(u32, u32)>,
        tiers: Option<Tiers>,
        /// The number of pixels of a result, if there are no tiers.
        pixels: u64,
    },
}

/// The form of an exact size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// `"1024x768"`.
    Text,
    /// `{"width": 1024, "height": 768}`.
    Object,
}

/// The resolutions between which a model distinguishes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tiers {
    pub field: String,
    /// In ascending order; not empty.
    pub tiers: Vec<Tier>,
}

/// A resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// What is sent.
    pub value: Value,
    /// The number of pixels of a result.
    pub pixels: u64,
}

/// What a model returns if no size is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultSize {
    /// The shape of the input.
    Input,
    /// The size of the list that is closest to the shape of the input. Ratios are compared in hundredths, and the first
    /// of several at the same distance wins.
    Nearest(Vec<Size>),
    /// What the model chooses.
    Unknown,
    /// A fixed shape.
    Fixed,
}

impl Default for SizeGrammar {
    fn default() -> SizeGrammar {
        SizeGrammar { form: Form::None, default: DefaultSize::Input }
    }
}

/// The number of pixels of a tier such as `1.5K`: that of a square whose sides are that multiple of 1024 pixels.
#[must_use]
pub fn tier_pixels(name: &str) -> Option<u64> {
    let thousands: f64 = name.strip_suffix(['k', 'K'])?.parse().ok()?;
    let side = thousands * 1024.0;
    (0.25..=16.0).contains(&thousands).then_some((side * side) as u64)
}

/// Parses `WIDTHxHEIGHT`.
#[must_use]
pub fn parse_size(text: &str) -> Option<Size> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    let side = |text: &str| text.parse().ok().filter(|side| *side > 0);
    Some(Size { width: side(width)?, height: side(height)? })
}

/// Parses `WIDTH:HEIGHT`.
#[must_use]
pub fn parse_ratio(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(':')?;
    let side = |text: &str| text.parse().ok().filter(|side| (1..=10_000).contains(side));
    Some((side(width)?, side(height)?))
}
