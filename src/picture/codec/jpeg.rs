//! The JPEG codec.

use std::borrow::Cow;

use image::{DynamicImage, GrayImage, RgbImage};
use seededit_jpeg::{Error, Jpeg, Report, Scale};

use super::{Codec, Isolation, MetadataCodec, Pixels, Reader};
use crate::color::{Stated, cmyk};
use crate::decode::{DecodeError, MAX_PIXELS};
use crate::format::{Format, Header, jpeg};

pub(super) const CODEC: Codec = Codec {
    format: Format::Jpeg,
    name: "jpeg",
    title: "JPEG",
    media_type: "image/jpeg",
    extensions: &["jpg", "jpeg", "jpe", "jfif"],
    sniff: |bytes| bytes.starts_with(b"\xFF\xD8\xFF"),
    has_trailer: jpeg::repair::has_trailer,
    reader: Some(Reader {
        header: jpeg::read_header,
        decode,
        ensure_complete: Some(ensure_complete),
        isolation: Isolation::Thread,
        decode_reduced: Some(decode_reduced),
    }),
    metadata: MetadataCodec {
        strip: Some(jpeg::metadata::strip),
        exif: Some(|bytes| jpeg::metadata::exif(bytes).map(Cow::Borrowed)),
        add_exif: Some(jpeg::metadata::add_exif),
        read: Some(jpeg::blocks::read),
        write: Some(jpeg::blocks::write),
        contents: Some(jpeg::pictures::contents),
        page: Some(|bytes, _, index| {
            jpeg::pictures::picture(bytes, index).ok_or_else(|| incomplete("a listed picture is missing"))
        }),
        repair: Some(|bytes| Ok(jpeg::repair::repair(bytes))),
        colors: Some(|bytes| Stated::of_icc(jpeg::icc_profile(bytes))),
        add_colors: Some(jpeg::add_icc_profile),
    },
};

/// Decodes a picture to the pixels that libjpeg-turbo shows. Refuses a damaged one; the end marker may be missing.
fn decode(bytes: &[u8], _: &Header) -> Result<Pixels, DecodeError> {
    decode_whole(&parse(bytes)?, bytes)
}

fn decode_whole(jpeg: &Jpeg<'_>, bytes: &[u8]) -> Result<Pixels, DecodeError> {
    let frame = jpeg.frame();
    let mut samples = vec![0; jpeg.output_len()];
    let report = jpeg.decode(&mut samples).map_err(decode_error)?;
    ensure_undamaged(&report)?;
    image_of(samples, frame.width, frame.height, jpeg, bytes)
}

/// Decodes a picture at a half, a quarter or an eighth of its size if that is at least `share` of it. Refuses what
/// [`decode`] refuses.
fn decode_reduced(bytes: &[u8], share: f64) -> Result<Pixels, DecodeError> {
    let jpeg = parse(bytes)?;
    let Some(scale) = Scale::at_least(share) else { return decode_whole(&jpeg, bytes) };
    let (report, scaled) = jpeg.decode_scaled(scale).map_err(decode_error)?;
    ensure_undamaged(&report)?;
    image_of(scaled.samples, scaled.width, scaled.height, &jpeg, bytes)
}

/// Wraps decoded samples. Converts inks to colors.
fn image_of(
    mut samples: Vec<u8>,
    width: usize,
    height: usize,
    jpeg: &Jpeg<'_>,
    bytes: &[u8],
) -> Result<Pixels, DecodeError> {
    let (width, height) = (width as u32, height as u32);
    let icc = jpeg::icc_profile(bytes);
    let image = match jpeg.frame().components.len() {
        1 => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        3 => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
        _ => {
            // With Adobe's marker, samples are inverted: 255 is no ink.
            if jpeg.color_markers().adobe_transform.is_some() {
                samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
            }
            let pixels = cmyk::to_rgb(&samples, icc.as_deref());
            let image = RgbImage::from_raw(width, height, pixels).map(DynamicImage::from);
            return image
                .map(|image| Pixels { image, colors: Stated::default() })
                .ok_or_else(|| incomplete("it ends too early"));
        }
    };
    image
        .map(|image| Pixels { image, colors: Stated::of_icc(icc) })
        .ok_or_else(|| incomplete("it ends too early"))
}

/// Reads every code of every block, and expects the end marker. Computing pixels cannot fail, and takes as long again.
fn ensure_complete(bytes: &[u8], _: &Header) -> Result<(), DecodeError> {
    let report = parse(bytes)?.check().map_err(decode_error)?;
    ensure_undamaged(&report)?;
    if report.is_end_missing { Err(incomplete("the end marker is missing")) } else { Ok(()) }
}

/// Reads the headers, and checks that memory is only allocated for pixels that may exist.
fn parse(bytes: &[u8]) -> Result<Jpeg<'_>, DecodeError> {
    let jpeg = Jpeg::parse(bytes, MAX_PIXELS).map_err(decode_error)?;
    let frame = jpeg.frame();
    let blocks: usize =
        frame.components.iter().map(|component| component.columns_used() * component.rows_used()).sum();
    // Each block has at least a bit. Arithmetic coding takes less.
    if !frame.process.is_arithmetic && blocks > bytes.len().saturating_mul(8) {
        return Err(incomplete("it has too few bytes for its dimensions"));
    }
    Ok(jpeg)
}

fn ensure_undamaged(report: &Report) -> Result<(), DecodeError> {
    match report {
        Report { damage: Some(damage), .. } => Err(incomplete(damage.reason)),
        Report { is_unrefined: true, .. } => Err(incomplete("the last scans are missing")),
        _ => Ok(()),
    }
}

fn incomplete(reason: &'static str) -> DecodeError {
    DecodeError::Incomplete { format: Format::Jpeg, reason }
}

fn decode_error(error: Error) -> DecodeError {
    match error {
        Error::Damaged(reason) => incomplete(reason),
        Error::Unsupported(kind) => {
            DecodeError::UnsupportedKind { format: Format::Jpeg, detail: kind.to_string() }
        }
        Error::TooLarge { .. } | Error::WrongBuffer => {
            DecodeError::Damaged { format: Format::Jpeg, detail: error.to_string() }
        }
    }
}

#[cfg(test)]
mod tests;
