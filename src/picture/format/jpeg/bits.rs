//! The bits between two markers.

use crate::format::Flaw;

const TRUNCATED: Flaw = "the image data is truncated";

/// Reads entropy-coded bytes, most significant bit first, and stops at the first marker.
///
/// Bits that are not there are never made up: asking for one is an error.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// How many bytes were moved to `window`, stuffing included.
    read: usize,
    /// The next bits, the very next one on top, zeros below the last.
    window: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, read: 0, window: 0, held: 0 }
    }

    /// The next 16 bits without taking them, zeros in place of those behind the end.
    #[inline]
    pub(super) fn peek(&mut self) -> u16 {
        if self.held < 32 {
            self.refill();
        }
        (self.window >> 48) as u16
    }

    /// Drops `count` bits behind a [`peek`](Self::peek), at most 32: a code and its value.
    #[inline]
    pub(super) fn consume(&mut self, count: u32) -> Result<(), Flaw> {
        self.held = self.held.checked_sub(count).ok_or(TRUNCATED)?;
        self.window <<= count;
        Ok(())
    }

    /// The next `count` bits, at most 16, as a number.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Result<u16, Flaw> {
        let value = self.peek().checked_shr(16 - count).unwrap_or(0);
        self.consume(count)?;
        Ok(value)
    }

    /// A place behind every bit that was taken and not behind the marker that ends them.
    pub(super) fn position(&self) -> usize {
        self.read
    }

    #[inline]
    fn refill(&mut self) {
        let ahead = self.bytes.get(self.read..).and_then(|rest| rest.first_chunk());
        match ahead.map(|bytes| u64::from_be_bytes(*bytes)) {
            Some(word) if !has_byte_of_ones(word) => {
                let whole = (64 - self.held) / 8;
                // Bits of the byte behind these come along, and come again with all of it.
                self.window |= word >> self.held;
                self.held += 8 * whole;
                self.read += whole as usize;
            }
            _ => *self = self.refilled_by_bytes(),
        }
    }

    /// Where a marker, the end or a byte that was stuffed is near. By value, so that what is refilled may stay in
    /// registers everywhere else.
    #[cold]
    fn refilled_by_bytes(mut self) -> Self {
        while self.held <= 56 {
            let (byte, len) = match self.bytes.get(self.read..) {
                Some([0xFF, 0x00, ..]) => (0xFF, 2),
                None | Some([] | [0xFF, ..]) => break,
                Some([byte, ..]) => (*byte, 1),
            };
            self.window |= u64::from(byte) << (56 - self.held);
            self.held += 8;
            self.read += len;
        }
        self
    }
}

/// Whether one of eight bytes is 0xFF: only then does taking 1 from the opposite of all borrow into the highest
/// bit of a byte that has it set.
fn has_byte_of_ones(word: u64) -> bool {
    const ONE_IN_EACH: u64 = u64::MAX / 0xFF;

    (!word).wrapping_sub(ONE_IN_EACH) & word & (ONE_IN_EACH << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_come_from_the_top_and_stuffing_is_left_out() {
        let mut bits = Bits::of(&[0b1010_0000, 0xFF, 0x00, 0x0F]);
        assert_eq!(bits.take(3), Ok(0b101));
        assert_eq!(bits.take(0), Ok(0));
        assert_eq!(bits.take(16), Ok(0b0000_0111_1111_1000));
        assert_eq!(bits.take(5), Ok(0b01111));
        assert!(bits.take(1).is_err());
    }

    #[test]
    fn no_bit_is_taken_from_a_marker_or_from_behind_it() {
        for end in [&[0xFF, 0xD9, 0x55][..], &[0xFF, 0xFF, 0xD9], &[0xFF], &[]] {
            let bytes = [&[0x12, 0x34], end].concat();
            let mut bits = Bits::of(&bytes);
            assert_eq!(bits.take(16), Ok(0x1234));
            assert!(bits.take(1).is_err());
            assert_eq!(bits.position(), 2);
        }
    }

    /// As they stand in a file: a zero behind each byte of ones.
    fn stuffed(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| [*byte, 0].into_iter().take(1 + usize::from(*byte == 0xFF))).collect()
    }

    proptest! {
        #[test]
        fn bits_are_those_of_the_bytes_however_many_are_taken_at_once(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 0..60),
            counts in prop::collection::vec(0..=16u32, 0..60),
        ) {
            let all: Vec<u16> =
                bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| u16::from(byte >> at & 1))).collect();
            let stuffed = stuffed(&bytes);
            let (mut bits, mut rest) = (Bits::of(&stuffed), all.as_slice());
            for count in counts {
                let Some((next, behind)) = rest.split_at_checked(count as usize) else {
                    prop_assert!(bits.take(count).is_err());
                    break;
                };
                prop_assert_eq!(bits.take(count), Ok(next.iter().fold(0, |sum, bit| sum << 1 | bit)));
                rest = behind;
            }
        }

        #[test]
        fn a_byte_of_ones_is_seen_wherever_it_is(word in any::<u64>(), at in 0..8u32) {
            prop_assert_eq!(has_byte_of_ones(word), word.to_be_bytes().contains(&0xFF));
            prop_assert!(has_byte_of_ones(word | 0xFF << (8 * at)));
        }
    }
}
