//! What became of a picture, in numbers.

use crate::picture::Rect;
use crate::picture::merge::Extent;

/// What changed of a picture, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeReport {
    /// How much.
    pub extent: Extent,
    /// How many pixels may come from the answer, as a share.
    pub changed: f64,
    /// How many pixels are the original's, as a share.
    pub identical: f64,
    /// Rectangles around what changed.
    pub parts: Vec<Rect>,
}
