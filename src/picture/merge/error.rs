//! The error of a merge.

use seededit_resize::{ResizeError, Size};

use crate::geometry::Placement;

/// Two pictures cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("the pictures have different aspect ratios: {original} and {edited}")]
    AspectRatio { original: Size, edited: Size },
    /// Nothing tells where the edited picture lies on the original.
    #[error("the pictures have too little in common to put one onto the other")]
    NothingInCommon,
    /// It shows a regular pattern, for example.
    #[error("the edited picture fits the original in more than one place")]
    Ambiguous,
    /// It is soft, and its light and dark areas do not lie where those of the original do.
    #[error("the edited picture shows another part of the original, and has too few details to tell which")]
    Elsewhere,
    #[error("the edited picture shows the original mirrored or rotated")]
    Turned,
    #[error("the edited picture lies outside of the original, which is {original}")]
    Outside { placement: Placement, original: Size },
    #[error(transparent)]
    Resize(#[from] ResizeError),
}
