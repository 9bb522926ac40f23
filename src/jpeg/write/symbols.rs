//! Where the symbols of a scan go: first they are counted, then written.

use super::bits::BitWriter;
use super::codes::SymbolCounts;
use crate::bits::BitReader;
use crate::huffman::Codes;
use crate::segments::Marker;

/// A Huffman table of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Dc(u8),
    Ac(u8),
}

/// The tables that a file can have: four for DC and four for AC coefficients.
const TABLES: usize = 8;

impl Table {
    fn index(self) -> usize {
        match self {
            Self::Dc(slot) => usize::from(slot) % 4,
            Self::Ac(slot) => 4 + usize::from(slot) % 4,
        }
    }
}

/// Takes the symbols of a scan.
pub(super) trait Symbols {
    /// Takes a symbol, and the `count` bits after its code.
    fn symbol(&mut self, table: Table, symbol: u8, bits: u32, count: u32);

    /// Takes a bit that belongs to no symbol.
    fn bit(&mut self, bit: bool);

    /// Takes a restart marker.
    fn restart(&mut self, number: u8);
}

/// Counts symbols.
#[derive(Default)]
pub(super) struct Counter {
    counts: [SymbolCounts; TABLES],
    is_used: [bool; TABLES],
}

impl Counter {
    /// The best codes for each table that is used.
    pub(super) fn codes(&self) -> ScanCodes {
        let codes = self.counts.iter().zip(self.is_used);
        ScanCodes(codes.map(|(counts, is_used)| is_used.then(|| counts.codes())).collect())
    }
}

impl Symbols for Counter {
    #[inline(always)]
    fn symbol(&mut self, table: Table, symbol: u8, _: u32, _: u32) {
        self.counts[table.index()].add(symbol);
        self.is_used[table.index()] = true;
    }

    fn bit(&mut self, _: bool) {}

    fn restart(&mut self, _: u8) {}
}

/// The codes of each table that a scan uses.
pub(super) struct ScanCodes(Vec<Option<Codes>>);

impl Default for ScanCodes {
    fn default() -> Self {
        Self(vec![None; TABLES])
    }
}

impl ScanCodes {
    /// Sets the codes of a table.
    pub(super) fn set(&mut self, table: Table, codes: Option<Codes>) {
        self.0[table.index()] = codes;
    }

    /// Writes a DHT segment, unless the scan uses no table.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let mut payload = Vec::new();
        for (index, codes) in (0_u8..).zip(&self.0) {
            if let Some(codes) = codes {
                let (class, slot) = (index / 4, index % 4);
                payload.push(class << 4 | slot);
                codes.write(&mut payload);
            }
        }
        // All tables have at most 2176 bytes.
        let length = (payload.len() + 2) as u16;
        if !payload.is_empty() {
            bytes.extend([0xFF, Marker::DHT.0]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(payload);
        }
    }
}

/// Writes symbols with their codes.
pub(super) struct Writer {
    bits: BitWriter,
    /// For each table and symbol: the code, and its length.
    codes: Vec<[(u16, u8); 256]>,
    lacks_code: bool,
}

impl Writer {
    /// Writes after `bytes`.
    pub(super) fn new(bytes: Vec<u8>, codes: &ScanCodes) -> Self {
        let table = |codes: &Option<Codes>| {
            let mut table = [(0, 0); 256];
            for (code, length, symbol) in codes.iter().flat_map(Codes::numbered) {
                table[usize::from(symbol)] = (code as u16, length as u8);
            }
            table
        };
        Self { bits: BitWriter::after(bytes), codes: codes.0.iter().map(table).collect(), lacks_code: false }
    }

    /// Whether a symbol was written that has no code.
    pub(super) fn lacks_code(&self) -> bool {
        self.lacks_code
    }

    /// Copies the next `count` bits of a reader.
    pub(super) fn copy(&mut self, from: BitReader<'_>, count: u64) {
        self.bits.copy(from, count);
    }

    /// All bytes, the last one filled up.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bits.finish()
    }
}

impl Symbols for Writer {
    #[inline(always)]
    fn symbol(&mut self, table: Table, symbol: u8, bits: u32, count: u32) {
        let (code, length) = self.codes[table.index()][usize::from(symbol)];
        self.lacks_code |= length == 0;
        self.bits.put(u32::from(code) << count | bits, u32::from(length) + count);
    }

    #[inline(always)]
    fn bit(&mut self, bit: bool) {
        self.bits.put(u32::from(bit), 1);
    }

    fn restart(&mut self, number: u8) {
        self.bits.put_marker(Marker(Marker::RST0.0 + number));
    }
}
