//! From bytes to pixels. Only complete pictures are decoded.

pub(crate) mod guard;
#[cfg(debug_assertions)]
mod injected;
mod isolated;

use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use image::DynamicImage;
use seededit_resize::Size;

pub use self::isolated::{isolate_decoders, serve_if_asked};
use crate::codec::{Isolation, Pixels, Reader};
use crate::color::{self, ColorSpace};
use crate::contents::Kind;
use crate::format::{Format, Header, HeaderError, metadata};
use crate::geometry::{Orientation, apply_orientation};
use crate::pages::Pages;

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
    /// What their numbers mean.
    pub colors: ColorSpace,
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
    /// A frame or page was chosen that the file does not have.
    #[error("there is no {} {number}: the file has {count}", .kind.name())]
    NoSuchPage { number: u32, count: u32, kind: Kind },
    /// The decoder panicked.
    #[error("the {} picture is of a kind that cannot be decoded", .0.title())]
    Panicked(Format),
    /// The decoder was abandoned.
    #[error("decoding the {} picture takes more than {seconds} seconds", .format.title())]
    TooSlow { format: Format, seconds: u64 },
    /// Too many decoders of this format were abandoned, and are still running.
    #[error("the {} picture cannot be decoded now: {count} others that take too long are still being decoded", .format.title())]
    Busy { format: Format, count: usize },
    /// The operating system starts no thread or process for a decoder.
    #[error("the {} picture cannot be decoded now: the system starts no further thread or process", .0.title())]
    NotStarted(Format),
    /// The data is complete, but the decoder fails.
    #[error("the {} file is damaged or incomplete ({detail})", .format.title())]
    Damaged {
        format: Format,
        /// The library's words.
        detail: String,
    },
}

/// Decodes a complete picture of any format that is read.
///
/// Decodes the first frame of an animation and the first page of a document. Keeps the depth of the samples. Converts
/// CMYK and HDR to sRGB. Ignores bytes after the end of the picture.
///
/// Must not be called on a thread of rayon's pool; see [`guard::run`].
///
/// # Errors
/// For a format that is only recognized, for more than [`MAX_PIXELS`] or [`MAX_SIDE`] (before memory is allocated), and
/// for a truncated or damaged picture, even if other decoders show a part of it.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (header, reader) = read_header(bytes)?;
    let decode = match reader.isolation {
        Isolation::Thread => reader.decode,
        Isolation::Process => isolated::decode,
    };
    let pixels = guard::run(bytes, &header, decode)?;
    if Size::of(&pixels.image) != header.size {
        let detail = "the header and the decoder disagree about the dimensions".into();
        return Err(DecodeError::Damaged { format: header.format, detail });
    }
    interpreted(pixels, bytes, header)
}

/// Decodes a picture at a size that is at least `share` of its own, if its format has a faster way to do that, and else
/// whole. The size in the returned header is that of the pixels.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_reduced(bytes: &[u8], share: f64) -> Result<Decoded, DecodeError> {
    let (header, reader) = read_header(bytes)?;
    let Some(decode_reduced) = reader.decode_reduced else { return decode(bytes) };
    let pixels = guard::run(bytes, &header, move |bytes, _| decode_reduced(bytes, share))?;
    let header = Header { size: Size::of(&pixels.image), ..header };
    interpreted(pixels, bytes, header)
}

fn interpreted(pixels: Pixels, bytes: &[u8], header: Header) -> Result<Decoded, DecodeError> {
    let Pixels { image, colors } = pixels;
    let stated = metadata::with_exif_colors(colors, bytes, header.format);
    let unknown = || DecodeError::UnsupportedKind {
        format: header.format,
        detail: "HDR colors that are not known".into(),
    };
    let (image, colors) = color::interpret(image, stated).ok_or_else(unknown)?;
    Ok(Decoded { image, colors, header })
}

/// Returns the color space of a picture's upload, and so of its answer. Decodes the picture only if its format needs that.
///
/// # Errors
/// The errors of [`decode`].
pub fn color_space(bytes: &[u8]) -> Result<ColorSpace, DecodeError> {
    let header = Header::read(bytes)?;
    if header.is_hdr {
        return Ok(ColorSpace::SRGB);
    }
    match header.format.codec().metadata.colors {
        Some(_) => Ok(metadata::colors(bytes, &header)),
        None => decode(bytes).map(|decoded| decoded.colors),
    }
}

/// Checks that a downloaded picture is complete: that it can be decoded, as far as its format allows to tell.
///
/// # Errors
/// The errors of [`decode`].
pub fn ensure_complete(bytes: &[u8]) -> Result<Header, DecodeError> {
    let (header, reader) = read_header(bytes)?;
    match reader.ensure_complete {
        Some(ensure_complete) => guard::run(bytes, &header, ensure_complete)?,
        None => drop(decode(bytes)?),
    }
    Ok(header)
}

/// Checks a result as [`ensure_complete`] does, without a copy of it. `bytes` is the same afterwards. While another thread
/// checks it, or after it was decoded, `meanwhile` is called: for each result that is complete, and some others.
///
/// # Errors
/// The errors of [`decode`].
pub fn ensure_complete_result(
    bytes: &mut Vec<u8>,
    meanwhile: impl FnOnce(&[u8], Header),
) -> Result<Header, DecodeError> {
    /// Bytes that a decoder shares with this thread.
    struct Shared(Arc<Vec<u8>>);

    impl Deref for Shared {
        type Target = [u8];

        fn deref(&self) -> &[u8] {
            &self.0
        }
    }

    let (header, reader) = read_header(bytes)?;
    let Some(ensure_complete) = reader.ensure_complete else {
        decode(bytes)?;
        meanwhile(bytes, header);
        return Ok(header);
    };
    let shared = Arc::new(mem::take(bytes));
    let meanwhile = || meanwhile(&shared, header);
    let checked = guard::run_on(Shared(Arc::clone(&shared)), &header, ensure_complete, meanwhile).map(drop);
    // Copies them if a decoder that failed, or was abandoned, still has them.
    *bytes = Arc::unwrap_or_clone(shared);
    checked.map(|()| header)
}

/// Checks an upload as [`ensure_complete`] does, without a copy of it. Returns the upload.
///
/// # Errors
/// The errors of [`decode`].
pub(crate) fn ensure_complete_upload(bytes: Pages) -> Result<Pages, DecodeError> {
    let (header, reader) = read_header(&bytes)?;
    let ensure_complete = reader.ensure_complete.ok_or(DecodeError::Unsupported(header.format))?;
    guard::run_on(bytes, &header, ensure_complete, || {})
}

/// Checks that a picture can be decoded, as far as that can be known without memory for all pixels. What all viewers
/// tolerate may be wrong with it.
///
/// # Errors
/// The errors of [`decode`].
pub fn ensure_intact(bytes: &[u8]) -> Result<(), DecodeError> {
    let format = Header::read(bytes)?.format;
    let repaired =
        metadata::repair(bytes, format).map_err(|reason| DecodeError::Incomplete { format, reason })?;
    ensure_complete(repaired.as_ref().map_or(bytes, |repaired| &repaired.bytes)).map(drop)
}

fn read_header(bytes: &[u8]) -> Result<(Header, Reader), DecodeError> {
    let header = Header::read(bytes)?;
    ensure_decodable(header.size)?;
    let reader = header.format.codec().reader.ok_or(DecodeError::Unsupported(header.format))?;
    Ok((header, reader))
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

#[cfg(test)]
mod tests;
