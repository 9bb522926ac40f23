//! Text in the built-in font: measured, wrapped, shortened and drawn.

use super::canvas::{Canvas, Color, Point, Shape};
use super::font;

/// The distance from one line to the next, in pixels of the font.
pub(super) const LINE_HEIGHT: u32 = font::HEIGHT + 2;

/// The number of letters that fit into a width at this scale.
pub(super) fn letters_in(width: f64, scale: u32) -> usize {
    // The last letter needs no gap behind it.
    ((width / f64::from(scale) + 1.0) / f64::from(font::ADVANCE)).max(0.0) as usize
}

/// The width of a text at this scale.
pub(super) fn width(text: &str, scale: u32) -> f64 {
    let letters = text.chars().count() as f64;
    (letters * f64::from(font::ADVANCE) - 1.0).max(0.0) * f64::from(scale)
}

/// The text with at most this many letters; an ellipsis marks what was left out.
pub(super) fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// The text in lines of at most this many letters, broken between words; longer words are shortened.
pub(super) fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, letters)),
        }
    }
    lines
}

/// Draws one line of text from its upper left corner on.
pub(super) fn draw(canvas: &mut Canvas, text: &str, (left, top): Point, scale: u32, ink: Color) {
    let dot = f64::from(scale);
    let starts = (0u32..).map(|index| left + f64::from(index * font::ADVANCE) * dot);
    for (letter, left) in text.chars().zip(starts) {
        for (row, y) in font::rows(letter).into_iter().zip(0u32..) {
            let lit = (0..font::WIDTH).filter(|x| row >> (font::WIDTH - 1 - x) & 1 == 1);
            for x in lit {
                let corner = (left + f64::from(x) * dot, top + f64::from(y) * dot);
                canvas.fill(&Shape::rectangle(corner, (dot, dot)), ink);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis() {
        assert_eq!(shortened("a boat", 6), "a boat");
        assert_eq!(shortened("a boat", 5), "a bo…");
        assert_eq!(shortened("add a bird", 5), "add…");
        assert_eq!(shortened("boat", 0), "…");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("a small red boat", 9), ["a small", "red boat"]);
        assert_eq!(wrapped("incomprehensible words", 8), ["incompr…", "words"]);
        assert_eq!(wrapped("", 8), Vec::<String>::new());
    }

    #[test]
    fn the_measured_number_of_letters_fits() {
        for letters in 1..40 {
            let text = "W".repeat(letters);
            assert_eq!(letters_in(width(&text, 3), 3), letters);
        }
    }
}
