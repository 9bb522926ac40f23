//! What became of a picture, in numbers.

use crate::picture::Rect;
use crate::picture::merge::Extent;

/// What changed of a picture, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeReport {
    /// How much.
    pub extent: Extent,
    /// The share of pixels that differ from the original's, before the result is encoded. All others are identical.
    pub changed: f64,
    /// Rectangles around what changed.
    pub parts: Vec<Rect>,
}
