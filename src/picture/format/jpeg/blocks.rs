//! The metadata of a JPEG as blocks: read from its segments, and written to them.

use std::collections::BTreeMap;

use seededit_jpeg::segments::{Marker, Segment, Segments};

use super::metadata::{exif, is_needed, scan_len};
use crate::format::blocks::{ExtendedXmp, Metadata, Resolution, Text, Unfit, Unit, UnknownBlocks, decoded};
use crate::format::endian::Endian::Big;
use crate::format::ifd::Ifd;
use crate::format::photoshop;

const EXIF: &[u8] = b"Exif\0\0";
pub(crate) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const JFIF: &[u8] = b"JFIF\0";
/// What JUMBF boxes start with, among them manifests of C2PA (ISO 19566-5, annex D).
pub(super) const JUMBF: &[u8] = b"JP";

/// Application data 11: JUMBF boxes.
pub(super) const APP11: Marker = Marker(0xEB);
/// Application data 13: Photoshop's image resources.
const APP13: Marker = Marker(0xED);
/// The longest payload of a segment.
const MAX_PAYLOAD: usize = u16::MAX as usize - 2;

pub(crate) fn read(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut photoshop = Vec::new();
    let mut extended = ExtendedParts::default();
    let mut segments = Segments::of(bytes);
    while let Ok(Some(Segment { marker, payload })) = segments.next_segment() {
        match marker {
            Marker::SOS | Marker::EOI => break,
            Marker::APP0 if payload.starts_with(JFIF) => metadata.resolution = density(payload),
            Marker::APP1 => {
                if let Some(xmp) = payload.strip_prefix(XMP) {
                    metadata.xmp.get_or_insert_with(|| xmp.to_vec());
                } else if let Some(part) = payload.strip_prefix(EXTENDED_XMP) {
                    extended.add(part);
                }
            }
            APP13 => photoshop.extend(payload.strip_prefix(PHOTOSHOP).unwrap_or_default()),
            Marker::COM => metadata.texts.push(Text::comment(payload)),
            _ => {}
        }
    }
    metadata.exif = exif(bytes).and_then(|payload| payload.get(EXIF.len()..)).map(<[u8]>::to_vec);
    metadata.resources = photoshop::read(&photoshop);
    metadata.extended_xmp = metadata.xmp.as_ref().and_then(|packet| extended.of_packet(packet));
    let in_exif = || metadata.exif.as_deref().and_then(Ifd::first).and_then(Ifd::resolution);
    metadata.resolution = metadata.resolution.or_else(in_exif);
    metadata
}

/// The density in a JFIF header. `None` for square pixels without a unit.
fn density(payload: &[u8]) -> Option<Resolution> {
    let unit = match payload.get(7)? {
        1 => Unit::Inch,
        2 => Unit::Centimeter,
        _ => Unit::Ratio,
    };
    let (x, y) = (Big.u16(payload, 8)?, Big.u16(payload, 10)?);
    (unit != Unit::Ratio || x != y).then_some(())?;
    Resolution::new(x.into(), y.into(), unit)
}

/// The segments of extended XMP metadata: parts by their offset, and the whole length, for each digest.
#[derive(Default)]
struct ExtendedParts<'a>(BTreeMap<&'a [u8; 32], BTreeMap<usize, &'a [u8]>>);

impl<'a> ExtendedParts<'a> {
    fn add(&mut self, part: &'a [u8]) {
        const HEADER_LEN: usize = 32 + 4 + 4;

        if let (Some(guid), Some(offset), Some(bytes)) =
            (part.first_chunk(), Big.offset(part, 36), part.get(HEADER_LEN..))
        {
            self.0.entry(guid).or_default().insert(offset, bytes);
        }
    }

    /// Returns the metadata to which a packet refers, if all of it is there.
    fn of_packet(&self, packet: &[u8]) -> Option<ExtendedXmp> {
        let (guid, parts) =
            self.0.iter().find(|(guid, _)| packet.windows(guid.len()).any(|window| window == &guid[..]))?;
        let mut bytes = Vec::new();
        for (offset, part) in parts {
            (*offset == bytes.len()).then_some(())?;
            bytes.extend(*part);
        }
        Some(ExtendedXmp { guid: **guid, bytes })
    }
}

/// Replaces the metadata of a JPEG. Its scans stay as they are. Removes further pictures and manifests of C2PA, which do
/// not belong to the file any more. Leaves a damaged file as it is, and returns `None`.
pub(crate) fn write(bytes: &mut Vec<u8>, metadata: &Metadata, unknown: UnknownBlocks) -> Option<Unfit> {
    let mut segments = Segments::of(bytes);
    let (mut jfif, mut others, mut has_pictures) = (None, Vec::<u8>::new(), false);
    let scans_at = loop {
        let segment = segments.next_segment().ok()??;
        let range = segments.position - segment.size()..segments.position;
        match segment.marker {
            Marker::SOI => {}
            Marker::SOS => break range.start,
            Marker::EOI => return None,
            Marker::APP0 if segment.payload.starts_with(JFIF) => jfif = jfif.or(Some(segment.payload)),
            Marker::APP2 if segment.payload.starts_with(b"MPF\0") => has_pictures = true,
            _ if is_replaced(&segment) => {}
            _ if unknown == UnknownBlocks::Remove && !is_needed(&segment) => {}
            _ => others.extend(bytes.get(range)?),
        }
    };
    let end = if has_pictures { scans_at + first_picture_len(bytes.get(scans_at..)?) } else { bytes.len() };

    let mut head = Head { bytes: vec![0xFF, Marker::SOI.0], unfit: Unfit::new() };
    if let Some(jfif) = jfif {
        head.add("", Marker::APP0, &jfif_header(jfif, metadata.resolution));
    }
    head.add_metadata(metadata);
    head.bytes.extend(others);
    bytes.truncate(end);
    bytes.splice(..scans_at, head.bytes);
    Some(head.unfit)
}

