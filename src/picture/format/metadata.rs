//! Metadata: removed, read and added without decoding the picture.

use crate::codec::Repaired;
use crate::color::{ColorSpace, Stated};
use crate::format::ifd::{exif_orientation, is_in_adobe_rgb};
use crate::format::{ColorModel, Format, Header, Reason};
use crate::geometry::Orientation;

/// Removes the metadata of a JPEG or PNG: EXIF, XMP, IPTC, texts, times, thumbnails, further pictures, application
/// data, and bytes after the end. Keeps what pixels and colors need.
///
/// Moves the remaining bytes to the beginning, and returns their number. Does nothing for other formats.
pub(crate) fn strip(bytes: &mut [u8], format: Format) -> Result<usize, Reason> {
    match format.codec().metadata.strip {
        Some(strip) => strip(bytes),
        None => Ok(bytes.len()),
    }
}

/// Corrects what all viewers tolerate: a missing end marker, and damaged metadata. Returns `None` if nothing is wrong.
pub(crate) fn repair(bytes: &[u8], format: Format) -> Result<Option<Repaired>, Reason> {
    format.codec().metadata.repair.map_or(Ok(None), |repair| repair(bytes))
}

/// Returns the EXIF metadata as a TIFF structure, with an upright orientation.
pub(crate) fn upright_exif(bytes: &[u8], format: Format) -> Option<Vec<u8>> {
    let exif = format.codec().metadata.exif?(bytes)?;
    let mut exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif).to_vec();
    let _ = image::metadata::Orientation::remove_from_exif_chunk(&mut exif);
    // An orientation that is stored in an unusual way is not removed. Then none of the metadata can be kept.
    (exif_orientation(&exif) == Orientation::UPRIGHT).then_some(exif)
}

/// Adds EXIF metadata to a JPEG or PNG without any. Does nothing if it is too long for the format.
pub(crate) fn add_exif(bytes: &mut Vec<u8>, format: Format, exif: &[u8]) {
    if let Some(add_exif) = format.codec().metadata.add_exif {
        add_exif(bytes, exif);
    }
}

/// Reads the color space of a JPEG, PNG or WebP without decoding it.
pub(crate) fn colors(bytes: &[u8], header: &Header) -> ColorSpace {
    let read = header.format.codec().metadata.colors;
    let stated = read.map_or_else(Stated::default, |read| read(bytes));
    ColorSpace::new(with_exif_colors(stated, bytes, header.format), header.model != ColorModel::Gray)
}

/// Adds what the EXIF metadata states about colors.
pub(crate) fn with_exif_colors(stated: Stated, bytes: &[u8], format: Format) -> Stated {
    let exif = format.codec().metadata.exif.filter(|_| stated == Stated::default());
    let is_adobe_rgb = exif.and_then(|exif| exif(bytes)).is_some_and(|exif| is_in_adobe_rgb(&exif));
    Stated { is_adobe_rgb, ..stated }
}

/// Embeds the color space of an upload in its answer, unless the answer states one. Keeps all other bytes.
pub fn inherit_colors(answer: &mut Vec<u8>, header: &Header, upload: &ColorSpace) {
    if !colors(answer, header).is_stated() {
        add_colors(answer, header.format, &upload.clone().for_model(header.model));
    }
}

/// Embeds a color space in a picture that states none. Does nothing for sRGB, and for formats that are not written.
pub(crate) fn add_colors(bytes: &mut Vec<u8>, format: Format, colors: &ColorSpace) {
    if let Some(add_colors) = format.codec().metadata.add_colors {
        add_colors(bytes, colors);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::decode::{decode, ensure_intact};
    use crate::fixtures;
    use crate::format::endian::Endian;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    /// Applies `strip`, and returns whether it removed anything.
    pub(crate) fn stripped(
        bytes: &mut Vec<u8>,
        strip: impl FnOnce(&mut [u8]) -> Result<usize, Reason>,
    ) -> Result<bool, Reason> {
        let (before, after) = (bytes.len(), strip(bytes)?);
        bytes.truncate(after);
        Ok(after < before)
    }

    /// The tag of the camera's model, and a value.
    const MODEL: (u16, u16) = (0x0110, 0x4D4D);

    static KINDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
        let mut kinds = fixtures::all();
        kinds.retain(|(_, bytes)| matches!(Format::sniff(bytes), Some(Format::Jpeg | Format::Png)));
        kinds
    });

    #[test]
    fn a_picture_without_metadata_is_not_changed() {
        for (name, bytes) in KINDS.iter() {
            let mut same = bytes.clone();
            let format = Format::sniff(bytes).unwrap();
            assert_eq!(stripped(&mut same, |bytes| strip(bytes, format)), Ok(false), "{name}");
            assert_eq!(same, *bytes, "{name}");
        }
    }

    #[test]
    fn bytes_after_the_end_are_removed() {
        for (name, bytes) in KINDS.iter() {
            let mut longer = [&bytes[..], b"\xff\xd8\xff\xe1 another picture", bytes].concat();
            let format = Format::sniff(bytes).unwrap();
            assert_eq!(stripped(&mut longer, |bytes| strip(bytes, format)), Ok(true), "{name}");
            assert_eq!(longer, *bytes, "{name}");
        }
    }

    #[test]
    fn exif_metadata_is_added_read_and_removed() {
        for (name, bytes) in KINDS.iter() {
            let format = Format::sniff(bytes).unwrap();
            let exif = tiff(Endian::Big, &[MODEL, (ORIENTATION, 6)]);
            let mut with_exif = bytes.clone();
            add_exif(&mut with_exif, format, &exif);
            assert_eq!(Header::read(&with_exif).unwrap().orientation.value(), 6, "{name}");
            assert_eq!(decode(&with_exif).unwrap().image, decode(bytes).unwrap().image, "{name}");

            let upright = upright_exif(&with_exif, format).unwrap();
            assert_eq!(exif_orientation(&upright), Orientation::UPRIGHT);
            assert_eq!(upright.len(), exif.len());

            assert_eq!(stripped(&mut with_exif, |bytes| strip(bytes, format)), Ok(true), "{name}");
            assert_eq!(with_exif, *bytes, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_picture_has_the_same_pixels_without_its_metadata(
            which in any::<prop::sample::Index>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            inserted in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let (_, bytes) = which.get(&KINDS);
            let format = Format::sniff(bytes).unwrap();
            let mut bytes = bytes.clone();
            add_exif(&mut bytes, format, &inserted);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let bytes = crate::format::png::tests::with_valid_checksums(&bytes);
            if ensure_intact(&bytes).is_ok() {
                let before = decode(&bytes).unwrap();
                // A picture is repaired before anything is removed from it.
                let repaired = repair(&bytes, format).unwrap();
                let mut stripped_bytes = repaired.map_or(bytes, |repaired| repaired.bytes);
                prop_assert!(stripped(&mut stripped_bytes, |bytes| strip(bytes, format)).is_ok());
                let after = decode(&stripped_bytes).unwrap();
                prop_assert_eq!(after.image, before.image);
                prop_assert_eq!(after.colors, before.colors);
                prop_assert_eq!(strip(&mut stripped_bytes, format), Ok(stripped_bytes.len()));
            }
        }

        #[test]
        fn damaged_files_are_stripped_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for format in [Format::Jpeg, Format::Png] {
                let length = strip(&mut bytes.clone(), format);
                prop_assert!(length.is_err() || length.is_ok_and(|length| length <= bytes.len()));
            }
        }
    }
}
