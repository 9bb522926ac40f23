//! Makes the picture of a generation: the input with what the prompt asks for, and a label.
//!
//! The same picture, prompt and seed make the same result. But for whole-picture edits, only the object and
//! the label are new; everywhere else the result is the input at the size of the result.

use hyper::body::Bytes;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageError, RgbImage, imageops};
use ring::digest::{Context, SHA256};
use thiserror::Error;

use super::bird;
use super::canvas::{Canvas, Color, Shape};
use super::label;
use super::mask::{Mask, MaskInput};
use super::prompt::{Drawing, Object};
use super::scale::scale;
use super::size::TargetSize;
use super::sticker;
use super::visible::VisibleArea;
use seededit_picture::{ChromaSubsampling, ColorSpace, DecodeError, EncodeError, Encoding, Format, Size};

/// Results are about half a megabyte at this quality, as the service's are.
const QUALITY: u8 = 90;

/// The size of the placeholder for a picture given by URL.
pub(super) const PLACEHOLDER: Size = Size { width: 1024, height: 768 };

/// A picture may be stretched by this much. One whose shape differs more is cropped.
const MAX_STRETCH: f64 = 0.02;

/// The picture to edit.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A file in a format that can be decoded.
    Picture(Bytes),
    /// A URL that is not fetched. A placeholder picture is derived from its text.
    Placeholder(String),
}

/// What is to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Painting {
    pub(super) source: Source,
    /// The part of the source that may be edited; `None` is all of it.
    pub(super) mask: Option<MaskInput>,
    pub(super) prompt: String,
    pub(super) seed: i64,
    pub(super) size: TargetSize,
    pub(super) format: Format,
    /// Whether a visible watermark is drawn.
    pub(super) is_marked: bool,
    /// The part that will be seen, if that is known; else all of it.
    pub(super) visible: Option<VisibleArea>,
}

/// An encoded result and its size.
#[derive(Debug)]
pub(super) struct Painted {
    pub(super) bytes: Vec<u8>,
    pub(super) size: Size,
}

