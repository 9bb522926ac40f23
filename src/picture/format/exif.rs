//! EXIF metadata (CIPA DC-008): changed in place, so that everything that refers to offsets stays valid, such as the notes
//! of a camera.

pub(crate) mod selection;

use std::ops::Range;

use seededit_resize::Size;

use super::ifd::{Ifd, ORIENTATION};
use crate::geometry::Orientation;

/// Tags of the first directory.
pub(crate) const EXIF_DIRECTORY: u16 = 0x8769;
pub(crate) const GPS_DIRECTORY: u16 = 0x8825;
const IMAGE_WIDTH: u16 = 0x0100;
const IMAGE_LENGTH: u16 = 0x0101;
/// Tags of the EXIF directory.
pub(crate) const INTEROPERABILITY_DIRECTORY: u16 = 0xA005;
pub(crate) const MAKER_NOTE: u16 = 0x927C;
const PIXEL_X_DIMENSION: u16 = 0xA002;
const PIXEL_Y_DIMENSION: u16 = 0xA003;
/// Tags of the interoperability directory.
const RELATED_IMAGE_WIDTH: u16 = 0x1001;
const RELATED_IMAGE_LENGTH: u16 = 0x1002;
/// Tags of the directory of the thumbnail.
const STRIP_OFFSETS: u16 = 0x0111;
const STRIP_BYTE_COUNTS: u16 = 0x0117;
const THUMBNAIL_OFFSET: u16 = 0x0201;
const THUMBNAIL_LENGTH: u16 = 0x0202;

/// What EXIF metadata says about another picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revision {
    /// The size of the picture as stored.
    pub(crate) size: Size,
    /// `None` leaves the orientation as it is.
    pub(crate) orientation: Option<Orientation>,
}

/// Returns EXIF metadata with another size and orientation, and without the thumbnail. Nothing else changes, and nothing
/// moves. Returns `None` if its structure is damaged or unusual.
pub(crate) fn revised(exif: &[u8], revision: Revision) -> Option<Vec<u8>> {
    let first = Ifd::first(exif).filter(|ifd| ifd.is_classic() && ifd.is_complete())?;
    let details = first.directory(EXIF_DIRECTORY).filter(|ifd| ifd.is_complete());
    let interoperability =
        details.and_then(|ifd| ifd.directory(INTEROPERABILITY_DIRECTORY)).filter(|ifd| ifd.is_complete());
    let mut revised = exif.to_vec();
    let Size { width, height } = revision.size;
    let mut set = |ifd: Ifd<'_>, tag: u16, value: u32| ifd.set_value(&mut revised, tag, value);
    if let Some(orientation) = revision.orientation {
        set(first, ORIENTATION, orientation.value().into());
    }
    set(first, IMAGE_WIDTH, width);
    set(first, IMAGE_LENGTH, height);
    if let Some(details) = details {
        set(details, PIXEL_X_DIMENSION, width);
        set(details, PIXEL_Y_DIMENSION, height);
    }
    if let Some(interoperability) = interoperability {
        set(interoperability, RELATED_IMAGE_WIDTH, width);
        set(interoperability, RELATED_IMAGE_LENGTH, height);
    }
    if let Some(thumbnail) = first.next() {
        let directories: Vec<Ifd<'_>> =
            [Some(first), details, interoperability, first.directory(GPS_DIRECTORY)]
                .into_iter()
                .flatten()
                .collect();
        let mut needed: Vec<Range<usize>> = directories.iter().map(|ifd| ifd.range()).collect();
        needed.extend(details.and_then(|ifd| ifd.range_of(MAKER_NOTE)));
        let erased = thumbnail_ranges(thumbnail, exif.len());
        let overlaps = |range: &Range<usize>| {
            needed.iter().any(|needed| range.start < needed.end && needed.start < range.end)
        };
        if erased.iter().any(overlaps) {
            return None;
        }
        for range in &erased {
            revised.get_mut(range.clone())?.fill(0);
        }
        first.make_last(&mut revised)?;
        // The thumbnail is mostly the last part.
        if let Some(last) = erased.iter().find(|range| range.end + 1 >= exif.len()) {
            revised.truncate(last.start);
        }
    }
    Some(revised)
}

/// The directory of the thumbnail, and its picture: a JPEG, or strips of pixels.
fn thumbnail_ranges(thumbnail: Ifd<'_>, len: usize) -> Vec<Range<usize>> {
    let pairs = [(THUMBNAIL_OFFSET, THUMBNAIL_LENGTH), (STRIP_OFFSETS, STRIP_BYTE_COUNTS)];
    let pictures = pairs.into_iter().flat_map(|(offsets, lengths)| {
        let values = |tag| thumbnail.values(tag).unwrap_or_default();
        values(offsets).into_iter().zip(values(lengths)).collect::<Vec<_>>()
    });
    let range = |(offset, length): (u32, u32)| {
        let start = usize::try_from(offset).ok()?.min(len);
        Some(start..start.saturating_add(usize::try_from(length).ok()?).min(len))
    };
    let mut ranges: Vec<_> = pictures.filter_map(range).filter(|range| !range.is_empty()).collect();
    ranges.push(thumbnail.range());
    ranges
}

#[cfg(test)]
pub(crate) mod tests;
