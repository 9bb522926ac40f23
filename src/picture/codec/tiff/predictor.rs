//! Undoes predictors: samples that are stored as differences from the pixel on the left (TIFF 6.0, section 14; Adobe's TIFF
//! technical note 3).

use super::unsupported;
use crate::decode::DecodeError;
use crate::format::endian::Endian;

/// How the samples of a row were changed before they were compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Horizontal,
    FloatingPoint,
}

impl Predictor {
    pub(super) fn new(value: u32, bits: usize) -> Result<Predictor, DecodeError> {
        match (value, bits) {
            (1, _) => Ok(Predictor::None),
            (2, 8 | 16 | 32 | 64) => Ok(Predictor::Horizontal),
            (3, 16 | 32 | 64) => Ok(Predictor::FloatingPoint),
            _ => Err(unsupported(format!("predictor {value} with {bits} bits"))),
        }
    }

    /// Restores the samples of a row, in the byte order of the file.
    pub(super) fn undo(self, row: &mut [u8], bits: usize, channels: usize, endian: Endian) {
        match (self, bits) {
            (Predictor::None, _) => {}
            (Predictor::Horizontal, 8) => {
                for at in channels..row.len() {
                    row[at] = row[at].wrapping_add(row[at - channels]);
                }
            }
            (Predictor::Horizontal, _) => add(row, bits / 8, channels, endian),
            (Predictor::FloatingPoint, _) => join_bytes(row, bits / 8, channels, endian),
        }
    }
}

/// Adds samples of several bytes.
fn add(row: &mut [u8], sample_len: usize, channels: usize, endian: Endian) {
    let distance = channels * sample_len;
    for start in (distance..row.len()).step_by(sample_len) {
        let mut carry = 0;
        for at in 0..sample_len.min(row.len() - start) {
            let at = start + if endian == Endian::Little { at } else { sample_len - 1 - at };
            let sum = u16::from(row[at]) + u16::from(row[at - distance]) + carry;
            (row[at], carry) = (sum as u8, sum >> 8);
        }
    }
}

/// Puts the bytes of samples together, which are stored apart from each other, the most significant ones first.
fn join_bytes(row: &mut [u8], sample_len: usize, channels: usize, endian: Endian) {
    for at in channels..row.len() {
        row[at] = row[at].wrapping_add(row[at - channels]);
    }
    let apart = row.to_vec();
    let samples = row.len() / sample_len;
    for (index, sample) in row.chunks_exact_mut(sample_len).enumerate() {
        for (significance, byte) in apart[index..].iter().step_by(samples).take(sample_len).enumerate() {
            let at = if endian == Endian::Big { significance } else { sample_len - 1 - significance };
            sample[at] = *byte;
        }
    }
}
