//! Reads the samples of a TIFF, whatever they mean.

use seededit_resize::Size;

use super::chunks::Chunks;
use super::compression::{Compression, Content};
use super::predictor::Predictor;
use super::unsupported;
use super::ycbcr::Subsampling;
use crate::decode::DecodeError;
use crate::format::endian::Endian;
use crate::format::ifd::Ifd;
use crate::format::tiff as tags;

/// The samples of all channels, pixel by pixel. 0 is the smallest value, and the type's maximum the largest one.
pub(super) enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

/// How the numbers of a picture are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    bits: usize,
    kind: Kind,
    endian: Endian,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsigned,
    /// As two's complements.
    Signed,
    Float,
    /// Indices, or the parts of a color with units. They are not scaled.
    Code,
}

impl Samples {
    /// Reads all channels, also those that are no colors. Samples of up to 8 bits are scaled to 8, others to 16, unless
    /// they are codes.
    ///
    /// The smallest signed integer is black, and the largest one white. Floating-point samples are read from 0 for black
    /// to 1 for white, and clipped.
    pub(super) fn read(
        file: &[u8],
        ifd: Ifd<'_>,
        size: Size,
        are_codes: bool,
    ) -> Result<Samples, DecodeError> {
        let numbers = Numbers::of(ifd, are_codes)?;
        let chunks = Chunks::of(file, ifd, size)?;
        let compression = Compression::of(ifd)?;
        let predictor = match compression {
            Compression::Lzw | Compression::Deflate | Compression::Zstd => {
                Predictor::new(ifd.value(tags::PREDICTOR).unwrap_or(1), numbers.bits)?
            }
            _ => Predictor::None,
        };
        if matches!(compression, Compression::Fax(_)) && (numbers.bits, chunks.channels) != (1, 1)
            || matches!(compression, Compression::Jpeg(_) | Compression::WebP) && numbers.bits != 8
        {
            return Err(unsupported(format!("samples of {} bits with this compression", numbers.bits)));
        }
        let subsampling = Subsampling::of(ifd, &compression, numbers.bits)?;
        let is_reversed = ifd.value(tags::FILL_ORDER) == Some(2);

        let channels = ifd.value(tags::SAMPLES_PER_PIXEL).unwrap_or(1).max(1) as usize;
        let (width, height) = (size.width as usize, size.height as usize);
        let count = width * height * channels;
        let mut samples =
            if numbers.bits <= 8 { Samples::Eight(vec![0; count]) } else { Samples::Sixteen(vec![0; count]) };
        let chunk_width = chunks.chunk.width as usize;
        let row_len = (chunk_width * chunks.channels * numbers.bits).div_ceil(8);
        for chunk in chunks.iter() {
            let chunk = chunk?;
            let len = match &subsampling {
                Some(subsampling) => subsampling.packed_len(chunk_width, chunk.rows),
                None => row_len * chunk.rows,
            };
            let content = Content { width: chunk_width, rows: chunk.rows, channels: chunks.channels, len };
            let mut bytes = compression.decompress(chunk.bytes, is_reversed, content)?;
            if let Some(subsampling) = &subsampling {
                bytes = subsampling.unpacked(&bytes, chunk_width, chunk.rows);
            }
            let rows = bytes.chunks_exact_mut(row_len).take(chunk.rows.min(height - chunk.top));
            for (row, y) in rows.zip(chunk.top..) {
                predictor.undo(row, numbers.bits, chunks.channels, numbers.endian);
                let from = (y * width + chunk.left) * channels + chunk.plane;
                let count = chunk_width.min(width - chunk.left) * chunks.channels;
                // The channels of a plane are apart from each other.
                let step = channels / chunks.channels;
                numbers.read_row(row, count, &mut samples, from, step);
            }
        }
        Ok(samples)
    }
}

impl Numbers {
    fn of(ifd: Ifd<'_>, are_codes: bool) -> Result<Numbers, DecodeError> {
        let all = ifd.values(tags::BITS_PER_SAMPLE).filter(|bits| !bits.is_empty());
        let all = all.unwrap_or_else(|| vec![1]);
        let bits = all[0];
        if all.iter().any(|other| *other != bits) {
            return Err(unsupported("channels with different numbers of bits".into()));
        }
        let kind = match (ifd.value(tags::SAMPLE_FORMAT).unwrap_or(1), bits) {
            _ if are_codes && (1..=16).contains(&bits) => Kind::Code,
            // Undefined data (4) is read as most programs do.
            (1 | 4, 1..=16 | 32) => Kind::Unsigned,
            (2, 8 | 16 | 32) => Kind::Signed,
            (3, 16 | 32 | 64) => Kind::Float,
            (format, _) => {
                let kind = ["", "unsigned integers", "signed integers", "floating point"];
                let kind = kind.get(format as usize).unwrap_or(&"complex numbers");
                return Err(unsupported(format!("samples of {bits} bits, {kind}")));
            }
        };
        Ok(Numbers { bits: bits as usize, kind, endian: ifd.endian() })
    }

