//! Sets of pixels: their parts, their holes, and how far a pixel is from them.

use super::plane::Plane;

/// A set of pixels of a picture.
#[derive(Clone)]
pub(super) struct BitMask {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: Vec<bool>,
}

/// Some pixels that touch each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The column of its leftmost pixel.
    pub(super) left: usize,
    /// The row of its highest pixel.
    pub(super) top: usize,
    /// The column right of its rightmost pixel.
    pub(super) right: usize,
    /// The row below its lowest pixel.
    pub(super) bottom: usize,
}

/// Which pixels count as touching.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connectivity {
    /// Those that share a side.
    Four,
    /// Those that share a corner, too.
    Eight,
}

impl BitMask {
    pub(super) fn new(width: usize, height: usize) -> BitMask {
        BitMask { width, height, bits: vec![false; width * height] }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.bits.contains(&true)
    }

    /// A row of the picture, counted from 0: which of its pixels belong to it.
    pub(super) fn row(&self, y: usize) -> &[bool] {
        self.bits.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// How many pixels it has, as a share of the picture.
    pub(super) fn share(&self) -> f32 {
        let count = self.bits.iter().filter(|has| **has).count();
        count as f32 / self.bits.len().max(1) as f32
    }

    /// Everything but these pixels.
    pub(super) fn invert(&self) -> BitMask {
        BitMask { bits: self.bits.iter().map(|has| !has).collect(), ..*self }
    }

    /// Walks through its parts: each is shown as the places of its pixels.
    pub(super) fn connected_components(&self, connectivity: Connectivity, mut see: impl FnMut(&[usize])) {
        let mut seen = vec![false; self.bits.len()];
        let mut part = Vec::new();
        for start in 0..self.bits.len() {
            if !self.bits[start] || seen[start] {
                continue;
            }
            part.clear();
            part.push(start);
            seen[start] = true;
            let mut next = 0;
            while let Some(&at) = part.get(next) {
                next += 1;
                self.neighbours(at, connectivity, |neighbour| {
                    if self.bits[neighbour] && !seen[neighbour] {
                        seen[neighbour] = true;
                        part.push(neighbour);
                    }
                });
            }
            see(&part);
        }
    }

    /// Walks through its holes: the parts of what it does not have, but for what goes on beyond the rectangle
    /// around it.
    pub(super) fn holes(&self, mut see: impl FnMut(&[usize])) {
        let Some(part) = self.padded_bounds(0.0) else { return };
        let Part { left, top, right, bottom } = part;
        let within = self.crop(part).invert();
        let mut hole = Vec::new();
        within.connected_components(Connectivity::Four, |places| {
            hole.clear();
            hole.extend(
                places.iter().map(|at| (top + at / within.width) * self.width + left + at % within.width),
            );
            let goes_on = |at: &usize| {
                let (x, y) = (at % self.width, at / self.width);
                let across = x == left && left > 0 || x + 1 == right && right < self.width;
                across || y == top && top > 0 || y + 1 == bottom && bottom < self.height
            };
            if !hole.iter().any(goes_on) {
                see(&hole);
            }
        });
    }

    fn neighbours(&self, at: usize, connectivity: Connectivity, mut see: impl FnMut(usize)) {
        let (x, y) = (at % self.width, at / self.width);
        let (left, right) = (x > 0, x + 1 < self.width);
        let mut row = |at: usize, middle: bool, ends: bool| {
            if middle {
                see(at);
            }
            if ends && left {
                see(at - 1);
            }
            if ends && right {
                see(at + 1);
            }
        };
        let corners = connectivity == Connectivity::Eight;
        row(at, false, true);
        if y > 0 {
            row(at - self.width, true, corners);
        }
        if y + 1 < self.height {
            row(at + self.width, true, corners);
        }
    }

    /// The rectangle around some of its pixels.
    pub(super) fn bounds(&self, places: &[usize]) -> Part {
        let mut part = Part { left: self.width, top: self.height, right: 0, bottom: 0 };
        for at in places {
            let (x, y) = (at % self.width, at / self.width);
            part.left = part.left.min(x);
            part.top = part.top.min(y);
            part.right = part.right.max(x + 1);
            part.bottom = part.bottom.max(y + 1);
        }
        part
    }

    /// How far each pixel is from the nearest of these, in pixels; infinite beyond `reach`, or when there are
    /// none. What is far away costs nothing.
    pub(super) fn distance_transform(&self, reach: f32) -> Plane {
        let levels = vec![f32::INFINITY; self.bits.len()];
        let mut distances = Plane { width: self.width, height: self.height, levels };
        let Some(part) = self.padded_bounds(reach) else { return distances };
        let near = self.crop(part).full_distance_transform();
        for (y, near) in near.chunks_exact(part.right - part.left).enumerate() {
            let start = (part.top + y) * self.width + part.left;
            let row = distances.levels.get_mut(start..start + near.len()).unwrap_or_default();
            for (into, far) in row.iter_mut().zip(near).filter(|(_, far)| **far <= reach) {
                *into = *far;
            }
        }
        distances
    }

    /// The rectangle around all of these and what is within `reach` of them; none when there are none.
    fn padded_bounds(&self, reach: f32) -> Option<Part> {
        let margin = reach.ceil() as usize + 1;
        let mut around: Option<(usize, usize, usize, usize)> = None;
        for (y, row) in self.bits.chunks_exact(self.width.max(1)).enumerate() {
            let (Some(first), Some(last)) =
                (row.iter().position(|has| *has), row.iter().rposition(|has| *has))
            else {
                continue;
            };
            let (left, right, top, _) = around.unwrap_or((first, last, y, y));
            around = Some((left.min(first), right.max(last), top, y));
        }
        around.map(|(left, right, top, bottom)| Part {
            left: left.saturating_sub(margin),
            top: top.saturating_sub(margin),
            right: (right + 1 + margin).min(self.width),
            bottom: (bottom + 1 + margin).min(self.height),
        })
    }

    /// A rectangle of it as a shape of its own.
    fn crop(&self, part: Part) -> BitMask {
        let rows = self.bits.chunks_exact(self.width.max(1)).take(part.bottom).skip(part.top);
        BitMask {
            width: part.right - part.left,
            height: part.bottom - part.top,
            bits: rows.flat_map(|row| row[part.left..part.right].iter().copied()).collect(),
        }
    }

    /// How far each pixel is from the nearest of these, in pixels; infinite when there are none.
    ///
    /// Two passes with the weights of Borgefors' 5×5 chamfer (5, 7, 11): within 2 % of the true distance.
    fn full_distance_transform(&self) -> Vec<f32> {
        const FAR: u32 = u32::MAX / 2;
        let (width, height) = (self.width, self.height);
        // A border of two that is never near, so that no step has to look where it is.
        let stride = width + 4;
        let mut far = vec![FAR; stride * (height + 4)];
        for (row, into) in self.bits.chunks_exact(width.max(1)).zip(far.chunks_exact_mut(stride).skip(2)) {
            row.iter().zip(&mut into[2..]).for_each(|(has, far)| *far = if *has { 0 } else { FAR });
        }
        let steps = [
            (1, 5),
            (stride - 1, 7),
            (stride, 5),
            (stride + 1, 7),
            (stride - 2, 11),
            (stride + 2, 11),
            (2 * stride - 1, 11),
            (2 * stride + 1, 11),
        ];
        for y in 2..height + 2 {
            for x in 2..width + 2 {
                let at = y * stride + x;
                far[at] = steps.iter().fold(far[at], |least, (back, cost)| least.min(far[at - back] + cost));
            }
        }
        for y in (2..height + 2).rev() {
            for x in (2..width + 2).rev() {
                let at = y * stride + x;
                far[at] = steps.iter().fold(far[at], |least, (on, cost)| least.min(far[at + on] + cost));
            }
        }
        let rows = far.chunks_exact(stride).skip(2).take(height);
        let true_far = |far: &u32| if *far >= FAR { f32::INFINITY } else { *far as f32 / 5.0 };
        rows.flat_map(|row| row[2..width + 2].iter().map(true_far)).collect()
    }

    /// All pixels within `reach` of these.
    pub(super) fn dilate(&self, reach: f32) -> BitMask {
        BitMask {
            bits: self.distance_transform(reach).levels.iter().map(|far| *far <= reach).collect(),
            ..*self
        }
    }

    /// These and what lies between them: gaps up to twice `reach` wide are closed.
    pub(super) fn close(&self, reach: f32) -> BitMask {
        // As far as what is grown reaches, and one pixel of what is outside of that.
        let Some(part) = self.padded_bounds(reach + 1.0) else { return self.clone() };
        let within = self.crop(part);
        let outside = within.dilate(reach).invert();
        let mut closed = self.clone();
        for (y, far) in outside.full_distance_transform().chunks_exact(within.width).enumerate() {
            let start = (part.top + y) * self.width + part.left;
            let row = closed.bits.get_mut(start..start + far.len()).unwrap_or_default();
            row.iter_mut().zip(far).for_each(|(has, far)| *has |= *far > reach);
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(width: usize, drawn: &str) -> BitMask {
        let bits: Vec<bool> = drawn.chars().filter(|c| *c != ' ').map(|c| c == '#').collect();
        BitMask { width, height: bits.len() / width, bits }
    }

    #[test]
    fn corners_join_parts_where_they_count() {
        let steps = shape(4, "#... .#.. ...#");
        let count = |connectivity| {
            let mut found = Vec::new();
            steps.connected_components(connectivity, |part| found.push(part.len()));
            found
        };
        assert_eq!(count(Connectivity::Four), [1, 1, 1]);
        assert_eq!(count(Connectivity::Eight), [2, 1]);
    }

    #[test]
    fn a_hole_is_shut_in_and_a_corner_that_is_cut_off_is_one() {
        let shape = shape(8, "........ ........ ...###.. ...#.#.. ...###.# ......#. .....#..");
        let mut found = Vec::new();
        shape.holes(|hole| found.push(hole.to_vec()));
        assert_eq!(found, [vec![28], vec![47, 55, 54]]);
    }

    #[test]
    fn closing_bridges_a_gap_and_does_not_grow_what_is_alone() {
        let mut gap = BitMask::new(40, 30);
        [12, 13, 16, 17].into_iter().for_each(|x| (10..20).for_each(|y| gap.bits[y * 40 + x] = true));
        let closed = gap.close(2.0);
        assert!(closed.bits[15 * 40 + 14] && closed.bits[15 * 40 + 15]);
        assert!(!closed.bits[15 * 40 + 11] && !closed.bits[15 * 40 + 18] && !closed.bits[8 * 40 + 14]);
        let alone = shape(7, "....... ....... ...#... ....... .......");
        assert_eq!(alone.close(2.0).bits, alone.bits);
    }

    proptest! {
        #[test]
        fn distances_are_nearly_true(
            places in prop::collection::vec((0usize..40, 0usize..30), 1..6)
        ) {
            let mut shape = BitMask::new(40, 30);
            for (x, y) in &places {
                shape.bits[y * 40 + x] = true;
            }
            for (at, far) in shape.distance_transform(100.0).levels.into_iter().enumerate() {
                let (x, y) = ((at % 40) as f32, (at / 40) as f32);
                let to = |place: &(usize, usize)| (x - place.0 as f32).hypot(y - place.1 as f32);
                let real = places.iter().map(to).fold(f32::INFINITY, f32::min);
                prop_assert!((far - real).abs() <= 0.03 * real, "{far} for {real}");
                let bounded = shape.distance_transform(7.0).levels[at];
                let expected = if far <= 7.0 { far } else { f32::INFINITY };
                prop_assert!(bounded == expected, "{bounded} for {expected}");
            }
        }
    }
}
