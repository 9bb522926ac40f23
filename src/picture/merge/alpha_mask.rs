//! An alpha mask: the coverage of each pixel of a result by the edited picture.

use image::{GrayImage, Luma};
use seededit_resize::{ResizeArea, Size};

use super::bit_mask::{BitMask, Connectivity};
use crate::geometry::{ROUNDING, Rect};
use crate::plane::Plane;

/// The default width of the blend between both pictures, in pixels of the smaller picture.
pub(super) const FEATHER: f32 = 4.0;
/// A mask with more parts has a single one around all of them.
const MAX_PARTS: usize = 64;

/// The coverage of each pixel: 0 is the original, 255 is the edited picture, and values between are a blend.
#[derive(Clone)]
pub struct AlphaMask {
    /// The coverage, with the size of the original.
    pub mask: GrayImage,
    /// Disjoint rectangles that contain all pixels with coverage.
    pub parts: Vec<Rect>,
}

impl AlphaMask {
    /// A mask without coverage.
    pub(crate) fn none(size: Size) -> AlphaMask {
        AlphaMask { mask: GrayImage::new(size.width, size.height), parts: Vec::new() }
    }

    /// A mask that covers everything.
    pub(crate) fn whole(size: Size) -> AlphaMask {
        let mask = GrayImage::from_pixel(size.width, size.height, Luma([u8::MAX]));
        AlphaMask { mask, parts: vec![Rect::whole(size)] }
    }

    /// Makes a mask from the distances to a bit mask: full coverage up to `full` pixels from it, and less and less for
    /// `feather` more pixels.
    ///
    /// `distances` belongs to the `frame` of a picture of this `size`, at some scale. All lengths are pixels at that
    /// scale.
    pub(super) fn from_distances(
        distances: &Plane,
        full: f32,
        feather: f32,
        frame: ResizeArea,
        size: Size,
    ) -> AlphaMask {
        let coverage = |distance: f32| {
            let share = 1.0 - ((distance - full) / feather.max(f32::EPSILON)).clamp(0.0, 1.0);
            smoothstep(share) * 255.0
        };
        let plane = distances.clone().map(coverage);
        let bits = plane.levels.iter().map(|level| *level > 0.0).collect();
        let covered = BitMask { width: plane.width, height: plane.height, bits };
        let (across, down) = (plane.width as f64 / frame.width, plane.height as f64 / frame.height);
        let inside = Rect::within(frame);
        let mut rects = Vec::new();
        covered.connected_components(Connectivity::Eight, |component| {
            let bounds = covered.bounds(component);
            // With a margin of a pixel, because interpolated pixels depend on both neighbors.
            let start = |at: usize, by: f64, from: f64| (from + (at as f64 - 1.0) / by).floor() as i64;
            let end = |at: usize, by: f64, from: f64| (from + (at as f64 + 1.0) / by).ceil() as i64;
            let (left, top) = (start(bounds.left, across, frame.left), start(bounds.top, down, frame.top));
            let (right, bottom) =
                (end(bounds.right, across, frame.left), end(bounds.bottom, down, frame.top));
            let side = |from: i64, to: i64| u32::try_from(to - from).unwrap_or(0);
            let rect = Rect { left, top, size: Size { width: side(left, right), height: side(top, bottom) } };
            rects.extend(rect.intersection(inside).and_then(|rect| rect.clipped(size)));
        });
        let mut mask = AlphaMask { parts: join_touching(rects), ..AlphaMask::none(size) };
        let parts = std::mem::take(&mut mask.parts);
        for part in &parts {
            mask.fill_part(&plane, *part, frame);
        }
        mask.parts = parts;
        mask
    }

    /// Fills a part of the mask from a plane of the frame at another scale.
    fn fill_part(&mut self, plane: &Plane, part: Rect, frame: ResizeArea) {
        let (left, top, right, bottom) = (part.left, part.top, part.right(), part.bottom());
        let (across, down) = (plane.width as f64 / frame.width, plane.height as f64 / frame.height);
        let neighbors = |at: i64, start: f64, by: f64, count: usize| {
            let at = ((at as f64 - start + 0.5) * by - 0.5) as f32;
            let at = at.clamp(0.0, count.saturating_sub(1) as f32);
            (at as usize, (at as usize + 1).min(count.saturating_sub(1)), at.fract())
        };
        let columns: Vec<_> = (left..right).map(|x| neighbors(x, frame.left, across, plane.width)).collect();
        let mut row = vec![0.0; plane.width];
        let width = self.mask.width() as usize;
        for y in top..bottom {
            let (above, below, share) = neighbors(y, frame.top, down, plane.height);
            for ((into, above), below) in row.iter_mut().zip(plane.row(above)).zip(plane.row(below)) {
                *into = above + (below - above) * share;
            }
            let start = y as usize * width + left as usize;
            let pixels = self.mask.get_mut(start..start + columns.len()).unwrap_or_default();
            for (pixel, (first, second, share)) in pixels.iter_mut().zip(&columns) {
                *pixel = (row[*first] + (row[*second] - row[*first]) * share + 0.5) as u8;
            }
        }
    }

