//! The format and quality of a result.

use crate::cards::ModelCard;
use crate::picture::restore::RestoreOptions;
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
    /// Returns the format of answers that loses least: a lossless one if the answer is processed further, else that of the
    /// result, so that it is not encoded twice. `None` leaves it to the model.
    pub fn answer_format(self, restore: &RestoreOptions, card: &ModelCard) -> Option<Format> {
        let is_offered = |format: &Format| {
            card.output_format
                .as_ref()
                .is_some_and(|field| field.values.iter().any(|name| name == format.name()))
        };
        let lossless = Some(Format::Png).filter(|_| !restore.is_plain());
        lossless.filter(is_offered).or(self.format.filter(is_offered))
    }

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
    use crate::picture::restore::ResultMode;

    #[test]
    fn an_answer_is_asked_for_in_the_format_that_loses_least_if_the_model_offers_it() {
        let catalog = crate::cards::Catalog::built_in();
        let [all, jpeg_or_png, none] = ["flux-2-edit", "kontext-pro", "seededit-3.0-i2i"]
            .map(|name| catalog.model("aimlapi", name).unwrap());
        let asked = |format: Option<Format>, mode: ResultMode, card: &ModelCard| {
            let restore = RestoreOptions { mode, ..RestoreOptions::default() };
            OutputEncoding { format, quality: None }.answer_format(&restore, card)
        };
        let (plain, restored) = (ResultMode::AsAnswered, ResultMode::Preserve);
        assert_eq!(asked(Some(Format::WebP), plain, &all), Some(Format::WebP));
        assert_eq!(asked(Some(Format::WebP), plain, &jpeg_or_png), None);
        assert_eq!(asked(Some(Format::Jpeg), restored, &jpeg_or_png), Some(Format::Png));
        assert_eq!(asked(Some(Format::Jpeg), ResultMode::KeepSize, &all), Some(Format::Png));
        assert_eq!(asked(None, plain, &all), None);
        assert_eq!(asked(Some(Format::Jpeg), restored, &none), None);
    }

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
