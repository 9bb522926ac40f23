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
    /// The column of samples of each column of pixels of a block.
    samples: [u8; 32],
}

impl<'a> Grid<'a> {
    pub(crate) fn new(frame: &'a Frame, model: ColorModel, index: usize) -> Self {
        let component = frame.components[index];
        let across = frame.horizontal / component.horizontal.max(1);
        let down = frame.vertical / component.vertical.max(1);
        let samples = std::array::from_fn(|at| (at / across) as u8 % 8);
        Self { frame, model, index, across, down, samples }
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
        place: (usize, usize),
        patches: &[Patch<'_>],
        steps: &Steps,
        block: &mut Block,
        last: &mut u8,
    ) -> bool {
        let difference = match self.frame.components.len() {
            1 => self.difference::<1>(place, patches, || inverse(block, steps)),
            3 => self.difference::<3>(place, patches, || inverse(block, steps)),
            _ => self.difference::<4>(place, patches, || inverse(block, steps)),
        };
        let Some(difference) = difference else { return false };
        let before = *block;
        for (at, (value, change)) in block.iter_mut().zip(forward(&difference)).enumerate() {
            let change = change / f32::from(steps[at].max(1));
            let change = (change + 0.5_f32.copysign(change)) as i32;
            if change != 0 {
                // What baseline coding has codes for (T.81, tables F.1 and F.2).
                let min = if at == 0 { -1024 } else { -1023 };
                *value = i32::from(*value).saturating_add(change).clamp(min, 1023) as i16;
            }
        }
        *last = bound(block);
        *block != before
    }

    /// The difference that patches make to the samples of a block. `None` if they change no pixel of it.
    fn difference<const CHANNELS: usize>(
        &self,
        (column, row): (usize, usize),
        patches: &[Patch<'_>],
        samples: impl Fn() -> Values,
    ) -> Option<Values> {
        let area = self.area(column, row);
        let mut change = Change { levels: [0.0; 64], covers: [0.0; 64], is_empty: true };
        patches.iter().for_each(|patch| self.add::<CHANNELS>(patch, &area, &mut change));
        if change.is_empty {
            return None;
        }
        let original = samples();
        // Samples stand for the mean of their pixels. Beyond the picture, the difference is that of its border, so that
        // there is no edge, which would show within the picture.
        let (columns, rows) = (area.width.div_ceil(self.across), area.height.div_ceil(self.down));
        let count = |at: usize, size: usize, scale: usize| (size - at * scale).min(scale) as f32;
        Some(std::array::from_fn(|at| {
            let (x, y) = ((at % 8).min(columns.saturating_sub(1)), (at / 8).min(rows.saturating_sub(1)));
            let pixels = count(x, area.width, self.across) * count(y, area.height, self.down);
            let at = 8 * y + x;
            (change.levels[at] - change.covers[at] * (original[at] + 128.0)) / pixels
        }))
    }

    /// Adds what a patch changes in the pixels of a block.
    fn add<const CHANNELS: usize>(&self, patch: &Patch<'_>, area: &Area, change: &mut Change) {
        let common = patch.area.within(area);
        let (before, _) = patch.before.as_chunks::<CHANNELS>();
        let (after, _) = patch.after.as_chunks::<CHANNELS>();
        for y in common.top..common.bottom() {
            let start = (y - patch.area.top) * patch.area.width + common.left - patch.area.left;
            let range = start..start + common.width;
            let (Some(before), Some(after), Some(coverage)) =
                (before.get(range.clone()), after.get(range.clone()), patch.coverage.get(range))
            else {
                return;
            };
            let line = (y - area.top) / self.down * 8;
            let samples = self.samples.iter().skip(common.left - area.left);
            for (((before, after), cover), column) in before.iter().zip(after).zip(coverage).zip(samples) {
                if before == after || *cover == 0 {
                    continue;
                }
                let level = |pixel: &[u8; CHANNELS]| {
                    let channel = |at: usize| pixel.get(at).copied().unwrap_or_default();
                    level(self.model, self.index, std::array::from_fn(channel))
                };
                let (before, cover) = (level(before), f32::from(*cover) / 255.0);
                let at = (line + usize::from(*column)) & 63;
                // Where a pixel is replaced, what its sample really was does not matter: it may be out of the range of
                // pixels, or differ from the interpolated samples of the pixels.
                change.levels[at] += level(after) - before + cover * before;
                change.covers[at] += cover;
                change.is_empty = false;
            }
        }
    }
}

/// What patches change in a block.
struct Change {
    /// For each sample, the sum of the differences of its pixels, and of their shares of the level before.
    levels: Values,
    /// For each sample, the sum of the coverage of its pixels.
    covers: Values,
    is_empty: bool,
}

/// The zigzag position of the last coefficient that is not zero.
fn bound(block: &Block) -> u8 {
    let is_set = |at: &usize| block[usize::from(NATURAL_ORDER[*at]) & 63] != 0;
    (0..64).rev().find(is_set).unwrap_or(0) as u8
}