    pub(crate) fn from_luma(mask: GrayImage) -> AlphaMask {
        let whole = Rect::whole(Size::of(&mask));
        AlphaMask { mask, parts: vec![whole] }.with_minimal_parts()
    }

    /// Shrinks each part to the bounding box of its coverage.
    fn with_minimal_parts(mut self) -> AlphaMask {
        let minimal = |part: &Rect| {
            let (mut left, mut top, mut right, mut bottom) = (part.right(), part.bottom(), 0, 0);
            for y in part.top..part.bottom() {
                let row = self.row_of_part(part, y);
                let Some(first) = row.iter().position(|level| *level > 0) else { continue };
                let last = row.iter().rposition(|level| *level > 0).unwrap_or(first);
                (left, top) = (left.min(part.left + first as i64), top.min(y));
                (right, bottom) = (right.max(part.left + last as i64 + 1), y + 1);
            }
            let side = |from: i64, to: i64| u32::try_from(to - from).ok().filter(|side| *side > 0);
            let size = Size { width: side(left, right)?, height: side(top, bottom)? };
            Some(Rect { left, top, size })
        };
        self.parts = self.parts.iter().filter_map(minimal).collect();
        self
    }

    /// Makes a mask from a rectangle with feathered sides, except at the border of the picture. `edited_width` is the
    /// width of the edited picture, which shows the `frame`.
    pub(crate) fn from_region(
        region: Rect,
        size: Size,
        feather: Option<f32>,
        edited_width: u32,
        frame: ResizeArea,
    ) -> AlphaMask {
        let max_feather = region.size.width.min(region.size.height) as f32 / 4.0;
        let default_feather = FEATHER * frame.width as f32 / edited_width.max(1) as f32;
        let feather = feather.unwrap_or(default_feather.max(FEATHER)).min(max_feather);
        let mut mask = AlphaMask { parts: vec![region], ..AlphaMask::none(size) };
        let (left, top, right, bottom) = (region.left, region.top, region.right(), region.bottom());
        let distance = |side: i64, border: i64, at: i64| {
            if side == border { f32::INFINITY } else { (at - side).abs() as f32 + 0.5 }
        };
        let share = |distance: f32| if distance >= feather { 1.0 } else { distance / feather };
        let (last_column, last_row) = (i64::from(size.width) - 1, i64::from(size.height) - 1);
        let across: Vec<f32> = (left..right)
            .map(|x| share(distance(left, 0, x).min(distance(right - 1, last_column, x))))
            .collect();
        let width = size.width as usize;
        for y in top..bottom {
            let down = share(distance(top, 0, y).min(distance(bottom - 1, last_row, y)));
            // A region is within the picture.
            let start = y as usize * width + left as usize;
            let row = mask.mask.get_mut(start..start + across.len()).unwrap_or_default();
            for (level, across) in row.iter_mut().zip(&across) {
                *level = (smoothstep(across.min(down)) * 255.0).round() as u8;
            }
        }
        mask
    }

    /// Fades the coverage out towards those sides of an area that lie within the picture, over `feather` pixels. Nothing
    /// outside of the area is covered.
    pub(super) fn faded_towards(mut self, area: ResizeArea, feather: f32) -> AlphaMask {
        let size = Size::of(&self.mask);
        let shares = |start: f64, length: f64, side: u32| -> Vec<f32> {
            let end = start + length;
            let (fades_first, fades_last) = (start > ROUNDING, end < f64::from(side) - ROUNDING);
            let distance = |at: u32| {
                let before = if fades_first { f64::from(at) - start } else { f64::INFINITY };
                let after = if fades_last { end - f64::from(at) - 1.0 } else { f64::INFINITY };
                before.min(after) as f32
            };
            let share =
                |distance: f32| if distance < 0.0 { 0.0 } else { ((distance + 0.5) / feather).min(1.0) };
            (0..side).map(|at| smoothstep(share(distance(at)))).collect()
        };
        let across = shares(area.left, area.width, size.width);
        let down = shares(area.top, area.height, size.height);
        for part in self.parts.clone() {
            for y in part.top..part.bottom() {
                let share = down[y as usize];
                let start = y as usize * size.width as usize;
                let columns = part.left as usize..part.right() as usize;
                let row = self.mask.get_mut(start + columns.start..start + columns.end).unwrap_or_default();
                for (level, across) in row.iter_mut().zip(&across[columns]) {
                    *level = (f32::from(*level) * share * across + 0.5) as u8;
                }
            }
        }
        self.with_minimal_parts()
    }

