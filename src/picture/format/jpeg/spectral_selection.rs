//! The spectral selection and the successive approximation of a scan (T.81, annex G.1.1).

use std::ops::RangeInclusive;

use crate::format::Reason;

pub(super) const DAMAGED: Reason = "a scan header is damaged";

/// The coefficients of a scan, in zigzag order, and their bits.
pub(super) struct SpectralSelection {
    pub(super) first: u8,
    pub(super) last: u8,
    /// The number of low bits that are missing before this scan: Ah in T.81. 0 in the first scan of a coefficient.
    pub(super) high: u8,
    /// The number of low bits that are missing after this scan: Al in T.81.
    pub(super) low: u8,
}

impl SpectralSelection {
    /// All bits of all coefficients. The fields of a sequential scan have no meaning, and not all encoders set them.
    pub(super) const ALL: Self = Self { first: 0, last: 63, high: 0, low: 0 };

    pub(super) fn parse(fields: [u8; 3], components: usize) -> Result<Self, Reason> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_selections_are_refused() {
        for (fields, components) in [
            ([0, 63, 0], 1),
            ([5, 4, 0], 1),
            ([1, 64, 0], 1),
            ([1, 63, 0], 3),
            ([0, 0, 0x31], 1),
            ([0, 0, 0x0E], 1),
        ] {
            assert!(SpectralSelection::parse(fields, components).is_err(), "{fields:?}");
        }
    }
}
