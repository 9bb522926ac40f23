//! The PNG codec.

use std::borrow::Cow;
use std::io::Cursor;

use ::png::{Decoder, DecodingError, Limits};
use image::codecs::png::PngDecoder;
use image::{ImageError, ImageFormat};

use super::frames::frame;
use super::image_crate::{MAX_EXTRAS, decode_error, limits, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader};
use crate::decode::DecodeError;
use crate::format::{Format, Header, Reason, png};

pub(super) const CODEC: Codec = Codec {
    format: Format::Png,
    name: "png",
    title: "PNG",
    media_type: "image/png",
    extensions: &["png"],
    sniff: |bytes| bytes.starts_with(b"\x89PNG\r\n\x1A\n"),
    has_trailer: |bytes| bytes.ends_with(IEND) || bytes.windows(IEND.len()).any(|window| window == IEND),
    reader: Some(Reader {
        header: png::read_header,
        decode,
        ensure_complete: Some(ensure_complete),
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec {
        strip: Some(png::metadata::strip),
        exif: Some(|bytes| png::metadata::exif(bytes).map(Cow::Borrowed)),
        add_exif: Some(png::metadata::add_exif),
        read: Some(png::blocks::read),
        write: Some(png::blocks::write),
        contents: Some(png::contents),
        page: Some(|bytes, header, index| {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits_with_pixels(header.size));
            frame(decoder.and_then(PngDecoder::apng), header, index)
        }),
        repair: Some(png::repair::repair),
        colors: Some(png::colors::stated),
        add_colors: Some(png::colors::add),
    },
};

/// The type and the checksum of the last chunk.
const IEND: &[u8] = b"IEND\xAE\x42\x60\x82";

/// Decodes a picture. Its end marker may be missing, and damaged chunks that are not needed are ignored.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let repaired = png::repair::repair(bytes).map_err(incomplete)?;
    let bytes = repaired.as_ref().map_or(bytes, |repaired| &repaired.bytes);
    png::ensure_complete(bytes, header).map_err(incomplete)?;
    PngDecoder::with_limits(Cursor::new(bytes), limits(MAX_EXTRAS))
        .and_then(|decoder| read_image(decoder, header))
        .map(|pixels| Pixels { colors: png::colors::stated(bytes), ..pixels })
        .map_err(|error| decode_error(Format::Png, &error))
}

/// Reads every row, without memory for all of them.
fn ensure_complete(bytes: &[u8], header: &Header) -> Result<(), DecodeError> {
    png::ensure_complete(bytes, header).map_err(incomplete)?;
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_EXTRAS as usize });
    // Includes the checksum of the compressed data, which the decoder ignores otherwise.
    decoder.ignore_checksums(false);
    // Pixels do not depend on texts and the profile, which are not read further.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let read_rows = || -> Result<(), DecodingError> {
        let mut reader = decoder.read_info()?;
        while reader.next_row()?.is_some() {}
        Ok(())
    };
    read_rows().map_err(|error| decode_error(Format::Png, &in_image_crate(error)))
}

fn in_image_crate(error: DecodingError) -> ImageError {
    match error {
        DecodingError::IoError(error) => ImageError::IoError(error),
        error => ImageError::Decoding(image::error::DecodingError::new(ImageFormat::Png.into(), error)),
    }
}

fn incomplete(reason: Reason) -> DecodeError {
    DecodeError::Incomplete { format: Format::Png, reason }
}
