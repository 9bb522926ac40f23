//! The form of a result.

use crate::picture::{Chroma, Encoding, Format};

/// What a result has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputEncoding {
    /// None takes it as it comes.
    pub format: Option<Format>,
    /// Some encodes a JPEG again even if it is one already.
    pub quality: Option<u8>,
}

impl OutputEncoding {
    /// How a picture is encoded that was made of an original with these bytes.
    pub fn encoding(self, format: Format, original: &[u8]) -> Encoding {
        match Encoding::for_format(format).unwrap_or(Encoding::Png) {
            Encoding::Jpeg { quality, .. } => {
                Encoding::Jpeg { quality: self.quality.unwrap_or(quality), chroma: Chroma::of(original) }
            }
            other => other,
        }
    }

    /// How to encode a picture for this, or none when one of `format` is fine as it is.
    pub fn conversion(self, format: Format) -> Option<Encoding> {
        let target = self.format.unwrap_or(format);
        let again = target == Format::Jpeg && self.quality.is_some();
        if target == format && !again {
            return None;
        }
        Encoding::for_format(target).map(|default| match (default, self.quality) {
            (Encoding::Jpeg { .. }, Some(quality)) => Encoding::Jpeg { quality, chroma: Chroma::Full },
            (default, _) => default,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivered_bytes_are_kept_unless_another_format_or_a_quality_is_asked_for() {
        let wanted = |format, quality| OutputEncoding { format, quality }.conversion(Format::Jpeg);
        assert_eq!(wanted(Some(Format::Jpeg), None), None);
        assert_eq!(wanted(None, None), None);
        assert_eq!(
            wanted(Some(Format::Jpeg), Some(80)),
            Some(Encoding::Jpeg { quality: 80, chroma: Chroma::Full })
        );
        assert_eq!(wanted(Some(Format::Png), None), Some(Encoding::Png));
    }
}
