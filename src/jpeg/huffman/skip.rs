//! Passes over the AC coefficients of a block: several with one lookup, and without their values.

use super::{Codes, END_OF_BLOCK, INVALID, Meaning, Symbols, ac_step, lookups};
use crate::bits::BitReader;
use crate::error::Error;

/// The bits of a lookup: about two coefficients.
const SKIP_BITS: u32 = 11;

/// The lookups that the bits suffice for that [`BitReader::fill_up`] makes available.
const LOOKUPS_WHEN_FULL: u32 = 56 / SKIP_BITS;

/// The last zigzag position of a block.
const LAST: usize = 63;

/// Passes over AC coefficients.
pub(crate) struct AcSkips {
    symbols: Symbols,
    /// By the next bits: the coefficients that they contain.
    skips: Box<[Skip; 1 << SKIP_BITS]>,
}

/// The coefficients at the start of some bits. It is small, so that the tables of a picture stay in the fastest cache.
#[derive(Clone, Copy)]
struct Skip {
    /// The number of bits of the first one, or 0 if it takes more than a lookup, and that of all, as far as a block may
    /// contain them: four bits each.
    bits: u8,
    /// What the first one adds to the zigzag position.
    first_step: u8,
    /// What all add to the zigzag position.
    step: u8,
    /// What all but the last one add. If that reaches the end of the block, they are not all in it; if there is none, it is
    /// beyond any block.
    before_last: u8,
}

/// Some coefficients.
#[derive(Clone, Copy)]
struct Span {
    /// Their number of bits, at most that of a lookup; 0 if they take more.
    bits: u8,
    /// What they add to the zigzag position.
    step: u8,
}

impl AcSkips {
    /// # Errors
    /// As [`Table::new`](super::Table::new).
    pub(crate) fn new(codes: &Codes) -> Result<Self, Error> {
        let symbols = Symbols::new(codes, Meaning::Ac)?;
        let mut single = [Span { bits: 0, step: 0 }; 1 << SKIP_BITS];
        for (code, length, symbol) in codes.numbered() {
            let bits = length + u32::from(symbol & 15);
            if let Some(range) = lookups(code, length, SKIP_BITS).filter(|_| bits <= SKIP_BITS) {
                single[range].fill(Span { bits: bits as u8, step: ac_step(symbol) as u8 });
            }
        }
        let skips: Vec<Skip> = (0..single.len()).map(|next| Skip::new(&single, next)).collect();
        let skips = skips.into_boxed_slice().try_into().map_err(|_| INVALID)?;
        Ok(Self { symbols, skips })
    }

    /// Passes over the coefficients of a block. Returns whether they are valid.
    ///
    /// Almost every round of the loop refills the reader, so that the branch for it is predicted.
    #[inline(always)]
    pub(crate) fn skip_block(&self, bits: &mut BitReader<'_>) -> bool {
        let (mut at, mut is_valid) = (0, true);
        loop {
            bits.fill_up();
            for _ in 0..LOOKUPS_WHEN_FULL {
                let skip = self.skips[bits.peek(SKIP_BITS) as usize];
                if at + usize::from(skip.before_last) < LAST {
                    bits.consume(u32::from(skip.bits & 15));
                    at += usize::from(skip.step);
                } else if skip.bits > 0 {
                    bits.consume(u32::from(skip.bits >> 4));
                    at += usize::from(skip.first_step);
                } else {
                    bits.fill_up();
                    let symbol = self.symbols.next(bits);
                    is_valid &= symbol.is_some();
                    let symbol = symbol.unwrap_or_default();
                    bits.consume(u32::from(symbol & 15));
                    at += ac_step(symbol);
                    // For the lookups that are left.
                    bits.fill_up();
                }
                if at >= LAST {
                    return is_valid && !(LAST + 1..END_OF_BLOCK).contains(&at);
                }
            }
        }
    }
}

impl Skip {
    /// Finds what the bits of a lookup contain. `single` has the first coefficient of each.
    fn new(single: &[Span; 1 << SKIP_BITS], next: usize) -> Self {
        let first = single[next];
        let (mut all, mut before_last) = (first, if first.bits == 0 { u8::MAX } else { 0 });
        while all.bits > 0 && usize::from(all.step) < LAST {
            let following = single[(next << all.bits) & (single.len() - 1)];
            // Zeros follow the bits of the lookup: what is longer is not known.
            if following.bits == 0 || u32::from(all.bits + following.bits) > SKIP_BITS {
                break;
            }
            before_last = all.step;
            all = Span { bits: all.bits + following.bits, step: all.step + following.step };
        }
        Self { bits: first.bits << 4 | all.bits, first_step: first.step, step: all.step, before_last }
    }
}
