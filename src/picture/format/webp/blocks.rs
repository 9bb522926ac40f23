//! The metadata of a WebP as blocks: read from its chunks, and written to them.

use super::{Chunk, EXIF_FLAG, XMP_FLAG, chunk, chunks, exif, rebuilt};
use crate::format::blocks::{Metadata, Unfit, UnknownBlocks};
use crate::format::ifd::Ifd;

pub(crate) fn read(bytes: &[u8]) -> Metadata {
    let exif = exif(bytes).map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    Metadata {
        resolution: exif.and_then(Ifd::first).and_then(Ifd::resolution),
        exif: exif.map(<[u8]>::to_vec),
        xmp: chunk(bytes, b"XMP ").map(<[u8]>::to_vec),
        ..Metadata::default()
    }
}

/// Replaces the metadata of a WebP, which has room for EXIF and XMP metadata only. Its pixels stay as they are. Removes
/// manifests of C2PA. Leaves a damaged file as it is, and returns `None`.
pub(crate) fn write(bytes: &mut Vec<u8>, metadata: &Metadata, unknown: UnknownBlocks) -> Option<Unfit> {
    let chunks = chunks(bytes).and_then(Iterator::collect::<Result<Vec<_>, _>>).ok()?;
    let is_needed = |chunk: &Chunk<'_>| match chunk.kind {
        b"EXIF" | b"XMP " | b"C2PA" => false,
        b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => true,
        _ => unknown == UnknownBlocks::Keep,
    };
    let mut flags = 0;
    let mut kept: Vec<Chunk<'_>> = chunks.into_iter().filter(is_needed).collect();
    if let Some(exif) = &metadata.exif {
        flags |= EXIF_FLAG;
        kept.push(Chunk { kind: b"EXIF", data: exif });
    }
    if let Some(packet) = &metadata.xmp {
        flags |= XMP_FLAG;
        kept.push(Chunk { kind: b"XMP ", data: packet });
    }
    *bytes = rebuilt(bytes, &kept, EXIF_FLAG | XMP_FLAG, flags)?;
    let unfit = [("IPTC", !metadata.resources.is_empty()), ("text", !metadata.texts.is_empty())];
    Some(unfit.into_iter().filter(|(_, is_unfit)| *is_unfit).map(|(kind, _)| kind).collect())
}
