//! What a file says beside its pixels and colours, and taking it out without touching them.

use crate::format::ifd::exif_orientation;
use crate::format::{Flaw, Format, jpeg, png, webp};
use crate::geometry::Orientation;

/// Takes out of a JPEG or PNG all that neither its pixels nor their colours need: EXIF, XMP, IPTC, texts,
/// times, thumbnails, further pictures, whatever an application keeps, and what lies behind the end.
///
/// All else stays, byte for byte, and moves to the beginning. Returns how many bytes that are.
pub(crate) fn strip(bytes: &mut [u8], format: Format) -> Result<usize, Flaw> {
    match format {
        Format::Jpeg => jpeg::metadata::strip(bytes),
        Format::Png => png::metadata::strip(bytes),
        _ => Ok(bytes.len()),
    }
}

/// The EXIF metadata as a TIFF structure that says that the picture is upright.
pub(crate) fn upright_exif(bytes: &[u8], format: Format) -> Option<Vec<u8>> {
    let exif = match format {
        Format::Jpeg => jpeg::metadata::exif(bytes),
        Format::Png => png::metadata::exif(bytes),
        Format::WebP => webp::exif(bytes),
        _ => None,
    }?;
    let mut exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif).to_vec();
    let _ = image::metadata::Orientation::remove_from_exif_chunk(&mut exif);
    // Written in an unusual way, it may still be there; then all of it goes.
    (exif_orientation(&exif) == Orientation::UPRIGHT).then_some(exif)
}

/// Puts EXIF metadata into a JPEG or PNG that has none. What is too long for the format is left out.
pub(crate) fn add_exif(bytes: &mut Vec<u8>, format: Format, exif: &[u8]) {
    match format {
        Format::Jpeg => jpeg::metadata::add_exif(bytes, exif),
        Format::Png => png::metadata::add_exif(bytes, exif),
        _ => {}
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::fixtures;
    use crate::format::Header;
    use crate::format::endian::Endian;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    /// Leaves what `strip` leaves, and says whether anything was taken out.
    pub(crate) fn stripped(
        bytes: &mut Vec<u8>,
        strip: impl FnOnce(&mut [u8]) -> Result<usize, Flaw>,
    ) -> Result<bool, Flaw> {
        let (before, after) = (bytes.len(), strip(bytes)?);
        bytes.truncate(after);
        Ok(after < before)
    }

    /// A tag of the camera's name, and its value.
    const OTHER: (u16, u16) = (0x0110, 0x4D4D);

    static KINDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
        let mut kinds = fixtures::all();
        kinds.retain(|(_, bytes)| matches!(Format::sniff(bytes), Some(Format::Jpeg | Format::Png)));
        kinds
    });

    #[test]
    fn a_picture_without_metadata_stays_every_byte_of_it() {
        for (name, bytes) in KINDS.iter() {
            let mut same = bytes.clone();
            let format = Format::sniff(bytes).unwrap();
            assert_eq!(stripped(&mut same, |bytes| strip(bytes, format)), Ok(false), "{name}");
            assert_eq!(same, *bytes, "{name}");
        }
    }

    #[test]
    fn what_lies_behind_the_end_is_taken_out() {
        for (name, bytes) in KINDS.iter() {
            let mut longer = [&bytes[..], b"\xff\xd8\xff\xe1 another picture", bytes].concat();
            let format = Format::sniff(bytes).unwrap();
            assert_eq!(stripped(&mut longer, |bytes| strip(bytes, format)), Ok(true), "{name}");
            assert_eq!(longer, *bytes, "{name}");
        }
    }

    #[test]
    fn exif_is_put_in_upright_and_taken_out_again() {
        for (name, bytes) in KINDS.iter() {
            let format = Format::sniff(bytes).unwrap();
            let exif = tiff(Endian::Big, &[OTHER, (ORIENTATION, 6)]);
            let mut with = bytes.clone();
            add_exif(&mut with, format, &exif);
            assert_eq!(Header::read(&with).unwrap().orientation.value(), 6, "{name}");
            assert_eq!(decode(&with).unwrap().image, decode(bytes).unwrap().image, "{name}");

            let upright = upright_exif(&with, format).unwrap();
            assert_eq!(exif_orientation(&upright), Orientation::UPRIGHT);
            assert_eq!(upright.len(), exif.len());

            assert_eq!(stripped(&mut with, |bytes| strip(bytes, format)), Ok(true), "{name}");
            assert_eq!(with, *bytes, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_picture_that_decodes_is_the_same_without_its_metadata(
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
            let mut without = bytes.clone();
            if let Ok(before) = decode(&bytes) {
                prop_assert!(stripped(&mut without, |bytes| strip(bytes, format)).is_ok());
                let after = decode(&without).unwrap();
                prop_assert_eq!(after.image, before.image);
                prop_assert_eq!(after.icc, before.icc);
                prop_assert_eq!(strip(&mut without, format), Ok(without.len()));
            }
        }

        #[test]
        fn damaged_files_are_stripped_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for format in [Format::Jpeg, Format::Png] {
                let left = strip(&mut bytes.clone(), format);
                prop_assert!(left.is_err() || left.is_ok_and(|left| left <= bytes.len()));
            }
        }
    }
}
