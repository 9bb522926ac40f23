//! How far a picture that was not edited differs from itself after the model and the codec: by little
//! where it is smooth, by more where it has texture. It is measured in each pair anew, so that a faithful
//! result shows faint edits and a noisy one no false ones.

use rayon::prelude::*;

use super::bit_mask::BitMask;
use super::plane::{Plane, Planes, fmax, fmin, map_channels};
use super::sliding_extrema::SlidingExtrema;

/// Where each class of texture begins, in levels between the darkest and the lightest pixel around.
const CLASSES: [f32; 9] = [0.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 192.0, 256.0];
/// A class with fewer pixels than this share of the picture says nothing.
const FEW: f32 = 0.004;
/// Noise grows by this much at most from one class to the next; what looks like more is an edit that
/// fills its class. In real results it grows by 1.7 at most.
const STEEPEST: f32 = 3.0;
/// How noise grows into a class that says nothing.
const GUESSED: f32 = 1.5;
/// Measures are counted in steps of this, up to [`BUCKETS`] of them.
const FINE: f32 = 1.0 / 32.0;
const BUCKETS: usize = 4096;

/// How much texture there is around each square of two by two pixels.
pub(super) struct Texture {
    levels: Plane,
}

impl Texture {
    /// The texture of a picture: that of the channel that has most of it.
    pub(super) fn of(planes: &Planes) -> Texture {
        let [one, two, three] = map_channels(planes.each_ref(), texture);
        Texture { levels: one.zip(&two, fmax).zip(&three, fmax) }
    }

    /// The texture that both pictures have: what is flat in one of them excuses nothing.
    pub(super) fn common(self, other: &Texture) -> Texture {
        Texture { levels: self.levels.zip(&other.levels, fmin) }
    }
}

/// The texture of one channel, at half the size.
fn texture(plane: &Plane) -> Plane {
    // Around a pixel at half the size: 8 and 18 pixels. The wider window, at a lesser weight, is how
    // far the codec spreads an edge: two blocks, when colours have half the resolution.
    const NEAR: usize = 4;
    const FAR: usize = 9;
    const FAR_WEIGHT: f32 = 0.4;
    let (least, most) = halved(plane);
    let width = least.width;
    let mut texture = Plane::new(width, least.height);
    texture.bands().for_each(|(top, band)| {
        let windows = |side| {
            (SlidingExtrema::new(&least, side, top, fmin), SlidingExtrema::new(&most, side, top, fmax))
        };
        let (mut near, mut far) = (windows(NEAR), windows(FAR));
        let [mut near_least, mut far_least, mut far_most] = [(); 3].map(|()| vec![0.0; width]);
        for (y, into) in (top..).zip(band.chunks_exact_mut(width.max(1))) {
            near.0.of_row(y, &mut near_least);
            near.1.of_row(y, into);
            far.0.of_row(y, &mut far_least);
            far.1.of_row(y, &mut far_most);
            let far = far_most.iter().zip(&far_least).map(|(most, least)| most - least);
            for ((into, least), far) in into.iter_mut().zip(&near_least).zip(far) {
                *into = fmax(*into - least, FAR_WEIGHT * far);
            }
        }
    });
    texture
}

/// The darkest and the lightest pixel of each square of two by two.
fn halved(plane: &Plane) -> (Plane, Plane) {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let (mut least, mut most) = (Plane::new(width, height), Plane::new(width, height));
    least.bands().zip(most.bands()).for_each(|((top, least), (_, most))| {
        let rows = least.chunks_exact_mut(width.max(1)).zip(most.chunks_exact_mut(width.max(1)));
        for (y, (least, most)) in (top..).zip(rows) {
            let upper = plane.row(2 * y).chunks(2);
            let lower = plane.row((2 * y + 1).min(plane.height - 1)).chunks(2);
            for ((least, most), (upper, lower)) in least.iter_mut().zip(most).zip(upper.zip(lower)) {
                let (left, right) = (0, upper.len() - 1);
                let square = [upper[left], upper[right], lower[left], lower[right]];
                *least = square.into_iter().fold(f32::MAX, fmin);
                *most = square.into_iter().fold(f32::MIN, fmax);
            }
        }
    });
    (least, most)
}

/// What a measure of difference comes to without any edit, for each class of texture.
pub(super) struct Noise([f32; CLASSES.len()]);

