//! What the fuzz targets call: our parsers without the guard, which would hide their panics. Only built for fuzzing.
//!
//! Where another crate parses, the program guards it, so these functions leave it out.

use std::borrow::Cow;

use image::GrayImage;
use seededit_resize::Size;

use crate::codec::{self, MetadataCodec};
use crate::color::{self, ColorSpace};
use crate::encode::{Encoding, encode};
use crate::format::{ColorModel, Format, Header, has_trailer, metadata, tiff};
use crate::geometry::Orientation;
use crate::metadata::{Metadata, MetadataRule, MetadataSummary, Provenance, Stamp, StoredOrientation};

/// Larger pictures are not decoded, so that a run takes milliseconds.
const MAX_PIXELS: u64 = 1 << 20;

/// Reads the header of any format but JPEG XL, whose decoder reads it.
pub fn header(bytes: &[u8]) {
    read_header(bytes);
}

fn read_header(bytes: &[u8]) -> Option<Header> {
    if tiff::is_raw(bytes) {
        return None;
    }
    let codec = codec::sniff(bytes).filter(|codec| codec.format != Format::Jxl)?;
    let header = (codec.reader?.header)(bytes).ok()?;
    (header.size.pixels() > 0).then_some(header)
}

/// Decodes a JPEG, TIFF, PSD or ICO file, and decides what its numbers mean.
pub fn pixels(bytes: &[u8]) {
    let Some(header) = read_header(bytes).filter(|header| header.size.pixels() <= MAX_PIXELS) else { return };
    let is_ours = match header.format {
        Format::Jpeg | Format::Psd | Format::Ico => true,
        Format::Tiff => !is_compressed_by_others(bytes),
        _ => false,
    };
    let Some(reader) = header.format.codec().reader.filter(|_| is_ours) else { return };
    if let Ok(pixels) = (reader.decode)(bytes, &header)
        && Size::of(&pixels.image) == header.size
    {
        color::interpret(pixels.image, metadata::with_exif_colors(pixels.colors, bytes, header.format));
    }
    if let Some(ensure_complete) = reader.ensure_complete {
        let _ = ensure_complete(bytes, &header);
    }
}

/// Whether the pixels of a TIFF are compressed with ZSTD or WebP.
fn is_compressed_by_others(bytes: &[u8]) -> bool {
    const OTHERS: [u32; 2] = [50_000, 50_001];

    let compression = tiff::main_directory(bytes).and_then(|ifd| ifd.value(tiff::COMPRESSION));
    compression.is_some_and(|compression| OTHERS.contains(&compression))
}

/// Decodes a TIFF strip. The first bytes say how it is stored, and the rest is its data.
pub fn strip(input: &[u8]) {
    const COMPRESSIONS: [u16; 9] = [1, 2, 3, 4, 5, 7, 8, 32_771, 32_773];
    const DEPTHS: [u16; 8] = [1, 2, 4, 8, 12, 16, 24, 32];
    const MODELS: [u16; 7] = [0, 1, 2, 3, 5, 6, 8];

    let Some((&[compression, depth, model, options, channels, predictor, width, height], data)) =
        input.split_first_chunk()
    else {
        return;
    };
    let from = |choices: &[u16], choice: u8| choices[usize::from(choice) % choices.len()];
    let channels = u16::from(channels % 6);
    let fields = [
        (tiff::IMAGE_WIDTH, width.into()),
        (tiff::IMAGE_LENGTH, height.into()),
        (tiff::BITS_PER_SAMPLE, from(&DEPTHS, depth)),
        (tiff::COMPRESSION, from(&COMPRESSIONS, compression)),
        (tiff::PHOTOMETRIC_INTERPRETATION, from(&MODELS, model)),
        (tiff::FILL_ORDER, 1 + u16::from(options & 1)),
        (tiff::SAMPLES_PER_PIXEL, channels),
        (tiff::T4_OPTIONS, u16::from(options >> 1 & 1)),
        (tiff::PREDICTOR, u16::from(predictor % 4)),
        (tiff::EXTRA_SAMPLES, u16::from(options >> 2 & 3)),
        (tiff::SAMPLE_FORMAT, u16::from(options >> 4 & 3)),
        (tiff::PLANAR_CONFIGURATION, 1 + u16::from(options >> 6 & 1)),
    ];
    let entry_count = fields.len() as u16 + 1;
    let data_at = 8 + 2 + 12 * u32::from(entry_count) + 4;
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(entry_count.to_le_bytes());
    for (tag, value) in fields {
        file.extend(entry(tag, 3, channels.max(1).min(2).into(), u32::from(value) | u32::from(value) << 16));
    }
    // The same strip is that of each plane.
    file.extend(entry(tiff::STRIP_OFFSETS, 4, 1, data_at));
    file.extend([0; 4]);
    file.extend(data);
    pixels(&file);
}

