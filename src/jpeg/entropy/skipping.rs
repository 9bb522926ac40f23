//! Sequential Huffman coding of which only the structure is read.

use super::EntropyDecoder;
use crate::bits::BitReader;
use crate::coefficients::Block;
use crate::huffman::skip::{AcSkips, DcSkips};

/// Passes over the blocks of a sequential scan as [`Sequential`](super::sequential::Sequential) decodes them. Changes no
/// block.
pub(crate) struct Skipping<'a> {
    bytes: &'a [u8],
    bits: BitReader<'a>,
    /// The tables of each component of the scan.
    tables: Vec<(DcSkips, AcSkips)>,
    is_damaged: bool,
}

impl<'a> Skipping<'a> {
    pub(crate) fn new(bytes: &'a [u8], tables: Vec<(DcSkips, AcSkips)>) -> Self {
        Self { bytes, bits: BitReader::new(bytes, 0), tables, is_damaged: false }
    }
}

impl EntropyDecoder for Skipping<'_> {
    fn restart(&mut self, position: usize) {
        self.bits = BitReader::new(self.bytes, position);
    }

    #[inline]
    fn block(&mut self, component: usize, _: &mut Block, _: &mut u8) {
        let Some((dc, ac)) = self.tables.get(component) else { return };
        // A copy, so that it can stay in registers.
        let mut bits = self.bits;
        let is_valid = dc.skip(&mut bits) & ac.skip_block(&mut bits);
        self.is_damaged |= !is_valid;
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
