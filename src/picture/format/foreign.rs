//! Files that are recognized and not read, so that an error can say what they are.

use super::HeaderError;

/// The signatures at the beginning of pictures in other formats.
const PICTURES: &[(&[u8], &str)] = &[
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
    (b"II\xBC\x01", "JPEG XR"),
    (b"BPG\xFB", "BPG"),
    (b"qoif", "QOI"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"DDS ", "DirectDraw"),
    (b"gimp xcf ", "GIMP"),
    (b"farbfeld", "farbfeld"),
    (b"SIMPLE  =", "FITS"),
    (b"%!PS", "PostScript"),
];
/// The signatures at the beginning of other files.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"\x1A\x45\xDF\xA3", "a video"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1F\x8B", "a gzip file"),
];
/// How the brands of videos in the ISO base media file format begin.
const VIDEOS: &[&[u8]] = &[b"3g", b"M4", b"MSNV", b"avc", b"dash", b"iso", b"mp4", b"qt"];
/// The number of bytes in which the first tag of a document is looked for.
const TAG_WITHIN: usize = 1024;

/// Says what a file is whose format is not one of those that are known.
pub(super) fn recognize(bytes: &[u8]) -> HeaderError {
    let starting = |list: &[(&[u8], &'static str)]| {
        list.iter().find(|(signature, _)| bytes.starts_with(signature)).map(|(_, title)| *title)
    };
    if let Some(title) = starting(PICTURES) {
        return HeaderError::OtherFormat(title);
    }
    if let [b'P', b'1'..=b'7', b'\t' | b'\n' | b'\r' | b' ', ..] = bytes {
        return HeaderError::OtherFormat("Netpbm");
    }
    if let Some(what) = starting(OTHERS) {
        return HeaderError::NotAPicture(what);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        let is_video =
            bytes.get(8..12).is_some_and(|brand| VIDEOS.iter().any(|start| brand.starts_with(start)));
        return HeaderError::NotAPicture(match is_video {
            true => "a video",
            false => "a video, or a picture in a format that is not known",
        });
    }
    let beginning = &bytes[..bytes.len().min(TAG_WITHIN)];
    let text = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if text.starts_with('<') {
        if text.contains("<svg") {
            return HeaderError::OtherFormat("SVG");
        }
        if text.contains("<html") || text.starts_with("<!doctype html") {
            return HeaderError::NotAPicture("a web page");
        }
    }
    HeaderError::Unrecognized
}

#[cfg(test)]
mod tests {
    use crate::format::Header;

    #[test]
    fn a_file_in_another_format_is_named() {
        let error = |bytes: &[u8]| Header::read(bytes).unwrap_err().to_string();
        let picture = |title: &str| format!("the file is a picture in the format {title}, which is not read");
        assert_eq!(error(b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 "), picture("JPEG 2000"));
        assert_eq!(error(b"P6 3 2 255\n"), picture("Netpbm"));
        assert_eq!(error(b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- a -->\n<SVG>"), picture("SVG"));
        assert_eq!(error(b"\n<!DOCTYPE html>"), "not a picture, but a web page");
        assert_eq!(error(b"%PDF-1.7"), "not a picture, but a PDF document");
        assert_eq!(error(b"\0\0\0\x18ftypisom\0\0\0\0"), "not a picture, but a video");
        let other = "not a picture, but a video, or a picture in a format that is not known";
        assert_eq!(error(b"\0\0\0\x18ftypabcd\0\0\0\0"), other);
        for other in [&b""[..], b"P8 ", b"<p>", b"Hello"] {
            assert_eq!(error(other), "not a picture in a known format");
        }
    }
}
