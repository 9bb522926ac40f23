//! Labeled shapes that stand for what was requested: a sticker for what is added, a patch for what is
//! removed.

use std::ops::Range;

use super::canvas::{Area, Canvas, Color};
use super::text;

/// Colors that stand out from most photographs.
pub(super) const BRIGHT_COLORS: [Color; 6] = [
    Color([214, 56, 48]),
    Color([32, 104, 208]),
    Color([236, 168, 28]),
    Color([124, 60, 168]),
    Color([24, 148, 112]),
    Color([226, 98, 152]),
];

const LIGHT: Color = Color([246, 246, 242]);
const DARK: Color = Color([28, 28, 32]);

/// The share of the area that a shape covers.
const SHARE: Range<f64> = 0.07..0.12;
/// Width by height of a shape, where the area has room for it.
const ASPECT: f64 = 2.0;
/// The largest part of the area's sides that a shape may take.
const MAX_SIDE: f64 = 0.94;
/// The space around the text and the width of the border, in parts of the shape's height.
const PADDING: f64 = 0.12;
const BORDER: f64 = 0.045;

/// Draws a rounded shape with a border and a text, somewhere in `area`.
pub(super) fn draw_sticker(
    canvas: &mut Canvas,
    area: Area,
    label: &str,
    color: Option<Color>,
    rng: &mut fastrand::Rng,
) {
    let shape = choose_area(area, rng);
    let drawn = BRIGHT_COLORS.get(rng.usize(..BRIGHT_COLORS.len())).copied().unwrap_or(DARK);
    let color = color.unwrap_or(drawn);
    let border = (shape.height * BORDER).max(1.0);
    let ink = contrast(color);
    canvas.fill_rounded(shape, shape.height * 0.25, ink);
    canvas.fill_rounded(shape.inset(border), shape.height * 0.25 - border, color);
    write(canvas, shape, label, ink);
}

/// Draws a flat rectangle in the mean color of what it covers, with a text, somewhere in `area`.
pub(super) fn draw_patch(canvas: &mut Canvas, area: Area, removed: &str, rng: &mut fastrand::Rng) {
    let shape = choose_area(area, rng);
    let color = canvas.mean(shape);
    canvas.fill_rounded(shape, 0.0, color);
    write(canvas, shape, &format!("no {removed}"), contrast(color));
}

/// Chooses a random size and position for a shape.
fn choose_area(area: Area, rng: &mut fastrand::Rng) -> Area {
    let share = SHARE.start + rng.f64() * (SHARE.end - SHARE.start);
    let target = share * area.width * area.height;
    let width = (target * ASPECT).sqrt().min(area.width * MAX_SIDE);
    let height = (target / width).min(area.height * MAX_SIDE);
    let width = (target / height).min(area.width * MAX_SIDE);
    let (width, height) = (width.floor().max(1.0), height.floor().max(1.0));
    let start = |from: f64, room: f64, share: f64| (from + share * room.max(0.0)).floor();
    let left = start(area.left, area.width - width, rng.f64());
    let top = start(area.top, area.height - height, rng.f64());
    Area { left, top, width, height }
}

/// Writes a text into the middle of a shape, as large as it fits.
fn write(canvas: &mut Canvas, shape: Area, label: &str, ink: Color) {
    let inner = shape.inset(shape.height * PADDING);
    let fits = |scale: u32| {
        let lines = text::wrapped(label, text::letters_in(inner.width, scale));
        let is_whole = lines.iter().all(|line| !line.ends_with('…'));
        (is_whole && height_of(&lines, scale) <= inner.height).then_some((scale, lines))
    };
    let largest = ((inner.height / f64::from(text::LINE_HEIGHT)) as u32).max(1);
    let (scale, lines) = (1..=largest).rev().find_map(fits).unwrap_or_else(|| {
        let letters = text::letters_in(inner.width, 1);
        let mut lines = text::wrapped(label, letters);
        let room = (inner.height / f64::from(text::LINE_HEIGHT)).max(1.0) as usize;
        if lines.len() > room
            && let Some(last) = lines.get(room - 1).map(|line| text::shortened(&format!("{line} …"), letters))
        {
            lines.truncate(room - 1);
            lines.push(last);
        }
        (1, lines)
    });
    let mut top = (inner.top + (inner.height - height_of(&lines, scale)) / 2.0).floor();
    for line in &lines {
        let left = (inner.left + (inner.width - text::width(line, scale)) / 2.0).floor();
        text::draw(canvas, line, (left, top), scale, ink);
        top += f64::from(text::LINE_HEIGHT * scale);
    }
}

/// The height of lines of text, without the gap below the last.
fn height_of(lines: &[String], scale: u32) -> f64 {
    let gap = f64::from(text::LINE_HEIGHT - seededit_picture::font::HEIGHT);
    (lines.len() as f64 * f64::from(text::LINE_HEIGHT) - gap).max(0.0) * f64::from(scale)
}

/// Black or white, whichever is easier to read on a color.
fn contrast(Color([r, g, b]): Color) -> Color {
    let luma = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    if luma > 150.0 { DARK } else { LIGHT }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_sticker_covers_five_to_fifteen_percent_of_its_area_and_nothing_outside() {
        let areas = [
            Area { left: 0.0, top: 0.0, width: 1000.0, height: 700.0 },
            Area { left: 300.0, top: 200.0, width: 400.0, height: 90.0 },
            Area { left: 900.0, top: 10.0, width: 60.0, height: 600.0 },
        ];
        for area in areas {
            for seed in 0..8 {
                let mut canvas = Canvas::new(RgbImage::new(1000, 700));
                draw_sticker(&mut canvas, area, "a red roof", None, &mut fastrand::Rng::with_seed(seed));
                let image = canvas.into_image();
                let painted: Vec<(u32, u32)> = image
                    .enumerate_pixels()
                    .filter(|(_, _, pixel)| pixel.0 != [0; 3])
                    .map(|(x, y, _)| (x, y))
                    .collect();
                let is_inside = |(x, y): &(u32, u32)| area.contains(f64::from(*x), f64::from(*y));
                assert!(painted.iter().all(is_inside), "{area:?} seed {seed}");
                let share = painted.len() as f64 / (area.width * area.height);
                assert!((0.05..0.15).contains(&share), "{area:?} seed {seed}: {share}");
            }
        }
    }

    #[test]
    fn any_text_fits_any_shape() {
        for label in ["", "x", &"word ".repeat(80), &"w".repeat(300)] {
            for (width, height) in [(1.0, 1.0), (20.0, 9.0), (400.0, 100.0)] {
                let mut canvas = Canvas::new(RgbImage::new(400, 100));
                write(&mut canvas, Area { left: 0.0, top: 0.0, width, height }, label, LIGHT);
            }
        }
    }
}
