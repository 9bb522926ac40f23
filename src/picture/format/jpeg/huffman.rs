//! Huffman tables (T.81, annexes B.2.4.2 and C).

use super::bits::Bits;
use crate::format::Flaw;

const DAMAGED: Flaw = "a Huffman table is damaged";

/// Codes up to this length, in bits, are found in one step; they are nearly all that occur.
const SHORT: u32 = 9;

/// The codes of one table.
pub(super) struct Table {
    /// For every beginning of [`SHORT`] bits: the symbol and the length of its code, 0 for a longer code.
    short: Box<[(u8, u8)]>,
    /// For every length from 1 to 16: its first code, how many there are, and where their symbols begin.
    lengths: [(u32, u32, usize); 16],
    symbols: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Flaw> {
        let mut short = vec![(0, 0); 1 << SHORT].into_boxed_slice();
        let mut lengths = [(0, 0, 0); 16];
        let mut next_code = 0;
        let mut next_symbol = 0;
        for ((length, &count), row) in (1..).zip(counts).zip(&mut lengths) {
            *row = (next_code, u32::from(count), next_symbol);
            for _ in 0..count {
                let &symbol = symbols.get(next_symbol).ok_or(DAMAGED)?;
                if next_code >> length != 0 {
                    return Err(DAMAGED);
                }
                if let Some(free) = SHORT.checked_sub(length) {
                    let from = (next_code << free) as usize;
                    let until = from + (1 << free);
                    short.get_mut(from..until).ok_or(DAMAGED)?.fill((symbol, length as u8));
                }
                next_code += 1;
                next_symbol += 1;
            }
            next_code <<= 1;
        }
        Ok(Self { short, lengths, symbols: symbols.to_vec() })
    }

    /// Takes one code and gives the symbol it stands for.
    #[inline]
    pub(super) fn decode(&self, bits: &mut Bits<'_>) -> Result<u8, Flaw> {
        let (symbol, length) = self.next(bits)?;
        bits.consume(length)?;
        Ok(symbol)
    }

    /// Takes one code and the bits of the value behind it, as many as the lower half of its symbol says, and
    /// gives the symbol.
    #[inline]
    pub(super) fn decode_with_value(&self, bits: &mut Bits<'_>) -> Result<u8, Flaw> {
        let (symbol, length) = self.next(bits)?;
        bits.consume(length + u32::from(symbol & 15))?;
        Ok(symbol)
    }

    /// The next symbol, and the length of its code.
    #[inline]
    fn next(&self, bits: &mut Bits<'_>) -> Result<(u8, u32), Flaw> {
        let ahead = bits.peek();
        match self.short.get(usize::from(ahead >> (16 - SHORT))) {
            Some(&(symbol, length)) if length > 0 => Ok((symbol, length.into())),
            _ => self.next_long(ahead),
        }
    }

    #[cold]
    fn next_long(&self, ahead: u16) -> Result<(u8, u32), Flaw> {
        for (length, &(first, count, at)) in (1..=16).zip(&self.lengths) {
            let code = u32::from(ahead >> (16 - length));
            if let Some(nth) = code.checked_sub(first).filter(|&nth| nth < count) {
                return Ok((*self.symbols.get(at + nth as usize).ok_or(DAMAGED)?, length));
            }
        }
        Err("the image data has an undefined Huffman code")
    }
}

/// The tables in force, up to four of each class.
#[derive(Default)]
pub(super) struct Tables {
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
}

impl Tables {
    /// Takes over the tables of a DHT segment.
    pub(super) fn define(&mut self, mut payload: &[u8]) -> Result<(), Flaw> {
        while let Some((&class_and_slot, rest)) = payload.split_first() {
            let (counts, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
            let len = counts.iter().copied().map(usize::from).sum();
            let (symbols, rest) = rest.split_at_checked(len).ok_or(DAMAGED)?;
            let class = match class_and_slot >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(DAMAGED),
            };
            let slot = class.get_mut(usize::from(class_and_slot & 15)).ok_or(DAMAGED)?;
            *slot = Some(Table::new(counts, symbols)?);
            payload = rest;
        }
        Ok(())
    }

    /// The DC table in a slot.
    pub(super) fn dc(&self, slot: u8) -> Result<&Table, Flaw> {
        defined(&self.dc, slot)
    }

    /// The AC table in a slot.
    pub(super) fn ac(&self, slot: u8) -> Result<&Table, Flaw> {
        defined(&self.ac, slot)
    }
}

fn defined(class: &[Option<Table>; 4], slot: u8) -> Result<&Table, Flaw> {
    class.get(usize::from(slot)).and_then(Option::as_ref).ok_or("a Huffman table is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One code of 1 bit, one of 2, one of 10, one of 16.
    const COUNTS: [u8; 16] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];

    #[test]
    fn short_and_long_codes_give_their_symbols() {
        let table = Table::new(&COUNTS, &[7, 8, 9, 10]).unwrap();
        // 0, 10, 1100000000, 1100000001000000
        let bytes = [0b0101_1000, 0b0000_0110, 0b0000_0010, 0b0000_0000];
        let mut bits = Bits::of(&bytes);
        for symbol in [7, 8, 9, 10] {
            assert_eq!(table.decode(&mut bits), Ok(symbol));
        }
    }

    #[test]
    fn a_code_that_runs_past_the_end_is_not_completed_with_zeros() {
        let table = Table::new(&COUNTS, &[7, 8, 9, 10]).unwrap();
        let mut bits = Bits::of(&[0b1100_0000]);
        assert!(table.decode(&mut bits).is_err());
    }

    #[test]
    fn tables_that_cannot_be_are_refused() {
        let mut crowded = [0; 16];
        crowded[0] = 3;
        assert!(Table::new(&crowded, &[1, 2, 3]).is_err());
        let mut tables = Tables::default();
        assert!(tables.define(&[0x04]).is_err());
        assert!(tables.define(&[&[0x00], COUNTS.as_slice(), &[1, 2]].concat()).is_err());
        assert!(tables.define(&[&[0x04], COUNTS.as_slice(), &[1, 2, 3, 4]].concat()).is_err());
        assert!(tables.define(&[&[0x13], COUNTS.as_slice(), &[1, 2, 3, 4]].concat()).is_ok());
        assert!(tables.ac(3).is_ok());
        assert!(tables.dc(3).is_err());
    }
}
