//! The JPEG codec.

mod cmyk;

use std::borrow::Cow;
use std::io::Cursor;

use image::ImageResult;
use image::codecs::jpeg::JpegDecoder;
use rayon::join;

use super::image_crate::{decode_error, read_image};
use super::{Codec, MetadataCodec, Pixels, Reader};
use crate::decode::DecodeError;
use crate::decode::guard::quietly;
use crate::format::{Format, Header, jpeg};

pub(super) const CODEC: Codec = Codec {
    format: Format::Jpeg,
    name: "jpeg",
    title: "JPEG",
    media_type: "image/jpeg",
    extensions: &["jpg", "jpeg", "jpe", "jfif"],
    sniff: |bytes| bytes.starts_with(b"\xFF\xD8\xFF"),
    has_trailer: |bytes| bytes.ends_with(b"\xFF\xD9") || has_eoi_after_last_scan(bytes),
    reader: Some(Reader { header: jpeg::read_header, decode, ensure_complete: Some(ensure_complete) }),
    metadata: MetadataCodec {
        strip: Some(jpeg::metadata::strip),
        exif: Some(|bytes| jpeg::metadata::exif(bytes).map(Cow::Borrowed)),
        add_exif: Some(jpeg::metadata::add_exif),
    },
};

/// Neither marker can occur within the data of a scan, where each FF is followed by 00 or belongs to a restart marker.
/// The markers of a thumbnail precede the picture's own scans.
fn has_eoi_after_last_scan(bytes: &[u8]) -> bool {
    let last = |marker: &[u8; 2]| bytes.windows(2).rposition(|window| window == marker);
    match (last(b"\xFF\xD9"), last(b"\xFF\xDA")) {
        (Some(eoi), Some(sos)) => eoi > sos,
        _ => false,
    }
}

/// Decodes a picture and checks its completeness in parallel, because both take long.
///
/// A file that is too short for its size is checked first, so that memory is only allocated for pixels that may exist.
fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    /// A block of 64 pixels takes at least a bit.
    const MAX_PIXELS_PER_BYTE: u64 = 8 * 64;

    if header.size.pixels() > MAX_PIXELS_PER_BYTE.saturating_mul(bytes.len() as u64) {
        ensure_complete(bytes, header)?;
        return decode_pixels(bytes, header);
    }
    // The pixels are first because they take longer. The second task waits for a free processor.
    let (pixels, check) =
        join(|| quietly(|| decode_pixels(bytes, header)), || ensure_complete(bytes, header));
    check.and(pixels)
}

/// Reads every code of every block. The rest of decoding cannot fail, and takes as long again.
fn ensure_complete(bytes: &[u8], _: &Header) -> Result<(), DecodeError> {
    jpeg::ensure_complete(bytes).map_err(|reason| DecodeError::Incomplete { format: Format::Jpeg, reason })
}

fn decode_pixels(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let decode = || -> ImageResult<Pixels> {
        if header.is_cmyk {
            return Ok(Pixels { image: cmyk::decode(bytes, header.size)?, icc: None });
        }
        read_image(JpegDecoder::new(Cursor::new(bytes))?, header)
    };
    decode().map_err(|error| decode_error(Format::Jpeg, &error))
}
