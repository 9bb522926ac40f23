//! Finds the end marker of a picture, without decoding it.

use super::Format;

/// The type and the checksum of a PNG's last chunk.
const IEND: &[u8] = b"IEND\xae\x42\x60\x82";

/// Whether a file contains its end marker. Bytes after it do not matter.
///
/// A quick check for uploads: it finds truncated files, but not damage before the end. Returns true for formats other
/// than JPEG and PNG.
#[must_use]
pub fn has_trailer(bytes: &[u8], format: Format) -> bool {
    match format {
        Format::Jpeg => bytes.ends_with(b"\xff\xd9") || has_eoi_after_last_scan(bytes),
        Format::Png => bytes.ends_with(IEND) || bytes.windows(IEND.len()).any(|window| window == IEND),
        _ => true,
    }
}

/// Neither marker can occur within the data of a scan, where each FF is followed by 00 or belongs to a restart marker.
/// The markers of a thumbnail precede the picture's own scans.
fn has_eoi_after_last_scan(bytes: &[u8]) -> bool {
    let last = |marker: &[u8; 2]| bytes.windows(2).rposition(|window| window == marker);
    match (last(b"\xff\xd9"), last(b"\xff\xda")) {
        (Some(eoi), Some(sos)) => eoi > sos,
        _ => false,
    }
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
