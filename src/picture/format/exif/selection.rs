//! Copies chosen fields of EXIF metadata, or of a TIFF file, to a new structure.

use crate::format::endian::Endian;
use crate::format::exif::{EXIF_DIRECTORY, GPS_DIRECTORY, INTEROPERABILITY_DIRECTORY, MAKER_NOTE};
use crate::format::ifd::{Entry, Ifd};

/// The longest value that is copied. Texts are shorter.
const MAX_VALUE: usize = 1 << 14;
/// The most bytes that are copied, so that the structure fits in a segment of a JPEG.
const MAX_TOTAL: usize = 60_000;

/// A directory of EXIF metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    First,
    Exif,
    Gps,
    Interoperability,
}

/// A field of the new structure.
struct Field {
    tag: u16,
    kind: u16,
    count: u32,
    /// The values, in the byte order of the structure.
    values: Vec<u8>,
}

/// Copies the fields that `is_wanted`, except for maker notes, which depend on their place. Returns `None` if there are
/// none.
pub(crate) fn selected(tiff: &[u8], is_wanted: impl Fn(Directory, u16) -> bool) -> Option<Vec<u8>> {
    selected_from(Ifd::first(tiff)?, is_wanted)
}

/// The same, for the fields of another directory and those that it points to.
pub(crate) fn selected_from(first: Ifd<'_>, is_wanted: impl Fn(Directory, u16) -> bool) -> Option<Vec<u8>> {
    let endian = first.endian();
    let mut budget = MAX_TOTAL;
    let mut copied = |ifd: Option<Ifd<'_>>, directory| {
        let entries = ifd.into_iter().flat_map(Ifd::entries);
        let mut fields: Vec<Field> = entries
            .filter(|entry| !is_pointer(entry.tag) && is_wanted(directory, entry.tag))
            .filter_map(|Entry { tag, kind, count, values }| {
                let values = values.filter(|values| values.len() <= MAX_VALUE)?.to_vec();
                budget = budget.checked_sub(values.len() + ENTRY_LEN)?;
                Some(Field { tag, kind, count, values })
            })
            .collect();
        fields.sort_by_key(|field| field.tag);
        fields.dedup_by_key(|field| field.tag);
        fields
    };
    let details = first.directory(EXIF_DIRECTORY);
    let interoperability = details.and_then(|ifd| ifd.directory(INTEROPERABILITY_DIRECTORY));
    let [mut first_fields, mut details, gps, interoperability] = [
        copied(Some(first), Directory::First),
        copied(details, Directory::Exif),
        copied(first.directory(GPS_DIRECTORY), Directory::Gps),
        copied(interoperability, Directory::Interoperability),
    ];
    if [&first_fields, &details, &gps, &interoperability].into_iter().all(Vec::is_empty) {
        return None;
    }
    let mut writer = Writer::new(endian);
    writer.add(&mut details, INTEROPERABILITY_DIRECTORY, interoperability);
    writer.add(&mut first_fields, EXIF_DIRECTORY, details);
    writer.add(&mut first_fields, GPS_DIRECTORY, gps);
    Some(writer.finish(&first_fields))
}

fn is_pointer(tag: u16) -> bool {
    [EXIF_DIRECTORY, GPS_DIRECTORY, INTEROPERABILITY_DIRECTORY, MAKER_NOTE].contains(&tag)
}

const HEADER_LEN: usize = 8;
const ENTRY_LEN: usize = 12;
const LONG: u16 = 4;

/// Writes a structure: its header, inner directories, and the first one at the end.
struct Writer {
    endian: Endian,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(endian: Endian) -> Writer {
        let mut bytes = match endian {
            Endian::Big => b"MM\0*".to_vec(),
            Endian::Little => b"II*\0".to_vec(),
        };
        bytes.resize(HEADER_LEN, 0);
        Writer { endian, bytes }
    }

    fn long(&self, value: usize) -> [u8; 4] {
        self.endian.long(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// Writes an inner directory unless it is empty, and adds the field that points to it to `outer`.
    fn add(&mut self, outer: &mut Vec<Field>, tag: u16, inner: Vec<Field>) {
        if !inner.is_empty() {
            let at = self.write(&inner);
            outer.push(Field { tag, kind: LONG, count: 1, values: self.long(at).to_vec() });
            outer.sort_by_key(|field| field.tag);
        }
    }

    /// Writes a directory after its values. Returns its offset.
    fn write(&mut self, fields: &[Field]) -> usize {
        let mut entries = Vec::with_capacity(fields.len() * ENTRY_LEN);
        for Field { tag, kind, count, values } in fields {
            entries.extend([self.endian.short(*tag), self.endian.short(*kind)].concat());
            entries.extend(self.endian.long(*count));
            if values.len() <= 4 {
                entries.extend(values);
                entries.resize(entries.len().next_multiple_of(4), 0);
            } else {
                entries.extend(self.long(self.bytes.len()));
                self.bytes.extend(values);
                self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
            }
        }
        let at = self.bytes.len();
        self.bytes.extend(self.endian.short(u16::try_from(fields.len()).unwrap_or(u16::MAX)));
        self.bytes.extend(entries);
        self.bytes.extend([0; 4]);
        at
    }

    fn finish(mut self, first: &[Field]) -> Vec<u8> {
        let at = self.write(first);
        let link = self.long(at);
        self.bytes[4..HEADER_LEN].copy_from_slice(&link);
        self.bytes
    }
}
