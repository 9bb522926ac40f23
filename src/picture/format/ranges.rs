//! Removes parts of a file in place.

use std::ops::Range;

/// The parts of a file to keep, in order.
#[derive(Debug, Default)]
pub(super) struct KeptRanges(Vec<Range<usize>>);

impl KeptRanges {
    /// Keeps a range. It must start at or after the end of the last one.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        match self.0.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.0.push(range),
        }
    }

    /// Moves the kept ranges to the beginning. Returns their total length.
    pub(super) fn apply(self, bytes: &mut [u8]) -> usize {
        let mut end = 0;
        for range in self.0 {
            let length = range.len();
            bytes.copy_within(range, end);
            end += length;
        }
        end
    }
}
