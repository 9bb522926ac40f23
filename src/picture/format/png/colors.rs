//! The chunks of a PNG that state its colors.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::ImageDecoder;
use image::codecs::png::PngDecoder;

use super::{Chunk, Chunks, FRAMING_LEN, SIGNATURE_LEN};
use crate::color::cicp::Cicp;
use crate::color::gamma::{Chromaticities, Gamma};
use crate::color::{ColorSpace, Stated};
use crate::format::endian::Endian::Big;

/// The chunks that state colors, apart from `iCCP`: the profile, which has a file format of its own.
const STATEMENTS: [&[u8; 4]; 6] = [b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI"];
/// The unit of a gamma and of chromaticities.
const UNIT: f32 = 100_000.0;

/// Reads all statements. Damaged ones do not count.
pub(crate) fn stated(bytes: &[u8]) -> Stated {
    let mut stated = Stated::default();
    let mut has_profile = false;
    for chunk in Chunks::of(bytes).map_while(Result::ok).take_while(|chunk| chunk.kind != *b"IDAT") {
        if !chunk.is_intact() {
            continue;
        }
        match &chunk.kind {
            b"iCCP" => has_profile = true,
            b"cICP" => stated.cicp = stated.cicp.or(cicp(chunk.data)),
            b"sRGB" => stated.is_srgb = true,
            b"gAMA" => stated.gamma = stated.gamma.or(gamma(chunk.data)),
            b"cHRM" => stated.chromaticities = stated.chromaticities.or(chromaticities(chunk.data)),
            _ => {}
        }
        if STATEMENTS.contains(&&chunk.kind) {
            chunk.append_to(&mut stated.png_chunks);
        }
    }
    if has_profile {
        let decoder = PngDecoder::new(Cursor::new(bytes));
        stated.icc = decoder.and_then(|mut decoder| decoder.icc_profile()).ok().flatten();
    }
    stated
}

/// Primaries, transfer, matrix and range. Samples of a PNG are RGB, with the full range.
pub(super) fn cicp(data: &[u8]) -> Option<Cicp> {
    match *data {
        [primaries, transfer, 0, 1] => Some(Cicp { primaries: primaries.into(), transfer: transfer.into() }),
        _ => None,
    }
}

fn gamma(data: &[u8]) -> Option<Gamma> {
    Gamma::from_encoder(fraction(data, 0)?)
}

fn chromaticities(data: &[u8]) -> Option<Chromaticities> {
    let point = |at| Some([fraction(data, at)?, fraction(data, at + 4)?]);
    Some(Chromaticities { white: point(0)?, red: point(8)?, green: point(16)?, blue: point(24)? })
}

#[expect(clippy::cast_precision_loss, reason = "five digits matter")]
fn fraction(data: &[u8], at: usize) -> Option<f32> {
    Some(Big.u32(data, at)? as f32 / UNIT)
}

/// Replaces all statements by a color space. Does nothing if the file is damaged.
pub(crate) fn add(bytes: &mut Vec<u8>, colors: &ColorSpace) {
    let Some(statement) = statement(colors) else { return };
    let mut replaced = bytes[..SIGNATURE_LEN.min(bytes.len())].to_vec();
    let mut end = SIGNATURE_LEN;
    for chunk in Chunks::of(bytes) {
        let Ok(chunk) = chunk else { return };
        let start = end;
        end += chunk.data.len() + FRAMING_LEN;
        if chunk.kind != *b"iCCP" && !STATEMENTS.contains(&&chunk.kind) {
            replaced.extend_from_slice(&bytes[start..end]);
        }
        if chunk.kind == *b"IHDR" {
            replaced.extend_from_slice(&statement);
        }
    }
    *bytes = replaced;
}

fn statement(colors: &ColorSpace) -> Option<Vec<u8>> {
    let chunks = colors.png_chunks();
    if !chunks.is_empty() {
        return Some(chunks.to_vec());
    }
    // A name, and the number of the compression.
    let mut data = b"ICC profile\0\0".to_vec();
    let mut encoder = ZlibEncoder::new(&mut data, Compression::default());
    encoder.write_all(colors.icc()?).and_then(|()| encoder.finish().map(drop)).ok()?;
    let mut chunk = Vec::new();
    Chunk::new(*b"iCCP", &data).append_to(&mut chunk);
    Some(chunk)
}

#[cfg(test)]
mod tests {
    use super::super::tests::chunk;
    use super::*;
    use crate::color::icc::tests::header_only;
    use crate::decode::decode;
    use crate::fixtures;

    /// A PNG with chunks after its header.
    fn with_chunks(chunks: &[Vec<u8>]) -> Vec<u8> {
        let png = fixtures::png();
        let after_header = SIGNATURE_LEN + FRAMING_LEN + 13;
        [&png[..after_header], &chunks.concat(), &png[after_header..]].concat()
    }

    fn srgb_chromaticities() -> Vec<u8> {
        [31_270_u32, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]
            .iter()
            .flat_map(|value| value.to_be_bytes())
            .collect()
    }

    #[test]
    fn each_chunk_is_read() {
        let chunks = [
            chunk(b"cICP", &[12, 13, 0, 1]),
            chunk(b"gAMA", &45_455_u32.to_be_bytes()),
            chunk(b"cHRM", &srgb_chromaticities()),
            chunk(b"sRGB", &[0]),
        ];
        let stated = stated(&with_chunks(&chunks));
        assert_eq!(stated.cicp, Some(Cicp { primaries: 12, transfer: 13 }));
        assert_eq!(stated.gamma, Gamma::from_encoder(0.45455));
        assert_eq!(stated.chromaticities.unwrap().blue, [0.15, 0.06]);
        assert!(stated.is_srgb && stated.icc.is_none());
        assert_eq!(stated.png_chunks, chunks.concat());
    }

    #[test]
    fn a_damaged_or_truncated_chunk_does_not_count() {
        let mut damaged = chunk(b"cICP", &[12, 13, 0, 1]);
        damaged[9] = 1;
        let chunks = [damaged, chunk(b"cICP", &[12, 13, 0]), chunk(b"cICP", &[12, 13, 1, 1])];
        assert_eq!(stated(&with_chunks(&chunks)).cicp, None);
    }

    #[test]
    fn a_profile_replaces_all_statements() {
        let mut bytes = with_chunks(&[chunk(b"sRGB", &[0]), chunk(b"gAMA", &45_455_u32.to_be_bytes())]);
        let profile = header_only(b"RGB ");
        add(&mut bytes, &ColorSpace::of_icc(profile.clone()));
        let stated = stated(&bytes);
        assert_eq!(stated.icc.as_ref(), Some(&profile));
        assert!(stated.png_chunks.is_empty());
        assert_eq!(decode(&bytes).unwrap().image, fixtures::rgb().into());
    }

    #[test]
    fn chunks_are_added_as_they_were() {
        let original = with_chunks(&[chunk(b"cICP", &[12, 13, 0, 1])]);
        let mut bytes = fixtures::png();
        add(&mut bytes, &decode(&original).unwrap().colors);
        assert_eq!(bytes, original);
    }
}
