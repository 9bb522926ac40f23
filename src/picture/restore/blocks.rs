//! Results that keep the blocks of a JPEG: only those that an edit touches are encoded again.

use std::sync::{Mutex, PoisonError};

use image::{DynamicImage, GrayImage, RgbImage};
use seededit_base::parallel::join;
use seededit_jpeg::{Area, Jpeg, Patch, Pixels, Scale, Stored};
use seededit_resize::{ResizeArea, ResizeError, Size, resize_part};

use crate::color::ink::Inks;
use crate::decode::{MAX_PIXELS, guard};
use crate::format::Header;
use crate::format::jpeg::metadata::is_kept_in_edits;
use crate::geometry::{Orientation, Rect, apply_orientation};
use crate::merge::{AlphaMask, MergedPart, PartialOriginal, ScaledOriginal};

/// A JPEG that is merged into.
pub(super) struct BlockOriginal<'a> {
    bytes: &'a [u8],
    stored: Stored<'a>,
    /// The stored pixels at a fraction of the size, and its divisor.
    scaled: Mutex<Option<(DynamicImage, f64)>>,
    /// How CMYK is converted.
    inks: Option<Inks>,
    orientation: Orientation,
    /// The size when upright.
    size: Size,
}

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

impl<'a> BlockOriginal<'a> {
    /// Reads a JPEG. `share` is the size of the comparison relative to its own.
    ///
    /// Returns `None` if it is damaged, or cannot be written with its blocks: it is coded arithmetically, or no colors can
    /// be converted to its inks.
    pub(super) fn read(bytes: &'a [u8], header: &Header, share: f64) -> Option<Self> {
        guard::catch(|| {
            let jpeg = Jpeg::parse(bytes, MAX_PIXELS).ok()?;
            let inks = Inks::of(&jpeg, bytes);
            if inks.as_ref().is_some_and(|inks| !inks.is_reversible()) {
                return None;
            }
            let (stored, scaled) = match Scale::at_least(share) {
                None => (Stored::read(jpeg, &mut ()).ok()?, None),
                Some(scale) => {
                    let (stored, Pixels { width, height, samples }) =
                        Stored::read_scaled(jpeg, scale).ok()?;
                    let image = image(width, height, samples, inks.as_ref());
                    (stored, Some((image, scale.divisor() as f64)))
                }
            };
            let (orientation, size) = (header.orientation, header.upright());
            let scaled = Mutex::new(scaled);
            Some(Self { bytes, stored, scaled, inks, orientation, size })
        })
        .ok()
        .flatten()
    }

    /// Puts the merged parts into the file. `None` if they cannot be stored: they have a color, and the file has none.
    pub(super) fn edited(&self, parts: Vec<MergedPart>, coverage: &AlphaMask) -> Option<EditedBlocks> {
        let patch = |part: MergedPart| self.stored_patch(part, coverage);
        let patches: Vec<StoredPatch> = parts.into_iter().map(patch).collect::<Option<_>>()?;
        let edited = self.stored.edit(&patches.iter().map(StoredPatch::as_patch).collect::<Vec<_>>());
        if edited.is_unchanged() {
            return Some(EditedBlocks { bytes: self.bytes.to_vec(), changed_pixels: 0 });
        }
        let shown = |samples| match &self.inks {
            Some(inks) => inks.to_rgb(samples),
            None => samples,
        };
        let (bytes, changed_pixels) =
            join(|| edited.write(is_kept_in_edits), || edited.changed_pixels(shown));
        Some(EditedBlocks { bytes: bytes.ok()?, changed_pixels })
    }

    /// Puts the covered parts of an upright result of the same size into the file, like [`Self::edited`].
    pub(super) fn edited_as(&self, result: &DynamicImage, coverage: &AlphaMask) -> Option<EditedBlocks> {
        let offset = |at: i64| u32::try_from(at).unwrap_or(0);
        let part = |area: &Rect| {
            let Size { width, height } = area.size;
            let after = result.crop_imm(offset(area.left), offset(area.top), width, height);
            MergedPart { area: *area, before: self.part(*area), after }
        };
        self.edited(coverage.parts.iter().map(part).collect(), coverage)
    }

