//! The bird that is drawn for a prompt that asks for one.

use std::ops::Range;

use super::canvas::{Area, Canvas, Color, Shape};
use super::sticker::BRIGHT_COLORS;

const BEAK: Color = Color([244, 150, 32]);
const DARK: Color = Color([28, 28, 32]);
const LIGHT: Color = Color([246, 246, 242]);

/// The size and area of the bird, in units of half the length of its body.
const BIRD_WIDTH: f64 = 3.15;
const BIRD_HEIGHT: f64 = 1.6;
const BIRD_AREA: f64 = 2.7;

/// The share of the area that the bird covers; in a narrow area it covers less.
const BIRD_SHARE: Range<f64> = 0.065..0.13;

/// Draws a bird inside `area`; its size, position, color and direction are left to chance.
pub(super) fn draw(canvas: &mut Canvas, area: Area, rng: &mut fastrand::Rng) {
    let Area { width, height, .. } = area;
    let share = BIRD_SHARE.start + rng.f64() * (BIRD_SHARE.end - BIRD_SHARE.start);
    let unit = (share * width * height / BIRD_AREA)
        .sqrt()
        .min(width * 0.94 / BIRD_WIDTH)
        .min(height * 0.94 / BIRD_HEIGHT);
    let left = area.left + rng.f64() * (width - BIRD_WIDTH * unit);
    let top = area.top + rng.f64() * (height - BIRD_HEIGHT * unit);
    let facing = if rng.bool() { 1.0 } else { -1.0 };
    let plumage = BRIGHT_COLORS.get(rng.usize(..BRIGHT_COLORS.len())).copied().unwrap_or(DARK);

    // Coordinates are relative to the middle, so that the bird can face either side.
    let (middle, top) = (left + BIRD_WIDTH * unit / 2.0, top + 0.88 * unit);
    let at = |x: f64, y: f64| (middle + facing * (x - 0.075) * unit, top + y * unit);
    let ellipse = |x, y, rx: f64, ry: f64| Shape::Ellipse { center: at(x, y), radii: (rx * unit, ry * unit) };
    canvas.fill(&Shape::Triangle([at(-0.7, -0.1), at(-1.5, -0.45), at(-1.4, 0.3)]), plumage.shade(0.7));
    canvas.fill(&Shape::Triangle([at(1.15, -0.66), at(1.65, -0.42), at(1.15, -0.28)]), BEAK);
    canvas.fill(&ellipse(0.0, 0.1, 1.0, 0.62), plumage);
    canvas.fill(&ellipse(0.84, -0.46, 0.42, 0.42), plumage);
    canvas.fill(&ellipse(0.25, 0.3, 0.62, 0.36), plumage.shade(1.35));
    canvas.fill(&ellipse(-0.25, 0.0, 0.58, 0.27), plumage.shade(0.6));
    canvas.fill(&Shape::Triangle([at(-0.5, -0.24), at(-1.2, 0.1), at(-0.4, 0.26)]), plumage.shade(0.6));
    canvas.fill(&ellipse(0.96, -0.54, 0.12, 0.12), LIGHT);
    canvas.fill(&ellipse(0.99, -0.54, 0.06, 0.06), DARK);
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use seededit_picture::geometry::ADAPTIVE_SIZES;

    #[test]
    fn the_bird_covers_five_to_fifteen_percent_of_any_picture() {
        for (_, size) in ADAPTIVE_SIZES.iter().step_by(6) {
            for seed in 0..4 {
                let mut canvas = Canvas::new(RgbImage::new(size.width, size.height));
                let area = canvas.area();
                draw(&mut canvas, area, &mut fastrand::Rng::with_seed(seed));
                let image = canvas.into_image();
                let painted = image.pixels().filter(|pixel| pixel.0 != [0; 3]).count() as f64;
                let share = painted / size.pixels() as f64;
                assert!((0.05..0.15).contains(&share), "{size:?} seed {seed}: {share}");
            }
        }
    }
}