/// Whether a segment has metadata that [`write()`] replaces, a thumbnail, or what does not belong to a file with other pixels.
fn is_replaced(segment: &Segment<'_>) -> bool {
    let starts = |names: &[&[u8]]| names.iter().any(|name| segment.payload.starts_with(name));
    match segment.marker {
        Marker::APP0 => starts(&[b"JFXX\0"]),
        Marker::APP1 => starts(&[b"Exif\0", XMP, EXTENDED_XMP]),
        Marker::APP2 => starts(&[super::pictures::GAIN_MAP]),
        APP11 => starts(&[JUMBF]),
        APP13 => starts(&[PHOTOSHOP]),
        marker => marker == Marker::COM,
    }
}

/// The length of the first picture in a file, or of what is left of it from its scans on, up to and including its end marker.
pub(super) fn first_picture_len(bytes: &[u8]) -> usize {
    let mut segments = Segments::of(bytes);
    while let Ok(Some(segment)) = segments.next_segment() {
        match segment.marker {
            Marker::EOI => return segments.position,
            Marker::SOS => match scan_len(bytes.get(segments.position..).unwrap_or_default()) {
                Ok(len) => segments.position += len,
                Err(_) => break,
            },
            _ => {}
        }
    }
    bytes.len()
}

/// A JFIF header with a resolution, and without a thumbnail.
fn jfif_header(jfif: &[u8], resolution: Option<Resolution>) -> Vec<u8> {
    let mut header = jfif.get(..7).unwrap_or(b"JFIF\0\x01\x02").to_vec();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let whole = |density: f64| {
        let is_whole = density.fract() == 0.0 && (1.0..=65_535.0).contains(&density);
        is_whole.then_some(density as u16)
    };
    let of = |unit: u8, x: f64, y: f64| whole(x).zip(whole(y)).map(|(x, y)| (unit, x, y));
    let stated = resolution.and_then(|Resolution { x, y, unit }| match unit {
        Unit::Ratio => of(0, x, y),
        Unit::Inch => of(1, x, y),
        Unit::Centimeter => of(2, x, y),
    });
    let in_inches = || resolution?.per_inch().and_then(|(x, y)| of(1, x.round(), y.round()));
    let (unit, x, y) = stated.or_else(in_inches).unwrap_or((0, 1, 1));
    header.push(unit);
    header.extend([x.to_be_bytes(), y.to_be_bytes()].concat());
    header.extend([0, 0]);
    header
}

/// What is before the scans of a JPEG.
struct Head {
    bytes: Vec<u8>,
    unfit: Unfit,
}

impl Head {
    /// Adds a segment, or notes that it does not fit.
    fn add(&mut self, kind: &'static str, marker: Marker, payload: &[u8]) {
        match u16::try_from(payload.len() + 2) {
            Ok(length) => {
                self.bytes.extend([0xFF, marker.0]);
                self.bytes.extend(length.to_be_bytes());
                self.bytes.extend(payload);
            }
            Err(_) => self.unfit.push(kind),
        }
    }

    fn add_metadata(&mut self, metadata: &Metadata) {
        if let Some(exif) = &metadata.exif {
            self.add("EXIF", Marker::APP1, &[EXIF, exif].concat());
        }
        if let Some(packet) = &metadata.xmp {
            self.add("XMP", Marker::APP1, &[XMP, packet].concat());
        }
        if let Some(ExtendedXmp { guid, bytes }) = &metadata.extended_xmp {
            const MAX_PART: usize = MAX_PAYLOAD - EXTENDED_XMP.len() - 40;
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
            for (at, part) in bytes.chunks(MAX_PART).enumerate() {
                let header = [EXTENDED_XMP, guid, &number(bytes.len()), &number(at * MAX_PART)].concat();
                self.add("XMP", Marker::APP1, &[&header, part].concat());
            }
        }
        for part in photoshop::write(&metadata.resources).chunks(MAX_PAYLOAD - PHOTOSHOP.len()) {
            self.add("IPTC", APP13, &[PHOTOSHOP, part].concat());
        }
        for text in &metadata.texts {
            let labeled = || format!("{}: {}", text.keyword, decoded(&text.text)).into_bytes();
            let comment = if text.is_comment() { text.text.clone() } else { labeled() };
            self.add("text", Marker::COM, &comment);
        }
    }
}
