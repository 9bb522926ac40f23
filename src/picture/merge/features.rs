//! What can be told of a picture before the other one is at hand.

use image::RgbImage;
use rayon::join;

use super::noise::Texture;
use super::plane::{Planes, downsample_2x, image_to_ycbcr, to_ycbcr};

/// A picture as it is compared.
pub(super) struct Signal {
    /// Its light and its two colours.
    pub(super) levels: Planes,
    pub(super) texture: Texture,
}

impl Signal {
    /// Light and colours, with their texture.
    pub(super) fn of(levels: Planes) -> Signal {
        let texture = Texture::of(&levels);
        Signal { levels, texture }
    }
}

/// The edited picture, ready to be compared. The original cannot be before it is known how far the colours of
/// the two drift apart.
pub(super) struct Features {
    /// Red, green and blue at half the size.
    pub(super) halves: Planes,
    /// At half the size, for a rough look.
    pub(super) rough: Signal,
    /// At its size.
    pub(super) full: Signal,
}

impl Features {
    /// What a change is found by, at this size.
    pub(super) fn of(image: &RgbImage) -> Features {
        let as_is = |_, level| level;
        let halves = downsample_2x(image);
        let (rough, full) =
            join(|| Signal::of(to_ycbcr(halves.clone(), as_is)), || Signal::of(image_to_ycbcr(image, as_is)));
        Features { halves, rough, full }
    }
}
