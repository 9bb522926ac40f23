//! Binary masks and their morphology: connected components, holes, distances, dilation and closing.

use crate::plane::Plane;

/// A set of pixels of a picture.
#[derive(Clone)]
pub(super) struct BitMask {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: Vec<bool>,
}

/// A bounding box, in pixels. Right and bottom are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

/// Which pixels are neighbors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connectivity {
    /// Pixels that share a side.
    Four,
    /// Pixels that share a side or a corner.
    Eight,
}

impl BitMask {
    pub(super) fn new(width: usize, height: usize) -> BitMask {
        BitMask { width, height, bits: vec![false; width * height] }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.bits.contains(&true)
    }

    pub(super) fn row(&self, y: usize) -> &[bool] {
        self.bits.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// The share of the picture's pixels that are in the mask.
    pub(super) fn share(&self) -> f32 {
        let count = self.bits.iter().filter(|bit| **bit).count();
        count as f32 / self.bits.len().max(1) as f32
    }

    pub(super) fn or(mut self, other: &BitMask) -> BitMask {
        self.bits.iter_mut().zip(&other.bits).for_each(|(bit, other)| *bit |= other);
        self
    }

    pub(super) fn invert(&self) -> BitMask {
        BitMask { bits: self.bits.iter().map(|bit| !bit).collect(), ..*self }
    }

    /// Calls `visit` with the pixel indices of each connected component.
    pub(super) fn connected_components(&self, connectivity: Connectivity, mut visit: impl FnMut(&[usize])) {
        let mut is_visited = vec![false; self.bits.len()];
        let mut component = Vec::new();
        for start in 0..self.bits.len() {
            if !self.bits[start] || is_visited[start] {
                continue;
            }
            component.clear();
            component.push(start);
            is_visited[start] = true;
            let mut next = 0;
            while let Some(&at) = component.get(next) {
                next += 1;
                self.neighbors(at, connectivity, |neighbor| {
                    if self.bits[neighbor] && !is_visited[neighbor] {
                        is_visited[neighbor] = true;
                        component.push(neighbor);
                    }
                });
            }
            visit(&component);
        }
    }

    /// Calls `visit` with the pixel indices of each hole: each component of the other pixels that does not continue
    /// outside the bounding box. A component at the border of the picture is a hole, too, if the mask cuts it off.
    pub(super) fn holes(&self, mut visit: impl FnMut(&[usize])) {
        let Some(bounds) = self.padded_bounds(0.0) else { return };
        let Bounds { left, top, right, bottom } = bounds;
        let inverted = self.crop(bounds).invert();
        let mut hole = Vec::new();
        inverted.connected_components(Connectivity::Four, |component| {
            hole.clear();
            hole.extend(
                component
                    .iter()
                    .map(|at| (top + at / inverted.width) * self.width + left + at % inverted.width),
            );
            let continues_outside = |at: &usize| {
                let (x, y) = (at % self.width, at / self.width);
                let across = x == left && left > 0 || x + 1 == right && right < self.width;
                across || y == top && top > 0 || y + 1 == bottom && bottom < self.height
            };
            if !hole.iter().any(continues_outside) {
                visit(&hole);
            }
        });
    }

    fn neighbors(&self, at: usize, connectivity: Connectivity, mut visit: impl FnMut(usize)) {
        let (x, y) = (at % self.width, at / self.width);
        let (has_left, has_right) = (x > 0, x + 1 < self.width);
        let mut visit_row = |at: usize, middle: bool, sides: bool| {
            if middle {
                visit(at);
            }
            if sides && has_left {
                visit(at - 1);
            }
            if sides && has_right {
                visit(at + 1);
            }
        };
        let corners = connectivity == Connectivity::Eight;
        visit_row(at, false, true);
        if y > 0 {
            visit_row(at - self.width, true, corners);
        }
        if y + 1 < self.height {
            visit_row(at + self.width, true, corners);
        }
    }

    /// The bounding box of some pixels, by their indices.
    pub(super) fn bounds(&self, pixels: &[usize]) -> Bounds {
        let mut bounds = Bounds { left: self.width, top: self.height, right: 0, bottom: 0 };
        for at in pixels {
            let (x, y) = (at % self.width, at / self.width);
            bounds.left = bounds.left.min(x);
            bounds.top = bounds.top.min(y);
            bounds.right = bounds.right.max(x + 1);
            bounds.bottom = bounds.bottom.max(y + 1);
        }
        bounds
    }

    /// The distance of each pixel to the mask, in pixels. Infinite beyond `max`, and for an empty mask. Pixels far from
    /// the mask take no time.
    pub(super) fn distance_transform(&self, max: f32) -> Plane {
        let levels = vec![f32::INFINITY; self.bits.len()];
        let mut distances = Plane { width: self.width, height: self.height, levels };
        let Some(bounds) = self.padded_bounds(max) else { return distances };
        let cropped = self.crop(bounds).full_distance_transform();
        for (y, cropped) in cropped.chunks_exact(bounds.right - bounds.left).enumerate() {
            let start = (bounds.top + y) * self.width + bounds.left;
            let row = distances.levels.get_mut(start..start + cropped.len()).unwrap_or_default();
            for (into, distance) in row.iter_mut().zip(cropped).filter(|(_, distance)| **distance <= max) {
                *into = *distance;
            }
        }
        distances
    }

    /// The bounding box of the mask with a margin, clipped to the picture. `None` for an empty mask.
    fn padded_bounds(&self, margin: f32) -> Option<Bounds> {
        let margin = margin.ceil() as usize + 1;
        let mut bounds: Option<Bounds> = None;
        for (y, row) in self.bits.chunks_exact(self.width.max(1)).enumerate() {
            let (Some(first), Some(last)) =
                (row.iter().position(|bit| *bit), row.iter().rposition(|bit| *bit))
            else {
                continue;
            };
            let Bounds { left, top, right, .. } =
                bounds.unwrap_or(Bounds { left: first, top: y, right: last, bottom: y });
            bounds = Some(Bounds { left: left.min(first), top, right: right.max(last), bottom: y });
        }
        bounds.map(|Bounds { left, top, right, bottom }| Bounds {
            left: left.saturating_sub(margin),
            top: top.saturating_sub(margin),
            right: (right + 1 + margin).min(self.width),
            bottom: (bottom + 1 + margin).min(self.height),
        })
    }

    fn crop(&self, bounds: Bounds) -> BitMask {
        let rows = self.bits.chunks_exact(self.width.max(1)).take(bounds.bottom).skip(bounds.top);
        BitMask {
            width: bounds.right - bounds.left,
            height: bounds.bottom - bounds.top,
            bits: rows.flat_map(|row| row[bounds.left..bounds.right].iter().copied()).collect(),
        }
    }

    /// The distance of each pixel to the mask, in pixels. Infinite for an empty mask.
    ///
    /// Two passes with the weights of Borgefors' 5×5 chamfer (5, 7, 11): within 2 % of the Euclidean distance.
    fn full_distance_transform(&self) -> Vec<f32> {
        const FAR: u32 = u32::MAX / 2;
        let (width, height) = (self.width, self.height);
        // With a border of two far pixels, no step has to check where it is.
        let stride = width + 4;
        let mut distances = vec![FAR; stride * (height + 4)];
        let rows = self.bits.chunks_exact(width.max(1)).zip(distances.chunks_exact_mut(stride).skip(2));
        for (row, into) in rows {
            let pairs = row.iter().zip(&mut into[2..]);
            pairs.for_each(|(bit, distance)| *distance = if *bit { 0 } else { FAR });
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
                let nearest =
                    |least: u32, (back, cost): &(usize, u32)| least.min(distances[at - back] + cost);
                distances[at] = steps.iter().fold(distances[at], nearest);
            }
        }
        for y in (2..height + 2).rev() {
            for x in (2..width + 2).rev() {
                let at = y * stride + x;
                let nearest =
                    |least: u32, (ahead, cost): &(usize, u32)| least.min(distances[at + ahead] + cost);
                distances[at] = steps.iter().fold(distances[at], nearest);
            }
        }
        let rows = distances.chunks_exact(stride).skip(2).take(height);
        let in_pixels =
            |distance: &u32| if *distance >= FAR { f32::INFINITY } else { *distance as f32 / 5.0 };
        rows.flat_map(|row| row[2..width + 2].iter().map(in_pixels)).collect()
    }

