//! Huffman tables (T.81, annexes C and F.2.2.3).

pub(crate) mod skip;
mod standard;

use std::ops::Range;

use self::skip::AcSkips;
use crate::bits::BitReader;
use crate::error::Error;

const INVALID: Error = Error::Damaged("a Huffman table is invalid");

/// The bits of a lookup: almost all codes, and most codes together with the value after them.
const LOOKUP_BITS: u32 = 12;

/// The lookups that the bits suffice for that [`BitReader::fill`] makes available.
pub(crate) const LOOKUPS_PER_FILL: u32 = 32 / LOOKUP_BITS;

/// A code that is longer than a lookup, an invalid one, or one whose value is.
const INCOMPLETE: u32 = 1 << 7;

/// What a step to the end of the block adds to the zigzag position.
pub(crate) const END_OF_BLOCK: usize = 128;

/// The lengths of the codes and the symbols in the order of their codes, as in a DHT segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Codes {
    /// The number of codes of each length from 1 to 16 bits.
    counts: [u8; 16],
    symbols: Vec<u8>,
}

/// What follows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A symbol is the number of bits of a difference.
    Dc,
    /// A symbol is a run of zeros, and the number of bits of a coefficient.
    Ac,
    /// Like `Ac`, but without bits of a coefficient, a symbol is the number of bits of a run of blocks.
    ProgressiveAc,
}

/// A table to find the symbol of a code with.
struct Symbols {
    /// By the next bits: the symbol and the length of the code, or 0 if the code is longer.
    short: Box<[u16; 1 << LOOKUP_BITS]>,
    /// The first code after those of each length, aligned to 16 bits, and what to add to the number of a code to get the
    /// index of its symbol.
    long: [(u32, i32); 17],
    codes: Codes,
}

/// A table to decode with.
pub(crate) struct Table {
    symbols: Symbols,
    /// By the next bits: a whole coefficient. See [`Coefficient`].
    coefficients: Box<[u32; 1 << LOOKUP_BITS]>,
}

/// A decoded coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coefficient {
    /// What to add to the zigzag position before: 1 and the zeros in between, or [`END_OF_BLOCK`].
    pub(crate) step: usize,
    pub(crate) value: i16,
}

impl Codes {
    /// Codes with these numbers of codes of each length, for symbols from the shortest code to the longest.
    pub(crate) fn new(counts: [u8; 16], symbols: Vec<u8>) -> Self {
        Self { counts, symbols }
    }

    /// Writes the table as in a DHT segment.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.counts);
        bytes.extend(&self.symbols);
    }

    /// Reads a table from the payload of a DHT segment. Returns it and the rest of the payload.
    pub(crate) fn parse(payload: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (counts, rest) = payload.split_first_chunk::<16>().ok_or(INVALID)?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(INVALID)?;
        let codes = Self { counts: *counts, symbols: symbols.to_vec() };
        if total > 256 || codes.numbered().any(|(code, length, _)| code >= 1 << length) {
            return Err(INVALID);
        }
        Ok((codes, rest))
    }

    /// The codes, their lengths and their symbols.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u32, u32, u8)> {
        let lengths = (1..)
            .zip(self.counts)
            .flat_map(|(length, count)| std::iter::repeat_n(length, usize::from(count)));
        let mut next = (0_u32, 0_u32);
        lengths.zip(&self.symbols).map(move |(length, symbol)| {
            let code = next.0 << (length - next.1);
            next = (code + 1, length);
            (code, length, *symbol)
        })
    }
}

impl Symbols {
    /// # Errors
    /// For symbols that cannot stand in a table of DC coefficients.
    fn new(codes: &Codes, meaning: Meaning) -> Result<Self, Error> {
        if meaning == Meaning::Dc && codes.symbols.iter().any(|symbol| *symbol > 15) {
            return Err(INVALID);
        }
        let mut short = Box::new([0; 1 << LOOKUP_BITS]);
        let mut long = [(0, 0); 17];
        for (index, (code, length, symbol)) in (0..).zip(codes.numbered()) {
            if let Some(range) = lookups(code, length, LOOKUP_BITS) {
                short[range].fill(u16::from(symbol) << 8 | length as u16);
            }
            long[length as usize] = ((code + 1) << (16 - length), index - code.cast_signed());
        }
        Ok(Self { short, long, codes: codes.clone() })
    }

