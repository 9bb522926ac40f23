//! Whether the end of a picture is there, without decoding it.

use crate::format::Format;

/// A PNG's last chunk: its type and its checksum.
const IEND: &[u8] = b"IEND\xae\x42\x60\x82";

/// Whether a file goes on to its end marker; what follows that does not matter.
///
/// For files that are about to be sent: it finds one that was cut, and costs next to nothing where
/// the marker is where it should be. It says nothing of what lies between. Formats other than JPEG
/// and PNG are taken to be whole.
#[must_use]
pub fn has_trailer(bytes: &[u8], format: Format) -> bool {
    match format {
        Format::Jpeg => bytes.ends_with(b"\xff\xd9") || jpeg_ends_after_its_last_scan(bytes),
        Format::Png => bytes.ends_with(IEND) || bytes.windows(IEND.len()).any(|window| window == IEND),
        _ => true,
    }
}

/// Neither marker can stand in a scan's data, where every FF is followed by 00 or a restart; a
/// thumbnail's markers come before the picture's own scans.
fn jpeg_ends_after_its_last_scan(bytes: &[u8]) -> bool {
    let last = |marker: &[u8; 2]| bytes.windows(2).rposition(|window| window == marker);
    match (last(b"\xff\xd9"), last(b"\xff\xda")) {
        (Some(end), Some(scan)) => end > scan,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_cut_but_the_last_is_seen_and_what_follows_the_end_does_not_matter() {
        for (name, bytes) in fixtures::all() {
            let format = Format::sniff(&bytes).unwrap();
            if !matches!(format, Format::Jpeg | Format::Png) {
                continue;
            }
            assert!(has_trailer(&bytes, format), "{name}");
            assert!(has_trailer(&[&bytes[..], b"\0\0trailer"].concat(), format), "{name}");
            for cut in bytes.len() / 2..bytes.len() {
                assert!(!has_trailer(&bytes[..cut], format), "{name} cut at {cut}");
            }
        }
    }
}
