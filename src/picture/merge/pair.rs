//! The two pictures, at the size at which they are compared.

use image::{DynamicImage, RgbImage};
use seededit_resize::{ResizeArea, ResizeError, Size, resize, resize_part};

use super::alpha_mask::AlphaMask;
use super::bit_mask::BitMask;
use super::blend::{AlphaMode, Layer, blend};
use super::color_match::ColorMatch;
use super::cutout::Cutout;
use super::edited::flatten_rgb;
use crate::color::flatten::flatten_deep;
use crate::geometry::Rect;

/// Two pictures of the same, at the same size.
pub(super) struct Pair {
    pub(super) edited: RgbImage,
    pub(super) original: RgbImage,
    frame: Rect,
}

impl Pair {
    /// The `pixels` of the edited picture, which shows the `frame` of the original, and those of that.
    pub(super) fn new(original: &DynamicImage, pixels: RgbImage, frame: Rect) -> Result<Pair, ResizeError> {
        let size = Size::of(&pixels);
        let area = ResizeArea {
            left: frame.left as f64,
            top: frame.top as f64,
            width: frame.size.width.into(),
            height: frame.size.height.into(),
        };
        let original = match frame.is_whole(Size::of(original)) {
            true => resize(original, size)?,
            false => resize_part(original, area, size)?,
        };
        Ok(Pair { edited: pixels, original: flatten_rgb(original), frame })
    }

    /// Where the edited picture covers the original, at the size at which both are compared.
    pub(super) fn shape_of(&self, coverage: &AlphaMask) -> BitMask {
        let (width, height) = (self.edited.width() as usize, self.edited.height() as usize);
        let step = |at: usize, count: usize, side: u32| (at * side as usize / count.max(1)) as u32;
        let corner = |at: i64| u32::try_from(at).unwrap_or(0);
        let Size { width: across, height: down } = self.frame.size;
        let bits = (0..width * height).map(|at| {
            coverage.touches(
                corner(self.frame.left) + step(at % width, width, across),
                corner(self.frame.top) + step(at / width, height, down),
            )
        });
        BitMask { bits: bits.collect(), width, height }
    }

    /// What of the edited picture a part of the original is made of, filters included.
    fn seen_by(&self, part: Rect, edited: &DynamicImage) -> Rect {
        const FILTER: f64 = 8.0;
        let across = f64::from(edited.width()) / f64::from(self.frame.size.width);
        let down = f64::from(edited.height()) / f64::from(self.frame.size.height);
        let from = |at: i64, by: f64| (at as f64 * by - FILTER * by.max(1.0)).floor() as i64;
        let side = |side: u32, by: f64| (f64::from(side) * by + 2.0 * FILTER * by.max(1.0)).ceil() as u32 + 2;
        Rect {
            left: from(part.left - self.frame.left, across),
            top: from(part.top - self.frame.top, down),
            size: Size { width: side(part.size.width, across), height: side(part.size.height, down) },
        }
    }

    /// The original with what covers it, in its colours, and how many pixels that changes.
    pub(super) fn blend(
        &self,
        original: DynamicImage,
        edited: &DynamicImage,
        coverage: &AlphaMask,
        matching: &ColorMatch,
        alpha: AlphaMode,
    ) -> Result<(DynamicImage, u64), ResizeError> {
        let deep = original.color().bytes_per_pixel() / original.color().channel_count() > 1;
        let has_color = edited.color().has_color();
        let is_transparent = original.color().has_alpha();
        let flat = (is_transparent && edited.color().has_alpha()).then(|| flatten_deep(edited));
        let edited = flat.as_ref().unwrap_or(edited);
        // What is page shows only in all of the picture.
        let seen: Vec<Rect> = if is_transparent {
            vec![Rect::whole(Size::of(edited))]
        } else {
            coverage.parts.iter().map(|part| self.seen_by(*part, edited)).collect()
        };
        let matched = matching.apply(edited, &seen, deep);
        let layer = if is_transparent {
            let Cutout { image, paint } = Cutout::new(&matched, &original, self.frame)?;
            let image = match (has_color, deep) {
                (true, _) => image,
                (false, false) => image.into_luma_alpha8().into(),
                (false, true) => image.into_luma_alpha16().into(),
            };
            Layer { image, paint: Some(paint.into()) }
        } else {
            let image = match (has_color, deep) {
                (true, _) => matched,
                (false, false) => matched.into_luma8().into(),
                (false, true) => matched.into_luma16().into(),
            };
            Layer { image, paint: None }
        };
        blend(original, &layer, self.frame, coverage, alpha)
    }
}
