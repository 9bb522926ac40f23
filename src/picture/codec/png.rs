//! The PNG codec.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::png::PngDecoder;

use super::image_crate::{MAX_EXTRAS, decode_error, limits, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader};
use crate::decode::DecodeError;
use crate::format::{Format, Header, png};

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
        ensure_complete: Some(|bytes, header| decode(bytes, header).map(drop)),
        isolation: Isolation::Thread,
    }),
    metadata: MetadataCodec {
        strip: Some(png::metadata::strip),
        exif: Some(|bytes| png::metadata::exif(bytes).map(Cow::Borrowed)),
        add_exif: Some(png::metadata::add_exif),
        colors: Some(png::colors::stated),
        add_colors: Some(png::colors::add),
    },
};

/// The type and the checksum of the last chunk.
const IEND: &[u8] = b"IEND\xAE\x42\x60\x82";

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let format = Format::Png;
    png::ensure_complete(bytes, header).map_err(|reason| DecodeError::Incomplete { format, reason })?;
    PngDecoder::with_limits(Cursor::new(bytes), limits(MAX_EXTRAS))
        .and_then(|decoder| read_image(decoder, header))
        .map(|pixels| Pixels { colors: png::colors::stated(bytes), ..pixels })
        .map_err(|error| decode_error(format, &error))
}
