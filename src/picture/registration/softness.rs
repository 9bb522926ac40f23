//! Softens an original like its answer.
//!
//! A blur of a whole page of text, or of a weave, leaves no detail that could be found in the original. In an original that
//! is just as soft, there is the same to be found as in the answer.

use seededit_base::parallel::{join, map};

use crate::plane::Plane;

/// The factor that the answer has of the finest texture of the original at most.
const MUCH_SOFTER: f32 = 0.3;
/// The standard deviations of the blurs that are tried, in pixels at half the size.
const SIGMAS: [f32; 9] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0];
/// The variance that a codec adds, in squares of levels.
const CODEC: f32 = 0.2;

/// An original that is as soft as its answer. `None` if that is not much softer.
pub(super) fn softened_like(answer: &Plane, original: &Plane) -> Option<Plane> {
    // What is left of a blur is seen at half the size, and noise is not.
    let (answer, small) = join(|| answer.square_means(2), || original.square_means(2));
    let wanted = Texture::of(&answer);
    if wanted.fine > MUCH_SOFTER * Texture::of(&small).fine {
        return None;
    }
    let distance = |sigma: f32| Texture::of(&small.gaussian_blur(sigma)).distance(wanted);
    let distances = map(SIGMAS, |sigma| (sigma, distance(sigma)));
    let (sigma, _) = distances.into_iter().min_by(|one, two| one.1.total_cmp(&two.1))?;
    Some(original.gaussian_blur(2.0 * sigma))
}

/// The variances of the texture of a picture.
#[derive(Clone, Copy)]
struct Texture {
    fine: f32,
    coarse: f32,
}

impl Texture {
    fn of(plane: &Plane) -> Texture {
        let (soft, softer) = (plane.gaussian_blur(1.0), plane.gaussian_blur(3.0));
        let variance = |one: &Plane, two: &Plane| {
            let squares = one.levels.iter().zip(&two.levels).map(|(one, two)| (one - two) * (one - two));
            squares.sum::<f32>() / one.levels.len().max(1) as f32
        };
        Texture { fine: variance(plane, &soft), coarse: variance(&soft, &softer) }
    }

    /// How much two textures differ in strength, whatever their contrast.
    fn distance(self, other: Texture) -> f32 {
        let ratio = |one: f32, two: f32| ((one + CODEC) / (two + CODEC)).ln().abs();
        ratio(self.fine, other.fine) + ratio(self.coarse, other.coarse)
    }
}
