//! The boxes of ISO base media files (ISO/IEC 14496-12), which HEIC, AVIF and JPEG XL files consist of.

use super::endian::Endian::Big;

/// The type of a box with content credentials (C2PA 2.1, A.5.3): `uuid`, and then this identifier.
const CREDENTIALS: [u8; 16] =
    [0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81];

/// The outermost boxes of a file, by their type and content, up to the first that is damaged.
pub(crate) fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let kind = rest.get(4..)?.first_chunk()?;
        let (header_len, len) = match Big.offset(rest, 0)? {
            // The rest of the file.
            0 => (8, rest.len()),
            1 => (16, Big.long_offset(rest, 8)?),
            len => (8, len),
        };
        let content = rest.get(header_len..len)?;
        rest = rest.get(len..)?;
        Some((kind, content))
    })
}

/// Whether a file has content credentials.
pub(crate) fn has_credentials(bytes: &[u8]) -> bool {
    boxes(bytes).any(|(kind, content)| match kind {
        b"uuid" => content.starts_with(&CREDENTIALS),
        b"jumb" => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_all_lengths_are_found_and_a_damaged_one_ends_the_list() {
        let short = b"\0\0\0\x09aaaa1";
        let long = b"\0\0\0\x01bbbb\0\0\0\0\0\0\0\x1222";
        let last = b"\0\0\0\0cccc333";
        let file = [&short[..], long, last].concat();
        let found: Vec<_> = boxes(&file).collect();
        assert_eq!(found, [(b"aaaa", &b"1"[..]), (b"bbbb", b"22"), (b"cccc", b"333")]);
        for len in 0..file.len() {
            assert!(boxes(&file[..len]).count() <= 3);
        }
        assert_eq!(boxes(b"\0\0\0\x04aaaa").count(), 0);
    }
}
