//! Merges an edited picture into its original: takes only what the edit changed.
//!
//! `align` finds where the edited picture lies on the original. There, both are compared at the size of the smaller one.
//! `change` finds the edited pixels, by the `differences` that exceed the `noise` and the `color_drift` of the model and
//! the codec, and by the texture (`sharpness`). An [`AlphaMask`] covers these pixels, `color_match` matches the edited
//! picture's colors to the original, and `blend` blends it in at full size. Pixels without coverage keep their exact
//! values. If all of the picture changed, `detail` applies its change of light to the original.

mod agreement;
mod align;
mod alpha_mask;
mod bit_mask;
mod blend;
mod change;
mod channels;
mod color_drift;
mod color_match;
mod contrast;
pub(crate) mod cutout;
mod detail;
mod differences;
mod edited;
mod error;
mod noise;
mod overlay;
mod pair;
mod parts;
mod placement_mode;
mod sample;
mod sharpness;
mod signal;
mod sliding_extrema;
mod softened;
mod warp;

use image::{DynamicImage, GrayImage};
use seededit_base::parallel::join;
use seededit_resize::{ResizeArea, Size, resize};

pub(crate) use self::align::ScaledOriginal;
pub use self::alpha_mask::AlphaMask;
pub use self::blend::AlphaMode;
pub use self::detail::Detail;
pub(crate) use self::edited::comparison_size;
pub use self::edited::{Edited, Prepared};
pub use self::error::MergeError;
pub use self::overlay::overlay;
pub(crate) use self::parts::{MergedPart, MergedParts, PartialOriginal, merge_parts, place_parts};
pub use self::placement_mode::{PlacementError, PlacementMode};

use self::align::{Aligned, Proof, align};
use self::alpha_mask::FEATHER;
use self::bit_mask::BitMask;
use self::blend::to_color;
use self::change::Change;
use self::channels::rgb_channels;
use self::color_drift::ColorDrift;
use self::color_match::ColorMatch;
use self::detail::Transfer;
use self::pair::Pair;
use self::signal::Features;
use crate::color::alpha::with_alpha;
use crate::difference::{ReplacedPart, replaced_parts};
use crate::geometry::{Placement, Rect};
use crate::plane::Plane;

/// The distance of full coverage around an edit, in pixels of the smaller picture: about how far codecs spread colors.
const MARGIN: f32 = 2.0;
/// For an input that is itself a merge: how far from the detected edit other pixels can differ, in pixels of the
/// comparison. They belong to its feather, or became faint when its colors were matched.
const MERGED_MARGIN: f32 = 24.0;

/// How to merge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MergeOptions {
    /// The smallest difference that counts as an edit, in levels. By default, it is estimated from the noise.
    pub threshold: Option<f32>,
    /// The width of the blend between both pictures, in pixels of the original. By default, 4 pixels of the smaller
    /// picture.
    pub feather: Option<f32>,
    /// What to do with the original's transparency.
    pub alpha: AlphaMode,
    /// Where the edited picture lies.
    pub placement: PlacementMode,
    /// Where the detail comes from if the whole picture changed.
    pub detail: Detail,
}

/// How much of a picture changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The result is the original.
    Nothing,
    /// Parts of the result are from the edited picture.
    Parts,
    /// Nothing can be preserved. The result is the edited picture at the original's size.
    Whole,
}

/// The result of a merge.
pub struct Merged {
    pub image: DynamicImage,
    pub extent: Extent,
    pub coverage: AlphaMask,
    /// The pixels of the original that are not in the image: the image with them is the original.
    pub replaced: Vec<ReplacedPart>,
    pub placed: Placed,
    /// The share of the detail that is from the original, if the whole picture changed.
    pub detail: Option<f64>,
}

/// Where the edited picture lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The rectangle that it covers on the original.
    pub placement: Placement,
    /// Whether that is all of the original, or the part of it that was uploaded.
    pub is_exact: bool,
}

