//! WebP (RFC 9649): its header and its completeness.

pub(crate) mod blocks;

use seededit_resize::Size;

use crate::color::ColorSpace;
use crate::contents::{Contents, Kind};
use crate::format::endian::Endian::Little;
use crate::format::ifd::exif_orientation;
use crate::format::{Format, Header, Reason};
use crate::geometry::Orientation;

/// `RIFF`, a length, and `WEBP`.
const RIFF_HEADER_LEN: usize = 12;
/// The start of the bytes that the RIFF length counts.
const RIFF_PAYLOAD_AT: usize = 8;
const TRUNCATED: Reason = "the file is shorter than its header states";
/// Bits of the first byte of an extended header.
const PROFILE_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

struct Chunk<'a> {
    kind: &'a [u8; 4],
    data: &'a [u8],
}

impl Chunk<'_> {
    /// Writes the chunk. Does nothing if its length does not fit in the format.
    fn append_to(&self, bytes: &mut Vec<u8>) {
        let Ok(len) = u32::try_from(self.data.len()) else { return };
        bytes.extend(self.kind);
        bytes.extend(len.to_le_bytes());
        bytes.extend(self.data);
        bytes.extend(vec![0; self.data.len() % 2]);
    }
}

/// The chunks in order. Iteration ends after an error.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((chunk, rest)) = split_chunk(self.rest) else {
            self.rest = &[];
            return Some(Err(TRUNCATED));
        };
        self.rest = rest;
        Some(Ok(chunk))
    }
}

/// Splits off a chunk: its kind, its length, its data, and a byte of padding if the length is odd.
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (kind, rest) = bytes.split_first_chunk()?;
    let len = Little.offset(rest, 0)?;
    let (data, rest) = rest.get(4..)?.split_at_checked(len)?;
    Some((Chunk { kind, data }, rest.get(len % 2..)?))
}

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    const TRUNCATED: Reason = "the header is truncated";
    let first = bytes.get(RIFF_HEADER_LEN..).unwrap_or_default();
    let data = first.get(8..).ok_or(TRUNCATED)?;
    let (size, has_alpha) = match first.first_chunk() {
        Some(b"VP8 ") => (lossy_size(data)?, false),
        Some(b"VP8L") => lossless_size_and_alpha(data)?,
        Some(b"VP8X") => {
            let flags = data.first().ok_or(TRUNCATED)?;
            let canvas = Size {
                width: 1 + u24(data, 4).ok_or(TRUNCATED)?,
                height: 1 + u24(data, 7).ok_or(TRUNCATED)?,
            };
            (canvas, flags & ALPHA_FLAG != 0)
        }
        _ => return Err("the first chunk is not an image"),
    };
    Ok(Header {
        orientation: exif(bytes).map_or_else(Orientation::default, exif_orientation),
        has_alpha,
        ..Header::new(Format::WebP, size)
    })
}

/// The data of the EXIF chunk.
pub(crate) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunk(bytes, b"EXIF")
}

/// The data of the profile chunk.
pub(crate) fn icc_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    chunk(bytes, b"ICCP").map(<[u8]>::to_vec)
}

fn chunk<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut chunks = Chunks { rest: bytes.get(RIFF_HEADER_LEN..)? }.map_while(Result::ok);
    chunks.find(|chunk| chunk.kind == kind).map(|chunk| chunk.data)
}

/// Counts the frames.
pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let frames = chunks(bytes)
        .map_or(1, |chunks| chunks.map_while(Result::ok).filter(|chunk| chunk.kind == b"ANMF").count());
    let has_credentials = chunk(bytes, b"C2PA").is_some();
    Contents { has_credentials, ..Contents::of(u32::try_from(frames).unwrap_or(u32::MAX), Kind::Frames) }
}

/// Embeds the profile of a color space, and removes any other one. Does nothing if the file is damaged.
pub(crate) fn add_icc_profile(bytes: &mut Vec<u8>, colors: &ColorSpace) {
    let Some(profile) = colors.icc() else { return };
    let Ok(chunks) = chunks(bytes).and_then(Iterator::collect::<Result<Vec<_>, _>>) else { return };
    let others = chunks.into_iter().filter(|chunk| chunk.kind != b"ICCP");
    let all: Vec<_> = [Chunk { kind: b"ICCP", data: profile }].into_iter().chain(others).collect();
    if let Some(rebuilt) = rebuilt(bytes, &all, 0, PROFILE_FLAG) {
        *bytes = rebuilt;
    }
}

