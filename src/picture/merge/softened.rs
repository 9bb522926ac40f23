//! Parts of a picture that only lost contrast, because it was scaled.
//!
//! Scaling takes more from lines that are a pixel wide, such as ripples on water, than from most other places with as much
//! contrast. Their noise is a median over the picture, so some of them look like small edits. Where the original is just as
//! soft after a slight blur, nothing was edited.

use crate::plane::Plane;

/// The largest part that may be that soft, as a share of the picture. The parts that were found to be are a tenth of it.
const MAX_SHARE: f32 = 0.001;
/// The standard deviation of the blur, in pixels.
const SIGMA: f32 = 0.5;
/// How far the surroundings of a part affect its measures, in pixels.
const REACH: usize = 8;

/// The surroundings of a small part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) left: usize,
    pub(super) top: usize,
    width: usize,
    height: usize,
}

impl Window {
    /// The surroundings of some pixels of a picture. `None` if they are not a small part of it.
    pub(super) fn of_small_part(pixels: &[usize], width: usize, height: usize) -> Option<Window> {
        if pixels.len() as f32 > MAX_SHARE * (width * height) as f32 {
            return None;
        }
        let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
        for at in pixels {
            let (x, y) = (at % width, at / width);
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
        }
        let (left, top) = (left.saturating_sub(REACH), top.saturating_sub(REACH));
        let (right, bottom) = ((right + REACH).min(width), (bottom + REACH).min(height));
        Some(Window { left, top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) })
    }

    /// This part of a plane.
    pub(super) fn cut_from(self, plane: &Plane) -> Plane {
        let rows = self.top..self.top + self.height;
        let levels = rows.flat_map(|y| plane.row(y)[self.left..self.left + self.width].iter().copied());
        Plane { width: self.width, height: self.height, levels: levels.collect() }
    }
}

/// The luma of an original as scaling softens it.
pub(super) fn softened(original: &Plane) -> Plane {
    original.gaussian_blur(SIGMA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surroundings_of_a_part_end_at_the_sides_of_the_picture() {
        let at = |x: usize, y: usize| y * 100 + x;
        let window = Window::of_small_part(&[at(50, 3), at(52, 4)], 100, 90).unwrap();
        assert_eq!(window, Window { left: 42, top: 0, width: 19, height: 13 });
        let levels = (0..9000).map(|at| at as f32).collect();
        let cut = window.cut_from(&Plane { width: 100, height: 90, levels });
        assert_eq!((cut.width, cut.height, cut.row(0)[0], cut.row(12)[18]), (19, 13, 42.0, 1260.0));
    }

    #[test]
    fn a_large_part_has_no_window() {
        let pixels: Vec<usize> = (0..10).collect();
        assert!(Window::of_small_part(&pixels[..9], 100, 90).is_some());
        assert!(Window::of_small_part(&pixels, 100, 90).is_none());
    }
}