/// Finds what an edit changed, and blends it into the original, within the coverage that is `allowed`.
///
/// The original must be upright. Where it is transparent, it is compared on white, as it was uploaded.
///
/// # Errors
/// If the place of the edited picture on the original cannot be found, or a picture cannot be scaled.
pub fn merge(
    original: DynamicImage,
    prepared: Prepared,
    allowed: Option<AlphaMask>,
    options: MergeOptions,
) -> Result<Merged, MergeError> {
    let may_be_merged = allowed.is_none() && prepared.edited.may_be_merged(Size::of(&original), options);
    let is_in_place = may_be_merged && are_edges_equal(&original, &prepared.edited.image);
    let placement = if is_in_place { PlacementMode::Exact } else { options.placement };
    let options = MergeOptions { placement, ..options };
    let (aligned, features) = aligned(&original, prepared, allowed.as_ref(), options)?;
    let placed = aligned.placed;
    let found = match find(&aligned, features, options, Size::of(&original))? {
        Found::Whole(detail) => match allowed {
            None => return replace_whole(original, aligned, MergeOptions { detail, ..options }),
            Some(coverage) => {
                let merged = place_aligned(original, &aligned, coverage, options.alpha)?;
                return Ok(Merged { extent: Extent::Whole, detail: Some(0.0), ..merged });
            }
        },
        Found::Nothing => return Ok(unchanged(original, placed)),
        Found::Parts(found) => found,
    };
    let Aligned { edited, pair, .. } = aligned;
    if may_be_merged
        && aligned.is_as_given
        && let Some(coverage) = coverage_of_earlier_merge(&original, &edited.image, &found.changed)
    {
        let replaced = replaced_parts(&original, &coverage.parts);
        return Ok(Merged {
            image: edited.image,
            extent: Extent::Parts,
            coverage,
            replaced,
            placed,
            detail: None,
        });
    }
    let (coverage, color_match) = join(|| found.coverage(allowed.as_ref()), || found.color_match(&pair));
    if coverage.parts.is_empty() {
        return Ok(unchanged(original, placed));
    }
    let replaced = replaced_parts(&original, &coverage.parts);
    let image = pair.blend(original, &edited.image, &coverage, &color_match, options.alpha)?;
    Ok(Merged { image, extent: Extent::Parts, coverage, replaced, placed, detail: None })
}

/// Aligns an edited picture with the original, and returns its features there.
///
/// Where only an area may change, it need not show anything else of the original.
fn aligned(
    original: &dyn ScaledOriginal,
    Prepared { edited, pixels, features }: Prepared,
    allowed: Option<&AlphaMask>,
    options: MergeOptions,
) -> Result<(Aligned, Features), MergeError> {
    let aligned = align(original, edited, pixels, options.placement, allowed.is_none())?;
    let features = if aligned.has_given_pixels { features } else { Features::of(&aligned.pair.edited) };
    let is_limited = allowed.is_some();
    Ok((Aligned { proof: if is_limited { Proof::Sure } else { aligned.proof }, ..aligned }, features))
}

/// What an edit changed.
enum Found {
    /// Nothing can be preserved but detail.
    Whole(Detail),
    Nothing,
    Parts(Box<FoundParts>),
}

/// The parts that an edit changed.
struct FoundParts {
    /// The changed pixels of the comparison.
    changed: BitMask,
    drift: ColorDrift,
    /// The distances from them, and the width of the blend, in pixels of the comparison.
    distances: Plane,
    feather: f32,
    frame: ResizeArea,
    /// Whether the coverage fades out at the sides of the frame, because the original goes on there.
    fades: bool,
    /// The size of the original.
    size: Size,
}

fn find(
    aligned: &Aligned,
    features: Features,
    options: MergeOptions,
    size: Size,
) -> Result<Found, MergeError> {
    let pair = &aligned.pair;
    let has_border = !aligned.placed.is_exact;
    let edited = &aligned.edited;
    let is_scaled = Size::of(&edited.image) != Size::of(&pair.edited);
    let quality = edited.jpeg_quality.filter(|_| !is_scaled);
    let found = change::find(features, &pair.original, options.threshold, has_border, quality);
    let (changed, drift) = match found {
        Change::Whole { is_related: false } if aligned.proof == Proof::Nothing => {
            return Err(MergeError::NothingInCommon);
        }
        Change::Whole { .. } => return Ok(Found::Whole(options.detail)),
        // The original's detail would undo the edit.
        Change::Retextured => return Ok(Found::Whole(Detail::Off)),
        // What is kept would be kept by chance.
        Change::Parts { changed, is_related: false, is_evident, .. }
            if aligned.proof == Proof::Nothing && !(is_evident && has_large_rest(&changed)) =>
        {
            return Err(MergeError::NothingInCommon);
        }
        Change::Parts { changed, is_related: false, .. }
            if aligned.proof == Proof::Soft && !has_large_rest(&changed) =>
        {
            return Ok(Found::Whole(Detail::Off));
        }
        Change::Parts { changed, .. } if changed.is_empty() => return Ok(Found::Nothing),
        Change::Parts { changed, drift, .. } => (changed, drift),
    };
    let frame = pair.frame;
    let scale = changed.width as f32 / frame.width as f32;
    let feather = options.feather.map_or(FEATHER, |feather| feather * scale).max(scale.min(1.0));
    let distances = changed.distance_transform(MARGIN + feather);
    let fades = !aligned.placed.is_exact;
    Ok(Found::Parts(Box::new(FoundParts { changed, drift, distances, feather, frame, fades, size })))
}

