//! The pictures that are decoded.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use seededit::testing::picture::{ColorSpace, Encoding, encode};

use crate::Result;
use crate::reference::{Pillow, cjxl};

/// A picture, and what it is decoded beside.
pub(crate) struct Picture {
    pub(crate) file: PathBuf,
    kind: &'static str,
    pub(crate) reference: Reference,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    Pillow,
    Djxl,
}

impl Picture {
    pub(crate) fn title(&self) -> String {
        let other = if self.reference == Reference::Djxl { "djxl" } else { "Pillow" };
        format!("{} ({other})", self.kind)
    }
}

/// Pictures of 12 megapixels: the names of their files, what they are, and Pillow's options for them.
const PICTURES: [(&str, &str, &[&str]); 8] = [
    ("baseline.jpg", "JPEG, baseline, 4:2:0", &["quality=90", "subsampling=2"]),
    ("444.jpg", "JPEG, baseline, 4:4:4", &["quality=95", "subsampling=0"]),
    ("progressive.jpg", "JPEG, progressive, 4:2:0", &["quality=90", "subsampling=2", "progressive=1"]),
    ("photo.heic", "HEIC, 4:2:0", &["quality=80"]),
    ("photo.avif", "AVIF, 4:2:0", &["quality=80", "speed=9"]),
    ("photo.webp", "WebP, lossy", &["quality=90", "method=0"]),
    ("photo.tiff", "TIFF, uncompressed", &[]),
    ("photo.bmp", "BMP", &[]),
];

/// Draws a photo, and encodes it in all formats for which there is a tool.
pub(crate) fn write(directory: &Path, mut pillow: Option<&mut Pillow>) -> Result<Vec<Picture>> {
    let png = directory.join("photo.png");
    std::fs::write(&png, encode(&photo().into(), &ColorSpace::SRGB, Encoding::Png)?)?;
    let mut pictures = Vec::new();
    for (name, kind, options) in PICTURES {
        let file = directory.join(name);
        let saved = match &mut pillow {
            Some(pillow) => pillow.save(&png, &file, options),
            None => Err("Python is not installed".into()),
        };
        match saved {
            Ok(()) => pictures.push(Picture { file, kind, reference: Reference::Pillow }),
            Err(reason) => println!("{kind}: skipped: {reason}"),
        }
    }
    let jxl = directory.join("photo.jxl");
    match cjxl(&png, &jxl) {
        Ok(()) => pictures.push(Picture { file: jxl, kind: "JPEG XL, lossy", reference: Reference::Djxl }),
        Err(reason) => println!("JPEG XL: skipped: {reason}"),
    }
    pictures.push(Picture { file: png, kind: "PNG", reference: Reference::Pillow });
    Ok(pictures)
}

/// Small pictures in formats that Pillow does not write, or not in all their kinds.
pub(crate) fn small() -> Vec<Picture> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/picture/corpus");
    [
        ("rgb.psd", "PSD"),
        ("alpha-32.ico", "ICO"),
        ("grid.heic", "HEIC of tiles"),
        ("group4.tiff", "TIFF, CCITT"),
    ]
    .map(|(name, kind)| Picture { file: corpus.join(name), kind, reference: Reference::Pillow })
    .into()
}

/// Gradients, shapes and noise of 12 megapixels.
fn photo() -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(12);
    RgbImage::from_fn(4000, 3000, |x, y| {
        let grain = rng.u32(0..9);
        let shape = if (x / 150 + y / 110) % 3 == 0 { 50 } else { 0 };
        let levels = [x / 20 + grain, y / 16 + grain, shape + (x + y) / 40 + grain];
        Rgb(levels.map(|level| u8::try_from(level).unwrap_or(u8::MAX)))
    })
}
