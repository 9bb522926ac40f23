//! A mask: where a picture may change.

use image::imageops::FilterType;
use image::{GrayImage, Luma};
use seededit_resize::Size;

use super::RestoreError;
use super::mask_fault::{MaskFault, ensure_mask, ensure_useful};
use super::mask_reading::{MaskChannel, MaskReading};
use crate::decode::Decoded;
use crate::geometry::{Rect, largest_rectangle};
use crate::merge::AlphaMask;

/// Where a picture may change: white pixels may, black pixels may not, and gray pixels may in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask(GrayImage);

impl Mask {
    /// Reads a mask from a picture.
    ///
    /// # Errors
    /// If it allows no change.
    pub fn read(picture: Decoded, reading: MaskReading) -> Result<Mask, RestoreError> {
        let mask = reading.read(picture);
        if mask.iter().all(|level| *level == 0) { Err(RestoreError::NoChange) } else { Ok(Mask(mask)) }
    }

    /// Reads a mask from a picture for a new edit. `channel` is `None` if the user did not choose one.
    ///
    /// # Errors
    /// If the picture does not look like a mask, or allows no change.
    pub fn check(
        picture: Decoded,
        channel: Option<MaskChannel>,
        is_inverted: bool,
    ) -> Result<(Mask, MaskReading), MaskFault> {
        ensure_mask(&picture, channel)?;
        let reading = MaskReading::new(channel, is_inverted);
        let mask = reading.read(picture);
        ensure_useful(&mask, reading.channel)?;
        Ok((Mask(mask), reading))
    }

    /// Returns the share of pixels that may change, even in part.
    pub fn editable_share(&self) -> f64 {
        let editable = self.0.iter().filter(|level| **level > 0).count();
        editable as f64 / self.0.len().max(1) as f64
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

    /// Returns where the upload may change, for the `frame` of the picture that it shows: 255 where it covers a pixel that
    /// may change, even in part, else 0.
    ///
    /// # Errors
    /// If the mask does not have the picture's aspect ratio.
    pub fn of_upload(&self, picture: Size, frame: Rect, upload: Size) -> Result<GrayImage, RestoreError> {
        let coverage = self.coverage(picture)?.mask;
        // The pixels of the picture that a pixel of the upload covers.
        let covered = |at: u32, from: i64, length: u32, uploaded: u32, side: u32| {
            let (length, uploaded) = (u64::from(length), u64::from(uploaded.max(1)));
            let start = u64::from(at) * length / uploaded;
            let end = (u64::from(at + 1) * length).div_ceil(uploaded);
            let clamp = |at: u64| (from + at.cast_signed()).clamp(0, side.into()) as u32;
            clamp(start)..clamp(end)
        };
        Ok(GrayImage::from_fn(upload.width, upload.height, |x, y| {
            let columns = covered(x, frame.left, frame.size.width, upload.width, picture.width);
            let mut rows = covered(y, frame.top, frame.size.height, upload.height, picture.height);
            let may_change = rows.any(|y| columns.clone().any(|x| coverage.get_pixel(x, y).0 != [0]));
            Luma([if may_change { u8::MAX } else { 0 }])
        }))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_mask_of_an_upload_has_every_pixel_that_may_change_and_no_other() {
        // White at (6, 2), gray at (1, 1).
        let mut mask = GrayImage::new(8, 4);
        mask.put_pixel(6, 2, Luma([255]));
        mask.put_pixel(1, 1, Luma([1]));
        let mask = Mask(mask);
        let white = |frame: Rect, upload: Size| {
            let found = mask.of_upload(size(8, 4), frame, upload).unwrap();
            assert!(found.iter().all(|level| [0, 255].contains(level)));
            let white = found.enumerate_pixels().filter(|(_, _, level)| level.0 == [255]);
            white.map(|(x, y, _)| (x, y)).collect::<Vec<_>>()
        };
        let whole = Rect::whole(size(8, 4));
        assert_eq!(white(whole, size(8, 4)), [(1, 1), (6, 2)]);
        assert_eq!(white(whole, size(4, 2)), [(0, 0), (3, 1)]);
        let part = Rect { left: 5, top: 1, size: size(2, 2) };
        assert_eq!(white(part, size(2, 2)), [(1, 1)]);
        assert_eq!(white(part, size(4, 4)), [(2, 2), (3, 2), (2, 3), (3, 3)]);
        // Padding may not change.
        let padded = Rect { left: -4, top: -4, size: size(16, 12) };
        assert_eq!(white(padded, size(16, 12)), [(5, 5), (10, 6)]);
    }
}
