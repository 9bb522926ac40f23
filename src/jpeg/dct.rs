//! The DCT and its inverse in floating point, for blocks that are encoded again (T.81, A.3.3).
//!
//! The factors are written out, so that the same pictures give the same bytes on any machine.

use crate::coefficients::Block;
use crate::quantization::Steps;

/// Samples or coefficients of a block, in rows.
pub(crate) type Values = [f32; 64];

/// cos(kπ/16) for k from 0 to 8.
pub(crate) const COSINES: [f32; 9] = [
    1.0,
    0.980_785_25,
    0.923_879_5,
    0.831_469_6,
    0.707_106_77,
    0.555_570_24,
    0.382_683_43,
    0.195_090_32,
    0.0,
];

/// The cosine of an angle in sixteenths of π.
pub(crate) const fn cosine(angle: usize) -> f32 {
    match angle % 32 {
        angle @ 0..=8 => COSINES[angle],
        angle @ 9..=16 => -COSINES[16 - angle],
        angle @ 17..=24 => -COSINES[angle - 16],
        angle => COSINES[32 - angle],
    }
}

/// The weight of each sample in a coefficient: a row for each frequency.
const WEIGHTS: [[f32; 8]; 8] = {
    let mut weights = [[COSINES[4] / 2.0; 8]; 8];
    let mut frequency = 1;
    while frequency < 8 {
        let mut at = 0;
        while at < 8 {
            weights[frequency][at] = cosine((2 * at + 1) * frequency) / 2.0;
            at += 1;
        }
        frequency += 1;
    }
    weights
};

/// The weight of each frequency in a coefficient: a row for each sample.
const TRANSPOSED_WEIGHTS: [[f32; 8]; 8] = {
    let mut weights = [[0.0; 8]; 8];
    let mut at = 0;
    while at < 64 {
        weights[at / 8][at % 8] = WEIGHTS[at % 8][at / 8];
        at += 1;
    }
    weights
};

/// The coefficients of samples.
pub(crate) fn forward(samples: &Values) -> Values {
    let rows = summed_rows(samples, &TRANSPOSED_WEIGHTS);
    transposed(&summed_rows(&transposed(&rows), &TRANSPOSED_WEIGHTS))
}

/// The samples of quantized coefficients, around zero and not clamped to the range of a byte.
pub(crate) fn inverse(block: &Block, steps: &Steps) -> Values {
    let mut coefficients = [0.0; 64];
    for ((value, quantized), step) in coefficients.iter_mut().zip(block).zip(steps) {
        *value = f32::from(*quantized) * f32::from(*step);
    }
    let rows = summed_rows(&coefficients, &WEIGHTS);
    transposed(&summed_rows(&transposed(&rows), &WEIGHTS))
}

/// Replaces each row by the sum of the rows of a matrix, weighted by its values.
fn summed_rows(values: &Values, matrix: &[[f32; 8]; 8]) -> Values {
    let mut result = [0.0; 64];
    for (result, row) in result.as_chunks_mut::<8>().0.iter_mut().zip(values.as_chunks::<8>().0) {
        for (value, weights) in row.iter().zip(matrix) {
            result.iter_mut().zip(weights).for_each(|(result, weight)| *result += value * weight);
        }
    }
    result
}

fn transposed(values: &Values) -> Values {
    std::array::from_fn(|at| values[at % 8 * 8 + at / 8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    fn exact(samples: &Values, across: usize, down: usize) -> f64 {
        let scale = |frequency: usize| if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let basis = |frequency: usize, at: usize| ((2 * at + 1) as f64 * frequency as f64 * PI / 16.0).cos();
        let sum: f64 =
            (0..64).map(|at| f64::from(samples[at]) * basis(across, at % 8) * basis(down, at / 8)).sum();
        sum * scale(across) * scale(down) / 4.0
    }

    proptest! {
        #[test]
        fn coefficients_are_those_of_the_definition(samples in prop::collection::vec(-255.0..255.0_f32, 64)) {
            let samples: Values = samples.try_into().unwrap();
            for (at, found) in forward(&samples).into_iter().enumerate() {
                prop_assert!((f64::from(found) - exact(&samples, at % 8, at / 8)).abs() < 1e-3);
            }
        }

        #[test]
        fn the_inverse_undoes_the_transformation(quantized in prop::collection::vec(-60..60_i16, 64)) {
            let block: Block = quantized.try_into().unwrap();
            let steps = std::array::from_fn(|at| 1 + at as u16 % 5);
            let found = forward(&inverse(&block, &steps));
            for ((found, quantized), step) in found.iter().zip(&block).zip(steps) {
                prop_assert!((found / f32::from(step) - f32::from(*quantized)).abs() < 1e-2);
            }
        }
    }
}
