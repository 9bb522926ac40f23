//! IPTC metadata in the older form, IIM 4.2: datasets with a record, a number and a value.

use crate::format::blocks::decoded;
use crate::format::endian::Endian::Big;

/// The start of a dataset.
const TAG_MARKER: u8 = 0x1C;
/// What the names of character sets start with. UTF-8 is `ESC % G`.
const UTF_8: &[u8] = b"\x1B%G";
const CHARACTER_SET: (u8, u8) = (1, 90);
/// Datasets that `safe` keeps: the character set, the version, dates and times, the author, the credit, the source and the
/// copyright.
const SAFE: [(u8, u8); 11] = [
    CHARACTER_SET,
    (2, 0),
    (2, 55),
    (2, 60),
    (2, 62),
    (2, 63),
    (2, 80),
    (2, 85),
    (2, 110),
    (2, 115),
    (2, 116),
];
struct DataSet<'a> {
    number: (u8, u8),
    value: &'a [u8],
    /// All of it, as it is stored.
    bytes: &'a [u8],
}

/// The datasets, up to the end or to what is none.
struct DataSets<'a>(&'a [u8]);

impl<'a> Iterator for DataSets<'a> {
    type Item = DataSet<'a>;

    fn next(&mut self) -> Option<DataSet<'a>> {
        const HEADER_LEN: usize = 5;

        let bytes = self.0;
        let [TAG_MARKER, record, number, ..] = *bytes else { return None };
        let len = usize::from(Big.u16(bytes, 3)?);
        // Values of more than 32767 bytes have another kind of header. No text is so long.
        let end = HEADER_LEN + len;
        let (all, rest) = bytes.split_at_checked(end)?;
        self.0 = rest;
        Some(DataSet { number: (record, number), value: &all[HEADER_LEN..], bytes: all })
    }
}

/// Keeps the datasets that `safe` keeps. Returns `None` if that is none with a value.
pub(super) fn safe(iptc: &[u8]) -> Option<Vec<u8>> {
    let kept: Vec<DataSet<'_>> = DataSets(iptc).filter(|set| SAFE.contains(&set.number)).collect();
    let says_something = kept.iter().any(|set| set.number.0 == 2 && set.number.1 != 0);
    says_something.then(|| kept.iter().flat_map(|set| set.bytes).copied().collect())
}

/// The texts of all datasets with a record and a number.
pub(super) fn texts(iptc: &[u8], number: (u8, u8)) -> Vec<String> {
    let is_utf_8 = DataSets(iptc).any(|set| set.number == CHARACTER_SET && set.value.starts_with(UTF_8));
    // Other character sets are hardly used: without a name, texts are in UTF-8 or in Latin-1.
    let text = |value: &[u8]| {
        let text = if is_utf_8 { String::from_utf8_lossy(value).into_owned() } else { decoded(value) };
        text.trim_matches('\0').to_owned()
    };
    DataSets(iptc).filter(|set| set.number == number).map(|set| text(set.value)).collect()
}
