//! Decoding with the `image` crate, and its errors in our words.

use std::error::Error;
use std::io;

use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult, Limits};
use seededit_resize::Size;

use super::Pixels;
use crate::color::Stated;
use crate::decode::DecodeError;
use crate::format::{Format, Header};

/// The memory for everything but pixels, in bytes: a profile, texts, one row.
pub(super) const MAX_EXTRAS: u64 = 64 << 20;

/// Limits the memory of a decoder, in bytes.
pub(super) fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_alloc);
    limits
}

/// Limits the memory of a decoder to what the pixels and [`MAX_EXTRAS`] take.
pub(super) fn limits_with_pixels(size: Size) -> Limits {
    /// Four samples of 32 bits.
    const MAX_PIXEL_BYTES: u64 = 16;

    limits(size.pixels() * MAX_PIXEL_BYTES + MAX_EXTRAS)
}

/// Decodes a picture whose size has to be that of its header.
pub(super) fn read_image(mut decoder: impl ImageDecoder, header: &Header) -> ImageResult<Pixels> {
    let size = header.size;
    if decoder.dimensions() != (size.width, size.height) {
        let error = "the header and the decoder disagree about the dimensions";
        return Err(ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, error)));
    }
    // An unreadable profile is no reason to refuse the pixels.
    let icc = decoder.icc_profile().ok().flatten();
    Ok(Pixels { image: DynamicImage::from_decoder(decoder)?, colors: Stated::of_icc(icc) })
}

/// Says what is wrong with a picture: its kind, its end or its data.
pub(super) fn decode_error(format: Format, error: &ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(_) => DecodeError::UnsupportedKind { format, detail: innermost(error) },
        _ if ends_too_early(error) => DecodeError::Incomplete { format, reason: "it ends too early" },
        _ => DecodeError::Damaged { format, detail: innermost(error) },
    }
}

/// Whether the decoder reached the end of the file before the end of the picture.
fn ends_too_early(error: &ImageError) -> bool {
    let is_end = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    // The library does not list this error among its causes.
    let is_io_end = matches!(error, ImageError::IoError(error) if is_end(error));
    is_io_end
        || causes(error).any(|cause| {
            cause.downcast_ref().is_some_and(is_end)
                || cause.to_string().to_lowercase().contains("unexpected end of file")
        })
}

/// The message of the last cause, which names the problem; those before it name libraries.
fn innermost(error: &ImageError) -> String {
    causes(error).last().map_or_else(String::new, |cause| cause.to_string())
}

fn causes(error: &ImageError) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source())
}
