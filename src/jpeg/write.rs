//! Writes coefficients as a JPEG like the one that they were read from.
//!
//! Segments, scans and restart intervals stay. Only the entropy coding is new: each scan has the Huffman codes that take
//! the fewest bits.

mod bits;
mod blocks;
mod codes;
mod scan;
mod symbols;

use self::scan::ScanWriter;
use crate::coefficients::McuRow;
use crate::error::Error;
use crate::frame::Frame;
use crate::layout::{Layout, Scan};
use crate::segments::{Marker, Segment, Segments};

/// Writes a JPEG with the segments and scans of an original, and other coefficients.
///
/// `keeps` decides which comments and application segments are copied. All other segments are.
///
/// # Errors
/// If a coefficient is too large for any code.
pub(crate) fn write<'a>(
    original: &[u8],
    frame: &Frame,
    layout: &Layout,
    rows: impl Fn(usize) -> &'a McuRow,
    keeps: impl Fn(&Segment<'_>) -> bool,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(original.len());
    bytes.extend([0xFF, Marker::SOI.0]);
    for scan in &layout.scans {
        let writer = ScanWriter { frame, scan, rows: &rows };
        let codes = writer.codes()?;
        copy_segments(original, scan, frame, &keeps, &mut bytes, |bytes| codes.write(bytes));
        bytes = writer.write(bytes, &codes);
    }
    let mut segments = Segments::of(original);
    segments.position = layout.end;
    while let Ok(Some(segment)) = segments.next_segment() {
        if matches!(segment.marker, Marker::EOI | Marker::SOI | Marker::SOS) {
            break;
        }
        copy_segment(&segment, frame, &keeps, &mut bytes);
    }
    bytes.extend([0xFF, Marker::EOI.0]);
    Ok(bytes)
}

/// Copies the segments before the data of a scan. Calls `write_codes` before the last one, which is its header.
fn copy_segments(
    original: &[u8],
    scan: &Scan,
    frame: &Frame,
    keeps: &impl Fn(&Segment<'_>) -> bool,
    bytes: &mut Vec<u8>,
    write_codes: impl Fn(&mut Vec<u8>),
) {
    let mut segments = Segments::of(original.get(..scan.segments.end).unwrap_or_default());
    segments.position = scan.segments.start;
    while let Ok(Some(segment)) = segments.next_segment() {
        if segment.marker == Marker::SOS {
            write_codes(bytes);
        }
        copy_segment(&segment, frame, keeps, bytes);
    }
}

/// Copies a segment, unless it describes the entropy coding of the original.
fn copy_segment(
    segment: &Segment<'_>,
    frame: &Frame,
    keeps: &impl Fn(&Segment<'_>) -> bool,
    bytes: &mut Vec<u8>,
) {
    let Segment { marker, payload } = *segment;
    let is_optional = marker == Marker::COM || marker.is_application_data();
    let is_coding = matches!(marker, Marker::DHT | Marker::DAC | Marker::DNL) || marker.is_standalone();
    if is_coding || (is_optional && !keeps(segment)) {
        return;
    }
    let start = bytes.len();
    bytes.extend([0xFF, marker.0]);
    // The length was read from a 16-bit number.
    bytes.extend(((payload.len() + 2) as u16).to_be_bytes());
    bytes.extend(payload);
    if marker.is_frame()
        && let Some(height) = bytes.get_mut(start + 5..start + 7)
    {
        // It is 0 if a DNL segment states the height.
        height.copy_from_slice(&(frame.height as u16).to_be_bytes());
    }
}
