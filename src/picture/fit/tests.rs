//! Fitting, by the pixels of what is sent.

use std::io::Cursor;
use std::sync::LazyLock;

use image::{DynamicImage, ImageEncoder, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::*;
use crate::encode::{Encoding, encode};
use crate::fixtures;
use crate::format::Format;
use crate::format::endian::Endian;
use crate::format::ifd::ORIENTATION;
use crate::format::ifd::tests::tiff;
use crate::geometry::Orientation;
use crate::limits::{MAX_INPUT_BYTES, ensure_accepted};

const STRICT: FitOptions = FitOptions { fit: FitPolicy::Refuse, metadata: Metadata::Strip, part: None };
const PAD: FitOptions = FitOptions { fit: FitPolicy::Pad, metadata: Metadata::Strip, part: None };
const KEEP: FitOptions = FitOptions { fit: FitPolicy::Convert, metadata: Metadata::Keep, part: None };

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 200, 30];
const BLUE: [u8; 3] = [30, 30, 220];
const WHITE: [u8; 3] = [250, 250, 250];

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn fitted(bytes: &[u8], rules: &FitOptions) -> Fitted {
    let header = Header::read(bytes).unwrap();
    let fitted = fit(bytes.into(), &header, rules).unwrap();
    assert_eq!(Header::read(&fitted.bytes).unwrap(), fitted.header);
    ensure_accepted(&fitted.header, fitted.bytes.len() as u64).unwrap();
    fitted
}

fn pixels(fitted: &Fitted) -> RgbImage {
    decode(&fitted.bytes).unwrap().image.to_rgb8()
}

fn assert_near(found: [u8; 3], expected: [u8; 3], within: u8, what: &str) {
    let near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= within);
    assert!(near, "{what}: {found:?} is not {expected:?}");
}

/// The mean difference of two pictures, in levels.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Red and green above blue and white.
fn quarters() -> RgbImage {
    RgbImage::from_fn(96, 64, |x, y| {
        Rgb(match (x < 48, y < 32) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    })
}

/// [`quarters`] as it is stored, saying that it has to be turned; then what its quarters are once it is.
fn turned(value: u16, format: Format) -> (Vec<u8>, [[u8; 3]; 4]) {
    let encoding = Encoding::for_format(format).unwrap();
    let mut bytes = encode(&quarters().into(), None, encoding).unwrap();
    metadata::add_exif(&mut bytes, format, &tiff(Endian::Big, &[(ORIENTATION, value)]));
    let shown = match value {
        1 => [RED, GREEN, BLUE, WHITE],
        2 => [GREEN, RED, WHITE, BLUE],
        3 => [WHITE, BLUE, GREEN, RED],
        4 => [BLUE, WHITE, RED, GREEN],
        5 => [RED, BLUE, GREEN, WHITE],
        6 => [BLUE, RED, WHITE, GREEN],
        7 => [WHITE, GREEN, BLUE, RED],
        _ => [GREEN, WHITE, RED, BLUE],
    };
    (bytes, shown)
}

#[test]
fn every_orientation_is_applied_once() {
    for format in [Format::Jpeg, Format::Png] {
        for value in 1..=8 {
            let (bytes, shown) = turned(value, format);
            let fitted = fitted(&bytes, &FitOptions::default());
            let size = if value < 5 { (96, 64) } else { (64, 96) };
            let sent = pixels(&fitted);
            assert_eq!(sent.dimensions(), size, "{value}");
            let (right, bottom) = (size.0 - 10, size.1 - 10);
            for ((x, y), colour) in [(10, 10), (right, 10), (10, bottom), (right, bottom)].iter().zip(shown) {
                assert_near(sent.get_pixel(*x, *y).0, colour, 6, &format!("{format} {value} at {x}, {y}"));
            }
            assert_eq!(fitted.header.orientation, Orientation::UPRIGHT);
            assert_eq!(fitted.frame, Rect::whole(Size { width: size.0, height: size.1 }));
        }
    }
}

#[test]
fn a_part_is_one_of_the_upright_picture() {
    for value in 1..=8 {
        let (bytes, shown) = turned(value, Format::Jpeg);
        let upright = Header::read(&bytes).unwrap().upright();
        let quarter = Size { width: upright.width / 2, height: upright.height / 2 };
        let place = |half: u32, is_second: bool| if is_second { i64::from(half) } else { 0 };
        for (index, colour) in shown.into_iter().enumerate() {
            let left = place(quarter.width, index % 2 == 1);
            let top = place(quarter.height, index >= 2);
            let part = Rect { left, top, size: quarter };
            let sent = fitted(&bytes, &FitOptions { part: Some(part), ..FitOptions::default() });
            assert_eq!((sent.frame, sent.header.size), (part, quarter));
            for pixel in pixels(&sent).pixels() {
                assert_near(pixel.0, colour, 8, &format!("{value}, quarter {index}"));
            }
        }
    }
}

#[test]
fn an_exif_that_is_kept_no_longer_says_to_turn_what_was_turned() {
    let (bytes, _) = turned(6, Format::Jpeg);
    let fitted = fitted(&bytes, &KEEP);
    let exif = metadata::upright_exif(&fitted.bytes, Format::Jpeg).unwrap();
    assert_eq!(exif, tiff(Endian::Big, &[(ORIENTATION, 1)]));
    assert_eq!(describe(&fitted.changes), "rotated 90° clockwise");
}

/// The drawing in each format that is read and not sent.
fn others() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = DynamicImage::from(fixtures::rgb());
    vec![
        ("webp", written(&rgb, ImageFormat::WebP)),
        ("bmp", written(&rgb, ImageFormat::Bmp)),
        ("tiff", written(&rgb, ImageFormat::Tiff)),
        ("tiff 16 bit", written(&rgb.to_rgb16().into(), ImageFormat::Tiff)),
    ]
}

