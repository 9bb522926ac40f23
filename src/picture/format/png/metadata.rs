//! The chunks of a PNG that its pixels do not need.

use super::{Chunks, SIGNATURE_LEN, TRUNCATED};
use crate::format::Flaw;
use crate::format::ranges::Ranges;

/// Length, kind and checksum of a chunk.
const FRAMING_LEN: usize = 12;

/// The chunks that may be left out by a decoder and say what the pixels look like.
const ABOUT_COLOURS: [&[u8; 4]; 13] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"hIST",
    b"sPLT", b"pHYs",
];

/// Takes out every chunk but those that a decoder needs or that are about colours: texts, times, EXIF, what
/// applications keep, the further frames of an animation; and all that lies behind the end.
pub(crate) fn strip(bytes: &mut [u8]) -> Result<usize, Flaw> {
    let mut kept = Ranges::default();
    let mut end = SIGNATURE_LEN;
    kept.keep(0..end.min(bytes.len()));
    let mut is_whole = false;
    for chunk in Chunks::of(bytes) {
        let chunk = chunk?;
        is_whole |= chunk.kind == *b"IEND";
        let start = end;
        end += chunk.data.len() + FRAMING_LEN;
        let is_critical = chunk.kind[0].is_ascii_uppercase();
        if is_critical || ABOUT_COLOURS.contains(&&chunk.kind) {
            kept.keep(start..end);
        }
    }
    if is_whole { Ok(kept.apply(bytes)) } else { Err(TRUNCATED) }
}

/// The EXIF chunk; the last one counts.
pub(crate) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    Chunks::of(bytes)
        .map_while(Result::ok)
        .filter(|chunk| chunk.kind == *b"eXIf")
        .last()
        .map(|chunk| chunk.data)
}

/// Puts an EXIF chunk behind the header.
pub(crate) fn add_exif(bytes: &mut Vec<u8>, exif: &[u8]) {
    /// Where the first chunk, whose length is always the same, ends.
    const AFTER_HEADER: usize = SIGNATURE_LEN + FRAMING_LEN + 13;

    let Ok(length) = u32::try_from(exif.len()) else { return };
    if bytes.len() >= AFTER_HEADER {
        let body = [b"eXIf", exif].concat();
        let checksum = crc32fast::hash(&body).to_be_bytes();
        let chunk = [&length.to_be_bytes()[..], &body, &checksum].concat();
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
    fn texts_times_frames_and_the_unknown_are_taken_out() {
        let picture = fixtures::png();
        for kind in [
            b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"acTL", b"fcTL", b"fdAT", b"caBX", b"prVW",
            b"iDOT", b"vpAg",
        ] {
            // Behind the header, and before the end.
            for at in [33, picture.len() - FRAMING_LEN] {
                let secret = chunk(kind, b"lives at 52.5200 13.4050");
                let mut bytes = [&picture[..at], &secret, &picture[at..]].concat();
                assert_eq!(stripped(&mut bytes, strip), Ok(true));
                assert_eq!(bytes, picture);
            }
        }
    }

    #[test]
    fn colours_and_transparency_are_not_metadata() {
        let chunks = ABOUT_COLOURS.map(|kind| chunk(kind, &[0; 3]));
        let mut bytes = png(3, &chunks);
        let before = bytes.clone();
        assert_eq!(stripped(&mut bytes, strip), Ok(false));
        assert_eq!(bytes, before);
    }

    #[test]
    fn a_picture_without_an_end_is_refused() {
        let picture = fixtures::png();
        for cut in 0..picture.len() {
            assert!(strip(&mut picture[..cut].to_vec()).is_err(), "cut at {cut}");
        }
    }
}
