//! Grain that was added to all of a picture, or removed from it. Strong texture hides it: on a page of text, only the
//! margins show it.

use super::{Cell, EVEN, MIN_LOSS, Textures};
use crate::statistics::quantile;

/// The least share of the cells that have no other texture.
const MIN_SMOOTH: f32 = 0.1;
/// The least variance that grain adds to all of them, in squares of levels. Codecs and models add less.
const MIN_NEW: f32 = 4.0;
/// The least variance that all of them lost if some lost more than `MIN_LOSS`.
const MIN_LOST: f32 = MIN_LOSS / EVEN;
/// The share of these cells, and of the others, that objects may hide.
const FEW: f32 = 0.1;

impl Textures {
    /// Whether grain is new in all of the picture.
    pub(super) fn has_new_grain(&self) -> bool {
        self.has_even_grain(MIN_NEW, |at, band| self.cells[at][band].1, |at| self.cells[at][0].0)
    }

    /// Whether grain that was removed from some cells was also removed from all others. What a codec removes does not count.
    pub(super) fn has_lost_grain(&self) -> bool {
        let original = |at: usize| self.cells[at][0].1.min(self.coded[at][0]);
        let softer = (0..self.cells.len()).filter(|at| self.cell(*at) == Cell::Softer).count();
        !self.coded.is_empty()
            && self.is_enough(softer)
            && self.has_even_grain(MIN_LOST, |at, band| self.cells[at][band].0, original)
    }

    /// Whether all cells that are smooth without the grain have about the same grain, of at least a variance of `min`, and
    /// the others changed by nearly as much. `without` is the variance of a cell in a band without the grain, and `with`
    /// that of its fine texture with it.
    fn has_even_grain(
        &self,
        min: f32,
        without: impl Fn(usize, usize) -> f32,
        with: impl Fn(usize) -> f32,
    ) -> bool {
        let is_smooth = |at: &usize| (0..2).all(|band| without(*at, band) < MIN_LOSS);
        let (smooth, others): (Vec<usize>, Vec<usize>) = (0..self.cells.len()).partition(is_smooth);
        if (smooth.len() as f32) < MIN_SMOOTH * self.cells.len() as f32 {
            return false;
        }
        let mut grain: Vec<f32> = smooth.iter().map(|at| with(*at) - without(*at, 0)).collect();
        let (least, most) = (quantile(&mut grain, FEW), quantile(&mut grain, 1.0 - FEW));
        let mut changes: Vec<f32> = others.iter().map(|at| self.differences[*at].variance()).collect();
        let is_even = least > min && most < EVEN * least;
        is_even
            && (changes.is_empty() || quantile(&mut changes, FEW) > least / EVEN)
            && !self.is_by_codec(others.into_iter())
    }
}
