//! Progressive Huffman coding (T.81, annex G.2).

use super::EntropyDecoder;
use super::sequential::long_difference;
use crate::bits::BitReader;
use crate::coefficients::{Block, NATURAL_ORDER};
use crate::huffman::{Table, extend};
use crate::scan::Band;

/// The decoder of a scan.
pub(crate) struct Progressive<'a> {
    bytes: &'a [u8],
    bits: BitReader<'a>,
    band: Band,
    coding: Coding,
    /// The number of further blocks without new coefficients in this scan.
    eob_run: u32,
    is_damaged: bool,
}

/// What a scan contains.
pub(crate) enum Coding {
    /// The high bits of DC coefficients: a table and the prediction of each component.
    DcFirst(Vec<(Table, i32)>),
    /// A further bit of DC coefficients.
    DcRefinement,
    /// The high bits of AC coefficients.
    AcFirst(Table),
    /// A further bit of AC coefficients.
    AcRefinement(Table),
}

impl<'a> Progressive<'a> {
    pub(crate) fn new(bytes: &'a [u8], band: Band, coding: Coding) -> Self {
        Self { bytes, bits: BitReader::new(bytes, 0), band, coding, eob_run: 0, is_damaged: false }
    }
}

impl EntropyDecoder for Progressive<'_> {
    fn restart(&mut self, position: usize) {
        self.bits = BitReader::new(self.bytes, position);
        self.eob_run = 0;
        if let Coding::DcFirst(components) = &mut self.coding {
            components.iter_mut().for_each(|(_, prediction)| *prediction = 0);
        }
    }

    #[inline]
    fn block(&mut self, component: usize, block: &mut Block, last: &mut u8) {
        let low = self.band.low;
        match &mut self.coding {
            Coding::DcFirst(components) => {
                let Some((table, prediction)) = components.get_mut(component) else { return };
                self.bits.fill();
                let difference = match table.coefficient(&mut self.bits) {
                    Some(coefficient) => i32::from(coefficient.value),
                    None => long_difference(table, &mut self.bits, &mut self.is_damaged),
                };
                *prediction = prediction.wrapping_add(difference);
                block[0] = (*prediction << low) as i16;
            }
            Coding::DcRefinement => block[0] |= i16::from(self.bits.take_bit()) << low,
            Coding::AcFirst(_) | Coding::AcRefinement(_) if self.band.first > self.band.last => {}
            Coding::AcFirst(table) => {
                if self.eob_run > 0 {
                    self.eob_run -= 1;
                } else {
                    self.is_damaged |=
                        !read_band(table, &self.band, &mut self.bits, &mut self.eob_run, block, last);
                }
            }
            Coding::AcRefinement(table) => {
                self.is_damaged |=
                    !refine_band(table, &self.band, &mut self.bits, &mut self.eob_run, block, last);
            }
        }
    }

    fn position(&self) -> usize {
        self.bits.position()
    }

    #[inline]
    fn is_exhausted(&self) -> bool {
        self.bits.is_exhausted()
    }

    fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn has_unread_bytes(&self) -> bool {
        self.bits.unread_bytes() > 0
    }
}

/// Reads the high bits of coefficients, each after a run of zeros. Returns whether all codes are valid.
fn read_band(
    table: &Table,
    band: &Band,
    outer: &mut BitReader<'_>,
    eob_run: &mut u32,
    block: &mut Block,
    last: &mut u8,
) -> bool {
    let mut bits = *outer;
    let mut is_valid = true;
    let mut at = band.first - 1;
    while at < band.last {
        bits.fill();
        let value = if let Some(coefficient) = table.coefficient(&mut bits) {
            at += coefficient.step;
            coefficient.value
        } else {
            let symbol = table.symbol(&mut bits);
            is_valid &= symbol.is_some();
            let symbol = symbol.unwrap_or_default();
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run < 15 {
                *eob_run = (1 << run) - 1 + bits.take(u32::from(run));
                break;
            }
            at += usize::from(run) + 1;
            extend(bits.take(u32::from(size)), size) as i16
        };
        block[usize::from(NATURAL_ORDER[at & 0xFF]) & 63] = value << band.low;
        *last = (*last).max(at.min(63) as u8);
    }
    *outer = bits;
    is_valid && at <= 63
}

/// Adds a bit to the coefficients that are not zero, and reads new ones of one bit, each after a run of coefficients
/// that stay zero. Returns whether all codes are valid.
fn refine_band(
    table: &Table,
    band: &Band,
    outer: &mut BitReader<'_>,
    eob_run: &mut u32,
    block: &mut Block,
    last: &mut u8,
) -> bool {
    let mut bits = *outer;
    let mut is_valid = true;
    let mut at = band.first;
    while *eob_run == 0 && at <= band.last {
        bits.fill();
        let symbol = table.symbol(&mut bits);
        is_valid &= symbol.is_some();
        let symbol = symbol.unwrap_or_default();
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            *eob_run = (1 << run) + bits.take(u32::from(run));
            break;
        }
        is_valid &= size <= 1;
        let new = match size {
            0 => 0,
            _ if bits.take(1) != 0 => 1 << band.low,
            _ => -1 << band.low,
        };
        at = refine_run(band, &mut bits, block, *last, at, usize::from(run));
        if new != 0 {
            block[usize::from(NATURAL_ORDER[at & 0xFF]) & 63] = new;
            *last = (*last).max(at.min(63) as u8);
        }
        at += 1;
    }
    if *eob_run > 0 {
        refine_rest(band, &mut bits, block, *last, at);
        *eob_run -= 1;
    }
    *outer = bits;
    is_valid && at <= 64
}

/// Adds a bit to the coefficients from a position on that are not zero, up to the zero after `zeros` zeros. Returns its
/// position, or the one after the band. `last` is the bound of the block's coefficients.
#[inline(always)]
fn refine_run(
    band: &Band,
    bits: &mut BitReader<'_>,
    block: &mut Block,
    last: u8,
    from: usize,
    mut zeros: usize,
) -> usize {
    let end = band.last.min(usize::from(last)) + 1;
    for at in from..end {
        let coefficient = &mut block[usize::from(NATURAL_ORDER[at & 0xFF]) & 63];
        if *coefficient != 0 {
            refine(coefficient, bits, band.low);
        } else if zeros == 0 {
            return at;
        } else {
            zeros -= 1;
        }
    }
    (from.max(end) + zeros).min(band.last + 1)
}

/// Adds a bit to all coefficients from a position on that are not zero.
///
/// Finds them first, without branches that would often be mispredicted.
#[inline(always)]
fn refine_rest(band: &Band, bits: &mut BitReader<'_>, block: &mut Block, last: u8, from: usize) {
    let mut found = [0_u8; 64];
    let mut count = 0;
    for at in from..=band.last.min(usize::from(last)) {
        let natural = NATURAL_ORDER[at & 0xFF];
        found[count & 63] = natural;
        count += usize::from(block[usize::from(natural) & 63] != 0);
    }
    for natural in found.iter().take(count) {
        refine(&mut block[usize::from(*natural) & 63], bits, band.low);
    }
}

#[inline(always)]
fn refine(coefficient: &mut i16, bits: &mut BitReader<'_>, low: u8) {
    let bit = i16::from(bits.take_bit()) << low;
    let is_missing = *coefficient & (1 << low) == 0;
    *coefficient = coefficient.wrapping_add(coefficient.signum() * bit * i16::from(is_missing));
}
