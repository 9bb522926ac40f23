//! Merging into originals of every format, compared pixel by pixel.

use std::io::Write;

use image::codecs::png::PngEncoder;
use image::{ColorType, DynamicImage, ImageEncoder, Rgb, RgbImage, Rgba};
use jpeg_encoder::{ColorType as JpegColorType, Encoder};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, decode, encode};

use crate::support::TestEnv;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// The center of the edit in the upright picture, as fractions of its sides.
const CENTER: (f64, f64) = (0.4, 0.55);
/// In pixels of the original.
const RADIUS: f64 = 60.0;
const DISC_COLOR: [u8; 3] = [15, 15, 25];
/// Draws gradients with waves.
fn draw() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (f64::from(x) / f64::from(WIDTH), f64::from(y) / f64::from(HEIGHT));
        let wave = 9.0 * ((x * 30.0).sin() + (y * 25.0).cos());
        Rgb([70.0 + 120.0 * x + wave, 90.0 + 90.0 * y + wave, 190.0 - 80.0 * x].map(|level| level as u8))
    })
}

/// Originals: a file name, the file, and the color type of the merged picture.
fn originals() -> Vec<(&'static str, Vec<u8>, ColorType)> {
    let picture = DynamicImage::from(draw());
    let png = |image: &DynamicImage, icc: Option<&[u8]>| {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        if let Some(icc) = icc {
            encoder.set_icc_profile(icc.to_vec()).unwrap();
        }
        image.write_with_encoder(encoder).unwrap();
        bytes
    };
    let mut deep = picture.to_rgb16();
    // Values that eight bits cannot represent.
    deep.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|sample| sample ^ 0x35));
    let mut transparent = picture.to_rgba8();
    transparent.enumerate_pixels_mut().for_each(|(x, _, pixel)| pixel.0[3] = if x < 40 { 90 } else { 255 });
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    vec![
        ("gray.png", png(&picture.to_luma8().into(), None), ColorType::Rgb8),
        ("gray16.png", png(&picture.to_luma16().into(), None), ColorType::Rgb16),
        ("deep.png", png(&deep.into(), None), ColorType::Rgb16),
        ("transparent.png", png(&transparent.into(), None), ColorType::Rgba8),
        ("p3.png", png(&picture, Some(&p3)), ColorType::Rgb8),
        ("palette.png", palette(), ColorType::Rgb8),
        ("cmyk.jpg", cmyk(), ColorType::Rgb8),
        ("rotated.jpg", rotated(), ColorType::Rgb8),
    ]
}

/// A PNG with a palette of 216 colors.
fn palette() -> Vec<u8> {
    let colors = (0..216u8).flat_map(|at| [at / 36 * 51, at / 6 % 6 * 51, at % 6 * 51]).collect();
    let nearest = |[red, green, blue]: [u8; 3]| red / 43 * 36 + green / 43 * 6 + blue / 43;
    let mut rows = Vec::new();
    for row in draw().rows() {
        rows.push(0);
        rows.extend(row.map(|pixel| nearest(pixel.0)));
    }
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&rows).unwrap();
    let header = [&WIDTH.to_be_bytes()[..], &HEIGHT.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in
        [(b"IHDR", header), (b"PLTE", colors), (b"IDAT", packed.finish().unwrap()), (b"IEND", Vec::new())]
    {
        let length = u32::try_from(data.len()).unwrap();
        let chunk = [&name[..], &data].concat();
        png.extend(length.to_be_bytes());
        png.extend(&chunk);
        png.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    png
}

/// A CMYK JPEG.
fn cmyk() -> Vec<u8> {
    let inks: Vec<u8> = draw().pixels().flat_map(|Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 8]).collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 95).encode(&inks, WIDTH as u16, HEIGHT as u16, JpegColorType::Cmyk).unwrap();
    bytes
}

/// A JPEG whose EXIF orientation rotates it by 90° clockwise.
fn rotated() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 92);
    encoder.add_exif_metadata(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0").unwrap();
    encoder.encode(&draw(), WIDTH as u16, HEIGHT as u16, JpegColorType::Rgb).unwrap();
    bytes
}

/// Simulates the model: draws a dark disc into the upright picture on white, at about one megapixel, as a JPEG.
fn edit(original: &DynamicImage) -> Vec<u8> {
    let mut original = original.to_rgba8();
    for Rgba([color @ .., alpha]) in original.pixels_mut() {
        let on_white = |level: u8| 255 - u16::from(255 - level) * u16::from(*alpha) / 255;
        *color = color.map(|level| on_white(level) as u8);
    }
    let original = DynamicImage::from(original);
    let (width, height) = (original.width() * 9 / 5, original.height() * 9 / 5);
    let mut edited =
        image::imageops::resize(&original.to_rgb8(), width, height, image::imageops::FilterType::Triangle);
    let center = (CENTER.0 * f64::from(width), CENTER.1 * f64::from(height));
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (f64::from(x) - center.0).hypot(f64::from(y) - center.1) < RADIUS * 1.8 {
            *pixel = Rgb(DISC_COLOR);
        }
    }
    encode(
        &edited.into(),
        &ColorSpace::SRGB,
        Encoding::Jpeg { quality: 90, subsampling: ChromaSubsampling::Yuv420 },
    )
    .unwrap()
}

#[test]
#[ignore = "slow"]
fn originals_of_every_format_keep_their_pixels_depth_and_profile() {
    for (name, file, color_type) in originals() {
        let env = TestEnv::new();
        env.write(name, &file);
        let before = decode(&file).unwrap().into_upright();
        env.write("edited.jpg", edit(&before.image));
        let args = format!("merge {name} edited.jpg -o out.png --mask-out mask.png -q");
        env.command(&args).stdout("out.png\n").assert();
        let after = decode(&env.read("out.png")).unwrap();
        let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();

        assert_eq!(
            (after.image.width(), after.image.height()),
            (before.image.width(), before.image.height())
        );
        assert_eq!((after.image.color(), &after.colors), (color_type, &before.colors), "{name}");
        // Converting to 16 bits per sample loses nothing of any of these formats.
        let (was, is) = (before.image.to_rgba16(), after.image.to_rgba16());
        let mut kept = 0;
        for ((was, is), cover) in was.pixels().zip(is.pixels()).zip(mask.pixels()) {
            assert!(cover.0[0] > 0 || was == is, "{name}");
            kept += usize::from(was == is);
        }
        assert!(kept as f64 > 0.9 * f64::from(WIDTH * HEIGHT), "{name}: {kept} kept");
        let at = |fraction: f64, side: u32| (fraction * f64::from(side)) as u32;
        let (x, y) = (at(CENTER.0, after.image.width()), at(CENTER.1, after.image.height()));
        let center = after.image.to_rgb8().get_pixel(x, y).0;
        assert!(center.iter().zip(DISC_COLOR).all(|(is, disc)| is.abs_diff(disc) < 25), "{name}: {center:?}");
    }
}
