//! All coefficients of a picture, to edit a part of it and to write it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::band::{Band, Plan};
use crate::coefficients::McuRow;
use crate::error::{Error, Kind};
use crate::layout::Layout;
use crate::patch::{Area, Grid, Patch};
use crate::quantization::Steps;
use crate::reader::{AllScans, Jpeg};
use crate::segments::Segment;
use crate::write::write;

/// A picture whose coefficients were read.
pub struct Stored<'a> {
    jpeg: Jpeg<'a>,
    steps: Vec<Steps>,
    rows: Vec<Arc<McuRow>>,
    layout: Layout,
    plan: Plan,
}

/// A picture of which some blocks were changed.
pub struct EditedJpeg<'s, 'a> {
    original: &'s Stored<'a>,
    /// The rows of MCUs with changed blocks, by their index.
    changed: BTreeMap<usize, Arc<McuRow>>,
}

impl<'a> Stored<'a> {
    /// Reads the coefficients of all scans.
    ///
    /// # Errors
    /// If the picture is damaged, or its last scans are missing: it could not be written as it is. Also for arithmetic
    /// coding, which few programs read, and none is known to write by default.
    pub fn read(jpeg: Jpeg<'a>) -> Result<Self, Error> {
        if jpeg.frame().process.is_arithmetic {
            return Err(Error::Unsupported(Kind::Arithmetic));
        }
        let AllScans { steps, rows, layout, report } = jpeg.collect()?;
        match report.damage {
            Some(damage) => return Err(Error::Damaged(damage.reason)),
            None if report.is_unrefined => return Err(Error::Damaged("the last scans are missing")),
            None => {}
        }
        let plan = Plan::new(jpeg.frame(), jpeg.color_model());
        Ok(Self { jpeg, steps, rows: rows.into_iter().map(Arc::new).collect(), layout, plan })
    }

