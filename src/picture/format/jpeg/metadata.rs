//! The metadata segments of a JPEG.

use seededit_jpeg::segments::{Marker, Segment, Segments};

use super::pictures::MPF;
use crate::format::Reason;
use crate::format::ranges::KeptRanges;

/// The length of a JFIF segment without a thumbnail, including its marker and its length.
const JFIF_LEN: usize = 18;
/// The offset of the width and the height of the thumbnail in a JFIF segment.
const THUMBNAIL_SIZE_AT: usize = 16;

const END_IS_MISSING: Reason = "the end marker is missing";

/// Removes comments and application segments, except for those that give the samples a meaning: JFIF without its
/// thumbnail, Adobe's, and the ICC profile. Also removes all bytes after the end marker. Returns the new length.
pub(crate) fn strip(bytes: &mut [u8]) -> Result<usize, Reason> {
    let mut kept = KeptRanges::default();
    let mut jfif_segments = Vec::new();
    let mut segments = Segments::of(bytes);
    loop {
        let segment = segments.next_segment().ok().flatten().ok_or(END_IS_MISSING)?;
        let end = segments.position;
        let start = end - segment.size();
        match segment.marker {
            Marker::SOS => {
                segments.position += scan_len(bytes.get(end..).unwrap_or_default())?;
                kept.keep(start..segments.position);
            }
            Marker::EOI => {
                kept.keep(start..end);
                break;
            }
            Marker::APP0 if segment.payload.starts_with(b"JFIF\0") && segment.size() > JFIF_LEN => {
                jfif_segments.push(start);
                kept.keep(start..start + JFIF_LEN);
            }
            _ if !is_needed(&segment) => {}
            _ => kept.keep(start..end),
        }
    }
    for start in jfif_segments {
        bytes[start + 2..start + 4].copy_from_slice(&[0, 16]);
        bytes[start + THUMBNAIL_SIZE_AT..start + JFIF_LEN].fill(0);
    }
    Ok(kept.apply(bytes))
}

/// Whether a segment gives the samples a meaning.
pub(super) fn is_needed(segment: &Segment<'_>) -> bool {
    match segment.marker {
        Marker::APP0 => segment.payload.starts_with(b"JFIF\0"),
        Marker::APP2 => segment.payload.starts_with(b"ICC_PROFILE\0"),
        Marker::APP14 => segment.payload.starts_with(b"Adobe"),
        marker => marker != Marker::COM && !marker.is_application_data(),
    }
}

/// Whether a comment or an application segment stays in a picture of which only some blocks are changed. Those that list
/// what follows the end of the picture do not, because nothing follows it any more.
pub(crate) fn is_kept_in_edits(segment: &Segment<'_>) -> bool {
    !(segment.marker == Marker::APP2 && segment.payload.starts_with(MPF))
}

/// The length of a scan's data, including restart markers, up to the next other marker.
pub(super) fn scan_len(bytes: &[u8]) -> Result<usize, Reason> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += rest.iter().position(|&byte| byte == 0xFF).ok_or(END_IS_MISSING)?;
        match bytes.get(at + 1) {
            // Stuffed bytes, the reserved marker TEM, restart markers, and fill bytes.
            Some(0x00 | 0x01 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            _ => return Ok(at),
        }
    }
}

/// The payload of the first EXIF segment, including `Exif\0\0`.
pub(crate) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut segments = Segments::of(bytes);
    while let Ok(Some(segment)) = segments.next_segment() {
        match segment.marker {
            Marker::SOS | Marker::EOI => break,
            Marker::APP1 if segment.payload.starts_with(b"Exif\0") => return Some(segment.payload),
            _ => {}
        }
    }
    None
}

/// Inserts an EXIF segment after the JFIF header, where readers expect it.
pub(crate) fn add_exif(bytes: &mut Vec<u8>, exif: &[u8]) {
    let payload = [b"Exif\0\0", exif].concat();
    let Ok(length) = u16::try_from(payload.len() + 2) else { return };
    let mut segments = Segments::of(bytes);
    let mut at = 2;
    if segments.next_segment().is_ok()
        && matches!(segments.next_segment(), Ok(Some(Segment { marker: Marker::APP0, .. })))
    {
        at = segments.position;
    }
    let segment = [&[0xFF, Marker::APP1.0], &length.to_be_bytes()[..], &payload].concat();
    bytes.splice(at..at, segment);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::tests::header_only;
    use crate::decode::decode;
    use crate::fixtures;
    use crate::format::metadata::tests::stripped;

    fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 2).unwrap();
        [&[0xFF, marker], &length.to_be_bytes()[..], payload].concat()
    }

    /// Inserts segments after the SOI marker.
    fn with_segments(picture: &[u8], segments: &[u8]) -> Vec<u8> {
        [&picture[..2], segments, &picture[2..]].concat()
    }

    #[test]
    fn application_data_and_comments_are_removed() {
        let secret = b"lives at 52.5200 13.4050";
        for (name, picture) in fixtures::jpegs() {
            for (marker, prefix) in [
                (0xE0, &b"JFXX\0\x10"[..]),
                (0xE1, b"Exif\0\0"),
                (0xE1, b"http://ns.adobe.com/xap/1.0/\0"),
                (0xE2, b"MPF\0"),
                (0xE2, b"FPXR\0"),
                (0xED, b"Photoshop 3.0\x008BIM"),
                (0xEE, b"other"),
                (0xEF, b""),
                (0xFE, b""),
            ] {
                let mut bytes = with_segments(&picture, &segment(marker, &[prefix, secret].concat()));
                assert_eq!(stripped(&mut bytes, strip), Ok(true), "{name}");
                assert!(bytes == picture, "{name} with {marker:x}");
            }
        }
    }

    #[test]
    fn metadata_between_scans_is_removed() {
        let picture = fixtures::progressive_jpeg();
        let scans: Vec<usize> =
            (0..picture.len()).filter(|&at| picture[at..].starts_with(&[0xFF, Marker::SOS.0])).collect();
        let comment = segment(0xFE, b"a word between");
        for at in scans {
            let mut bytes = [&picture[..at], &comment, &picture[at..]].concat();
            assert_eq!(stripped(&mut bytes, strip), Ok(true));
            assert_eq!(bytes, picture);
        }
    }

    #[test]
    fn a_color_profile_is_not_metadata() {
        let mut bytes = fixtures::jpeg_with_icc(&header_only(b"RGB "));
        assert_eq!(stripped(&mut bytes, strip), Ok(false));
        assert_eq!(decode(&bytes).unwrap().colors.icc(), Some(&header_only(b"RGB ")[..]));
    }

    #[test]
    fn a_thumbnail_in_the_jfif_header_is_removed() {
        let picture = fixtures::baseline_jpeg();
        assert_eq!(&picture[2..4], &[0xFF, 0xE0]);
        let jfif = &picture[6..18];
        let thumbnail = [jfif, &[1, 2], &[9, 8, 7, 6, 5, 4]].concat();
        let mut bytes = [&picture[..2], &segment(0xE0, &thumbnail), &picture[20..]].concat();
        assert_eq!(stripped(&mut bytes, strip), Ok(true));
        assert_eq!(bytes, picture);
        assert!(!bytes.windows(6).any(|window| window == [9, 8, 7, 6, 5, 4]));
    }

    #[test]
    fn a_truncated_picture_is_refused() {
        let picture = fixtures::progressive_jpeg();
        for len in 0..picture.len() {
            assert!(strip(&mut picture[..len].to_vec()).is_err(), "{len} bytes");
        }
    }
}
