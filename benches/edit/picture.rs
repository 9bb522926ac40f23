//! JPEG pictures of a given size in bytes.

use jpeg_encoder::{ColorType, Encoder};

use crate::Result;

/// The maximum number of bytes per pixel of a JPEG of noise, at [`QUALITY`].
const BYTES_PER_PIXEL: f64 = 2.1;
const QUALITY: u8 = 90;
/// The maximum length of a JPEG segment, including its length field.
const MAX_SEGMENT: usize = 65_535;

/// A JPEG of exactly `length` bytes: a square of noise, padded with comments.
pub(crate) fn of_length(length: usize) -> Result<Vec<u8>> {
    let side = (length as f64 / BYTES_PER_PIXEL).sqrt() as u16 / 8 * 8;
    let mut jpeg = noise(side, side)?;
    let missing = length.checked_sub(jpeg.len()).ok_or("the JPEG is longer than requested")?;
    jpeg.splice(2..2, comments(missing));
    Ok(jpeg)
}

/// A picture like the results of the service: 1152×864 pixels, half a megabyte.
pub(crate) fn result() -> Result<Vec<u8>> {
    let (width, height) = (1152, 864);
    let mut rng = fastrand::Rng::with_seed(3);
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        for x in 0..width {
            let grain = rng.u8(0..60);
            pixels.extend(
                [(x / 6) as u8, (y / 4) as u8, (x / 16 + y / 16) as u8]
                    .map(|level| level.saturating_add(grain)),
            );
        }
    }
    encode(&pixels, width, height)
}

fn noise(width: u16, height: u16) -> Result<Vec<u8>> {
    let mut pixels = vec![0; usize::from(width) * usize::from(height) * 3];
    fastrand::Rng::with_seed(7).fill(&mut pixels);
    encode(&pixels, width, height)
}

fn encode(pixels: &[u8], width: u16, height: u16) -> Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, QUALITY).encode(pixels, width, height, ColorType::Rgb)?;
    Ok(jpeg)
}

/// Comment segments with a total of `length` bytes. A rest of less than 4 bytes is left out.
fn comments(length: usize) -> Vec<u8> {
    let mut segments = Vec::with_capacity(length);
    while length - segments.len() >= 4 {
        let size = (length - segments.len() - 2).min(MAX_SEGMENT);
        segments.extend([0xFF, 0xFE]);
        segments.extend((size as u16).to_be_bytes());
        segments.resize(segments.len() + size - 2, b' ');
    }
    segments
}
