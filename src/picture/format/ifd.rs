//! The first image file directory of a TIFF structure, which is a TIFF file or EXIF metadata.

mod edit;

use std::ops::Range;

use super::blocks::{Resolution, Unit};
use super::endian::Endian;
use crate::geometry::Orientation;

/// The tag of the orientation (TIFF 6.0, section 8).
pub(crate) const ORIENTATION: u16 = 0x0112;

/// The most fields of a directory that are read: many more than any has. Directories may overlap, so that reading all of
/// their fields takes time that grows with the square of the length of a file.
const MAX_FIELDS: usize = 4096;

/// Directory 0. Its fields are read on demand, and may be missing or out of bounds.
#[derive(Clone, Copy)]
pub(crate) struct Ifd<'a> {
    tiff: &'a [u8],
    endian: Endian,
    layout: Layout,
    /// The offset of the first entry.
    entries_at: usize,
    count: usize,
}

/// The sizes of a structure's fields: those of TIFF 6.0, or of BigTIFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Classic,
    Big,
}

impl Layout {
    fn entry_len(self) -> usize {
        match self {
            Layout::Classic => 12,
            Layout::Big => 20,
        }
    }

    /// The length of an offset, of the number of values, and of the values that an entry itself holds.
    fn offset_len(self) -> usize {
        match self {
            Layout::Classic => 4,
            Layout::Big => 8,
        }
    }
}

/// A field of a directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    kind: u16,
    count: usize,
    /// The offset of its values.
    values_at: usize,
}

/// An entry of a directory.
pub(crate) struct Entry<'a> {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    /// The number of values.
    pub(crate) count: u32,
    /// The bytes of all values. `None` if they are out of bounds.
    pub(crate) values: Option<&'a [u8]>,
}

impl Field {
    /// The length of a value. `None` for unknown types.
    fn value_len(kind: u16) -> Option<usize> {
        Some(match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        })
    }
}

/// The orientation in EXIF metadata, with or without the `Exif\0\0` that precedes it in JPEG and some WebP files.
///
/// A missing or invalid value counts as upright, as in other readers.
pub(crate) fn exif_orientation(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Ifd::first(tiff).and_then(Ifd::orientation).unwrap_or_default()
}

/// Whether EXIF metadata says that the picture is in Adobe RGB: by the interoperability index of DCF 2.0, or by the number
/// that some cameras write.
pub(crate) fn is_in_adobe_rgb(exif: &[u8]) -> bool {
    const EXIF_DIRECTORY: u16 = 0x8769;
    const COLOR_SPACE: u16 = 0xA001;
    const INTEROPERABILITY_DIRECTORY: u16 = 0xA005;
    const INTEROPERABILITY_INDEX: u16 = 0x0001;
    const ADOBE_RGB: u32 = 2;

    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let Some(exif) = Ifd::first(tiff).and_then(|ifd| ifd.directory(EXIF_DIRECTORY)) else { return false };
    let index = exif.directory(INTEROPERABILITY_DIRECTORY).and_then(|ifd| ifd.bytes(INTEROPERABILITY_INDEX));
    exif.value(COLOR_SPACE) == Some(ADOBE_RGB) || index.is_some_and(|index| index.starts_with(b"R03"))
}

impl<'a> Ifd<'a> {
    /// Finds directory 0 of a structure that starts with `II` or `MM`. In a truncated structure, fields are missing.
    pub(crate) fn first(tiff: &'a [u8]) -> Option<Self> {
        let (endian, layout) = match tiff {
            [b'I', b'I', 42, 0, ..] => (Endian::Little, Layout::Classic),
            [b'M', b'M', 0, 42, ..] => (Endian::Big, Layout::Classic),
            [b'I', b'I', 43, 0, 8, 0, 0, 0, ..] => (Endian::Little, Layout::Big),
            [b'M', b'M', 0, 43, 0, 8, 0, 0, ..] => (Endian::Big, Layout::Big),
            _ => return None,
        };
        let at = match layout {
            Layout::Classic => endian.offset(tiff, 4)?,
            Layout::Big => endian.long_offset(tiff, 8)?,
        };
        Self { tiff, endian, layout, entries_at: 0, count: 0 }.at(at)
    }

