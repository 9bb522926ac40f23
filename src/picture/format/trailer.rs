//! Finds the end marker of a picture, without decoding it.

use super::Format;

/// Whether a file contains its end marker. Bytes after it do not matter.
///
/// A quick check for uploads: it finds truncated files, but not damage before the end. Returns true for formats without
/// an end marker.
#[must_use]
pub fn has_trailer(bytes: &[u8], format: Format) -> bool {
    (format.codec().has_trailer)(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_truncated_file_has_no_trailer_and_bytes_after_it_do_not_matter() {
        for (name, bytes) in fixtures::all() {
            let format = Format::sniff(&bytes).unwrap();
            if !matches!(format, Format::Jpeg | Format::Png) {
                continue;
            }
            assert!(has_trailer(&bytes, format), "{name}");
            assert!(has_trailer(&[&bytes[..], b"\0\0trailer"].concat(), format), "{name}");
            for len in bytes.len() / 2..bytes.len() {
                assert!(!has_trailer(&bytes[..len], format), "{name}, {len} bytes");
            }
        }
    }
}
