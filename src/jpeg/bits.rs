//! Reads bits between two markers.

/// Reads entropy-coded data, most significant bit first, up to a marker. Bits after the end are zeros.
#[derive(Clone, Copy)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte that is not in `buffer`.
    position: usize,
    /// The next bits, from the most significant bit down, followed by zeros or by the first bits of the next byte.
    buffer: u64,
    /// The number of bits in `buffer`.
    buffered: u32,
    /// The number of bits that were added after the end.
    padding: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, buffer: 0, buffered: 0, padding: 0 }
    }

    /// Makes at least 32 bits available to [`peek`](Self::peek).
    #[inline(always)]
    pub(crate) fn fill(&mut self) {
        if self.buffered < 32 {
            self.refill();
        }
    }

    /// Makes at least 56 bits available, which takes a refill unless just a few were consumed.
    #[inline(always)]
    pub(crate) fn fill_up(&mut self) {
        if self.buffered < 56 {
            self.refill();
        }
    }

    /// Returns the next `count` bits, from 1 to 32, without consuming them.
    #[inline(always)]
    pub(crate) fn peek(&self, count: u32) -> u32 {
        (self.buffer >> (64 - count)) as u32
    }

    /// Consumes bits that were peeked at.
    #[inline(always)]
    pub(crate) fn consume(&mut self, count: u32) {
        self.buffer <<= count;
        self.buffered = self.buffered.wrapping_sub(count);
    }

    /// Consumes `count` available bits, at most 16, and returns them as a number.
    #[inline(always)]
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        let value = ((self.buffer >> 32) >> (32 - count)) as u32;
        self.consume(count);
        value
    }

    /// Consumes a bit.
    #[inline(always)]
    pub(crate) fn take_bit(&mut self) -> bool {
        self.fill();
        self.take(1) != 0
    }

    /// Whether bits after the end were consumed.
    #[inline(always)]
    pub(crate) fn is_exhausted(&self) -> bool {
        self.padding > self.buffered
    }

    /// An offset in the file after all consumed bits and before the marker that ends the data.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The number of whole bytes before [`position`](Self::position) that were not consumed.
    pub(crate) fn unread_bytes(&self) -> u32 {
        self.buffered.saturating_sub(self.padding) / 8
    }

    /// The number of bits up to the place of another reader, which reads the same data up to the same marker.
    pub(crate) fn bits_until(&self, end: &Self) -> u64 {
        let read = self.bytes.get(self.position..end.position).unwrap_or_default();
        // A stuffed zero stands for the byte before it, and so does the one after fill bytes.
        let bytes = read.iter().filter(|byte| **byte != 0xFF).count() as u64;
        let unread = |reader: &Self| u64::from(reader.buffered.saturating_sub(reader.padding));
        (8 * bytes + unread(self)).saturating_sub(unread(end))
    }

    #[inline(always)]
    fn refill(&mut self) {
        let ahead = self.bytes.get(self.position..).and_then(|rest| rest.first_chunk());
        let added = (63 - self.buffered) & !7;
        match ahead.map(|bytes| u64::from_be_bytes(*bytes)) {
            Some(word) if !has_0xff_byte(word >> (64 - added)) => {
                // Some bits of the next byte are added, too. The next refill adds the same bits again.
                self.buffer |= word >> self.buffered;
                self.buffered += added;
                self.position += (added / 8) as usize;
            }
            _ => *self = self.refilled_by_bytes(),
        }
    }

    /// Refills near a marker, the end or a stuffed byte. By value, so that the reader can stay in registers elsewhere.
    #[cold]
    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        while self.buffered <= 56 {
            let (byte, len) = match self.bytes.get(self.position..) {
                Some([0xFF, rest @ ..]) => match rest.iter().position(|byte| *byte != 0xFF) {
                    Some(fill) if rest.get(fill) == Some(&0) => (0xFF, fill + 2),
                    _ => return self.padded(),
                },
                Some([byte, ..]) => (*byte, 1),
                _ => return self.padded(),
            };
            // Removes the bits of this byte that the fast way added in advance.
            self.buffer &= !(u64::MAX >> self.buffered);
            self.buffer |= u64::from(byte) << (56 - self.buffered);
            self.buffered += 8;
            self.position += len;
        }
        self
    }

    /// Adds zeros after the end.
    fn padded(mut self) -> Self {
        self.buffer &= !u64::MAX.checked_shr(self.buffered).unwrap_or(0);
        self.padding = if self.is_exhausted() { u32::MAX } else { self.padding + (64 - self.buffered) };
        self.buffered = 64;
        self
    }
}