/// The same in grey.
fn grey_others() -> Vec<(&'static str, Vec<u8>)> {
    let grey = DynamicImage::from(DynamicImage::from(fixtures::rgb()).to_luma8());
    vec![
        ("bmp", written(&grey, ImageFormat::Bmp)),
        ("tiff", written(&grey, ImageFormat::Tiff)),
        ("tiff 16 bit", written(&grey.to_luma16().into(), ImageFormat::Tiff)),
    ]
}

#[test]
fn other_formats_and_depths_become_jpeg() {
    let rgb = fixtures::rgb();
    let grey = DynamicImage::from(DynamicImage::from(rgb.clone()).to_luma8()).to_rgb8();
    let coloured = others().into_iter().map(|(name, bytes)| (name, bytes, &rgb));
    for (name, bytes, drawing) in coloured.chain(grey_others().into_iter().map(|(n, b)| (n, b, &grey))) {
        let fitted = fitted(&bytes, &FitOptions::default());
        assert_eq!(fitted.header.format, Format::Jpeg);
        let off = difference(&pixels(&fitted), drawing);
        assert!(off < 5.0, "{name} is {off} levels off");
        let from = Format::sniff(&bytes).unwrap();
        assert_eq!(describe(&fitted.changes), format!("converted from {from} to jpeg"), "{name}");
    }
}

#[test]
fn the_first_frame_of_a_gif_becomes_a_png_without_loss() {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    let other = RgbaImage::from_pixel(45, 38, Rgba([1, 2, 3, 255]));
    let first = DynamicImage::from(fixtures::rgb()).to_rgba8();
    encoder.encode_frames([image::Frame::new(first), image::Frame::new(other)]).unwrap();
    drop(encoder);
    let decoded = decode(&bytes).unwrap().image.to_rgb8();
    assert!(difference(&decoded, &fixtures::rgb()) < 8.0);

    let fitted = fitted(&bytes, &FitOptions::default());
    assert_eq!(fitted.header.format, Format::Png);
    assert_eq!(pixels(&fitted), decoded);
    assert_eq!(describe(&fitted.changes), "converted from gif to png");
}

