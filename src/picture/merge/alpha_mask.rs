//! Where a result takes its pixels from: 0 is the original, 255 the edited picture, and between them both
//! in that proportion.

use image::GrayImage;
use seededit_resize::Size;

use super::bit_mask::{BitMask, Connectivity};
use super::plane::Plane;
use crate::geometry::Rect;

/// How wide the fading between both pictures is when nobody says, in pixels of the smaller picture.
pub(super) const FEATHER: f32 = 4.0;
/// More parts than this are treated as one.
const MANY: usize = 64;

/// How much of each pixel comes from the edited picture.
#[derive(Clone)]
pub struct AlphaMask {
    /// Of the picture's size.
    pub mask: GrayImage,
    /// Rectangles around all pixels that are not 0; no two of them meet.
    pub parts: Vec<Rect>,
}

impl AlphaMask {
    /// Nothing comes from the edited picture.
    pub(crate) fn none(size: Size) -> AlphaMask {
        AlphaMask { mask: GrayImage::new(size.width, size.height), parts: Vec::new() }
    }

    /// The pixels of a shape, `within` pixels around it, and less and less for `feather` pixels more. `far` is how
    /// far from it the pixels of `frame` are, at some other size; all measures are in its pixels.
    pub(super) fn from_distances(
        far: &Plane,
        within: f32,
        feather: f32,
        frame: Rect,
        size: Size,
    ) -> AlphaMask {
        let fading = |far: f32| {
            let share = 1.0 - ((far - within) / feather.max(f32::EPSILON)).clamp(0.0, 1.0);
            // Smooth at both ends, so that neither shows as a line.
            share * share * (3.0 - 2.0 * share) * 255.0
        };
        let plane = far.clone().map(fading);
        let bits = plane.levels.iter().map(|level| *level > 0.0).collect();
        let touched = BitMask { width: plane.width, height: plane.height, bits };
        let (across, down) = (scale(plane.width, frame.size.width), scale(plane.height, frame.size.height));
        let mut frames = Vec::new();
        touched.connected_components(Connectivity::Eight, |part| {
            let part = touched.bounds(part);
            // A pixel more on each side, since what lies between two pixels has something of both.
            let from = |at: usize, by: f64| ((at as f64 - 1.0) / by).floor() as i64;
            let to = |at: usize, by: f64| ((at as f64 + 1.0) / by).ceil() as i64;
            let (left, top) = (from(part.left, across) + frame.left, from(part.top, down) + frame.top);
            let (right, bottom) = (to(part.right, across) + frame.left, to(part.bottom, down) + frame.top);
            let side = |from: i64, to: i64| u32::try_from(to - from).unwrap_or(0);
            let part = Rect { left, top, size: Size { width: side(left, right), height: side(top, bottom) } };
            frames.extend(part.clipped(size));
        });
        let mut coverage = AlphaMask { parts: merge_touching(frames), ..AlphaMask::none(size) };
        let parts = std::mem::take(&mut coverage.parts);
        for part in &parts {
            coverage.scale_into(&plane, *part, frame);
        }
        coverage.parts = parts;
        coverage
    }

