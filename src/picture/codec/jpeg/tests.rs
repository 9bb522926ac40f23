//! Tests of the JPEG codec. The decoder has its own.

use super::*;
use crate::decode;
use crate::fixtures::{self, JpegPixels};
use image::GenericImageView;
use jpeg_encoder::{Encoder, JpegColorType, SamplingFactor};

const EOI: [u8; 2] = [0xFF, 0xD9];

fn complete(bytes: &[u8]) -> Result<Header, DecodeError> {
    decode::ensure_complete(bytes)
}

fn markers(bytes: &[u8], marker: u8) -> Vec<usize> {
    (2..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xFF, marker])).collect()
}

#[test]
fn complete_pictures_of_all_kinds_are_accepted() {
    for (name, bytes) in fixtures::jpegs() {
        assert!(complete(&bytes).is_ok(), "{name}");
    }
}

#[test]
fn bytes_after_the_end_marker_do_not_matter() {
    assert!(complete(&[fixtures::baseline_jpeg(), fixtures::png()].concat()).is_ok());
}

#[test]
fn a_missing_end_marker_is_an_error_of_a_download_only() {
    let bytes = fixtures::baseline_jpeg();
    let without_end = &bytes[..bytes.len() - EOI.len()];
    assert!(complete(without_end).is_err());
    assert_eq!(decode::decode(without_end).unwrap().image, decode::decode(&bytes).unwrap().image);
}

#[test]
fn a_truncated_jpeg_with_an_added_end_marker_is_refused() {
    ensure_truncated_jpegs_are_refused(7);
}

#[test]
#[ignore = "slow"]
fn a_jpeg_that_is_truncated_anywhere_is_refused() {
    ensure_truncated_jpegs_are_refused(1);
}

fn ensure_truncated_jpegs_are_refused(step: usize) {
    for (name, bytes) in fixtures::jpegs() {
        // The FF of the end marker can be a fill byte of the added marker.
        for len in (0..bytes.len() - 2).step_by(step) {
            let truncated = [&bytes[..len], &EOI].concat();
            assert!(complete(&truncated).is_err(), "{name}, {len} bytes");
            assert!(decode::decode(&truncated).is_err(), "{name}, {len} bytes");
        }
    }
}

#[test]
fn a_jpeg_with_missing_scans_is_refused() {
    for (name, bytes) in fixtures::jpegs() {
        for at in markers(&bytes, 0xDA) {
            let truncated = [&bytes[..at], &EOI].concat();
            assert!(complete(&truncated).is_err(), "{name} without the scan at {at}");
        }
    }
}

#[test]
fn a_jpeg_with_a_missing_quantization_table_is_refused() {
    let bytes = fixtures::baseline_jpeg();
    let at = markers(&bytes, 0xDB)[0];
    let length = 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    let without_table = [&bytes[..at], &bytes[at + length..]].concat();
    let refusal = complete(&without_table).unwrap_err().to_string();
    assert_eq!(refusal, "the JPEG file is damaged or incomplete (a quantization table is missing)");
}

#[test]
fn a_size_too_large_for_the_file_is_refused_before_memory_is_allocated() {
    let mut bytes = fixtures::baseline_jpeg();
    let at = markers(&bytes, 0xC0)[0];
    bytes[at + 5..at + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x10]);
    let refusal = complete(&bytes).unwrap_err().to_string();
    assert!(refusal.ends_with("(it has too few bytes for its dimensions)"), "{refusal}");
}

#[test]
fn kinds_that_are_not_decoded_are_not_called_damaged() {
    let mut bytes = fixtures::baseline_jpeg();
    let at = markers(&bytes, 0xC0)[0];
    bytes[at + 1] = 0xC3;
    let refusal = decode::decode(&bytes).unwrap_err().to_string();
    assert_eq!(refusal, "this kind of JPEG file is not supported (it is coded without loss)");
}

const SIDE: u16 = 16;

/// A JPEG of one color.
fn encoded(inks: [u8; 4], color: JpegColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 100);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let samples = &inks.repeat(256);
    encoder.encode_image(JpegPixels { samples, width: SIDE, height: SIDE, color }).unwrap();
    bytes
}

fn without_adobe_marker(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(4).position(|window| window == [0xFF, 0xEE, 0, 14]).unwrap();
    [&bytes[..at], &bytes[at + 16..]].concat()
}

fn assert_near(bytes: &[u8], expected: [u8; 3], context: &str) {
    let found = decode::decode(bytes).unwrap().image.get_pixel(8, 4).0;
    let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 3);
    assert!(is_near, "{context}: {found:?} is not {expected:?}");
}

#[test]
fn inks_absorb_their_complementary_colors() {
    for (inks, expected) in [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([255, 0, 0, 0], [0, 255, 255]),
        ([0, 255, 0, 0], [255, 0, 255]),
        ([0, 0, 255, 0], [255, 255, 0]),
        ([0, 0, 0, 255], [0, 0, 0]),
        ([0, 255, 255, 0], [255, 0, 0]),
        ([100, 20, 200, 60], [119, 180, 42]),
    ] {
        for color in [JpegColorType::Cmyk, JpegColorType::Ycck] {
            assert_near(&encoded(inks, color), expected, &format!("{inks:?} as {color:?}"));
        }
    }
}

#[test]
fn samples_are_inverted_only_with_adobes_marker() {
    let bytes = encoded([255, 255, 255, 255], JpegColorType::Cmyk);
    assert_near(&bytes, [0, 0, 0], "with the marker");
    assert_near(&without_adobe_marker(&bytes), [255, 255, 255], "without it");
}
