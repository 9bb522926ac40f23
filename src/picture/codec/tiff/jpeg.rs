//! JPEGs in a TIFF: one for each strip or tile, with common tables (Adobe's TIFF technical note 2).

use seededit_jpeg::segments::Marker;
use seededit_jpeg::{Error, Jpeg, Report};

use super::compression::{Content, damaged, too_short};
use super::unsupported;
use crate::decode::{DecodeError, MAX_PIXELS};
use crate::format::ifd::Ifd;
use crate::format::tiff as tags;

/// What all JPEGs of a picture share.
pub(super) struct Shared {
    /// A JPEG without a picture.
    tables: Vec<u8>,
    /// The color transform in Adobe's marker. JPEGs in a TIFF do not state their color model, the TIFF does.
    transform: u8,
}

impl Shared {
    pub(super) fn of(ifd: Ifd<'_>) -> Shared {
        let is_ycbcr = ifd.value(tags::PHOTOMETRIC_INTERPRETATION) == Some(tags::YCBCR);
        Shared {
            tables: ifd.bytes(tags::JPEG_TABLES).unwrap_or_default().to_vec(),
            transform: is_ycbcr.into(),
        }
    }

    /// Decodes a strip or tile. Luma and chroma become RGB, as in libtiff; other channels are as stored.
    pub(super) fn decode(&self, bytes: &[u8], content: Content) -> Result<Vec<u8>, DecodeError> {
        let stream = self.stream(bytes);
        let jpeg = Jpeg::parse(&stream, MAX_PIXELS).map_err(decode_error)?;
        let frame = jpeg.frame();
        if frame.width != content.width
            || frame.height < content.rows
            || frame.components.len() != content.channels
        {
            return Err(damaged("a strip or tile has other dimensions than its picture".into()));
        }
        let mut samples = vec![0; jpeg.output_len()];
        let report: Report = jpeg.decode(&mut samples).map_err(decode_error)?;
        match report.damage {
            Some(damage) => Err(damaged(damage.reason.into())),
            None => Ok(samples),
        }
    }

    /// A complete JPEG: the common tables, then the segments of its own without a statement about colors.
    fn stream(&self, bytes: &[u8]) -> Vec<u8> {
        const SOI: [u8; 2] = [0xFF, Marker::SOI.0];
        const EOI: [u8; 2] = [0xFF, Marker::EOI.0];

        let mut stream = [&SOI, &[0xFF, Marker::APP14.0, 0, 14][..], b"Adobe\0\x64\0\0\0\0"].concat();
        stream.push(self.transform);
        let tables = self.tables.strip_prefix(&SOI).unwrap_or_default();
        stream.extend(tables.strip_suffix(&EOI).unwrap_or(tables));
        let mut rest = bytes.strip_prefix(&SOI).unwrap_or(bytes);
        while let [0xFF, marker, high, low, ..] = *rest {
            if marker == Marker::SOS.0 {
                break;
            }
            let len = (2 + usize::from(u16::from_be_bytes([high, low]))).min(rest.len());
            if marker != Marker::APP0.0 && marker != Marker::APP14.0 {
                stream.extend(&rest[..len]);
            }
            rest = &rest[len..];
        }
        stream.extend(rest);
        stream
    }
}

fn decode_error(error: Error) -> DecodeError {
    match error {
        Error::Unsupported(kind) => unsupported(format!("JPEG compression: {kind}")),
        Error::Damaged(reason) => damaged(reason.into()),
        Error::TooLarge { .. } | Error::WrongBuffer => too_short(),
    }
}