    /// The directory at an offset of the same structure.
    fn at(self, at: usize) -> Option<Self> {
        let (count, count_len) = match self.layout {
            Layout::Classic => (usize::from(self.endian.u16(self.tiff, at)?), 2),
            Layout::Big => (self.endian.long_offset(self.tiff, at)?, 8),
        };
        Some(Self { entries_at: at.checked_add(count_len)?, count, ..self })
    }

    /// The directory after this one.
    pub(crate) fn next(self) -> Option<Self> {
        let entries_len = self.count.checked_mul(self.layout.entry_len())?;
        match self.offset(self.entries_at.checked_add(entries_len)?)? {
            0 => None,
            at => self.at(at),
        }
    }

    /// The offset of the first entry, which tells directories apart.
    pub(crate) fn position(self) -> usize {
        self.entries_at
    }

    /// Whether the structure is that of TIFF 6.0, as in EXIF metadata.
    pub(crate) fn is_classic(self) -> bool {
        self.layout == Layout::Classic
    }

    /// The bytes of the directory, which may be truncated.
    pub(crate) fn range(self) -> Range<usize> {
        let start = self.entries_at.saturating_sub(2);
        // Behind the entries is the offset of the next directory.
        let len = self.count.saturating_mul(self.layout.entry_len()) + self.layout.offset_len();
        start..self.entries_at.saturating_add(len).min(self.tiff.len())
    }

    /// Whether all entries are within the structure.
    pub(crate) fn is_complete(self) -> bool {
        let len = self.count.checked_mul(self.layout.entry_len());
        len.and_then(|len| self.entries_at.checked_add(len)).is_some_and(|end| end <= self.tiff.len())
    }

