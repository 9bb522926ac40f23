//! Grain over all of a picture. Strong texture hides it: on a page of text, only the margins show that it was added.

use super::{EVEN, MIN_LOSS, Textures};
use crate::statistics::quantile;

/// The least share of the cells that have no texture.
const MIN_SMOOTH: f32 = 0.1;
/// The least variance that all of them gained, in squares of levels. Codecs and models add less.
const MIN_GAIN: f32 = 4.0;
/// The share of these cells, and of the others, that objects may hide.
const FEW: f32 = 0.1;

impl Textures {
    /// Whether all cells without texture gained about the same variance, and the others changed by at least as much.
    pub(super) fn has_new_grain(&self) -> bool {
        let is_smooth = |at: usize| self.cells[at][..2].iter().all(|(_, original)| *original < MIN_LOSS);
        let (smooth, others): (Vec<usize>, Vec<usize>) = (0..self.cells.len()).partition(|at| is_smooth(*at));
        if (smooth.len() as f32) < MIN_SMOOTH * self.cells.len() as f32 {
            return false;
        }
        let gain = |at: &usize| {
            let [(edited, original), ..] = self.cells[*at];
            edited - original
        };
        let mut gains: Vec<f32> = smooth.iter().map(gain).collect();
        let (least, most) = (quantile(&mut gains, FEW), quantile(&mut gains, 1.0 - FEW));
        let mut changes: Vec<f32> = others.iter().map(|at| self.differences[*at].variance()).collect();
        let is_even = least > MIN_GAIN && most < EVEN * least;
        is_even && (changes.is_empty() || quantile(&mut changes, FEW) > least)
    }
}
