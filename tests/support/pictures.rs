//! Pictures drawn here, so that none has to be stored.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// Slopes and some grain: no two blocks are alike.
fn drawn(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let level = |n: u32| u8::try_from(n % 256).unwrap_or(0);
        Rgb([level(x * 3 + (x * 7 + y * 13) % 11), level(y * 5), level(x + y)])
    })
}

/// A PNG of this size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    written(width, height, ImageFormat::Png)
}

/// A JPEG of this size.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    written(width, height, ImageFormat::Jpeg)
}

fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    drawn(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The SHA-256 of `bytes` as the ledger writes it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
