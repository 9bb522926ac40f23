//! Checks that a JPEG is complete.

use super::frame::{Component, Frame};
use super::huffman::Tables;
use super::scan::{self, Progress};
use super::segments::{Marker, Segment, Segments};
use crate::format::Reason;
use crate::format::endian::Endian;

/// The most scans. Encoders write about ten; many more would only take time.
const MAX_SCANS: usize = 100;

/// Reads each code of each scan up to the end marker, as a decoder does.
///
/// Decoders show as much as they can of a damaged picture: they invent missing pixels, so a truncated picture seems
/// complete. Here it is an error if the bits of a block, a scan of a progressive picture, or the end marker is missing.
/// Bytes after the end marker do not matter.
///
/// Also refuses markers without a segment outside of scans: some decoders skip two bytes, others read a length.
///
/// Cannot detect damage that leaves all codes readable: a byte that was changed, not lost. Refuses a progressive
/// picture whose encoder left out the lowest bits on purpose; the usual encoders do not.
pub(crate) fn ensure_complete(bytes: &[u8]) -> Result<(), Reason> {
    let mut picture = None;
    let mut tables = Tables::default();
    let mut quantization_tables = 0;
    let mut restart_interval = 0;
    let mut scans = 0;
    // Some encoders write a restart marker after the last block, too.
    let mut is_after_scan = false;
    let mut segments = Segments::of(bytes);
    if segments.next_segment()?.marker != Marker::SOI {
        return Err("the start marker is missing");
    }
    loop {
        let Segment { marker, payload } = segments.next_segment()?;
        if is_after_scan && marker.is_restart() {
            continue;
        }
        is_after_scan = marker == Marker::SOS;
        match (marker, &mut picture) {
            (Marker::EOI, None) => return Err("the image data is missing"),
            (Marker::EOI, Some(Picture { frame, progress })) => {
                if !progress.iter().all(Progress::is_complete) {
                    return Err("the last scans are missing");
                }
                let has_table = |component: &Component| {
                    let slot = 1_u16.checked_shl(component.quantization_table.into()).unwrap_or(0);
                    quantization_tables & slot != 0
                };
                if !frame.components.iter().all(has_table) {
                    return Err("a quantization table is missing");
                }
                return Ok(());
            }
            (Marker::DHT, _) => tables.define(payload)?,
            (Marker::DQT, _) => quantization_tables |= defined_slots(payload)?,
            (Marker::DRI, _) => {
                restart_interval = Endian::Big
                    .u16(payload, 0)
                    .map(usize::from)
                    .ok_or("the restart interval is truncated")?;
            }
            (Marker::SOS, None) => return Err("a scan comes before the frame header"),
            (Marker::SOS, Some(Picture { frame, progress })) => {
                scans += 1;
                if scans > MAX_SCANS {
                    return Err("it has too many scans");
                }
                scan::read(payload, &mut segments, frame, &tables, restart_interval, progress)?;
            }
            (marker, None) if marker.is_frame() => {
                picture = Some(Picture::new(Frame::parse(marker, payload)?, bytes.len())?);
            }
            (marker, Some(_)) if marker.is_frame() => return Err("there are two frame headers"),
            (marker, _) if marker.is_standalone() => return Err("a marker is in the wrong place"),
            _ => {}
        }
    }
}

/// The slots that a DQT segment defines, as bits. A table has 64 bytes or 64 words (T.81, B.2.4.1).
fn defined_slots(mut payload: &[u8]) -> Result<u16, Reason> {
    let mut slots = 0;
    while let Some((&precision_and_slot, rest)) = payload.split_first() {
        let (length, slot) = (64 << (precision_and_slot >> 4 & 1), precision_and_slot & 15);
        payload = rest.get(length..).ok_or("a quantization table is truncated")?;
        slots |= 1 << slot;
    }
    Ok(slots)
}

struct Picture {
    frame: Frame,
    /// The progress of each component.
    progress: Vec<Progress>,
}

impl Picture {
    fn new(frame: Frame, bytes: usize) -> Result<Self, Reason> {
        // Each block has at least a bit, so a few bytes cannot request more memory than 64 times their number.
        if frame.blocks() > bytes.saturating_mul(8) {
            return Err("it has too few bytes for its dimensions");
        }
        let progress =
            frame.components.iter().map(|component| Progress::new(component, frame.is_progressive)).collect();
        Ok(Self { frame, progress })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const EOI: [u8; 2] = [0xFF, 0xD9];

    #[test]
    fn complete_pictures_of_all_kinds_are_accepted() {
        for (name, bytes) in fixtures::jpegs() {
            assert_eq!(ensure_complete(&bytes), Ok(()), "{name}");
        }
    }

    #[test]
    fn bytes_after_the_end_marker_do_not_matter() {
        let bytes = [fixtures::baseline_jpeg(), fixtures::png()].concat();
        assert_eq!(ensure_complete(&bytes), Ok(()));
    }

    #[test]
    fn markers_without_a_segment_are_refused_outside_of_scans() {
        let picture = fixtures::baseline_jpeg();
        let end = picture.len() - EOI.len();
        for marker in [0x01, 0xD0, 0xD7, 0xD8] {
            let inserted = |at: usize| [&picture[..at], &[0xFF, marker], &picture[at..]].concat();
            assert!(ensure_complete(&inserted(2)).is_err(), "{marker:x}");
            let is_restart = matches!(marker, 0xD0..=0xD7);
            assert_eq!(ensure_complete(&inserted(end)).is_ok(), is_restart, "{marker:x}");
        }
    }

    #[test]
    fn a_truncated_jpeg_with_an_added_end_marker_is_refused() {
        for (name, bytes) in fixtures::jpegs() {
            // The FF of the end marker can be a fill byte of the added marker.
            for len in 0..bytes.len() - 2 {
                let truncated = [&bytes[..len], &EOI].concat();
                assert!(ensure_complete(&truncated).is_err(), "{name}, {len} bytes");
            }
        }
    }

    #[test]
    fn a_jpeg_with_missing_scans_is_refused() {
        for (name, bytes) in fixtures::jpegs() {
            let scans: Vec<usize> =
                (2..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xFF, Marker::SOS.0])).collect();
            for at in scans {
                let truncated = [&bytes[..at], &EOI].concat();
                assert!(ensure_complete(&truncated).is_err(), "{name} without the scan at {at}");
            }
        }
    }

    #[test]
    fn a_jpeg_with_a_missing_quantization_table_is_refused() {
        let complete = fixtures::baseline_jpeg();
        let at = complete.windows(2).position(|pair| pair == [0xFF, Marker::DQT.0]).unwrap();
        let length = 2 + usize::from(u16::from_be_bytes([complete[at + 2], complete[at + 3]]));
        let without_table = [&complete[..at], &complete[at + length..]].concat();
        assert_eq!(ensure_complete(&without_table), Err("a quantization table is missing"));
    }

    #[test]
    fn a_size_too_large_for_the_file_is_refused_before_memory_is_allocated() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xC2, 0, 11, 8];
        bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0]);
        bytes.extend(EOI);
        assert_eq!(ensure_complete(&bytes), Err("it has too few bytes for its dimensions"));
    }
}
