//! Recognizes pictures that are no masks, before an edit is paid for.

use image::{GrayImage, RgbaImage};

use super::MaskChannel;
use super::mask_reading::NEAR;
use crate::decode::Decoded;

/// A pixel whose channels differ by more than this many levels has a color. JPEGs of gray pictures have differences
/// of a few levels.
const MAX_CHROMA: u8 = 24;
/// The share of pixels with a color from which a mask counts as a picture.
const MAX_COLORED: f64 = 0.01;
/// The share of gray pixels from which a mask has to be smooth.
const MAX_GRAY: f64 = 0.5;
/// The mean second difference, in levels, of neighboring gray pixels from which a wide mask counts as a picture, and what
/// is added for a mask of one pixel: edges of small pictures are steeper.
///
/// Blurred discs and gradients of which more than half is gray have 0.9 at most if 800 pixels wide, 1.6 at 200 and 2.6 at
/// 64, also as JPEGs of quality 50. Photos have 3.5 and more; a drawing in flat colors has 1.7 at 1024 pixels and 4 at
/// 200.
const MAX_ROUGHNESS: f64 = 1.0;
const MAX_ROUGHNESS_OF_A_PIXEL: f64 = 200.0;
/// The least difference between the darkest and the brightest pixel of a soft mask.
const MIN_RANGE: u8 = 128;

/// Why a picture is not used as a mask.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MaskFault {
    #[error("{:.0} % of its pixels have a color, so it is a picture and not a mask", .share * 100.0)]
    Colored {
        /// The share of pixels.
        share: f64,
    },
    /// It may be a copy of the picture whose transparent part may change.
    #[error("it is a picture with a transparent part, and masks are read by their brightness")]
    Hole,
    /// Both white and transparent can mean that the picture may change.
    #[error("it has transparent pixels, so it can be read in two ways")]
    Transparent,
    #[error("{:.0} % of its pixels are gray, so it is a picture and not a mask", .share * 100.0)]
    Gray {
        /// The share of pixels.
        share: f64,
    },
    #[error("it has no transparent pixels")]
    Opaque,
    #[error("it allows no change anywhere")]
    Nothing,
    /// A picture without any opaque pixel is rather a failed export than a mask.
    #[error("it is entirely transparent, so everything may change")]
    Everything,
}

/// Checks that a picture is a mask. `channel` is `None` if the user did not choose one.
///
/// # Errors
/// See [`MaskFault`].
pub(super) fn ensure_mask(picture: &Decoded, channel: Option<MaskChannel>) -> Result<(), MaskFault> {
    let image = picture.image.to_rgba8();
    let is_transparent = image.pixels().any(|pixel| pixel.0[3] < 255 - NEAR);
    if channel == Some(MaskChannel::Alpha) {
        return if is_transparent { Ok(()) } else { Err(MaskFault::Opaque) };
    }
    let colored = share_of_colored(&image);
    match (is_transparent, channel) {
        (true, None) if colored > MAX_COLORED => Err(MaskFault::Hole),
        (true, None) => Err(MaskFault::Transparent),
        _ if colored > MAX_COLORED => Err(MaskFault::Colored { share: colored }),
        _ => Ok(()),
    }
}

/// Checks where a mask allows changes, after it was read. Only the brightness can be that of a photo.
///
/// # Errors
/// See [`MaskFault`].
pub(super) fn ensure_useful(mask: &GrayImage, channel: MaskChannel) -> Result<(), MaskFault> {
    let (least, most) =
        mask.iter().fold((u8::MAX, 0), |(least, most), level| (least.min(*level), most.max(*level)));
    if most == 0 {
        return Err(MaskFault::Nothing);
    }
    if channel == MaskChannel::Alpha {
        return if least == u8::MAX { Err(MaskFault::Everything) } else { Ok(()) };
    }
    let gray = mask.iter().filter(|level| is_gray(**level)).count();
    let share = gray as f64 / mask.len().max(1) as f64;
    let max_roughness = MAX_ROUGHNESS + MAX_ROUGHNESS_OF_A_PIXEL / f64::from(mask.width().max(1));
    let is_soft = || most - least >= MIN_RANGE && roughness(mask) <= max_roughness;
    if share > MAX_GRAY && !is_soft() { Err(MaskFault::Gray { share }) } else { Ok(()) }
}

fn share_of_colored(image: &RgbaImage) -> f64 {
    let is_colored = |[red, green, blue, alpha]: [u8; 4]| {
        alpha > NEAR && red.max(green).max(blue) - red.min(green).min(blue) > MAX_CHROMA
    };
    let colored = image.pixels().filter(|pixel| is_colored(pixel.0)).count();
    colored as f64 / image.pixels().len().max(1) as f64
}