impl Noise {
    /// The noise of a measure: what this share of the pixels of a class stays below, and `least` at least.
    pub(super) fn of(
        measure: &Plane,
        texture: &Texture,
        below: f32,
        least: f32,
        changed: Option<&BitMask>,
    ) -> Noise {
        let mut counts = vec![[0u32; BUCKETS]; CLASSES.len()];
        let mut classes = Vec::new();
        for (y, row) in measure.rows().enumerate() {
            if y % 2 == 0 {
                classes.clear();
                classes.extend(texture.levels.row(y / 2).iter().copied().map(class));
            }
            let changed = changed.map(|changed| changed.row(y));
            for (x, level) in row.iter().enumerate() {
                if !changed.is_some_and(|changed| changed[x]) {
                    let bucket = ((level / FINE) as usize).min(BUCKETS - 1);
                    counts[classes[x / 2]][bucket] += 1;
                }
            }
        }
        let few = (FEW * measure.levels.len() as f32).max(100.0);
        let found = counts.iter().map(|counts| {
            let count: u32 = counts.iter().sum();
            (count as f32 > few).then(|| quantile(counts, below * count as f32).max(least))
        });
        Noise(grown(&found.collect::<Vec<_>>(), least))
    }

    /// The same noise whatever the texture.
    pub(super) fn even(level: f32) -> Noise {
        Noise([level; CLASSES.len()])
    }

    /// The noise at each square of two by two pixels.
    pub(super) fn around(&self, texture: &Texture) -> Plane {
        texture.levels.clone().map(|texture| {
            let class = class(texture);
            // Between the middles of two classes it is between their noises.
            let middle = |class: usize| {
                let end = CLASSES.get(class + 1).copied().unwrap_or(CLASSES[class] * 1.5);
                (CLASSES[class] + end) / 2.0
            };
            let low = if texture < middle(class) { class.saturating_sub(1) } else { class };
            let high = (low + 1).min(CLASSES.len() - 1);
            let (from, to) = (middle(low), middle(high));
            let share = if to > from { ((texture - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
            self.0[low] + (self.0[high] - self.0[low]) * share
        })
    }
}

fn class(texture: f32) -> usize {
    CLASSES.iter().rposition(|from| texture >= *from).unwrap_or(0)
}

fn quantile(counts: &[u32], rank: f32) -> f32 {
    let mut sum = 0;
    let place = counts.iter().position(|count| {
        sum += count;
        sum as f32 > rank
    });
    place.unwrap_or(BUCKETS - 1) as f32 * FINE
}

/// A noise for every class, which grows with the texture, but not too steeply.
fn grown(found: &[Option<f32>], least: f32) -> [f32; CLASSES.len()] {
    let mut noise = [f32::NAN; CLASSES.len()];
    let mut bound = f32::INFINITY;
    for (noise, found) in noise.iter_mut().zip(found).rev() {
        // An object that is smooth all over fills the classes of what is smooth; the rest knows better.
        if let Some(found) = found {
            bound = bound.min(*found);
            *noise = bound;
        }
    }
    let mut last: Option<f32> = None;
    for noise in &mut noise {
        if noise.is_nan() {
            *noise = last.map_or(f32::NAN, |last| last * GUESSED);
        } else if let Some(last) = last {
            *noise = noise.min(last * STEEPEST);
        }
        last = Some(*noise).filter(|noise| !noise.is_nan());
    }
    let first = noise.iter().copied().find(|noise| !noise.is_nan()).unwrap_or(least);
    noise.map(|noise| if noise.is_nan() { first } else { noise })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_that_fills_a_class_is_no_noise() {
        // All that is smooth belongs to a smooth object; all that is textured was not edited.
        let noise = grown(&[Some(60.0), None, None, Some(1.0), Some(2.0), None, None, None, None], 0.5);
        assert_eq!(noise[0], 1.0);
        // And the other way about.
        let noise = grown(&[Some(1.0), Some(1.2), Some(90.0), None, None, None, None, None, None], 0.5);
        assert!((noise[2] - 3.6).abs() < 1e-5, "{noise:?}");
    }

    #[test]
    fn classes_without_pixels_are_guessed_from_their_neighbours() {
        let noise = grown(&[None, Some(2.0), None, Some(2.5), None, None, None, None, None], 0.5);
        assert_eq!(&noise[..4], &[2.0, 2.0, 3.0, 2.5]);
        assert_eq!(grown(&[None; CLASSES.len()], 0.5), [0.5; CLASSES.len()]);
    }

    #[test]
    fn the_class_of_a_texture_begins_at_its_level() {
        assert_eq!([0.0, 3.9, 4.0, 255.0, 256.0, 400.0].map(class), [0, 0, 1, 7, 8, 8]);
    }
}
