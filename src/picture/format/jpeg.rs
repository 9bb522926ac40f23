//! JPEG (ITU-T T.81): what its segments say, and that every block of it arrived.

mod bits;
mod block;
mod complete;
mod frame;
mod huffman;
pub(crate) mod metadata;
mod scan;
mod segments;
mod spectral_selection;

pub(crate) use self::complete::ensure_complete;
use self::segments::{Marker, Segments};
use crate::format::ifd::exif_orientation;
use crate::format::{Flaw, Format, Header};

pub(crate) fn header(bytes: &[u8]) -> Result<Header, Flaw> {
    let mut frame = None;
    let mut orientation = None;
    let mut segments = Segments::of(bytes);
    while let Ok(segment) = segments.next_segment() {
        match segment.marker {
            Marker::SOS | Marker::EOI => break,
            Marker::APP1 if segment.payload.starts_with(b"Exif\0") => {
                orientation.get_or_insert_with(|| exif_orientation(segment.payload));
            }
            marker if marker.is_frame() => {
                frame.get_or_insert(segment.payload);
            }
            _ => {}
        }
    }
    let frame = frame.ok_or("the frame header is missing")?;
    Ok(Header {
        format: Format::Jpeg,
        size: frame::size(frame)?,
        orientation: orientation.unwrap_or_default(),
        has_alpha: false,
        is_cmyk: frame::components(frame) == Some(4),
    })
}

/// What Adobe's marker says of the colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adobe {
    /// Where in the file it says it.
    pub(crate) transform_at: usize,
    /// Whether the first three of four components are coded as luma and chroma.
    pub(crate) is_ycck: bool,
}

/// Adobe's marker, where there is one before the first scan.
pub(crate) fn adobe(bytes: &[u8]) -> Option<Adobe> {
    /// Behind its name, a version and two words of flags.
    const TRANSFORM: usize = 11;

    let mut segments = Segments::of(bytes);
    loop {
        let segment = segments.next_segment().ok()?;
        match segment.marker {
            Marker::SOS | Marker::EOI => return None,
            Marker::APP14 if segment.payload.starts_with(b"Adobe") => {
                let transform = segment.payload.get(TRANSFORM)?;
                let payload_at = bytes.len() - segments.rest().len() - segment.payload.len();
                return Some(Adobe { transform_at: payload_at + TRANSFORM, is_ycck: *transform == 2 });
            }
            _ => {}
        }
    }
}

/// How many samples across and down the first component has for each of the second; `None` for a picture of
/// one component.
pub(crate) fn luma_to_chroma_ratio(bytes: &[u8]) -> Option<(u8, u8)> {
    let mut segments = Segments::of(bytes);
    loop {
        let segment = segments.next_segment().ok()?;
        if segment.marker.is_frame() {
            return frame::luma_to_chroma_ratio(segment.payload);
        }
    }
}

/// Where in a file with one scan its parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanLayout {
    /// The two bytes of its height, the greater first.
    pub(crate) height_at: usize,
    /// The first entropy-coded byte.
    pub(crate) data_at: usize,
}

/// Where the parts are; `None` where there is no frame before the first scan, or no scan.
pub(crate) fn scan_layout(bytes: &[u8]) -> Option<ScanLayout> {
    let mut segments = Segments::of(bytes);
    let mut height_at = None;
    loop {
        let segment = segments.next_segment().ok()?;
        let end = bytes.len() - segments.rest().len();
        if segment.marker.is_frame() {
            // Behind the number of bits in a sample.
            height_at = Some(end - segment.payload.len() + 1);
        }
        if segment.marker == Marker::SOS {
            return Some(ScanLayout { height_at: height_at?, data_at: end });
        }
    }
}

/// Whether no component has more samples than the first one.
pub(crate) fn is_first_component_finest(bytes: &[u8]) -> bool {
    let mut segments = Segments::of(bytes);
    while let Ok(segment) = segments.next_segment() {
        if segment.marker.is_frame() {
            return frame::is_first_component_finest(segment.payload);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::format::endian::Endian;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;

    #[test]
    fn all_eight_orientations_are_read_in_both_byte_orders() {
        for endian in [Endian::Big, Endian::Little] {
            for value in 1..=8 {
                let exif = tiff(endian, &[(ORIENTATION, value)]);
                let header = header(&fixtures::jpeg_with_exif(&exif)).unwrap();
                assert_eq!(u16::from(header.orientation.value()), value);
            }
        }
    }

    #[test]
    fn every_colour_model_and_process_has_a_size() {
        for (name, bytes) in fixtures::jpegs() {
            assert_eq!(header(&bytes).unwrap().size, fixtures::SIZE, "{name}");
        }
    }

    #[test]
    fn a_thumbnail_inside_the_metadata_is_not_the_picture() {
        let mut bytes = vec![0xFF, 0xD8];
        bytes.extend([0xFF, 0xE1, 0, 23]);
        bytes.extend(b"Exif\0\0");
        bytes.extend([0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
        bytes.extend([0xFF, 0xC2, 0, 11, 8, 0, 0xF0, 1, 0x40, 1, 1, 0x11, 0]);
        assert_eq!(header(&bytes).unwrap().size.to_string(), "320×240");
    }
}
