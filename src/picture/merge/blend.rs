//! Putting pixels of the edited picture into the original.

use image::{DynamicImage, GrayImage};
use rayon::prelude::*;

use super::alpha_mask::AlphaMask;
use super::sample::Sample;
use crate::resize::{ResizeArea, ResizeError, resize_part};
use crate::{Rect, Size};

/// What becomes of the original's transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Alpha {
    /// What the edited picture has put there is opaque.
    #[default]
    Cover,
    /// It stays what it was, everywhere.
    Keep,
}

/// The original with the edited picture where that covers it, and how many pixels that changes. `edited` shows
/// the `frame` of the original.
pub(super) fn blend(
    original: DynamicImage,
    edited: &DynamicImage,
    frame: Rect,
    coverage: &AlphaMask,
    alpha: Alpha,
) -> Result<(DynamicImage, u64), ResizeError> {
    let mut canvas = match (original.color().has_color(), edited.color().has_color()) {
        (false, true) => to_color(original),
        _ => original,
    };
    let mut altered = 0;
    for part in &coverage.parts {
        let patch = enlarged(edited, frame, *part)?;
        altered += composite(&mut canvas, &patch, *part, &coverage.mask, alpha);
    }
    Ok((canvas, altered))
}

/// A grey picture that can hold colours.
pub(super) fn to_color(image: DynamicImage) -> DynamicImage {
    let deep = image.color().bytes_per_pixel() / image.color().channel_count() > 1;
    match (deep, image.color().has_alpha()) {
        (false, false) => image.into_rgb8().into(),
        (false, true) => image.into_rgba8().into(),
        (true, false) => image.into_rgb16().into(),
        (true, true) => image.into_rgba16().into(),
    }
}

/// The `part` of the original that a picture shows of it, at the original's size.
fn enlarged(edited: &DynamicImage, frame: Rect, part: Rect) -> Result<DynamicImage, ResizeError> {
    /// Source pixels around a part that count for its border: three lobes of the filter.
    const LOBES: f64 = 3.0;

    let (left, top) = (part.left - frame.left, part.top - frame.top);
    if (edited.width(), edited.height()) == (frame.size.width, frame.size.height) {
        let corner = |at: i64| u32::try_from(at).unwrap_or(0);
        return Ok(edited.crop_imm(corner(left), corner(top), part.size.width, part.size.height));
    }
    let across = f64::from(edited.width()) / f64::from(frame.size.width);
    let down = f64::from(edited.height()) / f64::from(frame.size.height);
    // Whole pixels of the original, as many as it takes, and no more than there are.
    let margin = |by: f64| (LOBES / by.min(1.0)).ceil() as i64 + 1;
    let widened = Rect {
        left: left - margin(across),
        top: top - margin(down),
        size: Size {
            width: part.size.width + 2 * margin(across) as u32,
            height: part.size.height + 2 * margin(down) as u32,
        },
    };
    let widened = widened.within(frame.size).unwrap_or(Rect::whole(frame.size));
    let area = ResizeArea {
        left: widened.left as f64 * across,
        top: widened.top as f64 * down,
        width: (f64::from(widened.size.width) * across)
            .min(f64::from(edited.width()) - widened.left as f64 * across),
        height: (f64::from(widened.size.height) * down)
            .min(f64::from(edited.height()) - widened.top as f64 * down),
    };
    let scaled = resize_part(edited, area, widened.size)?;
    let corner = |at: i64| u32::try_from(at).unwrap_or(0);
    let Size { width, height } = part.size;
    Ok(scaled.crop_imm(corner(left - widened.left), corner(top - widened.top), width, height))
}

fn composite(
    canvas: &mut DynamicImage,
    patch: &DynamicImage,
    part: Rect,
    mask: &GrayImage,
    alpha: Alpha,
) -> u64 {
    use DynamicImage as D;
    let width = canvas.width() as usize;
    let place = Place { width, part, mask };
    match canvas {
        D::ImageLuma8(pixels) => place.composite::<1, 1, _>(pixels, &patch.to_luma8(), alpha),
        D::ImageLumaA8(pixels) => place.composite::<2, 1, _>(pixels, &patch.to_luma8(), alpha),
        D::ImageRgba8(pixels) => place.composite::<4, 3, _>(pixels, &patch.to_rgb8(), alpha),
        D::ImageLuma16(pixels) => place.composite::<1, 1, _>(pixels, &patch.to_luma16(), alpha),
        D::ImageLumaA16(pixels) => place.composite::<2, 1, _>(pixels, &patch.to_luma16(), alpha),
        D::ImageRgb16(pixels) => place.composite::<3, 3, _>(pixels, &patch.to_rgb16(), alpha),
        D::ImageRgba16(pixels) => place.composite::<4, 3, _>(pixels, &patch.to_rgb16(), alpha),
        D::ImageRgb8(pixels) => place.composite::<3, 3, _>(pixels, &patch.to_rgb8(), alpha),
        // Floating-point pictures are not decoded here.
        other => {
            let mut deep = other.to_rgba16();
            let altered = place.composite::<4, 3, _>(&mut deep, &patch.to_rgb16(), alpha);
            *other = deep.into();
            altered
        }
    }
}

