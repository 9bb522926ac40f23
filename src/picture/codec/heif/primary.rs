//! Chooses another picture of a container as its primary one.

use std::ops::Range;

use heifer_isobmff::ItemId;

use crate::format::endian::Endian::Big;

/// The version and the flags of a box.
const VERSION_LEN: usize = 4;

/// Makes an item the primary one of a file. Returns `None` if the file does not name one, or the id has no room.
pub(super) fn set_primary(file: &mut [u8], id: ItemId) -> Option<()> {
    let meta = content_of(file, 0..file.len(), b"meta")?;
    let primary = content_of(file, meta.start + VERSION_LEN..meta.end, b"pitm")?;
    let (version, ids) = file.get_mut(primary)?.split_first_chunk_mut::<VERSION_LEN>()?;
    match version[0] {
        0 => *ids.first_chunk_mut()? = u16::try_from(id).ok()?.to_be_bytes(),
        _ => *ids.first_chunk_mut()? = id.to_be_bytes(),
    }
    Some(())
}

/// The content of the first box of a kind (ISO/IEC 14496-12, 4.2).
fn content_of(file: &[u8], within: Range<usize>, kind: &[u8; 4]) -> Option<Range<usize>> {
    let mut rest = file.get(within.clone())?;
    loop {
        let (header_len, len) = match Big.offset(rest, 0)? {
            0 => (8, rest.len()),
            1 => (16, Big.long_offset(rest, 8)?),
            len => (8, len),
        };
        let content = rest.get(header_len..len)?;
        if rest.get(4..8) == Some(kind) {
            let start = within.end - rest.len() + header_len;
            return Some(start..start + content.len());
        }
        rest = &rest[len..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let len = u32::try_from(8 + content.len()).unwrap().to_be_bytes();
        [&len, &kind[..], content].concat()
    }

    #[test]
    fn the_primary_item_is_replaced_in_both_versions_of_its_box() {
        for (before, after, id) in [
            (&[0, 0, 0, 0, 0, 1][..], &[0, 0, 0, 0, 0, 7][..], 7),
            (&[1, 0, 0, 0, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 1, 0, 2], 0x0001_0002),
        ] {
            let file = |primary: &[u8]| {
                let meta = [&[0; 4][..], &boxed(b"hdlr", b"pict"), &boxed(b"pitm", primary)].concat();
                // The last box goes to the end of the file.
                [boxed(b"ftyp", b"heic"), boxed(b"meta", &meta), b"\0\0\0\0mdat".to_vec()].concat()
            };
            let mut found = file(before);
            set_primary(&mut found, id).unwrap();
            assert_eq!(found, file(after));
            for len in 0..found.len() {
                set_primary(&mut found[..len].to_vec(), id);
            }
        }
        assert_eq!(set_primary(&mut boxed(b"meta", &boxed(b"pitm", &[0; 6])), 1), None);
        let meta = [&[0; 4][..], &boxed(b"pitm", &[0; 6])].concat();
        assert_eq!(set_primary(&mut boxed(b"meta", &meta), 0x0001_0000), None);
    }
}
