//! The bits between two markers.

use super::super::header::Flaw;

const CUT: Flaw = "its pixels end before the picture does";

/// Reads entropy-coded bytes, most significant bit first, and stops at the first marker.
///
/// Bits that are not there are never made up: asking for one is an error.
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
    pub(super) fn peek(&mut self) -> u16 {
        if self.held < 16 {
            self.refill();
        }
        (self.window >> 48) as u16
    }

    /// Drops `count` bits, at most 16, that were seen by [`peek`](Self::peek).
    pub(super) fn consume(&mut self, count: u32) -> Result<(), Flaw> {
        self.held = self.held.checked_sub(count).ok_or(CUT)?;
        self.window <<= count;
        Ok(())
    }

    /// The next `count` bits, at most 16, as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u16, Flaw> {
        let value = self.peek().checked_shr(16 - count).unwrap_or(0);
        self.consume(count)?;
        Ok(value)
    }

    /// A place behind every bit that was taken and not behind the marker that ends them.
    pub(super) fn position(&self) -> usize {
        self.read
    }

    fn refill(&mut self) {
        while self.held <= 56 {
            let (byte, len) = match self.bytes.get(self.read..) {
                Some([0xFF, 0x00, ..]) => (0xFF, 2),
                None | Some([] | [0xFF, ..]) => return,
                Some([byte, ..]) => (*byte, 1),
            };
            self.window |= u64::from(byte) << (56 - self.held);
            self.held += 8;
            self.read += len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
