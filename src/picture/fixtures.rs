//! Small pictures for tests.

use base64::prelude::{BASE64_STANDARD, Engine};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor, cmyk_to_ycck, rgb_to_ycbcr};
use proptest::sample::Index;
use seededit_resize::Size;

/// The size of all pictures: several blocks, but not a multiple of a block.
pub(crate) const SIZE: Size = Size { width: 45, height: 38 };

/// Gradients, an edge and some grain, so that no block is empty.
pub(crate) fn rgb() -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let grain = (x * 7 + y * 13) % 11 * 5;
        let edge = if x > y { 90 } else { 0 };
        let level = |n: u32| u8::try_from(n.min(255)).unwrap();
        Rgb([level(x * 5 + grain), level(y * 4 + edge), level(200 - x - y + grain)])
    })
}

/// [`rgb`], more transparent towards the right.
pub(crate) fn rgba() -> RgbaImage {
    let rgb = rgb();
    RgbaImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let Rgb([r, g, b]) = *rgb.get_pixel(x, y);
        Rgba([r, g, b, u8::try_from(255 - x * 5).unwrap()])
    })
}

pub(crate) fn png() -> Vec<u8> {
    encode(&rgb().into(), ImageFormat::Png)
}

pub(crate) fn webp() -> Vec<u8> {
    encode(&rgba().into(), ImageFormat::WebP)
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

/// A JPEG with successive approximation, which the other encoder does not support: a picture like [`rgb`], encoded by
/// libjpeg-turbo with its usual ten scans, 4:2:0, and quality 25.
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

/// A JPEG of each color model, process and sampling.
pub(crate) fn jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let gray = DynamicImage::from(rgb()).to_luma8();
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
        ("gray", encode_jpeg(&gray, JpegColorType::Luma)),
        ("cmyk", encode_jpeg(&cmyk, JpegColorType::Cmyk)),
        ("ycck", encode_jpeg(&cmyk, JpegColorType::Ycck)),
    ]
}

/// A picture of each format that is checked for completeness, and of each depth and color model.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = DynamicImage::from(rgb());
    let mut pictures = jpegs();
    pictures.extend([
        ("png", png()),
        ("png 16 bit", encode(&rgb.to_rgba16().into(), ImageFormat::Png)),
        ("png gray", encode(&rgb.to_luma8().into(), ImageFormat::Png)),
        ("webp", webp()),
    ]);
    pictures
}

/// A picture of each format whose damage is found by its decoder alone.
pub(crate) fn unchecked() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = DynamicImage::from(rgb());
    vec![
        ("gif", encode(&rgb, ImageFormat::Gif)),
        ("bmp", encode(&rgb, ImageFormat::Bmp)),
        ("tiff", encode(&rgb, ImageFormat::Tiff)),
        ("ico with a png", ico(&png())),
        ("ico with a bitmap", icon()),
        ("psd", psd()),
    ]
}

/// An icon with a bitmap of 24 bits per pixel, as icons contain it: of twice its height, without a file header, and with a
/// mask, which is opaque.
pub(crate) fn icon() -> Vec<u8> {
    const FILE_HEADER_LEN: usize = 14;

    let mut bitmap = encode(&rgb().into(), ImageFormat::Bmp).split_off(FILE_HEADER_LEN);
    bitmap[8..12].copy_from_slice(&(2 * SIZE.height).to_le_bytes());
    bitmap.resize(bitmap.len() + (SIZE.width.div_ceil(32) * 4 * SIZE.height) as usize, 0);
    ico(&bitmap)
}

/// A Photoshop file without layers: a merged image of three planes with 8 bits per sample.
pub(crate) fn psd() -> Vec<u8> {
    let (width, height) = (SIZE.width, SIZE.height);
    let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0\0\x03".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([0, 8, 0, 3]);
    // Three empty sections, and no compression.
    bytes.extend([0; 14]);
    let pixels = rgb();
    bytes.extend((0..3).flat_map(|channel| pixels.pixels().map(move |pixel| pixel.0[channel])));
    bytes
}

/// An icon with one picture.
fn ico(picture: &[u8]) -> Vec<u8> {
    const OFFSET: u32 = 22;

    let (width, height) = (SIZE.width as u8, SIZE.height as u8);
    let mut bytes = vec![0, 0, 1, 0, 1, 0, width, height, 0, 0, 1, 0, 24, 0];
    bytes.extend((picture.len() as u32).to_le_bytes());
    bytes.extend(OFFSET.to_le_bytes());
    bytes.extend(picture);
    bytes
}

/// Gray, RGB or CMYK samples for the JPEG encoder, which converts them to the colors of the file.
///
/// The encoder accepts samples as they are, but would be compiled for each kind of them.
pub(crate) struct JpegPixels<'a> {
    pub samples: &'a [u8],
    pub width: u16,
    pub height: u16,
    pub color: JpegColorType,
}

impl ImageBuffer for JpegPixels<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        self.color
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = self.samples.len() / usize::from(self.height);
        let samples = &self.samples[usize::from(y) * row..][..row];
        for pixel in samples.chunks(row / usize::from(self.width)) {
            let levels = match (self.color, pixel) {
                (JpegColorType::Luma, &[gray]) => [gray, 0, 0, 0],
                (JpegColorType::Ycbcr, &[red, green, blue]) => {
                    let (luma, cb, cr) = rgb_to_ycbcr(red, green, blue);
                    [luma, cb, cr, 0]
                }
                (JpegColorType::Cmyk, &[cyan, magenta, yellow, black]) => {
                    [cyan, magenta, yellow, black].map(|ink| 255 - ink)
                }
                (JpegColorType::Ycck, &[cyan, magenta, yellow, black]) => {
                    cmyk_to_ycck(cyan, magenta, yellow, black).into()
                }
                (color, pixel) => panic!("{color:?} of {pixel:?}"),
            };
            buffers.iter_mut().zip(levels).for_each(|(to, level)| to.push(level));
        }
    }
}

fn jpeg(configure: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    configure(&mut encoder);
    let (width, height) = sides();
    let (samples, color) = (&rgb(), JpegColorType::Ycbcr);
    encoder.encode_image(JpegPixels { samples, width, height, color }).unwrap();
    bytes
}

fn encode_jpeg(samples: &[u8], color: JpegColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = sides();
    let mut encoder = Encoder::new(&mut bytes, 85);
    if color == JpegColorType::Cmyk {
        // The encoder would subsample all inks but black, which no other encoder does.
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
    }
    encoder.encode_image(JpegPixels { samples, width, height, color }).unwrap();
    bytes
}

fn sides() -> (u16, u16) {
    (u16::try_from(SIZE.width).unwrap(), u16::try_from(SIZE.height).unwrap())
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Copies of a picture with one flipped bit each, and the place of the bit: about `count`, at regular intervals.
pub(crate) fn flipped(bytes: &[u8], count: usize) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).step_by(1 + bytes.len() / count).map(|at| {
        let mut bytes = bytes.to_owned();
        bytes[at] ^= 1 << (at % 8);
        (at, bytes)
    })
}

/// Replaces single bytes, then truncates the rest to `kept`. The places are shares of the length.
pub(crate) fn mutated(bytes: &[u8], changes: &[(Index, u8)], kept: Option<Index>) -> Vec<u8> {
    let mut bytes = bytes.to_owned();
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if let Some(kept) = kept {
        bytes.truncate(kept.index(bytes.len()));
    }
    bytes
}
