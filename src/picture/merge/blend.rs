//! Blends a layer into the original.

use image::{DynamicImage, GrayImage};
use seededit_base::parallel::for_each;
use seededit_resize::{ResizeArea, ResizeError, Size, resize_part};

use super::alpha_mask::AlphaMask;
use super::sample::Sample;
use crate::color::is_16_bit;
use crate::geometry::Rect;

/// What to do with the original's transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AlphaMode {
    /// New content is opaque.
    #[default]
    Cover,
    /// Keep the alpha channel as it is.
    Keep,
}

/// The pixels to blend into an original.
pub(super) struct Layer {
    /// The colors; with their opacity if the original has an alpha channel.
    pub(super) image: DynamicImage,
    /// The share of the page under a transparent original that is painted over. `None` means all.
    pub(super) paint: Option<DynamicImage>,
}

/// Blends a layer, which shows the `frame` of the original, by its coverage.
pub(super) fn blend(
    original: DynamicImage,
    layer: &Layer,
    frame: ResizeArea,
    coverage: &AlphaMask,
    alpha: AlphaMode,
) -> Result<DynamicImage, ResizeError> {
    let becomes_color = !original.color().has_color() && layer.image.color().has_color();
    let mut canvas = if becomes_color { to_color(original) } else { original };
    for part in &coverage.parts {
        let patch = Layer {
            image: scaled_part(&layer.image, frame, *part)?,
            paint: layer.paint.as_ref().map(|paint| scaled_part(paint, frame, *part)).transpose()?,
        };
        composite(&mut canvas, &patch, *part, &coverage.mask, alpha);
    }
    Ok(canvas)
}

/// Blends a layer into the pixels of an opaque part of the original, which has a color if the layer has one.
pub(super) fn blend_part(
    mut pixels: DynamicImage,
    layer: &Layer,
    frame: ResizeArea,
    part: Rect,
    coverage: &AlphaMask,
) -> Result<DynamicImage, ResizeError> {
    let patch = Layer { image: scaled_part(&layer.image, frame, part)?, paint: None };
    let whole = Rect::whole(part.size);
    composite(&mut pixels, &patch, whole, &coverage.of_part(&part), AlphaMode::Cover);
    Ok(pixels)
}

/// Converts a gray image to RGB.
pub(super) fn to_color(image: DynamicImage) -> DynamicImage {
    match (is_16_bit(&image), image.color().has_alpha()) {
        (false, false) => image.into_rgb8().into(),
        (false, true) => image.into_rgba8().into(),
        (true, false) => image.into_rgb16().into(),
        (true, true) => image.into_rgba16().into(),
    }
}

/// Scales a `part` of a layer, which shows the `frame` of the original, to the original's scale.
///
/// # Errors
/// If the part is not within the frame, or is empty.
fn scaled_part(image: &DynamicImage, frame: ResizeArea, part: Rect) -> Result<DynamicImage, ResizeError> {
    /// The radius of the filter, in source pixels: three lobes.
    const LOBES: f64 = 3.0;

    let offset = |at: i64| u32::try_from(at).unwrap_or(0);

    let inside = Rect::within(frame);
    if part.intersection(inside) != Some(part) {
        return Err(ResizeError { to: part.size });
    }
    let Size { width, height } = part.size;
    if Size::of(image) == inside.size && inside.to_resize_area() == frame {
        return Ok(image.crop_imm(
            offset(part.left - inside.left),
            offset(part.top - inside.top),
            width,
            height,
        ));
    }
    let (across, down) = (f64::from(image.width()) / frame.width, f64::from(image.height()) / frame.height);
    // The margin that the filter needs, in pixels of the original.
    let margin = |by: f64| (LOBES / by.min(1.0)).ceil() as i64 + 1;
    let padded = Rect {
        left: part.left - margin(across),
        top: part.top - margin(down),
        size: Size { width: width + 2 * margin(across) as u32, height: height + 2 * margin(down) as u32 },
    };
    let padded = padded.intersection(inside).unwrap_or(inside);
    let left = ((padded.left as f64 - frame.left) * across).max(0.0);
    let top = ((padded.top as f64 - frame.top) * down).max(0.0);
    let area = ResizeArea {
        left,
        top,
        width: (f64::from(padded.size.width) * across).min(f64::from(image.width()) - left),
        height: (f64::from(padded.size.height) * down).min(f64::from(image.height()) - top),
    };
    let scaled = resize_part(image, area, padded.size)?;
    Ok(scaled.crop_imm(offset(part.left - padded.left), offset(part.top - padded.top), width, height))
}

