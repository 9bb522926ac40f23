//! Where a result comes from, as XMP metadata states it (IPTC Photo Metadata Standard 2025.1).

use super::names::{self, EVENT, IPTC_EXTENSION, Name, OWN, XMP, XMP_MM};
use super::packet::{Packet, escaped};
use crate::format::blocks::Text;

/// The start of the terms for digital source types.
const TERMS: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";
/// A photo that a generative model edited.
const EDITED: &str = "compositeWithTrainedAlgorithmicMedia";
/// A picture that a generative model created, and so all of what is made of it.
const CREATED: &str = "trainedAlgorithmicMedia";
/// The name of this program in metadata. It has no version, so that the same job gives the same bytes.
pub(super) const SOFTWARE: &str = "seededit";

/// What is stated about an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// When the picture was edited, as in `2026-03-04T05:06:07Z`.
    pub date: Option<String>,
    /// How it was edited, if that is to be recorded.
    pub record: Option<EditRecord>,
}

/// The request for an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditRecord {
    pub prompt: String,
    /// The id of the model.
    pub model: String,
    /// `None` if the model takes none.
    pub seed: Option<u32>,
    /// The id of the job.
    pub job: String,
}

impl Provenance {
    /// Adds the statement to a packet, in place of an older one. `None` if the packet cannot be changed.
    pub(super) fn stated_in(&self, packet: &Packet) -> Option<Packet> {
        let source =
            packet.value(names::DIGITAL_SOURCE_TYPE).filter(|source| *source == format!("{TERMS}{CREATED}"));
        let source = source.unwrap_or_else(|| format!("{TERMS}{EDITED}"));
        let has_tool = packet.value(names::CREATOR_TOOL).is_some();
        let is_replaced = |name: Name| {
            name == names::DIGITAL_SOURCE_TYPE
                || name == names::METADATA_DATE && self.date.is_some()
                || self.record.is_some()
                    && [names::PROMPT, names::MODEL, names::SEED, names::JOB].contains(&name)
        };
        let replaced = [
            names::DIGITAL_SOURCE_TYPE,
            names::METADATA_DATE,
            names::PROMPT,
            names::MODEL,
            names::SEED,
            names::JOB,
        ];
        let packet = packet.without(|namespace, local| {
            replaced.into_iter().any(|name| is_replaced(name) && name.is(namespace, local))
        })?;
        // In a history of others, the entry declares its namespaces itself.
        let declarations = format!(" xmlns:rdf=\"{}\" xmlns:stEvt=\"{EVENT}\"", names::RDF);
        let with_event = packet.with_event(&self.event(&declarations));
        let mut properties = vec![(names::DIGITAL_SOURCE_TYPE, source)];
        properties.extend((!has_tool).then(|| (names::CREATOR_TOOL, SOFTWARE.to_owned())));
        properties.extend(self.date.clone().map(|date| (names::METADATA_DATE, date)));
        if let Some(EditRecord { prompt, model, seed, job }) = &self.record {
            properties.extend([(names::PROMPT, prompt.clone()), (names::MODEL, model.clone())]);
            properties.extend(seed.map(|seed| (names::SEED, seed.to_string())));
            properties.push((names::JOB, job.clone()));
        }
        let mut description = format!(
            "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"{XMP}\" xmlns:xmpMM=\"{XMP_MM}\"\n    \
             xmlns:Iptc4xmpExt=\"{IPTC_EXTENSION}\" xmlns:seededit=\"{OWN}\"{}>\n",
            // ImageMagick 6.9 warns about each picture in which an entry declares a namespace.
            if with_event.is_none() { format!("\n    xmlns:stEvt=\"{EVENT}\"") } else { String::new() }
        );
        for (Name { namespace, local }, value) in properties {
            let prefix = match namespace {
                IPTC_EXTENSION => "Iptc4xmpExt",
                OWN => "seededit",
                _ => "xmp",
            };
            description.push_str(&format!("   <{prefix}:{local}>{}</{prefix}:{local}>\n", escaped(&value)));
        }
        if with_event.is_none() {
            let event = self.event("");
            description.push_str(&format!("   <xmpMM:History><rdf:Seq>{event}</rdf:Seq></xmpMM:History>\n"));
        }
        description.push_str("  </rdf:Description>\n");
        with_event.unwrap_or(packet).with(&description)
    }

    /// The entry in the history of the picture, with declarations of namespaces.
    fn event(&self, declarations: &str) -> String {
        let when = self
            .date
            .as_ref()
            .map_or_else(String::new, |date| format!("<stEvt:when>{}</stEvt:when>", escaped(date)));
        format!(
            "<rdf:li rdf:parseType=\"Resource\"{declarations}>\
             <stEvt:action>edited</stEvt:action><stEvt:softwareAgent>{SOFTWARE}</stEvt:softwareAgent>{when}</rdf:li>"
        )
    }
}

impl EditRecord {
    /// The text that many programs for generated pictures write and read.
    pub(super) fn text(&self) -> Text {
        let EditRecord { prompt, model, seed, job } = self;
        let seed = seed.map_or_else(String::new, |seed| format!("Seed: {seed}, "));
        let text = format!("{prompt}\n{seed}Model: {model}, Job: {job}");
        Text { keyword: "parameters".into(), text: text.into_bytes() }
    }
}

/// What a picture states about where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedProvenance {
    /// The term of IPTC without the start of its address, for example `compositeWithTrainedAlgorithmicMedia`.
    pub digital_source_type: Option<String>,
    /// The program that changed it last, or created it.
    pub software: Option<String>,
    /// When that was.
    pub date: Option<String>,
    pub prompt: Option<String>,
    pub model: Option<String>,
    pub seed: Option<String>,
    pub job: Option<String>,
}

impl StatedProvenance {
    pub(super) fn of(packet: &Packet) -> StatedProvenance {
        let source = packet.value(names::DIGITAL_SOURCE_TYPE);
        let term = |source: String| source.strip_prefix(TERMS).map(str::to_owned).unwrap_or(source);
        let (software, date) = match packet.last_event() {
            Some((software, when)) => (Some(software), when),
            None => (packet.value(names::CREATOR_TOOL), None),
        };
        StatedProvenance {
            digital_source_type: source.map(term),
            software,
            date,
            prompt: packet.value(names::PROMPT),
            model: packet.value(names::MODEL),
            seed: packet.value(names::SEED),
            job: packet.value(names::JOB),
        }
    }
}
