//! The further pictures of a JPEG, after its end: those that an MPF segment lists (CIPA DC-007), and a gain map
//! (ISO 21496-1, and its predecessors).

use std::ops::Range;

use seededit_jpeg::segments::{Marker, Segments};

use super::blocks::{APP11, JUMBF};
use super::gain_map::is_gain_map;
use crate::contents::{Contents, Kind};
use crate::format::endian::Endian;
use crate::format::ifd::Ifd;

/// What the APP2 segment that lists further pictures starts with.
pub(super) const MPF: &[u8] = b"MPF\0";
/// What an APP2 segment of a picture with a gain map starts with.
pub(super) const GAIN_MAP: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
/// The namespace of gain maps in XMP metadata, with the property that a picture with one has.
const GAIN_MAP_IN_XMP: &[u8] = b"hdrgm:Version";

/// Counts the pictures. A gain map is none.
pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let found = Found::of(bytes);
    let listed = u32::try_from(found.pictures.len().max(1)).unwrap_or(u32::MAX);
    let count = listed - u32::from(found.has_gain_map && listed > 1);
    let Found { has_gain_map, has_credentials, .. } = found;
    Contents { has_gain_map, has_credentials, ..Contents::of(count, Kind::Pictures) }
}

/// The pictures in the list, or none.
pub(super) fn pictures(bytes: &[u8]) -> Vec<Range<usize>> {
    Found::of(bytes).pictures
}

/// Returns a picture by its index.
pub(crate) fn picture(bytes: &[u8], index: u32) -> Option<Vec<u8>> {
    let range = Found::of(bytes).pictures.get(index as usize)?.clone();
    bytes.get(range).map(<[u8]>::to_vec)
}

#[derive(Default)]
struct Found {
    /// The pictures in the list, or none.
    pictures: Vec<Range<usize>>,
    has_gain_map: bool,
    has_credentials: bool,
}

impl Found {
    fn of(bytes: &[u8]) -> Found {
        let mut found = Found::default();
        let mut segments = Segments::of(bytes);
        while let Ok(Some(segment)) = segments.next_segment() {
            match segment.marker {
                Marker::SOS | Marker::EOI => break,
                Marker::APP1 => found.has_gain_map |= contains(segment.payload, GAIN_MAP_IN_XMP),
                APP11 => {
                    found.has_credentials |=
                        segment.payload.starts_with(JUMBF) && contains(segment.payload, b"c2pa")
                }
                Marker::APP2 if segment.payload.starts_with(GAIN_MAP) => found.has_gain_map = true,
                Marker::APP2 => {
                    if let Some(structure) = segment.payload.strip_prefix(MPF) {
                        let structure_at = segments.position - structure.len();
                        found.pictures = listed(structure, structure_at, bytes.len()).unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
        let mut further = found.pictures.iter().skip(1).filter_map(|range| bytes.get(range.clone()));
        found.has_gain_map |= further.any(is_gain_map);
        found
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The pictures in a list, which are within the file. Offsets count from the list itself; 0 is the file's first picture.
fn listed(structure: &[u8], structure_at: usize, file_len: usize) -> Option<Vec<Range<usize>>> {
    const ENTRIES: u16 = 0xB002;
    const ENTRY_LEN: usize = 16;

    let endian = if structure.starts_with(b"II") { Endian::Little } else { Endian::Big };
    let entries = Ifd::first(structure)?.bytes(ENTRIES)?;
    let range = |entry: &[u8]| {
        let (len, offset) = (endian.offset(entry, 4)?, endian.offset(entry, 8)?);
        let start = if offset == 0 { 0 } else { structure_at.checked_add(offset)? };
        let end = start.checked_add(len)?;
        (end <= file_len).then_some(start..end)
    };
    Some(entries.chunks_exact(ENTRY_LEN).map_while(range).collect())
}
