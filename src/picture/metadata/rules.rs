//! What a result keeps of the metadata of its picture.

use std::fmt;
use std::str::FromStr;

use seededit_resize::Size;

use super::packet::Packet;
use super::{iptc, names};
use crate::format::blocks::{Metadata, UnknownBlocks};
use crate::format::exif::selection::{Directory, selected};
use crate::format::exif::{Revision, revised};
use crate::format::ifd::Ifd;
use crate::format::photoshop::{self, Resource};
use crate::geometry::Orientation;

/// How much of the metadata of a picture its result keeps, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetadataRule {
    /// Everything that is true of the result.
    Keep,
    /// Rights, author, date, camera, colors and resolution. Neither the place nor anything that identifies a device.
    Safe,
    /// Nothing.
    None,
}

/// How the pixels of a result are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredOrientation {
    /// Upright, whatever the orientation of the picture is.
    Upright,
    /// As those of the picture, whose orientation stays.
    AsInOriginal,
}

impl FromStr for MetadataRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "keep" => Ok(MetadataRule::Keep),
            "safe" => Ok(MetadataRule::Safe),
            "none" => Ok(MetadataRule::None),
            _ => Err("must be `keep`, `safe` or `none`"),
        }
    }
}

impl fmt::Display for MetadataRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MetadataRule::Keep => "keep",
            MetadataRule::Safe => "safe",
            MetadataRule::None => "none",
        })
    }
}

impl MetadataRule {
    pub(super) fn unknown_blocks(self) -> UnknownBlocks {
        match self {
            MetadataRule::Keep => UnknownBlocks::Keep,
            MetadataRule::Safe | MetadataRule::None => UnknownBlocks::Remove,
        }
    }
}

/// Metadata that a result keeps.
#[derive(Default)]
pub(super) struct Kept {
    /// Without XMP metadata.
    pub(super) metadata: Metadata,
    pub(super) packet: Option<Packet>,
    /// The kinds of metadata that cannot be read, for people: `XMP`.
    pub(super) damaged: Vec<&'static str>,
}

/// Returns what a result of this size, as stored, keeps.
pub(super) fn kept(
    original: &Metadata,
    rule: MetadataRule,
    orientation: StoredOrientation,
    size: Size,
) -> Kept {
    let mut kept = Kept::default();
    if rule == MetadataRule::None {
        return kept;
    }
    if let Some(exif) = &original.exif {
        match kept_exif(exif, rule, orientation, size) {
            Ok(exif) => kept.metadata.exif = exif,
            Err(Damaged) => kept.damaged.push("EXIF"),
        }
    }
    if let Some(packet) = &original.xmp {
        let packet = kept_packet(packet, original.extended_xmp.as_ref().map(|xmp| &xmp.bytes[..]), rule);
        kept.damaged.extend(packet.is_none().then_some("XMP"));
        kept.packet = packet;
    }
    if let Some(packet) = &kept.packet
        && packet.value(names::HAS_EXTENDED_XMP).is_some()
    {
        kept.metadata.extended_xmp.clone_from(&original.extended_xmp);
    }
    kept.metadata.resources =
        original.resources.iter().filter_map(|resource| kept_resource(resource, rule)).collect();
    if rule == MetadataRule::Keep {
        kept.metadata.texts.clone_from(&original.texts);
    } else {
        let is_safe = |keyword: &str| matches!(keyword, "Author" | "Copyright" | "Creation Time");
        let texts = original.texts.iter().filter(|text| is_safe(&text.keyword));
        kept.metadata.texts = texts.cloned().collect();
    }
    let is_rotated = orientation == StoredOrientation::Upright && original.orientation().swaps_sides();
    kept.metadata.resolution =
        original.resolution.map(|density| if is_rotated { density.transposed() } else { density });
    kept
}

/// The structure of EXIF metadata is damaged.
struct Damaged;

/// Returns the EXIF metadata of a result. `None` if there is nothing to keep.
fn kept_exif(
    exif: &[u8],
    rule: MetadataRule,
    orientation: StoredOrientation,
    size: Size,
) -> Result<Option<Vec<u8>>, Damaged> {
    let upright = (orientation == StoredOrientation::Upright).then_some(Orientation::UPRIGHT);
    let revision = Revision { size, orientation: upright };
    if rule == MetadataRule::Keep
        && let Some(revised) = revised(exif, revision)
    {
        return Ok(Some(revised));
    }
    Ifd::first(exif).ok_or(Damaged)?;
    // Without the notes of the camera, for which offsets may count.
    let is_wanted = |directory, tag| rule == MetadataRule::Keep || is_safe_tag(directory, tag);
    Ok(selected(exif, is_wanted).and_then(|selected| revised(&selected, revision)))
}

/// Whether `safe` keeps a field of EXIF metadata.
fn is_safe_tag(directory: Directory, tag: u16) -> bool {
    match directory {
        Directory::First => matches!(
            tag,
            // Maker and model of the camera, orientation, resolution, date, author, copyright.
            0x010F | 0x0110 | 0x0112 | 0x011A | 0x011B | 0x0128 | 0x0132 | 0x013B | 0x8298
        ),
        Directory::Exif => matches!(
            tag,
            // Exposure, version, dates and time zones, lens, color space, size.
            0x829A | 0x829D | 0x8822 | 0x8827 | 0x8830..=0x8833 | 0x9000 | 0x9003 | 0x9004 | 0x9010..=0x9012
                | 0x9201..=0x9205 | 0x9207..=0x920A | 0x9290..=0x9292 | 0xA001..=0xA003 | 0xA405
                | 0xA432..=0xA434
        ),
        Directory::Gps => false,
        Directory::Interoperability => true,
    }
}

fn kept_packet(packet: &[u8], extended: Option<&[u8]>, rule: MetadataRule) -> Option<Packet> {
    let packet = Packet::parse(packet)?;
    let has_stale_extension = extended.is_none_or(names::has_pictures);
    let packet = packet.without(|namespace, local| {
        names::is_of_file(namespace, local)
            || has_stale_extension && names::HAS_EXTENDED_XMP.is(namespace, local)
    })?;
    if rule == MetadataRule::Safe { packet.only(names::is_safe) } else { Some(packet) }
}

/// Returns a resource as a result keeps it. Thumbnails, and what other blocks of a file have, are dropped.
fn kept_resource(resource: &Resource, rule: MetadataRule) -> Option<Resource> {
    const RESOLUTION: u16 = 1005;
    const COPYRIGHT_FLAG: u16 = 1034;
    const URL: u16 = 1035;
    // Thumbnails, profiles, EXIF and XMP metadata.
    const REPLACED: [u16; 6] = [1033, 1036, 1039, 1058, 1059, 1060];

    match rule {
        MetadataRule::Keep => (!REPLACED.contains(&resource.id)).then(|| resource.clone()),
        MetadataRule::Safe if resource.id == photoshop::IPTC => {
            iptc::safe(&resource.data).map(|iptc| Resource::iptc(&iptc))
        }
        MetadataRule::Safe => {
            [RESOLUTION, COPYRIGHT_FLAG, URL].contains(&resource.id).then(|| resource.clone())
        }
        MetadataRule::None => None,
    }
}
