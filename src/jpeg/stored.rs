//! The coefficients of a picture, to edit a part of it and to write it again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use seededit_base::parallel::{for_each, map};

use crate::band::{Band, Plan};
use crate::coefficients::McuRow;
use crate::error::{Error, Kind, Report};
use crate::layout::Layout;
use crate::patch::{Area, Grid, Patch};
use crate::quantization::Steps;
use crate::reader::{AllScans, CoefficientSink, Jpeg};
use crate::segments::Segment;
use crate::single_scan::SingleScan;
use crate::write::{Contents, write};

/// The rows of MCUs that are computed at a time. The ones around them are read twice.
const BATCH: usize = 8;

/// A picture whose coefficients were read once, and can be read again.
pub struct Stored<'a> {
    jpeg: Jpeg<'a>,
    steps: Vec<Steps>,
    rows: Rows<'a>,
    plan: Plan,
}

/// Where rows of MCUs come from.
enum Rows<'a> {
    /// From the file.
    Single(Box<SingleScan<'a>>),
    /// From memory, because each scan has only a part of each row.
    Kept(Vec<Arc<McuRow>>, Layout),
}

/// A picture of which some blocks were changed.
pub struct EditedJpeg<'s, 'a> {
    original: &'s Stored<'a>,
    /// The rows of MCUs with changed blocks, by their index. Outside of the columns, their
    /// blocks may be zeros.
    changed: BTreeMap<usize, Arc<McuRow>>,
    /// The columns of MCUs in which pixels can change.
    columns: Range<usize>,
}

/// Some columns of some rows of MCUs and their neighbors, to compute their pixels.
struct Window<'s> {
    steps: &'s [Steps],
    plan: Plan,
    /// The index of the first row, and the column of its first pixel.
    first: usize,
    left: usize,
    rows: Vec<Arc<McuRow>>,
}

impl Window<'_> {
    /// Computes the pixels of a row of MCUs. Those of the first and the last column may be wrong, unless the picture ends
    /// there.
    fn render(&self, row: usize) -> Vec<u8> {
        let get = |row: usize| self.rows.get(row.checked_sub(self.first)?).cloned();
        let band = Band {
            first_row: row,
            before: row.checked_sub(1).and_then(get),
            rows: get(row).into_iter().collect(),
            after: get(row + 1),
        };
        let mut pixels = vec![0; self.plan.bytes_of(&band)];
        self.plan.render(&band, self.steps, &mut pixels);
        pixels
    }

    /// The number of bytes of a row of pixels.
    fn line_bytes(&self) -> usize {
        (self.plan.frame.width * self.plan.frame.components.len()).max(1)
    }
}

impl Rows<'_> {
    /// A row of MCUs that has at least some columns, and other blocks or zeros elsewhere.
    fn get(&self, row: usize, columns: &Range<usize>) -> Option<Arc<McuRow>> {
        match self {
            Self::Single(scan) => scan.row(row, columns).map(Arc::new),
            Self::Kept(rows, _) => rows.get(row).cloned(),
        }
    }
}

impl<'a> Stored<'a> {
    /// Reads the coefficients of all scans, and hands them to a sink as well. They are kept in memory if there are several
    /// scans.
    ///
    /// # Errors
    /// If the picture is damaged, or its last scans are missing: it could not be written as it is. Also for arithmetic
    /// coding, which is read but not written.
    pub fn read(jpeg: Jpeg<'a>, sink: &mut impl CoefficientSink) -> Result<Self, Error> {
        if jpeg.frame().process.is_arithmetic {
            return Err(Error::Unsupported(Kind::Arithmetic));
        }
        let plan = Plan::new(jpeg.frame(), jpeg.color_model());
        if let Some(scan) = SingleScan::read(&jpeg, sink)? {
            return Ok(Self { steps: jpeg.steps()?, rows: Rows::Single(Box::new(scan)), plan, jpeg });
        }
        let AllScans { steps, rows, layout, report } = jpeg.collect()?;
        ensure_complete(&report)?;
        sink.start(&steps);
        let rows: Vec<Arc<McuRow>> = rows.into_iter().map(Arc::new).collect();
        rows.iter().enumerate().for_each(|(index, row)| sink.row(index, McuRow::clone(row)));
        Ok(Self { jpeg, steps, rows: Rows::Kept(rows, layout), plan })
    }

