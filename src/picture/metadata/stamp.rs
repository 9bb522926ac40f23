//! Writes the metadata of a result: what it keeps of its picture and of the answer, and where it comes from.

use super::gain_map::GainMap;
use super::packet::Packet;
use super::provenance::Provenance;
use super::rules::{Kept, MetadataRule, StoredOrientation, kept};
use super::{as_xmp, names};
use crate::contents::Dropped;
use crate::format::blocks::{ExtendedXmp, Metadata};
use crate::format::{Format, Header, photoshop};

/// What is written to a result.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The metadata of the picture that was edited.
    pub original: &'a Metadata,
    /// What is kept of it.
    pub rule: MetadataRule,
    pub orientation: StoredOrientation,
    /// The metadata of the answer, if the result shows the answer. It stays, where that of the picture says nothing else.
    pub answer: Option<&'a Metadata>,
    /// `None` states nothing.
    pub provenance: Option<&'a Provenance>,
    /// The gain map of a JPEG.
    pub gain_map: Option<&'a GainMap>,
}

/// A result with its metadata.
pub struct Stamped {
    pub bytes: Vec<u8>,
    /// Metadata that could not be kept.
    pub dropped: Vec<Dropped>,
}

impl Stamp<'_> {
    /// Replaces the metadata of a result. Its pixels and its colors stay as they are.
    ///
    /// A file whose structure is damaged is returned as it is.
    #[must_use]
    pub fn apply(&self, mut result: Vec<u8>, header: &Header) -> Stamped {
        let Some(write) = header.format.codec().metadata.write else {
            return Stamped { bytes: result, dropped: Vec::new() };
        };
        let (metadata, mut lost) = self.metadata(header);
        let Some(unfit) = write(&mut result, &metadata, self.rule.unknown_blocks()) else {
            return Stamped { bytes: result, dropped: Vec::new() };
        };
        lost.extend(unfit);
        lost.dedup();
        let mut dropped: Vec<Dropped> = lost.into_iter().map(Dropped::Metadata).collect();
        match self.gain_map(header).map(|map| map.joined_to(&result)) {
            None => {}
            Some(Some(joined)) => result = joined,
            Some(None) => dropped.push(Dropped::GainMap),
        }
        Stamped { bytes: result, dropped }
    }

    fn gain_map(&self, header: &Header) -> Option<&GainMap> {
        self.gain_map.filter(|_| header.format == Format::Jpeg)
    }

    /// Returns the metadata of the result, and the kinds of metadata that were lost.
    fn metadata(&self, header: &Header) -> (Metadata, Vec<&'static str>) {
        let Kept { mut metadata, packet, damaged: mut lost } =
            kept(self.original, self.rule, self.orientation, header.size);
        let mut packet = packet;
        if let Some(answer) = self.answer {
            metadata.exif = metadata.exif.or_else(|| answer.exif.clone());
            metadata.resolution = metadata.resolution.or(answer.resolution);
            metadata.texts.extend(answer.texts.iter().cloned());
            if metadata.resources.is_empty() {
                metadata.resources.clone_from(&answer.resources);
            }
            packet = joined(answer.xmp.as_deref().and_then(Packet::parse), packet);
        }
        if header.format != Format::Jpeg
            && let Some(extended) = metadata.extended_xmp.take()
        {
            packet = with_extension(packet, &extended);
        }
        if header.format == Format::WebP {
            packet = with_other_forms(packet, &mut metadata);
        }
        if let Some(provenance) = self.provenance {
            let stated = packet.as_ref().and_then(|packet| provenance.stated_in(packet));
            if packet.is_some() && stated.is_none() {
                lost.push("XMP");
                metadata.extended_xmp = None;
            }
            packet = stated.or_else(|| provenance.stated_in(&Packet::empty()));
            metadata.texts.extend(
                provenance
                    .record
                    .iter()
                    .filter(|_| header.format == Format::Png)
                    .map(super::EditRecord::text),
            );
        }
        if let Some(map) = self.gain_map(header) {
            packet = map.stated_in(packet);
        }
        metadata.xmp = packet.filter(Packet::has_properties).map(Packet::into_bytes);
        (metadata, lost)
    }
}

/// Moves IPTC metadata and texts to a packet. What else Photoshop stores is dropped.
fn with_other_forms(packet: Option<Packet>, metadata: &mut Metadata) -> Option<Packet> {
    let resources = std::mem::take(&mut metadata.resources);
    let texts = std::mem::take(&mut metadata.texts);
    let packet = packet.unwrap_or_else(Packet::empty);
    let iptc = resources.into_iter().find(|resource| resource.id == photoshop::IPTC);
    let packet = iptc.and_then(|iptc| as_xmp::with_iptc(&packet, &iptc.data)).unwrap_or(packet);
    let (with_texts, others) = as_xmp::with_texts(&packet, texts);
    metadata.texts = others;
    with_texts.or(Some(packet))
}

/// Joins the packets of an answer and of its picture. The answer knows best where it comes from, and the picture everything
/// else.
fn joined(answer: Option<Packet>, picture: Option<Packet>) -> Option<Packet> {
    let (answer, picture) = match (answer, picture) {
        (Some(answer), Some(picture)) => (answer, picture),
        (answer, picture) => return answer.or(picture),
    };
    let is_stated = answer.value(names::DIGITAL_SOURCE_TYPE).is_some();
    let picture = picture
        .without(|namespace, local| is_stated && names::DIGITAL_SOURCE_TYPE.is(namespace, local))
        .unwrap_or(picture);
    picture.or(&answer).or(Some(picture))
}

/// Joins both parts of the XMP metadata of a JPEG for a format that has no limit.
fn with_extension(packet: Option<Packet>, extended: &ExtendedXmp) -> Option<Packet> {
    let packet = packet?.without(|namespace, local| names::HAS_EXTENDED_XMP.is(namespace, local))?;
    let joined = Packet::parse(&extended.bytes).and_then(|extension| packet.or(&extension));
    joined.or(Some(packet))
}
