//! Where an edited picture has the structure of the original.

use image::RgbImage;
use seededit_base::parallel::for_each;
use seededit_resize::Size;

use super::grid::Grid;
use super::light::{self, Light};
use crate::merge::channels::{Channels, map_channels, rgb_channels};
use crate::plane::Plane;

/// The standard deviation of the neighborhood in which structure is compared, in pixels.
const SIGMA: f32 = 1.5;
/// The side of the squares of the coarse comparison, in pixels.
const SQUARE: usize = 4;
/// The standard deviation of its neighborhood, in squares. Small places within new content that happen to resemble the
/// original are new, too.
const COARSE_SIGMA: f32 = 2.5;
/// The variance that a codec adds, in squared levels.
const CODEC: f32 = 9.0;
/// The shares of the edited picture's local variance that do not follow from the original, up to which its structure is
/// the original's, and from which it is new.
const NEW: Limits = Limits { none: 0.2, all: 0.5 };
/// The same for the coarse comparison.
const COARSELY_NEW: Limits = Limits { none: 0.1, all: 0.3 };
/// The same for the whole picture: from this share, it is another picture, unless enough places have the original's structure.
const NEW_PICTURE: f64 = 0.6;
/// The shares of the places with structure up to which that is another picture all the same, and from which it is none. In
/// other pictures, it is 0.2 at most, and in pictures at night with a bright label 0.32 at least.
const KEPT: (f64, f64) = (0.2, 0.32);
/// How many times more local variance the original has than the edited picture, compared with the ratio in the whole
/// picture, up to which its structure is in the edited picture, and from which it was removed.
const REMOVED: Limits = Limits { none: 4.0, all: 16.0 };
/// The standard deviation of the blend between both, in pixels.
const BLEND: f32 = 1.0;

/// The values of a measure at which it says nothing and all against the original's structure.
struct Limits {
    none: f32,
    all: f32,
}

impl Limits {
    /// How far a value speaks for the original's structure, from 0 to 1, without edges.
    fn trust(&self, value: f32) -> f32 {
        let at = ((value - self.none) / (self.all - self.none)).clamp(0.0, 1.0);
        1.0 - at * at * (3.0 - 2.0 * at)
    }
}

/// How far the structure of a picture is that of the original, from 0 to 1, for each pixel.
pub(super) struct Trust(pub(super) Grid<1>);

impl Trust {
    /// Compares an edited picture with the original in its light. Returns `None` if nothing of the original is in it.
    pub(super) fn in_light(light: &Light, original: &RgbImage, edited: &RgbImage) -> Option<Trust> {
        let edited = rgb_channels(edited);
        let error = squared_error(light, original, &edited).gaussian_blur(SIGMA);
        let new = error.map(|error| (error - CODEC).max(0.0));
        let (of_edited, of_original) = (variance(&edited), variance(&rgb_channels(original)));
        // An object with strong contrast, such as a lamp at night, can have most of the variance of a dark picture.
        let is_mostly_new = sum(&new) > NEW_PICTURE * sum(&of_edited);
        let share = |new: f32, variance: f32| new / (variance + CODEC);
        let coarse = |plane: &Plane| plane.square_means(SQUARE).gaussian_blur(COARSE_SIGMA);
        let coarse = coarse(&new).zip_with(&coarse(&of_edited), share);
        let coarse = coarse.repeat_pixels(SQUARE, new.width, new.height);
        let similar = new.zip_with(&of_edited, |new, edited| NEW.trust(share(new, edited)));
        // New content may have more contrast than all else.
        let weighted = |variance: &Plane| sum(&variance.clone().zip_with(&similar, |one, other| one * other));
        let contrast = (weighted(&of_edited) / weighted(&of_original).max(1.0)) as f32;
        let removed =
            of_original.zip_with(&of_edited, |original, edited| contrast * original / (edited + CODEC));
        let trust = similar
            .zip_with(&coarse, |trust, coarse| trust * COARSELY_NEW.trust(coarse))
            .zip_with(&removed, |trust, removed| trust * REMOVED.trust(removed));
        let structure = of_edited.map(|variance| variance / (variance + CODEC));
        let kept = structure.clone().zip_with(&trust, |structure, trust| structure * trust);
        let share = sum(&kept) / sum(&structure).max(f64::MIN_POSITIVE);
        let related = if is_mostly_new { (share - KEPT.0) / (KEPT.1 - KEPT.0) } else { 1.0 };
        let related = related.clamp(0.0, 1.0) as f32;
        let trust = trust.map(|trust| trust * related);
        let Plane { width, height, levels } = trust.gaussian_blur(BLEND);
        let values: Vec<[f32; 1]> = levels.into_iter().map(|level| [level]).collect();
        let is_trusted = values.iter().any(|[trust]| *trust > 0.0);
        let (across, down) = (width as f32, height as f32);
        is_trusted.then_some(Trust(Grid { width, height, across, down, values }))
    }

    /// The mean over all pixels.
    pub(super) fn share(&self) -> f64 {
        let values = &self.0.values;
        values.iter().map(|[trust]| f64::from(*trust)).sum::<f64>() / values.len().max(1) as f64
    }
}

/// The squared difference between an edited picture and the original in its light, as a mean of the channels.
fn squared_error(light: &Light, original: &RgbImage, edited: &Channels) -> Plane {
    let (width, height) = (original.width() as usize, original.height() as usize);
    let mut errors = Plane::new(width, height);
    let light = light.0.over_all(Size::of(original));
    let (pixels, _) = original.as_raw().as_chunks::<3>();
    let rows = errors.levels.chunks_exact_mut(width.max(1)).zip(pixels.chunks_exact(width.max(1)));
    for_each(rows.enumerate(), |(y, (errors, pixels))| {
        let Some(light) = light.row(y) else { return };
        let edited = edited.each_ref().map(|plane| plane.row(y));
        for (x, (error, pixel)) in errors.iter_mut().zip(pixels).enumerate() {
            let Some(light) = light.at(x) else { continue };
            let relit = light::apply(&light, pixel.map(f32::from));
            let squares = relit.iter().zip(edited).map(|(relit, edited)| (relit - edited[x]).powi(2));
            *error = squares.sum::<f32>() / 3.0;
        }
    });
    errors
}

/// The local variance of a picture, as a mean of the channels.
fn variance(channels: &Channels) -> Plane {
    let [red, green, blue] = map_channels(channels.each_ref(), |plane| {
        let square = |level: f32| level * level;
        let means = plane.gaussian_blur(SIGMA);
        let squares = plane.clone().map(square).gaussian_blur(SIGMA);
        squares.zip_with(&means, |squares, mean| (squares - mean * mean).max(0.0))
    });
    red.zip_with(&green, |one, two| one + two).zip_with(&blue, |sum, blue| (sum + blue) / 3.0)
}

fn sum(plane: &Plane) -> f64 {
    plane.levels.iter().map(|level| f64::from(*level)).sum()
}
