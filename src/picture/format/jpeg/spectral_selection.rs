//! What a scan brings of a component (T.81, annex G.1.1).

use std::ops::RangeInclusive;

use crate::format::Flaw;

/// What is said of the header of a scan that cannot be.
pub(super) const DAMAGED: Flaw = "a scan header is damaged";

/// Which coefficients, in zigzag order, and which of their bits a scan brings.
pub(super) struct SpectralSelection {
    pub(super) first: u8,
    pub(super) last: u8,
    /// How many low bits were still missing after the scan before; 0 when this is the first.
    pub(super) high: u8,
    /// How many low bits are still missing after this scan.
    pub(super) low: u8,
}

impl SpectralSelection {
    /// Everything at once. The fields of a sequential scan mean nothing, and not every encoder fills them in.
    pub(super) const WHOLE: Self = Self { first: 0, last: 63, high: 0, low: 0 };

    pub(super) fn parse(fields: [u8; 3], components: usize) -> Result<Self, Flaw> {
        let [first, last, approximation] = fields;
        let (high, low) = (approximation >> 4, approximation & 15);
        let is_band = match first {
            0 => last == 0,
            _ => (first..=63).contains(&last) && components == 1,
        };
        let is_step = low <= 13 && (high == 0 || high == low + 1);
        if !is_band || !is_step {
            return Err(DAMAGED);
        }
        Ok(Self { first, last, high, low })
    }

    pub(super) fn range(&self) -> RangeInclusive<usize> {
        usize::from(self.first)..=usize::from(self.last)
    }
}
