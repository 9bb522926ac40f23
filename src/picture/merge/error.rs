//! The error of a merge.

use seededit_resize::{ResizeError, Size};

/// Two pictures cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("the pictures have different aspect ratios: {original} and {edited}")]
    AspectRatio { original: Size, edited: Size },
    #[error(transparent)]
    Resize(#[from] ResizeError),
}
