//! A mask: where a picture may change.

use image::imageops::FilterType;
use image::{GrayImage, Luma};
use seededit_resize::Size;

use super::RestoreError;
use crate::decode::Decoded;
use crate::geometry::{Rect, largest_rectangle};
use crate::merge::AlphaMask;

/// Where a picture may change: white pixels may, black pixels may not, and gray pixels may in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask(GrayImage);

impl Mask {
    /// Makes a mask from a picture: its brightness, with transparent pixels as black.
    ///
    /// # Errors
    /// If all pixels are black.
    pub fn from_picture(picture: Decoded) -> Result<Mask, RestoreError> {
        let image = picture.into_upright().image.into_luma_alpha8();
        let mask = GrayImage::from_fn(image.width(), image.height(), |x, y| {
            let [level, alpha] = image.get_pixel(x, y).0.map(u16::from);
            Luma([u8::try_from(level * alpha / 255).unwrap_or(u8::MAX)])
        });
        if mask.iter().all(|level| *level == 0) { Err(RestoreError::Black) } else { Ok(Mask(mask)) }
    }

    /// Returns the largest white rectangle, scaled to a picture of this size. Returns `None` if the mask is black.
    pub fn largest_rectangle(&self, picture: Size) -> Option<Rect> {
        let [left, top, right, bottom] = largest_rectangle(&self.0)?;
        let scaled = |at: u32, from: u32, to: u32| u64::from(at) * u64::from(to) / u64::from(from.max(1));
        let x = |at| scaled(at, self.0.width(), picture.width);
        let y = |at| scaled(at, self.0.height(), picture.height);
        let side = |from: u64, to: u64| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        let size = Size { width: side(x(left), x(right)), height: side(y(top), y(bottom)) };
        let rect = Rect { left: x(left).cast_signed(), top: y(top).cast_signed(), size };
        rect.clipped(picture)
    }

    /// Scales the mask to a picture.
    ///
    /// # Errors
    /// If the aspect ratios differ by more than 2 %.
    pub(super) fn coverage(&self, picture: Size) -> Result<AlphaMask, RestoreError> {
        let mask = Size::of(&self.0);
        if mask == picture {
            return Ok(AlphaMask::from_luma(self.0.clone()));
        }
        if !(0.98..=1.02).contains(&(mask.ratio() / picture.ratio())) {
            return Err(RestoreError::MaskShape { mask, picture });
        }
        // This filter does not overshoot, so black next to white stays black.
        let Size { width, height } = picture;
        Ok(AlphaMask::from_luma(image::imageops::resize(&self.0, width, height, FilterType::Triangle)))
    }
}
