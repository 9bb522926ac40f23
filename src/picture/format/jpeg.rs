//! JPEG (ITU-T T.81): its header, its layout and its metadata.

pub(crate) mod blocks;
mod frame;
pub(crate) mod gain_map;
mod icc;
pub(crate) mod metadata;
pub(crate) mod pictures;
pub(crate) mod repair;

pub(crate) use self::icc::{add_icc_profile, icc_profile};
use crate::decode::MAX_PIXELS;
use crate::format::ifd::exif_orientation;
use crate::format::{Format, Header, Reason};
use seededit_jpeg::Jpeg;
use seededit_jpeg::segments::{Marker, Segments};

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let mut frame = None;
    let mut orientation = None;
    let mut segments = Segments::of(bytes);
    while let Ok(Some(segment)) = segments.next_segment() {
        match segment.marker {
            Marker::SOS | Marker::EOI => break,
            Marker::APP1 if segment.payload.starts_with(b"Exif\0") => {
                orientation.get_or_insert_with(|| exif_orientation(segment.payload));
            }
            marker if marker.is_frame() => {
                frame.get_or_insert((segment.payload, marker));
            }
            _ => {}
        }
    }
    let (frame, process) = frame.ok_or("the frame header is missing")?;
    Ok(Header {
        orientation: orientation.unwrap_or_default(),
        model: frame::color_model(frame),
        is_rare: process.is_arithmetic_frame(),
        ..Header::new(Format::Jpeg, frame::size(frame)?)
    })
}

/// The quality, from 1 to 100, at which the common encoders quantize about as coarsely. Returns `None` for other formats,
/// damaged headers, and tables that are defined late.
pub(crate) fn quality(bytes: &[u8]) -> Option<u8> {
    Jpeg::parse(bytes, MAX_PIXELS).ok()?.quality()
}

/// The horizontal and vertical number of samples of the first component for each sample of the second one. Returns
/// `None` if there is only one component.
pub(crate) fn luma_to_chroma_ratio(bytes: &[u8]) -> Option<(u8, u8)> {
    let mut segments = Segments::of(bytes);
    loop {
        let segment = segments.next_segment().ok()??;
        if segment.marker.is_frame() {
            return frame::luma_to_chroma_ratio(segment.payload);
        }
    }
}

/// Offsets in a file with one scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanLayout {
    /// The height in the frame header: two bytes in big-endian order.
    pub(crate) height_at: usize,
    /// The entropy-coded data.
    pub(crate) data_at: usize,
}

/// Finds the layout. Returns `None` without a scan, or without a frame header before it.
pub(crate) fn scan_layout(bytes: &[u8]) -> Option<ScanLayout> {
    let mut segments = Segments::of(bytes);
    let mut height_at = None;
    loop {
        let segment = segments.next_segment().ok()??;
        let end = segments.position;
        if segment.marker.is_frame() {
            // After the sample precision.
            height_at = Some(end - segment.payload.len() + 1);
        }
        if segment.marker == Marker::SOS {
            return Some(ScanLayout { height_at: height_at?, data_at: end });
        }
    }
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
                let header = read_header(&fixtures::jpeg_with_exif(&exif)).unwrap();
                assert_eq!(u16::from(header.orientation.value()), value);
            }
        }
    }

    #[test]
    fn the_size_of_each_color_model_and_process_is_read() {
        for (name, bytes) in fixtures::jpegs() {
            assert_eq!(read_header(&bytes).unwrap().size, fixtures::SIZE, "{name}");
        }
    }

    #[test]
    fn a_thumbnail_in_the_metadata_is_not_the_picture() {
        let mut bytes = vec![0xFF, 0xD8];
        bytes.extend([0xFF, 0xE1, 0, 23]);
        bytes.extend(b"Exif\0\0");
        bytes.extend([0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
        bytes.extend([0xFF, 0xC2, 0, 11, 8, 0, 0xF0, 1, 0x40, 1, 1, 0x11, 0]);
        assert_eq!(read_header(&bytes).unwrap().size.to_string(), "320×240");
    }
}
