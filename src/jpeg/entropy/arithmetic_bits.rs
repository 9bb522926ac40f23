//! Decodes binary decisions (T.81, annex D.2).

use super::arithmetic_states::{FIXED, STATES};

/// The estimate for a decision: the number of a state, and the more probable outcome in the highest bit.
#[derive(Clone, Copy, Default)]
pub(super) struct Estimate(u8);

impl Estimate {
    /// Both outcomes are equally probable.
    pub(super) const EVEN: Self = Self(FIXED);
}

/// Decodes decisions up to a marker. Bytes after the end are zeros, which encoders may leave out.
#[derive(Clone, Copy)]
pub(super) struct DecisionReader<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte.
    position: usize,
    /// The width of the interval, from 0x8000 to 0x10000.
    interval: u32,
    /// The offset in the interval, with 16 more bits.
    code: u32,
    /// The number of bits in `code` before the next byte is due.
    shifts_left: u32,
    /// The number of bytes that were added after the end.
    padding: u32,
}

impl<'a> DecisionReader<'a> {
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        let mut reader = Self { bytes, position, interval: 0x10000, code: 0, shifts_left: 0, padding: 0 };
        reader.read_byte();
        reader.code <<= 8;
        reader.read_byte();
        reader.code <<= 8;
        reader.shifts_left = 0;
        reader
    }

    /// Decodes a decision, and adapts its estimate.
    pub(super) fn decide(&mut self, estimate: &mut Estimate) -> bool {
        let probable = estimate.0 & 0x80;
        let state = STATES[usize::from(estimate.0 & 0x7F)];
        self.interval -= state.width;
        let is_upper = self.code >> 16 >= self.interval;
        if !is_upper && self.interval >= 0x8000 {
            return probable != 0;
        }
        // The larger part belongs to the more probable outcome, wherever it is.
        let is_probable = is_upper == (self.interval < state.width);
        if is_upper {
            self.code -= self.interval << 16;
            self.interval = state.width;
        }
        let outcome = if is_probable { probable } else { probable ^ 0x80 };
        estimate.0 = match is_probable {
            true => probable | state.after_more,
            false if state.switches => (probable ^ 0x80) | state.after_less,
            false => probable | state.after_less,
        };
        self.renormalize();
        outcome != 0
    }

    /// Decodes a decision between equally probable outcomes.
    pub(super) fn bit(&mut self) -> bool {
        self.decide(&mut { Estimate::EVEN })
    }

    fn renormalize(&mut self) {
        while self.interval < 0x8000 {
            if self.shifts_left == 0 {
                self.read_byte();
            }
            self.interval <<= 1;
            self.code <<= 1;
            self.shifts_left -= 1;
        }
    }

    fn read_byte(&mut self) {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
        let (byte, len) = match (fill, rest.get(fill)) {
            (0, Some(byte)) => (*byte, 1),
            (_, Some(0)) => (0xFF, fill + 1),
            _ => {
                self.padding = self.padding.saturating_add(1);
                (0, 0)
            }
        };
        self.position += len;
        self.code += u32::from(byte) << 8;
        self.shifts_left = 8;
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Whether far more bytes are missing than an encoder leaves out. One leaves out as many zeros as there are at the
    /// end, which are few.
    pub(super) fn is_exhausted(&self) -> bool {
        self.padding > 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test sequence of T.81, annex K.4.1: its data, and the decisions.
    #[test]
    fn the_test_sequence_of_the_standard_is_decoded() {
        let data = [
            0x65, 0x5B, 0x51, 0x44, 0xF7, 0x96, 0x9D, 0x51, 0x78, 0x55, 0xBF, 0xFF, 0x00, 0xFC, 0x51, 0x84,
            0xC7, 0xCE, 0xF9, 0x39, 0x00, 0x28, 0x7D, 0x46, 0x70, 0x8E, 0xCB, 0xC0, 0xF6, 0xFF, 0xD9,
        ];
        let decisions = [
            0x00, 0x02, 0x00, 0x51, 0x00, 0x00, 0x00, 0xC0, 0x03, 0x52, 0x87, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA,
            0x82, 0xC0, 0x20, 0x00, 0xFC, 0xD7, 0x9E, 0xF6, 0x74, 0xEA, 0xAB, 0xF7, 0x69, 0x7E, 0xE7,
            0x4C_u8,
        ];
        let mut reader = DecisionReader::new(&data, 0);
        let mut estimate = Estimate::default();
        for expected in decisions {
            let found = (0..8).fold(0, |byte, _| byte << 1 | u8::from(reader.decide(&mut estimate)));
            assert_eq!(found, expected);
        }
    }
}
