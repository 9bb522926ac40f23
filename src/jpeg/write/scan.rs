//! Encodes a scan: its blocks in order, and its restart markers.

use std::sync::Arc;

use super::blocks::{BlockEncoder, Component};
use super::symbols::{Counter, ScanCodes, Symbols, Table, Writer};
use crate::coefficients::McuRow;
use crate::error::Error;
use crate::frame::Frame;
use crate::layout::Scan;

/// Encodes the blocks of a scan after the header in `bytes`, and puts the codes before it.
pub(super) struct ScanWriter<'a, R> {
    pub(super) frame: &'a Frame,
    pub(super) scan: &'a Scan,
    /// Returns a row of MCUs by its index.
    pub(super) rows: R,
}

impl<R: Fn(usize) -> Option<Arc<McuRow>>> ScanWriter<'_, R> {
    /// The codes that take the fewest bits.
    ///
    /// # Errors
    /// If a coefficient is too large for any code.
    pub(super) fn codes(&self) -> Result<ScanCodes, Error> {
        let mut counter = Counter::default();
        if self.encode(&mut counter) {
            return Err(Error::Damaged("a coefficient is too large"));
        }
        Ok(counter.codes())
    }

    /// Writes the data after `bytes`, which end with the header of the scan.
    pub(super) fn write(&self, bytes: Vec<u8>, codes: &ScanCodes) -> Vec<u8> {
        let mut writer = Writer::new(bytes, codes);
        self.encode(&mut writer);
        writer.finish()
    }

    /// Returns whether a coefficient is too large for a code.
    fn encode(&self, symbols: &mut impl Symbols) -> bool {
        let Scan { header, restart_interval, .. } = self.scan;
        let component = |dc, ac| Component { dc: Table::Dc(dc), ac: Table::Ac(ac), prediction: 0 };
        let components = header.components.iter().map(|scanned| component(scanned.dc_slot, scanned.ac_slot));
        let encoder = BlockEncoder::new(components.collect(), header.band, self.frame.process.is_progressive);
        let mut mcus = Mcus { encoder, interval: *restart_interval, in_interval: 0, restart: 0 };
        for index in 0..self.frame.mcu_rows() {
            let Some(row) = (self.rows)(index) else { continue };
            match header.components[..] {
                [single] => self.encode_rows_of_one(single.index, index, &row, &mut mcus, symbols),
                _ => self.encode_mcus(&row, &mut mcus, symbols),
            }
        }
        mcus.encoder.flush(symbols);
        mcus.encoder.is_too_large()
    }

    /// Encodes a row of MCUs of several components.
    fn encode_mcus(&self, row: &McuRow, mcus: &mut Mcus, symbols: &mut impl Symbols) {
        for column in 0..self.frame.mcu_columns() {
            mcus.begin(symbols);
            for (at, scanned) in self.scan.header.components.iter().enumerate() {
                let component = &self.frame.components[scanned.index];
                let Some(rows) = row.components.get(scanned.index) else { continue };
                for down in 0..component.vertical {
                    let (blocks, lasts) = rows.row(down);
                    let columns = column * component.horizontal..(column + 1) * component.horizontal;
                    let blocks = blocks.get(columns.clone()).unwrap_or_default();
                    let lasts = lasts.get(columns).unwrap_or_default();
                    for (block, last) in blocks.iter().zip(lasts) {
                        mcus.encoder.block(at, block, *last, symbols);
                    }
                }
            }
        }
    }

    /// Encodes the blocks of a scan of one component that lie in a row of MCUs. Each block is an MCU of its own.
    fn encode_rows_of_one(
        &self,
        index: usize,
        mcu_row: usize,
        row: &McuRow,
        mcus: &mut Mcus,
        symbols: &mut impl Symbols,
    ) {
        let component = &self.frame.components[index];
        let Some(rows) = row.components.get(index) else { return };
        let rows_left = component.rows_used().saturating_sub(mcu_row * component.vertical);
        for down in 0..rows_left.min(component.vertical) {
            let (blocks, lasts) = rows.row(down);
            for (block, last) in blocks.iter().zip(lasts).take(component.columns_used()) {
                mcus.begin(symbols);
                mcus.encoder.block(0, block, *last, symbols);
            }
        }
    }
}

/// The progress in a scan.
struct Mcus {
    encoder: BlockEncoder,
    /// The number of MCUs between restart markers, or 0.
    interval: usize,
    /// The number of MCUs since the last one.
    in_interval: usize,
    /// The number of the next one.
    restart: u8,
}

impl Mcus {
    /// Writes a restart marker, if one is due.
    #[inline(always)]
    fn begin(&mut self, symbols: &mut impl Symbols) {
        if self.interval > 0 && self.in_interval == self.interval {
            self.encoder.flush(symbols);
            symbols.restart(self.restart);
            self.restart = (self.restart + 1) % 8;
            self.in_interval = 0;
        }
        self.in_interval += 1;
    }
}
