//! ICO and CUR files: a directory of pictures that show the same in several sizes.

use seededit_resize::Size;

use super::png;
use crate::format::endian::Endian::Little;
use crate::format::{Format, Header, Reason};

const DIRECTORY_LEN: usize = 6;
const ENTRY_LEN: usize = 16;
const ICON: u16 = 1;
const CURSOR: u16 = 2;

/// A picture of the directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// A PNG file, or a bitmap without its file header. May be truncated.
    pub(crate) data: &'a [u8],
    pub(crate) is_complete: bool,
}

/// Whether a file starts with a directory whose first picture lies after the directory.
pub(crate) fn sniff(bytes: &[u8]) -> bool {
    let Some(count) = count(bytes) else { return false };
    let field = |at| Little.offset(bytes, DIRECTORY_LEN + at);
    field(8).is_some_and(|len| len > 0)
        && field(12).is_some_and(|at| at >= DIRECTORY_LEN + usize::from(count) * ENTRY_LEN)
}

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let Entry { data, .. } = Entry::largest(bytes)?;
    if is_png(data) {
        return Ok(Header { format: Format::Ico, ..png::read_header(data)? });
    }
    let size = Bitmap::read(data)?.size;
    Ok(Header { has_alpha: true, ..Header::new(Format::Ico, size) })
}

pub(crate) fn is_png(data: &[u8]) -> bool {
    data.starts_with(b"\x89PNG")
}

/// The number of pictures; not 0.
fn count(bytes: &[u8]) -> Option<u16> {
    let [reserved, kind, count] = [0, 2, 4].map(|at| Little.u16(bytes, at));
    let is_known = reserved == Some(0) && matches!(kind, Some(ICON | CURSOR));
    count.filter(|count| is_known && *count > 0)
}

impl<'a> Entry<'a> {
    /// Finds the picture with the most pixels. Of several, it is the one with the most bits per pixel, then with the most
    /// bytes, then the first.
    pub(crate) fn largest(bytes: &'a [u8]) -> Result<Self, Reason> {
        const TRUNCATED: Reason = "the directory is truncated";

        let count = usize::from(count(bytes).ok_or(TRUNCATED)?);
        let directory = bytes.get(DIRECTORY_LEN..DIRECTORY_LEN + count * ENTRY_LEN).ok_or(TRUNCATED)?;
        // In a cursor, a coordinate of the hot spot is in the place of the bits.
        let is_icon = Little.u16(bytes, 2) == Some(ICON);
        let rank = |entry: &&[u8; ENTRY_LEN]| {
            // 0 stands for 256.
            let side = |side: u8| (u16::from(side) + 255) % 256 + 1;
            let bits = if is_icon { entry[6] } else { 0 };
            (u32::from(side(entry[0])) * u32::from(side(entry[1])), bits, Little.u32(&entry[..], 8))
        };
        // Of equal ones, `max_by_key` returns the last.
        let entry = directory.as_chunks().0.iter().rev().max_by_key(rank).ok_or(TRUNCATED)?;
        let (len, at) = Little.offset(entry, 8).zip(Little.offset(entry, 12)).ok_or(TRUNCATED)?;
        let data = bytes.get(at..).ok_or("the picture is missing")?;
        Ok(Entry { is_complete: data.len() >= len, data: &data[..len.min(data.len())] })
    }
}

/// The header of a bitmap, which is followed by its palette, its colors, and its mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bitmap {
    pub(crate) size: Size,
    /// Whether the first row is at the top.
    pub(crate) is_top_down: bool,
    /// The number of bits per pixel.
    pub(crate) bits: u16,
    /// 0 for none, 3 for bit masks of the channels.
    pub(crate) compression: u32,
    /// The offset of the colors.
    pub(crate) colors_at: usize,
}

impl Bitmap {
    /// The offset of the height, and its length.
    pub(crate) const HEIGHT_AT: usize = 8;

