//! Pictures that are drawn here, so that none has to be committed.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// Draws gradients with some noise, so that no two blocks are equal.
fn draw(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let level = |n: u32| u8::try_from(n % 256).unwrap_or(0);
        Rgb([level(x * 3 + (x * 7 + y * 13) % 11), level(y * 5), level(x + y)])
    })
}

/// A PNG of this size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::Png)
}

/// A JPEG of this size.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::Jpeg)
}

/// A WebP of this size.
pub(crate) fn webp(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::WebP)
}

/// A JPEG with an EXIF orientation and a GPS position.
pub(crate) fn photo(width: u16, height: u16, orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.push(orientation);
    exif.extend(b"\0\0\x82\x98\0\x02\0\0\0");
    exif.push(u8::try_from(GPS_POSITION.len()).unwrap());
    exif.extend(b"\0\0\0\x26\0\0\0\0");
    exif.extend(GPS_POSITION.as_bytes());
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.add_exif_metadata(&exif).unwrap();
    let pixels = draw(width.into(), height.into());
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// The GPS position in [`photo`].
pub(crate) const GPS_POSITION: &str = "52 31 12.025 N, 13 24 17.834 E";

fn encode(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    draw(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The SHA-256 of `bytes` in lower-case hexadecimal digits, as in the ledger.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
