//! Directories of icons and cursors for Windows.

use seededit_resize::Size;

use crate::format::endian::Endian::Little;
use crate::format::{Format, Header, Reason, png};

const DIRECTORY_LEN: usize = 6;
const ENTRY_LEN: usize = 16;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// The picture of an entry.
#[derive(Clone, Copy)]
pub(crate) enum Picture<'a> {
    /// A PNG file.
    Png(&'a [u8]),
    /// A bitmap without its file header, with one bit of transparency per pixel behind it.
    Bitmap(&'a [u8]),
}

/// Whether a file starts with a directory. Its signature has too few bits to be enough.
pub(crate) fn is_directory(bytes: &[u8]) -> bool {
    let Some(count) = Little.u16(bytes, 4).map(usize::from) else { return false };
    matches!(bytes, [0, 0, 1 | 2, 0, ..])
        && count > 0
        // A reserved byte of the first entry, and the offset of its picture.
        && bytes.get(9) == Some(&0)
        && Little.offset(bytes, 18).is_some_and(|at| at >= DIRECTORY_LEN + count * ENTRY_LEN)
}

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    match largest(bytes)? {
        Picture::Png(picture) => Ok(Header { format: Format::Ico, ..png::read_header(picture)? }),
        Picture::Bitmap(picture) => {
            const TRUNCATED: Reason = "the header of its picture is truncated";
            let width = Little.u32(picture, 4).ok_or(TRUNCATED)?;
            // The height includes the mask.
            let height = Little.u32(picture, 8).ok_or(TRUNCATED)? / 2;
            Ok(Header { has_alpha: true, ..Header::new(Format::Ico, Size { width, height }) })
        }
    }
}

/// The picture with the most pixels. Of equal ones, the one with the most bytes, which has the most colors.
pub(crate) fn largest(bytes: &[u8]) -> Result<Picture<'_>, Reason> {
    let count = Little.u16(bytes, 4).map_or(0, usize::from);
    let entries = bytes.get(DIRECTORY_LEN..).unwrap_or_default().chunks_exact(ENTRY_LEN).take(count);
    if entries.len() < count {
        return Err("the directory is truncated");
    }
    // 0 is 256, or more.
    let side = |side: u8| if side == 0 { 256_u32 } else { side.into() };
    let entry = entries
        .max_by_key(|entry| (side(entry[0]) * side(entry[1]), Little.u32(entry, 8)))
        .ok_or("the directory is empty")?;
    let picture = Little
        .offset(entry, 12)
        .and_then(|at| bytes.get(at..))
        .and_then(|rest| rest.get(..Little.offset(entry, 8)?))
        .ok_or("the file ends before its largest picture")?;
    Ok(if picture.starts_with(PNG_SIGNATURE) { Picture::Png(picture) } else { Picture::Bitmap(picture) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_told_from_other_files_that_start_with_zeros() {
        let mut bytes = vec![0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 8, 0, 0, 0, 22, 0, 0, 0];
        assert!(is_directory(&bytes));
        // The picture would be in the directory.
        bytes[18] = 6;
        assert!(!is_directory(&bytes));
        // An uncompressed TGA.
        assert!(!is_directory(&[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 30, 0, 24, 0, 9, 9, 9, 9]));
    }
}