/// An entry of a TIFF directory.
fn entry(tag: u16, kind: u16, count: u32, value: u32) -> impl Iterator<Item = u8> {
    let (tag, kind) = (tag.to_le_bytes(), kind.to_le_bytes());
    tag.into_iter().chain(kind).chain(count.to_le_bytes()).chain(value.to_le_bytes())
}

/// Removes, repairs, reads and adds metadata. What is written has to be readable, and pixels must not change.
pub fn metadata(bytes: &[u8]) {
    let Some(header) = read_header(bytes) else { return };
    let MetadataCodec { strip, exif, add_exif, repair, .. } = header.format.codec().metadata;
    let _ = has_trailer(bytes, header.format);
    metadata::upright_exif(bytes, header.format);
    stamp(bytes, &header);
    let bytes = match repair.map_or(Ok(None), |repair| repair(bytes)) {
        Ok(Some(repaired)) => Cow::Owned(repaired.bytes),
        Ok(None) => Cow::Borrowed(bytes),
        Err(_) => return,
    };
    // The end of a damaged JPEG may become something else by what is added.
    let is_whole = header.format != Format::Jpeg || is_complete(&bytes, &header);
    if let Some(repair) = repair.filter(|_| is_whole) {
        assert!(matches!(repair(&bytes), Ok(None)), "a repaired file is intact");
    }
    let Some((strip, add_exif)) = strip.zip(add_exif) else { return };
    let mut stripped = bytes.to_vec();
    let Ok(length) = strip(&mut stripped) else { return };
    stripped.truncate(length);
    assert_eq!(strip(&mut stripped.clone()), Ok(length), "nothing is left to remove");
    let upright = Header { orientation: Orientation::UPRIGHT, ..header };
    let found = read_header(&stripped).map(|header| Header { orientation: Orientation::UPRIGHT, ..header });
    assert_eq!(found, Some(upright), "the header stays");
    add_exif(&mut stripped, b"II*\0\x08\0\0\0\0\0\0\0\0\0");
    assert!(exif.is_some_and(|exif| exif(&stripped).is_some()), "added metadata is found");
}

/// Selects metadata and writes it to the same file and to an empty one of each format.
fn stamp(bytes: &[u8], header: &Header) {
    let original = Metadata::read(bytes, header.format);
    let _ = MetadataSummary::of(&original);
    let provenance = Provenance { date: Some("2026-03-04T05:06:07Z".into()), record: None };
    for rule in [MetadataRule::Keep, MetadataRule::Safe, MetadataRule::None] {
        let stamp = Stamp {
            original: &original,
            rule,
            orientation: StoredOrientation::Upright,
            answer: None,
            provenance: Some(&provenance),
            gain_map: None,
        };
        let _ = stamp.apply(bytes.to_vec(), header);
        for encoding in [Format::Jpeg, Format::Png, Format::WebP].into_iter().filter_map(Encoding::for_format)
        {
            let Ok(picture) = encode(&GrayImage::new(8, 8).into(), &ColorSpace::SRGB, encoding) else {
                return;
            };
            let Ok(header) = Header::read(&picture) else { return };
            let stamped = stamp.apply(picture, &header).bytes;
            let written = Metadata::read(&stamped, header.format);
            let stated = MetadataSummary::of(&written).provenance.digital_source_type;
            assert!(stated.is_some(), "the origin is stated");
        }
    }
}

fn is_complete(bytes: &[u8], header: &Header) -> bool {
    let ensure_complete = header.format.codec().reader.and_then(|reader| reader.ensure_complete);
    header.size.pixels() <= MAX_PIXELS && ensure_complete.is_some_and(|check| check(bytes, header).is_ok())
}

/// Reads what a file states about its colors, and embeds that in files of other formats.
pub fn colors(bytes: &[u8]) {
    let Some(header) = read_header(bytes) else { return };
    let colors = metadata::colors(bytes, &header);
    for model in [ColorModel::Gray, ColorModel::Rgb] {
        let colors = colors.clone().for_model(model);
        let mut copy = bytes.to_vec();
        metadata::add_colors(&mut copy, header.format, &colors);
        if let Some(found) = read_header(&copy) {
            metadata::inherit_colors(&mut copy, &found, &ColorSpace::SRGB);
        }
    }
}

/// Reads what else a file has, and takes pages out of a TIFF and pictures out of a JPEG, HEIC or AVIF file.
pub fn contents(bytes: &[u8]) {
    let Some(header) = read_header(bytes) else { return };
    let MetadataCodec { contents, page, exif, .. } = header.format.codec().metadata;
    let count = contents.map_or(1, |contents| contents(bytes).count);
    exif.map(|exif| exif(bytes).map(|exif| exif.len()));
    let is_decoded = matches!(header.format, Format::Gif | Format::Png | Format::WebP);
    if let Some(page) = page.filter(|_| !is_decoded) {
        for index in (0..3).chain([count.saturating_sub(1), count]) {
            if let Ok(page) = page(bytes, &header, index) {
                read_header(&page);
            }
        }
    }
}
