//! The ICC profile of a JPEG (ICC.1, annex B.4): parts in APP2 segments, each with its number and the number of parts.

use std::collections::BTreeMap;

use seededit_jpeg::segments::{Marker, Segments};

use crate::color::ColorSpace;
use crate::format::ranges::KeptRanges;

const NAME: &[u8] = b"ICC_PROFILE\0";

/// The profile. Parts may be out of order or repeated. Returns `None` if one is missing.
pub(crate) fn icc_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts = BTreeMap::new();
    let mut count = None;
    let mut segments = Segments::of(bytes);
    while let Ok(Some(segment)) = segments.next_segment() {
        match segment.marker {
            Marker::SOS | Marker::EOI => break,
            Marker::APP2 => {
                if let Some([number, total, part @ ..]) = segment.payload.strip_prefix(NAME) {
                    count.get_or_insert(*total);
                    parts.entry(*number).or_insert(part);
                }
            }
            _ => {}
        }
    }
    let parts: Vec<&[u8]> = (1..=count?).map(|number| parts.get(&number).copied()).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.concat())
}

/// Embeds the profile of a color space, and removes any other one. Does nothing if the profile is longer than a file can
/// have, or the file has no image.
pub(crate) fn add_icc_profile(bytes: &mut Vec<u8>, colors: &ColorSpace) {
    /// What fits in a segment beside its length, the name, the number of the part and the number of parts.
    const MAX_PART_LEN: usize = u16::MAX as usize - 2 - NAME.len() - 2;

    let Some(profile) = colors.icc() else { return };
    let parts = profile.chunks(MAX_PART_LEN);
    let Ok(count) = u8::try_from(parts.len()) else { return };
    let mut kept = KeptRanges::default();
    let mut segments = Segments::of(bytes);
    // After SOI, and the JFIF and EXIF segments, where readers expect them.
    let mut insert_at = 0;
    loop {
        let Ok(Some(segment)) = segments.next_segment() else { return };
        let end = segments.position;
        let start = end - segment.size();
        match segment.marker {
            Marker::SOS => {
                kept.keep(start..bytes.len());
                break;
            }
            Marker::APP2 if segment.payload.starts_with(NAME) => {}
            marker => {
                kept.keep(start..end);
                let is_expected_first = start == 0
                    || marker == Marker::APP0
                    || (marker == Marker::APP1 && segment.payload.starts_with(b"Exif\0"));
                if is_expected_first && insert_at == start {
                    insert_at = end;
                }
            }
        }
    }
    let mut inserted = Vec::with_capacity(profile.len());
    for (number, part) in (1_u8..).zip(parts) {
        let payload = [NAME, &[number, count], part].concat();
        let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX);
        inserted.extend([0xFF, Marker::APP2.0]);
        inserted.extend(length.to_be_bytes());
        inserted.extend(payload);
    }
    let length = kept.apply(bytes);
    bytes.truncate(length);
    bytes.splice(insert_at..insert_at, inserted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::tests::header_only;
    use crate::decode::decode;
    use crate::fixtures;

    fn with_parts(parts: &[(u8, u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8];
        for (number, total, part) in parts {
            let payload = [NAME, &[*number, *total], part].concat();
            bytes.extend([0xFF, 0xE2]);
            bytes.extend(u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
            bytes.extend(payload);
        }
        bytes
    }

    #[test]
    fn parts_are_put_in_order_and_repeated_ones_are_ignored() {
        let bytes = with_parts(&[(2, 2, b"cd"), (1, 2, b"ab"), (2, 2, b"cd")]);
        assert_eq!(icc_profile(&bytes), Some(b"abcd".to_vec()));
    }

    #[test]
    fn a_profile_with_a_missing_part_is_none() {
        assert_eq!(icc_profile(&with_parts(&[(1, 2, b"ab")])), None);
        assert_eq!(icc_profile(&with_parts(&[(1, 0, b"ab")])), None);
        assert_eq!(icc_profile(&with_parts(&[])), None);
    }

    #[test]
    fn a_profile_of_any_length_is_embedded_and_replaces_another_one() {
        for len in [128, 65_519, 65_520, 200_000] {
            let mut profile = header_only(b"RGB ");
            profile.resize(len, 7);
            for mut bytes in [fixtures::baseline_jpeg(), fixtures::jpeg_with_icc(&header_only(b"GRAY"))] {
                add_icc_profile(&mut bytes, &ColorSpace::of_icc(profile.clone()));
                assert!(icc_profile(&bytes).unwrap() == profile, "{len} bytes");
                assert!(decode(&bytes).unwrap().image == decode(&fixtures::baseline_jpeg()).unwrap().image);
                // The JFIF segment stays the first one.
                assert_eq!(bytes[..4], [0xFF, 0xD8, 0xFF, 0xE0]);
            }
        }
    }

    #[test]
    fn a_file_without_a_scan_is_not_changed() {
        let mut bytes = fixtures::baseline_jpeg()[..40].to_vec();
        let before = bytes.clone();
        add_icc_profile(&mut bytes, &ColorSpace::of_icc(header_only(b"RGB ")));
        assert_eq!(bytes, before);
    }
}
