//! Writes bits, with a zero byte after each byte of 0xFF (T.81, B.1.1.5).

use crate::bits::BitReader;
use crate::segments::Marker;

/// Writes entropy-coded data, most significant bit first.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// The bits that are not in `bytes` yet: the lowest ones, in order.
    buffer: u64,
    /// The number of bits in `buffer`, less than 32 between calls.
    buffered: u32,
}

impl BitWriter {
    /// Appends to bytes that are already written.
    pub(super) fn after(bytes: Vec<u8>) -> Self {
        Self { bytes, buffer: 0, buffered: 0 }
    }

    /// Writes the `count` lowest bits, at most 32. The bits above them must be zeros.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        self.buffer = self.buffer << count | u64::from(bits);
        self.buffered += count;
        if self.buffered >= 32 {
            self.buffered -= 32;
            let word = ((self.buffer >> self.buffered) as u32).to_be_bytes();
            if word.contains(&0xFF) {
                word.iter().for_each(|byte| self.put_byte(*byte));
            } else {
                self.bytes.extend_from_slice(&word);
            }
        }
    }

    /// Copies the next `count` bits of a reader.
    pub(super) fn copy(&mut self, mut from: BitReader<'_>, mut count: u64) {
        while count >= 32 {
            from.fill();
            self.put(from.peek(32), 32);
            from.consume(32);
            count -= 32;
        }
        if count > 0 {
            from.fill();
            self.put(from.peek(count as u32), count as u32);
        }
    }

    /// Fills up the last byte with ones.
    pub(super) fn align(&mut self) {
        let missing = self.buffered.wrapping_neg() % 8;
        self.put((1 << missing) - 1, missing);
        while self.buffered > 0 {
            self.buffered -= 8;
            self.put_byte((self.buffer >> self.buffered) as u8);
        }
    }

    /// Fills up the last byte, and writes a marker.
    pub(super) fn put_marker(&mut self, marker: Marker) {
        self.align();
        self.bytes.extend([0xFF, marker.0]);
    }

    /// Fills up the last byte, and returns all bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }

    fn put_byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_byte_is_filled_up_with_ones_and_stuffed() {
        let mut bits = BitWriter::default();
        bits.put(0b101, 3);
        bits.put_marker(Marker(0xD3));
        bits.put(0b1, 1);
        assert_eq!(bits.finish(), [0b1011_1111, 0xFF, 0xD3, 0xFF, 0]);
        assert_eq!(BitWriter::after(vec![7]).finish(), [7]);
    }

    proptest! {
        #[test]
        fn bits_are_read_as_they_were_written(
            fields in prop::collection::vec((any::<u32>(), 1..=16_u32), 0..200),
        ) {
            let mut writer = BitWriter::default();
            let low = |bits: u32, count: u32| bits & ((1 << count) - 1);
            fields.iter().for_each(|(bits, count)| writer.put(low(*bits, *count), *count));
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes, 0);
            for (bits, count) in fields {
                reader.fill();
                prop_assert_eq!(reader.take(count), low(bits, count));
            }
            prop_assert!(!reader.is_exhausted());
        }

        #[test]
        fn bits_are_copied_from_any_place_to_any_other(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 1..80),
            (skipped, shift) in (0..8_u32, 0..32_u32),
            share in 0.0..=1.0_f64,
        ) {
            let mut stuffed = BitWriter::default();
            bytes.iter().for_each(|byte| stuffed.put(u32::from(*byte), 8));
            let stuffed = stuffed.finish();
            let mut from = BitReader::new(&stuffed, 0);
            from.fill();
            from.take(skipped);
            let count = (share * (8.0 * bytes.len() as f64 - f64::from(skipped))) as u64;
            let mut copy = BitWriter::default();
            copy.put(0, shift);
            copy.copy(from, count);
            let copy = copy.finish();
            let mut found = BitReader::new(&copy, 0);
            found.fill();
            found.consume(shift);
            for _ in 0..count {
                prop_assert_eq!(found.take_bit(), from.take_bit());
            }
        }
    }
}