    /// Reads `count` numbers of a row, and writes them from an index on, with a distance of `step`.
    fn read_row(self, row: &[u8], count: usize, samples: &mut Samples, from: usize, step: usize) {
        match samples {
            Samples::Eight(samples) if (self.bits, self.kind, step) == (8, Kind::Unsigned, 1) => {
                samples[from..from + count].copy_from_slice(&row[..count]);
            }
            Samples::Eight(samples) => {
                let targets = samples[from..].iter_mut().step_by(step).take(count);
                targets.enumerate().for_each(|(at, target)| *target = self.level(row, at) as u8);
            }
            Samples::Sixteen(samples) => {
                let targets = samples[from..].iter_mut().step_by(step).take(count);
                targets.enumerate().for_each(|(at, target)| *target = self.level(row, at));
            }
        }
    }

    /// The number at an index, scaled to 8 or 16 bits.
    fn level(self, row: &[u8], at: usize) -> u16 {
        let raw = match self.bits {
            8 => row[at].into(),
            16 => self.endian.u16(row, at * 2).unwrap_or(0).into(),
            32 => self.endian.u32(row, at * 4).unwrap_or(0),
            64 => return clipped(self.endian.f64(row, at * 8).unwrap_or(0.0)),
            bits => packed(row, at * bits, bits),
        };
        match (self.kind, self.bits) {
            (Kind::Float, 16) => clipped(half(raw as u16)),
            (Kind::Float, _) => clipped(f32::from_bits(raw).into()),
            (Kind::Signed, 8) => (raw as u16) ^ 0x80,
            (Kind::Signed, 16) => (raw as u16) ^ 0x8000,
            (Kind::Signed, _) => ((raw ^ 0x8000_0000) >> 16) as u16,
            (Kind::Code, _) | (Kind::Unsigned, 8 | 16) => raw as u16,
            (Kind::Unsigned, 32) => (raw >> 16) as u16,
            (Kind::Unsigned, bits) => {
                let (max, target) = ((1 << bits) - 1, if bits < 8 { 255 } else { 65_535 });
                ((raw * target + max / 2) / max) as u16
            }
        }
    }
}

/// A number of up to 16 bits that starts at a bit of a row, the most significant one first.
fn packed(row: &[u8], bit: usize, bits: usize) -> u32 {
    let byte = |at: usize| row.get(at).copied().unwrap_or(0);
    let window = u32::from_be_bytes([byte(bit / 8), byte(bit / 8 + 1), byte(bit / 8 + 2), 0]);
    window << (bit % 8) >> (32 - bits)
}

/// A floating-point number of 16 bits (IEEE 754, binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF) / 1024.0);
    sign * match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn clipped(sample: f64) -> u16 {
    (sample.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(bits: usize, kind: Kind, row: &[u8], count: usize) -> Vec<u16> {
        let numbers = Numbers { bits, kind, endian: Endian::Big };
        (0..count).map(|at| numbers.level(row, at)).collect()
    }

    #[test]
    fn packed_numbers_of_any_length_are_scaled_to_the_full_range() {
        assert_eq!(levels(1, Kind::Unsigned, &[0b1010_0000], 3), [255, 0, 255]);
        assert_eq!(levels(2, Kind::Unsigned, &[0b1101_1000], 4), [255, 85, 170, 0]);
        assert_eq!(levels(3, Kind::Unsigned, &[0b1110_1000], 2), [255, 73]);
        assert_eq!(levels(4, Kind::Code, &[0x1F, 0x30], 3), [1, 15, 3]);
        assert_eq!(levels(12, Kind::Unsigned, &[0xFF, 0xF8, 0x00], 2), [65_535, 32_776]);
    }

    #[test]
    fn the_smallest_signed_number_is_black() {
        assert_eq!(levels(8, Kind::Signed, &[0x80, 0, 0x7F], 3), [0, 128, 255]);
        assert_eq!(levels(16, Kind::Signed, &[0x80, 0, 0, 0, 0x7F, 0xFF], 3), [0, 0x8000, 0xFFFF]);
    }

    #[test]
    fn floating_point_samples_are_clipped() {
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 7.0, f64::NAN].map(clipped), [0, 0, 32768, 65535, 65535, 0]);
        assert_eq!([0x3800, 0x3C00, 0xBC00, 0x0001].map(half), [0.5, 1.0, -1.0, 2_f64.powi(-24)]);
    }
}
