use super::selection::{Directory, selected};
use super::*;
use crate::format::endian::Endian;
use crate::format::ifd::exif_orientation;
use proptest::prelude::*;

/// A field with values in the byte order of the structure.
pub(crate) type Field<'a> = (u16, u16, u32, &'a [u8]);

const SHORT: u16 = 3;
const LONG: u16 = 4;
const ASCII: u16 = 2;
const UNDEFINED: u16 = 7;

/// Writes directories with chosen offsets.
struct Drawing {
    endian: Endian,
    bytes: Vec<u8>,
}

impl Drawing {
    /// Writes a directory with its values behind it. Returns its offset.
    fn directory(&mut self, fields: &[Field<'_>], next: u32) -> u32 {
        let at = self.bytes.len();
        let end = at + 2 + fields.len() * 12 + 4;
        let mut values: Vec<u8> = Vec::new();
        self.bytes.extend(self.endian.short(fields.len() as u16));
        for (tag, kind, count, value) in fields {
            self.bytes.extend([self.endian.short(*tag), self.endian.short(*kind)].concat());
            self.bytes.extend(self.endian.long(*count));
            if value.len() <= 4 {
                self.bytes.extend(*value);
                self.bytes.extend(vec![0; 4 - value.len()]);
            } else {
                self.bytes.extend(self.endian.long((end + values.len()) as u32));
                values.extend(*value);
            }
        }
        self.bytes.extend(self.endian.long(next));
        self.bytes.extend(values);
        at as u32
    }
}

pub(crate) const MAKER_NOTE_BYTES: &[u8] = b"Nikon\0\x02\x10 offsets count from here";
pub(crate) const THUMBNAIL: &[u8] = b"\xFF\xD8\xFF\xDB a small picture of what was there \xFF\xD9";
pub(crate) const SERIAL_NUMBER: &[u8] = b"SN-0042-1717\0";

/// The metadata of a photo: a camera with a serial number, a position, notes of the camera, and a thumbnail.
pub(crate) fn photo(endian: Endian, orientation: u16, size: Size) -> Vec<u8> {
    let mut drawing = Drawing { endian, bytes: Vec::new() };
    drawing.bytes.extend(match endian {
        Endian::Big => b"MM\0*",
        Endian::Little => b"II*\0",
    });
    drawing.bytes.extend([0; 4]);
    let long = |value: u32| endian.long(value);
    let short = |value: u16| endian.short(value);
    let rational = |value: u32| [long(value), long(1)].concat();
    let interoperability =
        drawing.directory(&[(1, ASCII, 4, b"R98\0"), (0x1001, LONG, 1, &long(size.width))], 0);
    let details = drawing.directory(
        &[
            (0x9003, ASCII, 20, b"2025:06:07 08:09:10\0"),
            (MAKER_NOTE, UNDEFINED, MAKER_NOTE_BYTES.len() as u32, MAKER_NOTE_BYTES),
            (PIXEL_X_DIMENSION, LONG, 1, &long(size.width)),
            (PIXEL_Y_DIMENSION, SHORT, 1, &short(size.height as u16)),
            (INTEROPERABILITY_DIRECTORY, LONG, 1, &long(interoperability)),
            (0xA431, ASCII, SERIAL_NUMBER.len() as u32, SERIAL_NUMBER),
        ],
        0,
    );
    let gps = drawing.directory(
        &[(1, ASCII, 2, b"N\0"), (2, 5, 3, &[rational(52), rational(31), rational(12)].concat())],
        0,
    );
    let first_at = drawing.bytes.len();
    let thumbnail_at = first_at + 2 + 8 * 12 + 4 + 6 + 10 + 16 + 12;
    let first = [
        (0x010F, ASCII, 6, &b"Maker\0"[..]),
        (0x0110, ASCII, 10, b"Model 700\0"),
        (ORIENTATION, SHORT, 1, &short(orientation)),
        (0x011A, 5, 1, &rational(300)),
        (0x011B, 5, 1, &rational(300)),
        (0x8298, ASCII, 12, b"(c) A Person"),
        (EXIF_DIRECTORY, LONG, 1, &long(details)),
        (GPS_DIRECTORY, LONG, 1, &long(gps)),
    ];
    drawing.directory(&first, thumbnail_at as u32);
    assert_eq!(drawing.bytes.len(), thumbnail_at);
    let picture_at = thumbnail_at + 2 + 2 * 12 + 4;
    drawing.directory(
        &[
            (THUMBNAIL_OFFSET, LONG, 1, &long(picture_at as u32)),
            (THUMBNAIL_LENGTH, LONG, 1, &long(THUMBNAIL.len() as u32)),
        ],
        0,
    );
    drawing.bytes.extend(THUMBNAIL);
    let link = long(first_at as u32);
    drawing.bytes[4..8].copy_from_slice(&link);
    drawing.bytes
}

const BOTH: [Endian; 2] = [Endian::Big, Endian::Little];
const SIZE: Size = Size { width: 640, height: 480 };

fn upright(size: Size) -> Revision {
    Revision { size, orientation: Some(Orientation::UPRIGHT) }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_revision_changes_orientation_and_size_and_moves_nothing() {
    for endian in BOTH {
        let before = photo(endian, 6, SIZE);
        let size = Size { width: 480, height: 70_000 };
        let after = revised(&before, upright(size)).unwrap();
        assert_eq!(exif_orientation(&after), Orientation::UPRIGHT);
        let details = Ifd::first(&after).unwrap().directory(EXIF_DIRECTORY).unwrap();
        assert_eq!(details.value(PIXEL_X_DIMENSION), Some(480));
        assert_eq!(details.value(PIXEL_Y_DIMENSION), Some(70_000));
        let place = |exif: &[u8]| exif.windows(9).position(|window| window == &MAKER_NOTE_BYTES[..9]);
        assert_eq!(place(&before), place(&after));
        assert_eq!(details.raw(MAKER_NOTE), Some(MAKER_NOTE_BYTES));
        let kept = revised(&before, Revision { size: SIZE, orientation: None }).unwrap();
        assert_eq!(exif_orientation(&kept).value(), 6);
    }
}

#[test]
fn the_thumbnail_is_erased() {
    for endian in BOTH {
        let after = revised(&photo(endian, 1, SIZE), upright(SIZE)).unwrap();
        assert!(!contains(&after, b"what was there"));
        assert!(Ifd::first(&after).unwrap().next().is_none());
        assert_eq!(revised(&after, upright(SIZE)).unwrap(), after);
    }
}

#[test]
fn a_selection_has_the_chosen_fields_and_neither_maker_notes_nor_a_thumbnail() {
    for endian in BOTH {
        let exif = photo(endian, 6, SIZE);
        let all = selected(&exif, |_, _| true).unwrap();
        let first = Ifd::first(&all).unwrap();
        assert_eq!(first.bytes(0x0110), Some(&b"Model 700\0"[..]));
        assert_eq!(first.rationals(0x011A), Some(vec![300.0]));
        assert!(first.directory(GPS_DIRECTORY).unwrap().field(2).is_some());
        let details = first.directory(EXIF_DIRECTORY).unwrap();
        assert_eq!(details.raw(0xA431), Some(SERIAL_NUMBER));
        assert!(details.directory(INTEROPERABILITY_DIRECTORY).is_some());
        assert!(!contains(&all, MAKER_NOTE_BYTES) && !contains(&all, THUMBNAIL));

        let some = selected(&exif, |directory, tag| directory == Directory::First && tag == 0x0110).unwrap();
        assert!(!contains(&some, SERIAL_NUMBER));
        assert_eq!(Ifd::first(&some).unwrap().entries().count(), 1);
        assert_eq!(selected(&exif, |_, _| false), None);
    }
}

#[test]
fn many_large_values_do_not_take_more_memory_than_they_have_bytes() {
    // Each of 2000 fields has the same values of 16 kB.
    let mut drawing = Drawing { endian: Endian::Big, bytes: b"MM\0*\0\0\0\x08".to_vec() };
    let values = vec![7; 1 << 14];
    drawing.directory(&[(0x9000, UNDEFINED, 1 << 14, &values)], 0);
    let entry = drawing.bytes[10..22].to_vec();
    let mut bytes = drawing.bytes[..8].to_vec();
    let shift = 12 * 1999;
    bytes.extend(2000_u16.to_be_bytes());
    for tag in 0..2000_u16 {
        let at = u32::from_be_bytes(entry[8..].try_into().unwrap()) + shift;
        bytes.extend([&(0x9000 + tag).to_be_bytes()[..], &entry[2..8], &at.to_be_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes.extend(&values);
    assert!(selected(&bytes, |_, _| true).unwrap().len() < 66_000);
}

proptest! {
    #[test]
    fn damaged_metadata_is_revised_copied_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        len in any::<prop::sample::Index>(),
        is_big in any::<bool>(),
    ) {
        let mut exif = photo(if is_big { Endian::Big } else { Endian::Little }, 6, SIZE);
        for (at, byte) in changes {
            let at = at.index(exif.len());
            exif[at] = byte;
        }
        exif.truncate(len.index(exif.len()) + 1);
        if let Some(revised) = revised(&exif, upright(SIZE)) {
            prop_assert!(revised.len() <= exif.len());
        }
        if let Some(selected) = selected(&exif, |_, _| true) {
            prop_assert!(selected.len() <= 66_000);
            prop_assert!(revised(&selected, upright(SIZE)).is_some());
        }
    }
}