fn composite(canvas: &mut DynamicImage, patch: &Layer, part: Rect, mask: &GrayImage, alpha: AlphaMode) {
    use DynamicImage as D;
    let width = canvas.width() as usize;
    let target = Target { width, part, mask };
    let Layer { image, paint } = patch;
    let paint = || match paint {
        Some(paint) => paint.to_luma8(),
        None => GrayImage::from_pixel(image.width(), image.height(), image::Luma([u8::MAX])),
    };
    match canvas {
        D::ImageLuma8(pixels) => target.composite::<1, _>(pixels, &image.to_luma8()),
        D::ImageLuma16(pixels) => target.composite::<1, _>(pixels, &image.to_luma16()),
        D::ImageRgb8(pixels) => target.composite::<3, _>(pixels, &image.to_rgb8()),
        D::ImageRgb16(pixels) => target.composite::<3, _>(pixels, &image.to_rgb16()),
        D::ImageLumaA8(pixels) => {
            target.composite_transparent::<2, _>(pixels, &image.to_luma_alpha8(), &paint(), alpha)
        }
        D::ImageLumaA16(pixels) => {
            target.composite_transparent::<2, _>(pixels, &image.to_luma_alpha16(), &paint(), alpha)
        }
        D::ImageRgba8(pixels) => {
            target.composite_transparent::<4, _>(pixels, &image.to_rgba8(), &paint(), alpha)
        }
        D::ImageRgba16(pixels) => {
            target.composite_transparent::<4, _>(pixels, &image.to_rgba16(), &paint(), alpha)
        }
        // No decoder returns floating-point samples.
        other => {
            let mut rgba = other.to_rgba16();
            target.composite_transparent::<4, _>(&mut rgba, &image.to_rgba16(), &paint(), alpha);
            *other = rgba.into();
        }
    }
}

/// The pixels that a patch is blended into.
struct Target<'a> {
    /// The width of the picture.
    width: usize,
    part: Rect,
    mask: &'a GrayImage,
}

impl Target<'_> {
    /// Blends a patch into opaque pixels with `N` channels.
    fn composite<const N: usize, S: Sample>(&self, pixels: &mut [S], patch: &[S]) {
        let (patch, _) = patch.as_chunks::<N>();
        self.for_each_covered::<N, _>(pixels, |pixel, at, cover| blend_pixel(pixel, &patch[at], cover));
    }

    /// Blends a patch into pixels with `N` channels, of which the last is alpha.
    fn composite_transparent<const N: usize, S: Sample>(
        &self,
        pixels: &mut [S],
        patch: &[S],
        paint: &[u8],
        alpha: AlphaMode,
    ) {
        let (patch, _) = patch.as_chunks::<N>();
        self.for_each_covered::<N, _>(pixels, |pixel, at, cover| {
            composite_pixel(pixel, &patch[at], paint[at], cover, alpha);
        });
    }

    /// Applies `change` to each covered pixel, with its index in the patch and its coverage.
    fn for_each_covered<const N: usize, S: Sample>(
        &self,
        pixels: &mut [S],
        change: impl Fn(&mut [S; N], usize, u8) + Sync,
    ) {
        let (pixels, _) = pixels.as_chunks_mut::<N>();
        // A part is within the picture, so nothing is negative.
        let (left, top) = (self.part.left as usize, self.part.top as usize);
        let (across, down) = (self.part.size.width as usize, self.part.size.height as usize);
        let rows = pixels.chunks_mut(self.width.max(1)).zip(self.mask.chunks(self.width.max(1)));
        for_each(rows.skip(top).take(down).enumerate(), |(y, (row, mask))| {
            for ((pixel, cover), at) in row.iter_mut().zip(mask).skip(left).take(across).zip(y * across..) {
                if *cover > 0 {
                    change(pixel, at, *cover);
                }
            }
        });
    }
}

/// Full coverage, or full paint.
const FULL: u32 = u8::MAX as u32;

