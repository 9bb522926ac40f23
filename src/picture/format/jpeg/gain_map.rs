//! The gain map of a JPEG: a second picture behind its end (Ultra HDR, ISO 21496-1, and the maps of Apple).

use seededit_jpeg::segments::{Marker, Segment, Segments};

use super::blocks::{XMP, first_picture_len};
use super::metadata::is_needed;
use super::pictures::{GAIN_MAP, MPF, pictures};

/// What maps of Apple name in their XMP metadata.
const APPLE: &[u8] = b"apple.com/HDRGainMap";
const HDRGM: &[u8] = b"http://ns.adobe.com/hdr-gain-map/1.0/";

/// A gain map in the file of its picture.
pub(crate) struct Embedded<'a> {
    /// The file of the map.
    pub(crate) map: &'a [u8],
    /// The version in the picture's own segment of ISO 21496-1, with its name.
    pub(crate) version: Option<&'a [u8]>,
    /// Whether the XMP metadata of the picture says that there is one.
    pub(crate) is_in_xmp: bool,
}

/// Finds the gain map: the first picture with one's metadata, in the list of pictures, or else behind the end.
pub(crate) fn find(bytes: &[u8]) -> Option<Embedded<'_>> {
    let behind = || {
        let rest = bytes.get(first_picture_len(bytes)..)?;
        rest.starts_with(b"\xFF\xD8\xFF").then_some(rest)
    };
    let listed: Vec<&[u8]> =
        pictures(bytes).into_iter().skip(1).filter_map(|range| bytes.get(range)).collect();
    let map = listed.into_iter().chain(behind()).find(|picture| is_gain_map(picture))?;
    let version = header(bytes)
        .find(|segment| segment.marker == Marker::APP2 && segment.payload.starts_with(GAIN_MAP))
        .map(|segment| segment.payload);
    let is_in_xmp = header(bytes).any(|segment| is_xmp_with(&segment, HDRGM));
    Some(Embedded { map, version, is_in_xmp })
}

/// Whether a picture is a gain map, by its metadata.
pub(crate) fn is_gain_map(picture: &[u8]) -> bool {
    header(picture).any(|segment| {
        is_xmp_with(&segment, HDRGM) || is_xmp_with(&segment, APPLE) || iso_parameters(&segment).is_some()
    })
}

/// Whether a map is of Apple's kind, in which 0 is no gain.
pub(crate) fn is_of_apple(map: &[u8]) -> bool {
    header(map).any(|segment| is_xmp_with(&segment, APPLE))
}

/// The parameters of a map in its segment of ISO 21496-1.
pub(crate) fn parameters(map: &[u8]) -> Option<&[u8]> {
    header(map).find_map(|segment| iso_parameters(&segment))
}

/// The segment of a picture has a version of four bytes; that of a map has more.
fn iso_parameters<'a>(segment: &Segment<'a>) -> Option<&'a [u8]> {
    const VERSION_LEN: usize = 4;

    let content = segment.payload.strip_prefix(GAIN_MAP).filter(|_| segment.marker == Marker::APP2)?;
    (content.len() > VERSION_LEN).then_some(content)
}

fn is_xmp_with(segment: &Segment<'_>, text: &[u8]) -> bool {
    segment.marker == Marker::APP1
        && segment.payload.starts_with(XMP)
        && segment.payload.windows(text.len()).any(|window| window == text)
}

/// The segments before the first scan.
fn header(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut segments = Segments::of(bytes);
    std::iter::from_fn(move || segments.next_segment().ok().flatten())
        .take_while(|segment| !matches!(segment.marker, Marker::SOS | Marker::EOI))
}

/// Writes the metadata of a map to another encoding of it.
pub(crate) fn with_metadata_of(map: &[u8], encoded: &[u8]) -> Option<Vec<u8>> {
    let mut metadata = Vec::new();
    for segment in header(map) {
        let is_list = segment.marker == Marker::APP2 && segment.payload.starts_with(MPF);
        let is_profile = segment.payload.starts_with(b"ICC_PROFILE\0");
        if !is_list && (is_profile || !is_needed(&segment)) {
            append(&mut metadata, segment.marker, segment.payload)?;
        }
    }
    insert(encoded, &metadata)
}

/// Joins a picture and its map, with a list of both (CIPA DC-007).
pub(crate) fn joined(picture: &[u8], version: Option<&[u8]>, map: &[u8]) -> Option<Vec<u8>> {
    /// The marker, the length and the name.
    const LIST_AT: usize = 2 + 2 + MPF.len();
    /// A directory of three entries, and two pictures of 16 bytes.
    const LIST_LEN: usize = 8 + 2 + 3 * 12 + 4 + 2 * 16;
    /// The picture that is shown, in a format that all readers know.
    const PRIMARY: u32 = 0x0003_0000;

    let mut segments = Vec::new();
    if let Some(version) = version {
        append(&mut segments, Marker::APP2, version)?;
    }
    let list_at = insertion_point(picture)? + segments.len() + LIST_AT;
    let len = picture.len() + segments.len() + LIST_AT + LIST_LEN;
    let long = |number: usize| u32::try_from(number).ok();
    let mut list = b"MPF\0MM\0*\0\0\0\x08\0\x03".to_vec();
    list.extend(b"\xB0\0\0\x07\0\0\0\x040100\xB0\x01\0\x04\0\0\0\x01\0\0\0\x02\xB0\x02\0\x07\0\0\0\x20\0\0\0\x32\0\0\0\0");
    for number in [PRIMARY, long(len)?, 0, 0, 0, long(map.len())?, long(len - list_at)?, 0] {
        list.extend(number.to_be_bytes());
    }
    append(&mut segments, Marker::APP2, &list)?;
    Some([insert(picture, &segments)?.as_slice(), map].concat())
}

fn append(bytes: &mut Vec<u8>, marker: Marker, payload: &[u8]) -> Option<()> {
    let length = u16::try_from(payload.len() + 2).ok()?;
    bytes.extend([0xFF, marker.0]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(payload);
    Some(())
}

fn insert(picture: &[u8], segments: &[u8]) -> Option<Vec<u8>> {
    let at = insertion_point(picture)?;
    Some([picture.get(..at)?, segments, picture.get(at..)?].concat())
}

/// The end of the application data at the start of a picture.
fn insertion_point(picture: &[u8]) -> Option<usize> {
    let mut segments = Segments::of(picture);
    let mut at = 0;
    loop {
        let segment = segments.next_segment().ok()??;
        if segment.marker != Marker::SOI && !segment.marker.is_application_data() {
            return Some(at);
        }
        at = segments.position;
    }
}
