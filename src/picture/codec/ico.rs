//! The codec of icons and cursors.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::ico::IcoDecoder;

use super::image_crate::{decode_error, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer, png};
use crate::decode::DecodeError;
use crate::format::ico::{self, Picture};
use crate::format::{Format, Header};

pub(super) const CODEC: Codec = Codec {
    format: Format::Ico,
    name: "ico",
    title: "ICO",
    media_type: "image/ico",
    extensions: &["ico", "cur"],
    sniff: ico::is_directory,
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: ico::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
    }),
    metadata: MetadataCodec::NONE,
};

/// Decodes the largest picture.
fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let picture =
        ico::largest(bytes).map_err(|reason| DecodeError::Incomplete { format: Format::Ico, reason })?;
    match picture {
        Picture::Png(picture) => png::decode(picture, header),
        Picture::Bitmap(bitmap) => IcoDecoder::new(Cursor::new(icon(bitmap, header)))
            .and_then(|mut decoder| {
                decoder.set_limits(limits_with_pixels(header.size))?;
                read_image(decoder, header)
            })
            .map_err(|error| decode_error(Format::Ico, &error)),
    }
}

/// An icon with a single picture. The decoder would choose another picture, and takes the hotspot of a cursor for a depth.
fn icon(bitmap: &[u8], header: &Header) -> Vec<u8> {
    const BITMAP_AT: u32 = 22;

    let side = |side: u32| u8::try_from(side).unwrap_or(0);
    [
        &[0, 0, 1, 0, 1, 0, side(header.size.width), side(header.size.height), 0, 0, 1, 0, 32, 0][..],
        &(bitmap.len() as u32).to_le_bytes(),
        &BITMAP_AT.to_le_bytes(),
        bitmap,
    ]
    .concat()
}
