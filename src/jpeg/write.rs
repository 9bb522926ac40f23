//! Writes coefficients as a JPEG like the one that they were read from.
//!
//! Segments, scans and restart intervals stay. If there is only one scan, its bits are copied except for changed pieces
//! of rows, which are coded like the others. Otherwise, the entropy coding is new: each scan has the Huffman codes that take
//! the fewest bits.

mod bits;
mod blocks;
mod codes;
mod scan;
mod splice;
mod symbols;

use std::ops::Range;
use std::sync::Arc;

use self::scan::ScanWriter;
use self::splice::Splice;
use self::symbols::ScanCodes;
use crate::coefficients::McuRow;
use crate::error::Error;
use crate::frame::Frame;
use crate::layout::{Layout, Scan};
use crate::segments::{Marker, Segment, Segments};
use crate::single_scan::SingleScan;

/// What to write: an original, and its rows of MCUs, some of which changed.
pub(crate) struct Contents<'a, R, C> {
    pub(crate) original: &'a [u8],
    pub(crate) frame: &'a Frame,
    pub(crate) layout: &'a Layout,
    /// The scan of the original, if it has one.
    pub(crate) single_scan: Option<&'a SingleScan<'a>>,
    /// The columns of MCUs that may have changed.
    pub(crate) columns: &'a Range<usize>,
    /// Returns any row by its index.
    pub(crate) rows: R,
    /// Returns a row by its index if it changed. Only these columns of it count.
    pub(crate) changed: C,
}

/// Writes a JPEG. `keeps` decides which comments and application segments are copied. All other segments are.
///
/// # Errors
/// If a coefficient is too large for any code.
pub(crate) fn write<R, C>(
    contents: &Contents<'_, R, C>,
    keeps: impl Fn(&Segment<'_>) -> bool,
) -> Result<Vec<u8>, Error>
where
    R: Fn(usize) -> Option<Arc<McuRow>>,
    C: Fn(usize) -> Option<Arc<McuRow>>,
{
    let Contents { original, frame, layout, .. } = *contents;
    let mut bytes = vec![0xFF, Marker::SOI.0];
    for scan in &layout.scans {
        if let Some(scan) = contents.single_scan {
            let mut spliced = Vec::with_capacity(original.len() + original.len() / 16);
            spliced.extend_from_slice(&bytes);
            copy_segments(original, &layout.scans[0], frame, &keeps, &mut spliced, None);
            let splice = Splice { scan, columns: contents.columns.clone(), changed: &contents.changed };
            if let Some(spliced) = splice.write(spliced) {
                bytes = spliced;
                continue;
            }
        }
        let writer = ScanWriter { frame, scan, rows: &contents.rows };
        let codes = writer.codes()?;
        copy_segments(original, scan, frame, &keeps, &mut bytes, Some(&codes));
        bytes = writer.write(bytes, &codes);
    }
    let mut segments = Segments::of(original);
    segments.position = layout.end;
    while let Ok(Some(segment)) = segments.next_segment() {
        if matches!(segment.marker, Marker::EOI | Marker::SOI | Marker::SOS) {
            break;
        }
        copy_segment(&segment, frame, &keeps, true, &mut bytes);
    }
    bytes.extend([0xFF, Marker::EOI.0]);
    Ok(bytes)
}

/// Copies the segments before the data of a scan. `codes` replace those of the original.
fn copy_segments(
    original: &[u8],
    scan: &Scan,
    frame: &Frame,
    keeps: &impl Fn(&Segment<'_>) -> bool,
    bytes: &mut Vec<u8>,
    codes: Option<&ScanCodes>,
) {
    let mut segments = Segments::of(original.get(..scan.segments.end).unwrap_or_default());
    segments.position = scan.segments.start;
    while let Ok(Some(segment)) = segments.next_segment() {
        if let Some(codes) = codes.filter(|_| segment.marker == Marker::SOS) {
            codes.write(bytes);
        }
        copy_segment(&segment, frame, keeps, codes.is_none(), bytes);
    }
}

/// Copies a segment. Those that describe the entropy coding of the original are copied with `keeps_codes`.
fn copy_segment(
    segment: &Segment<'_>,
    frame: &Frame,
    keeps: &impl Fn(&Segment<'_>) -> bool,
    keeps_codes: bool,
    bytes: &mut Vec<u8>,
) {
    let Segment { marker, payload } = *segment;
    let is_optional = marker == Marker::COM || marker.is_application_data();
    let is_replaced = marker == Marker::DHT && !keeps_codes;
    if is_replaced || marker == Marker::DNL || marker.is_standalone() || (is_optional && !keeps(segment)) {
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
