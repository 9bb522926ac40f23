//! Reads the samples of a TIFF as they are stored, whatever they mean.

use std::io::Cursor;

use seededit_resize::Size;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{TiffError, TiffFormatError};

use crate::codec::image_crate::limits_with_pixels;
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Format, tiff as tags};

/// The samples of all channels, pixel by pixel. 0 is the smallest value, and the type's maximum the largest one.
pub(super) enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Samples {
    /// Reads all channels, also those that are no colors.
    ///
    /// Samples of less than 8 bits are scaled to 8, unless they are `indices`. 32-bit integers are scaled to 16 bits.
    /// Floating-point samples are read from 0 for the smallest value to 1 for the largest one, and clipped.
    pub(super) fn read(
        bytes: &[u8],
        ifd: Ifd<'_>,
        size: Size,
        are_indices: bool,
    ) -> Result<Samples, DecodeError> {
        let channels = ifd.value(tags::SAMPLES_PER_PIXEL).unwrap_or(1).max(1) as usize;
        let bits = ifd.value(tags::BITS_PER_SAMPLE).unwrap_or(1);
        let is_planar = channels > 1 && ifd.value(tags::PLANAR_CONFIGURATION) == Some(2);
        if bits < 8 && (channels > 1 || !matches!(bits, 1 | 2 | 4)) {
            return Err(unsupported(format!("{channels} channels of {bits} bits")));
        }
        let result = decoded(bytes, ifd, size).map_err(|error| refusal(&error))?;
        let samples = match result {
            DecodingResult::U8(packed) if bits < 8 => {
                let scale = if are_indices { 1 } else { 255 / ((1 << bits) - 1) };
                Samples::Eight(unpacked(&packed, bits as usize, size.width as usize, scale as u8))
            }
            DecodingResult::U8(samples) => Samples::Eight(samples),
            DecodingResult::U16(samples) if bits == 16 => Samples::Sixteen(samples),
            DecodingResult::U32(samples) => {
                Samples::Sixteen(samples.iter().map(|sample| (sample >> 16) as u16).collect())
            }
            DecodingResult::F16(samples) => {
                Samples::Sixteen(samples.iter().map(|sample| clipped(sample.to_f32().into())).collect())
            }
            DecodingResult::F32(samples) => {
                Samples::Sixteen(samples.iter().map(|sample| clipped((*sample).into())).collect())
            }
            DecodingResult::F64(samples) => {
                Samples::Sixteen(samples.iter().map(|sample| clipped(*sample)).collect())
            }
            _ => return Err(unsupported(format!("samples of {bits} bits, or signed ones"))),
        };
        let samples = if is_planar { samples.interleaved(channels) } else { samples };
        if samples.len() < size.pixels() as usize * channels {
            return Err(DecodeError::Incomplete { format: Format::Tiff, reason: "there are too few pixels" });
        }
        Ok(samples)
    }

    fn len(&self) -> usize {
        match self {
            Samples::Eight(samples) => samples.len(),
            Samples::Sixteen(samples) => samples.len(),
        }
    }

    /// Puts the channels of planes together.
    fn interleaved(self, channels: usize) -> Samples {
        fn interleave<S: Copy>(planes: &[S], channels: usize) -> Vec<S> {
            let len = planes.len() / channels;
            (0..len * channels).map(|at| planes[at % channels * len + at / channels]).collect()
        }
        match self {
            Samples::Eight(planes) => Samples::Eight(interleave(&planes, channels)),
            Samples::Sixteen(planes) => Samples::Sixteen(interleave(&planes, channels)),
        }
    }
}

/// Decodes a copy of the file that says that its channels are no colors.
///
/// The decoder returns color channels only, and undoes the predictor after it has dropped the others, which gives noise.
fn decoded(bytes: &[u8], ifd: Ifd<'_>, size: Size) -> Result<DecodingResult, TiffError> {
    /// "Black is zero": without colors, and without inverting.
    const GRAY: u16 = 1;
    /// A tag that means nothing to the decoder, beside the one that lists the extra channels.
    const TARGET_PRINTER: u16 = 0x0151;

    let mut bytes = bytes.to_vec();
    let mut put = |at: usize, value: [u8; 2]| {
        if let Some(target) = bytes.get_mut(at..at + 2) {
            target.copy_from_slice(&value);
        }
    };
    if let Some(field) = ifd.field(tags::PHOTOMETRIC_INTERPRETATION) {
        put(field.at + 2, ifd.short(3));
        put(ifd.inline_value_at(field), ifd.short(GRAY));
    }
    if let Some(field) = ifd.field(tags::EXTRA_SAMPLES) {
        put(field.at, ifd.short(TARGET_PRINTER));
    }
    let mut decoder = Decoder::new(Cursor::new(bytes))?.with_limits(limits(size));
    if decoder.dimensions()? != (size.width, size.height) {
        return Err(TiffFormatError::InconsistentSizesEncountered.into());
    }
    let mut result = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut result)?;
    Ok(result)
}

fn limits(size: Size) -> Limits {
    let bytes = limits_with_pixels(size).max_alloc.and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = bytes.unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = bytes;
    limits.intermediate_buffer_size = bytes;
    limits.ifd_value_size = bytes;
    limits
}

/// Unpacks samples of 1, 2 or 4 bits. Each row starts at a byte.
fn unpacked(packed: &[u8], bits: usize, width: usize, scale: u8) -> Vec<u8> {
    let mask = (1_u8 << bits) - 1;
    let row_len = (width * bits).div_ceil(8);
    let row = |row: &[u8]| {
        (0..width)
            .map(|x| (row[x * bits / 8] >> (8 - bits - x * bits % 8) & mask) * scale)
            .collect::<Vec<u8>>()
    };
    packed.chunks_exact(row_len.max(1)).flat_map(row).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn clipped(sample: f64) -> u16 {
    (sample.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16
}

fn unsupported(detail: String) -> DecodeError {
    DecodeError::UnsupportedKind { format: Format::Tiff, detail }
}

fn refusal(error: &TiffError) -> DecodeError {
    let format = Format::Tiff;
    match error {
        TiffError::UnsupportedError(detail) => unsupported(detail.to_string()),
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::Incomplete { format, reason: "it ends too early" }
        }
        error => DecodeError::Damaged { format, detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_packed_samples_starts_at_a_byte() {
        assert_eq!(unpacked(&[0b1010_0000, 0b0100_0000], 1, 3, 255), [255, 0, 255, 0, 255, 0]);
        assert_eq!(unpacked(&[0b1101_1000, 0b0100_0000], 2, 3, 85), [255, 85, 170, 85, 0, 0]);
        assert_eq!(unpacked(&[0x1F, 0x30], 4, 3, 1), [1, 15, 3]);
    }

    #[test]
    fn floating_point_samples_are_clipped() {
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 7.0, f64::NAN].map(clipped), [0, 0, 32768, 65535, 65535, 0]);
    }
}
