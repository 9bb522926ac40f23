//! PNG chunks: what they say, and that all of them arrived (W3C PNG, third edition).

pub(crate) mod metadata;

use seededit_resize::Size;

use crate::format::endian::Endian;
use crate::format::ifd::exif_orientation;
use crate::format::{Flaw, Format, Header};
use crate::geometry::Orientation;

const SIGNATURE_LEN: usize = 8;
const TRUNCATED: Flaw = "the end marker is missing";

/// One chunk, its checksum not yet verified.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    crc: u32,
}

impl Chunk<'_> {
    fn is_intact(&self) -> bool {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.kind);
        hasher.update(self.data);
        hasher.finalize() == self.crc
    }
}

/// The chunks in their order, up to IEND; an error is the last item.
struct Chunks<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Chunks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(SIGNATURE_LEN..) }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let Some((chunk, rest)) = split_chunk(rest) else {
            return Some(Err(TRUNCATED));
        };
        self.rest = (chunk.kind != *b"IEND").then_some(rest);
        Some(Ok(chunk))
    }
}

/// Length, kind, data, checksum.
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let len = Endian::Big.offset(bytes, 0)?;
    let (kind, rest) = bytes.get(4..)?.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(len)?;
    let (crc, rest) = rest.split_first_chunk()?;
    let chunk = Chunk { kind: *kind, data, crc: u32::from_be_bytes(*crc) };
    Some((chunk, rest))
}

pub(crate) fn header(bytes: &[u8]) -> Result<Header, Flaw> {
    let mut chunks = Chunks::of(bytes);
    let ihdr = match chunks.next() {
        Some(Ok(chunk)) if chunk.kind == *b"IHDR" => chunk.data,
        _ => return Err("the IHDR chunk is missing"),
    };
    let (&[width, height], rest) =
        ihdr.as_chunks().0.first_chunk().zip(ihdr.get(8..)).ok_or("the IHDR chunk is truncated")?;
    let [_bit_depth, colour_type, ..] = *rest else {
        return Err("the IHDR chunk is truncated");
    };
    let mut header = Header {
        format: Format::Png,
        size: Size { width: u32::from_be_bytes(width), height: u32::from_be_bytes(height) },
        orientation: Orientation::default(),
        has_alpha: matches!(colour_type, 4 | 6),
        is_cmyk: false,
    };
    for chunk in chunks.map_while(Result::ok) {
        match &chunk.kind {
            b"tRNS" => header.has_alpha = true,
            b"eXIf" => header.orientation = exif_orientation(chunk.data),
            _ => {}
        }
    }
    Ok(header)
}

/// That every chunk up to IEND is there, with the checksum it was sent with, and pixels among them.
pub(crate) fn ensure_complete(bytes: &[u8], header: &Header) -> Result<(), Flaw> {
    /// What deflate can make of one byte at most: 258 bytes of two bits.
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
    // One bit a pixel at least. Without this a few bytes could ask for hundreds of megabytes.
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

    pub(crate) fn png(colour_type: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
        sized(320, 240, colour_type, chunks)
    }

    fn sized(width: u32, height: u32, colour_type: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut ihdr = [width.to_be_bytes(), height.to_be_bytes()].concat();
        ihdr.extend([8, colour_type, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
        bytes.extend(chunk(b"IHDR", &ihdr));
        bytes.extend(chunks.concat());
        bytes.extend(chunk(b"IEND", b""));
        bytes
    }

    /// A header and an end, and nothing between.
    pub(crate) fn of_size(width: u32, height: u32) -> Vec<u8> {
        sized(width, height, 2, &[])
    }

    /// The same picture with other compressed pixels, its checksums right.
    pub(crate) fn with_pixel_data(bytes: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut changed = bytes[..SIGNATURE_LEN].to_vec();
        for part in Chunks::of(bytes).map_while(Result::ok) {
            let mut data = part.data.to_vec();
            if part.kind == *b"IDAT" {
                change(&mut data);
            }
            changed.extend(chunk(&part.kind, &data));
        }
        changed
    }

    /// A damaged picture whose damage no checksum tells; other formats stay as they are.
    pub(crate) fn with_valid_checksums(bytes: &[u8]) -> Vec<u8> {
        match Format::sniff(bytes) {
            Some(Format::Png) => with_pixel_data(bytes, |_| {}),
            _ => bytes.to_vec(),
        }
    }

    #[test]
    fn alpha_is_a_channel_or_a_colour() {
        for (colour_type, alpha) in [(0, false), (2, false), (3, false), (4, true), (6, true)] {
            let header = header(&png(colour_type, &[])).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert_eq!(header.has_alpha, alpha, "colour type {colour_type}");
        }
        let palette = png(3, &[chunk(b"PLTE", &[0; 3]), chunk(b"tRNS", &[0])]);
        assert!(header(&palette).unwrap().has_alpha);
    }

    #[test]
    fn an_orientation_is_found_even_behind_the_pixels() {
        for value in 1..=8 {
            let exif = chunk(b"eXIf", &tiff(Endian::Big, &[(ORIENTATION, value)]));
            let header = header(&png(2, &[chunk(b"IDAT", &[0; 9]), exif])).unwrap();
            assert_eq!(u16::from(header.orientation.value()), value);
        }
    }

    #[test]
    fn a_flipped_bit_in_any_chunk_is_told_by_its_checksum() {
        let bytes = fixtures::png();
        let header = header(&bytes).unwrap();
        assert_eq!(ensure_complete(&bytes, &header), Ok(()));
        for at in (16..bytes.len()).step_by(7) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x10;
            assert!(ensure_complete(&bytes, &header).is_err(), "bit at {at}");
        }
    }

    #[test]
    fn a_size_that_its_bytes_cannot_fill_is_refused() {
        let bytes = png(2, &[chunk(b"IDAT", &[0; 9])]);
        let header = header(&bytes).unwrap();
        assert_eq!(ensure_complete(&bytes, &header), Err("it has too few bytes for its dimensions"));
    }
}
