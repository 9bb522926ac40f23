//! The WebP codec.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::webp::WebPDecoder;

use super::frames::frame;
use super::image_crate::{decode_error, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::color::Stated;
use crate::decode::DecodeError;
use crate::format::{Format, Header, webp};

pub(super) const CODEC: Codec = Codec {
    format: Format::WebP,
    name: "webp",
    title: "WebP",
    media_type: "image/webp",
    extensions: &["webp"],
    sniff: |bytes| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: webp::read_header,
        decode,
        ensure_complete: Some(|bytes, header| decode(bytes, header).map(drop)),
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec {
        exif: Some(|bytes| webp::exif(bytes).map(Cow::Borrowed)),
        read: Some(webp::blocks::read),
        write: Some(webp::blocks::write),
        contents: Some(webp::contents),
        page: Some(|bytes, header, index| frame(WebPDecoder::new(Cursor::new(bytes)), header, index)),
        colors: Some(|bytes| Stated::of_icc(webp::icc_profile(bytes))),
        add_colors: Some(webp::add_icc_profile),
        ..MetadataCodec::NONE
    },
};

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let format = Format::WebP;
    webp::ensure_complete(bytes).map_err(|reason| DecodeError::Incomplete { format, reason })?;
    WebPDecoder::new(Cursor::new(bytes))
        .and_then(|decoder| read_image(decoder, header))
        .map_err(|error| decode_error(format, &error))
}
