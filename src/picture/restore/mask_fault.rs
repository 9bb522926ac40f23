//! Recognizes pictures that are no masks, before an edit is paid for.

use image::imageops::{rotate90, thumbnail};
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
/// The longer side of the thumbnail whose roughness is measured. Scaled down, a picture has the same things at any size,
/// and no noise or blocks of a JPEG.
const THUMBNAIL_SIDE: u32 = 48;
/// The [`roughness`] above which a mask that is mostly gray counts as a picture.
///
/// Gradients, also noisy ones, and one to three blurred ellipses have 3.2 at most, at 200 to 4,000 pixels and also as
/// JPEGs of quality 50. Of 34 photos, scans and drawings turned gray, 32 have 5.0 and more. The other two are smooth.
const MAX_ROUGHNESS: f64 = 4.0;
/// The least difference between the darkest and the brightest pixel of the thumbnail of a mask that is mostly gray.
const MIN_RANGE: u8 = 48;

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
    // Somewhere, a mask keeps the original or takes the edit as it is. A picture of fog or of a wall does neither.
    let is_definite = least == 0 || most == u8::MAX;
    if share > MAX_GRAY && !(is_definite && is_soft(mask)) { Err(MaskFault::Gray { share }) } else { Ok(()) }
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

/// Whether the levels of a mask change, and change evenly. Noise is left out of account.
fn is_soft(mask: &GrayImage) -> bool {
    let small = thumbnail_of(mask);
    let range = |levels: &GrayImage| {
        let most = levels.iter().max().copied().unwrap_or(0);
        most - levels.iter().min().copied().unwrap_or(0)
    };
    range(&small) >= MIN_RANGE && roughness(small) <= MAX_ROUGHNESS
}

/// The mean second difference, in levels, of the gray pixels of a thumbnail along its rows and columns. It is small where
/// levels change evenly, and large in a picture of many things.
fn roughness(small: GrayImage) -> f64 {
    let (mut sum, mut count) = (0, 0);
    for image in [rotate90(&small), small] {
        for row in image.rows() {
            let levels: Vec<i32> = row.map(|pixel| i32::from(pixel.0[0])).collect();
            for window in levels.windows(3) {
                if let [before, level @ 1..=254, after] = *window {
                    sum += (2 * level - before - after).unsigned_abs();
                    count += 1;
                }
            }
        }
    }
    f64::from(sum) / f64::from(count.max(1))
}

/// Returns the mean levels of the mask's parts, or the mask if it is small.
fn thumbnail_of(mask: &GrayImage) -> GrayImage {
    let longer = mask.width().max(mask.height());
    if longer <= THUMBNAIL_SIDE {
        return mask.clone();
    }
    let scaled = |side: u32| (side * THUMBNAIL_SIDE / longer).max(1);
    thumbnail(mask, scaled(mask.width()), scaled(mask.height()))
}

#[cfg(test)]
mod tests {
    use image::imageops::{FilterType, blur, resize};
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

    /// A gray picture of things in front of each other.
    fn photo() -> RgbImage {
        RgbImage::from_fn(200, 150, |x, y| {
            let thing = (x / 16 * 7 + y / 20 * 3) % 5;
            Rgb([(60 + x / 4 + thing * 20) as u8; 3])
        })
    }

    /// Scales an image up. Neighboring pixels of a large image differ little.
    fn scaled(image: &GrayImage, scale: u32) -> GrayImage {
        resize(image, image.width() * scale, image.height() * scale, FilterType::Triangle)
    }

    #[test]
    fn masks_pass_however_soft_and_in_any_format() {
        let jpeg = |quality| Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv420 };
        let gradient = GrayImage::from_fn(256, 100, |x, _| Luma([x as u8]));
        let softened = [0.0, 1.0, 5.0, 20.0, 40.0].map(disc);
        let masks = softened.iter().chain([&gradient]);
        for (at, mask) in masks.enumerate() {
            for encoding in [Encoding::Png, jpeg(90), jpeg(50)] {
                for scale in [1, 3] {
                    assert_eq!(check(scaled(mask, scale), None, encoding), None, "{at} {encoding:?} {scale}");
                }
            }
        }
    }

    #[test]
    fn pictures_are_no_masks() {
        let gray = DynamicImage::from(photo()).into_luma8();
        for scale in [1, 8] {
            let fault = check(scaled(&gray, scale), None, Encoding::Png);
            assert!(matches!(fault, Some(MaskFault::Gray { share }) if share > 0.9), "{scale}: {fault:?}");
        }
        let fog = GrayImage::from_fn(256, 100, |x, y| Luma([(60 + x / 2 + y / 5) as u8]));
        assert!(matches!(check(fog, None, Encoding::Png), Some(MaskFault::Gray { share: 1.0 })));
        // Blurred until nothing is black or white.
        assert!(matches!(check(disc(60.0), None, Encoding::Png), Some(MaskFault::Gray { share: 1.0 })));
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