    /// Fills a part of the mask from a plane of the frame at another size.
    fn scale_into(&mut self, plane: &Plane, part: Rect, frame: Rect) {
        let (left, top) = (part.left.max(frame.left), part.top.max(frame.top));
        let (right, bottom) = (part.right().min(frame.right()), part.bottom().min(frame.bottom()));
        let across = scale(plane.width, frame.size.width) as f32;
        let down = scale(plane.height, frame.size.height) as f32;
        let between = |at: i64, begin: i64, by: f32, count: usize| {
            let at = ((at - begin) as f32 + 0.5) * by - 0.5;
            let at = at.clamp(0.0, count.saturating_sub(1) as f32);
            (at as usize, (at as usize + 1).min(count.saturating_sub(1)), at.fract())
        };
        let columns: Vec<_> = (left..right).map(|x| between(x, frame.left, across, plane.width)).collect();
        let mut row = vec![0.0; plane.width];
        let width = self.mask.width() as usize;
        for y in top..bottom {
            let (above, below, share) = between(y, frame.top, down, plane.height);
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

    /// What a mask says.
    pub(crate) fn from_luma(mask: GrayImage) -> AlphaMask {
        let all = Rect::whole(Size::of(&mask));
        AlphaMask { mask, parts: vec![all] }.with_smallest_parts()
    }

    /// Its parts are no larger than what they cover.
    fn with_smallest_parts(mut self) -> AlphaMask {
        let smallest = |part: &Rect| {
            let (right, bottom) = (part.right(), part.bottom());
            let ((mut left, mut top), mut end) = ((right, bottom), (0, 0));
            for y in part.top..bottom {
                let row = self.row_of(part, y);
                let Some(first) = row.iter().position(|level| *level > 0) else { continue };
                let last = row.iter().rposition(|level| *level > 0).unwrap_or(first);
                (left, top) = (left.min(part.left + first as i64), top.min(y));
                end = (end.0.max(part.left + last as i64 + 1), y + 1);
            }
            let side = |from: i64, to: i64| u32::try_from(to - from).ok().filter(|side| *side > 0);
            let size = Size { width: side(left, end.0)?, height: side(top, end.1)? };
            Some(Rect { left, top, size })
        };
        self.parts = self.parts.iter().filter_map(smallest).collect();
        self
    }

    /// A rectangle that fades towards its sides, but not towards those of the picture. `shown` is how wide the
    /// picture is that is laid on the `frame`.
    pub(crate) fn from_region(
        region: Rect,
        size: Size,
        feather: Option<f32>,
        shown: u32,
        frame: Rect,
    ) -> AlphaMask {
        let widest = region.size.width.min(region.size.height) as f32 / 4.0;
        let natural = FEATHER * frame.size.width as f32 / shown.max(1) as f32;
        let feather = feather.unwrap_or(natural.max(FEATHER)).min(widest);
        let mut coverage = AlphaMask { parts: vec![region], ..AlphaMask::none(size) };
        let ((left, top), (right, bottom)) = ((region.left, region.top), (region.right(), region.bottom()));
        let from = |side: i64, border: i64, at: i64| match side == border {
            true => f32::INFINITY,
            false => (at - side).abs() as f32 + 0.5,
        };
        let share = |far: f32| if far >= feather { 1.0 } else { far / feather };
        let smooth = |share: f32| share * share * (3.0 - 2.0 * share);
        let across: Vec<f32> = (left..right)
            .map(|x| share(from(left, 0, x).min(from(right - 1, i64::from(size.width) - 1, x))))
            .collect();
        let width = size.width as usize;
        for y in top..bottom {
            let down = share(from(top, 0, y).min(from(bottom - 1, i64::from(size.height) - 1, y)));
            // A region lies within the picture.
            let start = y as usize * width + left as usize;
            let row = coverage.mask.get_mut(start..start + across.len()).unwrap_or_default();
            for (level, across) in row.iter_mut().zip(&across) {
                *level = (smooth(across.min(down)) * 255.0).round() as u8;
            }
        }
        coverage
    }

    /// What both cover.
    pub(super) fn and(mut self, other: &AlphaMask) -> AlphaMask {
        self.mask.iter_mut().zip(other.mask.iter()).for_each(|(level, other)| *level = (*level).min(*other));
        self.with_smallest_parts()
    }

    /// Whether a pixel may come from the edited picture, even in part.
    pub(super) fn touches(&self, x: u32, y: u32) -> bool {
        self.mask.get_pixel(x, y).0[0] > 0
    }

    /// A row of one of its parts, counted from the top of the picture.
    fn row_of(&self, part: &Rect, y: i64) -> &[u8] {
        let start = y as usize * self.mask.width() as usize + part.left as usize;
        self.mask.get(start..start + part.size.width as usize).unwrap_or_default()
    }
}

fn scale(from: usize, to: u32) -> f64 {
    from as f64 / f64::from(to.max(1))
}

/// Rectangles of which no two meet: those that do become one.
fn merge_touching(mut frames: Vec<Rect>) -> Vec<Rect> {
    if frames.len() > MANY {
        return frames.into_iter().reduce(union).into_iter().collect();
    }
    let mut at = 0;
    while at < frames.len() {
        match (at + 1..frames.len()).find(|other| touch(frames[at], frames[*other])) {
            Some(other) => {
                let joined = union(frames[at], frames.swap_remove(other));
                frames[at] = joined;
                // The larger one may now meet those that were passed before.
                at = 0;
            }
            None => at += 1,
        }
    }
    frames
}

fn touch(one: Rect, two: Rect) -> bool {
    let ((right, bottom), (far_right, far_bottom)) =
        ((one.right(), one.bottom()), (two.right(), two.bottom()));
    one.left <= far_right && two.left <= right && one.top <= far_bottom && two.top <= bottom
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

    fn frame(left: i64, top: i64, width: u32, height: u32) -> Rect {
        Rect { left, top, size: Size { width, height } }
    }

    #[test]
    fn rectangles_that_meet_become_one_and_others_stay_apart() {
        let frames = vec![frame(0, 0, 10, 10), frame(50, 50, 5, 5), frame(8, 8, 10, 10), frame(17, 17, 4, 4)];
        let mut joined = merge_touching(frames);
        joined.sort_by_key(|frame| frame.left);
        assert_eq!(joined, [frame(0, 0, 21, 21), frame(50, 50, 5, 5)]);
        assert_eq!(merge_touching(vec![frame(0, 0, 1, 1); MANY + 1]), [frame(0, 0, 1, 1)]);
    }

    #[test]
    fn a_shape_is_covered_wholly_fades_and_ends() {
        let mut shape = BitMask::new(40, 30);
        shape.bits[15 * 40 + 20] = true;
        let size = Size { width: 160, height: 120 };
        let coverage =
            AlphaMask::from_distances(&shape.distance_transform(6.0), 2.0, 4.0, Rect::whole(size), size);
        let at = |x, y| coverage.mask.get_pixel(x, y).0[0];
        assert_eq!(at(82, 62), 255);
        assert!((1..255).contains(&at(82 + 16, 62)));
        assert_eq!(at(82 + 32, 62), 0);
        let [part] = coverage.parts[..] else { panic!("{:?}", coverage.parts) };
        for (x, y, level) in coverage.mask.enumerate_pixels() {
            let inside = (part.left..part.right()).contains(&i64::from(x))
                && (part.top..part.bottom()).contains(&i64::from(y));
            assert!(inside || level.0[0] == 0);
        }
    }
}
