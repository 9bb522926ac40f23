//! Quantization tables (T.81, B.2.4.1).

use crate::coefficients::NATURAL_ORDER;
use crate::error::Error;

/// The step of each coefficient of a block, in rows. Zeros stand for a missing table.
pub type Steps = [u16; 64];

/// The steps of luma that the standard gives as an example (T.81, K.1). Common encoders use them at quality 50.
#[rustfmt::skip]
const LUMA: Steps = [
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// The tables of a file. Each slot may be redefined between scans.
#[derive(Clone, Debug, Default)]
pub(crate) struct QuantizationTables([Option<Steps>; 4]);

impl QuantizationTables {
    /// Stores the tables of a DQT segment.
    pub(crate) fn define(&mut self, mut payload: &[u8]) -> Result<(), Error> {
        const INVALID: Error = Error::Damaged("a quantization table is invalid");

        while let Some((&precision_and_slot, rest)) = payload.split_first() {
            let (is_wide, slot) = (precision_and_slot >> 4 != 0, precision_and_slot & 15);
            let mut steps = [0; 64];
            let (values, rest) = rest.split_at_checked(if is_wide { 128 } else { 64 }).ok_or(INVALID)?;
            for (at, natural) in NATURAL_ORDER.iter().take(64).enumerate() {
                steps[usize::from(*natural)] = match is_wide {
                    true => u16::from_be_bytes([values[2 * at], values[2 * at + 1]]),
                    false => u16::from(values[at]),
                };
            }
            *self.0.get_mut(usize::from(slot)).ok_or(INVALID)? = Some(steps);
            payload = rest;
        }
        Ok(())
    }

    pub(crate) fn get(&self, slot: usize) -> Option<&Steps> {
        self.0.get(slot)?.as_ref()
    }
}

/// The quality, from 1 to 100, at which the common encoders (libjpeg's scale) quantize luma about as coarsely.
pub(crate) fn quality(steps: &Steps) -> u8 {
    let scaled = |quality: u8| {
        let percent = match u32::from(quality) {
            quality @ ..50 => 5000 / quality,
            quality => 200 - 2 * quality,
        };
        LUMA.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255)).iter().sum::<u32>()
    };
    let sum = steps.iter().map(|step| u32::from(*step)).sum();
    (1..=100).min_by_key(|quality| scaled(*quality).abs_diff(sum)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quality_follows_from_the_sum_of_the_steps() {
        for (steps, expected) in [([1; 64], 100), (LUMA, 50), (LUMA.map(|step| step / 2), 75), ([255; 64], 1)]
        {
            assert_eq!(quality(&steps), expected);
        }
    }

    #[test]
    fn tables_of_both_depths_are_put_into_rows() {
        let mut payload = vec![0x01];
        payload.extend(1..=64);
        payload.push(0x12);
        payload.extend((1..=64).flat_map(|step: u16| (step * 300).to_be_bytes()));
        let mut tables = QuantizationTables::default();
        tables.define(&payload).unwrap();
        assert_eq!(tables.get(1).unwrap()[..4], [1, 2, 6, 7]);
        assert_eq!(tables.get(2).unwrap()[..4], [300, 600, 1800, 2100]);
        assert_eq!(tables.get(0), None);
        assert!(tables.define(&payload[..60]).is_err());
        assert!(tables.define(&[0x04; 65]).is_err());
    }
}
