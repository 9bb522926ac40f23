//! The container of HEIC and AVIF pictures (ISO/IEC 23008-12).

mod primary;

use std::borrow::Cow;

use heifer_isobmff::boxes::{ColorInfo, Property};
use heifer_isobmff::{HeifFile, ItemId};
use seededit_resize::Size;

use super::MetadataCodec;
use crate::color::Stated;
use crate::color::cicp::Cicp;
use crate::contents::{Contents, Kind};
use crate::decode::DecodeError;
use crate::format::blocks::Metadata;
use crate::format::boxes::has_credentials;
use crate::format::ifd::Ifd;
use crate::format::{Format, Header, Reason};

/// The auxiliary types of alpha channels, in HEIC and AVIF files.
const ALPHA: [&str; 2] = ["urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"];

/// What both formats have beside pixels.
pub(super) const METADATA: MetadataCodec = MetadataCodec {
    exif: Some(exif),
    read: Some(metadata),
    contents: Some(contents),
    page: Some(page),
    ..MetadataCodec::NONE
};

/// The primary item of a file.
pub(super) struct Container<'a> {
    pub(super) file: HeifFile<'a>,
}

impl<'a> Container<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Reason> {
        let file = HeifFile::parse(bytes).map_err(|_| "its structure cannot be read")?;
        Ok(Self { file })
    }

    /// The header of the picture as it is displayed: its crop, rotation and mirroring are parts of the picture.
    pub(super) fn header(&self, format: Format) -> Result<Header, Reason> {
        Ok(Header {
            has_alpha: self.alpha().is_some(),
            is_deep: self.is_deep(),
            is_hdr: Stated::of_icc_or_cicp(self.embedded_icc(), self.cicp()).hdr().is_some(),
            ..Header::new(format, self.displayed_size().ok_or("it states no dimensions")?)
        })
    }

    fn displayed_size(&self) -> Option<Size> {
        let id = self.file.primary_id;
        let (width, height) = match self.file.image_size(id).ok()? {
            Some(size) => size,
            None => {
                let grid = self.file.grid(id).ok()?;
                (grid.output_width, grid.output_height)
            }
        };
        let mut size = Size { width, height };
        for property in self.properties(id) {
            match property {
                Property::Rotation(1 | 3) => size = size.transposed(),
                Property::CleanAperture { width, height, .. } => {
                    size.width = rounded(*width).min(size.width);
                    size.height = rounded(*height).min(size.height);
                }
                _ => {}
            }
        }
        Some(size)
    }

    pub(super) fn properties(&self, id: ItemId) -> impl Iterator<Item = &Property> {
        self.file.item_properties(id).into_iter().flatten()
    }

    /// The item with the alpha channel of the picture.
    pub(super) fn alpha(&self) -> Option<ItemId> {
        let auxiliary = self.file.referencing_items(self.file.primary_id, b"auxl");
        auxiliary.into_iter().find(|id| {
            self.properties(*id).any(
                |property| matches!(property, Property::AuxiliaryType(kind) if ALPHA.contains(&kind.as_str())),
            )
        })
    }

    /// The primary item and the first of its tiles, if it has any: where properties of the picture may be.
    pub(super) fn sources(&self) -> impl Iterator<Item = ItemId> {
        let id = self.file.primary_id;
        let first_tile = self.file.referenced_items(id, b"dimg").first().copied();
        std::iter::once(id).chain(first_tile)
    }

    /// Whether samples have more than 8 bits, as far as the container states it.
    fn is_deep(&self) -> bool {
        self.sources().flat_map(|id| self.properties(id)).any(|property| match property {
            Property::PixelInfo(bits) => bits.iter().any(|bits| *bits > 8),
            Property::HevcConfig(config) => config.bit_depth_luma.max(config.bit_depth_chroma) > 8,
            _ => false,
        })
    }

    /// The pictures that can be shown by themselves: the primary one, then the others.
    fn pictures(&self) -> impl Iterator<Item = ItemId> {
        let primary = self.file.primary_id;
        let others = self.file.top_level_image_ids().into_iter().filter(move |id| *id != primary);
        std::iter::once(primary).chain(others)
    }

    /// What the file states about the picture's colors, apart from a profile.
    pub(super) fn cicp(&self) -> Option<Cicp> {
        self.sources().flat_map(|id| self.properties(id)).find_map(|property| match *property {
            Property::Color(ColorInfo::Nclx { primaries, transfer, .. }) => {
                Some(Cicp { primaries, transfer })
            }
            _ => None,
        })
    }

    /// The embedded ICC profile.
    pub(super) fn embedded_icc(&self) -> Option<Vec<u8>> {
        self.sources().flat_map(|id| self.properties(id)).find_map(|property| match property {
            Property::Color(ColorInfo::Icc(profile)) if !profile.is_empty() => Some(profile.clone()),
            _ => None,
        })
    }
}

