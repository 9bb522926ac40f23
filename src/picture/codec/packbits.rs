//! PackBits, the run-length coding of the Macintosh (TIFF 6.0, section 9).

/// Unpacks at most `len` bytes; fewer if the input ends before. Each header byte is a number of literal bytes, or of
/// repetitions.
pub(super) fn unpack(mut bytes: &[u8], len: usize) -> Vec<u8> {
    let mut unpacked = Vec::new();
    while unpacked.len() < len
        && let Some((header, rest)) = bytes.split_first()
    {
        let (taken, count) = match *header {
            128 => (0, 0),
            literal @ 0..128 => (usize::from(literal) + 1, 1),
            repeated => (1, 257 - usize::from(repeated)),
        };
        let taken = taken.min(rest.len());
        (0..count).for_each(|_| unpacked.extend(&rest[..taken]));
        bytes = &rest[taken..];
    }
    unpacked.truncate(len);
    unpacked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_bytes_are_unpacked_up_to_the_length() {
        assert_eq!(unpack(&[0xFE, 7, 0x80, 0x01, 1, 2], 9), [7, 7, 7, 1, 2]);
        assert_eq!(unpack(&[0x81, 7], 4), [7; 4]);
        assert_eq!(unpack(&[0x05, 7], 4), [7]);
    }
}
