//! Half blocks: each cell shows two pixels, one above the other.

use std::io::Write as _;

use image::{Rgb, RgbImage};

/// Draws two rows of pixels as a line of text.
pub(super) fn draw(image: &RgbImage, has_true_color: bool) -> Vec<u8> {
    let mut drawn = Vec::new();
    for y in (0..image.height()).step_by(2) {
        let mut colors = (None, None);
        for x in 0..image.width() {
            let (upper, lower) = (*image.get_pixel(x, y), image.get_pixel_checked(x, y + 1).copied());
            // Colors that stay are not repeated. Writing to memory cannot fail.
            if colors.0 != Some(upper) {
                let _ = write!(drawn, "\x1b[38;{}m", code(upper, has_true_color));
            }
            if let Some(lower) = lower.filter(|lower| colors.1 != Some(*lower)) {
                let _ = write!(drawn, "\x1b[48;{}m", code(lower, has_true_color));
            }
            colors = (Some(upper), lower);
            drawn.extend("▀".as_bytes());
        }
        drawn.extend(b"\x1b[0m\n");
    }
    drawn
}

fn code(Rgb([red, green, blue]): Rgb<u8>, has_true_color: bool) -> String {
    if has_true_color {
        format!("2;{red};{green};{blue}")
    } else {
        format!("5;{}", nearest_of_256([red, green, blue]))
    }
}

/// The nearest color of the usual 256: a cube with six levels in each direction, or one of 24 grays.
fn nearest_of_256(color: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

    let nearest = |level: u8| -> u8 {
        let distance = |at: &u8| LEVELS[usize::from(*at)].abs_diff(level);
        (0..6).min_by_key(distance).unwrap_or(0)
    };
    let distance = |other: [u8; 3]| -> u32 {
        color.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    let [red, green, blue] = color.map(nearest);
    let in_cube = [red, green, blue].map(|at| LEVELS[usize::from(at)]);
    let mean = color.iter().map(|level| u32::from(*level)).sum::<u32>() / 3;
    let step = ((mean.saturating_sub(3)) / 10).min(23) as u8;
    if distance([8 + 10 * step; 3]) < distance(in_cube) {
        232 + step
    } else {
        16 + 36 * red + 6 * green + blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> RgbImage {
        let mut image = RgbImage::from_pixel(2, 3, Rgb([255, 0, 0]));
        image.put_pixel(1, 1, Rgb([0, 0, 255]));
        image
    }

    #[test]
    fn two_rows_are_a_line_and_the_last_row_may_be_half_a_line() {
        let drawn = String::from_utf8(draw(&picture(), true)).unwrap();
        assert_eq!(
            drawn,
            "\x1b[38;2;255;0;0m\x1b[48;2;255;0;0m▀\x1b[48;2;0;0;255m▀\x1b[0m\n\x1b[38;2;255;0;0m▀▀\x1b[0m\n"
        );
        let drawn = String::from_utf8(draw(&picture(), false)).unwrap();
        assert_eq!(drawn, "\x1b[38;5;196m\x1b[48;5;196m▀\x1b[48;5;21m▀\x1b[0m\n\x1b[38;5;196m▀▀\x1b[0m\n");
    }

    #[test]
    fn grays_and_colors_are_the_nearest_of_256() {
        let found =
            [[0, 0, 0], [255, 255, 255], [128, 128, 128], [95, 135, 175], [9, 8, 7]].map(nearest_of_256);
        assert_eq!(found, [16, 231, 244, 67, 232]);
    }
}
