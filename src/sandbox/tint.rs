//! Whole-picture edits: every pixel changes its color, and some get a moon or snowflakes.

use super::canvas::{Area, Canvas, Color, Shape};

/// A change of mood or season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    Night,
    Sunset,
    Snow,
    Winter,
    Autumn,
    Spring,
    Brighter,
    Sepia,
    Gray,
}

const MOON: Color = Color([238, 234, 208]);
const SNOWFLAKE: Color = Color([250, 250, 252]);
const SNOWFLAKES: usize = 180;

impl Tint {
    /// Tints the whole picture; moon and snowflakes stay inside `area`.
    pub(super) fn apply(self, canvas: &mut Canvas, area: Area, rng: &mut fastrand::Rng) {
        canvas.recolor(|pixel| self.color(pixel));
        let short_side = area.width.min(area.height);
        match self {
            Tint::Night => {
                let radius = short_side * 0.06;
                let (x, y) = (0.1 + rng.f64() * 0.8, 0.1 + rng.f64() * 0.15);
                let center = (area.left + x * area.width, area.top + y * area.height);
                canvas.fill(&Shape::Ellipse { center, radii: (radius, radius) }, MOON);
            }
            Tint::Snow => {
                for _ in 0..SNOWFLAKES {
                    let radius = (short_side * (0.002 + rng.f64() * 0.004)).max(0.8);
                    let center = (area.left + rng.f64() * area.width, area.top + rng.f64() * area.height);
                    canvas.fill(&Shape::Ellipse { center, radii: (radius, radius) }, SNOWFLAKE);
                }
            }
            _ => {}
        }
    }

    fn color(self, pixel: [u8; 3]) -> [u8; 3] {
        let [r, g, b] = pixel.map(f32::from);
        // Rec. 601 luma.
        let gray = 0.299 * r + 0.587 * g + 0.114 * b;
        let pale = |channel: f32| 0.45 * channel + 0.55 * gray;
        let tinted = match self {
            Tint::Night => [0.26 * r + 4.0, 0.32 * g + 8.0, 0.50 * b + 24.0],
            Tint::Sunset => [1.08 * r + 28.0, 0.78 * g + 10.0, 0.60 * b + 20.0],
            Tint::Snow | Tint::Winter => {
                [0.78 * pale(r) + 46.0, 0.78 * pale(g) + 52.0, 0.78 * pale(b) + 62.0]
            }
            Tint::Autumn => [1.12 * r + 20.0, 0.86 * g + 6.0, 0.58 * b],
            Tint::Spring => [0.94 * r + 6.0, 1.10 * g + 16.0, 0.90 * b + 6.0],
            Tint::Brighter => [r, g, b].map(|channel| 255.0 - (255.0 - channel) * 0.68),
            Tint::Sepia => [
                0.393 * r + 0.769 * g + 0.189 * b,
                0.349 * r + 0.686 * g + 0.168 * b,
                0.272 * r + 0.534 * g + 0.131 * b,
            ],
            Tint::Gray => [gray; 3],
        };
        tinted.map(|channel| channel.clamp(0.0, 255.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn tinted(tint: Tint) -> RgbImage {
        let mut canvas = Canvas::new(RgbImage::from_pixel(200, 100, image::Rgb([120, 140, 160])));
        let area = canvas.area();
        tint.apply(&mut canvas, area, &mut fastrand::Rng::with_seed(1));
        canvas.into_image()
    }

    #[test]
    fn a_tint_changes_every_pixel() {
        for tint in [Tint::Night, Tint::Autumn, Tint::Snow, Tint::Sepia, Tint::Brighter, Tint::Spring] {
            assert!(tinted(tint).pixels().all(|pixel| pixel.0 != [120, 140, 160]), "{tint:?}");
        }
    }

    #[test]
    fn night_is_dark_and_blue_except_for_the_moon() {
        let image = tinted(Tint::Night);
        let dark = image.pixels().filter(|pixel| pixel.0.iter().all(|channel| *channel < 110)).count();
        assert!(dark > 19_000 && dark < 20_000, "{dark}");
        let [r, g, b] = image.get_pixel(0, 99).0;
        assert!(r < g && g < b, "{r} {g} {b}");
    }
}