/// Whether the rest of a picture has large parts without any change. If another picture agrees, it does so in spots: in the
/// middle of each brick of a wall.
fn has_large_rest(changed: &BitMask) -> bool {
    /// How far a large part is from any change, as a share of the longer side.
    const DISTANCE: f32 = 0.05;
    /// The least share of the picture that is as far.
    const MIN_SHARE: f32 = 0.08;

    let distance = DISTANCE * changed.width.max(changed.height) as f32;
    changed.dilate(distance).share() < 1.0 - MIN_SHARE
}

impl FoundParts {
    /// How the changed pixels are covered, where that is `allowed`.
    fn coverage(&self, allowed: Option<&AlphaMask>) -> AlphaMask {
        let coverage =
            AlphaMask::from_distances(&self.distances, MARGIN, self.feather, self.frame, self.size);
        let coverage = if self.fades {
            let scale = self.changed.width as f32 / self.frame.width as f32;
            coverage.faded_towards(self.frame, self.feather / scale)
        } else {
            coverage
        };
        match allowed {
            Some(allowed) => coverage.and(allowed),
            None => coverage,
        }
    }

    fn color_match(&self, pair: &Pair) -> ColorMatch {
        let bits = self.distances.levels.iter().map(|distance| distance.is_finite()).collect();
        let covered = BitMask { bits, ..self.changed };
        ColorMatch::new(&pair.edited, &pair.original, &covered, self.drift)
    }
}

fn unchanged(original: DynamicImage, placed: Placed) -> Merged {
    let coverage = AlphaMask::none(Size::of(&original));
    let replaced = Vec::new();
    Merged { image: original, extent: Extent::Nothing, coverage, replaced, placed, detail: None }
}

/// Blends an edited picture into the original by its coverage, whether or not it changed anything there.
///
/// # Errors
/// If a picture cannot be scaled, or the edited picture lies outside of the original.
pub fn place(
    original: DynamicImage,
    edited: Edited,
    coverage: AlphaMask,
    options: MergeOptions,
) -> Result<Merged, MergeError> {
    let pixels = edited.comparison_pixels()?;
    let aligned = align(&original, edited, pixels, options.placement, false)?;
    place_aligned(original, &aligned, coverage, options.alpha)
}

fn place_aligned(
    original: DynamicImage,
    aligned: &Aligned,
    coverage: AlphaMask,
    alpha: AlphaMode,
) -> Result<Merged, MergeError> {
    let Aligned { edited, pair, placed, .. } = aligned;
    let coverage = aligned.covered(coverage);
    let color_match = placed_color_match(pair, &coverage);
    let replaced = replaced_parts(&original, &coverage.parts);
    let image = pair.blend(original, &edited.image, &coverage, &color_match, alpha)?;
    Ok(Merged { image, extent: Extent::Parts, coverage, replaced, placed: *placed, detail: None })
}

/// The correction of colors for a coverage that does not depend on them.
fn placed_color_match(pair: &Pair, coverage: &AlphaMask) -> ColorMatch {
    let covered = pair.covered_pixels(coverage);
    let drift = if covered.share() < 1.0 {
        ColorDrift::between(&rgb_channels(&pair.edited), &rgb_channels(&pair.original), Some(&covered))
    } else {
        // No pixel is known to be unchanged.
        ColorDrift::NONE
    };
    ColorMatch::new(&pair.edited, &pair.original, &covered, drift)
}

