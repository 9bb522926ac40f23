//! What is done to a picture before upload, and to the answer afterwards.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::picture::Size;
use crate::picture::fit::{FitOptions, FitPolicy, Metadata};
use crate::picture::merge::{Alpha, MergeOptions};
use crate::picture::restore::{EditArea, Mask, RestoreError, RestoreOptions, ResultMode};

/// What is done to a picture before upload, and to the answer afterwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Processing {
    /// How the picture is fitted for upload. Which part of it is uploaded follows from `back`.
    pub fit: FitOptions,
    /// How the answer is restored into the original.
    pub back: RestoreOptions,
    /// The file of the mask.
    mask: Option<MaskFile>,
}

/// The file of a mask, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MaskFile {
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its SHA-256.
    pub(super) sha256: String,
}

impl Processing {
    /// Creates options without a mask. A mask is added by [`super::masked()`].
    pub fn new(fit: FitOptions, back: RestoreOptions) -> Processing {
        Processing { fit, back, mask: None }
    }

    /// Returns these options with a mask as the edited area.
    pub(super) fn with_mask(self, mask: Mask, file: MaskFile) -> Processing {
        Processing {
            back: RestoreOptions { area: EditArea::Mask(mask), ..self.back },
            mask: Some(file),
            ..self
        }
    }

    /// Whether the original picture is needed when the answer arrives.
    pub fn needs_original(&self) -> bool {
        !self.back.is_plain() || self.fit.fit == FitPolicy::Pad
    }

    /// Whether only a part of the picture may change.
    pub(super) fn is_partial(&self) -> bool {
        self.back.area != EditArea::All
    }

    /// Returns how a picture of this upright size is fitted.
    ///
    /// # Errors
    /// When the region is outside of the picture, or the mask has another aspect ratio.
    pub fn rules(&self, picture: Size) -> Result<FitOptions, RestoreError> {
        Ok(FitOptions { part: self.back.part(picture)?, ..self.fit })
    }

    /// Returns the text that the journal stores, with the original that the answer is restored into; `None` for
    /// the defaults.
    pub(super) fn kept(&self, original: Option<&OriginalFile>) -> Option<String> {
        let (original, original_sha256) =
            original.map(|file| (file.path.clone(), file.sha256.clone())).unzip();
        match ProcessingRecord::of(self) {
            kept if kept == ProcessingRecord::default() => None,
            kept => ProcessingRecord { original: original.flatten(), original_sha256, ..kept }.text(),
        }
    }

    /// Returns the options that change the result, as a text to hash; `None` for the defaults.
    pub fn identity(&self) -> Option<String> {
        ProcessingRecord { pad: false, keeps_metadata: false, mask: None, ..ProcessingRecord::of(self) }
            .text()
    }

    /// Reads the text that the journal stores; `None` when it cannot be read.
    pub(super) fn read(kept: Option<&str>) -> Option<ReadBack> {
        let Some(text) = kept else { return Some(ReadBack::default()) };
        let mut kept: ProcessingRecord = serde_json::from_str(text).ok()?;
        let (path, sha256) = (kept.original.take(), kept.original_sha256.take());
        let original = sha256.map(|sha256| OriginalFile { path, sha256 });
        let mask = match kept.mask_sha256.take() {
            Some(sha256) => Some(MaskFile { path: kept.mask.take()?, sha256 }),
            None => None,
        };
        Some(ReadBack { processing: kept.processing()?, mask, original })
    }
}

/// Processing options as read from the journal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ReadBack {
    /// The options without the mask.
    pub(super) processing: Processing,
    /// The file of the mask.
    pub(super) mask: Option<MaskFile>,
    /// The picture that the answer is restored into.
    pub(super) original: Option<OriginalFile>,
}

/// The picture that the answer is restored into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OriginalFile {
    /// Its path; `None` if it was not a file.
    pub(super) path: Option<PathBuf>,
    /// Its SHA-256.
    pub(super) sha256: String,
}

