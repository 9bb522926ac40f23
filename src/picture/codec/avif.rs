//! The AVIF codec: pictures are recognized, but not read.

use super::{Codec, MetadataCodec, no_trailer};
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
    reader: None,
    metadata: MetadataCodec::NONE,
};
