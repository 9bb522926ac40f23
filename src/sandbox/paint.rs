//! The picture that a generation makes: the input with a bird in it, and a label that says so.
//!
//! The same picture, prompt and seed make the same result. Only the bird and the label are new;
//! everywhere else the result is the input at its adaptive size, and what JPEG does to it.

use hyper::body::Bytes;
use image::{ImageError, ImageFormat, RgbImage};
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
use ring::digest::{Context, SHA256};
use thiserror::Error;

use super::bird;
use super::canvas::{Canvas, Color, Shape};
use super::font;
use super::scale::scale;
use crate::picture::{Format, Size, adaptive_size};

/// Results are about half a megabyte at this quality, as the service's are.
const QUALITY: u8 = 90;

/// What stands in for a picture at an address that is not ours.
const PLACEHOLDER: Size = Size { width: 1024, height: 768 };

/// The label's colors.
const PANEL: Color = Color([28, 28, 32]);
const DISCLAIMER_INK: Color = Color([246, 246, 242]);
const PROMPT_INK: Color = Color([244, 150, 32]);

const DISCLAIMER: &str = "SANDBOX - NOT THE MODEL";

/// How much of the prompt the label shows: two lines of it would cover too much.
const PROMPT_LETTERS: usize = 40;

/// What is to be edited.
#[derive(Debug)]
pub(super) enum Source {
    /// A JPEG or PNG.
    Picture(Bytes),
    /// A URL that nobody looks behind: a picture is made up from its text.
    Placeholder(String),
}