/// Why no picture could be drawn.
#[derive(Debug, Error)]
pub(super) enum PaintError {
    #[error("the picture cannot be decoded: {0}")]
    Decode(#[from] DecodeError),
    #[error("the picture cannot be scaled to {0}")]
    Size(Size),
    #[error("the result cannot be encoded: {0}")]
    Encode(#[from] EncodeError),
    #[error("the result cannot be encoded: {0}")]
    EncodeLossless(ImageError),
}

/// Draws the result of an edit.
pub(super) fn paint(painting: &Painting) -> Result<Painted, PaintError> {
    let Painting { source, prompt, seed, visible, .. } = painting;
    let mut rng = seeded_rng(source, prompt, *seed);
    let input = decoded(source)?;
    let size = painting.size.for_input(Size::of(&input));
    let mask = painting.mask.as_ref().map(|mask| Mask::read(mask, size)).transpose()?;
    let input = fitted(input, size)?;
    let kept = mask.as_ref().map(|_| input.clone());
    let visible = visible.or(mask.as_ref().and_then(Mask::editable_area));

    let mut canvas = Canvas::new(input);
    let area = visible.map_or(canvas.area(), |visible| visible.within(canvas.area()));
    let Drawing { tint, object } = Drawing::parse(prompt);
    if let Some(tint) = tint {
        tint.apply(&mut canvas, area, &mut rng);
    }
    let above = label::area_above(area);
    match object {
        // A bird in the whole picture may stand behind the label.
        Some(Object::Bird) if visible.is_none() => bird::draw(&mut canvas, area, &mut rng),
        Some(Object::Bird) => bird::draw(&mut canvas, above, &mut rng),
        Some(Object::Sticker { text, color }) => {
            sticker::draw_sticker(&mut canvas, above, &text, color, &mut rng);
        }
        Some(Object::Patch { text }) => sticker::draw_patch(&mut canvas, above, &text, &mut rng),
        None => {}
    }
    label::draw(&mut canvas, area, prompt);
    if painting.is_marked {
        label::draw_watermark(&mut canvas);
    }
    let mut image = canvas.into_image();
    if let (Some(mask), Some(kept)) = (mask, kept) {
        mask.restore(&mut image, &kept);
    }
    Ok(Painted { bytes: encode(image, painting.format)?, size })
}

/// The source of everything that is left to chance: the same request draws the same.
fn seeded_rng(source: &Source, prompt: &str, seed: i64) -> fastrand::Rng {
    let mut hash = Context::new(&SHA256);
    match source {
        Source::Picture(bytes) => hash.update(bytes),
        Source::Placeholder(url) => hash.update(url.as_bytes()),
    }
    hash.update(prompt.as_bytes());
    hash.update(&seed.to_le_bytes());
    let digest = hash.finish();
    let start = digest.as_ref().first_chunk().copied().unwrap_or_default();
    fastrand::Rng::with_seed(u64::from_le_bytes(start))
}

/// The pixels of the input.
fn decoded(source: &Source) -> Result<RgbImage, PaintError> {
    match source {
        Source::Picture(bytes) => Ok(decode(bytes)?.into_rgb8()),
        Source::Placeholder(url) => Ok(placeholder(url)),
    }
}

/// A picture at another size. It is cropped in the middle if the shape differs.
pub(super) fn fitted(picture: RgbImage, size: Size) -> Result<RgbImage, PaintError> {
    let stored = Size::of(&picture);
    if size == stored {
        return Ok(picture);
    }
    let stretch = size.ratio() / stored.ratio();
    // SeedEdit's own table has steps of up to eight percent, and its pictures are stretched.
    let picture = if (1.0 - MAX_STRETCH..=1.0 + MAX_STRETCH).contains(&stretch)
        || size == seededit_picture::adaptive_size(stored)
    {
        picture
    } else {
        cropped(&picture, size.ratio())
    };
    scale(picture, size).ok_or(PaintError::Size(size))
}

/// The middle of a picture with this shape.
fn cropped(picture: &RgbImage, ratio: f64) -> RgbImage {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let part_width = (height * ratio).min(width).round().max(1.0) as u32;
    let part_height = (width / ratio).min(height).round().max(1.0) as u32;
    let left = picture.width().saturating_sub(part_width) / 2;
    let top = picture.height().saturating_sub(part_height) / 2;
    imageops::crop_imm(picture, left, top, part_width, part_height).to_image()
}

/// Decodes a picture, as it is stored.
pub(super) fn decode(bytes: &[u8]) -> Result<image::DynamicImage, PaintError> {
    Ok(seededit_picture::decode(bytes)?.image)
}

/// Hills under a sky, in colors derived from the URL.
fn placeholder(url: &str) -> RgbImage {
    let mut rng = seeded_rng(&Source::Placeholder(url.to_owned()), "", 0);
    let Size { width, height } = PLACEHOLDER;
    let mut canvas = Canvas::new(RgbImage::new(width, height));
    let mut tint = |from: u8| Color([(); 3].map(|()| rng.u8(from..from + 80)));
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

fn encode(image: RgbImage, format: Format) -> Result<Vec<u8>, PaintError> {
    let (width, height) = (image.width(), image.height());
    let mut file = Vec::new();
    match format {
        Format::Png => {
            PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Sub)
                .write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8)
                .map_err(PaintError::EncodeLossless)?;
        }
        Format::WebP => {
            WebPEncoder::new_lossless(&mut file)
                .encode(image.as_raw(), width, height, ExtendedColorType::Rgb8)
                .map_err(PaintError::EncodeLossless)?;
        }
        _ => {
            let encoding = Encoding::Jpeg { quality: QUALITY, subsampling: ChromaSubsampling::Yuv420 };
            file = seededit_picture::encode(&image.into(), &ColorSpace::SRGB, encoding)?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws as SeedEdit does.
    fn paint(
        source: &Source,
        prompt: &str,
        seed: i64,
        visible: Option<VisibleArea>,
    ) -> Result<Vec<u8>, PaintError> {
        let painting = Painting {
            source: source.clone(),
            mask: None,
            prompt: prompt.to_owned(),
            seed,
            size: TargetSize::Adaptive,
            format: Format::Jpeg,
            is_marked: false,
            visible,
        };
        super::paint(&painting).map(|painted| painted.bytes)
    }

    fn gray(width: u32, height: u32) -> Source {
        let image = RgbImage::from_pixel(width, height, image::Rgb([120, 120, 120]));
        Source::Picture(encode(image, Format::Jpeg).unwrap().into())
    }

    fn decoded(jpeg: &[u8]) -> RgbImage {
        image::load_from_memory(jpeg).unwrap().into_rgb8()
    }

    #[test]
    fn the_same_request_draws_the_same_bytes() {
        let source = gray(640, 480);
        let first = paint(&source, "add a bird", 7, None).unwrap();
        assert_eq!(first, paint(&source, "add a bird", 7, None).unwrap());
        assert_ne!(first, paint(&source, "add a bird", 8, None).unwrap());
        assert_ne!(first, paint(&source, "add a cat", 7, None).unwrap());
    }

    #[test]
    fn the_result_has_the_adaptive_size() {
        let result = decoded(&paint(&gray(640, 480), "p", 1, None).unwrap());
        assert_eq!(result.dimensions(), (1152, 864));
    }

    #[test]
    fn most_of_the_result_is_the_input() {
        let result = decoded(&paint(&gray(1024, 1024), "p", 1, None).unwrap());
        let is_input = |pixel: &&image::Rgb<u8>| pixel.0.iter().all(|c| c.abs_diff(120) < 8);
        let kept = result.pixels().filter(is_input).count() as f64;
        assert!(kept / 1_048_576.0 > 0.8, "{kept}");
    }

    #[test]
    fn drawings_stay_in_the_visible_area() {
        let area = Some(VisibleArea { left: 0.5, top: 0.25, width: 0.25, height: 0.5 });
        for prompt in ["add a bird", "a red roof", "remove the car"] {
            let result = decoded(&paint(&gray(1024, 1024), prompt, 1, area).unwrap());
            let is_outside = |x: u32, y: u32| !(504..776).contains(&x) || !(248..776).contains(&y);
            let is_input = |pixel: &image::Rgb<u8>| pixel.0.iter().all(|c| c.abs_diff(120) < 8);
            let stray = result.enumerate_pixels().filter(|(x, y, p)| is_outside(*x, *y) && !is_input(p));
            assert_eq!(stray.count(), 0, "{prompt}");
            assert!(!is_input(result.get_pixel(520, 760)), "the label of {prompt}");
        }
    }

    #[test]
    fn every_url_has_its_own_placeholder() {
        let of = placeholder;
        assert_eq!(of("https://a.example/1.png"), of("https://a.example/1.png"));
        assert_ne!(of("https://a.example/1.png"), of("https://a.example/2.png"));
    }

    #[test]
    fn a_picture_that_cannot_be_decoded_is_an_error() {
        let broken = Source::Picture(Bytes::from_static(b"\xff\xd8\xff\xe0 not a picture"));
        assert!(matches!(paint(&broken, "p", 1, None), Err(PaintError::Decode(_))));
    }
}