    /// The smaller coverage of both masks at each pixel.
    pub(super) fn and(mut self, other: &AlphaMask) -> AlphaMask {
        self.mask.iter_mut().zip(other.mask.iter()).for_each(|(level, other)| *level = (*level).min(*other));
        self.with_minimal_parts()
    }

    /// The share of pixels that the edited picture covers at least in part.
    pub fn share(&self) -> f64 {
        let rows =
            self.parts.iter().flat_map(|part| (part.top..part.bottom()).map(|y| self.row_of_part(part, y)));
        let covered: usize = rows.map(|row| row.iter().filter(|level| **level > 0).count()).sum();
        covered as f64 / Size::of(&self.mask).pixels().max(1) as f64
    }

    /// Whether the edited picture covers a pixel at least in part.
    pub(super) fn covers(&self, x: u32, y: u32) -> bool {
        self.mask.get_pixel(x, y).0[0] > 0
    }

    /// The mask of a part.
    pub(crate) fn of_part(&self, part: &Rect) -> GrayImage {
        let rows = (part.top..part.bottom()).flat_map(|y| self.row_of_part(part, y)).copied().collect();
        GrayImage::from_raw(part.size.width, part.size.height, rows).unwrap_or_default()
    }

    /// The pixels of a part in row `y` of the picture.
    fn row_of_part(&self, part: &Rect, y: i64) -> &[u8] {
        let start = y as usize * self.mask.width() as usize + part.left as usize;
        self.mask.get(start..start + part.size.width as usize).unwrap_or_default()
    }
}

/// Smooths both ends of a transition, so that neither is visible as a line.
fn smoothstep(share: f32) -> f32 {
    share * share * (3.0 - 2.0 * share)
}

/// Joins rectangles that touch, until all are disjoint.
fn join_touching(mut rects: Vec<Rect>) -> Vec<Rect> {
    if rects.len() > MAX_PARTS {
        return rects.into_iter().reduce(union).into_iter().collect();
    }
    let mut at = 0;
    while at < rects.len() {
        match (at + 1..rects.len()).find(|other| touch(rects[at], rects[*other])) {
            Some(other) => {
                let joined = union(rects[at], rects.swap_remove(other));
                rects[at] = joined;
                // The union can touch rectangles that were compared before.
                at = 0;
            }
            None => at += 1,
        }
    }
    rects
}

fn touch(one: Rect, two: Rect) -> bool {
    one.left <= two.right() && two.left <= one.right() && one.top <= two.bottom() && two.top <= one.bottom()
}

fn union(one: Rect, two: Rect) -> Rect {
    let (left, top) = (one.left.min(two.left), one.top.min(two.top));
    let (right, bottom) = (one.right().max(two.right()), one.bottom().max(two.bottom()));
    let side = |from: i64, to: i64| u32::try_from(to - from).unwrap_or(u32::MAX);
    Rect { left, top, size: Size { width: side(left, right), height: side(top, bottom) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    #[test]
    fn touching_rectangles_are_joined_and_others_are_not() {
        let rects = vec![rect(0, 0, 10, 10), rect(50, 50, 5, 5), rect(8, 8, 10, 10), rect(17, 17, 4, 4)];
        let mut joined = join_touching(rects);
        joined.sort_by_key(|rect| rect.left);
        assert_eq!(joined, [rect(0, 0, 21, 21), rect(50, 50, 5, 5)]);
        assert_eq!(join_touching(vec![rect(0, 0, 1, 1); MAX_PARTS + 1]), [rect(0, 0, 1, 1)]);
    }

    #[test]
    fn coverage_is_full_near_a_mask_then_decreases_and_is_zero_outside_the_parts() {
        let mut bits = BitMask::new(40, 30);
        bits.bits[15 * 40 + 20] = true;
        let size = Size { width: 160, height: 120 };
        let distances = bits.distance_transform(6.0);
        let mask = AlphaMask::from_distances(&distances, 2.0, 4.0, Rect::whole(size).to_resize_area(), size);
        let at = |x, y| mask.mask.get_pixel(x, y).0[0];
        assert_eq!(at(82, 62), 255);
        assert!((1..255).contains(&at(82 + 16, 62)));
        assert_eq!(at(82 + 32, 62), 0);
        let [part] = mask.parts[..] else { panic!("{:?}", mask.parts) };
        for (x, y, level) in mask.mask.enumerate_pixels() {
            let is_inside = (part.left..part.right()).contains(&i64::from(x))
                && (part.top..part.bottom()).contains(&i64::from(y));
            assert!(is_inside || level.0[0] == 0);
        }
    }
}
