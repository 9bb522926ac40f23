use image::{GenericImageView, GrayImage, Luma, Rgb, RgbImage};

use super::*;
use crate::contents::{Contents, Dropped, KeptExtras, page};
use crate::decode::ensure_intact;
use crate::fixtures;
use crate::metadata::{Metadata, MetadataRule, Stamp, Stamped};

/// The fields of a map: the gain in powers of two, from -1 to 3, with a gamma of 2.
const XMP: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" hdrgm:GainMapMin="-1" hdrgm:GainMapMax="3"
 hdrgm:Gamma="2"/></rdf:RDF>"#;
/// A quarter of the way, squared.
const NEUTRAL: u8 = 16;
const GAIN: u8 = 200;

/// The version of a picture, and the parameters of a map with the same range for one channel.
fn iso() -> (Vec<u8>, Vec<u8>) {
    let name = b"urn:iso:std:iso:ts:21496:-1\0";
    let mut parameters = [&name[..], &[0, 0, 0, 0, 0x40]].concat();
    for (numerator, denominator) in [(0_i32, 1_u32), (3, 1), (-1, 1), (3, 1), (2, 1), (1, 64), (1, 64)] {
        parameters.extend(numerator.to_be_bytes());
        parameters.extend(denominator.to_be_bytes());
    }
    ([&name[..], &[0; 4]].concat(), parameters)
}

fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, payload) in segments {
        bytes.extend([0xFF, *marker]);
        bytes.extend(u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
        bytes.extend(payload);
    }
    [&bytes, &jpeg[2..]].concat()
}

fn map(image: &DynamicImage, segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let encoding = Encoding::Jpeg { quality: 95, subsampling: ChromaSubsampling::Yuv444 };
    with_segments(&encode(image, &ColorSpace::SRGB, encoding).unwrap(), segments)
}

fn xmp() -> (u8, Vec<u8>) {
    (0xE1, [b"http://ns.adobe.com/xap/1.0/\0", XMP.as_bytes()].concat())
}

/// Photos with a gray map in XMP, with a map in color by ISO 21496-1, and with one of Apple; with the neutral level.
fn photos() -> Vec<(&'static str, Vec<u8>, u8)> {
    let gray = DynamicImage::from(GrayImage::from_pixel(24, 20, Luma([GAIN])));
    let color = DynamicImage::from(RgbImage::from_pixel(24, 20, Rgb([GAIN; 3])));
    let picture = fixtures::baseline_jpeg();
    let (version, parameters) = iso();
    let apple = b"http://ns.adobe.com/xap/1.0/\0<x xmlns:h='http://ns.apple.com/HDRGainMap/1.0/'/>".to_vec();
    let behind = |picture: Vec<u8>, map: Vec<u8>| [picture, map].concat();
    let listed = |map: &[u8]| gain_map::joined(&picture, None, map).unwrap();
    vec![
        ("xmp", behind(with_segments(&picture, &[xmp()]), map(&gray, &[xmp()])), NEUTRAL),
        (
            "iso",
            gain_map::joined(&picture, Some(&version), &map(&color, &[(0xE2, parameters)])).unwrap(),
            NEUTRAL,
        ),
        ("apple", listed(&map(&gray, &[(0xE1, apple)])), 0),
    ]
}

/// Covers the left half.
fn left_half() -> GrayImage {
    GrayImage::from_fn(fixtures::SIZE.width, fixtures::SIZE.height, |x, _| {
        Luma([if x < 22 { 255 } else { 0 }])
    })
}

fn stamped(map: &GainMap, picture: &[u8], original: &Metadata) -> Stamped {
    let stamp = Stamp {
        original,
        rule: MetadataRule::Safe,
        orientation: StoredOrientation::Upright,
        answer: None,
        provenance: None,
        gain_map: Some(map),
    };
    stamp.apply(picture.to_vec(), &Header::read(picture).unwrap())
}

#[test]
fn a_map_is_kept_without_a_gain_where_the_edit_is() {
    for (name, photo, neutral) in photos() {
        let contents = Contents::read(&photo, &Header::read(&photo).unwrap());
        assert!(contents.has_gain_map && contents.count == 1, "{name}");
        let original = Metadata::read(&photo, Format::Jpeg);
        let map = GainMap::read(&photo, Format::Jpeg).unwrap();
        let stored = StoredOrientation::Upright;
        let edited = map.of_edit(&left_half(), Orientation::UPRIGHT, stored).unwrap();
        let Stamped { bytes, dropped } = stamped(&edited, &fixtures::baseline_jpeg(), &original);
        assert!(dropped.is_empty(), "{name}");
        ensure_intact(&bytes).unwrap();
        let header = Header::read(&bytes).unwrap();
        assert!(Contents::read(&bytes, &header).has_gain_map, "{name}");
        // It can be read again, with its metadata and at its place.
        let again = GainMap::read(&bytes, Format::Jpeg).unwrap();
        assert_eq!(again, edited, "{name}");
        assert!(bytes.ends_with(&again.map));
        assert_eq!(super::neutral(&again.map), super::neutral(&edited.map), "{name}");
        let image = decode(&again.map).unwrap().image;
        for (x, expected) in [(0, neutral), (9, neutral), (20, GAIN), (23, GAIN)] {
            let found = image.get_pixel(x, 10).0[0];
            assert!(found.abs_diff(expected) <= 3, "{name}: {found} at {x}");
        }
        let says_length = format!("Item:Length=\"{}\"", again.map.len());
        let in_xmp = bytes.windows(says_length.len()).any(|window| window == says_length.as_bytes());
        assert_eq!(in_xmp, name == "xmp");
    }
}

