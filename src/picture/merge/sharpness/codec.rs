//! What the codec of the edited picture changes. Where nothing else changed, the texture was not edited.

use image::{DynamicImage, GrayImage};

use super::Textures;
use crate::color::ColorSpace;
use crate::color::subsampling::ChromaSubsampling;
use crate::decode::decode;
use crate::encode::{Encoding, encode};
use crate::plane::Plane;

/// The difference that a codec explains in a cell, beyond what it is expected to be: a factor of the variance, and squares
/// of levels.
const TOLERANCE: f32 = 1.3;
const ROUNDING: f32 = 1.0;
/// The share of some cells above which a codec explains them.
const EXPLAINED: f32 = 0.5;

/// The luma of a picture after a JPEG of some quality.
pub(super) fn through_codec(luma: &Plane, quality: u8) -> Option<Plane> {
    let side = |side: usize| u32::try_from(side).ok();
    let levels = luma.levels.iter().map(|level| level.round() as u8).collect();
    let image = DynamicImage::from(GrayImage::from_raw(side(luma.width)?, side(luma.height)?, levels)?);
    let encoding = Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv444 };
    let decoded = decode(&encode(&image, &ColorSpace::SRGB, encoding).ok()?).ok()?;
    let levels = decoded.image.into_luma8().iter().copied().map(f32::from).collect();
    Some(Plane { levels, ..*luma })
}

impl Textures {
    /// Whether the codec of the edited picture explains how most of some cells differ.
    pub(super) fn is_by_codec(&self, cells: impl Iterator<Item = usize>) -> bool {
        let (mut count, mut explained) = (0.0, 0.0);
        for at in cells {
            let by_codec = self.codec_differences.get(at).map_or(0.0, |difference| difference.variance());
            count += 1.0;
            if self.differences[at].variance() < TOLERANCE * by_codec + ROUNDING {
                explained += 1.0;
            }
        }
        explained > EXPLAINED * count
    }
}
