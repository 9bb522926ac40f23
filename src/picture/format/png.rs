//! PNG (W3C PNG, third edition): its header and its completeness.

pub(crate) mod blocks;
pub(crate) mod colors;
pub(crate) mod metadata;
pub(crate) mod repair;

use seededit_resize::Size;

use crate::contents::{Contents, Kind};
use crate::format::endian::Endian;
use crate::format::ifd::exif_orientation;
use crate::format::{ColorModel, Format, Header, Reason};

const SIGNATURE_LEN: usize = 8;
/// The length, the kind and the checksum of a chunk.
const FRAMING_LEN: usize = 12;
const TRUNCATED: Reason = "the end marker is missing";

/// A chunk, whose checksum is not verified yet.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    crc: u32,
}

impl<'a> Chunk<'a> {
    fn new(kind: [u8; 4], data: &'a [u8]) -> Self {
        Self { kind, data, crc: checksum(kind, data) }
    }

    fn is_intact(&self) -> bool {
        checksum(self.kind, self.data) == self.crc
    }

    /// Writes the chunk. Does nothing if its length does not fit in the format.
    fn append_to(&self, bytes: &mut Vec<u8>) {
        let Ok(len) = u32::try_from(self.data.len()) else { return };
        bytes.extend(len.to_be_bytes());
        bytes.extend(self.kind);
        bytes.extend(self.data);
        bytes.extend(self.crc.to_be_bytes());
    }
}

fn checksum(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&kind);
    hasher.update(data);
    hasher.finalize()
}

/// The chunks in order, up to IEND. Iteration ends after an error.
struct Chunks<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Chunks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(SIGNATURE_LEN..) }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let Some((chunk, rest)) = split_chunk(rest) else {
            return Some(Err(TRUNCATED));
        };
        self.rest = (chunk.kind != *b"IEND").then_some(rest);
        Some(Ok(chunk))
    }
}

/// Splits off a chunk: its length, its kind, its data and its checksum.
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let len = Endian::Big.offset(bytes, 0)?;
    let (kind, rest) = bytes.get(4..)?.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(len)?;
    let (crc, rest) = rest.split_first_chunk()?;
    let chunk = Chunk { kind: *kind, data, crc: u32::from_be_bytes(*crc) };
    Some((chunk, rest))
}

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let mut chunks = Chunks::of(bytes);
    let ihdr = match chunks.next() {
        Some(Ok(chunk)) if chunk.kind == *b"IHDR" => chunk.data,
        _ => return Err("the IHDR chunk is missing"),
    };
    let (&[width, height], rest) =
        ihdr.as_chunks().0.first_chunk().zip(ihdr.get(8..)).ok_or("the IHDR chunk is truncated")?;
    let [bit_depth, color_type, ..] = *rest else {
        return Err("the IHDR chunk is truncated");
    };
    let mut header = Header {
        has_alpha: matches!(color_type, 4 | 6),
        is_deep: bit_depth > 8,
        model: if matches!(color_type, 0 | 4) { ColorModel::Gray } else { ColorModel::Rgb },
        ..Header::new(
            Format::Png,
            Size { width: u32::from_be_bytes(width), height: u32::from_be_bytes(height) },
        )
    };
    for chunk in chunks.map_while(Result::ok) {
        match &chunk.kind {
            b"tRNS" => header.has_alpha = true,
            b"cICP" => header.is_hdr = colors::cicp(chunk.data).is_some_and(|cicp| cicp.is_hdr()),
            b"eXIf" => header.orientation = exif_orientation(chunk.data),
            _ => {}
        }
    }
    Ok(header)
}

/// The number of frames in the animation control chunk.
pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let has_credentials = Chunks::of(bytes).map_while(Result::ok).any(|chunk| chunk.kind == *b"caBX");
    let control = Chunks::of(bytes).map_while(Result::ok).find(|chunk| chunk.kind == *b"acTL");
    let frames = control.and_then(|chunk| Endian::Big.u32(chunk.data, 0)).unwrap_or(1);
    Contents { has_credentials, ..Contents::of(frames, Kind::Frames) }
}