    pub(crate) fn read(data: &[u8]) -> Result<Self, Reason> {
        const HEADER_LEN: usize = 40;
        const TRUNCATED: Reason = "the header of the picture is truncated";

        let field = |at| Little.u32(data, at).ok_or(TRUNCATED);
        let len = field(0)? as usize;
        if len < HEADER_LEN {
            return Err("the header of the picture is too short");
        }
        // The height counts the rows of the colors and of the mask.
        let height = field(Self::HEIGHT_AT)?.cast_signed();
        let width = i32::try_from(field(4)?).map_err(|_| "the width is negative")?;
        let bits = Little.u16(data, 14).ok_or(TRUNCATED)?;
        let (compression, used_colors) = (field(16)?, field(32)?);
        let color_count = match (used_colors, bits) {
            (0, 1..=8) => 1 << bits,
            (count, _) => count as usize,
        };
        let masks_len = if compression == 3 && len == HEADER_LEN { 12 } else { 0 };
        Ok(Bitmap {
            size: Size { width: width.unsigned_abs(), height: height.unsigned_abs() / 2 },
            is_top_down: height < 0,
            bits,
            compression,
            colors_at: len.saturating_add(masks_len).saturating_add(color_count.saturating_mul(4)),
        })
    }

    /// The length of a row with this number of bits per pixel, in bytes.
    pub(crate) fn row_len(&self, bits: u16) -> usize {
        (self.size.width as usize).saturating_mul(usize::from(bits)).div_ceil(32).saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of pictures without content. Each entry has a width, a height and a number of bits. The first byte of a
    /// picture is its index.
    fn directory(kind: u8, entries: &[[u8; 3]]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, 0, entries.len() as u8, 0];
        let pictures_at = (DIRECTORY_LEN + entries.len() * ENTRY_LEN) as u32;
        for (at, [width, height, bits]) in (pictures_at..).zip(entries) {
            bytes.extend([*width, *height, 0, 0, 1, 0, *bits, 0]);
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(at.to_le_bytes());
        }
        bytes.extend((0..entries.len()).map(|at| at as u8));
        bytes
    }

    #[test]
    fn the_largest_picture_with_the_most_colors_is_found() {
        let largest = |kind, entries: &[[u8; 3]]| Entry::largest(&directory(kind, entries)).unwrap().data[0];
        assert_eq!(largest(1, &[[16, 16, 32], [48, 48, 8], [32, 32, 32]]), 1);
        assert_eq!(largest(1, &[[16, 16, 8], [16, 16, 32], [16, 16, 32]]), 1);
        assert_eq!(largest(1, &[[255, 255, 8], [0, 0, 8]]), 1, "0 is 256");
        assert_eq!(largest(2, &[[16, 16, 3], [16, 16, 9]]), 0, "the hot spot of a cursor");
    }

    #[test]
    fn other_files_that_start_with_zeros_are_no_icons() {
        assert!(sniff(&directory(1, &[[16, 16, 32]])));
        assert!(sniff(&directory(2, &[[16, 16, 32]])));
        assert!(!sniff(&directory(1, &[])));
        assert!(!sniff(b"\0\0\x02\0\0\0\0\0\0\0\0\0\x10\0\x10\0\x18\0\0\0\0\0\0\0"), "a TGA");
        assert!(!sniff(b"\0\0\x01\xBA\x21\0\x01\0\x01\x80\x1B\x91\0\0\x01\xBB\0\x0C\x80\x1B\x91\x06"));
    }

    #[test]
    fn the_length_of_a_row_is_a_multiple_of_four_bytes() {
        let bitmap = Bitmap {
            size: Size { width: 33, height: 1 },
            is_top_down: false,
            bits: 24,
            compression: 0,
            colors_at: 40,
        };
        assert_eq!([1, 4, 24, 32].map(|bits| bitmap.row_len(bits)), [8, 20, 100, 132]);
    }
}
