//! The changes in a restored picture, in numbers.

use crate::picture::Rect;
use crate::picture::merge::{Extent, Placed};

/// What an edit changed in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeReport {
    /// Whether nothing, some parts or most of it changed.
    pub extent: Extent,
    /// The share of pixels that differ from the original's, before the result is encoded. All others are identical.
    pub changed: f64,
    /// The bounding rectangles of the changed parts.
    pub parts: Vec<Rect>,
    /// Where the answer lies on the picture.
    pub placed: Placed,
    /// The share of the result's detail that is the original's, if the whole picture changed.
    pub detail: Option<f64>,
}
