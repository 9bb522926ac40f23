//! What the metadata of a picture contains, for people and scripts.

use super::packet::Packet;
use super::provenance::StatedProvenance;
use crate::format::blocks::{Metadata, decoded};
use crate::format::exif::{EXIF_DIRECTORY, GPS_DIRECTORY, MAKER_NOTE};
use crate::format::ifd::Ifd;
use crate::format::photoshop;

/// A summary of metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataSummary {
    pub has_exif: bool,
    pub has_xmp: bool,
    pub has_iptc: bool,
    /// Whether it says where the picture was taken.
    pub has_location: bool,
    /// Whether it has the notes of a camera.
    pub has_maker_notes: bool,
    /// The number of comments and other texts.
    pub texts: usize,
    /// Pixels per inch across and down.
    pub resolution: Option<(f64, f64)>,
    /// The maker and the model of the camera.
    pub camera: Option<String>,
    pub provenance: StatedProvenance,
}

impl MetadataSummary {
    #[must_use]
    pub fn of(metadata: &Metadata) -> MetadataSummary {
        let exif = metadata.exif.as_deref().and_then(Ifd::first);
        let details = exif.and_then(|ifd| ifd.directory(EXIF_DIRECTORY));
        let packet = metadata.xmp.as_deref().and_then(Packet::parse);
        MetadataSummary {
            has_exif: metadata.exif.is_some(),
            has_xmp: metadata.xmp.is_some(),
            has_iptc: metadata.resources.iter().any(|resource| resource.id == photoshop::IPTC),
            has_location: exif
                .and_then(|ifd| ifd.directory(GPS_DIRECTORY))
                .is_some_and(|gps| gps.entries().next().is_some()),
            has_maker_notes: details.is_some_and(|ifd| ifd.field(MAKER_NOTE).is_some()),
            texts: metadata.texts.len(),
            resolution: metadata.resolution.and_then(|resolution| resolution.per_inch()),
            camera: exif.and_then(camera),
            provenance: packet.as_ref().map(StatedProvenance::of).unwrap_or_default(),
        }
    }

    /// The kinds of metadata, for people: `EXIF, XMP, 2 texts`.
    #[must_use]
    pub fn kinds(&self) -> String {
        let texts = match self.texts {
            0 => None,
            1 => Some("a text".to_owned()),
            count => Some(format!("{count} texts")),
        };
        let named = |name: &str, is_there: bool| is_there.then(|| name.to_owned());
        let kinds = [
            named("EXIF", self.has_exif),
            named("XMP", self.has_xmp),
            named("IPTC", self.has_iptc),
            named("location", self.has_location),
            named("maker notes", self.has_maker_notes),
            texts,
        ];
        kinds.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The maker and the model, without a maker that the model repeats.
fn camera(exif: Ifd<'_>) -> Option<String> {
    const MAKE: u16 = 0x010F;
    const MODEL: u16 = 0x0110;

    let text = |tag| {
        let text = decoded(exif.bytes(tag)?);
        Some(text.trim_matches(['\0', ' ']).to_owned()).filter(|text| !text.is_empty())
    };
    match (text(MAKE), text(MODEL)) {
        (Some(make), Some(model)) if model.starts_with(&make) => Some(model),
        (Some(make), Some(model)) => Some(format!("{make} {model}")),
        (make, model) => make.or(model),
    }
}
