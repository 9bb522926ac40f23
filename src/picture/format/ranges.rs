//! Taking parts out of a file.

use std::ops::Range;

/// The parts of a file that stay, in their order.
#[derive(Debug, Default)]
pub(crate) struct Ranges(Vec<Range<usize>>);

impl Ranges {
    /// This part stays; it lies behind all that were named before.
    pub(crate) fn keep(&mut self, part: Range<usize>) {
        match self.0.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => self.0.push(part),
        }
    }

    /// Moves them to the beginning, over all else. Returns how many bytes they have.
    pub(crate) fn apply(self, bytes: &mut [u8]) -> usize {
        let mut end = 0;
        for part in self.0 {
            let length = part.len();
            bytes.copy_within(part, end);
            end += length;
        }
        end
    }
}
