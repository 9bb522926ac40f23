//! Tests of the pixels that are uploaded.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::encode::{Encoding, encode};
use crate::fixtures;
use crate::format::Format;
use crate::format::endian::Endian;
use crate::format::ifd::ORIENTATION;
use crate::format::ifd::tests::tiff;
use crate::geometry::Orientation;
use crate::limits::InputLimits;

const MAX_INPUT_BYTES: u64 = 10 * 1024 * 1024;

mod damage;
mod formats;
mod metadata;

const STRICT: FitOptions = FitOptions {
    policy: FitPolicy::Refuse,
    metadata: Metadata::Strip,
    crop: None,
    limits: InputLimits::DEFAULT,
};
const PAD: FitOptions = FitOptions {
    policy: FitPolicy::Pad,
    metadata: Metadata::Strip,
    crop: None,
    limits: InputLimits::DEFAULT,
};
const KEEP: FitOptions = FitOptions {
    policy: FitPolicy::Convert,
    metadata: Metadata::Keep,
    crop: None,
    limits: InputLimits::DEFAULT,
};

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 200, 30];
const BLUE: [u8; 3] = [30, 30, 220];
const WHITE: [u8; 3] = [250, 250, 250];

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn fitted(bytes: &[u8], options: &FitOptions) -> Fitted {
    let header = Header::read(bytes).unwrap();
    let fitted = fit(bytes.into(), &header, options).unwrap();
    assert_eq!(Header::read(&fitted.bytes).unwrap(), fitted.header);
    InputLimits::default().ensure_accepted(&fitted.header, fitted.bytes.len() as u64).unwrap();
    fitted
}

fn pixels(fitted: &Fitted) -> RgbImage {
    decode(&fitted.bytes).unwrap().image.to_rgb8()
}

fn assert_near(found: [u8; 3], expected: [u8; 3], tolerance: u8, context: &str) {
    let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= tolerance);
    assert!(is_near, "{context}: {found:?} is not {expected:?}");
}

/// The lowest or highest level of each channel.
fn extreme(image: &RgbImage, of: fn(u8, u8) -> u8) -> [u8; 3] {
    let pixels = image.pixels().map(|pixel| pixel.0);
    pixels.reduce(|one, two| std::array::from_fn(|channel| of(one[channel], two[channel]))).unwrap()
}

