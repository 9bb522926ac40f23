//! The first image file directory of a TIFF structure, which is a TIFF file or EXIF metadata.

use super::endian::Endian;
use crate::geometry::Orientation;

/// The tag of the orientation (TIFF 6.0, section 8).
pub(crate) const ORIENTATION: u16 = 0x0112;

const ENTRY_LEN: usize = 12;

/// Directory 0. Its fields are read on demand, and may be missing or out of bounds.
#[derive(Clone, Copy)]
pub(crate) struct Ifd<'a> {
    endian: Endian,
    entries: &'a [u8],
}

/// The orientation in EXIF metadata, with or without the `Exif\0\0` that precedes it in JPEG and some WebP files.
///
/// A missing or invalid value counts as upright, as in other readers.
pub(crate) fn exif_orientation(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Ifd::first(tiff).and_then(Ifd::orientation).unwrap_or_default()
}

impl<'a> Ifd<'a> {
    /// Finds directory 0 of a structure that starts with `II` or `MM`. In a truncated structure, it has fewer entries.
    pub(crate) fn first(tiff: &'a [u8]) -> Option<Self> {
        let endian = match tiff {
            [b'I', b'I', 42, 0, ..] => Endian::Little,
            [b'M', b'M', 0, 42, ..] => Endian::Big,
            _ => return None,
        };
        let at = endian.offset(tiff, 4)?;
        let count = usize::from(endian.u16(tiff, at)?);
        let rest = tiff.get(at.checked_add(2)?..)?;
        let entries = rest.get(..count * ENTRY_LEN).unwrap_or(rest);
        Some(Self { endian, entries })
    }

    pub(crate) fn orientation(self) -> Option<Orientation> {
        Orientation::new(self.value(ORIENTATION)?.try_into().ok()?)
    }

    /// The first value of a tag whose type is BYTE, SHORT or LONG.
    pub(crate) fn value(self, tag: u16) -> Option<u32> {
        let (entry, _) = self.entries.as_chunks::<ENTRY_LEN>();
        let entry = entry.iter().find(|entry| self.endian.u16(*entry, 0) == Some(tag))?;
        match self.endian.u16(entry, 2)? {
            1 => entry.get(8).copied().map(u32::from),
            3 => self.endian.u16(entry, 8).map(u32::from),
            4 => self.endian.u32(entry, 8),
            _ => None,
        }
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
