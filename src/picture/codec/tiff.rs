//! The TIFF codec.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::tiff::TiffDecoder;

use super::image_crate::{decode_error, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::decode::DecodeError;
use crate::format::{Format, Header, tiff};

pub(super) const CODEC: Codec = Codec {
    format: Format::Tiff,
    name: "tiff",
    title: "TIFF",
    media_type: "image/tiff",
    extensions: &["tif", "tiff"],
    sniff: |bytes| bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*"),
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: tiff::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
    }),
    metadata: MetadataCodec::NONE,
};

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    TiffDecoder::new(Cursor::new(bytes))
        .and_then(|mut decoder| {
            decoder.set_limits(limits_with_pixels(header.size))?;
            read_image(decoder, header)
        })
        .map_err(|error| decode_error(Format::Tiff, &error))
}