/// Returns the edited picture at the original's size, with the detail of the original; around it the original, where the
/// edited picture does not reach.
fn replace_whole(
    original: DynamicImage,
    aligned: Aligned,
    options: MergeOptions,
) -> Result<Merged, MergeError> {
    let size = Size::of(&original);
    let answer = Size::of(&aligned.edited.image);
    let aligned = Aligned { edited: aligned.edited.extended(size), ..aligned };
    if aligned.edited.frame != Rect::whole(size).to_resize_area() {
        let merged = place_aligned(original, &aligned, AlphaMask::whole(size), options.alpha)?;
        return Ok(Merged { extent: Extent::Whole, detail: Some(0.0), ..merged });
    }
    let Aligned { edited: Edited { image, .. }, pair, placed, .. } = aligned;
    let transfer = match options.detail {
        Detail::Auto if !image.color().has_alpha() => Transfer::new(answer, &pair),
        _ => None,
    };
    let image = match &transfer {
        Some(transfer) => transfer.apply(resize(&image, size)?, &original),
        None => image,
    };
    let image = match options.alpha {
        AlphaMode::Keep => with_alpha(image, &original, size)?,
        AlphaMode::Cover if Size::of(&image) == size => image,
        AlphaMode::Cover => resize(&image, size)?,
    };
    let replaced = vec![ReplacedPart { area: Rect::whole(size), pixels: original }];
    let coverage = AlphaMask::whole(size);
    let detail = Some(transfer.map_or(0.0, |transfer| transfer.share()));
    Ok(Merged { image, extent: Extent::Whole, coverage, replaced, placed, detail })
}

/// Whether most edges are equal in two images of the same size, each with the pixels at both of its sides, so that nothing
/// was moved. Even areas are equal wherever they are: most of a picture of wide stripes.
fn are_edges_equal(original: &DynamicImage, edited: &DynamicImage) -> bool {
    if original.color() != edited.color() {
        return false;
    }
    let pixel = usize::from(original.color().bytes_per_pixel());
    let row = pixel * original.width() as usize;
    let (was, is) = (original.as_bytes(), edited.as_bytes());
    let (mut edges, mut equal) = (0_u64, 0_u64);
    for at in (0..was.len().min(is.len())).step_by(pixel) {
        for back in [pixel, row].into_iter().filter(|back| at >= *back) {
            let (here, there) = (at..at + pixel, at - back..at - back + pixel);
            if was.get(here.clone()) != was.get(there.clone()) {
                edges += 1;
                let are_equal =
                    was.get(here.clone()) == is.get(here) && was.get(there.clone()) == is.get(there);
                equal += u64::from(are_equal);
            }
        }
    }
    2 * equal > edges
}

/// The pixels of two images with the same size and color type, as bytes.
fn pixel_pairs<'a>(
    one: &'a DynamicImage,
    other: &'a DynamicImage,
) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let pixel = usize::from(one.color().bytes_per_pixel());
    one.as_bytes().chunks_exact(pixel).zip(other.as_bytes().chunks_exact(pixel))
}

/// Returns the pixels that differ, if `edited` is the result of an earlier merge into `original`: it has the same size
/// and color type, and differs only in and around the `changed` pixels, or in less than half of the picture.
fn coverage_of_earlier_merge(
    original: &DynamicImage,
    edited: &DynamicImage,
    changed: &BitMask,
) -> Option<AlphaMask> {
    let size = Size::of(original);
    if size != Size::of(edited) {
        return None;
    }
    // An edit in color turned a gray original into a color picture.
    let becomes_color = !original.color().has_color() && edited.color().has_color();
    let converted = becomes_color.then(|| to_color(original.clone()));
    let original = converted.as_ref().unwrap_or(original);
    if original.color() != edited.color() {
        return None;
    }
    let near = changed.dilate(MERGED_MARGIN);
    let scaled = |at: u32, side: u32, count: usize| at as usize * count / side as usize;
    let mut mask = GrayImage::new(size.width, size.height);
    let (mut changed_pixels, mut is_far) = (0, false);
    for ((x, y, level), (original, edited)) in mask.enumerate_pixels_mut().zip(pixel_pairs(original, edited))
    {
        if original != edited {
            let at = scaled(y, size.height, near.height) * near.width + scaled(x, size.width, near.width);
            is_far |= !near.bits.get(at).is_some_and(|near| *near);
            level.0 = [u8::MAX];
            changed_pixels += 1;
        }
    }
    (!is_far || 2 * changed_pixels < size.pixels()).then(|| AlphaMask::from_luma(mask))
}

#[cfg(test)]
mod tests;
