//! From bytes to pixels. Only complete pictures are decoded.

mod cmyk;

use std::error::Error;
use std::io::{self, Cursor};

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult, Limits};
use rayon::join;
use seededit_resize::Size;

use crate::color::icc;
use crate::format::{Format, Header, HeaderError, jpeg, png, webp};
use crate::geometry::{Orientation, apply_orientation};

/// The most pixels of a picture that is decoded: 100 megapixels.
///
/// Many times the size of any answer, and 300 MB of memory for a JPEG.
pub const MAX_PIXELS: u64 = 100_000_000;

/// The longest side of a picture that is decoded, in pixels: that of a JPEG.
///
/// The resize filter needs hundreds of bytes for each pixel of a row, so ten rows of ten million pixels would take
/// gigabytes.
pub const MAX_SIDE: u32 = 65_535;

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The pixels as stored: [`Header::orientation`] is not applied.
    pub image: DynamicImage,
    /// The ICC profile of the pixels.
    pub icc: Option<Vec<u8>>,
    pub header: Header,
}

impl Decoded {
    /// Applies the orientation to the pixels and resets it in the header, so that it cannot be applied twice.
    #[must_use]
    pub fn into_upright(mut self) -> Self {
        self.image = apply_orientation(self.image, self.header.orientation);
        self.header.size = self.header.upright();
        self.header.orientation = Orientation::UPRIGHT;
        self
    }
}

/// A picture cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// No picture of this format is decoded.
    #[error("{} pictures cannot be decoded", .0.title())]
    Unsupported(Format),
    /// It has more than 100 megapixels.
    #[error("the picture has {0} pixels, more than 100 megapixels")]
    TooLarge(Size),
    /// A side is longer than 65,535 pixels.
    #[error("the picture has {0} pixels, more than {MAX_SIDE} on one side")]
    TooLong(Size),
    /// Data is missing or contradictory.
    #[error("the {} file is damaged or incomplete ({reason})", .format.title())]
    Incomplete { format: Format, reason: &'static str },
    /// The format is supported, but the decoder does not know this kind of it.
    #[error("this kind of {} file is not supported ({detail})", .format.title())]
    UnsupportedKind {
        format: Format,
        /// The library's words.
        detail: String,
    },
    /// The data is complete, but the decoder fails.
    #[error("the {} file is damaged or incomplete ({detail})", .format.title())]
    Damaged {
        format: Format,
        /// The library's words.
        detail: String,
    },
}

/// Decodes a complete JPEG, PNG, WebP, GIF, BMP or TIFF.
///
/// Decodes the first frame of an animation and the first page of a document. Keeps the depth of the samples. Converts
/// CMYK to sRGB. Ignores bytes after the end of the picture.
///
/// # Errors
/// For HEIC and AVIF, for more than [`MAX_PIXELS`] or [`MAX_SIDE`] (before memory is allocated), and for a
/// truncated or damaged picture, even if other decoders show a part of it.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let header = read_header(bytes)?;
    let (image, icc) = match header.format {
        Format::Jpeg => decode_and_check_jpeg(bytes, &header)?,
        _ => {
            // The decoders of the formats that are not checked detect missing data themselves.
            check_completeness(bytes, &header)?;
            decode_pixels(bytes, &header)?
        }
    };
    let icc = icc.filter(|profile| icc::describes(profile, &image));
    Ok(Decoded { image, icc, header })
}

/// Checks that a downloaded picture is complete. Refuses what [`decode`] refuses, and GIF, BMP and TIFF.
///
/// Does not decode a JPEG to pixels: after every code of every block was read, the rest cannot fail, and takes as long
/// again.
///
/// # Errors
/// The errors of [`decode`].
pub fn ensure_complete(bytes: &[u8]) -> Result<Header, DecodeError> {
    let header = read_header(bytes)?;
    if !has_completeness_check(header.format) {
        return Err(DecodeError::Unsupported(header.format));
    }
    check_completeness(bytes, &header)?;
    if header.format != Format::Jpeg {
        decode_pixels(bytes, &header)?;
    }
    Ok(header)
}

fn read_header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let header = Header::read(bytes)?;
    ensure_decodable(header.size)?;
    Ok(header)
}

