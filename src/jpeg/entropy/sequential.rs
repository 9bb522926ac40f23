//! Sequential Huffman coding (T.81, annex F.2.2).

use std::sync::Arc;

use super::EntropyDecoder;
use crate::bits::BitReader;
use crate::coefficients::{Block, NATURAL_ORDER};
use crate::huffman::skip::AcSkips;
use crate::huffman::{Coefficient, END_OF_BLOCK, LOOKUPS_PER_FILL, Table, extend};

/// The decoder of a scan. A clone shares the tables.
#[derive(Clone)]
pub(crate) struct Sequential<'a> {
    bytes: &'a [u8],
    bits: BitReader<'a>,
    components: Vec<Component>,
    is_damaged: bool,
}

#[derive(Clone)]
struct Component {
    /// Those of the DC and of the AC coefficients.
    tables: Arc<(Table, Ac)>,
    /// The DC coefficient of the block before.
    prediction: i32,
}

/// The table of the AC coefficients of a component.
pub(crate) enum Ac {
    Decoded(Table),
    /// They stay zeros.
    Skipped(AcSkips),
}

/// A place between two MCUs, where decoding can be resumed.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) bits: BitReader<'a>,
    /// The DC coefficient of the block before, for each component.
    pub(crate) predictions: [i32; 4],
}

impl<'a> Sequential<'a> {
    /// The place of the next block.
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        let mut predictions = [0; 4];
        let components = predictions.iter_mut().zip(&self.components);
        components.for_each(|(into, component)| *into = component.prediction);
        Cursor { bits: self.bits, predictions }
    }

    /// Goes to a place of the same scan.
    pub(crate) fn resume(&mut self, cursor: &Cursor<'a>) {
        self.bits = cursor.bits;
        let components = self.components.iter_mut().zip(cursor.predictions);
        components.for_each(|(component, prediction)| component.prediction = prediction);
    }

    /// A decoder for components with these tables: DC and AC.
    pub(crate) fn new(bytes: &'a [u8], tables: Vec<(Table, Ac)>) -> Self {
        let component = |tables| Component { tables: Arc::new(tables), prediction: 0 };
        let components = tables.into_iter().map(component).collect();
        Self { bytes, bits: BitReader::new(bytes, 0), components, is_damaged: false }
    }
}

impl EntropyDecoder for Sequential<'_> {
    fn restart(&mut self, position: usize) {
        self.bits = BitReader::new(self.bytes, position);
        self.components.iter_mut().for_each(|component| component.prediction = 0);
    }

    #[inline]
    fn block(&mut self, component: usize, block: &mut Block, last: &mut u8) {
        let Some(Component { tables, prediction }) = self.components.get_mut(component) else { return };
        let (dc, ac) = &**tables;
        // A copy, so that it can stay in registers.
        let mut bits = self.bits;
        bits.fill();
        let difference = match dc.coefficient(&mut bits) {
            Some(Coefficient { value, .. }) => i32::from(value),
            None => long_difference(dc, &mut bits, &mut self.is_damaged),
        };
        *prediction = prediction.wrapping_add(difference);
        block[0] = *prediction as i16;

        let ac = match ac {
            Ac::Decoded(ac) => ac,
            Ac::Skipped(skips) => {
                self.is_damaged |= !skips.skip_block(&mut bits);
                *last = 0;
                self.bits = bits;
                return;
            }
        };
        let mut at = 0;
        'block: while at < 63 {
            bits.fill();
            for _ in 0..LOOKUPS_PER_FILL {
                let Coefficient { step, value } = match ac.coefficient(&mut bits) {
                    Some(coefficient) => coefficient,
                    None => {
                        bits.fill();
                        let coefficient = long_coefficient(ac, &mut bits, &mut self.is_damaged);
                        // For the lookups that are left.
                        bits.fill();
                        coefficient
                    }
                };
                at += step;
                // At the end of the block, this writes a zero over a zero.
                block[usize::from(NATURAL_ORDER[at & 0xFF]) & 63] = value;
                if at >= 63 {
                    break 'block;
                }
            }
        }
        *last = match at {
            END_OF_BLOCK.. => (at - END_OF_BLOCK) as u8,
            _ => {
                self.is_damaged |= at > 63;
                63
            }
        };
        self.bits = bits;
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

/// Reads a difference of DC coefficients that takes more than a lookup.
#[inline(always)]
pub(super) fn long_difference(dc: &Table, bits: &mut BitReader<'_>, is_damaged: &mut bool) -> i32 {
    let Some(size) = dc.symbol(bits) else {
        *is_damaged = true;
        return 0;
    };
    extend(bits.take(u32::from(size)), size)
}

/// Reads a coefficient that takes more than a lookup.
#[inline(always)]
fn long_coefficient(ac: &Table, bits: &mut BitReader<'_>, is_damaged: &mut bool) -> Coefficient {
    let symbol = ac.symbol(bits).unwrap_or_else(|| {
        *is_damaged = true;
        0
    });
    let (run, size) = (symbol >> 4, symbol & 15);
    if size == 0 && run < 15 {
        return Coefficient { step: END_OF_BLOCK, value: 0 };
    }
    let value = extend(bits.take(u32::from(size)), size) as i16;
    Coefficient { step: usize::from(run) + 1, value }
}
