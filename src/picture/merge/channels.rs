//! The channels of a picture, as RGB or as luma and chroma.

use image::RgbImage;
use seededit_base::parallel::{for_each, join};

use crate::plane::Plane;

/// Three channels: red, green and blue, or luma and chroma.
pub(super) type Channels = [Plane; 3];

/// Applies `work` to three channels in parallel.
pub(super) fn map_channels<T: Send, R: Send>(
    [first, second, third]: [T; 3],
    work: impl Fn(T) -> R + Sync,
) -> [R; 3] {
    let (first, (second, third)) = join(|| work(first), || join(|| work(second), || work(third)));
    [first, second, third]
}

/// The luma of an image.
pub(super) fn luma(image: &RgbImage) -> Plane {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut luma = Plane::new(width, height);
    for_each(luma.bands(), |(top, levels)| {
        let (pixels, _) = image.as_raw().as_chunks::<3>();
        for (into, pixel) in levels.iter_mut().zip(pixels.get(top * width..).unwrap_or_default()) {
            [*into, ..] = ycbcr(pixel.map(f32::from));
        }
    });
    luma
}

/// The luma of RGB planes.
pub(super) fn luma_of([red, green, blue]: &Channels) -> Plane {
    red.clone()
        .zip_with(green, |red, green| 0.299 * red + 0.587 * green)
        .zip_with(blue, |luma, blue| luma + 0.114 * blue)
}

pub(super) fn rgb_channels(image: &RgbImage) -> Channels {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    map_channels([0, 1, 2], |channel| {
        let levels = pixels.iter().map(|pixel| f32::from(pixel[channel])).collect();
        Plane { width, height, levels }
    })
}

/// The channels of an image at half its size.
pub(super) fn downsample_2x(image: &RgbImage) -> Channels {
    map_channels([0, 1, 2], |channel| {
        Plane::square_means_from(image.width() as usize, image.height() as usize, 2, |y, row| {
            let levels = pixel_row(image, y).iter().map(|pixel| f32::from(pixel[channel]));
            row.iter_mut().zip(levels).for_each(|(into, level)| *into = level);
        })
    })
}

pub(super) fn pixel_row(image: &RgbImage, y: usize) -> &[[u8; 3]] {
    let (pixels, _) = image.as_raw().as_chunks::<3>();
    let width = image.width() as usize;
    pixels.get(y * width..(y + 1) * width).unwrap_or_default()
}

/// Converts RGB to luma and chroma (ITU-R BT.601, as in JPEG). Chroma that is lost in coding is then not a change of
/// luma.
fn ycbcr([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    [luma, (blue - luma) * 0.564, (red - luma) * 0.713]
}

/// Converts RGB planes to luma and chroma, after `adjust` is applied to each level of each channel.
pub(super) fn to_ycbcr(
    [mut red, mut green, mut blue]: Channels,
    adjust: impl Fn(usize, f32) -> f32 + Sync,
) -> Channels {
    let bands = red.bands().zip(green.bands()).zip(blue.bands());
    for_each(bands, |(((_, red), (_, green)), (_, blue))| {
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            [*red, *green, *blue] = ycbcr([adjust(0, *red), adjust(1, *green), adjust(2, *blue)]);
        }
    });
    [red, green, blue]
}

/// Converts an image to luma and chroma, like [`to_ycbcr`].
pub(super) fn image_to_ycbcr(image: &RgbImage, adjust: impl Fn(usize, f32) -> f32) -> Channels {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let adjusted: Vec<[f32; 3]> =
        (0..=u8::MAX).map(|level| [0, 1, 2].map(|channel| adjust(channel, level.into()))).collect();
    let mut planes = [(); 3].map(|()| Plane::new(width, height));
    let [luma, cb, cr] = &mut planes;
    for_each(luma.bands().zip(cb.bands()).zip(cr.bands()), |(((top, luma), (_, cb)), (_, cr))| {
        let (pixels, _) = image.as_raw().as_chunks::<3>();
        let pixels = pixels.get(top * width..).unwrap_or_default();
        for (((luma, cb), cr), pixel) in luma.iter_mut().zip(cb).zip(cr).zip(pixels) {
            let [red, green, blue] = pixel.map(usize::from);
            [*luma, *cb, *cr] = ycbcr([adjusted[red][0], adjusted[green][1], adjusted[blue][2]]);
        }
    });
    planes
}
