//! Quantized DCT coefficients in memory.

use std::ops::Range;

use crate::frame::Frame;

/// The quantized coefficients of a block, in rows: the DC coefficient first, the horizontal frequencies next.
pub type Block = [i16; 64];

/// The blocks of one component in a row of MCUs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockRows {
    /// Row by row, [`Component::columns`](crate::Component::columns) in each.
    pub blocks: Vec<Block>,
    /// For each block, an upper bound of the zigzag positions of coefficients that are not zero.
    pub last: Vec<u8>,
    pub columns: usize,
}

impl BlockRows {
    /// A row of blocks, and the bounds of their coefficients.
    #[must_use]
    pub fn row(&self, row: usize) -> (&[Block], &[u8]) {
        let range = row * self.columns..(row + 1) * self.columns;
        (self.blocks.get(range.clone()).unwrap_or_default(), self.last.get(range).unwrap_or_default())
    }
}

/// The blocks of a row of MCUs, of all components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McuRow {
    pub components: Vec<BlockRows>,
}

impl McuRow {
    /// Some columns of MCUs.
    pub(crate) fn columns(&self, frame: &Frame, columns: &Range<usize>) -> Self {
        let components = self.components.iter().zip(&frame.components).map(|(rows, component)| {
            let range = columns.start * component.horizontal..columns.end * component.horizontal;
            let count = rows.columns.max(1);
            let cut = |row: &[Block]| row.get(range.clone()).unwrap_or_default().to_vec();
            let cut_bounds = |row: &[u8]| row.get(range.clone()).unwrap_or_default().to_vec();
            BlockRows {
                blocks: rows.blocks.chunks_exact(count).flat_map(cut).collect(),
                last: rows.last.chunks_exact(count).flat_map(cut_bounds).collect(),
                columns: range.len(),
            }
        });
        Self { components: components.collect() }
    }

    /// Copies some columns of MCUs from another row.
    pub(crate) fn copy_columns(&mut self, from: &Self, frame: &Frame, columns: &Range<usize>) {
        let components = self.components.iter_mut().zip(&from.components).zip(&frame.components);
        for ((into, from), component) in components {
            let range = columns.start * component.horizontal..columns.end * component.horizontal;
            for start in (0..component.vertical).map(|down| down * component.columns) {
                let range = start + range.start..start + range.end;
                if let (Some(into), Some(from)) =
                    (into.blocks.get_mut(range.clone()), from.blocks.get(range.clone()))
                {
                    into.copy_from_slice(from);
                }
                if let (Some(into), Some(from)) = (into.last.get_mut(range.clone()), from.last.get(range)) {
                    into.copy_from_slice(from);
                }
            }
        }
    }

    /// A row of zeros. The memory is not touched before a block is written.
    pub(crate) fn zeros(frame: &Frame) -> Self {
        let components = frame.components.iter().map(|component| {
            let count = component.columns * component.vertical;
            BlockRows { blocks: vec![[0; 64]; count], last: vec![0; count], columns: component.columns }
        });
        Self { components: components.collect() }
    }
}

/// The index of each zigzag position in a [`Block`].
///
/// Positions of damaged blocks may lie after the end. They stand for the last coefficient, so that any `u8` can be
/// looked up.
pub(crate) const NATURAL_ORDER: [u8; 256] = {
    let mut order = [63; 256];
    let (mut row, mut column, mut at) = (0_u8, 0_u8, 0);
    while at < 64 {
        order[at] = 8 * row + column;
        let is_up = (row + column) % 2 == 0;
        match (is_up, row, column) {
            (true, _, 7) => row += 1,
            (true, 0, _) => column += 1,
            (true, ..) => (row, column) = (row - 1, column + 1),
            (false, 7, _) => column += 1,
            (false, _, 0) => row += 1,
            (false, ..) => (row, column) = (row + 1, column - 1),
        }
        at += 1;
    }
    order
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zigzag_goes_along_diagonals() {
        assert_eq!(NATURAL_ORDER[..10], [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]);
        assert_eq!(NATURAL_ORDER[56..66], [53, 60, 61, 54, 47, 55, 62, 63, 63, 63]);
    }
}