    /// The entries of types that TIFF 6.0 knows.
    pub(crate) fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        let entry_len = self.layout.entry_len();
        (0..self.count)
            .map_while(move |index| {
                let at = self.entries_at.checked_add(index.checked_mul(entry_len)?)?;
                self.tiff.get(at..at.checked_add(entry_len)?).map(|_| at)
            })
            .filter_map(move |at| {
                let (tag, field) = (self.endian.u16(self.tiff, at)?, self.field_at(at)?);
                (field.kind <= 12).then_some(())?;
                let count = u32::try_from(field.count).ok()?;
                Some(Entry { tag, kind: field.kind, count, values: self.values_of(field) })
            })
    }

    /// The bytes of all values of a tag.
    pub(crate) fn raw(self, tag: u16) -> Option<&'a [u8]> {
        self.values_of(self.field(tag)?)
    }

    /// The place of all values of a tag.
    pub(crate) fn range_of(self, tag: u16) -> Option<Range<usize>> {
        let field = self.field(tag)?;
        let len = self.values_of(field)?.len();
        Some(field.values_at..field.values_at + len)
    }

    fn values_of(self, field: Field) -> Option<&'a [u8]> {
        let len = Field::value_len(field.kind)?.checked_mul(field.count)?;
        self.tiff.get(field.values_at..)?.get(..len)
    }

    /// The directory to which a tag points.
    pub(crate) fn directory(self, tag: u16) -> Option<Self> {
        self.at(usize::try_from(self.value(tag)?).ok()?)
    }

    pub(crate) fn orientation(self) -> Option<Orientation> {
        Orientation::new(self.value(ORIENTATION)?.try_into().ok()?)
    }

    /// Finds the field of a tag.
    pub(crate) fn field(self, tag: u16) -> Option<Field> {
        let entry_len = self.layout.entry_len();
        let count = self.count.min(MAX_FIELDS);
        let entries = self.tiff.get(self.entries_at..)?.chunks_exact(entry_len).take(count);
        let index = entries.into_iter().position(|entry| self.endian.u16(entry, 0) == Some(tag))?;
        self.field_at(self.entries_at + index * entry_len)
    }

    /// The field of the entry at an offset.
    fn field_at(self, at: usize) -> Option<Field> {
        let kind = self.endian.u16(self.tiff, at + 2)?;
        let count = self.offset(at + 4)?;
        let inline_at = at + 4 + self.layout.offset_len();
        let len = Field::value_len(kind)?.checked_mul(count)?;
        let values_at = if len <= self.layout.offset_len() { inline_at } else { self.offset(inline_at)? };
        Some(Field { kind, count, values_at })
    }

    fn offset(self, at: usize) -> Option<usize> {
        match self.layout {
            Layout::Classic => self.endian.offset(self.tiff, at),
            Layout::Big => self.endian.long_offset(self.tiff, at),
        }
    }

    /// The first value of a tag whose type is BYTE, SHORT, LONG, LONG8, or that of an offset.
    pub(crate) fn value(self, tag: u16) -> Option<u32> {
        self.value_at(self.field(tag)?, 0)
    }

    /// All values of a tag with such a type.
    pub(crate) fn values(self, tag: u16) -> Option<Vec<u32>> {
        let field = self.field(tag)?;
        // A truncated structure must not ask for memory.
        let count = field.count.min(self.tiff.len());
        (0..count).map(|index| self.value_at(field, index)).collect()
    }

    fn value_at(self, field: Field, index: usize) -> Option<u32> {
        let at = field.values_at.checked_add(index.checked_mul(Field::value_len(field.kind)?)?)?;
        match field.kind {
            1 => self.tiff.get(at).copied().map(u32::from),
            3 => self.endian.u16(self.tiff, at).map(u32::from),
            4 | 13 => self.endian.u32(self.tiff, at),
            16 | 18 => u32::try_from(self.endian.long_offset(self.tiff, at)?).ok(),
            _ => None,
        }
    }

    /// The values of a tag whose type is BYTE, ASCII or UNDEFINED.
    pub(crate) fn bytes(self, tag: u16) -> Option<&'a [u8]> {
        let field = self.field(tag)?;
        matches!(field.kind, 1 | 2 | 7).then_some(())?;
        self.tiff.get(field.values_at..)?.get(..field.count)
    }

    /// The values of a tag whose type is RATIONAL, in which 0/0 is 0.
    pub(crate) fn rationals(self, tag: u16) -> Option<Vec<f32>> {
        const RATIONAL: u16 = 5;

        let field = self.field(tag)?;
        let bytes = self.tiff.get(field.values_at..)?.get(..field.count.checked_mul(8)?)?;
        (field.kind == RATIONAL).then_some(())?;
        #[expect(clippy::cast_precision_loss, reason = "colors have no more precision")]
        let part = |bytes: &[u8], at| self.endian.u32(bytes, at).map_or(0.0, |part| part as f32);
        Some(bytes.chunks_exact(8).map(|bytes| part(bytes, 0) / part(bytes, 4).max(1.0)).collect())
    }

    /// The resolution: tags of TIFF 6.0, section 8.
    pub(crate) fn resolution(self) -> Option<Resolution> {
        const X_RESOLUTION: u16 = 0x011A;
        const Y_RESOLUTION: u16 = 0x011B;
        const RESOLUTION_UNIT: u16 = 0x0128;

        let density = |tag| self.rationals(tag)?.first().copied().map(f64::from);
        let unit = match self.value(RESOLUTION_UNIT) {
            Some(1) => Unit::Ratio,
            Some(3) => Unit::Centimeter,
            _ => Unit::Inch,
        };
        Resolution::new(density(X_RESOLUTION)?, density(Y_RESOLUTION)?, unit)
    }

    pub(crate) fn endian(self) -> Endian {
        self.endian
    }

    /// The directories to which a tag points, at most `max`.
    pub(crate) fn directories(self, tag: u16, max: usize) -> Vec<Self> {
        let Some(field) = self.field(tag) else { return Vec::new() };
        let offsets = (0..field.count.min(max)).map_while(|index| self.value_at(field, index));
        offsets.filter_map(|at| self.at(usize::try_from(at).ok()?)).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A structure with a SHORT for each tag in directory 0.
    pub(crate) fn tiff(endian: Endian, tags: &[(u16, u16)]) -> Vec<u8> {
        let short = |n: u16| match endian {
            Endian::Big => n.to_be_bytes(),
            Endian::Little => n.to_le_bytes(),
        };
        let long = |n: u32| match endian {
            Endian::Big => n.to_be_bytes(),
            Endian::Little => n.to_le_bytes(),
        };
        let mut bytes = match endian {
            Endian::Big => b"MM".to_vec(),
            Endian::Little => b"II".to_vec(),
        };
        bytes.extend(short(42));
        bytes.extend(long(8));
        bytes.extend(short(tags.len().try_into().unwrap()));
        for &(tag, value) in tags {
            bytes.extend(short(tag));
            bytes.extend(short(3));
            bytes.extend(long(1));
            bytes.extend(short(value));
            bytes.extend([0, 0]);
        }
        bytes.extend(long(0));
        bytes
    }

    #[test]
    fn a_tag_is_found_in_both_byte_orders() {
        for endian in [Endian::Big, Endian::Little] {
            let bytes = tiff(endian, &[(0x0100, 640), (ORIENTATION, 6)]);
            let ifd = Ifd::first(&bytes).unwrap();
            assert_eq!(ifd.value(0x0100), Some(640));
            assert_eq!(ifd.value(ORIENTATION), Some(6));
            assert_eq!(ifd.value(0x0101), None);
        }
    }

    #[test]
    fn all_eight_orientations_are_read_in_both_byte_orders() {
        for endian in [Endian::Big, Endian::Little] {
            for value in 1..=8 {
                let exif = tiff(endian, &[(ORIENTATION, value)]);
                assert_eq!(u16::from(exif_orientation(&exif).value()), value);
                let prefixed = [b"Exif\0\0", exif.as_slice()].concat();
                assert_eq!(u16::from(exif_orientation(&prefixed).value()), value);
            }
        }
    }

    #[test]
    fn an_invalid_orientation_is_upright() {
        for value in [0, 9, 255, 256, 262, u16::MAX] {
            let exif = tiff(Endian::Big, &[(ORIENTATION, value)]);
            assert_eq!(exif_orientation(&exif), Orientation::UPRIGHT);
        }
        assert_eq!(exif_orientation(b""), Orientation::UPRIGHT);
    }

    /// EXIF metadata with a color space, and an interoperability index.
    pub(crate) fn exif_with_colors(color_space: u16, index: &[u8; 4]) -> Vec<u8> {
        let long = |tag: u16, value: u32| {
            [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &value.to_be_bytes()].concat()
        };
        let short = |tag: u16, value: u16| {
            [&tag.to_be_bytes()[..], &[0, 3, 0, 0, 0, 1], &value.to_be_bytes(), &[0, 0]].concat()
        };
        let text = |tag: u16, value: &[u8; 4]| [&tag.to_be_bytes()[..], &[0, 2, 0, 0, 0, 4], value].concat();
        [
            b"MM\0*\0\0\0\x08".to_vec(),
            vec![0, 1],
            long(0x8769, 26),
            vec![0; 4],
            vec![0, 2],
            short(0xA001, color_space),
            long(0xA005, 56),
            vec![0; 4],
            vec![0, 1],
            text(0x0001, index),
            vec![0; 4],
        ]
        .concat()
    }

    #[test]
    fn adobe_rgb_is_found_by_the_interoperability_index_or_the_color_space() {
        for (color_space, index, is_adobe_rgb) in
            [(0xFFFF, b"R03\0", true), (2, b"R98\0", true), (0xFFFF, b"R98\0", false), (1, b"R98\0", false)]
        {
            let exif = exif_with_colors(color_space, index);
            assert_eq!(is_in_adobe_rgb(&exif), is_adobe_rgb);
            for len in 0..exif.len() {
                is_in_adobe_rgb(&exif[..len]);
            }
        }
        assert!(!is_in_adobe_rgb(&tiff(Endian::Little, &[(ORIENTATION, 6)])));
    }

    #[test]
    fn a_truncated_directory_gives_the_right_value_or_none() {
        let bytes = tiff(Endian::Big, &[(0x0100, 640), (ORIENTATION, 6)]);
        for len in 0..bytes.len() {
            if let Some(ifd) = Ifd::first(&bytes[..len]) {
                assert!(matches!(ifd.value(ORIENTATION), None | Some(6)));
            }
        }
    }

    #[test]
    fn fields_after_thousands_of_others_are_not_looked_for() {
        let with_others = |count| {
            let others = std::iter::repeat_n((0x0100, 640), count);
            tiff(Endian::Little, &others.chain([(ORIENTATION, 6)]).collect::<Vec<_>>())
        };
        let orientation = |count| Ifd::first(&with_others(count)).unwrap().value(ORIENTATION);
        assert_eq!((orientation(MAX_FIELDS - 1), orientation(MAX_FIELDS)), (Some(6), None));
    }

    #[test]
    fn an_offset_out_of_bounds_gives_no_directory() {
        let mut bytes = tiff(Endian::Little, &[(ORIENTATION, 6)]);
        bytes[4..8].fill(0xFF);
        assert!(Ifd::first(&bytes).is_none());
    }
}