/// Whether one of eight bytes is 0xFF: the usual test for a zero byte, on the inverted word.
#[inline(always)]
fn has_0xff_byte(word: u64) -> bool {
    const ONE_PER_BYTE: u64 = u64::MAX / 0xFF;

    (!word).wrapping_sub(ONE_PER_BYTE) & word & (ONE_PER_BYTE << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take(bits: &mut BitReader<'_>, count: u32) -> u32 {
        bits.fill();
        bits.take(count)
    }

    #[test]
    fn bits_are_read_from_the_most_significant_one_without_stuffing() {
        let mut bits = BitReader::new(&[0b1010_0000, 0xFF, 0x00, 0x0F], 0);
        assert_eq!(take(&mut bits, 3), 0b101);
        assert_eq!(take(&mut bits, 0), 0);
        assert_eq!(take(&mut bits, 16), 0b0000_0111_1111_1000);
        assert_eq!(take(&mut bits, 5), 0b01111);
        assert!(!bits.is_exhausted());
        assert_eq!(take(&mut bits, 1), 0);
        assert!(bits.is_exhausted());
    }

    #[test]
    fn no_bit_is_read_from_a_marker_or_after_it() {
        for end in [&[0xFF, 0xD9, 0x55][..], &[0xFF, 0xFF, 0xD9], &[0xFF], &[]] {
            let bytes = [&[0x12, 0x34], end].concat();
            let mut bits = BitReader::new(&bytes, 0);
            assert_eq!(take(&mut bits, 16), 0x1234);
            assert!(!bits.is_exhausted());
            assert_eq!(take(&mut bits, 16), 0);
            assert!(bits.is_exhausted());
            for _ in 0..9 {
                assert_eq!(take(&mut bits, 16), 0);
                assert!(bits.is_exhausted());
            }
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
            let all: Vec<u32> =
                bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| u32::from(byte >> at & 1))).collect();
            let stuffed = stuffed(&bytes);
            let (mut reader, mut rest) = (BitReader::new(&stuffed, 0), all.as_slice());
            for count in counts {
                let Some((next, following)) = rest.split_at_checked(count as usize) else {
                    take(&mut reader, count);
                    prop_assert!(reader.is_exhausted());
                    break;
                };
                prop_assert_eq!(take(&mut reader, count), next.iter().fold(0, |sum, bit| sum << 1 | bit));
                prop_assert!(!reader.is_exhausted());
                rest = following;
            }
        }

        #[test]
        fn the_bits_between_two_places_are_counted(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 8..60),
            counts in (prop::collection::vec(0..=16_u32, 0..12), prop::collection::vec(0..=16_u32, 0..12)),
        ) {
            let stuffed = stuffed(&bytes);
            let mut reader = BitReader::new(&stuffed, 0);
            for count in counts.0 {
                take(&mut reader, count);
            }
            let start = reader;
            for count in &counts.1 {
                take(&mut reader, *count);
            }
            if !reader.is_exhausted() {
                let expected: u32 = counts.1.iter().sum();
                prop_assert_eq!(start.bits_until(&reader), u64::from(expected));
            }
        }

        #[test]
        fn a_0xff_byte_is_found_at_any_position(word in any::<u64>(), at in 0..8u32) {
            prop_assert_eq!(has_0xff_byte(word), word.to_be_bytes().contains(&0xFF));
            prop_assert!(has_0xff_byte(word | 0xFF << (8 * at)));
        }
    }
}
