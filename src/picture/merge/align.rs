//! Aligns an edited picture with its original.

use image::{DynamicImage, RgbImage};
use seededit_base::parallel::join;
use seededit_resize::{ResizeArea, ResizeError, Size, resize, resize_part};

use super::Placed;
use super::alpha_mask::{AlphaMask, FEATHER};
use super::channels::luma;
use super::edited::{Edited, MAX_COMPARED_PIXELS, comparison_size, ensure_same_ratio, flatten_rgb};
use super::error::MergeError;
use super::pair::Pair;
use super::placement_mode::PlacementMode;
use super::warp::warp;
use crate::geometry::{Placement, Rect};
use crate::registration::{Drift, Registered, Registration, register_softened};

/// An original that can be scaled.
pub(crate) trait ScaledOriginal: Sync {
    /// The size when upright.
    fn size(&self) -> Size;

    /// Scales an area of it.
    ///
    /// # Errors
    /// If the size is empty, or the area is not within the picture.
    fn scaled(&self, area: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError>;
}

impl ScaledOriginal for DynamicImage {
    fn size(&self) -> Size {
        Size::of(self)
    }

    fn scaled(&self, area: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError> {
        if area == Rect::whole(Size::of(self)).to_resize_area() {
            resize(self, to)
        } else {
            resize_part(self, area, to)
        }
    }
}

/// An edited picture whose frame is where it lies.
pub(super) struct Aligned {
    pub(super) edited: Edited,
    pub(super) pair: Pair,
    /// Where the whole edited picture lies.
    pub(super) placed: Placed,
    /// Whether the edited picture is as it was given: its frame, and where its parts are.
    pub(super) is_as_given: bool,
    /// Whether its pixels at the size of the comparison are those that were given.
    pub(super) has_given_pixels: bool,
    pub(super) proof: Proof,
}

/// Whether a placement is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Both pictures show the same there, or the placement was given.
    Sure,
    /// At least one of the pictures is too smooth to tell.
    Smooth,
    /// Light and dark areas are the same, but no details. The few that the edited picture has may be those of the edit; or the
    /// edit removed all of them.
    Soft,
    /// Nothing was found that both show.
    Nothing,
    /// There are several placements that are as good.
    Ambiguous,
    /// The edited picture is soft, and was moved.
    Elsewhere,
    /// The edited picture is mirrored or rotated.
    Turned,
}

/// Aligns an edited picture, whose `pixels` have the size of the comparison.
///
/// If nothing tells where it lies, its frame stays as it is.
///
/// # Errors
/// With `needs_proof`, if it fits in several places, or is mirrored or rotated; or if nothing tells where it lies, and its
/// aspect ratio differs from that of its frame. Else if it lies outside of the original.
pub(super) fn align(
    original: &dyn ScaledOriginal,
    edited: Edited,
    pixels: RgbImage,
    mode: PlacementMode,
    needs_proof: bool,
) -> Result<Aligned, MergeError> {
    match mode {
        PlacementMode::Auto => find(original, edited, pixels, needs_proof),
        PlacementMode::Exact => {
            let pair = Pair::new(original, pixels, edited.frame)?;
            Ok(Aligned::as_given(edited, pair, Proof::Sure))
        }
        PlacementMode::At(placement) => {
            let placed = Placed { placement, is_exact: false };
            Aligned::moved(original, edited, pixels, placed, None)
        }
    }
}

/// Finds where an edited picture lies.
fn find(
    original: &dyn ScaledOriginal,
    edited: Edited,
    pixels: RgbImage,
    needs_proof: bool,
) -> Result<Aligned, MergeError> {
    let (size, frame_size) = (Size::of(&edited.image), edited.frame_size());
    if needs_proof && is_too_small(size, frame_size) {
        return Err(MergeError::NothingInCommon);
    }
    let has_same_ratio = ensure_same_ratio(frame_size, size).is_ok();
    // Each picture in its own shape.
    let (pixels, compared) = if has_same_ratio {
        let compared = Size::of(&pixels);
        (pixels, compared)
    } else {
        (flatten_rgb(resize(&edited.image, within_compared(size))?), within_compared(frame_size))
    };
    let scaled = flatten_rgb(original.scaled(edited.frame, compared)?);
    let (registered, drift, is_pattern) = {
        let (answer_luma, original_luma) = join(|| luma(&pixels), || luma(&scaled));
        let registration = Registration::new(&answer_luma, &original_luma, frame_size);
        let guesses = guesses(frame_size, size);
        let registered = registration.register(&guesses);
        let softened = if may_be_blurred(&registered, &guesses) {
            register_softened(&answer_luma, &original_luma, frame_size, &guesses)
        } else {
            None
        };
        match (softened, registered) {
            (Some(found), _) => (Registered::At(found), None, false),
            (None, Registered::At(found)) => {
                let drift = registration.drift(&found);
                // Parts of a regular pattern seem to have drifted to any place where they fit, too.
                let is_pattern = drift.is_some() && registration.is_ambiguous(&found);
                (registered, if is_pattern { None } else { drift }, is_pattern)
            }
            (None, _) => (registered, None, false),
        }
    };
    let proof = match registered {
        Registered::At(found) => {
            // Placements are relative to the frame.
            let (x, y) = (found.x + edited.frame.left, found.y + edited.frame.top);
            let placement = Placement { x, y, ..found };
            let is_exact = placement == Placement::of_area(edited.frame);
            if !is_exact || drift.is_some() || !has_same_ratio {
                drop(scaled);
                return Aligned::moved(original, edited, pixels, Placed { placement, is_exact }, drift);
            }
            if is_pattern { Proof::Nothing } else { Proof::Sure }
        }
        Registered::Smooth => Proof::Smooth,
        Registered::Softly => Proof::Soft,
        Registered::Nowhere => Proof::Nothing,
        Registered::Ambiguous => Proof::Ambiguous,
        Registered::Elsewhere => Proof::Elsewhere,
        Registered::Turned => Proof::Turned,
    };
    match proof {
        Proof::Ambiguous if needs_proof => return Err(MergeError::Ambiguous),
        Proof::Elsewhere if needs_proof => return Err(MergeError::Elsewhere),
        Proof::Turned if needs_proof => return Err(MergeError::Turned),
        _ => {}
    }
    if has_same_ratio {
        let pair = Pair { edited: pixels, original: scaled, frame: edited.frame };
        return Ok(Aligned::as_given(edited, pair, proof));
    }
    match (needs_proof, proof) {
        (true, Proof::Nothing) => Err(MergeError::NothingInCommon),
        (true, _) => Err(MergeError::AspectRatio { original: frame_size, edited: size }),
        (false, _) => {
            let pair = Pair::new(original, edited.comparison_pixels()?, edited.frame)?;
            Ok(Aligned::as_given(edited, pair, proof))
        }
    }
}

/// Whether an answer that was registered may lie elsewhere, because a blur hid its details or moved its edges.
fn may_be_blurred(registered: &Registered, guesses: &[Placement]) -> bool {
    match registered {
        Registered::At(found) => !guesses.contains(found),
        Registered::Nowhere | Registered::Softly | Registered::Elsewhere => true,
        Registered::Smooth | Registered::Ambiguous | Registered::Turned => false,
    }
}

/// Whether an answer has so few pixels that it shows nothing of an original, which has many.
fn is_too_small(answer: Size, original: Size) -> bool {
    /// In pixels.
    const MIN_SIDE: u32 = 8;

    let side = |size: Size| size.width.min(size.height);
    side(answer) < MIN_SIDE && side(original) > 4 * side(answer)
}

/// A size reduced to the most pixels that are compared.
fn within_compared(size: Size) -> Size {
    let by = (MAX_COMPARED_PIXELS as f64 / size.pixels().max(1) as f64).sqrt().min(1.0);
    let side = |side: u32| ((f64::from(side) * by).round() as u32).max(1);
    Size { width: side(size.width), height: side(size.height) }
}

/// Where models put a picture in their own shape: squeezed into it, covering it, or within it.
fn guesses(original: Size, answer: Size) -> Vec<Placement> {
    let (width, height) = (f64::from(original.width), f64::from(original.height));
    let whole = Placement::of(Rect::whole(original));
    let centered = |shown_width: f64, shown_height: f64| Placement {
        x: (width - shown_width) / 2.0,
        y: (height - shown_height) / 2.0,
        width: shown_width,
        height: shown_height,
        angle: 0.0,
    };
    let by_width = centered(width, width / answer.ratio());
    let by_height = centered(height * answer.ratio(), height);
    vec![whole, by_width, by_height]
}

impl Aligned {
    fn as_given(edited: Edited, pair: Pair, proof: Proof) -> Aligned {
        let placed = Placed { placement: Placement::of_area(edited.frame), is_exact: true };
        Aligned { edited, pair, placed, is_as_given: true, has_given_pixels: true, proof }
    }

