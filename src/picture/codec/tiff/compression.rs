//! Decompresses the strips and tiles of a TIFF.

use std::io::{Cursor, Read};

use flate2::read::ZlibDecoder;
use image_webp::WebPDecoder;
use ruzstd::decoding::StreamingDecoder;
use weezl::BitOrder;

use super::fax::{self, Coding};
use super::{jpeg, unsupported};
use crate::codec::packbits;
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Format, tiff as tags};

/// How chunks are compressed.
pub(super) enum Compression {
    None,
    PackBits,
    Lzw,
    Deflate,
    Zstd,
    WebP,
    Fax(Coding),
    Jpeg(jpeg::Shared),
}

/// What a chunk contains when it is decompressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// In pixels.
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) channels: usize,
    /// In bytes.
    pub(super) len: usize,
}

impl Compression {
    pub(super) fn of(ifd: Ifd<'_>) -> Result<Compression, DecodeError> {
        let options = |tag| ifd.value(tag).unwrap_or(0);
        Ok(match ifd.value(tags::COMPRESSION).unwrap_or(1) {
            1 => Compression::None,
            2 => Compression::Fax(Coding::Huffman { word: 1 }),
            32_771 => Compression::Fax(Coding::Huffman { word: 2 }),
            3 => Compression::Fax(Coding::Group3 { has_two_dimensions: options(tags::T4_OPTIONS) & 1 == 1 }),
            4 => Compression::Fax(Coding::Group4),
            5 => Compression::Lzw,
            6 => return Err(unsupported("old-style JPEG compression".into())),
            tags::JPEG => Compression::Jpeg(jpeg::Shared::of(ifd)),
            8 | 32_946 => Compression::Deflate,
            32_773 => Compression::PackBits,
            34_925 => return Err(unsupported("LZMA compression".into())),
            50_000 => Compression::Zstd,
            50_001 => Compression::WebP,
            other => return Err(unsupported(format!("compression {other}"))),
        })
    }

    /// Decompresses the bytes of a chunk. The result is never longer than the content, and nothing is allocated for more.
    ///
    /// # Errors
    /// For damaged bytes, and for too few samples.
    pub(super) fn decompress(
        &self,
        bytes: &[u8],
        is_reversed: bool,
        content: Content,
    ) -> Result<Vec<u8>, DecodeError> {
        let reversed: Vec<u8>;
        let bytes = match self {
            Compression::Jpeg(_) | Compression::WebP => bytes,
            _ if is_reversed => {
                reversed = bytes.iter().map(|byte| byte.reverse_bits()).collect();
                &reversed
            }
            _ => bytes,
        };
        let samples = match self {
            Compression::None => bytes.get(..content.len).map(<[u8]>::to_vec).ok_or_else(too_short)?,
            Compression::PackBits => packbits::unpack(bytes, content.len),
            Compression::Lzw => lzw(bytes, content.len)?,
            Compression::Deflate => read(ZlibDecoder::new(bytes), content.len)?,
            Compression::Zstd => {
                let decoder = StreamingDecoder::new(bytes).map_err(|error| damaged(error.to_string()))?;
                read(decoder, content.len)?
            }
            Compression::WebP => webp(bytes, content)?,
            Compression::Fax(coding) => fax::decode(bytes, *coding, content.width, content.rows)
                .ok_or_else(|| damaged("the CCITT data is invalid or ends too early".into()))?,
            Compression::Jpeg(shared) => shared.decode(bytes, content)?,
        };
        if samples.len() < content.len { Err(too_short()) } else { Ok(samples) }
    }
}

/// Reads at most `len` bytes.
fn read(reader: impl Read, len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut samples = Vec::new();
    match reader.take(len as u64).read_to_end(&mut samples) {
        Ok(_) => Ok(samples),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(too_short()),
        Err(error) => Err(damaged(error.to_string())),
    }
}

fn lzw(bytes: &[u8], len: usize) -> Result<Vec<u8>, DecodeError> {
    // The first code clears the table. In the least significant bit first, it is of the time before TIFF 5.0.
    if matches!(bytes, [0, second, ..] if second & 1 == 1) {
        return Err(unsupported("old-style LZW compression".into()));
    }
    let mut samples = vec![0; len];
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let (mut read, mut written) = (0, 0);
    while written < len {
        let result = decoder.decode_bytes(&bytes[read..], &mut samples[written..]);
        read += result.consumed_in;
        written += result.consumed_out;
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_in + result.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
    samples.truncate(written);
    Ok(samples)
}

fn webp(bytes: &[u8], content: Content) -> Result<Vec<u8>, DecodeError> {
    let error = |error: image_webp::DecodingError| damaged(error.to_string());
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(error)?;
    let (width, height) = decoder.dimensions();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    if (width as usize, height as usize) != (content.width, content.rows)
        || channels > content.channels
        || content.channels > 4
    {
        return Err(damaged("a strip or tile has other dimensions than its picture".into()));
    }
    let mut samples = vec![0; content.width * content.rows * channels];
    decoder.read_image(&mut samples).map_err(error)?;
    if channels == content.channels {
        return Ok(samples);
    }
    // Opaque pixels are stored without their alpha channel.
    Ok(samples.as_chunks().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect())
}

pub(super) fn too_short() -> DecodeError {
    DecodeError::Incomplete { format: Format::Tiff, reason: "there are too few pixels" }
}

pub(super) fn damaged(detail: String) -> DecodeError {
    DecodeError::Damaged { format: Format::Tiff, detail }
}