    /// The picture that was read.
    #[must_use]
    pub fn jpeg(&self) -> &Jpeg<'a> {
        &self.jpeg
    }

    /// The pixels of an area within the picture, like those of [`Jpeg::decode`].
    #[must_use]
    pub fn pixels(&self, area: &Area) -> Vec<u8> {
        let channels = self.jpeg.frame().components.len();
        let mut pixels = vec![0; area.pixels() * channels];
        let height = self.jpeg.frame().mcu_height();
        let mut rest = pixels.as_mut_slice();
        let rows: Vec<(usize, &mut [u8])> = self
            .mcu_rows(area)
            .map(|row| {
                let rows = (area.bottom().min((row + 1) * height)) - area.top.max(row * height);
                (row, rest.split_off_mut(..rows * area.width * channels).unwrap_or_default())
            })
            .collect();
        rows.into_par_iter().for_each(|(row, pixels)| {
            let rendered = self.render(row, |index| self.rows.get(index));
            let skipped = area.top.saturating_sub(row * height);
            let lines = rendered.chunks_exact((self.jpeg.frame().width * channels).max(1)).skip(skipped);
            for (into, line) in pixels.chunks_exact_mut((area.width * channels).max(1)).zip(lines) {
                into.copy_from_slice(&line[area.left * channels..area.right() * channels]);
            }
        });
        pixels
    }

    /// Changes the blocks in which patches change a pixel. Areas must be within the picture, and disjoint.
    #[must_use]
    pub fn edit(&self, patches: &[Patch<'_>]) -> EditedJpeg<'_, 'a> {
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|row| patches.iter().any(|patch| self.mcu_rows(&patch.area).contains(row)))
            .collect();
        let changed =
            rows.into_par_iter().filter_map(|index| Some((index, self.patched_row(index, patches)?)));
        EditedJpeg { original: self, changed: changed.collect() }
    }

    /// The rows of MCUs that an area lies in.
    fn mcu_rows(&self, area: &Area) -> std::ops::Range<usize> {
        let height = self.jpeg.frame().mcu_height();
        area.top / height..area.bottom().div_ceil(height).min(self.rows.len())
    }

    /// A row of MCUs with patches. `None` if they change no block of it.
    fn patched_row(&self, index: usize, patches: &[Patch<'_>]) -> Option<Arc<McuRow>> {
        let mut changed = None;
        let frame = self.jpeg.frame();
        let original = self.rows.get(index)?;
        for (at, (component, steps)) in frame.components.iter().zip(&self.steps).enumerate() {
            let grid = Grid::new(frame, self.jpeg.color_model(), at);
            let blocks = original.components.get(at)?;
            for down in 0..component.vertical {
                let row = index * component.vertical + down;
                for column in self.touched_columns(&grid, index, patches, component.columns_used()) {
                    let from = down * blocks.columns + column;
                    let (mut block, mut last) = (*blocks.blocks.get(from)?, *blocks.last.get(from)?);
                    if grid.patch((column, row), patches, steps, &mut block, &mut last) {
                        let changed = changed.get_or_insert_with(|| McuRow::clone(original));
                        changed.components[at].blocks[from] = block;
                        changed.components[at].last[from] = last;
                    }
                }
            }
        }
        changed.map(Arc::new)
    }

    /// The columns of blocks that patches of a row of MCUs lie in, each once.
    fn touched_columns(
        &self,
        grid: &Grid<'_>,
        row: usize,
        patches: &[Patch<'_>],
        count: usize,
    ) -> Vec<usize> {
        let patches = patches.iter().filter(|patch| self.mcu_rows(&patch.area).contains(&row));
        let mut columns: Vec<usize> =
            patches.flat_map(|patch| grid.columns(&patch.area)).filter(|column| *column < count).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Computes the pixels of a row of MCUs, of rows that `get` returns by their index.
    fn render<'r>(&self, row: usize, get: impl Fn(usize) -> Option<&'r Arc<McuRow>>) -> Vec<u8> {
        let band = Band {
            first_row: row,
            before: row.checked_sub(1).and_then(&get).cloned(),
            rows: get(row).cloned().into_iter().collect(),
            after: get(row + 1).cloned(),
        };
        let mut pixels = vec![0; self.plan.bytes_of(&band)];
        self.plan.render(&band, &self.steps, &mut pixels);
        pixels
    }
}

impl EditedJpeg<'_, '_> {
    /// Whether no block was changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The number of pixels that decoders show differently than before.
    ///
    /// Smooth upsampling of chroma spreads a changed block by one pixel.
    #[must_use]
    pub fn changed_pixels(&self) -> u64 {
        let rows: Vec<usize> = (0..self.original.rows.len())
            .filter(|row| (row.saturating_sub(1)..=row + 1).any(|near| self.changed.contains_key(&near)))
            .collect();
        let channels = self.original.jpeg.frame().components.len();
        let count = |row: usize| {
            let before = self.original.render(row, |index| self.original.rows.get(index));
            let after = self.original.render(row, |index| self.row(index));
            let pairs = before.chunks_exact(channels).zip(after.chunks_exact(channels));
            pairs.filter(|(before, after)| before != after).count() as u64
        };
        rows.into_par_iter().map(count).sum()
    }

    /// Writes the picture like the original: with its tables, scans and restart intervals, and its bytes up to the end
    /// marker. `keeps` decides which comments and application segments are copied.
    ///
    /// # Errors
    /// If a coefficient of the original is too large for any code.
    pub fn write(&self, keeps: impl Fn(&Segment<'_>) -> bool) -> Result<Vec<u8>, Error> {
        let Stored { jpeg, layout, rows, .. } = self.original;
        let row = |index: usize| self.row(index).unwrap_or(&rows[index]).as_ref();
        write(jpeg.bytes(), jpeg.frame(), layout, row, keeps)
    }

    fn row(&self, index: usize) -> Option<&Arc<McuRow>> {
        self.changed.get(&index).or_else(|| self.original.rows.get(index))
    }
}

#[cfg(test)]
mod tests;
