//! Merges into an original of which only parts are decoded.

use image::DynamicImage;
use rayon::join;
use seededit_resize::{ResizeError, Size};

use super::pair::Pair;
use super::{AlphaMask, Edited, Extent, Found, MergeError, MergeOptions, Prepared};
use crate::geometry::Rect;

/// An opaque, upright original with 8 bits per sample.
pub(crate) trait PartialOriginal: Sync {
    fn size(&self) -> Size;

    /// Whether its pixels have a color.
    fn has_color(&self) -> bool;

    /// Scales a rectangle of it.
    ///
    /// # Errors
    /// If the size is empty, or the rectangle is not within the picture.
    fn scaled(&self, area: Rect, to: Size) -> Result<DynamicImage, ResizeError>;

    /// The pixels of a rectangle within it.
    fn part(&self, area: Rect) -> DynamicImage;
}

/// A part of an original, and what an edit makes of it.
pub(crate) struct MergedPart {
    pub(crate) area: Rect,
    pub(crate) before: DynamicImage,
    pub(crate) after: DynamicImage,
}

/// The result of a merge into parts of an original.
pub(crate) struct MergedParts {
    pub(crate) parts: Vec<MergedPart>,
    pub(crate) extent: Extent,
    pub(crate) coverage: AlphaMask,
}

/// Finds what an edit changed, and blends it into the original, like [`merge`](super::merge()).
///
/// Returns `None` if the whole original is replaced.
///
/// # Errors
/// If a picture cannot be scaled.
pub(crate) fn merge_parts(
    original: &dyn PartialOriginal,
    Prepared { edited, pixels, features }: Prepared,
    allowed: Option<&AlphaMask>,
    options: MergeOptions,
) -> Result<Option<MergedParts>, MergeError> {
    let pair = Pair::of_parts(original, pixels, edited.frame)?;
    Ok(match super::find(&pair, features, options, original.size()) {
        Found::Whole => match allowed {
            None => None,
            Some(coverage) => {
                let placed = place_parts(original, &edited, coverage.clone())?;
                Some(MergedParts { extent: Extent::Whole, ..placed })
            }
        },
        Found::Nothing => {
            let coverage = AlphaMask::none(original.size());
            Some(MergedParts { parts: Vec::new(), extent: Extent::Nothing, coverage })
        }
        Found::Parts(found) => {
            let (coverage, color_match) = join(|| found.coverage(allowed), || found.color_match(&pair));
            let parts = pair.blend_parts(original, &edited.image, &coverage, &color_match)?;
            let extent = if parts.is_empty() { Extent::Nothing } else { Extent::Parts };
            Some(MergedParts { parts, extent, coverage })
        }
    })
}

/// Blends an edited picture into the original by its coverage, like [`place`](super::place).
///
/// # Errors
/// If a picture cannot be scaled.
pub(crate) fn place_parts(
    original: &dyn PartialOriginal,
    edited: &Edited,
    coverage: AlphaMask,
) -> Result<MergedParts, MergeError> {
    let pair = Pair::of_parts(original, edited.comparison_pixels()?, edited.frame)?;
    let color_match = super::placed_color_match(&pair, &coverage);
    let parts = pair.blend_parts(original, &edited.image, &coverage, &color_match)?;
    Ok(MergedParts { parts, extent: Extent::Parts, coverage })
}
