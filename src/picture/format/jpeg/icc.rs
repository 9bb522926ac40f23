//! The ICC profile of a JPEG (ICC.1, annex B.4): parts in APP2 segments, each with its number and the number of parts.

use std::collections::BTreeMap;

use seededit_jpeg::segments::{Marker, Segments};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
