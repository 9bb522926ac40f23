//! Small TIFFs, written here field by field.

use super::*;
use crate::decode::decode as decode_picture;
use image::{DynamicImage, GenericImageView};
use seededit_resize::Size;

const SIZE: Size = Size { width: 3, height: 2 };

/// A field: its tag and its values.
type Field = (u16, Vec<u16>);

/// Writes an uncompressed little-endian TIFF in a single strip, with its fields of type SHORT.
fn tiff(mut fields: Vec<Field>, samples: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    const HEADER_LEN: usize = 8;
    let (strip_at, icc_len) = (HEADER_LEN, icc.map_or(0, <[u8]>::len));
    let icc_at = strip_at + samples.len();
    fields.extend([
        (tiff::IMAGE_WIDTH, vec![3]),
        (tiff::IMAGE_LENGTH, vec![2]),
        (0x0111, vec![strip_at as u16]),
        (0x0116, vec![2]),
        (0x0117, vec![samples.len() as u16]),
    ]);
    fields.sort();
    let mut entries = Vec::new();
    let mut values = Vec::new();
    let values_at = icc_at + icc_len;
    for (tag, shorts) in &fields {
        let bytes: Vec<u8> = shorts.iter().flat_map(|short| short.to_le_bytes()).collect();
        entries.extend([tag.to_le_bytes(), 3_u16.to_le_bytes()].concat());
        entries.extend((shorts.len() as u32).to_le_bytes());
        if bytes.len() <= 4 {
            entries.extend(bytes.iter().chain(&[0; 4]).take(4));
        } else {
            entries.extend(((values_at + values.len()) as u32).to_le_bytes());
            values.extend(bytes);
        }
    }
    if let Some(icc) = icc {
        entries.extend([tiff::ICC_PROFILE.to_le_bytes(), 7_u16.to_le_bytes()].concat());
        entries.extend((icc.len() as u32).to_le_bytes());
        entries.extend((icc_at as u32).to_le_bytes());
    }
    let count = (entries.len() / 12) as u16;
    let directory_at = (values_at + values.len()) as u32;
    [
        b"II*\0",
        &directory_at.to_le_bytes()[..],
        samples,
        icc.unwrap_or_default(),
        &values,
        &count.to_le_bytes(),
        &entries,
        &[0; 4],
    ]
    .concat()
}

fn fields(photometric: u16, bits: u16, channels: u16, more: &[Field]) -> Vec<Field> {
    let mut fields = vec![
        (tiff::PHOTOMETRIC_INTERPRETATION, vec![photometric]),
        (tiff::BITS_PER_SAMPLE, vec![bits; usize::from(channels)]),
        (tiff::SAMPLES_PER_PIXEL, vec![channels]),
        (tiff::COMPRESSION, vec![1]),
    ];
    fields.extend(more.iter().cloned());
    fields
}

fn decoded(bytes: &[u8]) -> DynamicImage {
    let decoded = decode_picture(bytes).unwrap();
    assert_eq!(decoded.header.size, SIZE);
    assert_eq!(decoded.image.color().has_alpha(), decoded.header.has_alpha);
    decoded.image
}

fn first(image: &DynamicImage) -> [u8; 4] {
    image.get_pixel(0, 0).0
}

#[test]
fn gray_of_1_2_4_8_and_16_bits_is_scaled_to_the_full_range() {
    for (bits, row) in [(1, vec![0xA0]), (2, vec![0xCC]), (4, vec![0xF0, 0xF0]), (8, vec![255, 0, 255])] {
        let image = decoded(&tiff(fields(1, bits, 1, &[]), &row.repeat(2), None)).into_luma8();
        assert_eq!(image.as_raw(), &[255, 0, 255, 255, 0, 255], "{bits} bits");
        let inverted = decoded(&tiff(fields(0, bits, 1, &[]), &row.repeat(2), None)).into_luma8();
        assert_eq!(inverted.as_raw(), &[0, 255, 0, 0, 255, 0], "{bits} bits");
    }
    let deep = decoded(&tiff(fields(1, 16, 1, &[]), &[0x34, 0x12].repeat(6), None));
    assert_eq!(deep.into_luma16().as_raw(), &[0x1234; 6]);
}

#[test]
fn palettes_are_read_with_16_bits_and_with_8_as_old_files_have_them() {
    for factor in [257, 256, 1] {
        let mut map = vec![0; 3 * 16];
        for (channel, level) in [200, 60, 40].into_iter().enumerate() {
            map[channel * 16 + 5] = level * factor;
        }
        let bytes = tiff(fields(3, 4, 1, &[(tiff::COLOR_MAP, map)]), &[0x50, 0x50].repeat(2), None);
        let image = decoded(&bytes);
        assert_eq!(first(&image), [200, 60, 40, 255]);
        assert_eq!(image.get_pixel(1, 0).0, [0, 0, 0, 255]);
    }
}

