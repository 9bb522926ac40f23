//! The label that says that no model made the picture. Every result carries it.

use seededit_picture::font;

use super::canvas::{Area, Canvas, Color, Shape};
use super::text;

const PANEL: Color = Color([28, 28, 32]);
const DISCLAIMER_INK: Color = Color([246, 246, 242]);
const PROMPT_INK: Color = Color([244, 150, 32]);

const DISCLAIMER: &str = "SANDBOX - NOT THE MODEL";
const SHORT_DISCLAIMER: &str = "SANDBOX";
const WATERMARK: &str = "AI GENERATED";

/// A size of the label.
#[derive(Debug, Clone, Copy)]
struct Layout {
    disclaimer: &'static str,
    /// The scale of the disclaimer.
    large: u32,
    /// The scale of the prompt; `None` leaves it out.
    small: Option<u32>,
    margin: u32,
    width: u32,
}

/// From the largest to the smallest. Widths do not depend on the prompt, so that the label of an edit covers
/// that of the edit before it.
const LAYOUTS: [Layout; 5] = [
    Layout { disclaimer: DISCLAIMER, large: 3, small: Some(2), margin: 8, width: 496 },
    Layout { disclaimer: DISCLAIMER, large: 2, small: Some(1), margin: 5, width: 285 },
    Layout { disclaimer: DISCLAIMER, large: 1, small: Some(1), margin: 3, width: 143 },
    Layout { disclaimer: SHORT_DISCLAIMER, large: 2, small: None, margin: 3, width: 88 },
    Layout { disclaimer: SHORT_DISCLAIMER, large: 1, small: None, margin: 1, width: 43 },
];

impl Layout {
    /// The largest one that takes at most the area's width and a third of its height; else the smallest.
    fn fitting(area: Area) -> Layout {
        let fits =
            |layout: &&Layout| f64::from(layout.width) <= area.width && layout.height() * 3.0 <= area.height;
        let [.., smallest] = LAYOUTS;
        LAYOUTS.iter().find(fits).copied().unwrap_or(smallest)
    }

    fn height(self) -> f64 {
        let prompt = self.small.map_or(0, |small| font::HEIGHT * small + self.margin);
        f64::from(2 * self.margin + font::HEIGHT * self.large + prompt)
    }
}

/// Draws the label into the lower left corner of `area`.
pub(super) fn draw(canvas: &mut Canvas, area: Area, prompt: &str) {
    let layout = Layout::fitting(area);
    let margin = f64::from(layout.margin);
    let (left, top) = (area.left, area.top + area.height - layout.height());
    let panel = (f64::from(layout.width), layout.height());
    canvas.fill(&Shape::rectangle((left, top), panel), PANEL);
    let first = (left + margin, top + margin);
    text::draw(canvas, layout.disclaimer, first, layout.large, DISCLAIMER_INK);
    if let Some(small) = layout.small {
        let letters = text::letters_in(panel.0 - 2.0 * margin, small);
        let second = first.1 + f64::from(font::HEIGHT * layout.large) + margin;
        text::draw(canvas, &text::shortened(prompt, letters), (first.0, second), small, PROMPT_INK);
    }
}

/// Draws a visible watermark into the upper right corner, as hosts do that add one by default.
pub(super) fn draw_watermark(canvas: &mut Canvas) {
    let Area { width, .. } = canvas.area();
    let scale = if width >= 400.0 { 2 } else { 1 };
    let margin = f64::from(scale) * 2.0;
    let panel =
        (text::width(WATERMARK, scale) + 2.0 * margin, f64::from(font::HEIGHT * scale) + 2.0 * margin);
    let left = (width - panel.0).max(0.0);
    canvas.fill(&Shape::rectangle((left, 0.0), panel), DISCLAIMER_INK);
    text::draw(canvas, WATERMARK, (left + margin, margin), scale, PANEL);
}

/// The part of `area` above the label, where that is most of it; else all of it.
pub(super) fn area_above(area: Area) -> Area {
    let height = area.height - Layout::fitting(area).height();
    if height >= area.height * 0.6 { Area { height, ..area } } else { area }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn the_label_stays_in_its_area_whatever_the_prompt() {
        for (width, height) in [(512.0, 1536.0), (300.0, 200.0), (150.0, 100.0), (50.0, 40.0)] {
            let area = Area { left: 20.0, top: 30.0, width, height };
            let mut canvas = Canvas::new(RgbImage::new(600, 1600));
            draw(&mut canvas, area, &"W".repeat(200));
            let image = canvas.into_image();
            let mut painted = image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 != [0; 3]).peekable();
            assert!(painted.peek().is_some());
            assert!(painted.all(|(x, y, _)| area.contains(f64::from(x), f64::from(y))), "{area:?}");
        }
    }
}
