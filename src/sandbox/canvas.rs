//! Filling simple shapes, a row of pixels at a time.

use image::RgbImage;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

/// A shape in pixels; y grows downwards.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Ellipse { center: Point, radii: (f64, f64) },
    Triangle([Point; 3]),
    Rectangle { corner: Point, sides: (f64, f64) },
}

pub(super) type Point = (f64, f64);

/// A picture that is drawn on; what lies outside of it is not drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    image: RgbImage,
}

impl Color {
    /// Darker below 1, lighter above.
    pub(super) fn shade(self, factor: f64) -> Color {
        Color(self.0.map(|channel| (f64::from(channel) * factor).min(255.0) as u8))
    }

    fn over(self, below: [u8; 3], cover: f64) -> [u8; 3] {
        let mix = |above: u8, below: u8| f64::from(above) * cover + f64::from(below) * (1.0 - cover);
        let ([r, g, b], [red, green, blue]) = (self.0, below);
        [mix(r, red) as u8, mix(g, green) as u8, mix(b, blue) as u8]
    }
}

impl Canvas {
    pub(super) fn new(image: RgbImage) -> Canvas {
        Canvas { image }
    }

    pub(super) fn into_image(self) -> RgbImage {
        self.image
    }

    /// Width and height.
    pub(super) fn size(&self) -> (f64, f64) {
        (f64::from(self.image.width()), f64::from(self.image.height()))
    }

    /// Fills a shape; its left and right edges are smooth.
    pub(super) fn fill(&mut self, shape: &Shape, color: Color) {
        let (top, bottom) = shape.rows();
        let width = self.image.width() as usize;
        let rows = self.image.chunks_exact_mut(width * 3).enumerate();
        let touched = (bottom.ceil() - top.floor()).max(0.0) as usize;
        for (y, row) in rows.skip(top.floor().max(0.0) as usize).take(touched + 1) {
            if let Some((left, right)) = shape.span(y as f64 + 0.5) {
                fill_span(row, left.max(0.0), right.min(width as f64), color);
            }
        }
    }
}

fn fill_span(row: &mut [u8], left: f64, right: f64, color: Color) {
    if left >= right {
        return;
    }
    let (pixels, _) = row.as_chunks_mut::<3>();
    let (first, last) = (left.floor() as usize, right.ceil() as usize);
    let Some(touched) = pixels.get_mut(first..last) else {
        return;
    };
    match touched {
        [] => {}
        [only] => *only = color.over(*only, right - left),
        [start, between @ .., end] => {
            *start = color.over(*start, left.floor() + 1.0 - left);
            between.fill(color.0);
            *end = color.over(*end, right - (right.ceil() - 1.0));
        }
    }
}

impl Shape {
    pub(super) fn rectangle(corner: Point, sides: (f64, f64)) -> Shape {
        Shape::Rectangle { corner, sides }
    }

    /// The rows between which the shape lies.
    fn rows(&self) -> (f64, f64) {
        match self {
            Shape::Ellipse { center, radii } => (center.1 - radii.1, center.1 + radii.1),
            Shape::Triangle([a, b, c]) => (a.1.min(b.1).min(c.1), a.1.max(b.1).max(c.1)),
            Shape::Rectangle { corner, sides } => (corner.1, corner.1 + sides.1),
        }
    }

    /// From where to where the shape reaches at height `y`.
    fn span(&self, y: f64) -> Option<(f64, f64)> {
        match self {
            Shape::Ellipse { center, radii } => {
                let height = (y - center.1) / radii.1;
                let half = radii.0 * (1.0 - height * height).max(0.0).sqrt();
                Some((center.0 - half, center.0 + half))
            }
            Shape::Triangle([a, b, c]) => [(a, b), (b, c), (c, a)]
                .into_iter()
                .filter_map(|(from, to)| crossing(*from, *to, y))
                .map(|x| (x, x))
                .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))),
            Shape::Rectangle { corner, sides } => {
                let inside = (corner.1..corner.1 + sides.1).contains(&y);
                inside.then_some((corner.0, corner.0 + sides.0))
            }
        }
    }
}

/// Where the line from one point to the other crosses the height `y`.
fn crossing(from: Point, to: Point, y: f64) -> Option<f64> {
    let along = (y - from.1) / (to.1 - from.1);
    (0.0..=1.0).contains(&along).then_some(from.0 + along * (to.0 - from.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Color = Color([255; 3]);

    fn lit(shape: &Shape) -> usize {
        let mut canvas = Canvas::new(RgbImage::new(40, 30));
        canvas.fill(shape, WHITE);
        canvas.into_image().pixels().filter(|pixel| pixel.0 == [255; 3]).count()
    }

    #[test]
    fn a_rectangle_fills_its_pixels_and_no_others() {
        assert_eq!(lit(&Shape::rectangle((3.0, 4.0), (5.0, 6.0))), 30);
        assert_eq!(lit(&Shape::rectangle((3.0, 4.0), (1.0, 1.0))), 1);
    }

    #[test]
    fn an_ellipse_fills_about_its_area() {
        let filled = lit(&Shape::Ellipse { center: (20.0, 15.0), radii: (15.0, 10.0) });
        assert!((420..475).contains(&filled), "{filled}");
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        assert_eq!(lit(&Shape::rectangle((-5.0, -5.0), (100.0, 100.0))), 40 * 30);
        assert_eq!(lit(&Shape::rectangle((50.0, 50.0), (5.0, 5.0))), 0);
        assert_eq!(lit(&Shape::rectangle((-9.0, 2.0), (5.0, 5.0))), 0);
        assert_eq!(lit(&Shape::Triangle([(-9.0, -9.0), (-5.0, -9.0), (-5.0, -1.0)])), 0);
    }
}
