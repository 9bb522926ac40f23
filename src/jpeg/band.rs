//! Renders a band: some rows of MCUs.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::coefficients::McuRow;
use crate::color::{ColorModel, convert};
use crate::frame::{Component, Frame};
use crate::idct;
use crate::quantization::Steps;
use crate::upsample::{Scratch, Upsampling};

/// Rows of MCUs, and their neighbors.
pub(crate) struct Band {
    /// The index of the first row of MCUs.
    pub(crate) first_row: usize,
    pub(crate) before: Option<Arc<McuRow>>,
    pub(crate) rows: Vec<Arc<McuRow>>,
    pub(crate) after: Option<Arc<McuRow>>,
}

/// How the bands of a picture are rendered.
pub(crate) struct Plan {
    pub(crate) frame: Frame,
    /// The rows of MCUs in a band.
    pub(crate) band_rows: usize,
    model: ColorModel,
    upsampling: Vec<Upsampling>,
    /// Memory of finished bands. Allocating it again for each band takes longer than some of the work.
    spare: Mutex<Vec<Memory>>,
}

/// Memory for a band.
#[derive(Default)]
struct Memory {
    /// The samples of each component, whose content is not defined.
    samples: Vec<Vec<u8>>,
    rows: Vec<Scratch>,
}

impl Plan {
    pub(crate) fn new(frame: &Frame, model: ColorModel) -> Self {
        /// The samples of a band. They should stay in a processor's cache, but the rows around a band are transformed
        /// twice.
        const SAMPLES: usize = 1 << 19;

        let columns: usize =
            frame.components.iter().map(|component| component.columns * component.vertical).sum();
        let upsampling = frame.components.iter().map(|component| Upsampling::of(component, frame)).collect();
        let band_rows = (SAMPLES / (64 * columns).max(1)).clamp(1, 64);
        Self { frame: frame.clone(), band_rows, model, upsampling, spare: Mutex::default() }
    }

    /// The plan for some columns of MCUs.
    pub(crate) fn of_columns(&self, columns: &Range<usize>) -> Self {
        let frame = self.frame.of_columns(columns);
        let (model, upsampling) = (self.model, self.upsampling.clone());
        Self { frame, band_rows: self.band_rows, model, upsampling, spare: Mutex::default() }
    }

    /// The number of bytes of the pixels of a band.
    pub(crate) fn bytes_of(&self, band: &Band) -> usize {
        self.height_of(band) * self.frame.width * self.frame.components.len()
    }

    fn height_of(&self, band: &Band) -> usize {
        let top = band.first_row * self.frame.mcu_height();
        (band.rows.len() * self.frame.mcu_height()).min(self.frame.height.saturating_sub(top))
    }

    /// Computes the pixels of a band.
    pub(crate) fn render(&self, band: &Band, steps: &[Steps], pixels: &mut [u8]) {
        let mut memory = self.spare_memory().pop().unwrap_or_default();
        let count = self.frame.components.len();
        memory.samples.resize_with(count, Vec::new);
        memory.rows.resize_with(count, Scratch::default);
        let planes: Vec<Plane<'_>> = memory
            .samples
            .iter_mut()
            .zip(steps)
            .enumerate()
            .map(|(index, (samples, steps))| self.plane(band, index, steps, samples))
            .collect();
        let row_bytes = (self.frame.width * self.frame.components.len()).max(1);
        let top = band.first_row * self.frame.mcu_height();
        for (down, pixels) in pixels.chunks_exact_mut(row_bytes).enumerate() {
            let sources = planes.iter().zip(&self.upsampling).zip(&mut memory.rows);
            let rows: Vec<&[u8]> = sources
                .map(|((plane, upsampling), scratch)| {
                    let (near, far) = upsampling.source_rows(top + down);
                    upsampling.row(plane.row(near), plane.row(far), far > near, scratch)
                })
                .collect();
            convert(self.model, &rows, pixels);
        }
        self.spare_memory().push(memory);
    }

    fn spare_memory(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Transforms the blocks of a component.
    fn plane<'a>(&self, band: &Band, index: usize, steps: &Steps, samples: &'a mut Vec<u8>) -> Plane<'a> {
        let component = &self.frame.components[index];
        let stride = 8 * component.columns;
        let height = 8 * component.vertical;
        let margin = usize::from(self.upsampling[index].needs_neighbors());
        samples.resize(stride * (band.rows.len() * height + 2 * margin), 0);
        let mut rest = samples.as_mut_slice();
        if margin > 0 {
            let edge = rest.split_off_mut(..stride).unwrap_or_default();
            if let Some(before) = &band.before {
                let last = transform_row(before, index, component.vertical - 1, steps, stride);
                edge.copy_from_slice(&last[7 * stride..]);
            }
        }
        for row in &band.rows {
            for down in 0..component.vertical {
                let samples = rest.split_off_mut(..8 * stride).unwrap_or_default();
                transform_row_into(row, index, down, steps, samples, stride);
            }
        }
        if let Some(after) = &band.after
            && margin > 0
        {
            let first = transform_row(after, index, 0, steps, stride);
            rest.copy_from_slice(&first[..stride]);
        }
        let top = (band.first_row * height) as isize;
        Plane { samples, stride, first_row: top - margin as isize, component: *component }
    }
}

/// Transforms a row of blocks to rows of samples.
fn transform_row(row: &McuRow, index: usize, down: usize, steps: &Steps, stride: usize) -> Vec<u8> {
    let mut samples = vec![0; 8 * stride];
    transform_row_into(row, index, down, steps, &mut samples, stride);
    samples
}

fn transform_row_into(
    row: &McuRow,
    index: usize,
    down: usize,
    steps: &Steps,
    samples: &mut [u8],
    stride: usize,
) {
    let Some(rows) = row.components.get(index) else { return };
    let (blocks, lasts) = rows.row(down);
    for (at, (block, last)) in blocks.iter().zip(lasts).enumerate() {
        idct::transform(block, *last, steps, &mut samples[8 * at..], stride);
    }
}

/// Samples of a component.
struct Plane<'a> {
    samples: &'a [u8],
    stride: usize,
    /// The row of the component that is the first one here. -1 for an unused one above the picture.
    first_row: isize,
    component: Component,
}

impl Plane<'_> {
    /// The samples of a row that contain pixels of the picture. Beyond the edges, rows are repeated.
    fn row(&self, row: isize) -> &[u8] {
        let row = row.clamp(0, self.component.height as isize - 1);
        let start = usize::try_from(row - self.first_row).unwrap_or(0) * self.stride;
        self.samples.get(start..start + self.component.width).unwrap_or_default()
    }
}