    /// The picture that was read.
    #[must_use]
    pub fn jpeg(&self) -> &Jpeg<'a> {
        &self.jpeg
    }

    /// The pixels of an area within the picture, like those of [`Jpeg::decode`].
    #[must_use]
    pub fn pixels(&self, area: &Area) -> Vec<u8> {
        let frame = self.jpeg.frame();
        let channels = frame.components.len();
        let mut pixels = vec![0; area.pixels() * channels];
        let height = frame.mcu_height();
        let mut rest = pixels.as_mut_slice();
        let batches = batches(self.mcu_rows(area)).map(|rows| {
            let lines = area.bottom().min(rows.end * height) - area.top.max(rows.start * height);
            (rows, rest.split_off_mut(..lines * area.width * channels).unwrap_or_default())
        });
        let columns = self.columns_around(area);
        for_each(batches, |(rows, pixels)| {
            let window = self.window(&rows, &columns, |row| self.rows.get(row, &columns));
            let skipped = area.top.saturating_sub(rows.start * height);
            let rendered: Vec<Vec<u8>> = rows.map(|row| window.render(row)).collect();
            let lines = rendered.iter().flat_map(|row| row.chunks_exact(window.line_bytes())).skip(skipped);
            let range = (area.left - window.left) * channels..(area.right() - window.left) * channels;
            for (into, line) in pixels.chunks_exact_mut((area.width * channels).max(1)).zip(lines) {
                into.copy_from_slice(&line[range.clone()]);
            }
        });
        pixels
    }

    /// Changes the blocks in which patches change a pixel. Areas must be within the picture, and disjoint.
    #[must_use]
    pub fn edit(&self, patches: &[Patch<'_>]) -> EditedJpeg<'_, 'a> {
        let is_touched = |row: &usize| patches.iter().any(|patch| self.mcu_rows(&patch.area).contains(row));
        let rows = (0..self.jpeg.frame().mcu_rows()).filter(is_touched);
        let columns = patches.iter().map(|patch| self.columns_around(&patch.area));
        let columns = columns.reduce(|one, other| one.start.min(other.start)..one.end.max(other.end));
        let columns = columns.unwrap_or_default();
        let changed = map(rows, |index| Some((index, self.patched_row(index, &columns, patches)?)));
        let changed = changed.into_iter().flatten().collect();
        EditedJpeg { original: self, changed, columns }
    }

    /// The columns of MCUs that an area lies in, and one more on each side, from which chroma is interpolated.
    fn columns_around(&self, area: &Area) -> Range<usize> {
        let frame = self.jpeg.frame();
        let mcu = 8 * frame.horizontal;
        let end = (area.right().div_ceil(mcu) + 1).min(frame.mcu_columns());
        (area.left / mcu).saturating_sub(1)..end
    }

    /// The rows of MCUs that an area lies in.
    fn mcu_rows(&self, area: &Area) -> Range<usize> {
        let frame = self.jpeg.frame();
        area.top / frame.mcu_height()..area.bottom().div_ceil(frame.mcu_height()).min(frame.mcu_rows())
    }

    /// A row of MCUs with patches that lie in some columns. `None` if they change no block of it.
    fn patched_row(
        &self,
        index: usize,
        columns: &Range<usize>,
        patches: &[Patch<'_>],
    ) -> Option<Arc<McuRow>> {
        let frame = self.jpeg.frame();
        let mut row = self.rows.get(index, columns)?;
        let mut is_changed = false;
        for (at, (component, steps)) in frame.components.iter().zip(&self.steps).enumerate() {
            let grid = Grid::new(frame, self.jpeg.color_model(), at);
            let columns = self.touched_columns(&grid, index, patches, component.columns_used());
            for down in 0..component.vertical {
                for column in &columns {
                    let blocks = row.components.get(at)?;
                    let from = down * blocks.columns + column;
                    let (mut block, mut last) = (*blocks.blocks.get(from)?, *blocks.last.get(from)?);
                    let place = (*column, index * component.vertical + down);
                    if grid.patch(place, patches, steps, &mut block, &mut last) {
                        let blocks = &mut Arc::make_mut(&mut row).components[at];
                        (blocks.blocks[from], blocks.last[from]) = (block, last);
                        is_changed = true;
                    }
                }
            }
        }
        is_changed.then_some(row)
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

    /// Some columns of some rows of MCUs that `get` returns by their index.
    fn window(
        &self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        get: impl Fn(usize) -> Option<Arc<McuRow>>,
    ) -> Window<'_> {
        let frame = self.jpeg.frame();
        let first = rows.start.saturating_sub(1);
        let cut = |row| get(row).map(|row| Arc::new(row.columns(frame, columns)));
        Window {
            steps: &self.steps,
            plan: self.plan.of_columns(columns),
            first,
            left: columns.start * 8 * frame.horizontal,
            rows: (first..rows.end + 1).map_while(cut).collect(),
        }
    }
}

impl EditedJpeg<'_, '_> {
    /// Whether no block was changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The number of pixels that decoders show differently than before. `shown` converts rows of pixels to what they show,
    /// which may have another number of bytes for each pixel.
    ///
    /// Smooth upsampling of chroma spreads a changed block by one pixel.
    #[must_use]
    pub fn changed_pixels(&self, shown: impl Fn(Vec<u8>) -> Vec<u8> + Sync) -> u64 {
        let frame = self.original.jpeg.frame();
        let channels = frame.components.len();
        let is_near =
            |row: usize| (row.saturating_sub(1)..=row + 1).any(|near| self.changed.contains_key(&near));
        let count = |rows: Range<usize>| {
            if !rows.clone().any(is_near) {
                return 0;
            }
            let original = |row: usize| self.original.rows.get(row, &self.columns);
            let changed = |row: usize| self.changed.get(&row).cloned();
            let was = self.original.window(&rows, &self.columns, original);
            let is_now =
                self.original.window(&rows, &self.columns, |row| changed(row).or_else(|| original(row)));
            let count = |row: usize| {
                let (before, after) = (was.render(row), is_now.render(row));
                let pixels = (before.len() / channels).max(1);
                let (before, after) = (shown(before), shown(after));
                match before.len() / pixels {
                    1 => different_pixels::<1>(&before, &after),
                    3 => different_pixels::<3>(&before, &after),
                    _ => different_pixels::<4>(&before, &after),
                }
            };
            rows.filter(|row| is_near(*row)).map(count).sum::<u64>()
        };
        map(batches(0..frame.mcu_rows()), count).into_iter().sum()
    }

    /// Writes the picture like the original: with its tables, scans and restart intervals, and its bytes up to the end
    /// marker. `keeps` decides which comments and application segments are copied.
    ///
    /// # Errors
    /// If a coefficient of the original is too large for any code.
    pub fn write(&self, keeps: impl Fn(&Segment<'_>) -> bool) -> Result<Vec<u8>, Error> {
        let Stored { jpeg, rows, .. } = self.original;
        let (layout, single_scan) = match rows {
            Rows::Single(scan) => (&scan.layout, Some(scan.as_ref())),
            Rows::Kept(_, layout) => (layout, None),
        };
        let changed = |row: usize| self.changed.get(&row).cloned();
        let (original, frame, columns) = (jpeg.bytes(), jpeg.frame(), &self.columns);
        let any = |row: usize| {
            let mut whole = rows.get(row, &(0..frame.mcu_columns()))?;
            if let Some(changed) = changed(row) {
                Arc::make_mut(&mut whole).copy_columns(&changed, frame, columns);
            }
            Some(whole)
        };
        write(&Contents { original, frame, layout, single_scan, columns, rows: any, changed }, keeps)
    }
}

fn different_pixels<const CHANNELS: usize>(before: &[u8], after: &[u8]) -> u64 {
    let pairs = before.as_chunks::<CHANNELS>().0.iter().zip(after.as_chunks::<CHANNELS>().0);
    pairs.filter(|(before, after)| before != after).count() as u64
}

/// Divides rows of MCUs into parts.
fn batches(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BATCH).map(move |row| row..(row + BATCH).min(end))
}

fn ensure_complete(report: &Report) -> Result<(), Error> {
    match report.damage {
        Some(damage) => Err(Error::Damaged(damage.reason)),
        None if report.is_unrefined => Err(Error::Damaged("the last scans are missing")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
