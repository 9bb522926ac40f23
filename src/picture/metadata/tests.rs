use std::sync::LazyLock;

use proptest::prelude::*;
use seededit_resize::Size;

use super::packet::Packet;
use super::packet::tests::PACKET;
use super::*;
use crate::contents::Dropped;
use crate::decode::{decode, ensure_intact};
use crate::fixtures;
use crate::format::Header;
use crate::format::blocks::{ExtendedXmp, Text, Unit, UnknownBlocks};
use crate::format::endian::Endian;
use crate::format::exif::tests::{MAKER_NOTE_BYTES, SERIAL_NUMBER, THUMBNAIL, photo};
use crate::format::photoshop::Resource;
use crate::geometry::Orientation;

/// Datasets: UTF-8, a city, an author and a copyright.
const IIM: &[u8] = b"\x1C\x01\x5A\0\x03\x1B%G\x1C\x02\x5A\0\x06Berlin\x1C\x02\x50\0\x08A Person\x1C\x02\x74\0\x0C\xC2\xA9 A Person!";

/// All kinds of metadata.
fn all() -> Metadata {
    Metadata {
        exif: Some(photo(Endian::Little, 6, Size { width: 38, height: 45 })),
        xmp: Some(PACKET.into()),
        extended_xmp: None,
        resources: vec![Resource::iptc(IIM), Resource { id: 1034, name: Vec::new(), data: vec![1] }],
        texts: vec![Text::comment("a word, größer".as_bytes())],
        resolution: Resolution::new(300.0, 240.0, Unit::Inch),
    }
}

static WRITTEN: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let mut kinds = fixtures::all();
    kinds.retain(|(_, bytes)| Format::sniff(bytes).unwrap().codec().metadata.write.is_some());
    kinds
});

fn header(bytes: &[u8]) -> Header {
    Header::read(bytes).unwrap()
}

fn stamp<'a>(original: &'a Metadata, rule: MetadataRule, provenance: Option<&'a Provenance>) -> Stamp<'a> {
    Stamp {
        original,
        rule,
        orientation: StoredOrientation::Upright,
        answer: None,
        provenance,
        gain_map: None,
    }
}

