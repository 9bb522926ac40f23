//! Fills simple shapes, row by row.

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

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    /// The rectangle without a border of this width.
    pub(super) fn inset(self, border: f64) -> Area {
        Area {
            left: self.left + border,
            top: self.top + border,
            width: (self.width - 2.0 * border).max(0.0),
            height: (self.height - 2.0 * border).max(0.0),
        }
    }

    #[cfg(test)]
    pub(super) fn contains(self, x: f64, y: f64) -> bool {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        (self.left.floor()..right.ceil()).contains(&x) && (self.top.floor()..bottom.ceil()).contains(&y)
    }
}

/// A picture that is drawn on. Whatever lies outside of it is not drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    image: RgbImage,
}

impl Color {
    /// A darker color below 1, a lighter one above.
    pub(super) fn shade(self, factor: f64) -> Color {
        Color(self.0.map(|channel| (f64::from(channel) * factor).min(255.0) as u8))
    }

    fn blend_over(self, below: [u8; 3], cover: f64) -> [u8; 3] {
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

    /// All of it.
    pub(super) fn area(&self) -> Area {
        let (width, height) = (f64::from(self.image.width()), f64::from(self.image.height()));
        Area { left: 0.0, top: 0.0, width, height }
    }

    /// Gives every pixel another color.
    pub(super) fn recolor(&mut self, color: impl Fn([u8; 3]) -> [u8; 3]) {
        for pixel in self.image.pixels_mut() {
            pixel.0 = color(pixel.0);
        }
    }

    /// The mean color of an area; black where the area lies outside.
    pub(super) fn mean(&self, area: Area) -> Color {
        let width = self.image.width() as usize;
        let mut sums = [0u64; 3];
        let mut count = 0;
        let rows = self.image.chunks_exact(width.max(1) * 3);
        for row in rows.skip(area.top.max(0.0) as usize).take(area.height as usize) {
            let (pixels, _) = row.as_chunks::<3>();
            for pixel in pixels.iter().skip(area.left.max(0.0) as usize).take(area.width as usize) {
                sums.iter_mut().zip(pixel).for_each(|(sum, channel)| *sum += u64::from(*channel));
                count += 1;
            }
        }
        Color(sums.map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)))
    }

    /// Fills a rectangle with rounded corners.
    pub(super) fn fill_rounded(&mut self, area: Area, radius: f64, color: Color) {
        let Area { left, top, width, height } = area;
        let radius = radius.clamp(0.0, width.min(height) / 2.0);
        self.fill(&Shape::rectangle((left + radius, top), (width - 2.0 * radius, height)), color);
        self.fill(&Shape::rectangle((left, top + radius), (width, height - 2.0 * radius)), color);
        for x in [left + radius, left + width - radius] {
            for y in [top + radius, top + height - radius] {
                self.fill(&Shape::Ellipse { center: (x, y), radii: (radius, radius) }, color);
            }
        }
    }

    /// Fills a shape. Its left and right edges are anti-aliased.
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
        [only] => *only = color.blend_over(*only, right - left),
        [start, between @ .., end] => {
            *start = color.blend_over(*start, left.floor() + 1.0 - left);
            between.fill(color.0);
            *end = color.blend_over(*end, right - (right.ceil() - 1.0));
        }
    }
}

impl Shape {
    pub(super) fn rectangle(corner: Point, sides: (f64, f64)) -> Shape {
        Shape::Rectangle { corner, sides }
    }

    /// The top and bottom of the shape.
    fn rows(&self) -> (f64, f64) {
        match self {
            Shape::Ellipse { center, radii } => (center.1 - radii.1, center.1 + radii.1),
            Shape::Triangle([a, b, c]) => (a.1.min(b.1).min(c.1), a.1.max(b.1).max(c.1)),
            Shape::Rectangle { corner, sides } => (corner.1, corner.1 + sides.1),
        }
    }

    /// The left and right end of the shape at height `y`.
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

/// The x coordinate at which a line crosses the height `y`.
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
    fn shapes_outside_of_the_picture_are_clipped() {
        assert_eq!(lit(&Shape::rectangle((-5.0, -5.0), (100.0, 100.0))), 40 * 30);
        assert_eq!(lit(&Shape::rectangle((50.0, 50.0), (5.0, 5.0))), 0);
        assert_eq!(lit(&Shape::rectangle((-9.0, 2.0), (5.0, 5.0))), 0);
        assert_eq!(lit(&Shape::Triangle([(-9.0, -9.0), (-5.0, -9.0), (-5.0, -1.0)])), 0);
    }
}