    /// Puts an edited picture, and its parts that drifted, where they lie.
    fn moved(
        original: &dyn ScaledOriginal,
        edited: Edited,
        pixels: RgbImage,
        placed: Placed,
        drift: Option<Drift>,
    ) -> Result<Aligned, MergeError> {
        let size = Size::of(&edited.image);
        let has_drift = drift.is_some();
        let edited = match drift {
            Some(drift) => edited.without(&drift),
            None => edited,
        };
        let Placed { placement, is_exact } = placed;
        let edited = if is_exact { edited } else { edited.placed(&placement, original.size())? };
        let has_given_pixels = !has_drift
            && placement.angle == 0.0
            && Size::of(&edited.image) == size
            && Size::of(&pixels) == comparison_size(size, edited.frame_size());
        let pixels = if has_given_pixels { pixels } else { edited.comparison_pixels()? };
        let pair = Pair::new(original, pixels, edited.frame)?;
        Ok(Aligned { edited, pair, placed, is_as_given: false, has_given_pixels, proof: Proof::Sure })
    }

    /// The part of a coverage that the edited picture can give. It fades out where the original goes on beside it.
    pub(super) fn covered(&self, coverage: AlphaMask) -> AlphaMask {
        if self.placed.is_exact {
            return coverage;
        }
        let pixel = self.edited.frame.width / f64::from(self.edited.image.width().max(1));
        coverage.faded_towards(self.edited.frame, FEATHER * pixel.max(1.0) as f32)
    }
}

impl Edited {
    /// The edited picture with its parts where they should be.
    fn without(self, drift: &Drift) -> Edited {
        let Size { width, height } = Size::of(&self.image);
        let (width, height) = (width as f32, height as f32);
        let source = |x: f32, y: f32| {
            let (across, down) = drift.at(x / width, y / height);
            (x - across * width, y - down * height)
        };
        Edited { image: warp(&self.image, Size::of(&self.image), source), ..self }
    }

