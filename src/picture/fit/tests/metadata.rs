//! The bytes and the metadata of pictures that are not decoded.

use super::*;
use crate::format::ifd::tests::exif_with_colors;
use crate::format::metadata::{add_exif, upright_exif};

#[test]
fn kept_exif_metadata_of_a_rotated_picture_is_upright() {
    let (bytes, _) = oriented_quarters(6, Format::Jpeg);
    let fitted = fitted(&bytes, &KEEP);
    let exif = upright_exif(&fitted.bytes, Format::Jpeg).unwrap();
    assert_eq!(exif, tiff(Endian::Big, &[(ORIENTATION, 1)]));
    assert_eq!(describe(&fitted.changes), "rotated 90° clockwise");
}

#[test]
fn an_accepted_picture_keeps_its_bytes() {
    for (name, bytes) in fixtures::all() {
        let header = Header::read(&bytes).unwrap();
        if header.format == Format::WebP || header.model == crate::ColorModel::Cmyk {
            continue;
        }
        for options in [FitOptions::default(), STRICT, PAD, KEEP] {
            let fitted = fitted(&bytes, &options);
            assert!(*fitted.bytes == *bytes && fitted.changes.is_empty(), "{name}");
            assert_eq!(fitted.frame, Rect::whole(fixtures::SIZE));
        }
    }
}

#[test]
fn an_accepted_picture_loses_nothing_but_metadata() {
    let secret = b"at 52.5200 13.4050".as_slice();
    for format in [Format::Jpeg, Format::Png] {
        let bytes = encode(&fixtures::rgb().into(), &ColorSpace::SRGB, Encoding::for_format(format).unwrap())
            .unwrap();
        let mut with_exif = bytes.clone();
        let exif = [&tiff(Endian::Big, &[(ORIENTATION, 1)]), secret].concat();
        add_exif(&mut with_exif, format, &exif);

        let stripped = fitted(&with_exif, &STRICT);
        assert_eq!(describe(&stripped.changes), "metadata removed");
        assert_eq!(*stripped.bytes, *bytes);
        assert_eq!(*fitted(&with_exif, &KEEP).bytes, *with_exif);
    }
}

#[test]
fn metadata_does_not_count_towards_the_byte_limit() {
    let mut bytes = fixtures::baseline_jpeg();
    bytes.resize(bytes.len() + usize::try_from(MAX_INPUT_BYTES).unwrap(), 7);
    assert_eq!(describe(&fitted(&bytes, &STRICT).changes), "metadata removed");
}

#[test]
fn a_color_space_that_only_metadata_states_is_embedded_when_the_metadata_is_removed() {
    let bytes = fixtures::jpeg_with_exif(&exif_with_colors(0xFFFF, b"R03\0"));
    let fitted = fitted(&bytes, &FitOptions::default());
    assert_eq!(describe(&fitted.changes), "metadata removed");
    assert!(fitted.colors.icc().is_some());
    assert_eq!(decode(&fitted.bytes).unwrap().colors, fitted.colors);
}
