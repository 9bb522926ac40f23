//! The header of a picture: what is known before a pixel is decoded.

use image::DynamicImage;
use seededit_resize::Size;

use super::{Format, foreign, tiff};
use crate::codec;
use crate::decode::guard::{Panicked, catch};
use crate::geometry::Orientation;

/// The header of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format, from the first bytes.
    pub format: Format,
    /// The size of the stored pixels, before the orientation is applied. Neither side is 0.
    pub size: Size,
    pub orientation: Orientation,
    /// Whether pixels may be transparent: there is an alpha channel, or a transparent color.
    pub has_alpha: bool,
    /// The color model of the decoded samples, as far as the header states it.
    pub model: ColorModel,
    /// Whether it has HDR colors (PQ or HLG), which are converted to SDR when it is decoded.
    pub is_hdr: bool,
    /// Whether samples have more than 8 bits.
    pub is_deep: bool,
    /// Whether few programs read this kind of the format: a JPEG with arithmetic coding.
    pub is_rare: bool,
}

/// A color model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorModel {
    Gray,
    /// RGB, YCbCr, or a palette.
    #[default]
    Rgb,
    /// CMYK or YCCK.
    Cmyk,
}

impl ColorModel {
    pub(crate) fn of(image: &DynamicImage) -> ColorModel {
        if image.color().has_color() { ColorModel::Rgb } else { ColorModel::Gray }
    }
}

/// A header cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The first bytes are not those of a picture.
    #[error("not a picture in a known format")]
    Unrecognized,
    /// A picture in a format that no build reads.
    #[error("the file is a picture in the format {0}, which is not read")]
    OtherFormat(&'static str),
    /// A file of another kind, with its article.
    #[error("not a picture, but {0}")]
    NotAPicture(&'static str),
    /// Pictures of this format are recognized, but this build does not read them.
    #[error("this build does not read {} pictures", .0.title())]
    Unsupported(Format),
    /// The file has what the sensor of a camera saw, and not a picture yet.
    #[error("the file is a raw file of a camera")]
    Raw,
    /// The header is truncated or contradictory.
    #[error("the {} file is damaged or incomplete ({reason})", .format.title())]
    Damaged { format: Format, reason: &'static str },
}

impl Header {
    /// The header of an upright and opaque picture in color.
    pub(crate) const fn new(format: Format, size: Size) -> Header {
        Header {
            format,
            size,
            orientation: Orientation::UPRIGHT,
            has_alpha: false,
            model: ColorModel::Rgb,
            is_hdr: false,
            is_deep: false,
            is_rare: false,
        }
    }

    /// Reads the header of a picture. `bytes` is the picture, or at least its beginning.
    ///
    /// Does not check that the picture is complete; [`ensure_complete`](crate::decode::ensure_complete) does.
    ///
    /// # Errors
    /// For an unknown format, for one that this build does not read, and for a header without a size.
    pub fn read(bytes: &[u8]) -> Result<Self, HeaderError> {
        if tiff::is_raw(bytes) {
            return Err(HeaderError::Raw);
        }
        let codec = codec::sniff(bytes).ok_or_else(|| foreign::recognize(bytes))?;
        let format = codec.format;
        let reader = codec.reader.ok_or(HeaderError::Unsupported(format))?;
        let damaged = |reason| HeaderError::Damaged { format, reason };
        // Some headers are read by other crates.
        match catch(|| (reader.header)(bytes)).map_err(|Panicked| damaged("its header cannot be read"))? {
            Ok(header) if header.size.pixels() > 0 => Ok(header),
            Ok(_) => Err(damaged("a side of 0 pixels")),
            Err(reason) => Err(damaged(reason)),
        }
    }

    /// The size of the upright picture, after the orientation is applied.
    #[must_use]
    pub fn upright(&self) -> Size {
        if self.orientation.swaps_sides() { self.size.transposed() } else { self.size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    #[test]
    fn the_upright_size_has_the_orientation_applied() {
        let header = Header {
            orientation: Orientation::new(6).unwrap(),
            ..Header::new(Format::Jpeg, Size { width: 640, height: 480 })
        };
        assert_eq!(header.upright().to_string(), "480×640");
    }

    #[test]
    fn an_unknown_format_and_one_that_is_not_built_have_their_own_errors() {
        assert_eq!(Header::read(b"<html>").unwrap_err(), HeaderError::NotAPicture("a web page"));
        let jxl = Header::read(b"\xFF\x0A");
        if Format::Jxl.is_decodable() {
            assert!(matches!(jxl, Err(HeaderError::Damaged { .. })));
        } else {
            assert_eq!(jxl, Err(HeaderError::Unsupported(Format::Jxl)));
        }
    }

    #[test]
    fn a_side_of_0_pixels_is_an_error() {
        let error = Header::read(b"GIF89a\x00\x00\x05\x00\0\0\0").unwrap_err();
        assert_eq!(error.to_string(), "the GIF file is damaged or incomplete (a side of 0 pixels)");
    }

    #[test]
    fn a_truncated_header_gives_the_right_size_or_an_error() {
        for (name, bytes) in fixtures::all() {
            let complete = Header::read(&bytes).unwrap();
            for len in 0..bytes.len() {
                if let Ok(header) = Header::read(&bytes[..len]) {
                    assert_eq!(header.size, complete.size, "{name}, {len} bytes");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn random_bytes_after_a_signature_do_not_panic(
            signature in prop::sample::select(vec![
                &b"\xFF\xD8\xFF"[..],
                b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
                b"RIFF\xFF\xFF\0\0WEBPVP8 ",
                b"RIFF\xFF\xFF\0\0WEBPVP8L",
                b"RIFF\xFF\xFF\0\0WEBPVP8X\x0A\0\0\0",
                b"GIF89a",
                b"BM\0\0\0\0\0\0\0\0",
                b"II*\0\x08\0\0\0",
            ]),
            noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Header::read(&[signature, &noise].concat());
        }
    }
}
