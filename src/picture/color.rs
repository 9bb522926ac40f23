//! What the samples of a picture mean, for all formats: color spaces, depth and transparency.
//!
//! A format's decoder returns what its file [states](Stated). [`ColorSpace`] decides which statement counts, and
//! describes it by an ICC profile.

pub(crate) mod alpha;
pub(crate) mod cicp;
pub(crate) mod cmyk;
pub(crate) mod flatten;
pub(crate) mod gamma;
pub(crate) mod icc;
mod space;
mod stated;
pub(crate) mod subsampling;

use image::DynamicImage;

pub use self::space::ColorSpace;
pub(crate) use self::stated::Stated;

/// Whether samples have more than 8 bits.
pub(crate) fn is_16_bit(image: &DynamicImage) -> bool {
    image.color().bytes_per_pixel() / image.color().channel_count() > 1
}
