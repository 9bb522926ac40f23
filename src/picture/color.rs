//! What the samples of a picture mean, for all formats: color spaces, depth and transparency.
//!
//! A format's decoder returns what its file [states](Stated). [`ColorSpace`] decides which statement counts, and
//! describes it by an ICC profile.

pub(crate) mod alpha;
pub(crate) mod cicp;
pub(crate) mod cmyk;
pub(crate) mod flatten;
pub(crate) mod gamma;
mod hdr;
pub(crate) mod icc;
pub(crate) mod ink;
mod space;
mod stated;
pub(crate) mod subsampling;

use image::DynamicImage;

pub use self::space::ColorSpace;
pub(crate) use self::stated::Stated;

/// Decides what the samples of a decoded image mean, and converts HDR to SDR. Returns an error for HDR colors that are not
/// known.
pub(crate) fn interpret(image: DynamicImage, stated: Stated) -> Option<(DynamicImage, ColorSpace)> {
    match stated.hdr() {
        Some(cicp) => Some((hdr::to_sdr(&image, cicp)?, ColorSpace::SRGB)),
        None => {
            let colors = ColorSpace::new(stated, image.color().has_color());
            Some((image, colors))
        }
    }
}

/// Whether samples have more than 8 bits.
pub(crate) fn is_16_bit(image: &DynamicImage) -> bool {
    image.color().bytes_per_pixel() / image.color().channel_count() > 1
}
