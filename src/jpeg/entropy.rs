//! Entropy decoding of one scan: what all codings have in common.

pub(crate) mod arithmetic;
mod arithmetic_bits;
mod arithmetic_states;
pub(crate) mod progressive;
pub(crate) mod sequential;

use crate::coefficients::Block;

/// Decodes the blocks of a scan in the order in which they are stored.
pub(crate) trait EntropyDecoder {
    /// Restarts at an offset in the file, as after a restart marker.
    fn restart(&mut self, position: usize);

    /// Decodes a block of the component at this index in the scan. `last` is the bound of the block's coefficients.
    ///
    /// At the end of the data, goes on as if zeros followed.
    fn block(&mut self, component: usize, block: &mut Block, last: &mut u8);

    /// An offset in the file after all data that was read, and before the marker that follows.
    fn position(&self) -> usize;

    /// Whether the data ended within a block.
    fn is_exhausted(&self) -> bool;

    /// Whether something was read that no encoder writes.
    fn is_damaged(&self) -> bool;

    /// Whether data is left before the next marker.
    fn has_unread_bytes(&self) -> bool;
}
