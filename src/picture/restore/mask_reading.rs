//! How a picture is read as a mask.

use image::{GrayImage, Luma};

use crate::decode::Decoded;

/// Levels up to this one are black, and those from `255 - NEAR` are white: the noise of a JPEG around its edges.
pub(super) const NEAR: u8 = 16;

/// How a picture is read as a mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaskReading {
    /// What says where the picture may change.
    pub channel: MaskChannel,
    /// Whether the rest of the picture may change instead.
    pub is_inverted: bool,
    /// Which levels count as black and white.
    pub levels: MaskLevels,
}

/// What says where a picture may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaskChannel {
    /// The brightness: white may change, and transparent pixels may not.
    #[default]
    Brightness,
    /// The transparency: transparent pixels may change, as in the masks of OpenAI.
    Alpha,
}

/// Which levels count as black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaskLevels {
    /// Near-black is black and near-white is white; the levels between are stretched.
    #[default]
    Cleaned,
    /// Only 0 is black and only 255 is white. Jobs of the first builds were sent with such masks, and a cleaned mask can
    /// have another bounding box, to which their answers do not belong.
    Exact,
}

impl MaskReading {
    /// Creates the reading of a new edit. Without a `channel`, it is the brightness.
    pub fn new(channel: Option<MaskChannel>, is_inverted: bool) -> MaskReading {
        MaskReading { channel: channel.unwrap_or_default(), is_inverted, ..MaskReading::default() }
    }

    /// Returns where a picture lets another one change: 255 is entirely.
    pub(super) fn read(self, picture: Decoded) -> GrayImage {
        let image = picture.into_upright().image.into_luma_alpha8();
        GrayImage::from_fn(image.width(), image.height(), |x, y| {
            let [brightness, alpha] = image.get_pixel(x, y).0;
            let level = match self.channel {
                MaskChannel::Brightness => (u16::from(brightness) * u16::from(alpha) / 255) as u8,
                MaskChannel::Alpha => 255 - alpha,
            };
            let level = if self.is_inverted { 255 - level } else { level };
            Luma([match self.levels {
                MaskLevels::Cleaned => cleaned(level),
                MaskLevels::Exact => level,
            }])
        })
    }
}

/// Stretches the levels between near-black and near-white, so that a soft edge has no step.
fn cleaned(level: u8) -> u8 {
    const SPAN: u16 = 255 - 2 * NEAR as u16;
    let above = u16::from(level.saturating_sub(NEAR)).min(SPAN);
    ((above * 255 + SPAN / 2) / SPAN) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_black_is_black_near_white_is_white_and_the_levels_between_are_evenly_spread() {
        assert_eq!([0, 15, 16, 239, 240, 255].map(cleaned), [0, 0, 0, 255, 255, 255]);
        assert_eq!([17, 127, 128, 238].map(cleaned), [1, 127, 128, 254]);
        assert!((1..=255).all(|level| (0..=2).contains(&(cleaned(level) - cleaned(level - 1)))));
    }
}
