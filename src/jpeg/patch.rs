//! New pixels for a part of a picture, and the blocks that they change.
//!
//! A block is changed by the difference that a patch makes, not by its pixels: the coefficients of the difference are
//! added to those of the original. So pixels that stay as they are add nothing, and a block without a changed pixel has
//! exactly the coefficients that it had.

use crate::coefficients::{Block, NATURAL_ORDER};
use crate::color::{ColorModel, level};
use crate::dct::{Values, forward, inverse};
use crate::frame::Frame;
use crate::quantization::Steps;

/// A rectangle of pixels of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// New pixels for an area of a picture. Pixels are like those of [`Jpeg::decode`](crate::Jpeg::decode).
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    pub area: Area,
    /// For each pixel, how much of it is new: 255 is all of it, and 0 leaves it as it is.
    pub coverage: &'a [u8],
    /// The pixels of the original.
    pub before: &'a [u8],
    /// The pixels of the result.
    pub after: &'a [u8],
}

impl Area {
    pub(crate) fn right(&self) -> usize {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> usize {
        self.top + self.height
    }

    pub(crate) fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// The part that is in another area as well.
    fn within(&self, other: &Area) -> Area {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let right = self.right().min(other.right()).max(left);
        let bottom = self.bottom().min(other.bottom()).max(top);
        Area { left, top, width: right - left, height: bottom - top }
    }
}

/// The blocks of a component, and the pixels that they stand for.
pub(crate) struct Grid<'a> {
    frame: &'a Frame,
    model: ColorModel,
    /// The index of the component.
    index: usize,
    /// The columns and rows of pixels for each sample.
    across: usize,
    down: usize,
}

impl<'a> Grid<'a> {
    pub(crate) fn new(frame: &'a Frame, model: ColorModel, index: usize) -> Self {
        let component = frame.components[index];
        let across = frame.horizontal / component.horizontal.max(1);
        let down = frame.vertical / component.vertical.max(1);
        Self { frame, model, index, across, down }
    }

    /// The columns of blocks that an area lies in.
    pub(crate) fn columns(&self, area: &Area) -> std::ops::Range<usize> {
        area.left / (8 * self.across)..area.right().div_ceil(8 * self.across)
    }

    /// The pixels of a block that are within the picture.
    fn area(&self, column: usize, row: usize) -> Area {
        let (width, height) = (8 * self.across, 8 * self.down);
        let area = Area { left: column * width, top: row * height, width, height };
        area.within(&Area { left: 0, top: 0, width: self.frame.width, height: self.frame.height })
    }

    /// Changes a block. Returns whether it is another one.
    pub(crate) fn patch(
        &self,
        (column, row): (usize, usize),
        patches: &[Patch<'_>],
        steps: &Steps,
        block: &mut Block,
        last: &mut u8,
    ) -> bool {
        let Some(difference) = self.difference((column, row), patches, || inverse(block, steps)) else {
            return false;
        };
        let before = *block;
        for (at, (value, change)) in block.iter_mut().zip(forward(&difference)).enumerate() {
            let change = (change / f32::from(steps[at].max(1))).round();
            if change != 0.0 {
                // What baseline coding has codes for (T.81, tables F.1 and F.2).
                let min = if at == 0 { -1024.0 } else { -1023.0 };
                *value = (f32::from(*value) + change).clamp(min, 1023.0) as i16;
            }
        }
        *last = bound(block);
        *block != before
    }

    /// The difference that patches make to the samples of a block. `None` if they change no pixel of it.
    fn difference(
        &self,
        (column, row): (usize, usize),
        patches: &[Patch<'_>],
        samples: impl Fn() -> Values,
    ) -> Option<Values> {
        let area = self.area(column, row);
        let mut sums = [0.0; 64];
        let mut original = None;
        for patch in patches {
            let common = patch.area.within(&area);
            for y in common.top..common.bottom() {
                let start = (y - patch.area.top) * patch.area.width;
                for x in common.left..common.right() {
                    let at = start + x - patch.area.left;
                    let Some((cover, before, after)) = self.pixel(patch, at) else { continue };
                    let original: &Values = original.get_or_insert_with(&samples);
                    let at = (y / self.down % 8 * 8 + x / self.across % 8) & 63;
                    // Where a pixel is replaced, what its sample really was does not matter: it may be out of the range
                    // of pixels, or differ from the interpolated samples of the pixels.
                    sums[at] += after - before + cover * (before - 128.0 - original[at]);
                }
            }
        }
        original?;
        // Samples stand for the mean of their pixels. Beyond the picture, the difference is that of its border, so that
        // there is no edge, which would show within the picture.
        let (columns, rows) = (area.width.div_ceil(self.across), area.height.div_ceil(self.down));
        let count = |at: usize, size: usize, scale: usize| (size - at * scale).min(scale) as f32;
        Some(std::array::from_fn(|at| {
            let (x, y) = ((at % 8).min(columns.saturating_sub(1)), (at / 8).min(rows.saturating_sub(1)));
            let pixels = count(x, area.width, self.across) * count(y, area.height, self.down);
            sums[8 * y + x] / pixels
        }))
    }

    /// The coverage of a pixel of a patch and the levels of this component before and after, if it changes.
    #[inline]
    fn pixel(&self, patch: &Patch<'_>, at: usize) -> Option<(f32, f32, f32)> {
        let cover = *patch.coverage.get(at).filter(|cover| **cover > 0)?;
        let channels = self.frame.components.len();
        let pixel = |pixels: &'_ [u8]| -> Option<[u8; 4]> {
            let mut pixel = [0; 4];
            pixel.get_mut(..channels)?.copy_from_slice(pixels.get(at * channels..(at + 1) * channels)?);
            Some(pixel)
        };
        let (before, after) = (pixel(patch.before)?, pixel(patch.after)?);
        let level = |pixel: [u8; 4]| level(self.model, self.index, pixel);
        (before != after).then(|| (f32::from(cover) / 255.0, level(before), level(after)))
    }
}

/// The zigzag position of the last coefficient that is not zero.
fn bound(block: &Block) -> u8 {
    let is_set = |at: &usize| block[usize::from(NATURAL_ORDER[*at]) & 63] != 0;
    (0..64).rev().find(is_set).unwrap_or(0) as u8
}
