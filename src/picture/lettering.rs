//! Text in the built-in font: measured, wrapped, shortened and drawn.

use image::{Rgb, RgbImage};

use crate::font;

/// The distance from one line to the next, in pixels of the font.
pub const LINE_HEIGHT: u32 = font::HEIGHT + 2;

/// The number of letters that fit into a width at this scale.
#[must_use]
pub fn letters_in(width: f64, scale: u32) -> usize {
    // The last letter needs no gap behind it.
    ((width / f64::from(scale) + 1.0) / f64::from(font::ADVANCE)).max(0.0) as usize
}

/// The width of a text at this scale.
#[must_use]
pub fn width(text: &str, scale: u32) -> f64 {
    let letters = text.chars().count() as f64;
    (letters * f64::from(font::ADVANCE) - 1.0).max(0.0) * f64::from(scale)
}

/// The text with at most this many letters; an ellipsis marks what was left out.
#[must_use]
pub fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// The text in lines of at most this many letters, broken between words; longer words are shortened.
#[must_use]
pub fn wrapped(text: &str, letters: usize) -> Vec<String> {
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

/// Draws one line of text with its upper left corner at `(left, top)`. What is outside of the image is left out.
pub fn draw(image: &mut RgbImage, text: &str, (left, top): (u32, u32), scale: u32, ink: Rgb<u8>) {
    for (letter, index) in text.chars().zip(0u32..) {
        let left = left.saturating_add(index.saturating_mul(font::ADVANCE * scale));
        for (row, y) in font::rows(letter).into_iter().zip(0u32..) {
            for x in (0..font::WIDTH).filter(|x| row >> (font::WIDTH - 1 - x) & 1 == 1) {
                for (down, across) in (0..scale).flat_map(|down| (0..scale).map(move |across| (down, across)))
                {
                    let (x, y) = (left.saturating_add(x * scale + across), top + y * scale + down);
                    if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
                        *pixel = ink;
                    }
                }
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

    #[test]
    fn a_text_at_the_edge_is_cut_off() {
        let mut image = RgbImage::new(8, 9);
        draw(&mut image, "I-", (1, 1), 1, Rgb([255; 3]));
        let row = |y: u32| {
            (0..8).map(|x| if image.get_pixel(x, y).0[0] > 0 { '#' } else { '.' }).collect::<String>()
        };
        assert_eq!([row(0), row(1), row(2), row(4)], ["........", "..###...", "...#....", "...#...#"]);
    }
}
