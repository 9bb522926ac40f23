//! The format and quality of a result.

use crate::picture::{ChromaSubsampling, Encoding, Format};

/// The requested format and quality of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputEncoding {
    /// `None` keeps the format of the answer.
    pub format: Option<Format>,
    /// A JPEG with a quality is encoded again even if the answer is a JPEG. `None` keeps the answer's bytes.
    pub quality: Option<u8>,
}

impl OutputEncoding {
    /// Returns the encoding of a picture that was restored into an original with these bytes.
    pub fn encoding(self, format: Format, original: &[u8]) -> Encoding {
        match Encoding::for_format(format).unwrap_or(Encoding::Png) {
            Encoding::Jpeg { quality, .. } => Encoding::Jpeg {
                quality: self.quality.unwrap_or(quality),
                subsampling: ChromaSubsampling::of(original),
            },
            other => other,
        }
    }

    /// Returns how to convert a picture of `format`; `None` if it needs no conversion.
    pub fn conversion(self, format: Format) -> Option<Encoding> {
        let target = self.format.unwrap_or(format);
        let reencodes = target == Format::Jpeg && self.quality.is_some();
        if target == format && !reencodes {
            return None;
        }
        Encoding::for_format(target).map(|default| match (default, self.quality) {
            (Encoding::Jpeg { .. }, Some(quality)) => {
                Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv444 }
            }
            (default, _) => default,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivered_bytes_are_kept_unless_another_format_or_a_quality_is_requested() {
        let requested = |format, quality| OutputEncoding { format, quality }.conversion(Format::Jpeg);
        assert_eq!(requested(Some(Format::Jpeg), None), None);
        assert_eq!(requested(None, None), None);
        assert_eq!(
            requested(Some(Format::Jpeg), Some(80)),
            Some(Encoding::Jpeg { quality: 80, subsampling: ChromaSubsampling::Yuv444 })
        );
        assert_eq!(requested(Some(Format::Png), None), Some(Encoding::Png));
    }
}
