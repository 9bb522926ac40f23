//! The original and the edited picture at the size of the comparison.

use image::{DynamicImage, RgbImage};
use seededit_resize::{ResizeArea, ResizeError, Size};

use super::align::ScaledOriginal;
use super::alpha_mask::AlphaMask;
use super::bit_mask::BitMask;
use super::blend::{AlphaMode, Layer, blend, blend_part};
use super::color_match::ColorMatch;
use super::cutout::Cutout;
use super::edited::flatten_rgb;
use super::parts::{MergedPart, PartialOriginal};
use crate::color::flatten::flatten_deep;
use crate::color::is_16_bit;
use crate::geometry::Rect;

pub(super) struct Pair {
    pub(super) edited: RgbImage,
    pub(super) original: RgbImage,
    /// The area of the original that both show.
    pub(super) frame: ResizeArea,
}

impl Pair {
    /// Scales the `frame` of the original to the size of the edited picture's `pixels`.
    pub(super) fn new(
        original: &dyn ScaledOriginal,
        pixels: RgbImage,
        frame: ResizeArea,
    ) -> Result<Pair, ResizeError> {
        let original = flatten_rgb(original.scaled(frame, Size::of(&pixels))?);
        Ok(Pair { edited: pixels, original, frame })
    }

    /// The pixels that are covered at least in part, at the size of the comparison.
    pub(super) fn covered_pixels(&self, coverage: &AlphaMask) -> BitMask {
        let (width, height) = (self.edited.width() as usize, self.edited.height() as usize);
        // A pixel next to the border may be just outside of the picture.
        let position = |at: usize, count: usize, start: f64, length: f64, side: u32| {
            ((start + (at as f64 + 0.5) * length / count as f64) as u32).min(side.saturating_sub(1))
        };
        let (columns, rows) = coverage.mask.dimensions();
        let bits = (0..width * height).map(|at| {
            coverage.covers(
                position(at % width, width, self.frame.left, self.frame.width, columns),
                position(at / width, height, self.frame.top, self.frame.height, rows),
            )
        });
        BitMask { bits: bits.collect(), width, height }
    }

    /// The rectangle of the edited picture that affects a part of the result, including the margin of filters.
    fn source_rect(&self, part: Rect, edited: &DynamicImage) -> Rect {
        const FILTER_MARGIN: f64 = 8.0;
        let across = f64::from(edited.width()) / self.frame.width;
        let down = f64::from(edited.height()) / self.frame.height;
        let start = |at: f64, by: f64| (at * by - FILTER_MARGIN * by.max(1.0)).floor() as i64;
        let side =
            |side: u32, by: f64| (f64::from(side) * by + 2.0 * FILTER_MARGIN * by.max(1.0)).ceil() as u32 + 2;
        Rect {
            left: start(part.left as f64 - self.frame.left, across),
            top: start(part.top as f64 - self.frame.top, down),
            size: Size { width: side(part.size.width, across), height: side(part.size.height, down) },
        }
    }

    /// Blends the edited picture, with matched colors, into the original.
    pub(super) fn blend(
        &self,
        original: DynamicImage,
        edited: &DynamicImage,
        coverage: &AlphaMask,
        color_match: &ColorMatch,
        alpha: AlphaMode,
    ) -> Result<DynamicImage, ResizeError> {
        let layer = if original.color().has_alpha() {
            self.transparent_layer(&original, edited, color_match, alpha)?
        } else {
            self.opaque_layer(is_16_bit(&original), edited, coverage, color_match)
        };
        blend(original, &layer, self.frame, coverage, alpha)
    }

    /// Blends the edited picture, with matched colors, into each covered part of an opaque original.
    pub(super) fn blend_parts(
        &self,
        original: &dyn PartialOriginal,
        edited: &DynamicImage,
        coverage: &AlphaMask,
        color_match: &ColorMatch,
    ) -> Result<Vec<MergedPart>, ResizeError> {
        let layer = self.opaque_layer(false, edited, coverage, color_match);
        let part = |area: &Rect| {
            let before = original.part(*area);
            let after = blend_part(before.clone(), &layer, self.frame, *area, coverage)?;
            Ok(MergedPart { area: *area, before, after })
        };
        coverage.parts.iter().map(part).collect()
    }

    fn opaque_layer(
        &self,
        is_16_bit: bool,
        edited: &DynamicImage,
        coverage: &AlphaMask,
        color_match: &ColorMatch,
    ) -> Layer {
        let sources: Vec<Rect> = coverage.parts.iter().map(|part| self.source_rect(*part, edited)).collect();
        let matched = color_match.apply(edited, &sources, is_16_bit);
        let image = match (edited.color().has_color(), is_16_bit) {
            (true, _) => matched,
            (false, false) => matched.into_luma8().into(),
            (false, true) => matched.into_luma16().into(),
        };
        Layer { image, paint: None }
    }

    fn transparent_layer(
        &self,
        original: &DynamicImage,
        edited: &DynamicImage,
        color_match: &ColorMatch,
        alpha: AlphaMode,
    ) -> Result<Layer, ResizeError> {
        let is_16_bit = is_16_bit(original);
        let flat = edited.color().has_alpha().then(|| flatten_deep(edited));
        let on_white = flat.as_ref().unwrap_or(edited);
        // Only the whole picture shows which part of it is the page and which is new content.
        let whole = Rect::whole(Size::of(edited));
        let matched = color_match.apply(on_white, &[whole], is_16_bit);
        let Cutout { image, paint } = Cutout::new(&matched, original, self.frame, alpha)?;
        let image = match (edited.color().has_color(), is_16_bit) {
            (true, _) => image,
            (false, false) => image.into_luma_alpha8().into(),
            (false, true) => image.into_luma_alpha16().into(),
        };
        Ok(Layer { image, paint: Some(paint.into()) })
    }
}
