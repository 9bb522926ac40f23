//! Originals of every kind: what is merged into them, pixel by pixel.

use std::io::Write;

use image::{ColorType, DynamicImage, Rgb, RgbImage, Rgba};
use jpeg_encoder::{ColorType as Inks, Encoder};
use seededit::testing::picture::{Chroma, Encoding, decode, encode};

use crate::support::TestEnv;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// Where the edit is, in the upright picture, as shares of its sides, and how large.
const CENTRE: (f64, f64) = (0.4, 0.55);
const RADIUS: f64 = 60.0;
const INK: [u8; 3] = [15, 15, 25];

/// Slopes with waves on them.
fn scene() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (f64::from(x) / f64::from(WIDTH), f64::from(y) / f64::from(HEIGHT));
        let wave = 9.0 * ((x * 30.0).sin() + (y * 25.0).cos());
        Rgb([70.0 + 120.0 * x + wave, 90.0 + 90.0 * y + wave, 190.0 - 80.0 * x].map(|level| level as u8))
    })
}

/// The kinds: a name, the file, and what merged pixels have to be.
fn kinds() -> Vec<(&'static str, Vec<u8>, ColorType)> {
    let picture = DynamicImage::from(scene());
    let png = |image: &DynamicImage, icc: Option<&[u8]>| encode(image, icc, Encoding::Png).unwrap();
    let mut deep = picture.to_rgb16();
    // What eight bits cannot hold.
    deep.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|sample| sample ^ 0x35));
    let mut glass = picture.to_rgba8();
    glass.enumerate_pixels_mut().for_each(|(x, _, pixel)| pixel.0[3] = if x < 40 { 90 } else { 255 });
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    vec![
        ("grey.png", png(&picture.to_luma8().into(), None), ColorType::Rgb8),
        ("grey16.png", png(&picture.to_luma16().into(), None), ColorType::Rgb16),
        ("deep.png", png(&deep.into(), None), ColorType::Rgb16),
        ("glass.png", png(&glass.into(), None), ColorType::Rgba8),
        ("p3.png", png(&picture, Some(&p3)), ColorType::Rgb8),
        ("palette.png", palette(), ColorType::Rgb8),
        ("inks.jpg", inks(), ColorType::Rgb8),
        ("turned.jpg", turned(), ColorType::Rgb8),
    ]
}

/// A PNG of 216 colours.
fn palette() -> Vec<u8> {
    let colours = (0..216u8).flat_map(|at| [at / 36 * 51, at / 6 % 6 * 51, at % 6 * 51]).collect();
    let nearest = |[red, green, blue]: [u8; 3]| red / 43 * 36 + green / 43 * 6 + blue / 43;
    let mut rows = Vec::new();
    for row in scene().rows() {
        rows.push(0);
        rows.extend(row.map(|pixel| nearest(pixel.0)));
    }
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&rows).unwrap();
    let header = [&WIDTH.to_be_bytes()[..], &HEIGHT.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in
        [(b"IHDR", header), (b"PLTE", colours), (b"IDAT", packed.finish().unwrap()), (b"IEND", Vec::new())]
    {
        let length = u32::try_from(data.len()).unwrap();
        let chunk = [&name[..], &data].concat();
        png.extend(length.to_be_bytes());
        png.extend(&chunk);
        png.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    png
}

/// A JPEG in four inks.
fn inks() -> Vec<u8> {
    let inks: Vec<u8> = scene().pixels().flat_map(|Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 8]).collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 95).encode(&inks, WIDTH as u16, HEIGHT as u16, Inks::Cmyk).unwrap();
    bytes
}

/// A JPEG that says to turn it a quarter clockwise.
fn turned() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 92);
    encoder.add_exif_metadata(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0").unwrap();
    encoder.encode(&scene(), WIDTH as u16, HEIGHT as u16, Inks::Rgb).unwrap();
    bytes
}

/// What a model makes of an upright picture, which it sees on white: about a megapixel, a dark disc, a codec.
fn edited(original: &DynamicImage) -> Vec<u8> {
    let mut original = original.to_rgba8();
    for Rgba([colour @ .., alpha]) in original.pixels_mut() {
        let on_white = |level: u8| 255 - u16::from(255 - level) * u16::from(*alpha) / 255;
        *colour = colour.map(|level| on_white(level) as u8);
    }
    let original = DynamicImage::from(original);
    let (width, height) = (original.width() * 9 / 5, original.height() * 9 / 5);
    let mut edited =
        image::imageops::resize(&original.to_rgb8(), width, height, image::imageops::FilterType::Triangle);
    let centre = (CENTRE.0 * f64::from(width), CENTRE.1 * f64::from(height));
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (f64::from(x) - centre.0).hypot(f64::from(y) - centre.1) < RADIUS * 1.8 {
            *pixel = Rgb(INK);
        }
    }
    encode(&edited.into(), None, Encoding::Jpeg { quality: 90, chroma: Chroma::Half }).unwrap()
}

#[test]
fn originals_of_every_format_keep_their_pixels_depth_and_profile() {
    for (name, file, colours) in kinds() {
        let env = TestEnv::new();
        env.write(name, &file);
        let before = decode(&file).unwrap().into_upright();
        env.write("edited.jpg", edited(&before.image));
        let words = format!("merge {name} edited.jpg -o out.png --mask-out mask.png -q");
        env.command(&words).stdout("out.png\n").assert();
        let after = decode(&env.read("out.png")).unwrap();
        let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();

        assert_eq!(
            (after.image.width(), after.image.height()),
            (before.image.width(), before.image.height())
        );
        assert_eq!((after.image.color(), &after.icc), (colours, &before.icc), "{name}");
        // Sixteen bits a sample show any difference there is, whatever both are stored as.
        let (was, is) = (before.image.to_rgba16(), after.image.to_rgba16());
        let mut kept = 0;
        for ((was, is), cover) in was.pixels().zip(is.pixels()).zip(mask.pixels()) {
            assert!(cover.0[0] > 0 || was == is, "{name}");
            kept += usize::from(was == is);
        }
        assert!(kept as f64 > 0.9 * f64::from(WIDTH * HEIGHT), "{name}: {kept} kept");
        let share = |share: f64, side: u32| (share * f64::from(side)) as u32;
        let (x, y) = (share(CENTRE.0, after.image.width()), share(CENTRE.1, after.image.height()));
        let centre = after.image.to_rgb8().get_pixel(x, y).0;
        assert!(centre.iter().zip(INK).all(|(is, ink)| is.abs_diff(ink) < 25), "{name}: {centre:?}");
    }
}
