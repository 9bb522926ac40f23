//! That all of a JPEG arrived.

use super::frame::{Component, Frame};
use super::huffman::Tables;
use super::scan::{self, Progress};
use super::segments::{Marker, Segment, Segments};
use crate::format::Flaw;
use crate::format::endian::Endian;

/// The most scans there may be. Encoders write ten or so; many more only cost time.
const MAX_SCANS: usize = 100;

/// Reads every code of every scan, as a decoder would, up to the end marker.
///
/// A decoder is made to show what it can of a damaged picture: it makes up the pixels that are not
/// there, and a picture that was cut passes for a whole one. Here it is an error when a block has no
/// bits of its own, when a scan of a progressive picture never came, or when the end marker is missing.
/// Bytes behind the end marker are nobody's business.
///
/// What cannot be told is damage that leaves every code readable: a byte that was changed, not lost.
/// A progressive picture whose encoder never meant to send the last bits is refused with those that
/// lost them; none of the usual encoders does that.
pub(crate) fn ensure_complete(bytes: &[u8]) -> Result<(), Flaw> {
    let mut picture = None;
    let mut tables = Tables::default();
    let mut quantisation = 0;
    let mut restart_interval = 0;
    let mut scans = 0;
    let mut segments = Segments::of(bytes);
    loop {
        let Segment { marker, payload } = segments.next_segment()?;
        match (marker, &mut picture) {
            (Marker::EOI, None) => return Err("the image data is missing"),
            (Marker::EOI, Some(Picture { frame, arrived })) => {
                let has_table = |part: &Component| {
                    quantisation & 1_u16.checked_shl(part.quantisation.into()).unwrap_or(0) != 0
                };
                return match (
                    arrived.iter().all(Progress::is_complete),
                    frame.components.iter().all(has_table),
                ) {
                    (true, true) => Ok(()),
                    (false, _) => Err("the last scans are missing"),
                    (true, false) => Err("a quantisation table is missing"),
                };
            }
            (Marker::DHT, _) => tables.define(payload)?,
            (Marker::DQT, _) => quantisation |= quantisation_tables(payload)?,
            (Marker::DRI, _) => {
                restart_interval = Endian::Big
                    .u16(payload, 0)
                    .map(usize::from)
                    .ok_or("the restart interval is truncated")?;
            }
            (Marker::SOS, None) => return Err("a scan comes before the frame header"),
            (Marker::SOS, Some(Picture { frame, arrived })) => {
                scans += 1;
                if scans > MAX_SCANS {
                    return Err("it has too many scans");
                }
                scan::read(payload, &mut segments, frame, &tables, restart_interval, arrived)?;
            }
            (marker, None) if marker.is_frame() => {
                picture = Some(Picture::begin(Frame::parse(marker, payload)?, bytes.len())?);
            }
            (marker, Some(_)) if marker.is_frame() => return Err("there are two frame headers"),
            _ => {}
        }
    }
}

/// The slots that a DQT segment fills, a bit for each: of 64 bytes, or of 64 words (T.81, B.2.4.1).
fn quantisation_tables(mut payload: &[u8]) -> Result<u16, Flaw> {
    let mut slots = 0;
    while let Some((&precision_and_slot, rest)) = payload.split_first() {
        let (length, slot) = (64 << (precision_and_slot >> 4 & 1), precision_and_slot & 15);
        payload = rest.get(length..).ok_or("a quantisation table is truncated")?;
        slots |= 1 << slot;
    }
    Ok(slots)
}

struct Picture {
    frame: Frame,
    arrived: Vec<Progress>,
}

impl Picture {
    fn begin(frame: Frame, bytes: usize) -> Result<Self, Flaw> {
        // The first bits of a block's DC coefficient take one bit at least, so that a few bytes
        // cannot ask for more memory than 64 times their own.
        if frame.blocks() > bytes.saturating_mul(8) {
            return Err("it has too few bytes for its dimensions");
        }
        let arrived = frame
            .components
            .iter()
            .map(|component| Progress::nothing(component, frame.progressive))
            .collect();
        Ok(Self { frame, arrived })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const EOI: [u8; 2] = [0xFF, 0xD9];

    #[test]
    fn whole_pictures_of_all_are_complete() {
        for (name, bytes) in fixtures::jpegs() {
            assert_eq!(ensure_complete(&bytes), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_follows_the_end_marker_does_not_matter() {
        let bytes = [fixtures::baseline_jpeg(), fixtures::png()].concat();
        assert_eq!(ensure_complete(&bytes), Ok(()));
    }

    #[test]
    fn half_a_jpeg_with_an_end_marker_glued_on_is_refused() {
        for (name, bytes) in fixtures::jpegs() {
            // The last byte but the marker may be lost without loss: it is kept as a fill byte.
            for len in 0..bytes.len() - 2 {
                let glued = [&bytes[..len], &EOI].concat();
                assert!(ensure_complete(&glued).is_err(), "{name} cut at {len}");
            }
        }
    }

    #[test]
    fn a_progressive_jpeg_whose_scans_are_whole_but_too_few_is_refused() {
        for (name, bytes) in fixtures::jpegs() {
            let scans: Vec<usize> =
                (2..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xFF, Marker::SOS.0])).collect();
            for at in scans {
                let glued = [&bytes[..at], &EOI].concat();
                assert!(ensure_complete(&glued).is_err(), "{name} before the scan at {at}");
            }
        }
    }

    #[test]
    fn a_jpeg_without_one_of_its_quantisation_tables_is_refused() {
        let whole = fixtures::baseline_jpeg();
        let at = whole.windows(2).position(|pair| pair == [0xFF, Marker::DQT.0]).unwrap();
        let length = 2 + usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]]));
        let without = [&whole[..at], &whole[at + length..]].concat();
        assert_eq!(ensure_complete(&without), Err("a quantisation table is missing"));
    }

    #[test]
    fn a_size_that_its_bytes_cannot_fill_is_refused_before_memory_is_taken() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xC2, 0, 11, 8];
        bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0]);
        bytes.extend(EOI);
        assert_eq!(ensure_complete(&bytes), Err("it has too few bytes for its dimensions"));
    }
}
