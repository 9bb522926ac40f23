//! IPTC metadata and texts as XMP metadata, for formats that have no other place for them.

use super::iptc;
use super::names::{self, Name};
use super::packet::{Packet, escaped};
use crate::format::blocks::{Text, decoded};

/// The datasets of IPTC metadata and the properties with the same meaning (IPTC Photo Metadata Standard), in the form that
/// they have there.
const OF_IPTC: [((u8, u8), Name, Form); 11] = [
    ((2, 80), names::CREATOR, Form::List("Seq")),
    ((2, 116), names::DC_RIGHTS, Form::Languages),
    ((2, 120), names::DESCRIPTION, Form::Languages),
    ((2, 5), names::TITLE, Form::Languages),
    ((2, 25), names::SUBJECT, Form::List("Bag")),
    ((2, 105), names::HEADLINE, Form::Text),
    ((2, 110), names::CREDIT, Form::Text),
    ((2, 115), names::SOURCE, Form::Text),
    ((2, 90), names::CITY, Form::Text),
    ((2, 95), names::STATE, Form::Text),
    ((2, 101), names::COUNTRY, Form::Text),
];

/// The keywords of texts in a PNG, and properties with the same meaning.
const OF_TEXTS: [(&str, Name, Form); 5] = [
    (Text::COMMENT, names::DESCRIPTION, Form::Languages),
    ("Description", names::DESCRIPTION, Form::Languages),
    ("Title", names::TITLE, Form::Languages),
    ("Author", names::CREATOR, Form::List("Seq")),
    ("Copyright", names::DC_RIGHTS, Form::Languages),
];

#[derive(Clone, Copy)]
enum Form {
    Text,
    /// In one language, which is the default.
    Languages,
    /// A list of this kind.
    List(&'static str),
}

/// Adds what IPTC metadata says to a packet, as far as that does not say it.
pub(super) fn with_iptc(packet: &Packet, iptc: &[u8]) -> Option<Packet> {
    let found = OF_IPTC.into_iter().map(|(number, name, form)| (name, form, iptc::texts(iptc, number)));
    with_properties(packet, found.collect())
}

/// Adds what texts say to a packet, as far as that does not say it. Returns the texts whose meaning has no property, too.
pub(super) fn with_texts(packet: &Packet, texts: Vec<Text>) -> (Option<Packet>, Vec<Text>) {
    let (known, others): (Vec<Text>, Vec<Text>) =
        texts.into_iter().partition(|text| OF_TEXTS.iter().any(|(keyword, ..)| text.keyword == *keyword));
    let found = OF_TEXTS.into_iter().map(|(keyword, name, form)| {
        let values = known.iter().filter(|text| text.keyword == keyword).map(|text| decoded(&text.text));
        (name, form, values.collect())
    });
    (with_properties(packet, found.collect()), others)
}

fn with_properties(packet: &Packet, found: Vec<(Name, Form, Vec<String>)>) -> Option<Packet> {
    let mut packet = packet.clone();
    for (Name { namespace, local }, form, values) in found {
        let values: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        let Some(first) = values.first() else { continue };
        let value = match form {
            Form::Text => first.clone(),
            Form::Languages => {
                format!("<rdf:Alt><rdf:li xml:lang=\"x-default\">{first}</rdf:li></rdf:Alt>")
            }
            Form::List(kind) => {
                let items: String = values.iter().map(|value| format!("<rdf:li>{value}</rdf:li>")).collect();
                format!("<rdf:{kind}>{items}</rdf:{kind}>")
            }
        };
        let description = format!(
            "  <rdf:Description rdf:about=\"\" xmlns:p=\"{namespace}\">\n   <p:{local}>{value}</p:{local}>\n  \
             </rdf:Description>\n"
        );
        packet = packet.or(&Packet::empty().with(&description)?)?;
    }
    Some(packet)
}