    /// Decodes a symbol. Returns `None`, and skips 17 bits, if there is no such code.
    ///
    /// Consumes at most 17 of the bits that [`BitReader::fill`] made available.
    #[inline(always)]
    fn next(&self, bits: &mut BitReader<'_>) -> Option<u8> {
        let [symbol, length] = self.short[bits.peek(LOOKUP_BITS) as usize].to_be_bytes();
        if length > 0 {
            bits.consume(u32::from(length));
            return Some(symbol);
        }
        let (length, symbol) = self.next_long(bits.peek(16));
        bits.consume(length);
        symbol
    }

    /// The length of the code at the start of 16 bits, and its symbol. Does not take the reader, so that it can stay in
    /// registers elsewhere.
    #[cold]
    #[inline(never)]
    fn next_long(&self, next: u32) -> (u32, Option<u8>) {
        let lengths = LOOKUP_BITS + 1..=16;
        let found = lengths.zip(&self.long[LOOKUP_BITS as usize + 1..]).find(|(_, (after, _))| next < *after);
        let Some((length, (_, offset))) = found else { return (17, None) };
        let index = (next >> (16 - length)).checked_add_signed(*offset);
        (length, index.and_then(|index| self.codes.symbols.get(index as usize).copied()))
    }
}

/// The lookups of some bits that begin with a code. `None` if the code is longer.
fn lookups(code: u32, length: u32, bits: u32) -> Option<Range<usize>> {
    let free = bits.checked_sub(length)?;
    Some((code as usize) << free..((code + 1) as usize) << free)
}

impl Table {
    /// Prepares a table.
    ///
    /// # Errors
    /// For symbols that cannot stand in a table of DC coefficients.
    pub(crate) fn new(codes: &Codes, meaning: Meaning) -> Result<Self, Error> {
        let symbols = Symbols::new(codes, meaning)?;
        let mut coefficients = Box::new([INCOMPLETE; 1 << LOOKUP_BITS]);
        for (at, (coefficient, entry)) in (0..).zip(coefficients.iter_mut().zip(symbols.short.iter())) {
            let [symbol, length] = entry.to_be_bytes();
            if length > 0
                && let Some(entry) = coefficient_entry(at, u32::from(length), symbol, meaning)
            {
                *coefficient = entry;
            }
        }
        Ok(Self { symbols, coefficients })
    }

    /// Decodes a symbol, as [`Symbols::next`] does.
    #[inline(always)]
    pub(crate) fn symbol(&self, bits: &mut BitReader<'_>) -> Option<u8> {
        self.symbols.next(bits)
    }

    /// Decodes a run of zeros and a coefficient, if that takes only a lookup. Otherwise consumes nothing.
    #[inline(always)]
    pub(crate) fn coefficient(&self, bits: &mut BitReader<'_>) -> Option<Coefficient> {
        let entry = self.coefficients[bits.peek(LOOKUP_BITS) as usize];
        if entry & INCOMPLETE != 0 {
            return None;
        }
        bits.consume(entry & 31);
        Some(Coefficient { step: (entry >> 8 & 0xFF) as usize, value: (entry >> 16) as i16 })
    }
}

/// The entry of bits that begin with a code, if they contain the value after it: the value in the upper half, the step,
/// and the number of bits.
fn coefficient_entry(bits: u32, length: u32, symbol: u8, meaning: Meaning) -> Option<u32> {
    let (run, size) = match meaning {
        Meaning::Dc => (0, symbol),
        Meaning::Ac | Meaning::ProgressiveAc => (symbol >> 4, symbol & 15),
    };
    let free = LOOKUP_BITS.checked_sub(length + u32::from(size))?;
    let value = extend((bits >> free) & ((1 << size) - 1), size) as i16;
    let step = match (meaning, run, size) {
        (Meaning::ProgressiveAc, 0..=14, 0) => return None,
        (Meaning::Ac, ..) => ac_step(symbol),
        _ => usize::from(run) + 1,
    };
    Some(u32::from(value.cast_unsigned()) << 16 | (step as u32) << 8 | (length + u32::from(size)))
}

/// What the symbol of an AC coefficient in a sequential scan adds to the zigzag position.
#[inline(always)]
fn ac_step(symbol: u8) -> usize {
    match (symbol >> 4, symbol & 15) {
        (0..=14, 0) => END_OF_BLOCK,
        (run, _) => usize::from(run) + 1,
    }
}

/// Interprets `size` bits as a number with a sign (T.81, table F.1 and F.12).
#[inline(always)]
pub(crate) fn extend(bits: u32, size: u8) -> i32 {
    let half = (1_u32 << size) >> 1;
    let below = if bits < half { (1 << size) - 1 } else { 0 };
    bits.cast_signed() - below
}

/// The tables of a file. Each slot may be redefined between scans.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    dc: [Option<Codes>; 4],
    ac: [Option<Codes>; 4],
    /// Whether a standard table was used.
    pub(crate) uses_standard: bool,
}

