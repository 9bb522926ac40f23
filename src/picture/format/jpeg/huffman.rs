//! Huffman tables (T.81, annexes B.2.4.2 and C).

use super::bit_reader::BitReader;
use crate::format::Reason;

const DAMAGED: Reason = "a Huffman table is damaged";

/// The longest code, in bits, that a single lookup decodes. Longer codes are rare.
const LOOKUP_BITS: u32 = 9;

/// The codes of a table.
pub(super) struct Table {
    /// For each prefix of [`LOOKUP_BITS`] bits: the symbol and the length of its code, or the length 0 if it is longer.
    lookup: Box<[(u8, u8)]>,
    /// For each length from 1 to 16: the first code, the number of codes, and the index of their first symbol.
    lengths: [(u32, u32, usize); 16],
    symbols: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Reason> {
        let mut lookup = vec![(0, 0); 1 << LOOKUP_BITS].into_boxed_slice();
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
                if let Some(free_bits) = LOOKUP_BITS.checked_sub(length) {
                    let start = (next_code << free_bits) as usize;
                    let end = start + (1 << free_bits);
                    lookup.get_mut(start..end).ok_or(DAMAGED)?.fill((symbol, length as u8));
                }
                next_code += 1;
                next_symbol += 1;
            }
            next_code <<= 1;
        }
        Ok(Self { lookup, lengths, symbols: symbols.to_vec() })
    }

    /// Consumes a code and returns its symbol.
    #[inline]
    pub(super) fn decode(&self, bits: &mut BitReader<'_>) -> Result<u8, Reason> {
        let (symbol, length) = self.peek(bits)?;
        bits.consume(length)?;
        Ok(symbol)
    }

    /// Consumes a code and the value after it, and returns the symbol. The lower half of the symbol is the value's
    /// length.
    #[inline]
    pub(super) fn decode_with_value(&self, bits: &mut BitReader<'_>) -> Result<u8, Reason> {
        let (symbol, length) = self.peek(bits)?;
        bits.consume(length + u32::from(symbol & 15))?;
        Ok(symbol)
    }

    /// Returns the next symbol and the length of its code, without consuming it.
    #[inline]
    fn peek(&self, bits: &mut BitReader<'_>) -> Result<(u8, u32), Reason> {
        let ahead = bits.peek();
        match self.lookup.get(usize::from(ahead >> (16 - LOOKUP_BITS))) {
            Some(&(symbol, length)) if length > 0 => Ok((symbol, length.into())),
            _ => self.find_long(ahead),
        }
    }

    #[cold]
    fn find_long(&self, ahead: u16) -> Result<(u8, u32), Reason> {
        for (length, &(first, count, at)) in (1..=16).zip(&self.lengths) {
            let code = u32::from(ahead >> (16 - length));
            if let Some(nth) = code.checked_sub(first).filter(|&nth| nth < count) {
                return Ok((*self.symbols.get(at + nth as usize).ok_or(DAMAGED)?, length));
            }
        }
        Err("the image data has an undefined Huffman code")
    }
}

/// The current tables, up to four of each class.
#[derive(Default)]
pub(super) struct Tables {
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
}

impl Tables {
    /// Defines the tables of a DHT segment.
    pub(super) fn define(&mut self, mut payload: &[u8]) -> Result<(), Reason> {
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

    pub(super) fn dc(&self, slot: u8) -> Result<&Table, Reason> {
        defined(&self.dc, slot)
    }

    pub(super) fn ac(&self, slot: u8) -> Result<&Table, Reason> {
        defined(&self.ac, slot)
    }
}

fn defined(class: &[Option<Table>; 4], slot: u8) -> Result<&Table, Reason> {
    class.get(usize::from(slot)).and_then(Option::as_ref).ok_or("a Huffman table is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code of 1 bit, one of 2, one of 10, and one of 16.
    const COUNTS: [u8; 16] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];

    #[test]
    fn short_and_long_codes_are_decoded() {
        let table = Table::new(&COUNTS, &[7, 8, 9, 10]).unwrap();
        // 0, 10, 1100000000, 1100000001000000
        let bytes = [0b0101_1000, 0b0000_0110, 0b0000_0010, 0b0000_0000];
        let mut bits = BitReader::new(&bytes);
        for symbol in [7, 8, 9, 10] {
            assert_eq!(table.decode(&mut bits), Ok(symbol));
        }
    }

    #[test]
    fn a_truncated_code_is_an_error() {
        let table = Table::new(&COUNTS, &[7, 8, 9, 10]).unwrap();
        let mut bits = BitReader::new(&[0b1100_0000]);
        assert!(table.decode(&mut bits).is_err());
    }

    #[test]
    fn invalid_tables_are_refused() {
        let mut too_many = [0; 16];
        too_many[0] = 3;
        assert!(Table::new(&too_many, &[1, 2, 3]).is_err());
        let mut tables = Tables::default();
        assert!(tables.define(&[0x04]).is_err());
        assert!(tables.define(&[&[0x00], COUNTS.as_slice(), &[1, 2]].concat()).is_err());
        assert!(tables.define(&[&[0x04], COUNTS.as_slice(), &[1, 2, 3, 4]].concat()).is_err());
        assert!(tables.define(&[&[0x13], COUNTS.as_slice(), &[1, 2, 3, 4]].concat()).is_ok());
        assert!(tables.ac(3).is_ok());
        assert!(tables.dc(3).is_err());
    }
}