    /// Adds all pixels within `radius`.
    pub(super) fn dilate(&self, radius: f32) -> BitMask {
        let distances = self.distance_transform(radius);
        BitMask { bits: distances.levels.iter().map(|distance| *distance <= radius).collect(), ..*self }
    }

    /// Closes gaps up to twice `radius` wide.
    pub(super) fn close(&self, radius: f32) -> BitMask {
        // The dilated mask, and one pixel outside of it.
        let Some(bounds) = self.padded_bounds(radius + 1.0) else { return self.clone() };
        let cropped = self.crop(bounds);
        let outside = cropped.dilate(radius).invert();
        let mut closed = self.clone();
        for (y, distances) in outside.full_distance_transform().chunks_exact(cropped.width).enumerate() {
            let start = (bounds.top + y) * self.width + bounds.left;
            let row = closed.bits.get_mut(start..start + distances.len()).unwrap_or_default();
            row.iter_mut().zip(distances).for_each(|(bit, distance)| *bit |= *distance > radius);
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask(width: usize, drawing: &str) -> BitMask {
        let bits: Vec<bool> = drawing.chars().filter(|c| *c != ' ').map(|c| c == '#').collect();
        BitMask { width, height: bits.len() / width, bits }
    }

    #[test]
    fn corners_connect_components_only_with_eight_neighbors() {
        let mask = mask(4, "#... .#.. ...#");
        let sizes = |connectivity| {
            let mut sizes = Vec::new();
            mask.connected_components(connectivity, |component| sizes.push(component.len()));
            sizes
        };
        assert_eq!(sizes(Connectivity::Four), [1, 1, 1]);
        assert_eq!(sizes(Connectivity::Eight), [2, 1]);
    }

    #[test]
    fn an_enclosed_area_and_a_corner_that_is_cut_off_are_holes() {
        let mask = mask(8, "........ ........ ...###.. ...#.#.. ...###.# ......#. .....#..");
        let mut holes = Vec::new();
        mask.holes(|hole| holes.push(hole.to_vec()));
        assert_eq!(holes, [vec![28], vec![47, 55, 54]]);
    }

    #[test]
    fn closing_bridges_a_gap_and_does_not_grow_a_single_pixel() {
        let mut gap = BitMask::new(40, 30);
        [12, 13, 16, 17].into_iter().for_each(|x| (10..20).for_each(|y| gap.bits[y * 40 + x] = true));
        let closed = gap.close(2.0);
        assert!(closed.bits[15 * 40 + 14] && closed.bits[15 * 40 + 15]);
        assert!(!closed.bits[15 * 40 + 11] && !closed.bits[15 * 40 + 18] && !closed.bits[8 * 40 + 14]);
        let single = mask(7, "....... ....... ...#... ....... .......");
        assert_eq!(single.close(2.0).bits, single.bits);
    }

    proptest! {
        #[test]
        fn distances_are_nearly_euclidean(
            points in prop::collection::vec((0usize..40, 0usize..30), 1..6)
        ) {
            let mut mask = BitMask::new(40, 30);
            for (x, y) in &points {
                mask.bits[y * 40 + x] = true;
            }
            let (levels, bounded) = (mask.distance_transform(100.0).levels, mask.distance_transform(7.0).levels);
            for (at, (distance, bounded)) in levels.into_iter().zip(bounded).enumerate() {
                let (x, y) = ((at % 40) as f32, (at / 40) as f32);
                let to = |point: &(usize, usize)| (x - point.0 as f32).hypot(y - point.1 as f32);
                let euclidean = points.iter().map(to).fold(f32::INFINITY, f32::min);
                prop_assert!((distance - euclidean).abs() <= 0.03 * euclidean, "{distance}, {euclidean}");
                let expected = if distance <= 7.0 { distance } else { f32::INFINITY };
                prop_assert!(bounded == expected, "{bounded}, {expected}");
            }
        }
    }
}
