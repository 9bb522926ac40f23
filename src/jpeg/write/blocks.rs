//! From the coefficients of a block to symbols.

use super::symbols::{Symbols, Table};
use crate::coefficients::{Block, NATURAL_ORDER};
use crate::scan::Band;

/// The symbol for 16 zeros.
const SIXTEEN_ZEROS: u8 = 0xF0;
/// The symbol for the end of a block.
const END_OF_BLOCK: u8 = 0;

/// The tables and the prediction of a component of a scan.
pub(super) struct Component {
    pub(super) dc: Table,
    pub(super) ac: Table,
    /// The DC coefficient of the block before.
    pub(super) prediction: i32,
}

/// A number as it follows its size: `size` bits, with an offset for negative ones (T.81, table F.1).
#[derive(Clone, Copy)]
struct Magnitude {
    size: u32,
    bits: u32,
}

impl Magnitude {
    #[inline(always)]
    fn of(value: i32) -> Self {
        let size = 32 - value.unsigned_abs().leading_zeros();
        let bits = if value < 0 { value - 1 } else { value };
        Self { size, bits: bits.cast_unsigned() & ((1 << size) - 1) }
    }
}

/// Encodes the blocks of a scan.
pub(super) struct BlockEncoder {
    components: Vec<Component>,
    band: Band,
    is_progressive: bool,
    /// The number of blocks before this one without further coefficients, which are not written yet.
    eob_run: u32,
    /// The correction bits of these blocks.
    corrections: Vec<bool>,
    /// Whether a coefficient is too large for a code.
    is_too_large: bool,
}

impl BlockEncoder {
    pub(super) fn new(components: Vec<Component>, band: Band, is_progressive: bool) -> Self {
        Self { components, band, is_progressive, eob_run: 0, corrections: Vec::new(), is_too_large: false }
    }

    /// Whether a coefficient was too large for a code, so that its symbols mean something else.
    pub(super) fn is_too_large(&self) -> bool {
        self.is_too_large
    }

    /// The DC coefficient of the block before, for each component.
    pub(super) fn predictions(&self) -> [i32; 4] {
        let mut predictions = [0; 4];
        let components = predictions.iter_mut().zip(&self.components);
        components.for_each(|(into, component)| *into = component.prediction);
        predictions
    }

    pub(super) fn set_predictions(&mut self, predictions: [i32; 4]) {
        let components = self.components.iter_mut().zip(predictions);
        components.for_each(|(component, prediction)| component.prediction = prediction);
    }

    /// Ends the data before a restart marker, or at the end of the scan.
    pub(super) fn flush(&mut self, symbols: &mut impl Symbols) {
        if let Some(table) = self.components.first().map(|component| component.ac) {
            self.end_run(table, symbols);
        }
        self.components.iter_mut().for_each(|component| component.prediction = 0);
    }

    /// Encodes a block of the component at this index in the scan. `last` is the bound of its coefficients.
    #[inline]
    pub(super) fn block(&mut self, component: usize, block: &Block, last: u8, symbols: &mut impl Symbols) {
        let Band { first, high, low, .. } = self.band;
        match (self.is_progressive, first, high) {
            (false, ..) => {
                self.dc(component, i32::from(block[0]), symbols);
                self.ac(component, block, last, symbols);
            }
            (true, 0, 0) => self.dc(component, i32::from(block[0] >> low), symbols),
            (true, 0, _) => symbols.bit(block[0] >> low & 1 != 0),
            (true, _, 0) => self.first_ac(block, last, symbols),
            (true, ..) => self.refined_ac(block, last, symbols),
        }
    }

    #[inline(always)]
    fn dc(&mut self, component: usize, value: i32, symbols: &mut impl Symbols) {
        let Some(component) = self.components.get_mut(component) else { return };
        let difference = Magnitude::of(value - component.prediction);
        component.prediction = value;
        self.is_too_large |= difference.size > 15;
        symbols.symbol(component.dc, difference.size as u8, difference.bits, difference.size);
    }

