//! Changes to a directory, in a copy of its structure. Nothing moves.

use super::{Ifd, Layout};
use crate::format::endian::Endian;

const SHORT: u16 = 3;
const LONG: u16 = 4;

impl Ifd<'_> {
    /// Makes this directory the first one of `copy`.
    pub(crate) fn make_first(self, copy: &mut [u8]) -> Option<()> {
        let (count_len, link_at) = match self.layout {
            Layout::Classic => (2, 4),
            Layout::Big => (8, 8),
        };
        let at = self.entries_at.checked_sub(count_len)? as u64;
        let [big, little] = [at.to_be_bytes(), at.to_le_bytes()];
        let len = self.layout.offset_len();
        let link = copy.get_mut(link_at..link_at + len)?;
        match self.endian {
            Endian::Big => link.copy_from_slice(&big[8 - len..]),
            Endian::Little => link.copy_from_slice(&little[..len]),
        }
        Some(())
    }

    /// Makes this the last directory of `copy`.
    pub(crate) fn make_last(self, copy: &mut [u8]) -> Option<()> {
        let at = self.entries_at.checked_add(self.count.checked_mul(self.layout.entry_len())?)?;
        copy.get_mut(at..at.checked_add(self.layout.offset_len())?)?.fill(0);
        Some(())
    }

    /// Writes a value over each entry of a tag in `copy`: as a SHORT if it fits, and else as a LONG. Adds no entry.
    pub(crate) fn set_value(self, copy: &mut [u8], tag: u16, value: u32) {
        let (kind, value) = match u16::try_from(value) {
            Ok(value) => (SHORT, [self.endian.short(value), [0; 2]].concat()),
            Err(_) => (LONG, self.endian.long(value).to_vec()),
        };
        let fields = [&self.endian.short(kind)[..], &self.endian.long(1), &value].concat();
        for index in 0..self.count {
            let at = self.entries_at + index * self.layout.entry_len();
            if self.endian.u16(self.tiff, at) == Some(tag)
                && let Some(entry) = copy.get_mut(at + 2..at + 2 + fields.len())
            {
                entry.copy_from_slice(&fields);
            }
        }
    }
}