/// Writes a file of these chunks, and an extended header with the flags of the file: without those to `clear`, and with
/// those to `set`. A file without flags has no such header. `None` if that is not possible.
fn rebuilt(bytes: &[u8], chunks: &[Chunk<'_>], clear: u8, set: u8) -> Option<Vec<u8>> {
    let header = read_header(bytes).ok()?;
    let stated = chunks.iter().find(|chunk| chunk.kind == b"VP8X");
    let stated_flags = stated.and_then(|chunk| chunk.data.first()).copied();
    let alpha = if header.has_alpha { ALPHA_FLAG } else { 0 };
    let flags = (stated_flags.unwrap_or(alpha) & !clear) | set;
    let mut payload = b"WEBP".to_vec();
    if stated.is_some() || set != 0 {
        let mut extended = vec![flags, 0, 0, 0];
        for side in [header.size.width, header.size.height] {
            extended.extend_from_slice(&side.checked_sub(1)?.to_le_bytes()[..3]);
        }
        Chunk { kind: b"VP8X", data: &extended }.append_to(&mut payload);
    }
    chunks.iter().filter(|chunk| chunk.kind != b"VP8X").for_each(|chunk| chunk.append_to(&mut payload));
    let len = u32::try_from(payload.len()).ok()?;
    Some([b"RIFF", &len.to_le_bytes(), payload.as_slice()].concat())
}

/// Checks that the file is as long as it states, consists of complete chunks, and has image data.
///
/// The decoder checks that the image data is complete. It does not notice the loss of the last two bytes of a lossy
/// picture whose lengths were corrected, because arithmetic decoding rarely needs them.
pub(crate) fn ensure_complete(bytes: &[u8]) -> Result<(), Reason> {
    let mut has_pixels = false;
    for chunk in chunks(bytes)? {
        has_pixels |= matches!(chunk?.kind, b"VP8 " | b"VP8L" | b"ANMF");
    }
    if has_pixels { Ok(()) } else { Err("the image data is missing") }
}

/// The chunks of a file that is as long as it states.
fn chunks(bytes: &[u8]) -> Result<Chunks<'_>, Reason> {
    let len = Little.offset(bytes, 4).ok_or(TRUNCATED)?;
    let riff = bytes.get(RIFF_PAYLOAD_AT..).and_then(|rest| rest.get(..len)).ok_or(TRUNCATED)?;
    let rest = riff.get(RIFF_HEADER_LEN - RIFF_PAYLOAD_AT..).ok_or(TRUNCATED)?;
    Ok(Chunks { rest })
}

/// The size of a key frame: a tag of three bytes, the start code, and two sides of 14 bits (RFC 6386, section 9.1).
fn lossy_size(data: &[u8]) -> Result<Size, Reason> {
    let side = |at| Little.u16(data, at).map(|side| u32::from(side & 0x3FFF));
    match (data.get(3..6), side(6), side(8)) {
        (Some([0x9D, 0x01, 0x2A]), Some(width), Some(height)) => Ok(Size { width, height }),
        (Some([0x9D, 0x01, 0x2A]), ..) | (None, ..) => Err("the header is truncated"),
        _ => Err("the image data does not start with a key frame"),
    }
}

/// A signature byte, two sides minus one in 14 bits each, and a bit for alpha (RFC 9649, section 3.4).
fn lossless_size_and_alpha(data: &[u8]) -> Result<(Size, bool), Reason> {
    let bits = Little.u32(data, 1).ok_or("the header is truncated")?;
    if data.first() != Some(&0x2F) {
        return Err("the VP8L signature is missing");
    }
    let size = Size { width: 1 + (bits & 0x3FFF), height: 1 + (bits >> 14 & 0x3FFF) };
    Ok((size, bits >> 28 & 1 == 1))
}

fn u24(bytes: &[u8], at: usize) -> Option<u32> {
    let &[low, middle, high] = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::tests::header_only;
    use crate::decode::decode;
    use crate::encode::{Encoding, encode};
    use crate::fixtures;
    use crate::format::endian::Endian;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_vec();
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
        let chunks = chunks.concat();
        let len = u32::try_from(chunks.len() + 4).unwrap();
        [b"RIFF", &len.to_le_bytes(), b"WEBP", chunks.as_slice()].concat()
    }

    #[test]
    fn a_profile_is_embedded_in_lossy_and_extended_pictures() {
        for mut bytes in [
            fixtures::webp(),
            encode(&fixtures::rgb().into(), &ColorSpace::default(), Encoding::WebP).unwrap(),
        ] {
            let before = decode(&bytes).unwrap();
            for len in [128, 131] {
                let mut profile = header_only(b"RGB ");
                profile.resize(len, 7);
                let colors = ColorSpace::of_icc(profile);
                add_icc_profile(&mut bytes, &colors);
                let after = decode(&bytes).unwrap();
                assert_eq!(after.colors, colors);
                assert!(after.image == before.image);
                assert_eq!(after.header, before.header);
            }
        }
    }

    const KEY_FRAME: [u8; 10] = [0, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x40];

    #[test]
    fn the_size_of_a_lossy_picture_excludes_the_scaling_bits() {
        let header = read_header(&webp(&[chunk(b"VP8 ", &KEY_FRAME)])).unwrap();
        assert_eq!(header.size.to_string(), "320×240");
        assert!(!header.has_alpha);
    }

    #[test]
    fn a_lossless_picture_states_whether_it_has_alpha() {
        for alpha in [0, 1] {
            let bits: u32 = 319 | 239 << 14 | alpha << 28;
            let data = [&[0x2F], bits.to_le_bytes().as_slice()].concat();
            let header = read_header(&webp(&[chunk(b"VP8L", &data)])).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert_eq!(header.has_alpha, alpha == 1);
        }
    }

    #[test]
    fn an_extended_picture_states_its_size_alpha_and_orientation() {
        let canvas = chunk(b"VP8X", &[0x18, 0, 0, 0, 0x3F, 1, 0, 0xEF, 0, 0]);
        for value in 1..=8 {
            let exif = tiff(Endian::Little, &[(ORIENTATION, value)]);
            let bytes = webp(&[canvas.clone(), chunk(b"VP8 ", &KEY_FRAME), chunk(b"EXIF", &exif)]);
            let header = read_header(&bytes).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert!(header.has_alpha);
            assert_eq!(u16::from(header.orientation.value()), value);
        }
    }

    #[test]
    fn a_truncated_file_with_a_corrected_length_is_incomplete() {
        let complete = webp(&[chunk(b"VP8 ", &KEY_FRAME)]);
        assert_eq!(ensure_complete(&complete), Ok(()));
        for len in 12..complete.len() {
            let mut truncated = complete[..len].to_vec();
            truncated[4..8].copy_from_slice(&u32::try_from(len - 8).unwrap().to_le_bytes());
            assert!(ensure_complete(&truncated).is_err(), "{len} bytes");
        }
    }
}