/// The pictures of a file: those that can be shown by themselves, and those that belong to the primary one.
pub(super) fn contents(bytes: &[u8]) -> Contents {
    let Ok(container) = Container::parse(bytes) else { return Contents::default() };
    let primary = container.file.primary_id;
    let auxiliary = container.file.referencing_items(primary, b"auxl");
    let is_gain_map = |id: &ItemId| {
        container.properties(*id).any(
            |property| matches!(property, Property::AuxiliaryType(kind) if kind.to_lowercase().contains("gainmap")),
        )
    };
    let is_derived_with_gain_map = container.file.items.iter().any(|item| item.item_type.0 == *b"tmap");
    let further = auxiliary.iter().filter(|id| Some(**id) != container.alpha() && !is_gain_map(id)).count();
    Contents {
        has_gain_map: is_derived_with_gain_map || auxiliary.iter().any(is_gain_map),
        attached: u32::try_from(further).unwrap_or(u32::MAX),
        has_credentials: has_credentials(bytes),
        ..Contents::of(u32::try_from(container.pictures().count()).unwrap_or(u32::MAX), Kind::Pictures)
    }
}

/// Returns the same file with another primary picture, by its index.
pub(super) fn page(bytes: &[u8], header: &Header, index: u32) -> Result<Vec<u8>, DecodeError> {
    let incomplete = |reason| DecodeError::Incomplete { format: header.format, reason };
    let container = Container::parse(bytes).map_err(incomplete)?;
    let id = container.pictures().nth(index as usize).ok_or(incomplete("a picture is missing"))?;
    let mut file = bytes.to_vec();
    primary::set_primary(&mut file, id).ok_or(incomplete("it does not say which picture is shown first"))?;
    Ok(file)
}

/// EXIF metadata as a TIFF structure. Its orientation means nothing here: the container has its own.
pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let file = HeifFile::parse(bytes).ok()?;
    file.exif(file.primary_id).ok().flatten().map(Cow::Owned)
}

/// EXIF and XMP metadata of the primary item.
pub(super) fn metadata(bytes: &[u8]) -> Metadata {
    let Ok(file) = HeifFile::parse(bytes) else { return Metadata::default() };
    let exif = file.exif(file.primary_id).ok().flatten();
    Metadata {
        resolution: exif.as_deref().and_then(Ifd::first).and_then(Ifd::resolution),
        exif,
        xmp: file.xmp(file.primary_id).ok().flatten(),
        ..Metadata::default()
    }
}

/// Crops a picture to its clean aperture, whose center has an offset from that of the picture.
#[cfg(feature = "avif")]
pub(super) fn clean_aperture(image: image::DynamicImage, property: &Property) -> image::DynamicImage {
    let Property::CleanAperture { width, height, horiz_offset, vert_offset } = property else { return image };
    let start = |side: u32, cropped: u32, (numerator, denominator): (i32, u32)| {
        let center = f64::from(numerator) / f64::from(denominator) + f64::from(side) / 2.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let start = (center - f64::from(cropped) / 2.0).round() as u32;
        start.min(side - cropped)
    };
    let width = rounded(*width).min(image.width());
    let height = rounded(*height).min(image.height());
    let left = start(image.width(), width, *horiz_offset);
    let top = start(image.height(), height, *vert_offset);
    image.crop_imm(left, top, width, height)
}

/// A fraction as a number of pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float to integer saturates"
)]
fn rounded((numerator, denominator): (u32, u32)) -> u32 {
    (f64::from(numerator) / f64::from(denominator)).round() as u32
}