/// Where a patch goes.
struct Place<'a> {
    width: usize,
    part: Rect,
    mask: &'a GrayImage,
}

impl Place<'_> {
    /// Lays a patch with `C` colour channels on pixels with `N` channels; returns how many that changes.
    fn composite<const N: usize, const C: usize, S: Sample>(
        &self,
        pixels: &mut [S],
        patch: &[S],
        alpha: Alpha,
    ) -> u64 {
        let (pixels, _) = pixels.as_chunks_mut::<N>();
        let (patch, _) = patch.as_chunks::<C>();
        // A part lies within the picture.
        let (left, top) = (self.part.left as usize, self.part.top as usize);
        let rows = pixels.par_chunks_mut(self.width.max(1)).zip(self.mask.par_chunks(self.width.max(1)));
        let patch = patch.par_chunks_exact((self.part.size.width as usize).max(1));
        let altered = rows.skip(top).zip(patch).map(|((row, mask), patch)| {
            let mut altered = 0;
            for ((pixel, cover), patch) in row.iter_mut().zip(mask).skip(left).zip(patch) {
                if *cover > 0 {
                    let before = *pixel;
                    composite_pixel(pixel, patch, *cover, alpha);
                    altered += u64::from(before != *pixel);
                }
            }
            altered
        });
        altered.sum()
    }
}

/// Lays a colour on a pixel, `cover` parts of 255.
fn composite_pixel<const N: usize, const C: usize, S: Sample>(
    pixel: &mut [S; N],
    colour: &[S; C],
    cover: u8,
    alpha: Alpha,
) {
    const ALL: u32 = u8::MAX as u32;
    let cover = u32::from(cover);
    if N == C || alpha == Alpha::Keep {
        for (sample, laid) in pixel.iter_mut().zip(colour) {
            *sample = S::of((sample.whole() * (ALL - cover) + laid.whole() * cover + ALL / 2) / ALL);
        }
        return;
    }
    let steps = |sample: S| u64::from(sample.whole());
    let of = |steps: u64| S::of(steps.try_into().unwrap_or(u32::MAX));
    // How much of the new colour is the one below, and how much the one that is laid on it.
    let below = steps(pixel[N - 1]) * u64::from(ALL - cover);
    let above = u64::from(S::MOST) * u64::from(cover);
    let whole = below + above;
    for (sample, laid) in pixel.iter_mut().zip(colour) {
        *sample = of((steps(*sample) * below + steps(*laid) * above + whole / 2) / whole);
    }
    pixel[N - 1] = of((whole + u64::from(ALL / 2)) / u64::from(ALL));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid<const N: usize>(mut pixel: [u8; N], colour: [u8; 3], cover: u8, alpha: Alpha) -> [u8; N] {
        composite_pixel(&mut pixel, &colour, cover, alpha);
        pixel
    }

    #[test]
    fn all_covers_all_and_half_is_a_mean() {
        assert_eq!(laid([10, 20, 30], [90, 80, 70], 255, Alpha::Cover), [90, 80, 70]);
        assert_eq!(laid([0, 0, 255], [255, 0, 0], 51, Alpha::Cover), [51, 0, 204]);
        assert_eq!(laid([7, 7, 7], [7, 7, 7], 113, Alpha::Cover), [7, 7, 7]);
    }

    #[test]
    fn what_is_laid_on_glass_is_opaque_unless_the_glass_is_kept() {
        assert_eq!(laid([1, 2, 3, 0], [90, 80, 70], 255, Alpha::Cover), [90, 80, 70, 255]);
        // The colour of what is transparent does not shine through.
        assert_eq!(laid([255, 255, 255, 0], [90, 80, 70], 128, Alpha::Cover), [90, 80, 70, 128]);
        assert_eq!(laid([1, 2, 3, 40], [90, 80, 70], 255, Alpha::Keep), [90, 80, 70, 40]);
    }
}
