//! The first image file directory of a TIFF structure, which is a TIFF file or EXIF metadata.

use super::endian::Endian;
use crate::geometry::Orientation;

/// The tag of the orientation (TIFF 6.0, section 8).
pub(crate) const ORIENTATION: u16 = 0x0112;

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
    /// The offset of its entry.
    pub(crate) at: usize,
    kind: u16,
    count: usize,
    /// The offset of its values.
    values_at: usize,
}

impl Field {
    /// The length of a value. `None` for unknown types.
    fn value_len(kind: u16) -> Option<usize> {
        Some(match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 => 4,
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
        let (at, count, count_len) = match layout {
            Layout::Classic => {
                let at = endian.offset(tiff, 4)?;
                (at, usize::from(endian.u16(tiff, at)?), 2)
            }
            Layout::Big => {
                let at = endian.long_offset(tiff, 8)?;
                (at, endian.long_offset(tiff, at)?, 8)
            }
        };
        Some(Self { tiff, endian, layout, entries_at: at.checked_add(count_len)?, count })
    }

    pub(crate) fn orientation(self) -> Option<Orientation> {
        Orientation::new(self.value(ORIENTATION)?.try_into().ok()?)
    }

    /// Finds the field of a tag.
    pub(crate) fn field(self, tag: u16) -> Option<Field> {
        let entry_len = self.layout.entry_len();
        let entries = self.tiff.get(self.entries_at..)?.chunks_exact(entry_len).take(self.count);
        let index = entries.into_iter().position(|entry| self.endian.u16(entry, 0) == Some(tag))?;
        let at = self.entries_at + index * entry_len;
        let kind = self.endian.u16(self.tiff, at + 2)?;
        let count = self.offset(at + 4)?;
        let inline_at = at + 4 + self.layout.offset_len();
        let len = Field::value_len(kind)?.checked_mul(count)?;
        let values_at = if len <= self.layout.offset_len() { inline_at } else { self.offset(inline_at)? };
        Some(Field { at, kind, count, values_at })
    }

    fn offset(self, at: usize) -> Option<usize> {
        match self.layout {
            Layout::Classic => self.endian.offset(self.tiff, at),
            Layout::Big => self.endian.long_offset(self.tiff, at),
        }
    }

    /// The first value of a tag whose type is BYTE, SHORT, LONG or LONG8.
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
            4 => self.endian.u32(self.tiff, at),
            16 => u32::try_from(self.endian.long_offset(self.tiff, at)?).ok(),
            _ => None,
        }
    }

    /// The values of a tag whose type is BYTE or UNDEFINED.
    pub(crate) fn bytes(self, tag: u16) -> Option<&'a [u8]> {
        let field = self.field(tag)?;
        matches!(field.kind, 1 | 7).then_some(())?;
        self.tiff.get(field.values_at..)?.get(..field.count)
    }

    /// A SHORT in the structure's byte order.
    pub(crate) fn short(self, value: u16) -> [u8; 2] {
        match self.endian {
            Endian::Big => value.to_be_bytes(),
            Endian::Little => value.to_le_bytes(),
        }
    }

    /// The offset of the value that a field holds itself.
    pub(crate) fn inline_value_at(self, field: Field) -> usize {
        field.at + 4 + self.layout.offset_len()
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
    fn an_offset_out_of_bounds_gives_no_directory() {
        let mut bytes = tiff(Endian::Little, &[(ORIENTATION, 6)]);
        bytes[4..8].fill(0xFF);
        assert!(Ifd::first(&bytes).is_none());
    }
}
