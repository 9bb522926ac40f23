//! The AVIF codec.

#[cfg(feature = "avif")]
mod av1;
#[cfg(feature = "avif")]
mod reader;
#[cfg(feature = "avif")]
mod yuv;

#[cfg(feature = "avif")]
use self::reader::{METADATA, READER};
use super::{Codec, no_trailer};
#[cfg(not(feature = "avif"))]
use super::{MetadataCodec, Reader};
use crate::format::Format;
use crate::format::brands::Brand;

pub(super) const CODEC: Codec = Codec {
    format: Format::Avif,
    name: "avif",
    title: "AVIF",
    media_type: "image/avif",
    extensions: &["avif"],
    sniff: |bytes| Brand::of(bytes) == Some(Brand::Avif),
    has_trailer: no_trailer,
    reader: READER,
    metadata: METADATA,
};

#[cfg(not(feature = "avif"))]
const READER: Option<Reader> = None;
#[cfg(not(feature = "avif"))]
const METADATA: MetadataCodec = MetadataCodec::NONE;
