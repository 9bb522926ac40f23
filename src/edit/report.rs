//! The changes in a restored picture, in numbers.

use crate::picture::Rect;
use crate::picture::merge::{Extent, Placed};

/// What an edit changed in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeReport {
    /// Whether nothing, some parts or most of it changed.
    pub extent: Extent,
    /// Whether only an area may change: a region or what a mask allows. `extent` is about that area.
    pub is_in_area: bool,
    /// The share of pixels that have something of the answer.
    pub covered: f64,
    /// The share of pixels that readers of the result's file show differently than readers of the original's. All others
    /// are identical.
    pub changed: f64,
    /// Whether the encoding may have changed any pixel, covered or not.
    pub is_reencoded: bool,
    /// The bounding rectangles of the changed parts.
    pub parts: Vec<Rect>,
    /// Where the answer lies on the picture.
    pub placed: Placed,
    /// The share of the result's detail that is the original's, if the whole picture changed.
    pub detail: Option<f64>,
}
