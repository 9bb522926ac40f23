//! Where an answer lies on its original.

use seededit_resize::{ResizeArea, Size};

use super::Rect;

/// The rectangle that an answer covers on the upright original, in pixels of the original. Its sides may lie between
/// pixels, and outside the original.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The distance of the left side from the original's left edge, before the rotation.
    pub x: f64,
    /// The distance of the upper side from the original's top edge, before the rotation.
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// The clockwise rotation around the center of the rectangle, in degrees.
    pub angle: f64,
}

impl Placement {
    /// The rectangle that covers as much as `rect`.
    #[must_use]
    pub fn of(rect: Rect) -> Placement {
        Placement {
            x: rect.left as f64,
            y: rect.top as f64,
            width: rect.size.width.into(),
            height: rect.size.height.into(),
            angle: 0.0,
        }
    }

    /// An area without a rotation.
    #[must_use]
    pub(crate) fn of_area(area: ResizeArea) -> Placement {
        Placement { x: area.left, y: area.top, width: area.width, height: area.height, angle: 0.0 }
    }

    /// The point of the original under a point of the answer. The latter is relative: (0, 0) is the answer's top left
    /// corner, and (1, 1) is its bottom right corner.
    #[must_use]
    pub fn point(&self, across: f64, down: f64) -> (f64, f64) {
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let (x, y) = ((across - 0.5) * self.width, (down - 0.5) * self.height);
        let (center_x, center_y) = (self.x + self.width / 2.0, self.y + self.height / 2.0);
        (center_x + cos * x - sin * y, center_y + sin * x + cos * y)
    }

    /// The largest distance between the corners of two rectangles, in pixels.
    #[must_use]
    pub fn distance(&self, other: &Placement) -> f64 {
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
        corners.into_iter().fold(0.0, |max: f64, (across, down)| {
            let (one, two) = (self.point(across, down), other.point(across, down));
            max.max((one.0 - two.0).hypot(one.1 - two.1))
        })
    }

    /// The part of an answer of this size that lies within the original, and the area of the original that this part
    /// covers. Both are without rotation. `None` if nothing lies within.
    #[must_use]
    pub(crate) fn within(&self, answer: Size, original: Size) -> Option<(Rect, ResizeArea)> {
        // Rounding errors must not cost a row.
        const TOLERANCE: f64 = 1e-6;
        let side = |start: f64, length: f64, count: u32, end: u32| {
            let pixel = length / f64::from(count);
            let first = (-start / pixel - TOLERANCE).ceil().max(0.0);
            let last = ((f64::from(end) - start) / pixel + TOLERANCE).floor().min(count.into());
            let from = (start + first * pixel).max(0.0);
            let to = (start + last * pixel).min(end.into());
            (last > first).then_some((first as i64, (last - first) as u32, from, to - from))
        };
        let (left, columns, x, width) = side(self.x, self.width, answer.width, original.width)?;
        let (top, rows, y, height) = side(self.y, self.height, answer.height, original.height)?;
        let rect = Rect { left, top, size: Size { width: columns, height: rows } };
        Some((rect, ResizeArea { left: x, top: y, width, height }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Size = Size { width: 100, height: 50 };
    const ORIGINAL: Size = Size { width: 400, height: 300 };

    fn placement(x: f64, y: f64, width: f64, height: f64, angle: f64) -> Placement {
        Placement { x, y, width, height, angle }
    }

    #[test]
    fn only_whole_pixels_of_an_answer_that_lie_within_the_original_are_taken() {
        // Each pixel of the answer covers 4×8 pixels of the original.
        let (part, area) = placement(-6.0, 10.0, 400.0, 400.0, 0.0).within(ANSWER, ORIGINAL).unwrap();
        assert_eq!(part, Rect { left: 2, top: 0, size: Size { width: 98, height: 36 } });
        assert_eq!(area, ResizeArea { left: 2.0, top: 10.0, width: 392.0, height: 288.0 });
        let (part, area) = placement(0.0, 0.0, 400.0, 300.0, 0.0).within(ANSWER, ORIGINAL).unwrap();
        assert!(part.is_whole(ANSWER) && area == Rect::whole(ORIGINAL).to_resize_area());
        for outside in [placement(400.0, 0.0, 50.0, 50.0, 0.0), placement(0.0, -80.0, 50.0, 79.0, 0.0)] {
            assert_eq!(outside.within(ANSWER, ORIGINAL), None);
        }
    }

    #[test]
    fn a_rotation_turns_clockwise_around_the_center() {
        let turned = placement(10.0, 20.0, 100.0, 60.0, 90.0);
        let near = |(x, y): (f64, f64), (u, v): (f64, f64)| (x - u).abs() < 1e-9 && (y - v).abs() < 1e-9;
        assert!(near(turned.point(0.5, 0.5), (60.0, 50.0)));
        assert!(near(turned.point(0.0, 0.0), (90.0, 0.0)));
        assert!(near(turned.point(1.0, 0.0), (90.0, 100.0)));
        assert!((turned.distance(&placement(13.0, 24.0, 100.0, 60.0, 90.0)) - 5.0).abs() < 1e-9);
    }
}
