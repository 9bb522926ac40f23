//! The BMP codec.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;

use super::image_crate::{decode_error, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::decode::DecodeError;
use crate::format::{Format, Header, bmp};

pub(super) const CODEC: Codec = Codec {
    format: Format::Bmp,
    name: "bmp",
    title: "BMP",
    media_type: "image/bmp",
    extensions: &["bmp"],
    // The two reserved fields are zero in every bitmap. "BM" alone can also start a text.
    sniff: |bytes| bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]),
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: bmp::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec::NONE,
};

pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    BmpDecoder::new(Cursor::new(bytes))
        .and_then(|mut decoder| {
            decoder.set_limits(limits_with_pixels(header.size))?;
            read_image(decoder, header)
        })
        .map_err(|error| decode_error(Format::Bmp, &error))
}