    fn stored_patch(&self, part: MergedPart, coverage: &AlphaMask) -> Option<StoredPatch> {
        let MergedPart { area, before, after } = part;
        let rotated = |image: DynamicImage| apply_orientation(image, self.orientation.inverse());
        let coverage = rotated(coverage.of_part(&area).into()).into_luma8();
        let area = stored_area(self.orientation.to_stored(area, self.size));
        let (before, after) = match (rotated(before), rotated(after), &self.inks) {
            (DynamicImage::ImageRgb8(before), DynamicImage::ImageRgb8(after), Some(inks)) => {
                inks.samples(self.stored.pixels(&area), &before, &after)?
            }
            (DynamicImage::ImageRgb8(before), DynamicImage::ImageRgb8(after), None) => {
                (before.into_raw(), after.into_raw())
            }
            (DynamicImage::ImageLuma8(before), DynamicImage::ImageLuma8(after), None) => {
                (before.into_raw(), after.into_raw())
            }
            _ => return None,
        };
        Some(StoredPatch { area, coverage, before, after })
    }
}

impl ScaledOriginal for BlockOriginal<'_> {
    fn size(&self) -> Size {
        self.size
    }

    fn scaled(&self, area: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError> {
        let scaled = self.scaled.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((scaled, divisor)) = &*scaled else {
            let rect = Rect::around(area).clipped(self.size).unwrap_or(Rect::whole(self.size));
            let (left, top) = (area.left - rect.left as f64, area.top - rect.top as f64);
            return resize_part(&self.part(rect), ResizeArea { left, top, ..area }, to);
        };
        let stored_to = if self.orientation.swaps_sides() { to.transposed() } else { to };
        let ResizeArea { left, top, width, height } = self.orientation.area_to_stored(area, self.size);
        let (left, top, width, height) = (left / divisor, top / divisor, width / divisor, height / divisor);
        let area = ResizeArea { left, top, width, height };
        Ok(apply_orientation(resize_part(scaled, area, stored_to)?, self.orientation))
    }
}

impl PartialOriginal for BlockOriginal<'_> {
    fn finish_scaling(&self) {
        self.scaled.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn has_color(&self) -> bool {
        self.stored.jpeg().frame().components.len() > 1
    }

    fn part(&self, area: Rect) -> DynamicImage {
        let area = stored_area(self.orientation.to_stored(area, self.size));
        let pixels = image(area.width, area.height, self.stored.pixels(&area), self.inks.as_ref());
        apply_orientation(pixels, self.orientation)
    }
}

impl StoredPatch {
    fn as_patch(&self) -> Patch<'_> {
        let Self { area, coverage, before, after } = self;
        Patch { area: *area, coverage, before, after }
    }
}

/// The image of stored samples.
fn image(width: usize, height: usize, samples: Vec<u8>, inks: Option<&Inks>) -> DynamicImage {
    // The sides of a JPEG have 16 bits.
    let (columns, rows) = (width as u32, height as u32);
    let samples = match inks {
        Some(inks) => inks.to_rgb(samples),
        None => samples,
    };
    if samples.len() == width * height {
        GrayImage::from_raw(columns, rows, samples).map(DynamicImage::from).unwrap_or_default()
    } else {
        RgbImage::from_raw(columns, rows, samples).map(DynamicImage::from).unwrap_or_default()
    }
}

/// A rectangle within a stored picture.
fn stored_area(Rect { left, top, size }: Rect) -> Area {
    let offset = |at: i64| usize::try_from(at).unwrap_or(0);
    Area { left: offset(left), top: offset(top), width: size.width as usize, height: size.height as usize }
}

#[cfg(test)]
mod tests;
