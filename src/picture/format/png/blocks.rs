//! The metadata of a PNG as blocks: read from its chunks, and written to them.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Chunk, Chunks, SIGNATURE_LEN};
use crate::format::blocks::{Metadata, Resolution, Text, Unfit, Unit, UnknownBlocks, decoded};
use crate::format::endian::Endian::Big;
use crate::format::photoshop::{self, Resource};

/// The keyword of a text that is an XMP packet (XMP specification, part 3, 1.1.5).
const XMP: &str = "XML:com.adobe.xmp";
/// The start of the keywords of texts that ImageMagick stores blocks of other formats in, in hexadecimal digits.
const RAW_PROFILE: &str = "Raw profile type ";
/// The start of the keywords with which file managers describe thumbnails.
const THUMBNAIL: &str = "Thumb::";
/// The longest text that is decompressed. Also a limit for all texts together.
const MAX_TEXT: usize = 1 << 22;

pub(crate) fn read(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut budget = MAX_TEXT;
    for chunk in Chunks::of(bytes).map_while(Result::ok).filter(Chunk::is_intact) {
        match &chunk.kind {
            b"eXIf" => metadata.exif = Some(without_prefix(chunk.data).to_vec()),
            b"pHYs" => metadata.resolution = density(chunk.data),
            b"tEXt" | b"zTXt" | b"iTXt" => {
                if let Some(text) = read_text(&chunk, &mut budget) {
                    metadata.add_text(text);
                }
            }
            _ => {}
        }
    }
    metadata
}

fn without_prefix(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

fn density(data: &[u8]) -> Option<Resolution> {
    let (x, y) = (f64::from(Big.u32(data, 0)?), f64::from(Big.u32(data, 4)?));
    match data.get(8)? {
        // Per meter.
        1 => Resolution::new(x / 100.0, y / 100.0, Unit::Centimeter),
        _ => Resolution::new(x, y, Unit::Ratio),
    }
}

/// Reads a text. `budget` is the number of bytes that may still be decompressed.
fn read_text(chunk: &Chunk<'_>, budget: &mut usize) -> Option<Text> {
    let (keyword, rest) = split_at_nul(chunk.data)?;
    let keyword = keyword.iter().map(|byte| char::from(*byte)).collect();
    let text = match (&chunk.kind, rest) {
        (b"tEXt", text) => from_latin_1(text),
        (b"zTXt", [0, compressed @ ..]) => from_latin_1(&decompressed(compressed, budget)?),
        (b"iTXt", [is_compressed, 0, rest @ ..]) => {
            // The language, and the keyword in it.
            let (_, rest) = split_at_nul(rest)?;
            let (_, text) = split_at_nul(rest)?;
            if *is_compressed == 1 { decompressed(text, budget)? } else { text.to_vec() }
        }
        _ => return None,
    };
    Some(Text { keyword, text })
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn from_latin_1(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()
}

fn decompressed(compressed: &[u8], budget: &mut usize) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    ZlibDecoder::new(compressed).take(*budget as u64 + 1).read_to_end(&mut text).ok()?;
    *budget = budget.checked_sub(text.len())?;
    Some(text)
}

impl Metadata {
    /// Adds a text, or what is stored as a text.
    fn add_text(&mut self, Text { keyword, text }: Text) {
        if keyword == XMP {
            self.xmp = Some(text);
        } else if let Some(kind) = keyword.strip_prefix(RAW_PROFILE) {
            let Some(profile) = from_hex(&text) else { return };
            match kind {
                "exif" | "APP1" if profile.starts_with(b"Exif\0\0") => {
                    self.exif.get_or_insert_with(|| without_prefix(&profile).to_vec());
                }
                "iptc" | "8bim" => {
                    let resources = photoshop::read(&profile);
                    self.resources =
                        if resources.is_empty() { vec![Resource::iptc(&profile)] } else { resources };
                }
                "xmp" => drop(self.xmp.get_or_insert(profile)),
                _ => {}
            }
        } else if !keyword.starts_with(THUMBNAIL) {
            self.texts.push(Text { keyword, text });
        }
    }
}

/// Reads what ImageMagick writes: lines with a name and a length, and then hexadecimal digits in lines.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = str::from_utf8(text).ok()?.trim_start().lines();
    let (_, len) = (lines.next()?, lines.next()?.trim().parse::<usize>().ok()?);
    let digits: Vec<u8> = lines.flat_map(str::bytes).filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(byte).collect::<Option<_>>()?;
    (bytes.len() == len).then_some(bytes)
}

