//! Picture formats: the structure of their files, without pixels.

mod bmp;
pub(crate) mod endian;
mod gif;
mod header;
pub(crate) mod ifd;
pub(crate) mod jpeg;
pub(crate) mod metadata;
pub(crate) mod png;
mod ranges;
mod tiff;
mod trailer;
pub(crate) mod webp;

use std::fmt;

pub use self::gif::is_animated_gif;
pub use self::header::{Header, HeaderError};
pub use self::trailer::has_trailer;

/// What is wrong with a file, in the words of its format: the detail in "the PNG file is damaged or incomplete (…)".
pub(crate) type Reason = &'static str;

/// A picture format that is recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG (ITU-T T.81), with JFIF, EXIF or no metadata.
    Jpeg,
    /// PNG, animated or not.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF 87a or 89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF, and the raw formats based on it.
    Tiff,
    /// HEIC and related formats with HEVC.
    Heic,
    Avif,
}

impl Format {
    /// All formats, in the order in which they are listed.
    pub(crate) const ALL: [Format; 8] = [
        Format::Jpeg,
        Format::Png,
        Format::WebP,
        Format::Gif,
        Format::Bmp,
        Format::Tiff,
        Format::Heic,
        Format::Avif,
    ];

    /// Recognizes a format by its first bytes. Returns `None` for any other file. File names and media types do not
    /// count.
    ///
    /// 32 bytes are enough, except for HEIC and AVIF files with an unusually long list of brands.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            // The two reserved fields are zero in every bitmap. "BM" alone can also start a text.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(Self::Bmp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Self::Tiff),
            [a, b, c, d, b'f', b't', b'y', b'p', brands @ ..] => {
                let end_of_box = u32::from_be_bytes([*a, *b, *c, *d]).saturating_sub(8);
                let end_of_box = usize::try_from(end_of_box).unwrap_or(usize::MAX);
                sniff_brands(brands.get(..end_of_box).unwrap_or(brands))
            }
            _ => None,
        }
    }

    /// The format of files with this extension, without the dot, in any case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" | "jfif" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::WebP),
            "gif" => Some(Self::Gif),
            "bmp" => Some(Self::Bmp),
            "tif" | "tiff" => Some(Self::Tiff),
            "heic" | "heif" => Some(Self::Heic),
            "avif" => Some(Self::Avif),
            _ => None,
        }
    }

    /// Whether pictures of this format can be decoded.
    #[must_use]
    pub fn is_decodable(self) -> bool {
        !matches!(self, Self::Heic | Self::Avif)
    }

    /// The name in lower case, for example `jpeg`: also the subtype in the media type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Heic => "heic",
            Self::Avif => "avif",
        }
    }

    /// The name for people, for example `JPEG`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
        }
    }

    /// The usual file name extension, without the dot, for example `jpg`.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            other => other.name(),
        }
    }

    /// The media type, for example `image/jpeg`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Recognizes the brands of an ISO media file: the major brand, a version number, and the compatible brands.
///
/// The first brand that names a codec decides, because `mif1` and `msf1` only name the container.
fn sniff_brands(brands: &[u8]) -> Option<Format> {
    brands
        .chunks_exact(4)
        .find_map(|brand| match brand {
            b"avif" | b"avis" => Some(Format::Avif),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Format::Heic),
            _ => None,
        })
        .or_else(|| brands.starts_with(b"mif1").then_some(Format::Heic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format() {
        let cases: [(&[u8], Format); 11] = [
            (b"\xFF\xD8\xFF\xE0", Format::Jpeg),
            (b"\x89PNG\r\n\x1A\n", Format::Png),
            (b"RIFF\x10\0\0\0WEBPVP8L", Format::WebP),
            (b"GIF87a", Format::Gif),
            (b"GIF89a", Format::Gif),
            (b"BM\x46\0\0\0\0\0\0\0\x36", Format::Bmp),
            (b"II*\0", Format::Tiff),
            (b"MM\0*", Format::Tiff),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Format::Heic),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", Format::Avif),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Format::Avif),
        ];
        for (bytes, format) in cases {
            assert_eq!(Format::sniff(bytes), Some(format), "{bytes:?}");
        }
    }

    #[test]
    fn other_files_have_no_format() {
        let cases: [&[u8]; 7] = [
            b"",
            b"\xFF\xD8",
            b"<!DOCTYPE html>",
            b"{\"message\":\"no\"}",
            b"BM is how this sentence begins",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"\0\0\0\x18ftypisom\0\0\0\0mp42isom",
        ];
        for bytes in cases {
            assert_eq!(Format::sniff(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn brands_after_the_end_of_their_box_do_not_count() {
        assert_eq!(Format::sniff(b"\0\0\0\x10ftypisom\0\0\0\0avif"), None);
    }

    #[test]
    fn each_format_is_found_by_its_extension_and_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::from_extension(format.extension()), Some(format));
            assert_eq!(Format::from_extension(format.name()), Some(format));
            assert_eq!(format.media_type(), format!("image/{}", format.name()));
        }
    }

    #[test]
    fn extensions_are_not_case_sensitive() {
        for extension in ["JPG", "Jpeg", "jpe", "JFIF"] {
            assert_eq!(Format::from_extension(extension), Some(Format::Jpeg));
        }
        assert_eq!(Format::from_extension("HEIF"), Some(Format::Heic));
        assert_eq!(Format::from_extension(".jpg"), None);
        assert_eq!(Format::from_extension(""), None);
    }
}
