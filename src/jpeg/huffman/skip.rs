//! Passes over coefficients: several with one lookup, and without their values.

use std::ops::Range;

use super::{Codes, END_OF_BLOCK, INVALID, Meaning, Symbols, ac_step, lookups};
use crate::bits::BitReader;
use crate::error::Error;

/// The bits of a lookup: about two coefficients.
const SKIP_BITS: u32 = 11;

/// The lookups that the bits suffice for that [`BitReader::fill_up`] makes available.
const LOOKUPS_WHEN_FULL: u32 = 56 / SKIP_BITS;

/// The last zigzag position of a block.
const LAST: usize = 63;

/// The tables of a component.
pub(crate) struct SkipTables {
    dc: Symbols,
    ac: Symbols,
    /// By the next bits: the length of a DC coefficient, or 0 if a lookup is shorter.
    differences: Box<[u8; 1 << SKIP_BITS]>,
    /// By the next bits: the AC coefficients that they contain.
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

impl SkipTables {
    /// # Errors
    /// For symbols that cannot stand in a table of DC coefficients.
    pub(crate) fn new(dc: &Codes, ac: &Codes) -> Result<Self, Error> {
        let (dc, ac) = (Symbols::new(dc, Meaning::Dc)?, Symbols::new(ac, Meaning::Ac)?);
        let mut differences = Box::new([0; 1 << SKIP_BITS]);
        dc.short_values(|range, bits, _| differences[range].fill(bits));
        let mut single = [Span { bits: 0, step: 0 }; 1 << SKIP_BITS];
        ac.short_values(|range, bits, symbol| single[range].fill(Span { bits, step: ac_step(symbol) as u8 }));
        let skips: Vec<Skip> = (0..single.len()).map(|next| Skip::new(&single, next)).collect();
        let skips = skips.into_boxed_slice().try_into().map_err(|_| INVALID)?;
        Ok(Self { dc, ac, differences, skips })
    }

    /// Passes over a block. Returns whether it is valid.
    ///
    /// Almost every round of the loop refills the reader, so that the branch for it is predicted.
    #[inline(always)]
    pub(crate) fn skip_block(&self, bits: &mut BitReader<'_>) -> bool {
        let mut is_valid = true;
        bits.fill_up();
        match self.differences[bits.peek(SKIP_BITS) as usize] {
            0 => {
                skip_value(&self.dc, bits, &mut is_valid);
                bits.fill_up();
            }
            length => bits.consume(length.into()),
        }
        let mut at = 0;
        let mut lookups = LOOKUPS_WHEN_FULL - 1;
        loop {
            for _ in 0..lookups {
                let skip = self.skips[bits.peek(SKIP_BITS) as usize];
                if at + usize::from(skip.before_last) < LAST {
                    bits.consume(u32::from(skip.bits & 15));
                    at += usize::from(skip.step);
                } else if skip.bits > 0 {
                    bits.consume(u32::from(skip.bits >> 4));
                    at += usize::from(skip.first_step);
                } else {
                    bits.fill_up();
                    at += ac_step(skip_value(&self.ac, bits, &mut is_valid));
                    // For the lookups that are left.
                    bits.fill_up();
                }
                if at >= LAST {
                    return is_valid && !(LAST + 1..END_OF_BLOCK).contains(&at);
                }
            }
            bits.fill_up();
            lookups = LOOKUPS_WHEN_FULL;
        }
    }
}

/// Passes over a symbol and the bits of its value. Returns the symbol, or 0 if there is no such code.
#[inline(always)]
fn skip_value(table: &Symbols, bits: &mut BitReader<'_>, is_valid: &mut bool) -> u8 {
    let symbol = table.next(bits).unwrap_or_else(|| {
        *is_valid = false;
        0
    });
    bits.consume(u32::from(symbol & 15));
    symbol
}

impl Symbols {
    /// Calls `found` with the lookups of each code whose value is in them, too, the length of both, and the symbol.
    fn short_values(&self, mut found: impl FnMut(Range<usize>, u8, u8)) {
        for (code, length, symbol) in self.codes.numbered() {
            let bits = length + u32::from(symbol & 15);
            if let Some(range) = lookups(code, length, SKIP_BITS).filter(|_| bits <= SKIP_BITS) {
                found(range, bits as u8, symbol);
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
