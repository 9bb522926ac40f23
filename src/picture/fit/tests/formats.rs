//! Formats and color models.

use image::{ImageEncoder, Luma};
use jpeg_encoder::{Encoder, JpegColorType, SamplingFactor};

use super::*;
use crate::fixtures::JpegPixels;

/// A color picture in each format that can be decoded but not uploaded.
pub(super) fn color_inputs() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = DynamicImage::from(fixtures::rgb());
    vec![
        ("webp", encoded(&rgb, ImageFormat::WebP)),
        ("bmp", encoded(&rgb, ImageFormat::Bmp)),
        ("tiff", encoded(&rgb, ImageFormat::Tiff)),
        ("tiff 16 bit", encoded(&rgb.to_rgb16().into(), ImageFormat::Tiff)),
    ]
}

/// The same for gray pictures.
pub(super) fn gray_inputs() -> Vec<(&'static str, Vec<u8>)> {
    let gray = DynamicImage::from(DynamicImage::from(fixtures::rgb()).to_luma8());
    vec![
        ("bmp", encoded(&gray, ImageFormat::Bmp)),
        ("tiff", encoded(&gray, ImageFormat::Tiff)),
        ("tiff 16 bit", encoded(&gray.to_luma16().into(), ImageFormat::Tiff)),
    ]
}

#[test]
fn other_formats_and_depths_become_jpeg() {
    let rgb = fixtures::rgb();
    let gray = DynamicImage::from(DynamicImage::from(rgb.clone()).to_luma8()).to_rgb8();
    let color = color_inputs().into_iter().map(|(name, bytes)| (name, bytes, &rgb));
    let gray = gray_inputs().into_iter().map(|(name, bytes)| (name, bytes, &gray));
    for (name, bytes, original) in color.chain(gray) {
        let fitted = fitted(&bytes, &FitOptions::default());
        assert_eq!(fitted.header.format, Format::Jpeg);
        let difference = mean_difference(&pixels(&fitted), original);
        assert!(difference < 5.0, "{name}: {difference} levels");
        let from = Format::sniff(&bytes).unwrap();
        assert_eq!(describe(&fitted.changes), format!("converted from {from} to jpeg"), "{name}");
    }
}

#[test]
fn the_first_frame_of_a_gif_becomes_a_lossless_png() {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    let second = RgbaImage::from_pixel(45, 38, Rgba([1, 2, 3, 255]));
    let first = DynamicImage::from(fixtures::rgb()).to_rgba8();
    encoder.encode_frames([image::Frame::new(first), image::Frame::new(second)]).unwrap();
    drop(encoder);
    let decoded = decode(&bytes).unwrap().image.to_rgb8();
    assert!(mean_difference(&decoded, &fixtures::rgb()) < 8.0);

    let fitted = fitted(&bytes, &FitOptions::default());
    assert_eq!(fitted.header.format, Format::Png);
    assert_eq!(pixels(&fitted), decoded);
    assert_eq!(describe(&fitted.changes), "converted from gif to png");
}

#[test]
fn cmyk_becomes_rgb() {
    let inks: Vec<u8> = quarters().pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 40]).collect();
    let expected = RgbImage::from_fn(96, 64, |x, y| {
        Rgb(quarters().get_pixel(x, y).0.map(|ink| u8::try_from(u32::from(255 - ink) * 215 / 255).unwrap()))
    });
    for (color, sampling) in [
        (JpegColorType::Cmyk, SamplingFactor::F_1_1),
        (JpegColorType::Ycck, SamplingFactor::F_1_1),
        (JpegColorType::Ycck, SamplingFactor::F_2_2),
    ] {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 95);
        encoder.set_sampling_factor(sampling);
        encoder.encode_image(JpegPixels { samples: &inks, width: 96, height: 64, color }).unwrap();
        let fitted = fitted(&bytes, &FitOptions::default());
        assert_eq!(describe(&fitted.changes), "converted from CMYK to RGB");
        let difference = mean_difference(&pixels(&fitted), &expected);
        assert!(difference < 4.0, "{color:?} at {sampling:?}: {difference} levels");
    }
}

#[test]
fn a_color_profile_is_kept() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile.clone()).unwrap();
    let rgba = fixtures::rgba();
    encoder.write_image(&rgba, rgba.width(), rgba.height(), image::ExtendedColorType::Rgba8).unwrap();
    let fitted = fitted(&bytes, &FitOptions::default());
    assert_eq!(fitted.header.format, Format::Jpeg);
    assert_eq!(decode(&fitted.bytes).unwrap().colors.icc(), Some(&profile[..]));
}

#[test]
fn a_palette_is_applied_and_gray_stays_gray() {
    // 20×20 pixels of two colors, with one bit each and four bytes per row, from the bottom up.
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([20_u32.to_le_bytes(), 20_u32.to_le_bytes()].concat());
    bmp.extend([1, 0, 1, 0]);
    bmp.extend([0; 24]);
    bmp.extend([30, 30, 220, 0, 30, 200, 30, 0]);
    bmp.extend([0, 0x0F, 0xF0, 0].repeat(20));
    let upload = pixels(&fitted(&bmp, &FitOptions::default()));
    assert_near(upload.get_pixel(3, 10).0, RED, 8, "first color");
    let gray = image::GrayImage::from_pixel(20, 20, Luma([77]));
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&gray, 20, 20, image::ExtendedColorType::L8)
        .unwrap();
    assert_eq!(*fitted(&png, &FitOptions::default()).bytes, *png);
}
