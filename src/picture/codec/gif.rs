//! The GIF codec.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::{ImageDecoder, ImageResult};

use super::frames::frame;
use super::image_crate::{decode_error, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::decode::DecodeError;
use crate::format::{Format, Header, gif};

pub(super) const CODEC: Codec = Codec {
    format: Format::Gif,
    name: "gif",
    title: "GIF",
    media_type: "image/gif",
    extensions: &["gif"],
    sniff: |bytes| bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: gif::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec {
        contents: Some(gif::contents),
        page: Some(|bytes, header, index| frame(decoder(bytes, header), header, index)),
        ..MetadataCodec::NONE
    },
};

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    decoder(bytes, header)
        .and_then(|decoder| read_image(decoder, header))
        .map_err(|error| decode_error(Format::Gif, &error))
}

fn decoder<'a>(bytes: &'a [u8], header: &Header) -> ImageResult<GifDecoder<Cursor<&'a [u8]>>> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes))?;
    decoder.set_limits(limits_with_pixels(header.size))?;
    Ok(decoder)
}
