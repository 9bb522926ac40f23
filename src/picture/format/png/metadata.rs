//! The metadata chunks of a PNG.

use super::{Chunk, Chunks, FRAMING_LEN, SIGNATURE_LEN, TRUNCATED};
use crate::format::Reason;
use crate::format::ranges::KeptRanges;

/// The ancillary chunks that affect how pixels look.
pub(super) const APPEARANCE: [&[u8; 4]; 13] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"hIST",
    b"sPLT", b"pHYs",
];

/// Removes all chunks that a decoder does not need and that do not affect how pixels look: texts, times, EXIF,
/// application data, and the frames of an animation after the first. Also removes all bytes after the end. Returns the
/// new length.
pub(crate) fn strip(bytes: &mut [u8]) -> Result<usize, Reason> {
    let mut kept = KeptRanges::default();
    let mut end = SIGNATURE_LEN;
    kept.keep(0..end.min(bytes.len()));
    let mut has_end = false;
    for chunk in Chunks::of(bytes) {
        let chunk = chunk?;
        has_end |= chunk.kind == *b"IEND";
        let start = end;
        end += chunk.data.len() + FRAMING_LEN;
        let is_critical = chunk.kind[0].is_ascii_uppercase();
        if is_critical || APPEARANCE.contains(&&chunk.kind) {
            kept.keep(start..end);
        }
    }
    if has_end { Ok(kept.apply(bytes)) } else { Err(TRUNCATED) }
}

/// The data of the last EXIF chunk.
pub(crate) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    Chunks::of(bytes)
        .map_while(Result::ok)
        .filter(|chunk| chunk.kind == *b"eXIf")
        .last()
        .map(|chunk| chunk.data)
}

/// Inserts an EXIF chunk after the header.
pub(crate) fn add_exif(bytes: &mut Vec<u8>, exif: &[u8]) {
    /// The end of the first chunk, which has a fixed length.
    const AFTER_HEADER: usize = SIGNATURE_LEN + FRAMING_LEN + 13;

    if bytes.len() >= AFTER_HEADER {
        let mut chunk = Vec::new();
        Chunk::new(*b"eXIf", exif).append_to(&mut chunk);
        bytes.splice(AFTER_HEADER..AFTER_HEADER, chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{chunk, png};
    use super::*;
    use crate::fixtures;
    use crate::format::metadata::tests::stripped;

    #[test]
    fn texts_times_frames_and_unknown_chunks_are_removed() {
        let picture = fixtures::png();
        for kind in [
            b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"acTL", b"fcTL", b"fdAT", b"caBX", b"prVW",
            b"iDOT", b"vpAg",
        ] {
            // After the header, and before the end.
            for at in [33, picture.len() - FRAMING_LEN] {
                let secret = chunk(kind, b"lives at 52.5200 13.4050");
                let mut bytes = [&picture[..at], &secret, &picture[at..]].concat();
                assert_eq!(stripped(&mut bytes, strip), Ok(true));
                assert_eq!(bytes, picture);
            }
        }
    }

    #[test]
    fn colors_and_transparency_are_not_metadata() {
        let chunks = APPEARANCE.map(|kind| chunk(kind, &[0; 3]));
        let mut bytes = png(3, &chunks);
        let before = bytes.clone();
        assert_eq!(stripped(&mut bytes, strip), Ok(false));
        assert_eq!(bytes, before);
    }

    #[test]
    fn a_truncated_picture_is_refused() {
        let picture = fixtures::png();
        for len in 0..picture.len() {
            assert!(strip(&mut picture[..len].to_vec()).is_err(), "{len} bytes");
        }
    }
}
