//! Tests of decoding: complete, truncated and damaged pictures.

use super::*;
use crate::color::icc::tests::header_only;
use crate::fixtures;
use crate::format::endian::Endian;
use crate::format::ifd::ORIENTATION;
use crate::format::ifd::tests::tiff;
use crate::format::png::tests as png;
use image::{GenericImageView, ImageEncoder};
use proptest::prelude::*;
use std::sync::LazyLock;

static KINDS: LazyLock<Vec<(&'static str, Vec<u8>)>> =
    LazyLock::new(|| fixtures::all().into_iter().chain(fixtures::unchecked()).collect());

fn refusal(bytes: &[u8]) -> String {
    ensure_complete(bytes).unwrap_err().to_string()
}

#[test]
fn complete_pictures_of_all_kinds_are_decoded() {
    for (name, bytes) in fixtures::all() {
        let decoded = decode(&bytes).unwrap();
        let Size { width, height } = fixtures::SIZE;
        assert_eq!(decoded.image.dimensions(), (width, height), "{name}");
        assert_eq!(decoded.image.color().has_alpha(), decoded.header.has_alpha, "{name}");
    }
}

#[test]
fn lossless_formats_give_the_encoded_pixels() {
    assert_eq!(decode(&fixtures::png()).unwrap().image, fixtures::rgb().into());
    assert_eq!(decode(&fixtures::webp()).unwrap().image, fixtures::rgba().into());
}

#[test]
fn a_truncated_picture_is_refused() {
    for (name, bytes) in [
        ("png", fixtures::png()),
        ("webp", fixtures::webp()),
        ("baseline", fixtures::baseline_jpeg()),
        ("progressive", fixtures::progressive_jpeg()),
        ("progressive with refinement", fixtures::refined_jpeg()),
    ] {
        for len in 0..bytes.len() {
            assert!(ensure_complete(&bytes[..len]).is_err(), "{name}, {len} bytes");
        }
    }
}

#[test]
fn a_truncated_picture_of_any_format_is_decoded_in_its_size_or_refused() {
    ensure_truncated_pictures_are_decoded_or_refused(200);
}

/// All cuts of small pictures, and some of larger ones.
#[test]
#[ignore = "slow"]
fn a_picture_of_any_format_that_is_truncated_anywhere_is_decoded_in_its_size_or_refused() {
    ensure_truncated_pictures_are_decoded_or_refused(2000);
}

fn ensure_truncated_pictures_are_decoded_or_refused(places: usize) {
    for (name, bytes) in fixtures::all().into_iter().chain(fixtures::unchecked()) {
        let complete = decode(&bytes).unwrap().header;
        for len in (0..bytes.len()).step_by(1 + bytes.len() / places) {
            match decode(&bytes[..len]) {
                Ok(decoded) => assert_eq!(decoded.header, complete, "{name}, {len} bytes"),
                Err(error) => assert!(!matches!(error, DecodeError::TooSlow { .. }), "{name}, {len} bytes"),
            }
        }
    }
}

#[test]
fn a_picture_with_a_flipped_bit_is_decoded_or_refused() {
    ensure_pictures_with_flipped_bits_are_decoded_or_refused(80);
}

#[test]
#[ignore = "slow"]
fn a_picture_with_a_bit_flipped_at_many_places_is_decoded_or_refused() {
    ensure_pictures_with_flipped_bits_are_decoded_or_refused(500);
}

fn ensure_pictures_with_flipped_bits_are_decoded_or_refused(places: usize) {
    for (name, bytes) in fixtures::all().into_iter().chain(fixtures::unchecked()) {
        for (at, bytes) in fixtures::flipped(&bytes, places) {
            let error = decode(&bytes).err();
            assert!(!matches!(error, Some(DecodeError::TooSlow { .. })), "{name}, byte {at}");
        }
    }
}

#[test]
fn bytes_after_the_end_are_ignored() {
    for (name, bytes) in fixtures::all() {
        let longer = [bytes.as_slice(), b"\0\xFF\xD8 and so on"].concat();
        assert!(ensure_complete(&longer).is_ok(), "{name}");
    }
}

#[test]
fn a_png_with_missing_rows_is_refused_even_if_all_checksums_are_valid() {
    let complete = fixtures::png();
    assert!(ensure_complete(&png::with_pixel_data(&complete, |_| {})).is_ok());
    for keep in 0..10 {
        let truncated = png::with_pixel_data(&complete, |data| data.truncate(data.len() * keep / 10));
        assert!(ensure_complete(&truncated).is_err(), "{keep} tenths");
    }
}

#[test]
fn a_lossless_webp_with_missing_pixels_is_refused_even_if_all_lengths_are_valid() {
    const PIXELS_AT: usize = 20;
    let complete = fixtures::webp();
    assert_eq!(&complete[12..16], b"VP8L");
    for keep in 0..40 {
        let len = PIXELS_AT + (complete.len() - PIXELS_AT) * keep / 40 / 2 * 2;
        let mut truncated = complete[..len].to_vec();
        for (length_at, data_at) in [(4, 8), (16, PIXELS_AT)] {
            let length = u32::try_from(len - data_at).unwrap();
            truncated[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        }
        assert!(ensure_complete(&truncated).is_err(), "{keep} fortieths");
    }
}

#[test]
fn damaged_formats_without_a_shorter_check_and_other_files_have_their_own_errors() {
    assert_eq!(
        refusal(b"GIF89a\x01\0\x01\0\0\0\0"),
        "the GIF file is damaged or incomplete (it ends too early)"
    );
    assert_eq!(refusal(b"<html></html>"), "not a picture, but a web page");
}

#[test]
fn a_picture_of_more_than_100_megapixels_is_refused_by_its_header() {
    let bytes = png::of_size(10_001, 10_000);
    assert_eq!(refusal(&bytes), "the picture has 10001×10000 pixels, more than 100 megapixels");
    let bytes = png::of_size(10, 65_536);
    assert_eq!(refusal(&bytes), "the picture has 10×65536 pixels, more than 65535 on one side");
}

#[test]
fn a_profile_that_decompresses_to_gigabytes_is_ignored() {
    let zeros = vec![0; 80 << 20];
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(zeros).unwrap();
    encoder.write_image(&[0; 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    assert!(decode(&bytes).is_ok_and(|decoded| decoded.colors.icc().is_none()));
}

#[test]
fn a_cmyk_profile_is_not_kept_with_rgb_pixels() {
    for (color_space, is_kept) in [(b"RGB ", true), (b"CMYK", false)] {
        let bytes = fixtures::jpeg_with_icc(&header_only(color_space));
        assert_eq!(decode(&bytes).unwrap().colors.icc().is_some(), is_kept);
    }
}

#[test]
fn an_orientation_is_applied_once() {
    for value in 1..=8 {
        let exif = tiff(Endian::Big, &[(ORIENTATION, value.into())]);
        let decoded = decode(&fixtures::jpeg_with_exif(&exif)).unwrap();
        assert_eq!(decoded.header.orientation.value(), value);
        let size = decoded.header.upright();
        let upright = decoded.into_upright();
        assert_eq!(upright.image.dimensions(), (size.width, size.height));
        assert_eq!(upright.header.size, size);
        assert_eq!(upright.clone().into_upright().image, upright.image);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_pictures_are_decoded_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<u8>()), 1..6),
        kept in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let bytes = fixtures::mutated(&which.get(&KINDS).1, &changes, kept);
        let _ = decode(&bytes);
        // With valid checksums, the damage reaches the PNG decoder.
        let _ = decode(&png::with_valid_checksums(&bytes));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&bytes).is_err());
    }
}

#[test]
#[ignore = "slow"]
fn zeros_in_the_middle_of_a_jpeg_are_decoded_or_refused() {
    for (_, bytes) in fixtures::jpegs() {
        for at in (bytes.len() / 3..bytes.len() - 40).step_by(11) {
            for byte in [0x00, 0xFF] {
                let mut bytes = bytes.clone();
                bytes[at..at + 30].fill(byte);
                let _ = decode(&bytes);
            }
        }
    }
}

#[test]
fn a_result_stays_the_same_while_it_is_checked_whether_it_is_complete_or_not() {
    for (name, picture) in KINDS.iter() {
        for len in [picture.len(), picture.len() / 2, 0] {
            let mut bytes = picture[..len].to_vec();
            let mut seen = None;
            let checked =
                ensure_complete_result(&mut bytes, |bytes, header| seen = Some((bytes.to_vec(), header)));
            assert!(checked.is_err() || seen.is_some_and(|(bytes, _)| bytes == picture[..len]), "{name}");
            let checked = checked.map_err(|error| error.to_string());
            assert_eq!(
                checked,
                ensure_complete(&picture[..len]).map_err(|error| error.to_string()),
                "{name}"
            );
            assert_eq!(bytes, picture[..len], "{name}");
        }
    }
}
