//! An edited picture put back into its original: only what the edit changed is taken from it.
//!
//! Both are compared at the smaller picture's size: a `sketch` holds what can be told of the `edited` one alone,
//! and of the `pair` of them `change` finds what is an edit and what is only the picture made anew. `coverage`
//! says where the result comes from, `matching` brings the edited picture's colours to the original's, and
//! `blend` lays it on the original at full size. Every pixel that is not covered is the original's, bit for bit.

mod alpha_mask;
mod bit_mask;
mod blend;
mod change;
mod color_drift;
mod color_match;
pub(crate) mod cutout;
mod edited;
mod error;
mod features;
mod noise;
mod pair;
mod plane;
mod sample;
mod sliding_extrema;

use image::{DynamicImage, GrayImage};
use rayon::join;
use seededit_resize::{Size, resize};

pub use self::alpha_mask::AlphaMask;
pub use self::blend::AlphaMode;
pub use self::edited::{Edited, Prepared};
pub use self::error::MergeError;

use self::alpha_mask::FEATHER;
use self::bit_mask::BitMask;
use self::blend::to_color;
use self::change::Change;
use self::color_drift::ColorDrift;
use self::color_match::ColorMatch;
use self::pair::Pair;
use self::plane::split;
use crate::color::alpha::with_alpha;
use crate::geometry::Rect;

/// How far an edit is taken over beyond its edge, in pixels of the smaller picture: what the codec spreads.
const WITHIN: f32 = 2.0;
/// How far around what is found of an edit that was merged before more of it may lie, in pixels of the size at
/// which both are compared: its fading, and what is faint once its colours are the original's.
const NEAR: f32 = 24.0;

/// How to merge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MergeOptions {
    /// The smallest difference that is an edit, in levels of 255; none finds it by the noise of the pictures.
    pub threshold: Option<f32>,
    /// How wide the fading between both pictures is, in pixels of the original; none is 4 pixels of the smaller
    /// picture.
    pub feather: Option<f32>,
    /// What becomes of the original's transparency.
    pub alpha: AlphaMode,
}

/// How much of a picture an edit changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: the result is the original.
    Nothing,
    /// Parts of it.
    Parts,
    /// Most of it: there is nothing to preserve, and the result is the edited picture at the original's size.
    Whole,
}

/// A result.
pub struct Merged {
    /// Its pixels.
    pub image: DynamicImage,
    /// How much was changed.
    pub extent: Extent,
    /// Where it comes from.
    pub coverage: AlphaMask,
    /// How many of its pixels are not the original's.
    pub changed_pixels: u64,
}

/// Finds what an edit changed, and puts that into the original, where it is `allowed`.
///
/// The original has to be upright. Where it has transparency, it is compared as it is sent: laid on white.
///
/// # Errors
///
/// When one of the two cannot be scaled.
pub fn merge(
    original: DynamicImage,
    Prepared { edited, pixels, sketch }: Prepared,
    allowed: Option<AlphaMask>,
    options: MergeOptions,
) -> Result<Merged, MergeError> {
    let (size, frame) = (Size::of(&original), edited.frame);
    let pair = Pair::new(&original, pixels, frame)?;
    let (shape, tone) = match (change::find(sketch, &pair.original, options.threshold), allowed.as_ref()) {
        (Change::Whole, None) => return whole(&original, &edited.image, options.alpha),
        (Change::Whole, Some(coverage)) => {
            let placed = place(original, edited, coverage.clone(), options.alpha)?;
            return Ok(Merged { extent: Extent::Whole, ..placed });
        }
        (Change::Parts(shape, tone), _) => (shape, tone),
    };
    if shape.is_empty() {
        return Ok(unchanged(original));
    }
    // A picture that is the original, bit for bit, but for an edit is already what merging makes.
    if allowed.is_none()
        && !edited.is_lossy
        && options == MergeOptions::default()
        && let Some(coverage) = merged_before(&original, &edited.image, &shape)
    {
        let changed_pixels = coverage.mask.iter().filter(|cover| **cover > 0).count() as u64;
        return Ok(Merged { image: edited.image, extent: Extent::Parts, coverage, changed_pixels });
    }
    let per_pixel = shape.width as f32 / frame.size.width as f32;
    let feather = options.feather.map_or(FEATHER, |feather| feather * per_pixel).max(per_pixel.min(1.0));
    let far = shape.distance_transform(WITHIN + feather);
    let away = BitMask { bits: far.levels.iter().map(|far| far.is_finite()).collect(), ..shape };
    let (coverage, matching) = join(
        || AlphaMask::from_distances(&far, WITHIN, feather, frame, size),
        || ColorMatch::new(&pair.edited, &pair.original, &away, tone),
    );
    let coverage = match &allowed {
        Some(allowed) => coverage.and(allowed),
        None => coverage,
    };
    if coverage.parts.is_empty() {
        return Ok(unchanged(original));
    }
    let (image, changed_pixels) = pair.blend(original, &edited.image, &coverage, &matching, options.alpha)?;
    Ok(Merged { image, extent: Extent::Parts, coverage, changed_pixels })
}

