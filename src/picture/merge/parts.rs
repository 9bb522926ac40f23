//! Merges into an original of which only parts are decoded.

use image::DynamicImage;
use seededit_base::parallel::join;

use super::align::{Aligned, ScaledOriginal, align};
use super::{AlphaMask, Edited, Extent, Found, MergeError, MergeOptions, Placed, PlacementMode, Prepared};
use crate::geometry::Rect;

/// An opaque, upright original with 8 bits per sample.
pub(crate) trait PartialOriginal: ScaledOriginal {
    /// Whether its pixels have a color.
    fn has_color(&self) -> bool;

    /// Frees what only [`ScaledOriginal::scaled`] needs. After this, it decodes what it scales.
    fn finish_scaling(&self);

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
    pub(crate) placed: Placed,
}

/// Finds what an edit changed, and blends it into the original, like [`merge`](super::merge()).
///
/// Returns `None` if the whole original is replaced.
///
/// # Errors
/// See [`MergeError`].
pub(crate) fn merge_parts(
    original: &dyn PartialOriginal,
    prepared: Prepared,
    allowed: Option<&AlphaMask>,
    options: MergeOptions,
) -> Result<Option<MergedParts>, MergeError> {
    let (aligned, features) = super::aligned(original, prepared, allowed, options)?;
    original.finish_scaling();
    let placed = aligned.placed;
    Ok(match super::find(&aligned, features, options, original.size())? {
        Found::Whole(_) => match allowed {
            None => None,
            Some(coverage) => Some(place_aligned(original, &aligned, coverage.clone(), Extent::Whole)?),
        },
        Found::Nothing => {
            let coverage = AlphaMask::none(original.size());
            Some(MergedParts { parts: Vec::new(), extent: Extent::Nothing, coverage, placed })
        }
        Found::Parts(found) => {
            let Aligned { edited, pair, .. } = &aligned;
            let (coverage, color_match) = join(|| found.coverage(allowed), || found.color_match(pair));
            let parts = pair.blend_parts(original, &edited.image, &coverage, &color_match)?;
            let extent = if parts.is_empty() { Extent::Nothing } else { Extent::Parts };
            Some(MergedParts { parts, extent, coverage, placed })
        }
    })
}

/// Blends an edited picture into the original by its coverage, like [`place`](super::place).
///
/// # Errors
/// See [`MergeError`].
pub(crate) fn place_parts(
    original: &dyn PartialOriginal,
    edited: Edited,
    coverage: AlphaMask,
    mode: PlacementMode,
) -> Result<MergedParts, MergeError> {
    let pixels = edited.comparison_pixels()?;
    let aligned = align(original, edited, pixels, mode, false)?;
    original.finish_scaling();
    place_aligned(original, &aligned, coverage, Extent::Parts)
}

fn place_aligned(
    original: &dyn PartialOriginal,
    aligned: &Aligned,
    coverage: AlphaMask,
    extent: Extent,
) -> Result<MergedParts, MergeError> {
    let Aligned { edited, pair, placed, .. } = aligned;
    let coverage = aligned.covered(coverage);
    let color_match = super::placed_color_match(pair, &coverage);
    let parts = pair.blend_parts(original, &edited.image, &coverage, &color_match)?;
    Ok(MergedParts { parts, extent, coverage, placed: *placed })
}
