//! A picture as it is looked at: upright, in sRGB, opaque, and no larger than needed.

use image::RgbImage;
use seededit_resize::{ResizeError, Size, resize};

use crate::color::flatten::flatten;
use crate::decode::{DecodeError, decode_reduced};
use crate::format::Header;
use crate::geometry::apply_orientation;

/// A picture to look at.
#[derive(Clone, Debug)]
pub struct View {
    /// Upright, in sRGB, with transparent pixels on white.
    pub image: RgbImage,
    /// The size of the whole upright picture.
    pub full: Size,
}

/// A picture cannot be viewed.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// Decodes a picture and scales it down until it fits into `within`. It is never enlarged.
///
/// A JPEG is decoded at a reduced size, which takes a fraction of the time and memory.
///
/// Must not be called on a thread of rayon's pool, like [`decode`](crate::decode()).
///
/// # Errors
/// As [`decode`](crate::decode()).
pub fn view(bytes: &[u8], within: Size) -> Result<View, ViewError> {
    let header = Header::read(bytes).map_err(DecodeError::from)?;
    let full = header.upright();
    let upright = fitted(full, within);
    let stored = if header.orientation.swaps_sides() { upright.transposed() } else { upright };
    let share = f64::from(stored.width) / f64::from(header.size.width.max(1));
    let share = share.max(f64::from(stored.height) / f64::from(header.size.height.max(1)));
    let decoded = decode_reduced(bytes, share)?;
    let scaled =
        if Size::of(&decoded.image) == stored { decoded.image } else { resize(&decoded.image, stored)? };
    let image = flatten(decoded.colors.to_srgb(scaled));
    Ok(View { image: apply_orientation(image, header.orientation).into_rgb8(), full })
}

/// The largest size with the aspect ratio of `size` that is within another one, and not larger than `size`. No side is 0
/// unless one of `size` is.
#[must_use]
pub fn fitted(size: Size, within: Size) -> Size {
    let ratio = |within: u32, side: u32| f64::from(within.max(1)) / f64::from(side.max(1));
    let scale = ratio(within.width, size.width).min(ratio(within.height, size.height));
    if scale >= 1.0 {
        return size;
    }
    let side = |side: u32, within: u32| {
        if side == 0 { 0 } else { ((f64::from(side) * scale).round() as u32).clamp(1, within.max(1)) }
    };
    Size { width: side(size.width, within.width), height: side(size.height, within.height) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Encoding, encode};
    use crate::format::Format;
    use crate::{ColorSpace, decode};
    use image::{DynamicImage, Rgb, Rgba, RgbaImage};

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_picture_is_fitted_and_never_enlarged() {
        assert_eq!(fitted(size(400, 300), size(200, 200)), size(200, 150));
        assert_eq!(fitted(size(300, 400), size(200, 200)), size(150, 200));
        assert_eq!(fitted(size(40, 30), size(200, 200)), size(40, 30));
        assert_eq!(fitted(size(4000, 2), size(100, 100)), size(100, 1));
        assert_eq!(fitted(size(4000, 2), size(0, 0)), size(1, 1));
    }

    #[test]
    fn a_reduced_jpeg_looks_like_the_whole_one_scaled() {
        let image = image::RgbImage::from_fn(803, 605, |x, y| {
            Rgb([(x / 4) as u8, (y / 3) as u8, ((x + y) / 6) as u8])
        });
        let jpeg =
            encode(&image.into(), &ColorSpace::SRGB, Encoding::for_format(Format::Jpeg).unwrap()).unwrap();
        let whole = decode(&jpeg).unwrap().image;
        for within in [size(800, 600), size(401, 400), size(170, 100), size(64, 64)] {
            let View { image, full } = view(&jpeg, within).unwrap();
            assert_eq!(full, size(803, 605));
            assert_eq!(Size::of(&image), fitted(full, within));
            let expected = resize(&whole, Size::of(&image)).unwrap().to_rgb8();
            let differences =
                image.iter().zip(expected.iter()).map(|(one, other)| u32::from(one.abs_diff(*other)));
            let mean = f64::from(differences.sum::<u32>()) / image.len() as f64;
            assert!(mean < 2.0, "{within}: {mean}");
        }
    }

    #[test]
    fn a_transparent_pixel_is_white() {
        let image = DynamicImage::from(RgbaImage::from_pixel(3, 2, Rgba([200, 0, 0, 0])));
        let png = encode(&image, &ColorSpace::SRGB, Encoding::Png).unwrap();
        let view = view(&png, size(9, 9)).unwrap();
        assert!(view.image.pixels().all(|pixel| pixel.0 == [255; 3]));
    }
}
