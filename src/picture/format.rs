//! Picture formats: the structure of their files, without pixels.

pub(crate) mod blocks;
pub(crate) mod bmp;
#[cfg(any(feature = "avif", feature = "heic", feature = "jxl"))]
pub(crate) mod boxes;
pub(crate) mod brands;
pub(crate) mod endian;
pub(crate) mod exif;
mod foreign;
pub(crate) mod gif;
mod header;
pub(crate) mod ico;
pub(crate) mod ifd;
pub(crate) mod jpeg;
pub(crate) mod metadata;
pub(crate) mod photoshop;
pub(crate) mod png;
pub(crate) mod psd;
mod ranges;
pub(crate) mod tiff;
mod trailer;
pub(crate) mod webp;

use std::fmt;
use std::path::Path;

pub use self::header::{ColorModel, Header, HeaderError};
pub use self::trailer::has_trailer;
use crate::codec::{self, CODECS, Codec};

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
    /// JPEG XL.
    Jxl,
    /// Icons and cursors of Windows.
    Ico,
    /// Photoshop files, and those of the large kind.
    Psd,
}

impl Format {
    /// Recognizes a format by its first bytes. Returns `None` for any other file. File names and media types do not
    /// count.
    ///
    /// 32 bytes are enough, except for HEIC and AVIF files with an unusually long list of brands.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        codec::sniff(bytes).map(|codec| codec.format)
    }

    /// The format of files with this extension, without the dot, in any case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        Self::all().find(|format| format.codec().extensions.contains(&extension.as_str()))
    }

    /// The format of the extension of a file's name.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        Self::from_extension(path.extension()?.to_str()?)
    }

    /// The format with this media type, in any case.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::all().find(|format| format.media_type().eq_ignore_ascii_case(media_type))
    }

    /// All formats, in the order in which they are listed.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        CODECS.iter().map(|codec| codec.format)
    }

    pub(crate) fn codec(self) -> &'static Codec {
        &CODECS[self as usize]
    }

    /// The names of all formats that this build decodes, for people: `JPEG, PNG or TIFF`.
    #[must_use]
    pub fn list_decodable() -> String {
        let titles: Vec<&str> = Self::all().filter(|format| format.is_decodable()).map(Self::title).collect();
        match titles.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// Whether this build decodes pictures of this format.
    #[must_use]
    pub fn is_decodable(self) -> bool {
        self.codec().reader.is_some()
    }

    /// Whether its pictures may be lossless. Those of JPEG and HEIC, which are photos, are not, as a rule.
    #[must_use]
    pub fn may_be_lossless(self) -> bool {
        !matches!(self, Self::Jpeg | Self::Heic)
    }

    /// The name in lower case, for example `jpeg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.codec().name
    }

    /// The name for people, for example `JPEG`.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.codec().title
    }

    /// The usual file name extension, without the dot, for example `jpg`.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.codec().extensions[0]
    }

    /// The media type, for example `image/jpeg`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.codec().media_type
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
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
        for format in Format::all() {
            assert_eq!(Format::from_extension(format.extension()), Some(format));
            assert_eq!(Format::from_extension(format.name()), Some(format));
            let subtype = match format {
                Format::Ico => "x-icon",
                Format::Psd => "vnd.adobe.photoshop",
                _ => format.name(),
            };
            assert_eq!(format.media_type(), format!("image/{subtype}"));
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