#[test]
fn a_palette_may_have_fewer_colors_than_there_are_indices() {
    let map = [[0, 200], [0, 60], [0, 40]].concat().into_iter().map(|level| level * 257).collect();
    let bytes = tiff(fields(3, 4, 1, &[(tiff::COLOR_MAP, map)]), &[0x12, 0x10].repeat(2), None);
    let image = decoded(&bytes);
    assert_eq!(first(&image), [200, 60, 40, 255]);
    assert_eq!(image.get_pixel(1, 0).0, [0, 0, 0, 255], "an index without a color is black");
    let uneven = tiff(fields(3, 4, 1, &[(tiff::COLOR_MAP, vec![0; 7])]), &[0x12, 0x10].repeat(2), None);
    assert!(decode_picture(&uneven).is_err());
}

#[test]
fn colors_that_are_multiplied_by_alpha_are_divided_by_it() {
    let pixels = [100, 30, 20, 128].repeat(6);
    let associated = tiff(fields(2, 8, 4, &[(tiff::EXTRA_SAMPLES, vec![1])]), &pixels, None);
    assert_eq!(first(&decoded(&associated)), [199, 60, 40, 128]);
    let straight = tiff(fields(2, 8, 4, &[(tiff::EXTRA_SAMPLES, vec![2])]), &pixels, None);
    assert_eq!(first(&decoded(&straight)), [100, 30, 20, 128]);
    let unspecified = tiff(fields(2, 8, 4, &[(tiff::EXTRA_SAMPLES, vec![0])]), &pixels, None);
    assert_eq!(first(&decoded(&unspecified)), [100, 30, 20, 255]);
}

#[test]
fn a_fourth_channel_that_is_not_described_is_alpha() {
    let pixels = [100, 30, 20, 128].repeat(6);
    assert_eq!(first(&decoded(&tiff(fields(2, 8, 4, &[]), &pixels, None))), [100, 30, 20, 128]);
    let cmyk = decoded(&tiff(fields(5, 8, 4, &[]), &pixels, None));
    assert!(!cmyk.color().has_alpha());
}

#[test]
fn tiles_with_the_tags_of_strips_are_read() {
    let sides = [(tiff::TILE_WIDTH, vec![16]), (tiff::TILE_LENGTH, vec![16])];
    let mut samples = vec![0; 16 * 16];
    samples[16 + 2] = 200;
    let image = decoded(&tiff(fields(1, 8, 1, &sides), &samples, None)).into_luma8();
    assert_eq!(image.as_raw(), &[0, 0, 0, 0, 0, 200]);
}

#[test]
fn a_predictor_is_undone_for_all_channels() {
    // Deflate, with the differences of equal pixels: the first one, and zeros.
    let row = [&[200, 60, 40, 255][..], &[0; 8]].concat().repeat(2);
    let mut packed = vec![0x78, 0x01, 0x01, row.len() as u8, 0, !(row.len() as u8), 0xFF];
    packed.extend(&row);
    let adler = row.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    packed.extend((adler.1 << 16 | adler.0).to_be_bytes());
    let mut fields = fields(2, 8, 4, &[(tiff::EXTRA_SAMPLES, vec![0]), (0x013D, vec![2])]);
    fields.retain(|(tag, _)| *tag != tiff::COMPRESSION);
    fields.push((tiff::COMPRESSION, vec![8]));
    let image = decoded(&tiff(fields, &packed, None)).into_rgb8();
    assert!(image.pixels().all(|pixel| pixel.0 == [200, 60, 40]), "{:?}", image.as_raw());
}

#[test]
fn floating_point_and_32_bit_samples_are_scaled_to_16_bits() {
    let floats: Vec<u8> = [0.5_f32, 1.0, -3.0].repeat(2).iter().flat_map(|f| f.to_le_bytes()).collect();
    let gray = decoded(&tiff(fields(1, 32, 1, &[(tiff::SAMPLE_FORMAT, vec![3])]), &floats, None));
    assert_eq!(gray.into_luma16().as_raw()[..3], [32768, 65535, 0]);
    let integers: Vec<u8> = [0x1234_5678_u32].repeat(6).iter().flat_map(|n| n.to_le_bytes()).collect();
    let gray = decoded(&tiff(fields(1, 32, 1, &[]), &integers, None));
    assert_eq!(gray.into_luma16().as_raw()[0], 0x1234);
}