#[test]
fn inks_become_colours() {
    let inks: Vec<u8> = quarters().pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 40]).collect();
    let paper = RgbImage::from_fn(96, 64, |x, y| {
        Rgb(quarters().get_pixel(x, y).0.map(|ink| u8::try_from(u32::from(255 - ink) * 215 / 255).unwrap()))
    });
    for (colours, sampling) in [
        (ColorType::Cmyk, SamplingFactor::F_1_1),
        (ColorType::CmykAsYcck, SamplingFactor::F_1_1),
        (ColorType::CmykAsYcck, SamplingFactor::F_2_2),
    ] {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 95);
        encoder.set_sampling_factor(sampling);
        encoder.encode(&inks, 96, 64, colours).unwrap();
        let fitted = fitted(&bytes, &FitOptions::default());
        assert_eq!(describe(&fitted.changes), "converted from CMYK to RGB");
        let off = difference(&pixels(&fitted), &paper);
        assert!(off < 4.0, "{colours:?} at {sampling:?} is {off} levels off");
    }
}

#[test]
fn what_is_transparent_is_laid_on_white() {
    let half = RgbaImage::from_fn(64, 64, |x, _| match x {
        0..21 => Rgba([200, 0, 0, 255]),
        21..42 => Rgba([0, 0, 200, 128]),
        _ => Rgba([0, 0, 0, 0]),
    });
    let grey = DynamicImage::from(half.clone()).to_luma_alpha8();
    let coloured = fitted(&written(&half.clone().into(), ImageFormat::Png), &FitOptions::default());
    assert_eq!(describe(&coloured.changes), "converted from png to jpeg, transparency flattened onto white");
    for (x, colour) in [(8, [200, 0, 0]), (32, [127, 127, 227]), (56, [255, 255, 255])] {
        assert_near(pixels(&coloured).get_pixel(x, 32).0, colour, 4, &format!("column {x}"));
    }
    let grey = fitted(&written(&grey.into(), ImageFormat::Png), &FitOptions::default());
    assert_near(pixels(&grey).get_pixel(56, 32).0, [255; 3], 2, "grey");
    let deep = DynamicImage::from(half).to_rgba16().into();
    let deep = fitted(&written(&deep, ImageFormat::Png), &FitOptions::default());
    assert_near(pixels(&deep).get_pixel(32, 32).0, [127, 127, 227], 4, "16 bit");
}

#[test]
fn an_alpha_channel_that_hides_nothing_changes_nothing() {
    let opaque = DynamicImage::from(fixtures::rgb()).to_rgba8().into();
    let bytes = written(&opaque, ImageFormat::Png);
    for rules in [FitOptions::default(), STRICT] {
        let fitted = fitted(&bytes, &rules);
        assert!(*fitted.bytes == *bytes && fitted.changes.is_empty());
    }
    let seen_through = written(&fixtures::rgba().into(), ImageFormat::Png);
    let header = Header::read(&seen_through).unwrap();
    assert!(matches!(fit(seen_through.as_slice().into(), &header, &STRICT), Err(FitError::Refused { .. })));
}

#[test]
fn padding_is_the_pictures_own_reflection() {
    let stripes = RgbImage::from_fn(96, 16, |x, y| Rgb([(x * 2) as u8, (y * 15) as u8, 90]));
    let bytes = written(&stripes.clone().into(), ImageFormat::Png);
    let fitted = fitted(&bytes, &PAD);
    assert_eq!(fitted.frame, Rect { left: 0, top: -8, size: Size { width: 96, height: 32 } });
    assert_eq!(describe(&fitted.changes), "converted from png to jpeg, padded to 96×32");
    let sent = pixels(&fitted);
    for (y, source) in [(0, 7), (7, 0), (8, 0), (20, 12), (23, 15), (24, 15), (31, 8)] {
        let expected = stripes.get_pixel(50, source).0;
        assert_near(sent.get_pixel(50, y).0, expected, 6, &format!("row {y}"));
    }
}

