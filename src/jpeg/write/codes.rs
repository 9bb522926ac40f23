//! The Huffman codes that take the fewest bits (T.81, annex K.2).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::huffman::Codes;

/// The longest code that a file can have, in bits.
const MAX_LENGTH: usize = 16;

/// How often each symbol is coded.
#[derive(Clone)]
pub(super) struct SymbolCounts([u32; 256]);

impl Default for SymbolCounts {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl SymbolCounts {
    #[inline(always)]
    pub(super) fn add(&mut self, symbol: u8) {
        self.0[usize::from(symbol)] += 1;
    }

    /// Returns the codes that take the fewest bits. Frequent symbols have short codes. No code has ones only: such a code
    /// could not be distinguished from the bits that fill up the last byte.
    pub(super) fn codes(&self) -> Codes {
        let mut symbols: Vec<u8> = (0..=u8::MAX).filter(|symbol| self.0[usize::from(*symbol)] > 0).collect();
        // Ties are broken by the symbol, so that the same picture always has the same codes.
        symbols.sort_by_key(|symbol| Reverse(self.0[usize::from(*symbol)]));
        let counts = symbols.iter().map(|symbol| u64::from(self.0[usize::from(*symbol)]));
        // The rarest symbol, which does not occur, gets the code of ones.
        let mut lengths = limited(code_lengths(counts.chain([0])));
        if let Some(longest) = lengths.iter().rposition(|count| *count > 0) {
            lengths[longest] -= 1;
        }
        Codes::new(lengths.map(|count| count as u8), symbols)
    }
}

/// The number of symbols at each depth of a Huffman tree: a depth of 1 is at index 1.
fn code_lengths(counts: impl Iterator<Item = u64>) -> Vec<u16> {
    // The number of leaves at each depth of a subtree.
    let mut subtrees: BinaryHeap<_> = counts.map(|count| Reverse((count, vec![1_u16]))).collect();
    while let Some(Reverse((rare, mut depths))) = subtrees.pop() {
        let Some(Reverse((other, others))) = subtrees.pop() else {
            // A single symbol needs a bit, too.
            return if depths.len() == 1 { [vec![0], depths].concat() } else { depths };
        };
        depths.resize(depths.len().max(others.len()), 0);
        depths.iter_mut().zip(&others).for_each(|(into, count)| *into += count);
        depths.insert(0, 0);
        subtrees.push(Reverse((rare + other, depths)));
    }
    Vec::new()
}

/// Shortens codes that are too long, at the cost of others (figure K.3). Returns the number of codes of 1 to 16 bits.
fn limited(mut depths: Vec<u16>) -> [u16; MAX_LENGTH] {
    for long in (MAX_LENGTH + 1..depths.len()).rev() {
        while depths[long] > 0 {
            // A pair moves up: one takes the place of its prefix, the other that of a shorter code, which gets longer.
            let Some(shorter) = depths[..long - 1].iter().rposition(|count| *count > 0) else { break };
            depths[long] -= 2;
            depths[long - 1] += 1;
            depths[shorter + 1] += 2;
            depths[shorter] -= 1;
        }
    }
    let mut lengths = [0; MAX_LENGTH];
    lengths.iter_mut().zip(depths.iter().skip(1)).for_each(|(into, count)| *into = *count);
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(counts: &[(u8, u32)]) -> SymbolCounts {
        let mut symbols = SymbolCounts::default();
        counts.iter().for_each(|(symbol, count)| symbols.0[usize::from(*symbol)] = *count);
        symbols
    }

    #[test]
    fn frequent_symbols_have_short_codes_and_none_has_only_ones() {
        let codes: Vec<_> = counted(&[(7, 100), (3, 10), (9, 1)]).codes().numbered().collect();
        assert_eq!(codes, [(0b0, 1, 7), (0b10, 2, 3), (0b110, 3, 9)]);
        assert_eq!(counted(&[(5, 9)]).codes().numbered().collect::<Vec<_>>(), [(0, 1, 5)]);
        assert_eq!(counted(&[]).codes().numbered().count(), 0);
    }

    #[test]
    fn codes_of_very_different_frequencies_have_at_most_16_bits() {
        let counts: Vec<(u8, u32)> = (0..31).map(|symbol| (symbol, 1 << symbol)).collect();
        let codes: Vec<_> = counted(&counts).codes().numbered().collect();
        assert_eq!(codes.len(), 31);
        assert_eq!(codes[0], (0, 1, 30));
        assert!(codes.iter().all(|(code, length, _)| *length <= 16 && *code < (1 << length) - 1));
    }

    proptest! {
        #[test]
        fn all_symbols_have_a_code_that_is_no_longer_than_that_of_rarer_ones(
            counts in prop::collection::vec((any::<u8>(), 1..1_000_000_u32), 0..256),
        ) {
            let symbols = counted(&counts);
            let codes = symbols.codes();
            let numbered: Vec<_> = codes.numbered().collect();
            prop_assert_eq!(numbered.len(), symbols.0.iter().filter(|count| **count > 0).count());
            for pair in numbered.windows(2) {
                prop_assert!(symbols.0[usize::from(pair[0].2)] >= symbols.0[usize::from(pair[1].2)]);
            }
            // As the code of ones is left, the others do not fill all of the space.
            let space: u32 = numbered.iter().map(|(_, length, _)| 1 << (16 - length)).sum();
            prop_assert!(space < 1 << 16);
            let mut payload = Vec::new();
            codes.write(&mut payload);
            prop_assert_eq!(Codes::parse(&payload).unwrap(), (codes, &[][..]));
        }
    }
}
