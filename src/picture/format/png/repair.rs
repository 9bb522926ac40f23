//! Corrects faults of a PNG that all viewers tolerate.

use super::{Chunk, Chunks, FRAMING_LEN, SIGNATURE_LEN};
use crate::codec::Repaired;
use crate::format::Reason;

/// Adds a missing end marker, and removes ancillary chunks whose checksums do not match.
///
/// A last chunk that is cut off is removed, too. If it had pixels, they are missing, which the decoder finds.
pub(crate) fn repair(bytes: &[u8]) -> Result<Option<Repaired>, Reason> {
    let mut end = SIGNATURE_LEN;
    let mut damaged = Vec::new();
    let mut has_end = false;
    for chunk in Chunks::of(bytes) {
        let Ok(chunk) = chunk else { break };
        let start = end;
        end += chunk.data.len() + FRAMING_LEN;
        has_end |= chunk.kind == *b"IEND";
        if chunk.is_intact() {
            continue;
        }
        if chunk.kind[0].is_ascii_uppercase() {
            return Err("a checksum does not match");
        }
        damaged.push(start..end);
    }
    let what = match (damaged.is_empty(), has_end) {
        (true, true) => return Ok(None),
        (true, false) => "end marker added",
        (false, _) => "damaged metadata removed",
    };
    // What follows the end marker is not part of the picture.
    let end = if has_end { bytes.len() } else { end.min(bytes.len()) };
    let mut repaired = Vec::with_capacity(end + FRAMING_LEN);
    let mut kept = 0;
    for range in damaged {
        repaired.extend_from_slice(&bytes[kept..range.start]);
        kept = range.end;
    }
    repaired.extend_from_slice(&bytes[kept..end]);
    if !has_end {
        Chunk::new(*b"IEND", &[]).append_to(&mut repaired);
    }
    Ok(Some(Repaired { bytes: repaired, what }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::chunk;
    use super::*;
    use crate::decode::{decode, ensure_complete, ensure_intact};
    use crate::fixtures;

    #[test]
    fn a_missing_end_marker_is_added() {
        let whole = fixtures::png();
        for missing in 1..=FRAMING_LEN {
            let cut = &whole[..whole.len() - missing];
            assert!(repair(cut).unwrap().unwrap().bytes == whole, "{missing}");
            assert_eq!(decode(cut).unwrap().image, fixtures::rgb().into());
            assert!(ensure_intact(cut).is_ok() && ensure_complete(cut).is_err());
        }
        assert!(repair(&whole).unwrap().is_none());
    }

    #[test]
    fn a_damaged_chunk_is_removed_unless_pixels_need_it() {
        let whole = fixtures::png();
        for kind in [b"tEXt", b"gAMA", b"eXIf", b"tRNS"] {
            let mut text = chunk(kind, &[0, 1, 2, 3]);
            *text.last_mut().unwrap() ^= 1;
            let damaged = [&whole[..33], &text, &whole[33..]].concat();
            assert!(repair(&damaged).unwrap().unwrap().bytes == whole);
            assert!(ensure_intact(&damaged).is_ok());
        }
        let mut damaged = whole;
        let at = damaged.len() - FRAMING_LEN - 1;
        damaged[at] ^= 1;
        assert!(repair(&damaged).is_err() && decode(&damaged).is_err());
    }

    #[test]
    fn a_picture_without_all_of_its_pixels_is_refused() {
        let whole = fixtures::png();
        for missing in FRAMING_LEN + 1..whole.len() - SIGNATURE_LEN {
            assert!(ensure_intact(&whole[..whole.len() - missing]).is_err(), "{missing}");
        }
    }
}