    /// A coefficient after a run of zeros.
    #[inline(always)]
    fn coefficient(&mut self, table: Table, mut run: u8, value: i32, symbols: &mut impl Symbols) {
        while run > 15 {
            symbols.symbol(table, SIXTEEN_ZEROS, 0, 0);
            run -= 16;
        }
        let Magnitude { size, bits } = Magnitude::of(value);
        self.is_too_large |= size > 15;
        symbols.symbol(table, run << 4 | size as u8, bits, size);
    }

    /// The AC coefficients of a sequential scan (figure F.2).
    #[inline(always)]
    fn ac(&mut self, component: usize, block: &Block, last: u8, symbols: &mut impl Symbols) {
        let Some(table) = self.components.get(component).map(|component| component.ac) else { return };
        let mut run = 0;
        let last = usize::from(last.min(63));
        for at in 1..=last {
            let value = i32::from(block[usize::from(NATURAL_ORDER[at]) & 63]);
            if value == 0 {
                run += 1;
                continue;
            }
            self.coefficient(table, run, value, symbols);
            run = 0;
        }
        if run > 0 || last < 63 {
            symbols.symbol(table, END_OF_BLOCK, 0, 0);
        }
    }

    /// The high bits of AC coefficients (T.81, G.1.2.2).
    fn first_ac(&mut self, block: &Block, last: u8, symbols: &mut impl Symbols) {
        let Some(table) = self.components.first().map(|component| component.ac) else { return };
        let mut run = 0;
        for at in self.band.first..=self.band.last.min(usize::from(last)) {
            // Division rounds toward zero, as the standard demands.
            let value = i32::from(block[usize::from(NATURAL_ORDER[at]) & 63]) / (1 << self.band.low);
            if value == 0 {
                run += 1;
                continue;
            }
            self.end_run(table, symbols);
            self.coefficient(table, run, value, symbols);
            run = 0;
        }
        if run > 0 || usize::from(last) < self.band.last {
            self.extend_run(table, symbols);
        }
    }

    /// A further bit of AC coefficients (T.81, G.1.2.3).
    fn refined_ac(&mut self, block: &Block, last: u8, symbols: &mut impl Symbols) {
        let Some(table) = self.components.first().map(|component| component.ac) else { return };
        let Band { first, low, .. } = self.band;
        let end = self.band.last.min(usize::from(last));
        let magnitude = |at: usize| {
            let value = block[usize::from(NATURAL_ORDER[at]) & 63];
            (value.unsigned_abs() >> low, value < 0)
        };
        // Behind the last coefficient that is new, there are only corrections.
        let last_new = (first..=end).rev().find(|at| magnitude(*at).0 == 1).unwrap_or(0);
        let mut run = 0;
        // The corrections that follow the next symbol.
        let mut corrections = Vec::new();
        for at in first..=end {
            let (value, is_negative) = magnitude(at);
            if value == 0 {
                run += 1;
                continue;
            }
            while run > 15 && at <= last_new {
                self.end_run(table, symbols);
                symbols.symbol(table, SIXTEEN_ZEROS, 0, 0);
                corrections.drain(..).for_each(|bit| symbols.bit(bit));
                run -= 16;
            }
            if value > 1 {
                corrections.push(value & 1 != 0);
                continue;
            }
            self.end_run(table, symbols);
            symbols.symbol(table, run << 4 | 1, u32::from(!is_negative), 1);
            corrections.drain(..).for_each(|bit| symbols.bit(bit));
            run = 0;
        }
        if last_new < self.band.last {
            self.corrections.append(&mut corrections);
            self.extend_run(table, symbols);
        }
    }

    /// Adds a block to the run of blocks that end here.
    fn extend_run(&mut self, table: Table, symbols: &mut impl Symbols) {
        /// The longest run that a symbol can stand for.
        const MAX_RUN: u32 = 0x7FFF;

        self.eob_run += 1;
        if self.eob_run == MAX_RUN {
            self.end_run(table, symbols);
        }
    }

    /// Writes the run of blocks that ended, and their corrections.
    fn end_run(&mut self, table: Table, symbols: &mut impl Symbols) {
        if let Some(size) = self.eob_run.checked_ilog2() {
            symbols.symbol(table, (size << 4) as u8, self.eob_run - (1 << size), size);
            self.corrections.drain(..).for_each(|bit| symbols.bit(bit));
            self.eob_run = 0;
        }
    }
}
