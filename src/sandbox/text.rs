//! Text on a canvas.

use seededit_picture::font;

pub(super) use seededit_picture::lettering::{LINE_HEIGHT, letters_in, shortened, width, wrapped};

use super::canvas::{Canvas, Color, Point, Shape};

/// Draws one line of text in capitals from its upper left corner on.
pub(super) fn draw(canvas: &mut Canvas, text: &str, (left, top): Point, scale: u32, ink: Color) {
    let dot = f64::from(scale);
    let starts = (0u32..).map(|index| left + f64::from(index * font::ADVANCE) * dot);
    for (letter, left) in text.chars().zip(starts) {
        for (row, y) in font::rows(letter.to_ascii_uppercase()).into_iter().zip(0u32..) {
            let lit = (0..font::WIDTH).filter(|x| row >> (font::WIDTH - 1 - x) & 1 == 1);
            for x in lit {
                let corner = (left + f64::from(x) * dot, top + f64::from(y) * dot);
                canvas.fill(&Shape::rectangle(corner, (dot, dot)), ink);
            }
        }
    }
}
