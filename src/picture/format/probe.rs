//! Reading a header: the first bytes tell the format, and that knows where its header stands.

use crate::format::{Format, Header, bmp, gif, jpeg, png, tiff, webp};

/// Why a header cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The bytes begin like no known picture format.
    #[error("not a picture in a known format")]
    Unrecognized,
    /// A known format that is not read here.
    #[error("{0} pictures cannot be read")]
    Unsupported(Format),
    /// The header is cut or contradicts itself.
    #[error("the {format} picture is damaged: {detail}")]
    Damaged {
        /// What the first bytes promise.
        format: Format,
        /// What is wrong.
        detail: &'static str,
    },
}

impl Header {
    /// Reads the header of a picture, of which `bytes` is the whole or at least the beginning.
    ///
    /// Nothing is decoded, copied or allocated. That the rest of the picture is there is not looked at:
    /// [`ensure_complete`](super::ensure_complete) does that.
    ///
    /// # Errors
    ///
    /// For bytes of no known format, for HEIC and AVIF, and for a header that does not give a size.
    pub fn read(bytes: &[u8]) -> Result<Self, HeaderError> {
        let format = Format::sniff(bytes).ok_or(HeaderError::Unrecognized)?;
        let header = match format {
            Format::Jpeg => jpeg::header(bytes),
            Format::Png => png::header(bytes),
            Format::WebP => webp::header(bytes),
            Format::Gif => gif::header(bytes),
            Format::Bmp => bmp::header(bytes),
            Format::Tiff => tiff::header(bytes),
            Format::Heic | Format::Avif => return Err(HeaderError::Unsupported(format)),
        };
        match header {
            Ok(header) if header.size.pixels() > 0 => Ok(header),
            Ok(_) => Err(HeaderError::Damaged { format, detail: "a side of 0 pixels" }),
            Err(detail) => Err(HeaderError::Damaged { format, detail }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    #[test]
    fn what_no_decoder_here_knows_is_told_apart_from_what_nobody_knows() {
        assert_eq!(Header::read(b"<html>").unwrap_err(), HeaderError::Unrecognized);
        assert_eq!(
            Header::read(b"\0\0\0\x18ftypheic\0\0\0\0").unwrap_err(),
            HeaderError::Unsupported(Format::Heic)
        );
    }

    #[test]
    fn an_empty_side_is_no_size() {
        let error = Header::read(b"GIF89a\x00\x00\x05\x00\0\0\0").unwrap_err();
        assert_eq!(error.to_string(), "the gif picture is damaged: a side of 0 pixels");
    }

    #[test]
    fn every_cut_of_a_header_is_read_without_harm() {
        for (name, bytes) in fixtures::all() {
            let whole = Header::read(&bytes).unwrap();
            for len in 0..bytes.len() {
                if let Ok(header) = Header::read(&bytes[..len]) {
                    assert_eq!(header.size, whole.size, "{name} cut at {len}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn random_bytes_after_any_signature_are_read_without_harm(
            signature in prop::sample::select(vec![
                &b"\xFF\xD8\xFF"[..],
                b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
                b"RIFF\xFF\xFF\0\0WEBPVP8 ",
                b"RIFF\xFF\xFF\0\0WEBPVP8L",
                b"RIFF\xFF\xFF\0\0WEBPVP8X\x0A\0\0\0",
                b"GIF89a",
                b"BM\0\0\0\0\0\0\0\0",
                b"II*\0\x08\0\0\0",
            ]),
            noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Header::read(&[signature, &noise].concat());
        }
    }
}