#[test]
fn a_part_beyond_the_border_is_padded() {
    let bytes = written(&quarters().into(), ImageFormat::Png);
    let part = Rect { left: -20, top: -10, size: Size { width: 40, height: 30 } };
    let fitted = fitted(&bytes, &FitOptions { part: Some(part), ..FitOptions::default() });
    assert_eq!((fitted.frame, fitted.header.size), (part, part.size));
    assert!(pixels(&fitted).pixels().all(|pixel| pixel.0[0] > 200 && pixel.0[1] < 60));
}

#[test]
fn a_large_picture_is_scaled_to_what_the_model_can_use() {
    let large = RgbImage::from_fn(3_000, 2_000, |x, y| Rgb([(x / 12) as u8, (y / 8) as u8, 77]));
    let fitted = fitted(&written(&large.clone().into(), ImageFormat::Bmp), &FitOptions::default());
    assert_eq!(
        describe(&fitted.changes),
        "converted from bmp to jpeg, scaled down from 3000×2000 to 1732×1154"
    );
    assert_eq!(fitted.frame, Rect::whole(Size { width: 3_000, height: 2_000 }));
    assert_near(pixels(&fitted).get_pixel(866, 577).0, large.get_pixel(1_500, 1_000).0, 4, "middle");
}

#[test]
fn noise_is_compressed_until_it_fits() {
    let mut rng = fastrand::Rng::with_seed(4);
    let noise = RgbImage::from_fn(2_000, 1_990, |_, _| Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
    let bytes = written(&noise.into(), ImageFormat::Png);
    assert!(bytes.len() as u64 > MAX_INPUT_BYTES);
    let fitted = fitted(&bytes, &FitOptions::default());
    assert!(fitted.changes.iter().any(|change| matches!(change, Change::Converted { .. })));
    assert!(fitted.header.size.pixels() > 1_000_000, "{}", fitted.header.size);
}

#[test]
fn a_profile_goes_along_with_its_colours() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile.clone()).unwrap();
    let rgba = fixtures::rgba();
    encoder.write_image(&rgba, rgba.width(), rgba.height(), image::ExtendedColorType::Rgba8).unwrap();
    let fitted = fitted(&bytes, &FitOptions::default());
    assert_eq!(fitted.header.format, Format::Jpeg);
    assert_eq!(decode(&fitted.bytes).unwrap().icc, Some(profile));
}

#[test]
fn a_picture_that_fits_is_sent_byte_for_byte() {
    for (name, bytes) in fixtures::every_kind() {
        let header = Header::read(&bytes).unwrap();
        if header.format == Format::WebP || header.cmyk {
            continue;
        }
        for rules in [FitOptions::default(), STRICT, PAD, KEEP] {
            let fitted = fitted(&bytes, &rules);
            assert!(*fitted.bytes == *bytes && fitted.changes.is_empty(), "{name}");
            // The request is made in the same memory.
            assert_eq!(fitted.frame, Rect::whole(fixtures::SIZE));
        }
    }
}

#[test]
fn only_metadata_is_taken_out_of_a_picture_that_fits() {
    let secret = b"at 52.5200 13.4050".as_slice();
    for format in [Format::Jpeg, Format::Png] {
        let bytes = encode(&fixtures::rgb().into(), None, Encoding::for_format(format).unwrap()).unwrap();
        let mut with = bytes.clone();
        let exif = [&tiff(Endian::Big, &[(ORIENTATION, 1)]), secret].concat();
        metadata::add_exif(&mut with, format, &exif);

        let stripped = fitted(&with, &STRICT);
        assert_eq!(describe(&stripped.changes), "metadata removed");
        assert_eq!(*stripped.bytes, *bytes);
        assert_eq!(*fitted(&with, &KEEP).bytes, *with);
    }
}

#[test]
fn metadata_does_not_count_towards_the_limit() {
    let mut bytes = fixtures::baseline_jpeg();
    bytes.resize(bytes.len() + usize::try_from(MAX_INPUT_BYTES).unwrap(), 7);
    assert_eq!(describe(&fitted(&bytes, &STRICT).changes), "metadata removed");
}