/// Checks that a picture is not too large to allocate memory for it.
///
/// # Errors
/// For more than [`MAX_PIXELS`], or a side longer than [`MAX_SIDE`].
pub fn ensure_decodable(size: Size) -> Result<(), DecodeError> {
    if size.pixels() > MAX_PIXELS {
        return Err(DecodeError::TooLarge(size));
    }
    if size.width.max(size.height) > MAX_SIDE {
        return Err(DecodeError::TooLong(size));
    }
    Ok(())
}

/// Whether [`check_completeness`] supports the format.
fn has_completeness_check(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png | Format::WebP)
}

fn check_completeness(bytes: &[u8], header: &Header) -> Result<(), DecodeError> {
    let format = header.format;
    match format {
        Format::Jpeg => jpeg::ensure_complete(bytes),
        Format::Png => png::ensure_complete(bytes, header),
        Format::WebP => webp::ensure_complete(bytes),
        _ => Ok(()),
    }
    .map_err(|reason| DecodeError::Incomplete { format, reason })
}

/// Decodes a JPEG and checks its completeness in parallel, because both take long.
///
/// A file that is too short for its size is checked first, so that memory is only allocated for pixels that may exist.
fn decode_and_check_jpeg(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    /// A block of 64 pixels takes at least a bit.
    const MAX_PIXELS_PER_BYTE: u64 = 8 * 64;

    if header.size.pixels() > MAX_PIXELS_PER_BYTE.saturating_mul(bytes.len() as u64) {
        check_completeness(bytes, header)?;
        return decode_pixels(bytes, header);
    }
    // The pixels are first because they take longer. The second task waits for a free processor.
    let (pixels, check) = join(|| decode_pixels(bytes, header), || check_completeness(bytes, header));
    check.and(pixels)
}

/// Pixels and their ICC profile.
type Pixels = (DynamicImage, Option<Vec<u8>>);

fn decode_pixels(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let format = header.format;
    decode_with_limits(bytes, header).map_err(|error| match &error {
        ImageError::Unsupported(_) => DecodeError::UnsupportedKind { format, detail: innermost(&error) },
        _ if ends_too_early(&error) => DecodeError::Incomplete { format, reason: "it ends too early" },
        _ => DecodeError::Damaged { format, detail: innermost(&error) },
    })
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

fn decode_with_limits(bytes: &[u8], header: &Header) -> ImageResult<Pixels> {
    /// The memory for everything but pixels: a profile, texts, one row.
    const MAX_EXTRAS: u64 = 64 << 20;
    /// Four samples of 32 bits.
    const MAX_PIXEL_BYTES: u64 = 16;

    let size = header.size;
    let limits = |max_alloc| {
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(max_alloc);
        limits
    };
    let with_pixels = limits(size.pixels() * MAX_PIXEL_BYTES + MAX_EXTRAS);
    let cursor = Cursor::new(bytes);
    match header.format {
        Format::Png => read_image(PngDecoder::with_limits(cursor, limits(MAX_EXTRAS))?, size),
        Format::WebP => read_image(WebPDecoder::new(cursor)?, size),
        Format::Gif => {
            let mut decoder = GifDecoder::new(cursor)?;
            decoder.set_limits(with_pixels)?;
            read_image(decoder, size)
        }
        Format::Bmp => {
            let mut decoder = BmpDecoder::new(cursor)?;
            decoder.set_limits(with_pixels)?;
            read_image(decoder, size)
        }
        Format::Tiff => {
            let mut decoder = TiffDecoder::new(cursor)?;
            decoder.set_limits(with_pixels)?;
            read_image(decoder, size)
        }
        _ if header.is_cmyk => Ok((cmyk::decode(bytes, size)?, None)),
        _ => read_image(JpegDecoder::new(cursor)?, size),
    }
}

fn read_image(mut decoder: impl ImageDecoder, size: Size) -> ImageResult<Pixels> {
    if decoder.dimensions() != (size.width, size.height) {
        let error = "the header and the decoder disagree about the dimensions";
        return Err(ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, error)));
    }
    // An unreadable profile is no reason to refuse the pixels.
    let icc = decoder.icc_profile().ok().flatten();
    Ok((DynamicImage::from_decoder(decoder)?, icc))
}

#[cfg(test)]
mod tests;
