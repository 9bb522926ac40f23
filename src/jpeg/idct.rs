//! The inverse DCT: the accurate integer one of libjpeg, with the word lengths of its vector code.
//!
//! C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (1989).
//! Columns come first. Between the passes, samples have 2 binary places and 16 bits.

use crate::coefficients::Block;
use crate::quantization::Steps;

/// Eight numbers that are computed alike.
type Lanes = [i16; 8];

/// The binary places of the factors.
const FACTOR_BITS: u32 = 13;
/// The binary places between the passes.
const PASS_BITS: u32 = 2;

/// Dequantizes a block and transforms it to 8 rows of samples, `stride` bytes from each other. `last` is the bound of
/// its coefficients.
#[inline]
pub(crate) fn transform(block: &Block, last: u8, steps: &Steps, samples: &mut [u8], stride: usize) {
    /// The last zigzag position of those whose row and column are among the first four.
    const LAST_OF_QUARTER: u8 = 9;

    let rows = match last {
        0 => flat(block[0].wrapping_mul(steps[0].cast_signed())),
        1..=LAST_OF_QUARTER => full::<4>(block, steps),
        _ => full::<8>(block, steps),
    };
    for (row, samples) in rows.as_chunks().0.iter().zip(samples.chunks_mut(stride)) {
        if let Some(samples) = samples.first_chunk_mut::<8>() {
            *samples = *row;
        }
    }
}

/// A block that has a DC coefficient only.
#[inline]
fn flat(dc: i16) -> [u8; 64] {
    let level = (i32::from(dc.wrapping_shl(PASS_BITS)) + (1 << (PASS_BITS + 2))) >> (PASS_BITS + 3);
    [to_sample(level as i16); 64]
}

/// A block whose coefficients are zero except in the first `SIDE` rows and columns.
#[inline]
fn full<const SIDE: usize>(block: &Block, steps: &Steps) -> [u8; 64] {
    let mut rows = [[0; 8]; 8];
    for (row, (block, steps)) in
        rows.iter_mut().zip(block.as_chunks::<8>().0.iter().zip(steps.as_chunks::<8>().0)).take(SIDE)
    {
        for at in 0..8 {
            row[at] = block[at].wrapping_mul(steps[at].cast_signed());
        }
    }
    let columns = columns_transformed::<SIDE>(&rows);
    let mut levels = [[0; 8]; 8];
    for (levels, row) in levels.iter_mut().zip(&columns) {
        *levels = row_transformed::<SIDE>(row);
    }
    let mut samples = [0; 64];
    for (sample, level) in samples.iter_mut().zip(levels.as_flattened()) {
        *sample = to_sample(*level);
    }
    samples
}

/// Adds the middle of the range of samples.
#[inline(always)]
fn to_sample(level: i16) -> u8 {
    (level.clamp(-128, 127) + 128) as u8
}

/// The weights of each coefficient in a row of samples, with 13 binary places: what the factors of the columns amount to.
const WEIGHTS: [[i16; 8]; 8] = [
    [8_192, 8_192, 8_192, 8_192, 8_192, 8_192, 8_192, 8_192],
    [11_363, 9_633, 6_437, 2_260, -2_260, -6_437, -9_633, -11_363],
    [10_703, 4_433, -4_433, -10_703, -10_703, -4_433, 4_433, 10_703],
    [9_633, -2_259, -11_362, -6_436, 6_436, 11_362, 2_259, -9_633],
    [8_192, -8_192, -8_192, 8_192, 8_192, -8_192, -8_192, 8_192],
    [6_437, -11_362, 2_261, 9_633, -9_633, -2_261, 11_362, -6_437],
    [4_433, -10_704, 10_704, -4_433, -4_433, 10_704, -10_704, 4_433],
    [2_260, -6_436, 9_633, -11_363, 11_363, -9_633, 6_436, -2_260],
];

/// Transforms a row, whose values from `SIDE` on are zero.
#[inline(always)]
fn row_transformed<const SIDE: usize>(row: &Lanes) -> Lanes {
    let mut levels = [0; 8];
    for at in 0..8 {
        let pair = |column: usize| {
            rotated(row[column], row[column + 1], [WEIGHTS[column][at], WEIGHTS[column + 1][at]])
        };
        let mut sum = pair(0).wrapping_add(pair(2));
        if SIDE > 4 {
            sum = sum.wrapping_add(pair(4)).wrapping_add(pair(6));
        }
        levels[at] = rounded::<{ FACTOR_BITS + PASS_BITS + 3 }>(sum);
    }
    levels
}

