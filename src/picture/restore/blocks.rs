//! Results that keep the blocks of a JPEG: only those that an edit touches are encoded again.

use image::{DynamicImage, GrayImage, RgbImage};
use seededit_jpeg::{Area, Jpeg, Patch, Stored};
use seededit_resize::Size;

use crate::color::ink::Inks;
use crate::decode::MAX_PIXELS;
use crate::format::jpeg::metadata::is_kept_in_edits;
use crate::geometry::{Orientation, Rect, apply_orientation};
use crate::merge::AlphaMask;

/// A JPEG with an edit.
pub(super) struct EditedBlocks {
    pub(super) bytes: Vec<u8>,
    /// The number of pixels that decoders show differently than those of the original.
    pub(super) changed_pixels: u64,
}

/// New pixels in the orientation and the color model of the file.
struct StoredPatch {
    area: Area,
    coverage: GrayImage,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Puts the covered pixels of an upright result into its original.
///
/// Returns `None` if the original cannot keep its blocks: it is coded arithmetically, it is gray and the result is not,
/// or no colors can be converted to its inks.
pub(super) fn edit(
    original: &[u8],
    orientation: Orientation,
    result: &DynamicImage,
    coverage: &AlphaMask,
) -> Option<EditedBlocks> {
    let stored = Stored::read(Jpeg::parse(original, MAX_PIXELS).ok()?, &mut ()).ok()?;
    let inks = Inks::of(stored.jpeg(), original);
    let patch = |part: &Rect| stored_patch(&stored, inks.as_ref(), orientation, result, coverage, *part);
    let patches: Vec<StoredPatch> = coverage.parts.iter().map(patch).collect::<Option<_>>()?;
    let edited = stored.edit(&patches.iter().map(StoredPatch::as_patch).collect::<Vec<_>>());
    if edited.is_unchanged() {
        return Some(EditedBlocks { bytes: original.to_vec(), changed_pixels: 0 });
    }
    let bytes = edited.write(is_kept_in_edits).ok()?;
    Some(EditedBlocks { bytes, changed_pixels: edited.changed_pixels() })
}

impl StoredPatch {
    fn as_patch(&self) -> Patch<'_> {
        let Self { area, coverage, before, after } = self;
        Patch { area: *area, coverage, before, after }
    }
}

/// A part of an upright result as it is stored.
fn stored_patch(
    stored: &Stored<'_>,
    inks: Option<&Inks>,
    orientation: Orientation,
    result: &DynamicImage,
    coverage: &AlphaMask,
    part: Rect,
) -> Option<StoredPatch> {
    let area = area(orientation.to_stored(part, Size::of(result)));
    let upright = |at: i64| u32::try_from(at).unwrap_or(0);
    let (left, top, Size { width, height }) = (upright(part.left), upright(part.top), part.size);
    let rotated = |image: DynamicImage| apply_orientation(image, orientation.inverse());
    let mask = image::imageops::crop_imm(&coverage.mask, left, top, width, height).to_image();
    let after = rotated(result.crop_imm(left, top, width, height));
    let before = stored.pixels(&area);
    let (before, after) = match (stored.jpeg().frame().components.len(), after) {
        (1, DynamicImage::ImageLuma8(after)) => (before, after.into_raw()),
        (3, DynamicImage::ImageRgb8(after)) => (before, after.into_raw()),
        (4, DynamicImage::ImageRgb8(after)) => {
            let inks = inks?;
            let before = inks.to_rgb(before);
            (inks.of_rgb(&before)?, inks.of_rgb(&RgbImage::into_raw(after))?)
        }
        _ => return None,
    };
    Some(StoredPatch { area, coverage: rotated(mask.into()).into_luma8(), before, after })
}

/// A rectangle within a picture.
fn area(Rect { left, top, size }: Rect) -> Area {
    let offset = |at: i64| usize::try_from(at).unwrap_or(0);
    Area { left: offset(left), top: offset(top), width: size.width as usize, height: size.height as usize }
}

#[cfg(test)]
mod tests;
