//! Why there is nothing merged.

use seededit_resize::{ResizeError, Size};

/// Why two pictures are not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They do not show the same.
    #[error("the pictures have different aspect ratios: {original} and {edited}")]
    AspectRatio {
        /// The size of the original.
        original: Size,
        /// The size of the edited picture.
        edited: Size,
    },
    /// One of them cannot be scaled.
    #[error(transparent)]
    Resize(#[from] ResizeError),
}