fn unchanged(original: DynamicImage) -> Merged {
    let coverage = AlphaMask::none(Size::of(&original));
    Merged { image: original, extent: Extent::Nothing, coverage, changed_pixels: 0 }
}

/// Puts what covers it into the original, whether or not it was changed.
///
/// # Errors
///
/// When a part cannot be scaled.
pub fn place(
    original: DynamicImage,
    edited: Edited,
    coverage: AlphaMask,
    alpha: AlphaMode,
) -> Result<Merged, MergeError> {
    let pair = Pair::new(&original, edited.pixels()?, edited.frame)?;
    let away = pair.shape_of(&coverage);
    let outside = (away.share() < 1.0).then_some(&away);
    let tone = match outside {
        Some(changed) => ColorDrift::between(&split(&pair.edited), &split(&pair.original), Some(changed)),
        // Nothing of it is known to be the same.
        None => ColorDrift::NONE,
    };
    let matching = ColorMatch::new(&pair.edited, &pair.original, &away, tone);
    let (image, changed_pixels) = pair.blend(original, &edited.image, &coverage, &matching, alpha)?;
    Ok(Merged { image, extent: Extent::Parts, coverage, changed_pixels })
}

/// The edited picture at the original's size.
fn whole(original: &DynamicImage, edited: &DynamicImage, alpha: AlphaMode) -> Result<Merged, MergeError> {
    let size = Size::of(original);
    let image = match alpha {
        AlphaMode::Keep => with_alpha(edited.clone(), original, size)?,
        AlphaMode::Cover => resize(edited, size)?,
    };
    let mask = GrayImage::from_pixel(size.width, size.height, image::Luma([u8::MAX]));
    let coverage = AlphaMask { mask, parts: vec![Rect::whole(size)] };
    let pixel = usize::from(original.color().bytes_per_pixel());
    let pairs = original.as_bytes().chunks_exact(pixel).zip(image.as_bytes().chunks_exact(pixel));
    let changed_pixels = match original.color() == image.color() {
        true => pairs.filter(|(original, edited)| original != edited).count() as u64,
        false => size.pixels(),
    };
    Ok(Merged { image, extent: Extent::Whole, coverage, changed_pixels })
}

/// Where two pictures of the same size and kind differ, if that is only in and around what was `found` to be an
/// edit, or in less than half of the picture: so the one was made of the other.
fn merged_before(original: &DynamicImage, edited: &DynamicImage, found: &BitMask) -> Option<AlphaMask> {
    let size = Size::of(original);
    if size != Size::of(edited) {
        return None;
    }
    // An edit in colour made a picture in colour of a grey one.
    let turned =
        (!original.color().has_color() && edited.color().has_color()).then(|| to_color(original.clone()));
    let original = turned.as_ref().unwrap_or(original);
    if original.color() != edited.color() {
        return None;
    }
    let near = found.dilate(NEAR);
    let pixel = usize::from(original.color().bytes_per_pixel());
    let pairs = original.as_bytes().chunks_exact(pixel).zip(edited.as_bytes().chunks_exact(pixel));
    let mut mask = GrayImage::new(size.width, size.height);
    let (mut changed_pixels, mut is_far) = (0, false);
    for ((x, y, level), (original, edited)) in mask.enumerate_pixels_mut().zip(pairs) {
        if original != edited {
            let at = |at: u32, side: u32, count: usize| at as usize * count / side as usize;
            let place = at(y, size.height, near.height) * near.width + at(x, size.width, near.width);
            is_far |= !near.bits.get(place).is_some_and(|near| *near);
            level.0 = [u8::MAX];
            changed_pixels += 1;
        }
    }
    (!is_far || 2 * changed_pixels < size.pixels()).then(|| AlphaMask::from_luma(mask))
}

#[cfg(test)]
mod tests;
