//! A picture as it is compared: its channels and its texture.

use image::RgbImage;
use seededit_base::parallel::join;

use super::channels::{Channels, downsample_2x, image_to_ycbcr, to_ycbcr};
use super::noise::Texture;

/// Luma, chroma and their texture.
pub(super) struct Signal {
    pub(super) channels: Channels,
    pub(super) texture: Texture,
}

impl Signal {
    pub(super) fn new(channels: Channels) -> Signal {
        let texture = Texture::new(&channels);
        Signal { channels, texture }
    }
}

/// What can be computed from the edited picture alone. The original's signal depends on the color drift between both.
pub(super) struct Features {
    /// RGB at half the size.
    pub(super) half_rgb: Channels,
    /// The signal at half the size.
    pub(super) half: Signal,
    /// The signal at the full size.
    pub(super) full: Signal,
}

impl Features {
    pub(super) fn of(image: &RgbImage) -> Features {
        let unchanged = |_, level| level;
        let half_rgb = downsample_2x(image);
        let (half, full) = join(
            || Signal::new(to_ycbcr(half_rgb.clone(), unchanged)),
            || Signal::new(image_to_ycbcr(image, unchanged)),
        );
        Features { half_rgb, half, full }
    }
}