/// Checks that all chunks up to IEND exist and have valid checksums, and that there is image data.
pub(crate) fn ensure_complete(bytes: &[u8], header: &Header) -> Result<(), Reason> {
    /// The maximum that deflate expands a byte to: two bits can stand for 258 bytes.
    const MAX_EXPANSION: u64 = 1032;

    let mut pixel_data = 0_u64;
    for chunk in Chunks::of(bytes) {
        let chunk = chunk?;
        if !chunk.is_intact() {
            return Err("a checksum does not match");
        }
        if chunk.kind == *b"IDAT" {
            pixel_data = pixel_data.saturating_add(chunk.data.len() as u64);
        }
    }
    // A pixel takes at least a bit. Without this check, a few bytes could request hundreds of megabytes of memory.
    if header.size.pixels().div_ceil(8) > pixel_data.saturating_mul(MAX_EXPANSION) {
        return Err("it has too few bytes for its dimensions");
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixtures;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;

    pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [kind.as_slice(), data].concat();
        let len = u32::try_from(data.len()).unwrap();
        let crc = crc32fast::hash(&body);
        [&len.to_be_bytes(), body.as_slice(), &crc.to_be_bytes()].concat()
    }

    pub(crate) fn png(color_type: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
        png_of_size(320, 240, color_type, chunks)
    }

    fn png_of_size(width: u32, height: u32, color_type: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut ihdr = [width.to_be_bytes(), height.to_be_bytes()].concat();
        ihdr.extend([8, color_type, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
        bytes.extend(chunk(b"IHDR", &ihdr));
        bytes.extend(chunks.concat());
        bytes.extend(chunk(b"IEND", b""));
        bytes
    }

    /// A PNG without image data.
    pub(crate) fn of_size(width: u32, height: u32) -> Vec<u8> {
        png_of_size(width, height, 2, &[])
    }

    /// Changes the compressed image data, and updates the checksums.
    pub(crate) fn with_pixel_data(bytes: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut changed = bytes[..SIGNATURE_LEN].to_vec();
        for Chunk { kind, data, .. } in Chunks::of(bytes).map_while(Result::ok) {
            let mut data = data.to_vec();
            if kind == *b"IDAT" {
                change(&mut data);
            }
            changed.extend(chunk(&kind, &data));
        }
        changed
    }

    /// Updates the checksums of a damaged PNG. Returns other formats unchanged.
    pub(crate) fn with_valid_checksums(bytes: &[u8]) -> Vec<u8> {
        match Format::sniff(bytes) {
            Some(Format::Png) => with_pixel_data(bytes, |_| {}),
            _ => bytes.to_vec(),
        }
    }

    #[test]
    fn a_picture_has_alpha_with_an_alpha_channel_or_a_transparent_color() {
        for (color_type, has_alpha) in [(0, false), (2, false), (3, false), (4, true), (6, true)] {
            let header = read_header(&png(color_type, &[])).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert_eq!(header.has_alpha, has_alpha, "color type {color_type}");
        }
        let palette = png(3, &[chunk(b"PLTE", &[0; 3]), chunk(b"tRNS", &[0])]);
        assert!(read_header(&palette).unwrap().has_alpha);
    }

    #[test]
    fn an_orientation_after_the_image_data_is_found() {
        for value in 1..=8 {
            let exif = chunk(b"eXIf", &tiff(Endian::Big, &[(ORIENTATION, value)]));
            let header = read_header(&png(2, &[chunk(b"IDAT", &[0; 9]), exif])).unwrap();
            assert_eq!(u16::from(header.orientation.value()), value);
        }
    }

    #[test]
    fn a_flipped_bit_in_any_chunk_is_detected() {
        let bytes = fixtures::png();
        let header = read_header(&bytes).unwrap();
        assert_eq!(ensure_complete(&bytes, &header), Ok(()));
        for at in (16..bytes.len()).step_by(7) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x10;
            assert!(ensure_complete(&bytes, &header).is_err(), "bit at {at}");
        }
    }

    #[test]
    fn a_size_too_large_for_the_image_data_is_refused() {
        let bytes = png(2, &[chunk(b"IDAT", &[0; 9])]);
        let header = read_header(&bytes).unwrap();
        assert_eq!(ensure_complete(&bytes, &header), Err("it has too few bytes for its dimensions"));
    }
}
