//! Color profiles, chroma, depth and transparency.

pub(crate) mod alpha;
#[cfg(any(feature = "avif", feature = "heic"))]
pub(crate) mod cicp;
pub(crate) mod flatten;
pub(crate) mod icc;
pub(crate) mod subsampling;

use image::DynamicImage;

/// Whether samples have more than 8 bits.
pub(crate) fn is_16_bit(image: &DynamicImage) -> bool {
    image.color().bytes_per_pixel() / image.color().channel_count() > 1
}
