//! The TIFF codec.

mod chunks;
mod color;
mod compression;
mod fax;
mod jpeg;
mod predictor;
mod samples;
mod ycbcr;

use self::color::Interpretation;
use self::samples::Samples;
use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, no_trailer};
use crate::color::Stated;
use crate::decode::DecodeError;
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
        decode_reduced: None,
    }),
    metadata: MetadataCodec {
        read: Some(tiff::metadata::read),
        contents: Some(tiff::contents),
        page: Some(|bytes, _, index| {
            let missing = DecodeError::Incomplete { format: Format::Tiff, reason: "a directory is missing" };
            tiff::page(bytes, index).ok_or(missing)
        }),
        ..MetadataCodec::NONE
    },
};

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let ifd = tiff::main_directory(bytes)
        .ok_or(DecodeError::Incomplete { format: Format::Tiff, reason: "the first directory is missing" })?;
    let icc = ifd.bytes(tiff::ICC_PROFILE).map(<[u8]>::to_vec);
    let colors = Interpretation::of(ifd)?;
    let samples = Samples::read(bytes, ifd, header.size, colors.has_codes())?;
    let image = colors.to_image(samples, header, icc.as_deref())?;
    let icc = icc.filter(|_| !colors.is_converted());
    Ok(Pixels { image, colors: Stated::of_icc(icc) })
}

fn unsupported(detail: String) -> DecodeError {
    DecodeError::UnsupportedKind { format: Format::Tiff, detail }
}

#[cfg(test)]
mod tests;
