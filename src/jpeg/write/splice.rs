//! Writes a scan with the codes of the original: its bits are copied, except for pieces of rows that changed.

use std::ops::Range;
use std::sync::Arc;

use super::blocks::{BlockEncoder, Component};
use super::symbols::{ScanCodes, Symbols, Table, Writer};
use crate::coefficients::McuRow;
use crate::scan::Band;
use crate::single_scan::SingleScan;

/// A scan of which some columns of MCUs changed in some rows. `changed` returns these rows by their index, and what they
/// have in these columns.
pub(super) struct Splice<'a, R> {
    pub(super) scan: &'a SingleScan<'a>,
    pub(super) columns: Range<usize>,
    pub(super) changed: R,
}

impl<R: Fn(usize) -> Option<Arc<McuRow>>> Splice<'_, R> {
    /// Writes the data after `bytes`, which end with the header of the scan. Returns `None` for a symbol that the original
    /// has no code for.
    pub(super) fn write(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let mut codes = ScanCodes::default();
        for (dc_slot, dc, ac_slot, ac) in self.scan.codes() {
            codes.set(Table::Dc(dc_slot), dc);
            codes.set(Table::Ac(ac_slot), ac);
        }
        let mut writer = Writer::new(bytes, &codes);
        let is_too_large = self.encode(&mut writer);
        (!is_too_large && !writer.lacks_code()).then(|| writer.finish())
    }

    /// Returns whether a coefficient is too large for a code.
    fn encode(&self, target: &mut Writer) -> bool {
        let band = Band { first: 0, last: 63, high: 0, low: 0 };
        let components = self.scan.codes().map(|(dc, _, ac, _)| Component {
            dc: Table::Dc(dc),
            ac: Table::Ac(ac),
            prediction: 0,
        });
        let mut encoder = BlockEncoder::new(components.collect(), band, false);
        let mut predictions = [0; 4];
        for piece in &self.scan.pieces {
            if let Some(number) = piece.restart {
                target.restart(number);
                predictions = [0; 4];
            }
            let may_change = self.scan.is_within(piece, &self.columns);
            let changed = may_change.then(|| (self.changed)(piece.row)).flatten();
            // Behind a changed piece, the differences of the first blocks are others, too.
            if changed.is_none() && predictions == piece.start.predictions {
                let (from, count) = piece.data();
                target.copy(from, count);
                predictions = piece.end.predictions;
                continue;
            }
            let row = changed.unwrap_or_else(|| Arc::new(self.scan.piece(piece)));
            encoder.set_predictions(predictions);
            for mcu in piece.mcus.clone() {
                self.scan.for_each_block(mcu, |at, index, block| {
                    let Some(rows) = row.components.get(index) else { return };
                    if let (Some(block), Some(last)) = (rows.blocks.get(block), rows.last.get(block)) {
                        encoder.block(at, block, *last, target);
                    }
                });
            }
            predictions = encoder.predictions();
        }
        encoder.is_too_large()
    }
}