/// Processing options as the journal stores them. A missing field has its default.
///
/// The names and their order are hashed into the identities of jobs: never change either.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ProcessingRecord {
    #[serde(rename = "pad", skip_serializing_if = "is_default")]
    pad: bool,
    #[serde(rename = "keeps_metadata", skip_serializing_if = "is_default")]
    keeps_metadata: bool,
    #[serde(rename = "keep_size", skip_serializing_if = "is_default")]
    keep_size: bool,
    #[serde(rename = "preserve", skip_serializing_if = "is_default")]
    preserve: bool,
    #[serde(rename = "region", skip_serializing_if = "is_default")]
    region: Option<String>,
    #[serde(rename = "mask", skip_serializing_if = "is_default")]
    mask: Option<PathBuf>,
    #[serde(rename = "mask_sha256", skip_serializing_if = "is_default")]
    mask_sha256: Option<String>,
    #[serde(rename = "threshold", skip_serializing_if = "is_default")]
    threshold: Option<f32>,
    #[serde(rename = "feather", skip_serializing_if = "is_default")]
    feather: Option<f32>,
    #[serde(rename = "keeps_alpha", skip_serializing_if = "is_default")]
    keeps_alpha: bool,
    #[serde(rename = "original", skip_serializing_if = "is_default")]
    original: Option<PathBuf>,
    #[serde(rename = "original_sha256", skip_serializing_if = "is_default")]
    original_sha256: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ProcessingRecord {
    fn of(processing: &Processing) -> ProcessingRecord {
        let Processing { fit, back, mask } = processing;
        ProcessingRecord {
            pad: fit.fit == FitPolicy::Pad,
            keeps_metadata: fit.metadata == Metadata::Keep,
            keep_size: back.way == ResultMode::KeepSize,
            preserve: back.way == ResultMode::Preserve,
            region: match &back.area {
                EditArea::Region(region) => Some(region.to_string()),
                _ => None,
            },
            mask: mask.as_ref().map(|mask| mask.path.clone()),
            mask_sha256: mask.as_ref().map(|mask| mask.sha256.clone()),
            threshold: back.options.threshold,
            feather: back.options.feather,
            keeps_alpha: back.options.alpha == Alpha::Keep,
            ..ProcessingRecord::default()
        }
    }

    fn text(&self) -> Option<String> {
        if *self == ProcessingRecord::default() {
            return None;
        }
        // A name that is not UTF-8 has no JSON; what is kept then says that there was a file, and not where.
        serde_json::to_string(self)
            .or_else(|_| {
                serde_json::to_string(&ProcessingRecord { mask: None, original: None, ..self.clone() })
            })
            .ok()
    }

    fn processing(self) -> Option<Processing> {
        let way = match (self.preserve, self.keep_size) {
            (true, _) => ResultMode::Preserve,
            (_, true) => ResultMode::KeepSize,
            _ => ResultMode::Delivered,
        };
        let area = match self.region.map(|region| region.parse()) {
            Some(region) => EditArea::Region(region.ok()?),
            None => EditArea::All,
        };
        let options = MergeOptions {
            threshold: self.threshold,
            feather: self.feather,
            alpha: if self.keeps_alpha { Alpha::Keep } else { Alpha::Cover },
        };
        let fit = FitOptions {
            fit: if self.pad { FitPolicy::Pad } else { FitPolicy::Convert },
            metadata: if self.keeps_metadata { Metadata::Keep } else { Metadata::Strip },
            part: None,
        };
        Some(Processing { fit, back: RestoreOptions { way, area, options }, mask: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn original() -> OriginalFile {
        OriginalFile { path: Some("/a/b.png".into()), sha256: "0f".into() }
    }

    fn preserved() -> Processing {
        let options = MergeOptions { feather: Some(3.0), ..MergeOptions::default() };
        Processing {
            back: RestoreOptions {
                way: ResultMode::Preserve,
                area: EditArea::Region("10x20%+0+5".parse().unwrap()),
                options,
            },
            ..Processing::default()
        }
    }

    #[test]
    fn nothing_is_kept_of_a_treatment_by_default() {
        assert_eq!(Processing::default().kept(Some(&original())), None);
        assert_eq!(Processing::read(None), Some(ReadBack::default()));
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let processing = Processing {
            fit: FitOptions { fit: FitPolicy::Pad, metadata: Metadata::Keep, part: None },
            ..preserved()
        };
        let kept = processing.kept(Some(&original()));
        let read = ReadBack { processing, mask: None, original: Some(original()) };
        assert_eq!(Processing::read(kept.as_deref()), Some(read));
        assert_eq!(Processing::read(Some("{\"unheard_of\":1}")), None);
    }

    /// Journals hold these texts, and the identities of jobs are hashed from them.
    #[test]
    fn the_stored_text_is_that_of_the_first_release() {
        let sent = FitOptions { fit: FitPolicy::Pad, metadata: Metadata::Keep, part: None };
        let way = |way| Processing {
            back: RestoreOptions { way, ..RestoreOptions::default() },
            ..Processing::default()
        };
        let area = |text: &str| Processing {
            back: RestoreOptions {
                area: EditArea::Region(text.parse().unwrap()),
                ..RestoreOptions::default()
            },
            ..Processing::default()
        };
        let options =
            |options| Processing { back: RestoreOptions { options, ..preserved().back }, ..preserved() };
        let mask = MaskFile { path: "/a/m \"1\".png".into(), sha256: "0e".into() };
        for (processing, original, stored) in [
            (
                Processing { fit: sent, ..Processing::default() },
                None,
                r#"{"pad":true,"keeps_metadata":true}"#,
            ),
            (way(ResultMode::KeepSize), None, r#"{"keep_size":true}"#),
            (way(ResultMode::Preserve), None, r#"{"preserve":true}"#),
            (area("400x300+500+200"), None, r#"{"region":"400x300+500+200"}"#),
            (area("100%x30%+0+0"), None, r#"{"region":"100%x30%+0+0"}"#),
            (preserved(), None, r#"{"preserve":true,"region":"10x20%+0+5","feather":3.0}"#),
            (
                options(MergeOptions { threshold: Some(12.5), feather: None, alpha: Alpha::Keep }),
                None,
                r#"{"preserve":true,"region":"10x20%+0+5","threshold":12.5,"keeps_alpha":true}"#,
            ),
            (
                Processing { mask: Some(mask), ..way(ResultMode::Delivered) },
                None,
                r#"{"mask":"/a/m \"1\".png","mask_sha256":"0e"}"#,
            ),
            (
                way(ResultMode::Preserve),
                Some(original()),
                r#"{"preserve":true,"original":"/a/b.png","original_sha256":"0f"}"#,
            ),
            (
                way(ResultMode::KeepSize),
                Some(OriginalFile { path: None, ..original() }),
                r#"{"keep_size":true,"original_sha256":"0f"}"#,
            ),
        ] {
            assert_eq!(processing.kept(original.as_ref()).as_deref(), Some(stored));
            assert!(Processing::read(Some(stored)).is_some(), "{stored}");
        }
    }

    #[test]
    fn how_a_picture_was_sent_makes_no_other_result_and_how_it_comes_back_does() {
        let sent = FitOptions { fit: FitPolicy::Pad, metadata: Metadata::Keep, part: None };
        assert_eq!(Processing { fit: sent, ..Processing::default() }.identity(), None);
        assert_eq!(Processing { fit: sent, ..preserved() }.identity(), preserved().identity());
        assert!(preserved().identity().is_some());
    }
}
