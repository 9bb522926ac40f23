//! Small pictures of files, as JPEGs.

use std::path::Path;

use image::DynamicImage;

use crate::edit::Source;
use crate::picture::{self, ChromaSubsampling, ColorSpace, Encoding, Size, View, view};

/// The qualities to try, best first. Below the last one, a smaller picture shows more.
const QUALITIES: [u8; 3] = [80, 65, 50];
/// The shortest longest side to try, in pixels. Such a JPEG has a few kilobytes.
const LEAST_SIDE: u32 = 64;

/// A small picture.
#[derive(Debug, Clone)]
pub(super) struct Preview {
    pub(super) jpeg: Vec<u8>,
    /// In pixels.
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Makes a small picture: upright, in sRGB, with sides of at most `longest_side` pixels. `None` if the file cannot be read.
pub(super) fn preview(file: &Path, longest_side: u32) -> Option<Preview> {
    encoded(&shown(file, longest_side)?, QUALITIES[0])
}

/// Like [`preview`], with at most `max_bytes` bytes: the quality is lowered first, then the size.
pub(super) fn preview_within(file: &Path, longest_side: u32, max_bytes: usize) -> Option<Preview> {
    let mut side = longest_side;
    while side >= LEAST_SIDE {
        let image = shown(file, side)?;
        for quality in QUALITIES {
            let preview = encoded(&image, quality)?;
            if preview.jpeg.len() <= max_bytes {
                return Some(preview);
            }
        }
        side = side * 3 / 4;
    }
    None
}

fn shown(file: &Path, longest_side: u32) -> Option<DynamicImage> {
    let picture = Source::File(file.to_owned()).read_picture(None).ok()?;
    let within = Size { width: longest_side, height: longest_side };
    let View { image, .. } = view(picture.bytes(), within).ok()?;
    Some(image.into())
}

fn encoded(image: &DynamicImage, quality: u8) -> Option<Preview> {
    let encoding = Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv420 };
    let jpeg = picture::encode(image, &ColorSpace::SRGB, encoding).ok()?;
    Some(Preview { jpeg, width: image.width(), height: image.height() })
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_preview_of_noise_is_made_smaller_until_it_fits() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("noise.png");
        let mut rng = fastrand::Rng::with_seed(1);
        let noise = RgbImage::from_fn(600, 300, |_, _| image::Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
        noise.save(&file).unwrap();
        let whole = preview_within(&file, 400, usize::MAX).unwrap();
        assert_eq!((whole.width, whole.height), (400, 200));
        let small = preview_within(&file, 400, 12_000).unwrap();
        assert!(small.jpeg.len() <= 12_000, "{} bytes", small.jpeg.len());
        assert!(small.width < 400 && small.width == small.height * 2, "{}×{}", small.width, small.height);
        assert!(preview_within(&file, 400, 100).is_none());
        assert!(preview(Path::new("/there/is/none.png"), 400).is_none());
    }
}
