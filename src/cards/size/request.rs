//! The sizes that a user can ask for.

use std::fmt;
use std::str::FromStr;

use seededit_resize::Size;

use super::{parse_ratio, parse_size, tier_pixels};

/// What a user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SizeRequest {
    /// `1024x768`.
    Exact(Size),
    /// `16:9`: this shape, with about the pixels of the input.
    Ratio(u32, u32),
    /// `2K`: the shape of the input, with about the pixels of this tier.
    Tier(String),
    /// A word that the model knows, such as `adaptive`.
    Word(String),
}

/// A text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a size is WIDTHxHEIGHT, a ratio such as 16:9, 1K to 4K, or `adaptive`")]
pub struct SizeRequestError;

impl FromStr for SizeRequest {
    type Err = SizeRequestError;

    fn from_str(text: &str) -> Result<SizeRequest, SizeRequestError> {
        let text = text.trim();
        if let Some(size) = parse_size(text) {
            return Ok(SizeRequest::Exact(size));
        }
        if let Some((width, height)) = parse_ratio(text) {
            return Ok(SizeRequest::Ratio(width, height));
        }
        if tier_pixels(text).is_some() {
            return Ok(SizeRequest::Tier(text.to_ascii_uppercase()));
        }
        let is_word = text.len() > 2
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_word { Ok(SizeRequest::Word(text.to_owned())) } else { Err(SizeRequestError) }
    }
}

impl fmt::Display for SizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeRequest::Exact(size) => write!(f, "{}x{}", size.width, size.height),
            SizeRequest::Ratio(width, height) => write!(f, "{width}:{height}"),
            SizeRequest::Tier(name) | SizeRequest::Word(name) => f.write_str(name),
        }
    }
}
