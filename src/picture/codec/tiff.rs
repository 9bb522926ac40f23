//! The TIFF codec.

mod color;
mod samples;

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::{DynamicImage, ImageDecoder};

use self::samples::Samples;
use super::image_crate::{decode_error, limits_with_pixels, read_image};
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::color::Stated;
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Format, Header, tiff};

pub(super) const CODEC: Codec = Codec {
    format: Format::Tiff,
    name: "tiff",
    title: "TIFF",
    media_type: "image/tiff",
    extensions: &["tif", "tiff"],
    sniff: |bytes| [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|start| bytes.starts_with(*start)),
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
    let ifd = Ifd::first(bytes)
        .ok_or(DecodeError::Incomplete { format: Format::Tiff, reason: "the first directory is missing" })?;
    // The decoder may drop a profile that is large compared with the picture.
    let icc = ifd.bytes(tiff::ICC_PROFILE).map(<[u8]>::to_vec);
    let image = match color::Interpretation::of(ifd) {
        Some(colors) => {
            let samples = Samples::read(bytes, ifd, header.size, colors.is_packed())?;
            colors.to_image(samples, header, icc.as_deref())?
        }
        None => decode_as_a_whole(bytes, header)?,
    };
    Ok(Pixels { image, colors: Stated::of_icc(icc) })
}

/// Decodes a picture whose colors are not known here.
fn decode_as_a_whole(bytes: &[u8], header: &Header) -> Result<DynamicImage, DecodeError> {
    TiffDecoder::new(Cursor::new(bytes))
        .and_then(|mut decoder| {
            decoder.set_limits(limits_with_pixels(header.size))?;
            Ok(read_image(decoder, header)?.image)
        })
        .map_err(|error| decode_error(Format::Tiff, &error))
}

#[cfg(test)]
mod tests;