/// Blends a color into a pixel. `cover` is a share of 255.
fn blend_pixel<S: Sample>(pixel: &mut [S], color: &[S], cover: u8) {
    let cover = u32::from(cover);
    for (sample, color) in pixel.iter_mut().zip(color) {
        *sample = S::saturating_from(
            (sample.to_integer() * (FULL - cover) + color.to_integer() * cover + FULL / 2) / FULL,
        );
    }
}

/// Blends a color with an opacity into a pixel with an alpha channel. `cover` is a share of 255. `paint` is the share
/// of the transparency that becomes opaque.
fn composite_pixel<const N: usize, S: Sample>(
    pixel: &mut [S; N],
    color: &[S; N],
    paint: u8,
    cover: u8,
    alpha: AlphaMode,
) {
    /// The opacity, in levels, from which a color is precise enough for full coverage.
    const PRECISE: u64 = 16;

    let integer = |sample: S| u64::from(sample.to_integer());
    let sample_from = |integer: u64| S::saturating_from(integer.try_into().unwrap_or(u32::MAX));
    let full = u64::from(FULL);
    let precision = (color[N - 1].to_level() as u64).min(PRECISE);
    let cover = u64::from(cover) * precision / PRECISE;
    if alpha == AlphaMode::Keep {
        blend_pixel(&mut pixel[..N - 1], &color[..N - 1], cover as u8);
        return;
    }
    let old_alpha = integer(pixel[N - 1]);
    let painted = ((u64::from(S::MAX) - old_alpha) * u64::from(paint) + full / 2) / full;
    // The weights of the old and the new color.
    let (old, new) = (old_alpha * (full - cover), (old_alpha + painted) * cover);
    let sum = old + new;
    if sum == 0 {
        return;
    }
    for (sample, color) in pixel.iter_mut().zip(color) {
        *sample = sample_from((integer(*sample) * old + integer(*color) * new + sum / 2) / sum);
    }
    pixel[N - 1] = sample_from((sum + full / 2) / full);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blended(mut pixel: [u8; 3], color: [u8; 3], cover: u8) -> [u8; 3] {
        blend_pixel(&mut pixel, &color, cover);
        pixel
    }

    fn composited(mut pixel: [u8; 4], color: [u8; 4], paint: u8, cover: u8, alpha: AlphaMode) -> [u8; 4] {
        composite_pixel(&mut pixel, &color, paint, cover, alpha);
        pixel
    }

    #[test]
    fn full_coverage_replaces_a_pixel_and_partial_coverage_blends() {
        assert_eq!(blended([10, 20, 30], [90, 80, 70], 255), [90, 80, 70]);
        assert_eq!(blended([0, 0, 255], [255, 0, 0], 51), [51, 0, 204]);
        assert_eq!(blended([7, 7, 7], [7, 7, 7], 113), [7, 7, 7]);
    }

    #[test]
    fn paint_on_a_transparent_pixel_is_opaque_unless_its_alpha_is_kept() {
        let color = [90, 80, 70, 255];
        assert_eq!(composited([1, 2, 3, 0], color, 255, 255, AlphaMode::Cover), color);
        // The hidden color of a transparent pixel has no effect.
        assert_eq!(composited([255, 255, 255, 0], color, 255, 128, AlphaMode::Cover), [90, 80, 70, 128]);
        assert_eq!(composited([1, 2, 3, 40], color, 255, 255, AlphaMode::Keep), [90, 80, 70, 40]);
    }

    #[test]
    fn a_transparent_pixel_without_paint_keeps_its_alpha() {
        for alpha in [AlphaMode::Cover, AlphaMode::Keep] {
            assert_eq!(composited([1, 2, 3, 40], [90, 80, 70, 40], 0, 255, alpha), [90, 80, 70, 40]);
            // The page has no color of its own.
            assert_eq!(composited([1, 2, 3, 0], [255, 255, 255, 0], 0, 255, alpha), [1, 2, 3, 0]);
            assert_eq!(composited([1, 2, 3, 40], [255, 255, 255, 0], 0, 255, alpha), [1, 2, 3, 40]);
        }
        assert_eq!(composited([1, 2, 3, 0], [90, 80, 70, 255], 64, 255, AlphaMode::Cover), [90, 80, 70, 64]);
    }
}