#[test]
fn a_cut_picture_is_refused_whether_or_not_it_is_decoded() {
    let mut kinds = fixtures::every_kind();
    kinds.extend(others());
    for (name, bytes) in kinds {
        let header = Header::read(&bytes).unwrap();
        let cut = &bytes[..bytes.len() * 3 / 4];
        assert!(fit(cut.into(), &header, &FitOptions::default()).is_err(), "{name}");
    }
}

#[test]
fn bombs_are_refused_by_their_headers() {
    let side = 60_000_u32;
    let gif = [b"GIF89a\x60\xea\x60\xea\x80\0\0".as_slice(), &[0; 20]].concat();
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([side.to_le_bytes(), side.to_le_bytes()].concat());
    bmp.extend([1, 0, 24, 0].iter().chain(&[0; 40]));
    let tiff = tiff(Endian::Little, &[(0x0100, 60_000), (0x0101, 60_000)]);
    for bytes in [gif, bmp, tiff, crate::format::png::tests::of_size(side, side)] {
        let header = Header::read(&bytes).unwrap();
        assert!(matches!(
            fit(bytes.as_slice().into(), &header, &FitOptions::default()),
            Err(FitError::Decode(DecodeError::TooLarge(_)))
        ));
        assert!(matches!(decode(&bytes), Err(DecodeError::TooLarge(_))));
    }
}

#[test]
fn a_palette_is_read() {
    // Four pixels of two colours, one bit each, rows of four bytes from the bottom up.
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([20_u32.to_le_bytes(), 20_u32.to_le_bytes()].concat());
    bmp.extend([1, 0, 1, 0]);
    bmp.extend([0; 24]);
    bmp.extend([30, 30, 220, 0, 30, 200, 30, 0]);
    bmp.extend([0, 0x0F, 0xF0, 0].repeat(20));
    let sent = pixels(&fitted(&bmp, &FitOptions::default()));
    assert_near(sent.get_pixel(3, 10).0, RED, 8, "first colour");
    let grey = image::GrayImage::from_pixel(20, 20, Luma([77]));
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&grey, 20, 20, image::ExtendedColorType::L8)
        .unwrap();
    assert_eq!(*fitted(&png, &FitOptions::default()).bytes, *png);
}

static INPUTS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let mut inputs = fixtures::every_kind();
    inputs.extend(others());
    inputs.extend(grey_others());
    inputs.push(("gif", written(&fixtures::rgba().into(), ImageFormat::Gif)));
    for value in 2..=8 {
        inputs.push(("turned", turned(value, Format::Jpeg).0));
    }
    inputs
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_pictures_are_fitted_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        kept in prop::option::of(any::<prop::sample::Index>()),
        part in prop::option::of((-50..50_i64, -50..50_i64, 1..90_u32, 1..90_u32)),
        pads in any::<bool>(),
    ) {
        let (_, bytes) = which.get(&INPUTS);
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(kept) = kept {
            bytes.truncate(kept.index(bytes.len()));
        }
        let bytes = crate::format::png::tests::with_right_checksums(&bytes);
        let part = part.map(|(left, top, width, height)| Rect { left, top, size: Size { width, height } });
        let fit_how = if pads { FitPolicy::Pad } else { FitPolicy::Convert };
        let rules = FitOptions { fit: fit_how, metadata: Metadata::Keep, part };
        // A size that a damaged header makes up is not what this is about.
        if let Ok(header) = Header::read(&bytes) && header.size.pixels() < 1_000_000 {
            for metadata in [Metadata::Keep, Metadata::Strip] {
                if let Ok(fitted) = fit(bytes.as_slice().into(), &header, &FitOptions { metadata, ..rules }) {
                    prop_assert_eq!(ensure_accepted(&fitted.header, fitted.bytes.len() as u64), Ok(()));
                }
            }
        }
    }
}
