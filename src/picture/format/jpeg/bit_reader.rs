//! Reads bits between two markers.

use crate::format::Reason;

const TRUNCATED: Reason = "the image data is truncated";

/// Reads entropy-coded data, most significant bit first, up to a marker. Reading beyond is an error.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The number of bytes that were moved to `buffer`, including stuffed ones.
    position: usize,
    /// The next bits, from the most significant bit down, followed by zeros or by the first bits of the next byte.
    buffer: u64,
    /// The number of bits in `buffer`.
    buffered: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, buffer: 0, buffered: 0 }
    }

    /// Returns the next 16 bits without consuming them. Bits after the end are zeros.
    #[inline]
    pub(super) fn peek(&mut self) -> u16 {
        if self.buffered < 32 {
            self.refill();
        }
        (self.buffer >> 48) as u16
    }

    /// Consumes `count` bits after a [`peek`](Self::peek): at most 32, a code and its value.
    #[inline]
    pub(super) fn consume(&mut self, count: u32) -> Result<(), Reason> {
        self.buffered = self.buffered.checked_sub(count).ok_or(TRUNCATED)?;
        self.buffer <<= count;
        Ok(())
    }

    /// Consumes `count` bits, at most 16, and returns them as a number.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Result<u16, Reason> {
        let value = self.peek().checked_shr(16 - count).unwrap_or(0);
        self.consume(count)?;
        Ok(value)
    }

    /// A position after all consumed bits, and before the marker that ends the data.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    #[inline]
    fn refill(&mut self) {
        let ahead = self.bytes.get(self.position..).and_then(|rest| rest.first_chunk());
        match ahead.map(|bytes| u64::from_be_bytes(*bytes)) {
            Some(word) if !has_0xff_byte(word) => {
                let bytes = (64 - self.buffered) / 8;
                // Some bits of the next byte are added, too. The next refill adds the same bits again.
                self.buffer |= word >> self.buffered;
                self.buffered += 8 * bytes;
                self.position += bytes as usize;
            }
            _ => *self = self.refilled_by_bytes(),
        }
    }

    /// Refills near a marker, the end or a stuffed byte. By value, so that the reader can stay in registers elsewhere.
    #[cold]
    fn refilled_by_bytes(mut self) -> Self {
        while self.buffered <= 56 {
            let (byte, len) = match self.bytes.get(self.position..) {
                Some([0xFF, 0x00, ..]) => (0xFF, 2),
                None | Some([] | [0xFF, ..]) => break,
                Some([byte, ..]) => (*byte, 1),
            };
            self.buffer |= u64::from(byte) << (56 - self.buffered);
            self.buffered += 8;
            self.position += len;
        }
        self
    }
}

/// Whether one of eight bytes is 0xFF: the usual test for a zero byte, on the inverted word.
fn has_0xff_byte(word: u64) -> bool {
    const ONE_PER_BYTE: u64 = u64::MAX / 0xFF;

    (!word).wrapping_sub(ONE_PER_BYTE) & word & (ONE_PER_BYTE << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_are_read_from_the_most_significant_one_without_stuffing() {
        let mut bits = BitReader::new(&[0b1010_0000, 0xFF, 0x00, 0x0F]);
        assert_eq!(bits.take(3), Ok(0b101));
        assert_eq!(bits.take(0), Ok(0));
        assert_eq!(bits.take(16), Ok(0b0000_0111_1111_1000));
        assert_eq!(bits.take(5), Ok(0b01111));
        assert!(bits.take(1).is_err());
    }

    #[test]
    fn no_bit_is_read_from_a_marker_or_after_it() {
        for end in [&[0xFF, 0xD9, 0x55][..], &[0xFF, 0xFF, 0xD9], &[0xFF], &[]] {
            let bytes = [&[0x12, 0x34], end].concat();
            let mut bits = BitReader::new(&bytes);
            assert_eq!(bits.take(16), Ok(0x1234));
            assert!(bits.take(1).is_err());
            assert_eq!(bits.position(), 2);
        }
    }

    /// Inserts a zero byte after each 0xFF, as in a file.
    fn stuffed(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| [*byte, 0].into_iter().take(1 + usize::from(*byte == 0xFF))).collect()
    }

    proptest! {
        #[test]
        fn bits_are_the_same_however_many_are_read_at_once(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 0..60),
            counts in prop::collection::vec(0..=16u32, 0..60),
        ) {
            let all: Vec<u16> =
                bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| u16::from(byte >> at & 1))).collect();
            let stuffed = stuffed(&bytes);
            let (mut reader, mut rest) = (BitReader::new(&stuffed), all.as_slice());
            for count in counts {
                let Some((next, following)) = rest.split_at_checked(count as usize) else {
                    prop_assert!(reader.take(count).is_err());
                    break;
                };
                prop_assert_eq!(reader.take(count), Ok(next.iter().fold(0, |sum, bit| sum << 1 | bit)));
                rest = following;
            }
        }

        #[test]
        fn a_0xff_byte_is_found_at_any_position(word in any::<u64>(), at in 0..8u32) {
            prop_assert_eq!(has_0xff_byte(word), word.to_be_bytes().contains(&0xFF));
            prop_assert!(has_0xff_byte(word | 0xFF << (8 * at)));
        }
    }
}