/// Transforms eight columns, whose values from `SIDE` on are zero.
#[inline(always)]
fn columns_transformed<const SIDE: usize>(rows: &[Lanes; 8]) -> [Lanes; 8] {
    let mut results = [[0; 8]; 8];
    for lane in 0..8 {
        let value = |row: usize| if row < SIDE { rows[row][lane] } else { 0 };
        // The even part.
        let low = i32::from(value(0).wrapping_add(value(4))) << FACTOR_BITS;
        let high = i32::from(value(0).wrapping_sub(value(4))) << FACTOR_BITS;
        let sine = rotated(value(2), value(6), [4_433, 4_433 - 15_137]);
        let cosine = rotated(value(2), value(6), [4_433 + 6_270, 4_433]);
        let even = [
            low.wrapping_add(cosine),
            high.wrapping_add(sine),
            high.wrapping_sub(sine),
            low.wrapping_sub(cosine),
        ];
        // The odd part.
        let third = value(7).wrapping_add(value(3));
        let fourth = value(5).wrapping_add(value(1));
        let third_sum = rotated(third, fourth, [9_633 - 16_069, 9_633]);
        let fourth_sum = rotated(third, fourth, [9_633, 9_633 - 3_196]);
        let odd = [
            rotated(value(7), value(1), [-7_373, 12_299 - 7_373]).wrapping_add(fourth_sum),
            rotated(value(5), value(3), [-20_995, 25_172 - 20_995]).wrapping_add(third_sum),
            rotated(value(5), value(3), [16_819 - 20_995, -20_995]).wrapping_add(fourth_sum),
            rotated(value(7), value(1), [2_446 - 7_373, -7_373]).wrapping_add(third_sum),
        ];
        for at in 0..4 {
            results[at][lane] = rounded::<{ FACTOR_BITS - PASS_BITS }>(even[at].wrapping_add(odd[at]));
            results[7 - at][lane] = rounded::<{ FACTOR_BITS - PASS_BITS }>(even[at].wrapping_sub(odd[at]));
        }
    }
    results
}

#[inline(always)]
fn rotated(first: i16, second: i16, factors: [i16; 2]) -> i32 {
    (i32::from(first) * i32::from(factors[0])).wrapping_add(i32::from(second) * i32::from(factors[1]))
}

/// Drops binary places, and saturates.
#[inline(always)]
fn rounded<const SHIFT: u32>(value: i32) -> i16 {
    let value = value.wrapping_add(1 << (SHIFT - 1)) >> SHIFT;
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coefficients::NATURAL_ORDER;
    use proptest::prelude::*;

    fn samples(block: &Block, last: u8) -> Vec<u8> {
        let mut samples = vec![0; 64];
        transform(block, last, &[3; 64], &mut samples, 8);
        samples
    }

    proptest! {
        #[test]
        fn shortcuts_do_not_change_samples(
            coefficients in prop::collection::vec(-300..300_i16, 1..=64),
        ) {
            let mut block = [0; 64];
            for (at, coefficient) in coefficients.iter().enumerate() {
                block[usize::from(NATURAL_ORDER[at])] = *coefficient;
            }
            prop_assert_eq!(samples(&block, (coefficients.len() - 1) as u8), samples(&block, 63));
        }

        #[test]
        fn samples_are_near_those_of_the_exact_transform(
            coefficients in prop::collection::vec(-40..40_i16, 64),
        ) {
            let block: Block = coefficients.try_into().unwrap();
            let found = samples(&block, 63);
            for y in 0..8 {
                for x in 0..8 {
                    let exact = exact(&block, x, y);
                    prop_assert!((f64::from(found[8 * y + x]) - exact).abs() <= 1.0);
                }
            }
        }
    }

    fn exact(block: &Block, x: usize, y: usize) -> f64 {
        let basis = |frequency: usize, at: usize| {
            let scale = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            scale * ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let sum: f64 =
            (0..64).map(|at| 3.0 * f64::from(block[at]) * basis(at % 8, x) * basis(at / 8, y)).sum();
        (sum / 4.0 + 128.0).clamp(0.0, 255.0)
    }
}
