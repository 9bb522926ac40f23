//! Putting pixels of the edited picture into the original.

use image::{DynamicImage, GrayImage};
use rayon::prelude::*;
use seededit_resize::{ResizeArea, ResizeError, Size, resize_part};

use super::alpha_mask::AlphaMask;
use super::sample::Sample;
use crate::geometry::Rect;

/// What becomes of the original's transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AlphaMode {
    /// What the edited picture has put there is opaque.
    #[default]
    Cover,
    /// It stays what it was, everywhere.
    Keep,
}

/// What is laid on the original.
pub(super) struct Layer {
    /// The colors, and for a transparent original their opacity.
    pub(super) image: DynamicImage,
    /// How much of the page below a transparent original was painted over; without it, all.
    pub(super) paint: Option<DynamicImage>,
}

/// The original with a layer where that covers it, and how many pixels that changes. The layer shows the `frame` of the
/// original.
pub(super) fn blend(
    original: DynamicImage,
    layer: &Layer,
    frame: Rect,
    coverage: &AlphaMask,
    alpha: AlphaMode,
) -> Result<(DynamicImage, u64), ResizeError> {
    let mut canvas = match (original.color().has_color(), layer.image.color().has_color()) {
        (false, true) => to_color(original),
        _ => original,
    };
    let mut changed_pixels = 0;
    for part in &coverage.parts {
        let patch = Layer {
            image: enlarged(&layer.image, frame, *part)?,
            paint: layer.paint.as_ref().map(|paint| enlarged(paint, frame, *part)).transpose()?,
        };
        changed_pixels += composite(&mut canvas, &patch, *part, &coverage.mask, alpha);
    }
    Ok((canvas, changed_pixels))
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
    let widened = widened.clipped(frame.size).unwrap_or(Rect::whole(frame.size));
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
    patch: &Layer,
    part: Rect,
    mask: &GrayImage,
    alpha: AlphaMode,
) -> u64 {
    use DynamicImage as D;
    let width = canvas.width() as usize;
    let place = Place { width, part, mask };
    let Layer { image, paint } = patch;
    let paint = paint.as_ref().map_or_else(
        || GrayImage::from_pixel(image.width(), image.height(), image::Luma([u8::MAX])),
        DynamicImage::to_luma8,
    );
    match canvas {
        D::ImageLuma8(pixels) => place.composite::<1, _>(pixels, &image.to_luma8()),
        D::ImageLuma16(pixels) => place.composite::<1, _>(pixels, &image.to_luma16()),
        D::ImageRgb8(pixels) => place.composite::<3, _>(pixels, &image.to_rgb8()),
        D::ImageRgb16(pixels) => place.composite::<3, _>(pixels, &image.to_rgb16()),
        D::ImageLumaA8(pixels) => {
            place.composite_transparent::<2, _>(pixels, &image.to_luma_alpha8(), &paint, alpha)
        }
        D::ImageLumaA16(pixels) => {
            place.composite_transparent::<2, _>(pixels, &image.to_luma_alpha16(), &paint, alpha)
        }
        D::ImageRgba8(pixels) => {
            place.composite_transparent::<4, _>(pixels, &image.to_rgba8(), &paint, alpha)
        }
        D::ImageRgba16(pixels) => {
            place.composite_transparent::<4, _>(pixels, &image.to_rgba16(), &paint, alpha)
        }
        // Floating-point pictures are not decoded here.
        other => {
            let mut deep = other.to_rgba16();
            let changed_pixels =
                place.composite_transparent::<4, _>(&mut deep, &image.to_rgba16(), &paint, alpha);
            *other = deep.into();
            changed_pixels
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
    /// Lays a patch on opaque pixels with `N` channels; returns how many that changes.
    fn composite<const N: usize, S: Sample>(&self, pixels: &mut [S], patch: &[S]) -> u64 {
        let (patch, _) = patch.as_chunks::<N>();
        self.for_each_covered::<N, _>(pixels, |pixel, at, cover| mix_pixel(pixel, &patch[at], cover))
    }

    /// Lays a patch on pixels with `N` channels, of which the last is alpha; returns how many that changes.
    fn composite_transparent<const N: usize, S: Sample>(
        &self,
        pixels: &mut [S],
        patch: &[S],
        paint: &[u8],
        alpha: AlphaMode,
    ) -> u64 {
        let (patch, _) = patch.as_chunks::<N>();
        self.for_each_covered::<N, _>(pixels, |pixel, at, cover| {
            composite_pixel(pixel, &patch[at], paint[at], cover, alpha);
        })
    }

    /// Changes the covered pixels; returns how many of them then differ. `change` gets a pixel, its index in the patch,
    /// and how much it is covered.
    fn for_each_covered<const N: usize, S: Sample>(
        &self,
        pixels: &mut [S],
        change: impl Fn(&mut [S; N], usize, u8) + Sync,
    ) -> u64 {
        let (pixels, _) = pixels.as_chunks_mut::<N>();
        // A part lies within the picture.
        let (left, top) = (self.part.left as usize, self.part.top as usize);
        let (across, down) = (self.part.size.width as usize, self.part.size.height as usize);
        let rows = pixels.par_chunks_mut(self.width.max(1)).zip(self.mask.par_chunks(self.width.max(1)));
        let changed_pixels = rows.skip(top).take(down).enumerate().map(|(y, (row, mask))| {
            let mut changed_pixels = 0;
            for ((pixel, cover), at) in row.iter_mut().zip(mask).skip(left).take(across).zip(y * across..) {
                if *cover > 0 {
                    let before = *pixel;
                    change(pixel, at, *cover);
                    changed_pixels += u64::from(before != *pixel);
                }
            }
            changed_pixels
        });
        changed_pixels.sum()
    }
}

/// All of a cover, of paint, or of a level.
const ALL: u32 = u8::MAX as u32;

/// Mixes a color into a pixel, `cover` parts of 255.
fn mix_pixel<S: Sample>(pixel: &mut [S], color: &[S], cover: u8) {
    let cover = u32::from(cover);
    for (sample, laid) in pixel.iter_mut().zip(color) {
        *sample = S::of((sample.whole() * (ALL - cover) + laid.whole() * cover + ALL / 2) / ALL);
    }
}

/// Lays a color of a certain opacity on a pixel, `cover` parts of 255. `paint` is how much of what is transparent there
/// becomes opaque, in parts of 255.
fn composite_pixel<const N: usize, S: Sample>(
    pixel: &mut [S; N],
    laid: &[S; N],
    paint: u8,
    cover: u8,
    alpha: AlphaMode,
) {
    /// A color of fewer levels of opacity is not known well enough to be laid in full.
    const KNOWN: u64 = 16;

    let steps = |sample: S| u64::from(sample.whole());
    let of = |steps: u64| S::of(steps.try_into().unwrap_or(u32::MAX));
    let all = u64::from(ALL);
    let known = (laid[N - 1].level() as u64).min(KNOWN);
    let cover = u64::from(cover) * known / KNOWN;
    if alpha == AlphaMode::Keep {
        mix_pixel(&mut pixel[..N - 1], &laid[..N - 1], cover as u8);
        return;
    }
    let before = steps(pixel[N - 1]);
    let after = before + ((u64::from(S::MOST) - before) * u64::from(paint) + all / 2) / all;
    // How much of the new color is the one below, and how much the one that is laid on it.
    let (below, above) = (before * (all - cover), after * cover);
    let whole = below + above;
    if whole == 0 {
        return;
    }
    for (sample, laid) in pixel.iter_mut().zip(laid) {
        *sample = of((steps(*sample) * below + steps(*laid) * above + whole / 2) / whole);
    }
    pixel[N - 1] = of((whole + all / 2) / all);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(mut pixel: [u8; 3], color: [u8; 3], cover: u8) -> [u8; 3] {
        mix_pixel(&mut pixel, &color, cover);
        pixel
    }

    fn laid(mut pixel: [u8; 4], laid: [u8; 4], paint: u8, cover: u8, alpha: AlphaMode) -> [u8; 4] {
        composite_pixel(&mut pixel, &laid, paint, cover, alpha);
        pixel
    }

    #[test]
    fn all_covers_all_and_half_is_a_mean() {
        assert_eq!(mixed([10, 20, 30], [90, 80, 70], 255), [90, 80, 70]);
        assert_eq!(mixed([0, 0, 255], [255, 0, 0], 51), [51, 0, 204]);
        assert_eq!(mixed([7, 7, 7], [7, 7, 7], 113), [7, 7, 7]);
    }

    #[test]
    fn what_is_painted_on_glass_is_opaque_unless_the_glass_is_kept() {
        let color = [90, 80, 70, 255];
        assert_eq!(laid([1, 2, 3, 0], color, 255, 255, AlphaMode::Cover), color);
        // The colour of what is transparent does not shine through.
        assert_eq!(laid([255, 255, 255, 0], color, 255, 128, AlphaMode::Cover), [90, 80, 70, 128]);
        assert_eq!(laid([1, 2, 3, 40], color, 255, 255, AlphaMode::Keep), [90, 80, 70, 40]);
    }

    #[test]
    fn a_color_on_glass_that_was_not_painted_over_keeps_its_transparency() {
        for alpha in [AlphaMode::Cover, AlphaMode::Keep] {
            assert_eq!(laid([1, 2, 3, 40], [90, 80, 70, 40], 0, 255, alpha), [90, 80, 70, 40]);
            // The page alone is nothing.
            assert_eq!(laid([1, 2, 3, 0], [255, 255, 255, 0], 0, 255, alpha), [1, 2, 3, 0]);
            assert_eq!(laid([1, 2, 3, 40], [255, 255, 255, 0], 0, 255, alpha), [1, 2, 3, 40]);
        }
        assert_eq!(laid([1, 2, 3, 0], [90, 80, 70, 255], 64, 255, AlphaMode::Cover), [90, 80, 70, 64]);
    }
}
