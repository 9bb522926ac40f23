//! Sixel, as VT340 terminals and many emulators know it: bands of six rows, each color of a band at a time.

use std::io::Write as _;

use image::RgbImage;
use rayon::prelude::*;

/// The levels of red, green and blue. The eye distinguishes most greens.
const LEVELS: [u32; 3] = [6, 7, 6];
const COLORS: usize = (LEVELS[0] * LEVELS[1] * LEVELS[2]) as usize;
/// The rows of a band.
const BAND: u32 = 6;
/// The order in which the pixels of a square get the next level, so that flat areas of any color look even.
const THRESHOLDS: [[u32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// Draws a picture in a palette of 252 colors at the cursor, which then is below it.
pub(super) fn draw(image: &RgbImage) -> Vec<u8> {
    let (width, height) = image.dimensions();
    // Pixels are square, and those that no color covers stay as they are.
    let mut drawn = format!("\x1bP0;1;0q\"1;1;{width};{height}").into_bytes();
    for index in 0..COLORS as u32 {
        let [_, green, blue] = LEVELS;
        let parts = [index / (green * blue), index / blue % green, index % blue];
        let [red, green, blue] = [0, 1, 2].map(|at| parts[at] * 100 / (LEVELS[at] - 1));
        let _ = write!(drawn, "#{index};2;{red};{green};{blue}");
    }
    let tops: Vec<u32> = (0..height).step_by(BAND as usize).collect();
    let bands: Vec<Vec<u8>> = tops.into_par_iter().map(|top| band(image, top)).collect();
    drawn.extend(bands.join(&b'-'));
    drawn.extend(b"\x1b\\\n");
    drawn
}

/// Draws the six rows from `top` on: for each color, one character for each column.
fn band(image: &RgbImage, top: u32) -> Vec<u8> {
    let width = image.width() as usize;
    let mut masks: Vec<Vec<u8>> = vec![Vec::new(); COLORS];
    for y in top..(top + BAND).min(image.height()) {
        for x in 0..image.width() {
            let mask = &mut masks[color(image.get_pixel(x, y).0, x, y)];
            if mask.is_empty() {
                mask.resize(width, 0);
            }
            mask[x as usize] |= 1 << (y - top);
        }
    }
    let mut drawn = Vec::new();
    for (index, mask) in masks.iter().enumerate().filter(|(_, mask)| !mask.is_empty()) {
        if !drawn.is_empty() {
            drawn.push(b'$');
        }
        let _ = write!(drawn, "#{index}");
        for run in mask.chunk_by(|one, next| one == next) {
            let character = char::from(b'?' + run[0]);
            match run.len() {
                count @ 4.. => drop(write!(drawn, "!{count}{character}")),
                count => drawn.extend(std::iter::repeat_n(character as u8, count)),
            }
        }
    }
    drawn
}

/// The color of the palette for a pixel at a place.
fn color(pixel: [u8; 3], x: u32, y: u32) -> usize {
    let threshold = THRESHOLDS[y as usize % 4][x as usize % 4];
    let mut index = 0;
    for (level, levels) in pixel.into_iter().zip(LEVELS) {
        // In sixteenths of the distance between two levels of the palette.
        let exact = u32::from(level) * (levels - 1) * 16 / 255;
        index = index * levels + ((exact + threshold) / 16).min(levels - 1);
    }
    index as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Reads what was drawn, as a terminal does.
    fn read(drawn: &[u8]) -> Vec<Vec<Option<u32>>> {
        let text = std::str::from_utf8(drawn).unwrap();
        let text = text.strip_prefix("\x1bP0;1;0q\"1;1;").unwrap().strip_suffix("\x1b\\\n").unwrap();
        let (size, text) = text.split_once('#').unwrap();
        let (width, height) = size.split_once(';').unwrap();
        let mut pixels = vec![vec![None; width.parse().unwrap()]; height.parse().unwrap()];
        let mut characters = format!("#{text}").chars().collect::<Vec<_>>().into_iter().peekable();
        let (mut x, mut top, mut color) = (0, 0, 0);
        while let Some(character) = characters.next() {
            let mut number = || {
                let mut digits = String::new();
                while let Some(digit) = characters.next_if(|next| next.is_ascii_digit() || *next == ';') {
                    digits.push(digit);
                }
                digits
            };
            let (count, character) = match character {
                '#' => {
                    let parts = number();
                    if !parts.contains(';') {
                        color = parts.parse().unwrap();
                    }
                    continue;
                }
                '$' => {
                    x = 0;
                    continue;
                }
                '-' => {
                    (x, top) = (0, top + 6);
                    continue;
                }
                '!' => {
                    let count = number().parse().unwrap();
                    (count, characters.next().unwrap())
                }
                other => (1, other),
            };
            for _ in 0..count {
                for row in (0..6).filter(|row| (character as u8 - b'?') >> row & 1 == 1) {
                    pixels[top + row][x] = Some(color);
                }
                x += 1;
            }
        }
        pixels
    }

    #[test]
    fn every_pixel_has_a_color_and_primary_colors_are_exact() {
        let colors = [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]];
        let indices = [0, 251, 210, 36, 5];
        let image = RgbImage::from_fn(23, 15, |x, y| Rgb(colors[((x / 3 + y / 2) % 5) as usize]));
        let pixels = read(&draw(&image));
        for (x, y, _) in image.enumerate_pixels() {
            let expected = indices[((x / 3 + y / 2) % 5) as usize];
            assert_eq!(pixels[y as usize][x as usize], Some(expected), "{x} {y}");
        }
    }

    #[test]
    fn a_flat_area_keeps_its_mean_color() {
        let image = RgbImage::from_pixel(16, 12, Rgb([77, 130, 201]));
        let pixels = read(&draw(&image));
        let mean = |part: fn(u32) -> u32, levels: u32| {
            let sum: u32 = pixels.iter().flatten().map(|color| part(color.unwrap())).sum();
            f64::from(sum) / f64::from(16 * 12 * (levels - 1)) * 255.0
        };
        let found = [mean(|color| color / 42, 6), mean(|color| color / 6 % 7, 7), mean(|color| color % 6, 6)];
        for (found, expected) in found.into_iter().zip([77.0, 130.0, 201.0]) {
            assert!((found - expected).abs() < 6.0, "{found} instead of {expected}");
        }
    }
}