fn is_gray(level: u8) -> bool {
    (1..255).contains(&level)
}

/// The mean second difference of the gray pixels along their rows, in levels. It is small where levels change evenly.
fn roughness(mask: &GrayImage) -> f64 {
    let differences = mask.rows().flat_map(|row| {
        let levels: Vec<u8> = row.map(|pixel| pixel.0[0]).collect();
        let of = |window: &[u8]| match window {
            [left, level, right] if is_gray(*level) => {
                Some((2 * i32::from(*level) - i32::from(*left) - i32::from(*right)).unsigned_abs())
            }
            _ => None,
        };
        levels.windows(3).filter_map(of).collect::<Vec<_>>()
    });
    let (sum, count) = differences.fold((0.0, 0u64), |(sum, count), each| (sum + f64::from(each), count + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use image::imageops::blur;
    use image::{DynamicImage, Luma, Rgb, RgbImage, Rgba};

    use super::*;
    use crate::ColorSpace;
    use crate::color::subsampling::ChromaSubsampling;
    use crate::encode::{Encoding, encode};
    use crate::restore::Mask;

    fn check(
        image: impl Into<DynamicImage>,
        channel: Option<MaskChannel>,
        encoding: Encoding,
    ) -> Option<MaskFault> {
        let bytes = encode(&image.into(), &ColorSpace::SRGB, encoding).unwrap();
        Mask::check(crate::decode(&bytes).unwrap(), channel, false).err()
    }

    fn disc(blurred: f32) -> GrayImage {
        let is_inside = |x: u32, y: u32| (f64::from(x) - 100.0).hypot(f64::from(y) - 75.0) < 60.0;
        let disc = GrayImage::from_fn(200, 150, |x, y| Luma([if is_inside(x, y) { 255 } else { 0 }]));
        if blurred > 0.0 { blur(&disc, blurred) } else { disc }
    }

    /// A picture with texture, in gray.
    fn photo() -> RgbImage {
        RgbImage::from_fn(200, 150, |x, y| {
            let level = 60 + ((x * 31 + y * 17) % 23) as u8 + (x / 2) as u8;
            Rgb([level; 3])
        })
    }

    #[test]
    fn masks_pass_however_soft_and_in_any_format() {
        let jpeg = |quality| Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv420 };
        for encoding in [Encoding::Png, jpeg(90), jpeg(50)] {
            for blurred in [0.0, 1.0, 5.0, 20.0, 40.0] {
                let fault = check(disc(blurred), None, encoding);
                assert_eq!(fault, None, "{blurred} {encoding:?}");
            }
            let gradient = GrayImage::from_fn(256, 100, |x, _| Luma([x as u8]));
            assert_eq!(check(gradient, None, encoding), None);
        }
    }

    #[test]
    fn pictures_are_no_masks() {
        assert!(
            matches!(check(photo(), None, Encoding::Png), Some(MaskFault::Gray { share }) if share > 0.9)
        );
        let flat = GrayImage::from_fn(64, 48, |x, _| Luma([if x < 9 { 100 } else { 128 }]));
        assert!(matches!(check(flat, None, Encoding::Png), Some(MaskFault::Gray { share: 1.0 })));
        let mut tinted = photo();
        tinted.pixels_mut().take(1_000).for_each(|pixel| pixel.0[0] = 255);
        let colored = check(tinted, Some(MaskChannel::Brightness), Encoding::Png);
        assert!(matches!(colored, Some(MaskFault::Colored { .. })), "{colored:?}");
        assert_eq!(check(GrayImage::new(9, 9), None, Encoding::Png), Some(MaskFault::Nothing));
    }

    #[test]
    fn a_mask_with_a_transparent_part_is_read_as_the_user_says() {
        let hole = |color: fn(u32) -> [u8; 3]| {
            image::RgbaImage::from_fn(64, 48, |x, _| {
                let [red, green, blue] = color(x);
                Rgba([red, green, blue, if x < 20 { 0 } else { 255 }])
            })
        };
        let (picture, black) = (hole(|x| [200, x as u8, 10]), hole(|_| [0; 3]));
        let (brightness, alpha) = (Some(MaskChannel::Brightness), Some(MaskChannel::Alpha));
        assert_eq!(check(picture.clone(), None, Encoding::Png), Some(MaskFault::Hole));
        assert_eq!(check(picture, alpha, Encoding::Png), None);
        assert_eq!(check(black.clone(), None, Encoding::Png), Some(MaskFault::Transparent));
        assert_eq!(check(black, alpha, Encoding::Png), None);
        assert_eq!(check(hole(|_| [255; 3]), brightness, Encoding::Png), None);
        assert_eq!(check(disc(0.0), alpha, Encoding::Png), Some(MaskFault::Opaque));
    }
}
