//! The sections of a Photoshop file (Adobe Photoshop File Formats Specification, 2019), without pixels.

use seededit_resize::Size;

use crate::format::blocks::Metadata;
use crate::format::endian::Endian::Big;
use crate::format::ifd::Ifd;
use crate::format::photoshop::{IPTC, Resource};
use crate::format::{ColorModel, Format, Header, Reason};

const TRUNCATED: Reason = "its sections end too early";

/// A Photoshop file, or one of the large kind (PSB).
#[derive(Clone, Copy)]
pub(crate) struct Psd<'a> {
    pub(crate) is_large: bool,
    pub(crate) channels: usize,
    pub(crate) size: Size,
    /// Bits per sample.
    pub(crate) depth: u16,
    pub(crate) mode: u16,
    /// The palette of indexed colors: red, green and blue of all indices.
    pub(crate) color_data: &'a [u8],
    resources: &'a [u8],
    /// The section of layers and masks.
    layers: &'a [u8],
    /// The merged image: its compression, then its channels.
    pub(crate) merged: &'a [u8],
}

/// Values of the color mode.
pub(crate) const BITMAP: u16 = 0;
pub(crate) const GRAY: u16 = 1;
pub(crate) const INDEXED: u16 = 2;
pub(crate) const RGB: u16 = 3;
pub(crate) const CMYK: u16 = 4;
pub(crate) const DUOTONE: u16 = 8;
pub(crate) const LAB: u16 = 9;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let psd = Psd::parse(bytes)?;
    let model = match psd.mode {
        BITMAP | GRAY | DUOTONE => ColorModel::Gray,
        CMYK => ColorModel::Cmyk,
        _ => ColorModel::Rgb,
    };
    let is_deep = psd.depth > 8;
    Ok(Header { has_alpha: psd.has_alpha(), model, is_deep, ..Header::new(Format::Psd, psd.size) })
}

/// EXIF, XMP and IPTC metadata, and the copyright.
pub(crate) fn metadata(bytes: &[u8]) -> Metadata {
    const EXIF: u16 = 1058;
    const XMP: u16 = 1060;
    const COPYRIGHT_FLAG: u16 = 1034;
    const URL: u16 = 1035;

    let Ok(psd) = Psd::parse(bytes) else { return Metadata::default() };
    let exif = psd.resource(EXIF);
    let resource = |id| Some(Resource { id, name: Vec::new(), data: psd.resource(id)?.to_vec() });
    Metadata {
        exif: exif.map(<[u8]>::to_vec),
        xmp: psd.resource(XMP).map(<[u8]>::to_vec),
        resources: [IPTC, COPYRIGHT_FLAG, URL].into_iter().filter_map(resource).collect(),
        resolution: exif.and_then(Ifd::first).and_then(Ifd::resolution),
        ..Metadata::default()
    }
}

impl<'a> Psd<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Psd<'a>, Reason> {
        const HEADER_LEN: usize = 26;

        let short = |at| Big.u16(bytes, at).ok_or(TRUNCATED);
        let long = |at| Big.u32(bytes, at).ok_or(TRUNCATED);
        let is_large = short(4)? == 2;
        let mut rest = bytes.get(HEADER_LEN..).ok_or(TRUNCATED)?;
        Ok(Psd {
            is_large,
            channels: short(12)?.into(),
            size: Size { height: long(14)?, width: long(18)? },
            depth: short(22)?,
            mode: short(24)?,
            color_data: section(&mut rest, false).ok_or(TRUNCATED)?,
            resources: section(&mut rest, false).ok_or(TRUNCATED)?,
            layers: section(&mut rest, is_large).ok_or(TRUNCATED)?,
            merged: rest,
        })
    }

    /// The number of channels that are colors. `None` for modes that are not known.
    pub(crate) fn colors(&self) -> Option<usize> {
        match self.mode {
            BITMAP | GRAY | INDEXED | DUOTONE => Some(1),
            RGB | LAB => Some(3),
            CMYK => Some(4),
            _ => None,
        }
    }

    /// Whether the channel behind the colors is the transparency of the merged image, and not a saved selection.
    ///
    /// That of CMYK is not read: such a picture is on white.
    pub(crate) fn has_alpha(&self) -> bool {
        matches!(self.mode, GRAY | RGB)
            && self.colors().is_some_and(|colors| self.channels > colors)
            && self.states_transparency().unwrap_or(false)
    }

    /// A negative number of layers, or a block of its own for more than 8 bits.
    fn states_transparency(&self) -> Option<bool> {
        let is_negative = |layers: &[u8]| Big.u16(layers, 0).is_some_and(|count| count.cast_signed() < 0);
        let mut rest = self.layers;
        if is_negative(section(&mut rest, self.is_large)?) {
            return Some(true);
        }
        section(&mut rest, false)?;
        while let [b'8', b'B', b'I' | b'6', b'M' | b'4', key @ ..] = rest {
            let (key, block) = key.split_first_chunk::<4>()?;
            let is_wide =
                self.is_large && matches!(key, b"Lr16" | b"Lr32" | b"Mt16" | b"Mt32" | b"Mtrn" | b"LMsk");
            rest = block;
            let content = section(&mut rest, is_wide)?;
            if matches!(key, b"Mtrn" | b"Mt16" | b"Mt32") || key == b"Lr16" && is_negative(content) {
                return Some(true);
            }
            // Blocks start at multiples of four bytes.
            rest = rest.get(content.len().next_multiple_of(4) - content.len()..)?;
        }
        Some(false)
    }

    /// An image resource.
    pub(crate) fn resource(&self, id: u16) -> Option<&'a [u8]> {
        let mut rest = self.resources;
        loop {
            rest = rest.strip_prefix(b"8BIM")?;
            let found = Big.u16(rest, 0)?;
            // A name with its length, padded to two bytes.
            let name_len = usize::from(*rest.get(2)?) + 1;
            rest = rest.get(2 + name_len.next_multiple_of(2)..)?;
            let content = section(&mut rest, false)?;
            if found == id {
                return Some(content);
            }
            rest = rest.get(content.len() % 2..)?;
        }
    }
}

/// Splits a section off that starts with its length, of four or eight bytes.
fn section<'a>(rest: &mut &'a [u8], is_wide: bool) -> Option<&'a [u8]> {
    let (len, content) = if is_wide {
        (Big.long_offset(rest, 0)?, rest.get(8..)?)
    } else {
        (Big.offset(rest, 0)?, rest.get(4..)?)
    };
    let section = content.get(..len)?;
    *rest = &content[len..];
    Some(section)
}
