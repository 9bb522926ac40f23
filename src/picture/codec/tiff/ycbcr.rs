//! Luma and chroma (TIFF 6.0, section 21).

use super::compression::Compression;
use super::unsupported;
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::tiff as tags;

/// Blocks of luma samples with one pair of chroma samples.
pub(super) struct Subsampling {
    horizontal: usize,
    vertical: usize,
}

impl Subsampling {
    /// Returns `None` if all channels have the same resolution when they are decompressed.
    pub(super) fn of(
        ifd: Ifd<'_>,
        compression: &Compression,
        bits: usize,
    ) -> Result<Option<Subsampling>, DecodeError> {
        if ifd.value(tags::PHOTOMETRIC_INTERPRETATION) != Some(tags::YCBCR)
            || matches!(compression, Compression::Jpeg(_) | Compression::WebP)
        {
            return Ok(None);
        }
        let factors = ifd.values(tags::YCBCR_SUBSAMPLING).unwrap_or_else(|| vec![2, 2]);
        let is_planar = ifd.value(tags::PLANAR_CONFIGURATION) == Some(2);
        match factors[..] {
            [1, 1] => Ok(None),
            [horizontal @ (1 | 2 | 4), vertical @ (1 | 2 | 4)]
                if bits == 8 && !is_planar && ifd.value(tags::SAMPLES_PER_PIXEL) == Some(3) =>
            {
                if ifd.value(tags::PREDICTOR).is_some_and(|predictor| predictor != 1) {
                    return Err(unsupported("chroma at a lower resolution with a predictor".into()));
                }
                Ok(Some(Subsampling { horizontal: horizontal as usize, vertical: vertical as usize }))
            }
            _ => Err(unsupported("chroma at a lower resolution, in planes or of another depth".into())),
        }
    }

    fn block_len(&self) -> usize {
        self.horizontal * self.vertical + 2
    }

    /// The number of bytes for a strip or tile.
    pub(super) fn packed_len(&self, width: usize, rows: usize) -> usize {
        width.div_ceil(self.horizontal) * rows.div_ceil(self.vertical) * self.block_len()
    }

    /// Gives each pixel the chroma of its block, as libtiff does.
    pub(super) fn unpacked(&self, blocks: &[u8], width: usize, rows: usize) -> Vec<u8> {
        let across = width.div_ceil(self.horizontal);
        let mut samples = Vec::with_capacity(3 * width * rows);
        for y in 0..rows {
            for x in 0..width {
                let block = y / self.vertical * across + x / self.horizontal;
                let block = &blocks[block * self.block_len()..][..self.block_len()];
                let luma = block[y % self.vertical * self.horizontal + x % self.horizontal];
                samples.extend([luma, block[self.block_len() - 2], block[self.block_len() - 1]]);
            }
        }
        samples
    }
}

/// The conversion of luma and chroma to RGB.
pub(super) struct ToRgb {
    /// The shares of red, green and blue in luma.
    luma: [f32; 3],
    /// The codes of black and white for luma, and of no color and most color for chroma.
    ranges: [[f32; 2]; 3],
}

impl ToRgb {
    pub(super) fn of(ifd: Ifd<'_>) -> ToRgb {
        /// BT.601 with all values, as in a JPEG.
        const DEFAULT: ToRgb =
            ToRgb { luma: [0.299, 0.587, 0.114], ranges: [[0.0, 255.0], [128.0, 255.0], [128.0, 255.0]] };

        let luma = ifd.rationals(tags::YCBCR_COEFFICIENTS).and_then(|luma| luma.try_into().ok());
        let ranges = ifd.rationals(tags::REFERENCE_BLACK_WHITE).and_then(|ranges| {
            let ranges: [[f32; 2]; 3] = ranges.as_chunks().0.try_into().ok()?;
            ranges.iter().all(|[low, high]| high > low).then_some(ranges)
        });
        ToRgb {
            luma: luma.filter(|luma: &[f32; 3]| luma[1] > 0.0).unwrap_or(DEFAULT.luma),
            ranges: ranges.unwrap_or(DEFAULT.ranges),
        }
    }

    pub(super) fn convert(&self, pixel: [u8; 3]) -> [u8; 3] {
        let scaled = |at: usize, max: f32| {
            let [low, high] = self.ranges[at];
            (f32::from(pixel[at]) - low) * max / (high - low)
        };
        let (luma, blue_difference, red_difference) = (scaled(0, 255.0), scaled(1, 127.0), scaled(2, 127.0));
        let [red_share, green_share, blue_share] = self.luma;
        let red = red_difference * (2.0 - 2.0 * red_share) + luma;
        let blue = blue_difference * (2.0 - 2.0 * blue_share) + luma;
        let green = (luma - blue_share * blue - red_share * red) / green_share;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        [red, green, blue].map(|level| (level + 0.5) as u8)
    }
}