impl Tables {
    /// Stores the tables of a DHT segment.
    pub(crate) fn define(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        while let Some((&class_and_slot, rest)) = payload.split_first() {
            let (codes, rest) = Codes::parse(rest)?;
            let slots = if class_and_slot & 0x10 == 0 { &mut self.dc } else { &mut self.ac };
            *slots.get_mut(usize::from(class_and_slot & 0xEF)).ok_or(INVALID)? = Some(codes);
            payload = rest;
        }
        Ok(())
    }

    /// The codes in a slot. The first two slots have the standard tables unless defined.
    pub(crate) fn codes(&self, meaning: Meaning, slot: u8) -> Option<Codes> {
        let slots = if meaning == Meaning::Dc { &self.dc } else { &self.ac };
        slots.get(usize::from(slot)).cloned().flatten().or_else(|| standard::codes(meaning, slot))
    }

    /// Prepares the table in a slot. The first two slots have the standard tables unless defined.
    pub(crate) fn table(&mut self, meaning: Meaning, slot: u8) -> Result<Table, Error> {
        Table::new(&self.used_codes(meaning, slot)?, meaning)
    }

    /// Prepares to pass over AC coefficients with the codes in a slot, as [`Tables::table`] prepares to decode them.
    pub(crate) fn ac_skips(&mut self, slot: u8) -> Result<AcSkips, Error> {
        AcSkips::new(&self.used_codes(Meaning::Ac, slot)?)
    }

    fn used_codes(&mut self, meaning: Meaning, slot: u8) -> Result<Codes, Error> {
        let slots = if meaning == Meaning::Dc { &self.dc } else { &self.ac };
        let is_defined = slots.get(usize::from(slot)).is_some_and(Option::is_some);
        self.uses_standard |= !is_defined;
        self.codes(meaning, slot).ok_or(Error::Damaged("a Huffman table is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two codes of two bits, one of three, and one that is longer than a lookup.
    fn codes() -> Codes {
        let mut counts = [0; 16];
        (counts[1], counts[2], counts[12]) = (2, 1, 1);
        Codes { counts, symbols: vec![0x02, 0x00, 0x35, 0xF0] }
    }

    #[test]
    fn symbols_are_found_by_short_and_long_codes() {
        let table = Table::new(&codes(), Meaning::Ac).unwrap();
        for (bytes, symbol, rest) in [
            ([0b0010_0000, 0], Some(0x02), 0b10),
            ([0b0110_0000, 0], Some(0x00), 0b10),
            ([0b1001_0000, 0], Some(0x35), 0b10),
            ([0b1010_0000, 0b0000_0100], Some(0xF0), 0b10),
        ] {
            let mut bits = BitReader::new(&bytes, 0);
            bits.fill();
            assert_eq!(table.symbol(&mut bits), symbol);
            assert_eq!(bits.take(2), rest);
        }
        let mut bits = BitReader::new(&[0b1110_0000, 0, 0], 0);
        bits.fill();
        assert_eq!(table.symbol(&mut bits), None);
    }

    #[test]
    fn too_many_codes_of_a_length_are_refused() {
        let mut payload = vec![0; 16];
        payload[0] = 3;
        payload.extend([1, 2, 3]);
        assert_eq!(Codes::parse(&payload), Err(INVALID));
    }

    #[test]
    fn values_with_a_leading_zero_are_negative() {
        let values =
            [(0, 0), (0, 1), (1, 1), (0, 3), (3, 3), (4, 3), (7, 3)].map(|(bits, size)| extend(bits, size));
        assert_eq!(values, [0, -1, 1, -7, -4, 4, 7]);
    }

    proptest! {
        #[test]
        fn a_lookup_finds_what_the_symbol_and_its_bits_say(bytes: [u8; 4]) {
            let bytes = bytes.map(|byte| byte & 0x7F);
            for slot in 0..2 {
                let table = Tables::default().table(Meaning::Ac, slot).unwrap();
                let mut fast = BitReader::new(&bytes, 0);
                fast.fill();
                let mut slow = fast;
                if let Some(found) = table.coefficient(&mut fast) {
                    let symbol = table.symbol(&mut slow).unwrap();
                    let value = extend(slow.take(u32::from(symbol & 15)), symbol & 15);
                    prop_assert_eq!(i32::from(found.value), value);
                    prop_assert_eq!(found.step, if symbol == 0 { 128 } else { usize::from(symbol >> 4) + 1 });
                    prop_assert_eq!(fast.take(8), slow.take(8));
                }
            }
        }
    }
}
