//! Corrects faults of a JPEG that viewers tolerate.

use seededit_jpeg::segments::{Marker, Segments};

use super::metadata::scan_len;
use crate::codec::Repaired;
use crate::format::ranges::KeptRanges;

const EOI: &[u8] = &[0xFF, Marker::EOI.0];

/// Removes bytes between segments, at which some programs stop, and adds a missing end marker.
pub(crate) fn repair(bytes: &[u8]) -> Option<Repaired> {
    let without_junk = without_junk(bytes);
    let has_end = has_trailer(bytes);
    let what = match (&without_junk, has_end) {
        (None, true) => return None,
        (None, false) => "end marker added",
        (Some(_), true) => "stray bytes removed",
        (Some(_), false) => "stray bytes removed, end marker added",
    };
    let mut repaired = without_junk.unwrap_or_else(|| bytes.to_vec());
    if !has_end {
        repaired.extend(EOI);
    }
    Some(Repaired { bytes: repaired, what })
}

/// Returns a file without the bytes that are between its segments, or behind the last one, and belong to none. `None` if
/// there are no such bytes, or if a segment is damaged.
fn without_junk(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = KeptRanges::default();
    let mut segments = Segments::of(bytes);
    let mut end = 0;
    while let Some(segment) = segments.next_segment().ok()? {
        let start = segments.position - segment.size();
        let rest = bytes.get(segments.position..).unwrap_or_default();
        match segment.marker {
            // Stray bytes after the data of a scan are no different from it, and all viewers skip them.
            Marker::SOS => match scan_len(rest) {
                Ok(len) => segments.position += len,
                Err(_) => segments.position = bytes.len(),
            },
            // What follows is not part of the picture.
            Marker::EOI => segments.position = bytes.len(),
            _ => {}
        }
        end = segments.position;
        kept.keep(start..end);
    }
    // Fill bytes may precede the end marker that is missing.
    let has_tail = bytes.iter().skip(end).any(|byte| *byte != 0xFF);
    (segments.skipped || has_tail).then(|| {
        let mut copy = bytes.to_vec();
        let len = kept.apply(&mut copy);
        copy.truncate(len);
        copy
    })
}

/// Whether a file has an end marker after its last scan.
pub(crate) fn has_trailer(bytes: &[u8]) -> bool {
    bytes.ends_with(EOI) || has_eoi_after_last_scan(bytes)
}

/// Neither marker can occur within the data of a scan, where each FF is followed by 00 or belongs to a restart marker.
/// The markers of a thumbnail precede the picture's own scans.
fn has_eoi_after_last_scan(bytes: &[u8]) -> bool {
    let last = |marker: &[u8; 2]| bytes.windows(2).rposition(|window| window == marker);
    match (last(b"\xFF\xD9"), last(b"\xFF\xDA")) {
        (Some(eoi), Some(sos)) => eoi > sos,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{decode, ensure_complete, ensure_intact};
    use crate::fixtures;

    #[test]
    fn stray_bytes_between_segments_are_removed() {
        for (name, picture) in fixtures::jpegs() {
            let mut segments = Segments::of(&picture);
            loop {
                let segment = segments.next_segment().unwrap().unwrap();
                let at = segments.position;
                match segment.marker {
                    // The file would not be recognized.
                    Marker::SOI => continue,
                    // They are part of the data of the scan.
                    Marker::SOS => break,
                    _ => {}
                }
                let stray = [&picture[..at], b"stray\0", &picture[at..]].concat();
                let repaired = repair(&stray).unwrap();
                assert_eq!(repaired.what, "stray bytes removed", "{name}");
                assert!(repaired.bytes == picture, "{name}");
                assert!(ensure_intact(&stray).is_ok(), "{name}");
                assert_eq!(decode(&stray).unwrap().image, decode(&picture).unwrap().image, "{name}");
            }
        }
    }

    #[test]
    fn both_faults_are_corrected_at_once() {
        let picture = fixtures::baseline_jpeg();
        assert!(repair(&picture).is_none());
        let without_end = &picture[..picture.len() - EOI.len()];
        let repaired = repair(without_end).unwrap();
        assert!(repaired.what == "end marker added" && repaired.bytes == picture);
        let repaired = repair(&[&picture[..20], b"stray", &without_end[20..]].concat()).unwrap();
        assert_eq!(repaired.what, "stray bytes removed, end marker added");
        assert!(repaired.bytes == picture && ensure_complete(&repaired.bytes).is_ok());
        // A comment that is cut off, and fill bytes.
        let cut_off = repair(&[without_end, b"\xFF\xFE\0\x09cut"].concat()).unwrap();
        assert!(cut_off.what == "stray bytes removed, end marker added" && cut_off.bytes == picture);
        assert_eq!(repair(&[without_end, &[0xFF]].concat()).unwrap().what, "end marker added");
    }

    #[test]
    fn fill_bytes_and_what_follows_the_end_stay() {
        let picture = fixtures::progressive_jpeg();
        let filled = [&picture[..2], b"\xFF\xFF", &picture[2..], b"more\xFF\xD8\xFF\xD9"].concat();
        assert!(repair(&filled).is_none());
    }
}