fn to_hex(name: &str, bytes: &[u8]) -> Vec<u8> {
    const BYTES_IN_LINE: usize = 36;

    let mut text = format!("\n{name}\n{:8}", bytes.len());
    for line in bytes.chunks(BYTES_IN_LINE) {
        text.push('\n');
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
    }
    text.push('\n');
    text.into_bytes()
}

/// Replaces the metadata of a PNG. Its pixels and colors stay as they are. Removes manifests of C2PA, which are not valid
/// for other bytes. Leaves a damaged file as it is, and returns `None`.
pub(crate) fn write(bytes: &mut Vec<u8>, metadata: &Metadata, unknown: UnknownBlocks) -> Option<Unfit> {
    let mut written = bytes.get(..SIGNATURE_LEN)?.to_vec();
    for chunk in Chunks::of(bytes) {
        let chunk = chunk.ok()?;
        let is_metadata =
            matches!(&chunk.kind, b"eXIf" | b"pHYs" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" | b"caBX");
        let is_unknown =
            chunk.kind[0].is_ascii_lowercase() && !super::metadata::APPEARANCE.contains(&&chunk.kind);
        let is_removed = is_metadata || is_unknown && unknown == UnknownBlocks::Remove;
        if !is_removed {
            chunk.append_to(&mut written);
        }
        if chunk.kind == *b"IHDR" {
            add_chunks(&mut written, metadata);
        }
        if chunk.kind == *b"IEND" {
            *bytes = written;
            return Some(Unfit::new());
        }
    }
    None
}

fn add_chunks(bytes: &mut Vec<u8>, metadata: &Metadata) {
    let mut add = |kind: &[u8; 4], data: &[u8]| Chunk::new(*kind, data).append_to(bytes);
    if let Some(data) = metadata.resolution.and_then(physical_size) {
        add(b"pHYs", &data);
    }
    if let Some(exif) = &metadata.exif {
        add(b"eXIf", exif);
    }
    if let Some(packet) = &metadata.xmp {
        // No compression, and neither a language nor a keyword in it.
        add(b"iTXt", &[XMP.as_bytes(), &[0; 5], packet].concat());
    }
    if !metadata.resources.is_empty() {
        let text = to_hex("iptc", &photoshop::write(&metadata.resources));
        add(b"tEXt", &[RAW_PROFILE.as_bytes(), b"iptc\0", &text].concat());
    }
    for text in &metadata.texts {
        let keyword: Option<Vec<u8>> = text.keyword.chars().map(|letter| u8::try_from(letter).ok()).collect();
        let Some(keyword) = keyword.filter(|keyword| (1..80).contains(&keyword.len())) else { continue };
        // No text can have the character that ends the keyword.
        let content = decoded(&text.text).replace('\0', " ");
        if content.is_ascii() {
            add(b"tEXt", &[&keyword, &b"\0"[..], content.as_bytes()].concat());
        } else {
            add(b"iTXt", &[&keyword, &[0; 5][..], content.as_bytes()].concat());
        }
    }
}

/// The numbers of pixels per meter, or those that give the shape of a pixel.
fn physical_size(Resolution { x, y, unit }: Resolution) -> Option<Vec<u8>> {
    let (factor, unit) = match unit {
        Unit::Ratio => (1.0, 0),
        Unit::Inch => (100.0 / 2.54, 1),
        Unit::Centimeter => (100.0, 1),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked")]
    let whole = |density: f64| {
        let density = (density * factor).round();
        (1.0..f64::from(i32::MAX)).contains(&density).then_some(density as u32)
    };
    Some([&whole(x)?.to_be_bytes()[..], &whole(y)?.to_be_bytes(), &[unit]].concat())
}
