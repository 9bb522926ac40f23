//! The picture formats: one record for each, which says how to recognize, check, decode and strip it.
//!
//! A new format is a variant of [`Format`], a file in this directory and a line in [`CODECS`].

mod avif;
mod bmp;
#[cfg(feature = "heic")]
mod deep;
mod frames;
mod gif;
mod heic;
#[cfg(any(feature = "avif", feature = "heic"))]
mod heif;
mod ico;
mod image_crate;
mod jpeg;
mod jxl;
mod lab;
mod packbits;
mod png;
mod psd;
mod tiff;
mod webp;

use std::borrow::Cow;

use image::DynamicImage;

use crate::color::{ColorSpace, Stated};
use crate::contents::Contents;
use crate::decode::DecodeError;
use crate::format::blocks::{Metadata, Unfit, UnknownBlocks};
use crate::format::{Format, Header, Reason};

/// What the program knows about a format.
pub(crate) struct Codec {
    pub(crate) format: Format,
    /// In lower case, for example `jpeg`.
    pub(crate) name: &'static str,
    /// For people, for example `JPEG`.
    pub(crate) title: &'static str,
    pub(crate) media_type: &'static str,
    /// In lower case and without the dot. The usual one is the first.
    pub(crate) extensions: &'static [&'static str],
    /// Whether a file starts with this format's signature.
    pub(crate) sniff: fn(&[u8]) -> bool,
    /// Whether a file contains its end marker. A quick check: it finds truncated files, but not damage before the end.
    pub(crate) has_trailer: fn(&[u8]) -> bool,
    /// `None` if pictures of this format are only recognized.
    pub(crate) reader: Option<Reader>,
    pub(crate) metadata: MetadataCodec,
}

/// How pictures of a format are read.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) header: ReadHeader,
    /// Decodes a complete picture whose header was read and is not too large. Refuses a truncated or damaged one.
    pub(crate) decode: Decode,
    /// Checks that a picture is complete, without more work than that takes. `None` if there is no shorter way than to decode
    /// it.
    pub(crate) ensure_complete: Option<EnsureComplete>,
    pub(crate) isolation: Isolation,
    /// Decodes a picture at the smallest size that is at least a share of its own, which takes less time and memory.
    /// `None` if that is not possible.
    pub(crate) decode_reduced: Option<DecodeReduced>,
}

/// Where a decoder runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// On a thread of its own.
    Thread,
    /// In a process of its own, because a damaged picture may end it.
    #[cfg_attr(not(feature = "avif"), expect(dead_code, reason = "only one decoder needs it"))]
    Process,
}

pub(crate) type ReadHeader = fn(&[u8]) -> Result<Header, Reason>;

pub(crate) type Decode = fn(&[u8], &Header) -> Result<Pixels, DecodeError>;
pub(crate) type DecodeReduced = fn(&[u8], share: f64) -> Result<Pixels, DecodeError>;
pub(crate) type EnsureComplete = fn(&[u8], &Header) -> Result<(), DecodeError>;

/// Pixels as stored, and what the file states about their colors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pixels {
    pub(crate) image: DynamicImage,
    pub(crate) colors: Stated,
}

/// How metadata of a format is removed, read and added.
pub(crate) struct MetadataCodec {
    /// Moves everything but metadata to the beginning. Returns the new length.
    pub(crate) strip: Option<Strip>,
    /// Returns the EXIF metadata, with or without the `Exif\0\0` before it.
    pub(crate) exif: Option<Exif>,
    pub(crate) add_exif: Option<AddExif>,
    /// Returns what a file says about its picture. `None` if such metadata is not read.
    pub(crate) read: Option<ReadMetadata>,
    /// Replaces the metadata of a file. Changes nothing in a damaged one, and returns `None`. Not there if the format is not
    /// written.
    pub(crate) write: Option<WriteMetadata>,
    /// Corrects what all viewers tolerate, and says what. Returns `None` if nothing is wrong.
    pub(crate) repair: Option<Repair>,
    /// Returns what else a file has. `None` if it has one picture.
    pub(crate) contents: Option<ReadContents>,
    /// Returns a picture of a file that has several, by its index, as a file of its own.
    pub(crate) page: Option<Page>,
    /// Returns what a file states about its colors, apart from EXIF metadata. `None` if that takes the decoder.
    pub(crate) colors: Option<ReadColors>,
    /// Embeds a color space. The file must not have another one.
    pub(crate) add_colors: Option<AddColors>,
}

pub(crate) type Strip = fn(&mut [u8]) -> Result<usize, Reason>;
pub(crate) type Exif = fn(&[u8]) -> Option<Cow<'_, [u8]>>;
pub(crate) type AddExif = fn(&mut Vec<u8>, &[u8]);
pub(crate) type ReadMetadata = fn(&[u8]) -> Metadata;
pub(crate) type WriteMetadata = fn(&mut Vec<u8>, &Metadata, UnknownBlocks) -> Option<Unfit>;
pub(crate) type Repair = fn(&[u8]) -> Result<Option<Repaired>, Reason>;
pub(crate) type ReadContents = fn(&[u8]) -> Contents;
pub(crate) type Page = fn(&[u8], &Header, u32) -> Result<Vec<u8>, DecodeError>;
pub(crate) type ReadColors = fn(&[u8]) -> Stated;
pub(crate) type AddColors = fn(&mut Vec<u8>, &ColorSpace);

/// A file whose faults were corrected.
pub(crate) struct Repaired {
    pub(crate) bytes: Vec<u8>,
    /// For people, for example `end marker added`.
    pub(crate) what: &'static str,
}

impl MetadataCodec {
    const NONE: MetadataCodec = MetadataCodec {
        strip: None,
        exif: None,
        add_exif: None,
        read: None,
        write: None,
        repair: None,
        contents: None,
        page: None,
        colors: None,
        add_colors: None,
    };
}

/// All formats, in the order of the variants of [`Format`], which is also the order in which they are listed.
pub(crate) static CODECS: [Codec; 11] = [
    jpeg::CODEC,
    png::CODEC,
    webp::CODEC,
    gif::CODEC,
    bmp::CODEC,
    tiff::CODEC,
    heic::CODEC,
    avif::CODEC,
    jxl::CODEC,
    ico::CODEC,
    psd::CODEC,
];

/// Finds the format whose signature a file has.
pub(crate) fn sniff(bytes: &[u8]) -> Option<&'static Codec> {
    CODECS.iter().find(|codec| (codec.sniff)(bytes))
}

/// For formats without an end marker.
fn no_trailer(_: &[u8]) -> bool {
    true
}

#[cfg(test)]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_format_has_its_record_at_its_own_place() {
        for (at, codec) in CODECS.iter().enumerate() {
            assert_eq!(codec.format as usize, at, "{}", codec.name);
        }
    }

    #[test]
    fn no_two_formats_share_a_name_or_an_extension() {
        let words: Vec<&str> = CODECS
            .iter()
            .flat_map(|codec| codec.extensions.iter().chain([&codec.media_type]))
            .copied()
            .collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        for codec in &CODECS {
            assert!(
                codec.extensions.contains(&codec.name) || codec.extensions.contains(&"jpg"),
                "{}",
                codec.name
            );
        }
    }
}
