use super::*;
use crate::metadata::names::{CREATOR_TOOL, DC_RIGHTS, DIGITAL_SOURCE_TYPE, HISTORY};
use proptest::prelude::*;

/// A packet with attributes, elements and a history.
pub(crate) const PACKET: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
   xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
   xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
   xmp:CreatorTool="Darkroom &amp; Co" tiff:Orientation="6" photoshop:City="Berlin">
  <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© A Person</rdf:li></rdf:Alt></dc:rights>
  <xmpMM:History><rdf:Seq><rdf:li stEvt:action="saved" stEvt:softwareAgent="Darkroom" stEvt:when="2025-01-01"/></rdf:Seq></xmpMM:History>
 </rdf:Description>
</rdf:RDF></x:xmpmeta>

<?xpacket end="w"?>"#;

fn packet() -> Packet {
    Packet::parse(PACKET.as_bytes()).unwrap()
}

#[test]
fn properties_are_read_from_attributes_elements_and_lists() {
    assert_eq!(packet().value(CREATOR_TOOL).unwrap(), "Darkroom & Co");
    assert_eq!(packet().value(DC_RIGHTS).unwrap(), "© A Person");
    assert_eq!(packet().value(DIGITAL_SOURCE_TYPE), None);
    assert_eq!(packet().last_event(), Some(("Darkroom".into(), Some("2025-01-01".into()))));
}

#[test]
fn properties_are_removed_and_the_rest_stays_as_it_was_written() {
    let without = packet().without(|_, local| matches!(local, "Orientation" | "rights")).unwrap();
    let text = String::from_utf8(without.clone().into_bytes()).unwrap();
    assert!(!text.contains("Orientation") && !text.contains("A Person"));
    assert!(text.contains("Darkroom &amp; Co") && text.contains("stEvt:action=\"saved\""));
    assert_eq!(packet().without(|_, _| false), Some(packet()));
    assert!(!packet().without(|_, _| true).unwrap().has_properties());
}

#[test]
fn a_selection_has_the_namespaces_of_its_properties() {
    let only = packet().only(|_, local| local == "rights" || local == "CreatorTool").unwrap();
    assert_eq!(only.value(DC_RIGHTS), packet().value(DC_RIGHTS));
    assert_eq!(only.value(CREATOR_TOOL), packet().value(CREATOR_TOOL));
    assert_eq!(only.value(HISTORY), None);
    assert!(!packet().only(|_, _| false).unwrap().has_properties());
}

#[test]
fn a_packet_gets_the_properties_that_it_lacks() {
    let other = packet().only(|_, local| local == "CreatorTool").unwrap();
    let own = Packet::empty()
        .with("<rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:CreatorTool=\"own\"/>");
    assert_eq!(own.unwrap().or(&packet()).unwrap().value(CREATOR_TOOL).unwrap(), "own");
    assert_eq!(Packet::empty().or(&other).unwrap().value(CREATOR_TOOL).unwrap(), "Darkroom & Co");
}

#[test]
fn an_event_is_added_to_the_end_of_the_history() {
    let event = "<rdf:li rdf:parseType=\"Resource\" xmlns:e=\"http://ns.adobe.com/xap/1.0/sType/ResourceEvent#\">\
                 <e:softwareAgent>x</e:softwareAgent></rdf:li>";
    let longer = packet().with_event(event).unwrap();
    assert_eq!(longer.last_event(), Some(("x".into(), None)));
    assert_eq!(Packet::empty().with_event(event), None);
}

#[test]
fn what_is_no_packet_is_refused() {
    let many = format!("<rdf:RDF xmlns:rdf=\"{RDF}\"><a {}/></rdf:RDF>", "b=\"\" ".repeat(10_001));
    let deep = format!("<rdf:RDF xmlns:rdf=\"{RDF}\">{}", "<a>".repeat(100_000));
    let declared = format!("<rdf:RDF xmlns:rdf=\"{RDF}\" {}/>", "xmlns:a=\"b\" ".repeat(3_000));
    let (open, close) = ("<a xmlns:b=\"c\">".repeat(2_000), "</a>".repeat(2_000));
    let nested = format!("<rdf:RDF xmlns:rdf=\"{RDF}\">{open}{close}</rdf:RDF>");
    let entities = format!("<!DOCTYPE r [<!ENTITY a \"b\">]><rdf:RDF xmlns:rdf=\"{RDF}\">&a;</rdf:RDF>");
    for text in ["", "<a/>", "<rdf:RDF/>", "text", &many, &deep, &declared, &nested, &entities] {
        assert_eq!(Packet::parse(text.as_bytes()), None);
    }
    assert_eq!(Packet::parse(&[0xFF, 0xFE, 0]), None);
}

#[test]
fn nothing_between_tags_hides_how_deep_they_are() {
    let deep = |between: &str| format!("<a xmlns:b=\"/>\">{between}").repeat(1_000);
    let plain = comparisons(&deep(""));
    assert!(plain > MAX_COMPARISONS, "{plain}");
    for between in ["/>", "<!--</a>-->", "<!--> </a> -->", "<![CDATA[</a>]]>", "<?x </a> ?>", "<c d='</a>'/>"]
    {
        assert!(comparisons(&deep(between)) >= plain, "{between}");
    }
    assert!(comparisons(&"<a xmlns:b='c'/>".repeat(1_000)) < 10_000, "those of siblings do not add up");
    assert!(comparisons(&"<a xmlns:b='c'></a>".repeat(1_000)) < 10_000);
}

#[test]
fn a_packet_without_a_place_for_more_gets_no_more() {
    let closed = Packet::parse(format!("<rdf:RDF xmlns:rdf=\"{RDF}\"/>").as_bytes()).unwrap();
    assert_eq!(closed.with("<rdf:Description/>"), None);
    let padded = [PACKET.as_bytes(), &[0; 9]].concat();
    assert_eq!(Packet::parse(&padded), Some(packet()));
}

proptest! {
    #[test]
    fn a_damaged_packet_is_changed_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[<>/a:\"= &]{0,3}"), 0..4),
    ) {
        let mut text = packet().text;
        for (at, inserted) in changes {
            let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.insert_str(at, &inserted);
        }
        if let Some(packet) = Packet::parse(text.as_bytes()) {
            let _ = (packet.last_event(), packet.value(DC_RIGHTS), packet.with_event("<a/>"));
            if let Some(only) = packet.only(|_, local| local != "rights") {
                prop_assert_eq!(only.value(DC_RIGHTS), None);
            }
            if let Some(joined) = Packet::empty().or(&packet) {
                prop_assert_eq!(joined.value(DC_RIGHTS), packet.value(DC_RIGHTS));
            }
        }
    }

    #[test]
    fn any_text_can_be_a_value(value in any::<String>()) {
        let description = format!("<rdf:Description xmlns:d=\"{RDF}x\" d:a=\"{}\"><d:b>{0}</d:b></rdf:Description>", escaped(&value));
        prop_assert!(Packet::empty().with(&description).is_some());
    }
}