fn stamped(picture: &[u8], stamp: Stamp<'_>) -> Stamped {
    stamp.apply(picture.to_vec(), &header(picture))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn edited() -> Provenance {
    Provenance { date: Some("2026-03-04T05:06:07Z".into()), record: None }
}

#[test]
fn what_is_written_is_read_again_and_pixels_and_colors_stay() {
    for (name, picture) in WRITTEN.iter() {
        let header = header(picture);
        let write = header.format.codec().metadata.write.unwrap();
        let mut written = picture.clone();
        let unfit = write(&mut written, &all(), UnknownBlocks::Keep).unwrap();
        let mut expected = all();
        if header.format == Format::WebP {
            assert_eq!(unfit, ["IPTC", "text"]);
            expected = Metadata { resources: Vec::new(), texts: Vec::new(), ..expected };
            expected.resolution = Resolution::new(300.0, 300.0, Unit::Inch);
        } else {
            assert!(unfit.is_empty(), "{name}: {:?}", unfit);
        }
        if name == &"progressive with refinement" {
            // Without a JFIF header, the resolution is that of the EXIF metadata.
            expected.resolution = Resolution::new(300.0, 300.0, Unit::Inch);
        }
        let mut read = Metadata::read(&written, header.format);
        if header.format == Format::Png {
            assert_eq!(read.resolution.unwrap().per_inch(), Some((300.0, 240.0)));
            read.resolution = expected.resolution;
        }
        assert!(read == expected, "{name}");
        ensure_intact(&written).unwrap();
        let (before, after) = (decode(picture).unwrap(), decode(&written).unwrap());
        assert!(after.image == before.image && after.colors == before.colors, "{name}");
        let mut again = written.clone();
        write(&mut again, &Metadata::default(), UnknownBlocks::Keep).unwrap();
        assert_eq!(Metadata::read(&again, header.format), Metadata::default(), "{name}");
        write(&mut again, &all(), UnknownBlocks::Keep).unwrap();
        assert_eq!(again, written, "{name}");
    }
}

#[test]
fn a_result_keeps_all_metadata_with_another_orientation_and_size() {
    for (name, picture) in WRITTEN.iter() {
        let Stamped { bytes, dropped } = stamped(picture, stamp(&all(), MetadataRule::Keep, None));
        assert!(dropped.is_empty(), "{name}: {dropped:?}");
        assert_eq!(header(&bytes).orientation, Orientation::UPRIGHT, "{name}");
        for kept in [MAKER_NOTE_BYTES, SERIAL_NUMBER, b"A Person", b"Berlin"] {
            assert!(contains(&bytes, kept) || name.starts_with("png"), "{name}");
        }
        assert!(!contains(&bytes, THUMBNAIL), "{name}");
        let read = Metadata::read(&bytes, header(&bytes).format);
        // It was rotated by a quarter turn.
        let per_inch = read.resolution.unwrap().per_inch().unwrap();
        assert_eq!(per_inch.1, 300.0, "{name}");
        let summary = MetadataSummary::of(&read);
        assert!(summary.has_exif && summary.has_xmp && summary.has_location && summary.has_maker_notes);
        assert_eq!(summary.camera.as_deref(), Some("Maker Model 700"));
    }
}

#[test]
fn safe_metadata_has_neither_places_nor_serial_numbers_nor_names_of_devices() {
    for (name, picture) in WRITTEN.iter() {
        let Stamped { bytes, .. } = stamped(picture, stamp(&all(), MetadataRule::Safe, None));
        for private in [MAKER_NOTE_BYTES, SERIAL_NUMBER, THUMBNAIL, b"Berlin", b"a word"] {
            assert!(!contains(&bytes, private), "{name}");
        }
        let read = Metadata::read(&bytes, header(&bytes).format);
        let summary = MetadataSummary::of(&read);
        assert!(!summary.has_location && !summary.has_maker_notes && summary.texts == 0, "{name}");
        assert_eq!(summary.camera.as_deref(), Some("Maker Model 700"));
        assert!(summary.resolution.is_some());
        let exif = read.exif.unwrap();
        assert!(contains(&exif, b"2025:06:07 08:09:10") && contains(&exif, b"(c) A Person"));
        let packet = packet::Packet::parse(&read.xmp.unwrap()).unwrap();
        assert_eq!(packet.value(names::DC_RIGHTS).unwrap(), "© A Person");
    }
}

#[test]
fn no_metadata_is_written_by_the_rule_none() {
    for (name, picture) in WRITTEN.iter() {
        let full = stamped(picture, stamp(&all(), MetadataRule::Keep, None)).bytes;
        let Stamped { bytes, .. } = stamped(&full, stamp(&all(), MetadataRule::None, None));
        assert_eq!(Metadata::read(&bytes, header(&bytes).format), Metadata::default(), "{name}");
        assert!(!contains(&bytes, b"A Person"), "{name}");
    }
}

#[test]
fn an_edit_is_stated_and_the_same_edit_gives_the_same_bytes() {
    for (name, picture) in WRITTEN.iter() {
        for original in [all(), Metadata::default()] {
            let provenance = edited();
            let stamp = stamp(&original, MetadataRule::Keep, Some(&provenance));
            let Stamped { bytes, dropped } = stamped(picture, stamp);
            assert!(dropped.is_empty(), "{name}");
            let summary = MetadataSummary::of(&Metadata::read(&bytes, header(&bytes).format));
            assert_eq!(
                summary.provenance,
                StatedProvenance {
                    digital_source_type: Some("compositeWithTrainedAlgorithmicMedia".into()),
                    software: Some("seededit".into()),
                    date: Some("2026-03-04T05:06:07Z".into()),
                    ..StatedProvenance::default()
                },
                "{name}"
            );
            assert!(bytes == stamped(picture, stamp).bytes, "{name}");
            // An edit of the edit states it once.
            let read = Metadata::read(&bytes, header(&bytes).format);
            let again = stamped(picture, Stamp { original: &read, ..stamp }).bytes;
            let count = again.windows(17).filter(|window| window == b"DigitalSourceType").count();
            assert_eq!(count, 2, "{name}");
        }
    }
}

#[test]
fn a_request_is_recorded_on_request_in_xmp_and_in_the_text_of_a_png() {
    let record = EditRecord {
        prompt: "a <red> roof & \"more\" größer".into(),
        model: "maker/model".into(),
        seed: Some(7),
        job: "0123456789abcdef".into(),
    };
    let provenance = Provenance { record: Some(record.clone()), ..edited() };
    for (name, picture) in WRITTEN.iter() {
        let Stamped { bytes, .. } =
            stamped(picture, stamp(&Metadata::default(), MetadataRule::Keep, Some(&provenance)));
        let read = Metadata::read(&bytes, header(&bytes).format);
        let stated = MetadataSummary::of(&read).provenance;
        assert_eq!(stated.prompt.as_ref(), Some(&record.prompt), "{name}");
        assert_eq!(stated.model.as_deref(), Some("maker/model"));
        assert_eq!((stated.seed.as_deref(), stated.job), (Some("7"), Some(record.job.clone())));
        if header(&bytes).format == Format::Png {
            assert_eq!(read.texts, [record.text()]);
        }
    }
}

#[test]
fn a_created_picture_stays_a_created_picture() {
    let created = PACKET.replace(
        "tiff:Orientation",
        "xmlns:i=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         i:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\" tiff:Orientation",
    );
    let original = Metadata { xmp: Some(created.into()), ..Metadata::default() };
    let answer = fixtures::png();
    let provenance = edited();
    let result = stamped(&answer, stamp(&original, MetadataRule::Safe, Some(&provenance))).bytes;
    let stated = MetadataSummary::of(&Metadata::read(&result, Format::Png)).provenance;
    assert_eq!(stated.digital_source_type.as_deref(), Some("trainedAlgorithmicMedia"));
}

#[test]
fn damaged_metadata_is_reported_and_does_not_keep_an_edit_from_being_stated() {
    let damaged = Metadata {
        exif: Some(b"not a structure".to_vec()),
        xmp: Some(b"<x:xmpmeta><rdf:RDF><not closed".to_vec()),
        ..Metadata::default()
    };
    let provenance = edited();
    for (name, picture) in WRITTEN.iter() {
        let Stamped { bytes, dropped } =
            stamped(picture, stamp(&damaged, MetadataRule::Keep, Some(&provenance)));
        assert_eq!(dropped, [Dropped::Metadata("EXIF"), Dropped::Metadata("XMP")], "{name}");
        let read = Metadata::read(&bytes, header(&bytes).format);
        assert!(MetadataSummary::of(&read).provenance.digital_source_type.is_some(), "{name}");
    }
}

#[test]
fn metadata_that_is_too_long_for_a_jpeg_is_reported() {
    let long = PACKET.replace("Berlin", &"Berlin ".repeat(10_000));
    let original = Metadata { xmp: Some(long.clone().into()), ..Metadata::default() };
    let keep = stamp(&original, MetadataRule::Keep, None);
    let Stamped { dropped, .. } = stamped(&fixtures::baseline_jpeg(), keep);
    assert_eq!(dropped, [Dropped::Metadata("XMP")]);
    let Stamped { bytes, dropped } = stamped(&fixtures::png(), keep);
    assert!(dropped.is_empty() && contains(&bytes, b"Berlin Berlin"));
}

#[test]
fn extended_xmp_stays_unless_it_shows_what_was_there() {
    let guid = *b"0123456789ABCDEF0123456789ABCDEF";
    let note = format!(
        "xmlns:n=\"http://ns.adobe.com/xmp/note/\" n:HasExtendedXMP=\"{}\" tiff:Orientation",
        str::from_utf8(&guid).unwrap()
    );
    let packet = PACKET.replace("tiff:Orientation", &note);
    for (namespace, is_kept) in [("urn:any", true), ("http://ns.google.com/photos/1.0/image/", false)] {
        let extension = format!(
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description xmlns:g=\"{namespace}\" g:Data=\"{}\"/></rdf:RDF>",
            "x".repeat(150_000)
        );
        let extended_xmp = Some(ExtendedXmp { guid, bytes: extension.into() });
        let original = Metadata { xmp: Some(packet.clone().into()), extended_xmp, ..Metadata::default() };
        let keep = stamp(&original, MetadataRule::Keep, None);
        let read = Metadata::read(&stamped(&fixtures::baseline_jpeg(), keep).bytes, Format::Jpeg);
        assert_eq!(read.extended_xmp, original.extended_xmp.clone().filter(|_| is_kept));
        let has_note = contains(&read.xmp.unwrap(), b"HasExtendedXMP");
        assert_eq!(has_note, is_kept);
        let png = stamped(&fixtures::png(), keep).bytes;
        assert_eq!(contains(&png, &[b'x'; 1000]), is_kept);
        assert!(!contains(&png, b"HasExtendedXMP"));
    }
}

#[test]
fn iptc_metadata_and_comments_become_xmp_in_a_webp() {
    let original = Metadata {
        resources: vec![Resource::iptc(IIM)],
        texts: vec![Text::comment(b"a word")],
        ..Metadata::default()
    };
    let webp = stamped(&fixtures::webp(), stamp(&original, MetadataRule::Keep, None)).bytes;
    let packet = packet::Packet::parse(&Metadata::read(&webp, Format::WebP).xmp.unwrap()).unwrap();
    assert_eq!(packet.value(names::CREATOR).unwrap(), "A Person");
    assert_eq!(packet.value(names::DC_RIGHTS).unwrap(), "© A Person!");
    assert_eq!(packet.value(names::CITY).unwrap(), "Berlin");
    assert_eq!(packet.value(names::DESCRIPTION).unwrap(), "a word");
}

#[test]
fn the_metadata_of_an_answer_stays_unless_the_picture_says_otherwise() {
    let description = |source: &str| {
        let description = format!(
            "<rdf:Description xmlns:i=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" i:DigitalSourceType=\"{source}\" \
             xmlns:l=\"urn:label\" l:AIGC=\"yes\"/>"
        );
        packet::Packet::empty().with(&description).unwrap().into_bytes()
    };
    let answer = Metadata {
        xmp: Some(description("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")),
        ..Metadata::default()
    };
    let provenance = edited();
    let original = all();
    let stamp = Stamp { answer: Some(&answer), ..stamp(&original, MetadataRule::Safe, Some(&provenance)) };
    let read = Metadata::read(&stamped(&fixtures::png(), stamp).bytes, Format::Png);
    let text = String::from_utf8(read.xmp.clone().unwrap()).unwrap();
    assert!(text.contains("l:AIGC=\"yes\"") && text.contains("© A Person"));
    let stated = MetadataSummary::of(&read).provenance;
    assert_eq!(stated.digital_source_type.as_deref(), Some("trainedAlgorithmicMedia"));
}

#[test]
fn a_picture_of_this_program_says_so_until_another_program_says_that_it_changed_it() {
    assert_eq!(OwnPicture::of(&all()), None);
    let record = EditRecord { job: "a job".into(), ..EditRecord::default() };
    for (name, picture) in WRITTEN.iter() {
        for (rule, record) in [(MetadataRule::Keep, None), (MetadataRule::Safe, Some(record.clone()))] {
            let provenance = Provenance { date: None, record };
            let bytes = stamped(picture, stamp(&all(), rule, Some(&provenance))).bytes;
            let read = Metadata::read(&bytes, header(&bytes).format);
            let job = provenance.record.map(|record| record.job);
            assert_eq!(OwnPicture::of(&read), Some(OwnPicture { job }), "{name}");
            let event = format!(
                "<rdf:li xmlns:rdf=\"{}\" xmlns:e=\"{}\" rdf:parseType=\"Resource\">\
                 <e:softwareAgent>Another one</e:softwareAgent></rdf:li>",
                names::RDF,
                names::EVENT
            );
            let changed = Packet::parse(&read.xmp.unwrap()).unwrap().with_event(&event).unwrap();
            let changed = Metadata { xmp: Some(changed.into_bytes()), ..Metadata::default() };
            assert_eq!(OwnPicture::of(&changed), None, "{name}");
        }
    }
}

#[test]
fn a_picture_that_this_program_drew_says_so() {
    for (name, picture) in WRITTEN.iter() {
        let format = header(picture).format;
        let drawn = drawn(picture.clone(), format);
        let read = Metadata::read(&drawn, format);
        assert_eq!(OwnPicture::of(&read), Some(OwnPicture { job: None }), "{name}");
        assert_eq!(MetadataSummary::of(&read).provenance.digital_source_type, None);
        assert!(decode(&drawn).unwrap().image == decode(picture).unwrap().image, "{name}");
    }
}

#[test]
fn stored_pixels_that_are_not_upright_keep_their_orientation() {
    let original = all();
    let stamp =
        Stamp { orientation: StoredOrientation::AsInOriginal, ..stamp(&original, MetadataRule::Keep, None) };
    let bytes = stamped(&fixtures::baseline_jpeg(), stamp).bytes;
    assert_eq!(header(&bytes).orientation.value(), 6);
    assert_eq!(Metadata::read(&bytes, Format::Jpeg).resolution, all().resolution);
}

#[test]
fn content_credentials_are_found_and_not_kept() {
    let jpeg = fixtures::baseline_jpeg();
    let manifest = b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x10jumdc2pa....";
    let length = u16::try_from(manifest.len() + 2).unwrap().to_be_bytes();
    let jpeg = [&jpeg[..2], &[0xFF, 0xEB], &length, manifest, &jpeg[2..]].concat();
    let mut png = fixtures::png();
    png.splice(33..33, crate::format::png::tests::chunk(b"caBX", b"jumb c2pa"));
    for bytes in [jpeg, png] {
        let contents = crate::contents::Contents::read(&bytes, &header(&bytes));
        assert_eq!(
            contents.dropped(&header(&bytes), crate::contents::KeptExtras::default()),
            [Dropped::Credentials]
        );
        let Stamped { bytes, .. } = stamped(&bytes, stamp(&Metadata::default(), MetadataRule::Keep, None));
        assert!(!contains(&bytes, b"c2pa"));
    }
}

#[test]
fn metadata_of_other_formats_is_read() {
    let tiff = {
        let mut bytes = photo(Endian::Big, 3, Size { width: 4, height: 4 });
        // The same fields describe a picture in a file.
        bytes[2..4].copy_from_slice(&[0, 42]);
        bytes
    };
    let read = Metadata::read(&tiff, Format::Tiff);
    assert_eq!(read.resolution.unwrap().per_inch(), Some((300.0, 300.0)));
    assert!(MetadataSummary::of(&read).has_location);
    assert!(!contains(&read.exif.unwrap(), MAKER_NOTE_BYTES));
}

proptest! {
    #[test]
    fn damaged_files_are_read_and_written_or_left_as_they_are(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        len in any::<prop::sample::Index>(),
    ) {
        let (_, picture) = which.get(&WRITTEN);
        let mut bytes = stamped(picture, stamp(&all(), MetadataRule::Keep, None)).bytes;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(len.index(bytes.len()) + 1);
        let format = header(picture).format;
        let read = Metadata::read(&bytes, format);
        let _ = MetadataSummary::of(&read);
        let provenance = edited();
        let original = read;
        let stamp = stamp(&original, MetadataRule::Safe, Some(&provenance));
        let result = stamp.apply(picture.clone(), &header(picture)).bytes;
        prop_assert!(decode(&result).unwrap().image == decode(picture).unwrap().image);
        if let Ok(header) = Header::read(&bytes) {
            let _ = stamp.apply(bytes, &header);
        }
    }

    #[test]
    fn any_bytes_can_be_blocks(
        exif in prop::collection::vec(any::<u8>(), 0..80),
        xmp in prop::collection::vec(any::<u8>(), 0..80),
        iptc in prop::collection::vec(any::<u8>(), 0..80),
        text in prop::collection::vec(any::<u8>(), 0..80),
        picture in any::<prop::sample::Index>(),
        is_safe in any::<bool>(),
    ) {
        let original = Metadata {
            exif: Some(exif),
            xmp: Some(xmp),
            resources: vec![Resource::iptc(&iptc)],
            texts: vec![Text::comment(&text)],
            ..Metadata::default()
        };
        let (name, picture) = picture.get(&WRITTEN);
        let rule = if is_safe { MetadataRule::Safe } else { MetadataRule::Keep };
        let provenance = edited();
        let Stamped { bytes, .. } = stamped(picture, stamp(&original, rule, Some(&provenance)));
        prop_assert!(ensure_intact(&bytes).is_ok(), "{name}");
    }
}