/// The mean difference of two pictures, in levels.
fn mean_difference(one: &RgbImage, other: &RgbImage) -> f64 {
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

/// [`quarters`] with an orientation, and the colors of the quarters of the upright picture.
fn oriented_quarters(value: u16, format: Format) -> (Vec<u8>, [[u8; 3]; 4]) {
    let encoding = Encoding::for_format(format).unwrap();
    let mut bytes = encode(&quarters().into(), &ColorSpace::SRGB, encoding).unwrap();
    crate::format::metadata::add_exif(&mut bytes, format, &tiff(Endian::Big, &[(ORIENTATION, value)]));
    let upright = match value {
        1 => [RED, GREEN, BLUE, WHITE],
        2 => [GREEN, RED, WHITE, BLUE],
        3 => [WHITE, BLUE, GREEN, RED],
        4 => [BLUE, WHITE, RED, GREEN],
        5 => [RED, BLUE, GREEN, WHITE],
        6 => [BLUE, RED, WHITE, GREEN],
        7 => [WHITE, GREEN, BLUE, RED],
        _ => [GREEN, WHITE, RED, BLUE],
    };
    (bytes, upright)
}

#[test]
fn each_orientation_is_applied_once() {
    for format in [Format::Jpeg, Format::Png] {
        for value in 1..=8 {
            let (bytes, upright) = oriented_quarters(value, format);
            let fitted = fitted(&bytes, &FitOptions::default());
            let size = if value < 5 { (96, 64) } else { (64, 96) };
            let upload = pixels(&fitted);
            assert_eq!(upload.dimensions(), size, "{value}");
            let (right, bottom) = (size.0 - 10, size.1 - 10);
            let corners = [(10, 10), (right, 10), (10, bottom), (right, bottom)];
            for ((x, y), color) in corners.into_iter().zip(upright) {
                assert_near(upload.get_pixel(x, y).0, color, 6, &format!("{format} {value} at {x}, {y}"));
            }
            assert_eq!(fitted.header.orientation, Orientation::UPRIGHT);
            assert_eq!(fitted.frame, Rect::whole(Size { width: size.0, height: size.1 }));
        }
    }
}

#[test]
fn a_crop_refers_to_the_upright_picture() {
    for value in 1..=8 {
        let (bytes, upright) = oriented_quarters(value, Format::Jpeg);
        let size = Header::read(&bytes).unwrap().upright();
        let quarter = Size { width: size.width / 2, height: size.height / 2 };
        let offset = |half: u32, is_second: bool| if is_second { i64::from(half) } else { 0 };
        for (index, color) in upright.into_iter().enumerate() {
            let left = offset(quarter.width, index % 2 == 1);
            let top = offset(quarter.height, index >= 2);
            let crop = Rect { left, top, size: quarter };
            let upload = fitted(&bytes, &FitOptions { crop: Some(crop), ..FitOptions::default() });
            assert_eq!(upload.frame, crop);
            let enlarged = Size { width: 1254, height: 836 };
            let enlarged = if value < 5 { enlarged } else { enlarged.transposed() };
            assert_eq!(upload.header.size, enlarged);
            let pixels = pixels(&upload);
            for extreme in [extreme(&pixels, u8::min), extreme(&pixels, u8::max)] {
                assert_near(extreme, color, 8, &format!("{value}, quarter {index}"));
            }
        }
    }
}

#[test]
fn a_crop_across_the_border_is_padded() {
    let bytes = encoded(&quarters().into(), ImageFormat::Png);
    let crop = Rect { left: -20, top: -10, size: Size { width: 40, height: 30 } };
    let fitted = fitted(&bytes, &FitOptions { crop: Some(crop), ..FitOptions::default() });
    assert_eq!((fitted.frame, fitted.header.size), (crop, Size { width: 1182, height: 887 }));
    assert!(pixels(&fitted).pixels().all(|pixel| pixel.0[0] > 200 && pixel.0[1] < 60));
}

#[test]
fn padding_is_a_reflection_of_the_picture() {
    let stripes = RgbImage::from_fn(96, 16, |x, y| Rgb([(x * 2) as u8, (y * 15) as u8, 90]));
    let bytes = encoded(&stripes.clone().into(), ImageFormat::Png);
    let fitted = fitted(&bytes, &PAD);
    assert_eq!(fitted.frame, Rect { left: 0, top: -8, size: Size { width: 96, height: 32 } });
    assert_eq!(describe(&fitted.changes), "converted from png to jpeg, padded to 96×32");
    let upload = pixels(&fitted);
    for (y, source) in [(0, 7), (7, 0), (8, 0), (20, 12), (23, 15), (24, 15), (31, 8)] {
        let expected = stripes.get_pixel(50, source).0;
        assert_near(upload.get_pixel(50, y).0, expected, 6, &format!("row {y}"));
    }
}

#[test]
fn transparent_pixels_are_flattened_onto_white() {
    let rgba = RgbaImage::from_fn(64, 64, |x, _| match x {
        0..21 => Rgba([200, 0, 0, 255]),
        21..42 => Rgba([0, 0, 200, 128]),
        _ => Rgba([0, 0, 0, 0]),
    });
    let gray = DynamicImage::from(rgba.clone()).to_luma_alpha8();
    let color = fitted(&encoded(&rgba.clone().into(), ImageFormat::Png), &FitOptions::default());
    assert_eq!(describe(&color.changes), "converted from png to jpeg, transparency flattened onto white");
    for (x, expected) in [(8, [200, 0, 0]), (32, [127, 127, 227]), (56, [255, 255, 255])] {
        assert_near(pixels(&color).get_pixel(x, 32).0, expected, 4, &format!("column {x}"));
    }
    let gray = fitted(&encoded(&gray.into(), ImageFormat::Png), &FitOptions::default());
    assert_near(pixels(&gray).get_pixel(56, 32).0, [255; 3], 2, "gray");
    let deep = DynamicImage::from(rgba).to_rgba16().into();
    let deep = fitted(&encoded(&deep, ImageFormat::Png), &FitOptions::default());
    assert_near(pixels(&deep).get_pixel(32, 32).0, [127, 127, 227], 4, "16 bit");
}

#[test]
fn an_opaque_alpha_channel_changes_nothing() {
    let opaque = DynamicImage::from(fixtures::rgb()).to_rgba8().into();
    let bytes = encoded(&opaque, ImageFormat::Png);
    for options in [FitOptions::default(), STRICT] {
        let fitted = fitted(&bytes, &options);
        assert!(*fitted.bytes == *bytes && fitted.changes.is_empty());
    }
    let transparent = encoded(&fixtures::rgba().into(), ImageFormat::Png);
    let header = Header::read(&transparent).unwrap();
    assert!(matches!(fit(transparent.as_slice().into(), &header, &STRICT), Err(FitError::Refused { .. })));
}

#[test]
fn a_large_picture_is_scaled_to_what_the_model_can_use() {
    let large = RgbImage::from_fn(3_000, 2_000, |x, y| Rgb([(x / 12) as u8, (y / 8) as u8, 77]));
    let fitted = fitted(&encoded(&large.clone().into(), ImageFormat::Bmp), &FitOptions::default());
    assert_eq!(
        describe(&fitted.changes),
        "converted from bmp to jpeg, scaled down from 3000×2000 to 1732×1154"
    );
    assert_eq!(fitted.frame, Rect::whole(Size { width: 3_000, height: 2_000 }));
    assert_near(pixels(&fitted).get_pixel(866, 577).0, large.get_pixel(1_500, 1_000).0, 4, "middle");
}

#[test]
fn noise_is_shrunk_until_it_meets_the_byte_limit() {
    let mut rng = fastrand::Rng::with_seed(4);
    let noise = RgbImage::from_fn(2_000, 1_990, |_, _| Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
    let bytes = encoded(&noise.into(), ImageFormat::Png);
    assert!(bytes.len() as u64 > MAX_INPUT_BYTES);
    let fitted = fitted(&bytes, &FitOptions::default());
    assert!(fitted.changes.iter().any(|change| matches!(change, Change::Converted { .. })));
    assert!(fitted.header.size.pixels() > 1_000_000, "{}", fitted.header.size);
}