    /// The edited picture with its border repeated up to the edges of the original, where they are near. A narrow frame of
    /// the original around another picture would look like a mistake.
    pub(super) fn extended(self, original: Size) -> Edited {
        /// The widest gap that is closed, as a share of the original's side.
        const GAP: f64 = 0.015;

        let ResizeArea { left, top, width, height } = self.frame;
        let (whole_width, whole_height) = (f64::from(original.width), f64::from(original.height));
        let is_near =
            |start: f64, length: f64, side: f64| start < GAP * side && side - start - length < GAP * side;
        let whole = Rect::whole(original).to_resize_area();
        if self.frame == whole || !is_near(left, width, whole_width) || !is_near(top, height, whole_height) {
            return self;
        }
        let (across, down) = (f64::from(self.image.width()) / width, f64::from(self.image.height()) / height);
        let side = |length: f64| (length.round() as u32).max(1);
        let to = Size { width: side(whole_width * across), height: side(whole_height * down) };
        let source = |x: f32, y: f32| {
            let x = f64::from(x) / f64::from(to.width) * whole_width - left;
            let y = f64::from(y) / f64::from(to.height) * whole_height - top;
            ((x * across) as f32, (y * down) as f32)
        };
        Edited { image: warp(&self.image, to, source), frame: whole, ..self }
    }

    /// The part of the edited picture that lies within an original of a size, for where all of it lies.
    fn placed(self, placement: &Placement, original: Size) -> Result<Edited, MergeError> {
        let outside = || MergeError::Outside { placement: *placement, original };
        let (image, placement) =
            if placement.angle == 0.0 { (self.image, *placement) } else { upright(&self.image, placement) };
        let (part, frame) = placement.within(Size::of(&image), original).ok_or_else(outside)?;
        let offset = |at: i64| u32::try_from(at).unwrap_or(0);
        let image = if part.is_whole(Size::of(&image)) {
            image
        } else {
            image.crop_imm(offset(part.left), offset(part.top), part.size.width, part.size.height)
        };
        Ok(Edited { image, frame, ..self })
    }
}

/// Rotates a picture so that its sides are parallel to those of the original. Returns the largest part of it with its
/// shape, and where that lies.
fn upright(image: &DynamicImage, placement: &Placement) -> (DynamicImage, Placement) {
    let (sin, cos) = placement.angle.to_radians().sin_cos();
    let Placement { width, height, .. } = *placement;
    let (inner_width, inner_height) = (width * cos - height * sin.abs(), height * cos - width * sin.abs());
    let Size { width: columns, height: rows } = Size::of(image);
    let (across, down) = (f64::from(columns) / width, f64::from(rows) / height);
    let side = |length: f64| (length as u32).max(1);
    let to = Size { width: side(inner_width * across), height: side(inner_height * down) };
    let (inner_width, inner_height) = (f64::from(to.width) / across, f64::from(to.height) / down);
    // From a pixel of the new picture over the original to a pixel of the old one.
    let source = |x: f32, y: f32| {
        let x = f64::from(x) / across - inner_width / 2.0;
        let y = f64::from(y) / down - inner_height / 2.0;
        let (x, y) = (cos * x + sin * y, cos * y - sin * x);
        (((x + width / 2.0) * across) as f32, ((y + height / 2.0) * down) as f32)
    };
    let upright = Placement {
        x: placement.x + (width - inner_width) / 2.0,
        y: placement.y + (height - inner_height) / 2.0,
        width: inner_width,
        height: inner_height,
        angle: 0.0,
    };
    (warp(image, to, source), upright)
}