#[test]
fn the_list_of_pictures_leads_to_the_map() {
    let (_, photo, _) = photos().remove(1);
    let parts = gain_map::find(&photo).unwrap();
    // Without the metadata of a map, it is an ordinary second picture.
    let plain = fixtures::progressive_jpeg();
    let joined = gain_map::joined(&fixtures::baseline_jpeg(), None, &plain).unwrap();
    assert_eq!(page(&joined, &Header::read(&joined).unwrap(), 2).unwrap(), plain);
    assert!(GainMap::read(&joined, Format::Jpeg).is_none());
    assert!(photo.ends_with(parts.map));
}

#[test]
fn a_map_without_a_change_keeps_its_bytes_and_one_without_a_gain_is_dropped() {
    let (_, photo, _) = photos().remove(0);
    let map = GainMap::read(&photo, Format::Jpeg).unwrap();
    let size = fixtures::SIZE;
    let stored = StoredOrientation::Upright;
    let none = GrayImage::new(size.width, size.height);
    assert_eq!(map.clone().of_edit(&none, Orientation::UPRIGHT, stored), Some(map.clone()));
    let all = GrayImage::from_pixel(size.width, size.height, Luma([255]));
    assert_eq!(map.of_edit(&all, Orientation::UPRIGHT, stored), None);
    // No metadata claims a map that is not there.
    let stamp = Stamp {
        original: &Metadata::read(&photo, Format::Jpeg),
        rule: MetadataRule::Keep,
        orientation: stored,
        answer: None,
        provenance: None,
        gain_map: None,
    };
    let bytes = stamp.apply(photo.clone(), &Header::read(&photo).unwrap()).bytes;
    let header = Header::read(&bytes).unwrap();
    assert!(!Contents::read(&bytes, &header).has_gain_map);
    let contents = Contents::read(&photo, &header);
    assert_eq!(contents.dropped(&header, KeptExtras::default()), [Dropped::GainMap]);
    assert_eq!(contents.dropped(&header, KeptExtras { gain_map: true, depth: false }), []);
}

#[test]
fn a_map_is_rotated_like_the_pixels() {
    let (_, photo, _) = photos().remove(0);
    let map = GainMap::read(&photo, Format::Jpeg).unwrap();
    let rotated = Orientation::new(6).unwrap();
    let coverage = GrayImage::from_fn(38, 45, |_, y| Luma([if y < 22 { 255 } else { 0 }]));
    let upright = map.clone().of_edit(&coverage, rotated, StoredOrientation::Upright).unwrap();
    let image = decode(&upright.map).unwrap().image;
    assert_eq!(image.dimensions(), (20, 24));
    let level = |image: &DynamicImage, x, y| image.get_pixel(x, y).0[0];
    assert!(level(&image, 10, 2).abs_diff(NEUTRAL) <= 3 && level(&image, 10, 22).abs_diff(GAIN) <= 3);
    let stored = map.of_edit(&coverage, rotated, StoredOrientation::AsInOriginal).unwrap();
    let image = decode(&stored.map).unwrap().image;
    assert_eq!(image.dimensions(), (24, 20));
    assert!(level(&image, 2, 10).abs_diff(NEUTRAL) <= 3 && level(&image, 22, 10).abs_diff(GAIN) <= 3);
}

#[test]
fn the_neutral_level_follows_from_the_range_and_the_gamma() {
    for (min, max, gamma, expected) in [
        (0.0, 4.0, 1.0, 0),
        (-1.0, 1.0, 1.0, 128),
        (-4.0, 0.0, 1.0, 255),
        (1.0, 3.0, 1.0, 0),
        (-3.0, -1.0, 1.0, 255),
        (2.0, 2.0, 1.0, 0),
        (-1.0, 3.0, 2.0, NEUTRAL),
        (f64::NAN, 1.0, 0.0, 255),
        (0.0, f64::INFINITY, f64::NAN, 0),
    ] {
        assert_eq!(level(min, max, gamma), expected, "{min} {max} {gamma}");
    }
}

#[test]
fn a_damaged_map_is_not_kept_and_does_no_harm() {
    for (name, photo, _) in photos() {
        let whole = GainMap::read(&photo, Format::Jpeg).unwrap();
        for len in 0..photo.len() {
            let cut = GainMap::read(&photo[..len], Format::Jpeg);
            if let Some(map) = cut.filter(|map| *map != whole) {
                let edited = map.of_edit(&left_half(), Orientation::UPRIGHT, StoredOrientation::Upright);
                // The end marker may be missing, as in any JPEG.
                assert!(edited.is_none() || len + 2 >= photo.len(), "{name}: {len} bytes");
            }
        }
    }
}