#[test]
fn a_profile_of_any_size_is_kept() {
    let profile = crate::color::icc::tests::header_only(b"RGB ").repeat(100);
    let bytes = tiff(fields(2, 8, 3, &[]), &[200, 60, 40].repeat(6), Some(&profile));
    assert_eq!(decode_picture(&bytes).unwrap().colors.icc(), Some(&profile[..]));
}

#[test]
fn luma_and_chroma_are_converted_to_rgb() {
    let whole = (tiff::YCBCR_SUBSAMPLING, vec![1, 1]);
    let image = decoded(&tiff(fields(6, 8, 3, &[whole]), &[76, 85, 255].repeat(6), None));
    let [red, green, blue, _] = first(&image);
    assert!(red >= 253 && green <= 1 && blue <= 1, "{red} {green} {blue}");
    // By default, chroma has half the resolution: two blocks of four luma samples and two chroma samples.
    let blocks = [76, 76, 76, 76, 85, 255].repeat(2);
    assert_eq!(decoded(&tiff(fields(6, 8, 3, &[]), &blocks, None)), image);
}

#[test]
fn inks_are_converted_without_a_profile_as_in_a_jpeg() {
    let cmyk = decoded(&tiff(fields(5, 8, 4, &[]), &[0, 255, 255, 0].repeat(6), None));
    assert_eq!(first(&cmyk), [255, 0, 0, 255]);
}

#[test]
fn a_big_tiff_is_read() {
    let samples = [200, 60, 40].repeat(6);
    let mut bytes = b"II+\0\x08\0\0\0".to_vec();
    bytes.extend((16 + samples.len() as u64).to_le_bytes());
    bytes.extend(&samples);
    let fields: [(u16, u64); 9] = [
        (tiff::IMAGE_WIDTH, 3),
        (tiff::IMAGE_LENGTH, 2),
        (tiff::BITS_PER_SAMPLE, 8),
        (tiff::COMPRESSION, 1),
        (tiff::PHOTOMETRIC_INTERPRETATION, 2),
        (0x0111, 16),
        (tiff::SAMPLES_PER_PIXEL, 3),
        (0x0116, 2),
        (0x0117, 18),
    ];
    bytes.extend((fields.len() as u64).to_le_bytes());
    for (tag, value) in fields {
        bytes.extend([tag.to_le_bytes(), 3_u16.to_le_bytes()].concat());
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 8]);
    assert_eq!(first(&decoded(&bytes)), [200, 60, 40, 255]);
}

#[test]
fn damaged_directories_are_decoded_or_refused() {
    let profile = crate::color::icc::tests::header_only(b"RGB ");
    let extra = [(tiff::EXTRA_SAMPLES, vec![1])];
    let bytes = tiff(fields(2, 8, 4, &extra), &[100, 30, 20, 128].repeat(6), Some(&profile));
    for len in 0..bytes.len() {
        let _ = decode_picture(&bytes[..len]);
    }
    for (_, bytes) in crate::fixtures::flipped(&bytes, bytes.len()) {
        let _ = decode_picture(&bytes);
    }
}

#[test]
fn codes_of_no_bits_are_refused() {
    for (photometric, channels) in [(3, 1), (8, 3)] {
        let fields = fields(photometric, 0, channels, &[(tiff::COLOR_MAP, vec![0; 3])]);
        let error = decode_picture(&tiff(fields, &[0; 6], None)).unwrap_err().to_string();
        assert!(error.contains("samples of 0 bits"), "{error}");
    }
}

#[test]
fn what_is_not_read_is_named_and_not_called_damaged() {
    let with = |tag, value| {
        let mut fields = fields(1, 8, 1, &[]);
        fields.retain(|(other, _)| *other != tag);
        fields.push((tag, vec![value]));
        decode_picture(&tiff(fields, &[0; 6], None)).unwrap_err().to_string()
    };
    for (tag, value, name) in [
        (tiff::COMPRESSION, 6, "old-style JPEG compression"),
        (tiff::COMPRESSION, 34_925, "LZMA compression"),
        (tiff::COMPRESSION, 999, "compression 999"),
        (tiff::PHOTOMETRIC_INTERPRETATION, 4, "a mask"),
        (tiff::PHOTOMETRIC_INTERPRETATION, 32_845, "LogLuv colors"),
        (tiff::BITS_PER_SAMPLE, 24, "samples of 24 bits, unsigned integers"),
        (tiff::SAMPLE_FORMAT, 5, "samples of 8 bits, complex numbers"),
    ] {
        assert_eq!(with(tag, value), format!("this kind of TIFF file is not supported ({name})"));
    }
}
