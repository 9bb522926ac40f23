//! Small pictures for the tests, drawn here so that none has to be stored.

use base64::prelude::{BASE64_STANDARD, Engine};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use seededit_resize::Size;

/// The size of every picture here: no multiple of a block, and more than one block each way.
pub(crate) const SIZE: Size = Size { width: 45, height: 38 };

/// Slopes, an edge and some grain, so that no block is empty.
pub(crate) fn rgb() -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let grain = (x * 7 + y * 13) % 11 * 5;
        let edge = if x > y { 90 } else { 0 };
        let level = |n: u32| u8::try_from(n.min(255)).unwrap();
        Rgb([level(x * 5 + grain), level(y * 4 + edge), level(200 - x - y + grain)])
    })
}

/// [`rgb`], fading out to the right.
pub(crate) fn rgba() -> RgbaImage {
    let rgb = rgb();
    RgbaImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let Rgb([r, g, b]) = *rgb.get_pixel(x, y);
        Rgba([r, g, b, u8::try_from(255 - x * 5).unwrap()])
    })
}

pub(crate) fn png() -> Vec<u8> {
    written(&rgb().into(), ImageFormat::Png)
}

pub(crate) fn webp() -> Vec<u8> {
    written(&rgba().into(), ImageFormat::WebP)
}

pub(crate) fn baseline_jpeg() -> Vec<u8> {
    jpeg(|_| {})
}

pub(crate) fn jpeg_with_exif(exif: &[u8]) -> Vec<u8> {
    jpeg(|encoder| encoder.add_exif_metadata(exif).unwrap())
}

pub(crate) fn jpeg_with_icc(profile: &[u8]) -> Vec<u8> {
    jpeg(|encoder| encoder.add_icc_profile(profile).unwrap())
}

pub(crate) fn progressive_jpeg() -> Vec<u8> {
    jpeg(|encoder| encoder.set_progressive(true))
}

/// A JPEG whose coefficients come bit by bit, which the encoder above does not do: a drawing like
/// [`rgb`], written by libjpeg-turbo with its usual ten scans, 4:2:0, at quality 25.
pub(crate) fn refined_jpeg() -> Vec<u8> {
    const BASE64: &str = "\
        /9j/2wBDACAWGBwYFCAcGhwkIiAmMFA0MCwsMGJGSjpQdGZ6eHJmcG6AkLicgIiuim5woNqirr7EztDOfJri8uDI8LjKzsb/\
        2wBDASIkJDAqMF40NF7GhHCExsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsb/wgAR\
        CAAmAC0DASIAAhEBAxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAEDAv/EABcBAQEBAQAAAAAAAAAAAAAAAAEDAgT/2gAMAwEA\
        AhADEAAAAZWzVFqrjWJYGO1t49NPFwDLHYU59MMXAMv/xAAYEAEBAAMAAAAAAAAAAAAAAAAAEQECQP/aAAgBAQABBQLVERER\
        hERETh//xAAYEQADAQEAAAAAAAAAAAAAAAAAAQIQEv/aAAgBAwEBPwFMVHRIskWf/8QAGBEAAwEBAAAAAAAAAAAAAAAAAAEQ\
        EgL/2gAIAQIBAT8B6Zo0N13/xAAUEAEAAAAAAAAAAAAAAAAAAABA/9oACAEBAAY/Anf/xAAXEAEBAQEAAAAAAAAAAAAAAAAB\
        ACBR/9oACAEBAAE/IeGIYAnLGAIQwRGCIx//2gAMAwEAAgADAAAAEBLjq3fwvf8A/8QAGREAAQUAAAAAAAAAAAAAAAAAAQAQ\
        ICFB/9oACAEDAQE/ENQqWmZL/8QAGBEBAQEBAQAAAAAAAAAAAAAAAQAQEUH/2gAIAQIBAT8Q9ScUlu4Zv//EAB8QAAEDBAMB\
        AAAAAAAAAAAAAAEAEBEhQVFxIDFAYf/aAAgBAQABPxCiOixXxZ1bqzTgsccHigICGBHgA//Z\
        ";
    BASE64_STANDARD.decode(BASE64).unwrap()
}

/// A JPEG of each colour model, process and sampling that can be made here.
pub(crate) fn jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let grey = DynamicImage::from(rgb()).to_luma8();
    let cmyk: Vec<u8> = rgb().pixels().flat_map(|p| [p[0], p[1], p[2], 40]).collect();
    vec![
        ("baseline", baseline_jpeg()),
        ("4:4:4", jpeg(|e| e.set_sampling_factor(SamplingFactor::F_1_1))),
        ("4:2:2", jpeg(|e| e.set_sampling_factor(SamplingFactor::F_2_1))),
        ("4:4:0", jpeg(|e| e.set_sampling_factor(SamplingFactor::F_1_2))),
        ("own tables", jpeg(|e| e.set_optimized_huffman_tables(true))),
        ("restarts", jpeg(|e| e.set_restart_interval(2))),
        ("progressive", progressive_jpeg()),
        ("progressive with refinement", refined_jpeg()),
        (
            "progressive with restarts",
            jpeg(|e| {
                e.set_progressive(true);
                e.set_restart_interval(3);
            }),
        ),
        ("grey", jpeg_of(&grey, ColorType::Luma)),
        ("cmyk", jpeg_of(&cmyk, ColorType::Cmyk)),
        ("ycck", jpeg_of(&cmyk, ColorType::CmykAsYcck)),
    ]
}

/// A picture of each format that can be made here, and of each depth and colour model.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = DynamicImage::from(rgb());
    let mut kinds = jpegs();
    kinds.extend([
        ("png", png()),
        ("png 16 bit", written(&rgb.to_rgba16().into(), ImageFormat::Png)),
        ("png grey", written(&rgb.to_luma8().into(), ImageFormat::Png)),
        ("webp", webp()),
    ]);
    kinds
}

fn jpeg(set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    set(&mut encoder);
    let (width, height) = sides();
    encoder.encode(&rgb(), width, height, ColorType::Rgb).unwrap();
    bytes
}

fn jpeg_of(pixels: &[u8], colours: ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = sides();
    let mut encoder = Encoder::new(&mut bytes, 85);
    if colours == ColorType::Cmyk {
        // The encoder would leave out samples of all inks but black, which nobody else does.
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
    }
    encoder.encode(pixels, width, height, colours).unwrap();
    bytes
}

fn sides() -> (u16, u16) {
    (u16::try_from(SIZE.width).unwrap(), u16::try_from(SIZE.height).unwrap())
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
