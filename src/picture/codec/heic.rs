//! The HEIC codec: pictures are recognized, but not read.

use super::{Codec, MetadataCodec, no_trailer};
use crate::format::Format;
use crate::format::brands::Brand;

pub(super) const CODEC: Codec = Codec {
    format: Format::Heic,
    name: "heic",
    title: "HEIC",
    media_type: "image/heic",
    extensions: &["heic", "heif"],
    sniff: |bytes| Brand::of(bytes) == Some(Brand::Heic),
    has_trailer: no_trailer,
    reader: None,
    metadata: MetadataCodec::NONE,
};