/// Why there is no picture.
#[derive(Debug, Error)]
pub(super) enum PaintError {
    #[error("the picture is neither JPEG nor PNG")]
    Format,
    #[error("the picture cannot be decoded: {0}")]
    Decode(#[from] ImageError),
    #[error("the picture cannot be scaled to {0}")]
    Size(Size),
    #[error("the result cannot be encoded: {0}")]
    Encode(#[from] EncodingError),
}

/// Edits `source` as `prompt` and `seed` have it; the result is a JPEG.
pub(super) fn paint(source: &Source, prompt: &str, seed: i64) -> Result<Vec<u8>, PaintError> {
    let mut dice = dice(source, prompt, seed);
    let mut canvas = Canvas::new(scaled(source)?);
    bird::draw(&mut canvas, &mut dice);
    draw_label(&mut canvas, prompt);
    encode(&canvas.into_image())
}

/// Everything that is left to chance, drawn from all that was asked for.
fn dice(source: &Source, prompt: &str, seed: i64) -> fastrand::Rng {
    let mut asked = Context::new(&SHA256);
    match source {
        Source::Picture(bytes) => asked.update(bytes),
        Source::Placeholder(url) => asked.update(url.as_bytes()),
    }
    asked.update(prompt.as_bytes());
    asked.update(&seed.to_le_bytes());
    let digest = asked.finish();
    let start = digest.as_ref().first_chunk().copied().unwrap_or_default();
    fastrand::Rng::with_seed(u64::from_le_bytes(start))
}

/// The input at the size in which it comes back.
fn scaled(source: &Source) -> Result<RgbImage, PaintError> {
    let picture = match source {
        Source::Picture(bytes) => decode(bytes)?,
        Source::Placeholder(url) => placeholder(url),
    };
    let stored = Size::of(&picture);
    let size = adaptive_size(stored);
    if size == stored {
        return Ok(picture);
    }
    scale(&picture, size).ok_or(PaintError::Size(size))
}

/// Decodes what can be decoded; whether all of the picture is there is not looked at.
fn decode(bytes: &[u8]) -> Result<RgbImage, PaintError> {
    let format = match Format::sniff(bytes) {
        Some(Format::Jpeg) => ImageFormat::Jpeg,
        Some(Format::Png) => ImageFormat::Png,
        _ => return Err(PaintError::Format),
    };
    Ok(image::load_from_memory_with_format(bytes, format)?.into_rgb8())
}

/// Hills under a sky, in colors that the URL decides.
fn placeholder(url: &str) -> RgbImage {
    let mut dice = dice(&Source::Placeholder(url.to_owned()), "", 0);
    let Size { width, height } = PLACEHOLDER;
    let mut canvas = Canvas::new(RgbImage::new(width, height));
    let mut tint = |from: u8| Color([(); 3].map(|()| dice.u8(from..from + 80)));
    let (sky, near, far) = (tint(170), tint(20), tint(80));
    let (width, height) = (f64::from(width), f64::from(height));
    let hill = |x: f64, top: f64| Shape::Ellipse {
        center: (x * width, height * (top + 1.0)),
        radii: (width * 0.6, height),
    };
    canvas.fill(&Shape::rectangle((0.0, 0.0), (width, height)), sky);
    canvas.fill(&hill(0.2, 0.45), far);
    canvas.fill(&hill(0.8, 0.6), near);
    canvas.into_image()
}

/// A label in the lower left corner: two lines, about 3 % of the picture.
fn draw_label(canvas: &mut Canvas, prompt: &str) {
    const MARGIN: u32 = 8;
    const LARGE: u32 = 3;
    const SMALL: u32 = 2;
    let prompt: String = prompt.chars().take(PROMPT_LETTERS).collect();
    // As wide for every prompt, so that the edit of an edit covers the label it finds.
    let text_width = PROMPT_LETTERS as u32 * font::ADVANCE * SMALL;
    let height = 3 * MARGIN + font::HEIGHT * (LARGE + SMALL);
    let top = canvas.size().1 - f64::from(height);
    let panel = (f64::from(2 * MARGIN + text_width), f64::from(height));
    canvas.fill(&Shape::rectangle((0.0, top), panel), PANEL);
    let (left, first) = (f64::from(MARGIN), top + f64::from(MARGIN));
    draw_text(canvas, DISCLAIMER, (left, first), LARGE, DISCLAIMER_INK);
    let second = first + f64::from(font::HEIGHT * LARGE + MARGIN);
    draw_text(canvas, &prompt, (left, second), SMALL, PROMPT_INK);
}

fn draw_text(canvas: &mut Canvas, text: &str, (left, top): (f64, f64), scale: u32, ink: Color) {
    let dot = f64::from(scale);
    let places = (0u32..).map(|place| left + f64::from(place * font::ADVANCE) * dot);
    for (letter, left) in text.chars().zip(places) {
        for (row, y) in font::rows(letter).into_iter().zip(0u32..) {
            let lit = (0..font::WIDTH).filter(|x| row >> (font::WIDTH - 1 - x) & 1 == 1);
            for x in lit {
                let corner = (left + f64::from(x) * dot, top + f64::from(y) * dot);
                canvas.fill(&Shape::rectangle(corner, (dot, dot)), ink);
            }
        }
    }
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, PaintError> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    // The sides are those of the size table, 1536 at most.
    let (width, height) = (image.width() as u16, image.height() as u16);
    encoder.encode(image.as_raw(), width, height, ColorType::Rgb)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Source {
        let image = RgbImage::from_pixel(width, height, image::Rgb([120, 120, 120]));
        Source::Picture(encode(&image).unwrap().into())
    }

    fn decoded(jpeg: &[u8]) -> RgbImage {
        image::load_from_memory(jpeg).unwrap().into_rgb8()
    }

    #[test]
    fn the_same_request_makes_the_same_bytes() {
        let source = grey(640, 480);
        let first = paint(&source, "add a bird", 7).unwrap();
        assert_eq!(first, paint(&source, "add a bird", 7).unwrap());
        assert_ne!(first, paint(&source, "add a bird", 8).unwrap());
        assert_ne!(first, paint(&source, "add a cat", 7).unwrap());
    }

    #[test]
    fn the_result_has_the_adaptive_size() {
        let result = decoded(&paint(&grey(640, 480), "p", 1).unwrap());
        assert_eq!(result.dimensions(), (1152, 864));
    }

    #[test]
    fn most_of_the_picture_is_the_input() {
        let result = decoded(&paint(&grey(1024, 1024), "p", 1).unwrap());
        let is_input = |pixel: &&image::Rgb<u8>| pixel.0.iter().all(|c| c.abs_diff(120) < 8);
        let kept = result.pixels().filter(is_input).count() as f64;
        assert!(kept / 1_048_576.0 > 0.8, "{kept}");
    }

    #[test]
    fn the_label_fits_the_narrowest_picture() {
        let longest = "W".repeat(200);
        let mut canvas = Canvas::new(RgbImage::from_pixel(512, 1536, image::Rgb([9, 9, 9])));
        draw_label(&mut canvas, &longest);
        assert_eq!(canvas.into_image().get_pixel(511, 1500).0, [9, 9, 9]);
    }

    #[test]
    fn every_url_has_its_own_placeholder() {
        let of = placeholder;
        assert_eq!(of("https://a.example/1.png"), of("https://a.example/1.png"));
        assert_ne!(of("https://a.example/1.png"), of("https://a.example/2.png"));
    }

    #[test]
    fn what_cannot_be_decoded_is_an_error() {
        let broken = Source::Picture(Bytes::from_static(b"\xff\xd8\xff\xe0 not a picture"));
        assert!(matches!(paint(&broken, "p", 1), Err(PaintError::Decode(_))));
    }
}
