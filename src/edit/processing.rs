//! What is done to a picture before upload, and to the answer afterwards.

mod record;

use std::path::PathBuf;

use crate::cards::{self, ModelCard, ServiceCard, SizeGrammar};
use crate::journal::Intent;
use crate::picture::fit::{FitOptions, FitPolicy};
use crate::picture::limits::{Formats, InputLimits};
use crate::picture::restore::{EditArea, Mask, MaskReading, RestoreError, RestoreOptions};
use crate::picture::{Format, Rect, RegionContext, Size};

use self::record::ProcessingRecord;
use super::mask_file::CheckedMask;
use super::result_metadata::MetadataOptions;

/// What is done to a picture before upload, and to the answer afterwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Processing {
    /// How the picture is fitted for upload. `restore` decides which part of it is uploaded.
    pub fit: FitOptions,
    /// How the answer is restored into the original.
    pub restore: RestoreOptions,
    /// How much around a region is uploaded. `None` is a quarter of it, and enough for the model to work at its own size.
    /// Without a region, it means nothing.
    pub region_context: Option<RegionContext>,
    /// The frame or page of the picture, from 1. `None` is the one that is shown by default.
    pub page: Option<u32>,
    /// What is requested of the metadata of results.
    pub metadata: MetadataOptions,
    /// Whether the answer is written beside the result.
    pub keeps_answer: bool,
    /// The file of the mask.
    mask: Option<MaskFile>,
}

/// Returns the limits of a card. Formats are uploaded as they are only if it was checked that they are complete and
/// their metadata can be removed; all others are converted.
fn input_limits(card: &cards::InputLimits, size: &SizeGrammar) -> InputLimits {
    let has = |name: &str| card.formats.iter().any(|format| format == name);
    let formats: Vec<Format> =
        [Format::Jpeg, Format::Png].into_iter().filter(|format| has(format.name())).collect();
    InputLimits {
        formats: Formats::of(&formats),
        max_bytes: card.max_bytes,
        max_pixels: card.max_pixels,
        min_side: card.min_side,
        max_ratio: card.max_ratio,
        working_pixels: InputLimits::ONE_MEGAPIXEL_MODEL.max(size.largest_result().map_or(0, Size::pixels)),
    }
}

/// The file of a mask, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MaskFile {
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its SHA-256.
    pub(super) sha256: String,
    /// How it is read.
    pub(super) reading: MaskReading,
}

impl Processing {
    /// Creates options without a mask. [`super::with_mask_file`] adds one.
    pub fn new(fit: FitOptions, restore: RestoreOptions) -> Processing {
        Processing { fit, restore, ..Processing::default() }
    }

    /// Returns these options with a mask as the edited area.
    pub(super) fn with_mask(self, mask: Mask, file: MaskFile) -> Processing {
        Processing {
            restore: RestoreOptions { area: EditArea::Mask(mask), ..self.restore },
            mask: Some(file),
            ..self
        }
    }

    /// Returns these options with another edited area, without a mask.
    #[must_use]
    pub fn with_area(self, area: EditArea) -> Processing {
        Processing { restore: RestoreOptions { area, ..self.restore }, mask: None, ..self }
    }

    /// Returns these options with a mask that is only known by its content: enough for [`Processing::identity`], but not
    /// for an edit.
    #[must_use]
    pub fn with_unread_mask(self, mask: &CheckedMask) -> Processing {
        Processing { mask: Some(mask.file()), ..self.with_area(EditArea::All) }
    }

    pub(super) fn mask_file(&self) -> Option<&MaskFile> {
        self.mask.as_ref()
    }

    /// Returns these options with the limits of a model.
    #[must_use]
    pub fn for_model(&self, card: &ModelCard, service: &ServiceCard) -> Processing {
        let limits = card.input.as_ref().unwrap_or(&service.input);
        let fit = FitOptions { limits: input_limits(limits, &card.size), ..self.fit };
        Processing { fit, ..self.clone() }
    }

    /// Whether a picture is uploaded as a whole, and its answer is the result. The limits of the model do not matter.
    pub fn is_default(&self) -> bool {
        let fit = FitOptions { limits: InputLimits::DEFAULT, ..self.fit };
        let metadata = MetadataOptions::default();
        Processing { fit, metadata, keeps_answer: false, region_context: None, ..self.clone() }
            == Processing::default()
    }

    /// Whether the original picture is needed when the answer arrives.
    pub fn needs_original(&self) -> bool {
        !self.restore.is_plain() || self.fit.policy == FitPolicy::Pad
    }

    /// Whether only a part of the picture may change.
    pub(super) fn is_partial(&self) -> bool {
        self.restore.area != EditArea::All
    }

    /// Returns the region in a picture of this upright size, if there is one within it.
    pub fn region_in(&self, picture: Size) -> Option<Rect> {
        match &self.restore.area {
            EditArea::Region(region) => region.resolve(picture).ok(),
            EditArea::All | EditArea::Mask(_) => None,
        }
    }

    /// Returns the options for fitting a picture of this upright size.
    ///
    /// # Errors
    /// When the region is outside the picture, or the mask has another aspect ratio.
    pub fn fit_options(&self, picture: Size) -> Result<FitOptions, RestoreError> {
        Ok(FitOptions { crop: self.restore.upload_rect(picture, self.region_context)?, ..self.fit })
    }

    /// Returns the text that the journal stores, with the original that the answer is restored into; `None` for
    /// the defaults.
    pub(super) fn stored_text(&self, original: Option<&OriginalFile>) -> Option<String> {
        let (original, original_sha256) =
            original.map(|file| (file.path.clone(), file.sha256.clone())).unzip();
        match ProcessingRecord::of(self) {
            record if record == ProcessingRecord::default() => None,
            record => ProcessingRecord { original: original.flatten(), original_sha256, ..record }.text(),
        }
    }

    /// Returns the options that change the result, as a text to hash; `None` for the defaults.
    pub fn identity(&self) -> Option<String> {
        // The first builds read masks exactly; the same edit must stay the same job.
        let record = ProcessingRecord::of(self);
        // The metadata of a result can be changed without another call, and its answer is kept in any case.
        ProcessingRecord {
            pad: false,
            keeps_metadata: false,
            mask: None,
            cleans_mask: false,
            metadata: None,
            records_request: false,
            keeps_times: false,
            keeps_answer: false,
            ..record
        }
        .text()
    }

    /// Returns the options of a job, and its mask, which is not read. `None` if the journal's entry cannot be parsed.
    pub fn of_job(job: &Intent) -> Option<(Processing, Option<CheckedMask>)> {
        let StoredProcessing { processing, mask, .. } = Self::from_stored_text(job.processing.as_deref())?;
        Some((processing, mask.as_ref().map(CheckedMask::of)))
    }

    /// Parses the text that the journal stores. Returns `None` if that fails.
    pub(super) fn from_stored_text(text: Option<&str>) -> Option<StoredProcessing> {
        let Some(text) = text else { return Some(StoredProcessing::default()) };
        let mut record: ProcessingRecord = serde_json::from_str(text).ok()?;
        let (path, sha256) = (record.original.take(), record.original_sha256.take());
        let original = sha256.map(|sha256| OriginalFile { path, sha256 });
        let mask = match record.mask_sha256.take() {
            Some(sha256) => {
                let reading = record.mask_reading()?;
                Some(MaskFile { path: record.mask.take()?, sha256, reading })
            }
            None => None,
        };
        Some(StoredProcessing { processing: record.processing()?, mask, original })
    }
}

/// Processing options as read from the journal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct StoredProcessing {
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

#[cfg(test)]
mod tests {
    use crate::picture::fit::Metadata;
    use crate::picture::merge::{AlphaMode, Detail, MergeOptions};
    use crate::picture::restore::{MaskChannel, MaskLevels, ResultMode};

    use super::*;

    fn original() -> OriginalFile {
        OriginalFile { path: Some("/a/b.png".into()), sha256: "0f".into() }
    }

    fn preserved() -> Processing {
        let merge = MergeOptions { feather: Some(3.0), ..MergeOptions::default() };
        Processing {
            restore: RestoreOptions {
                mode: ResultMode::Preserve,
                area: EditArea::Region("10x20%+0+5".parse().unwrap()),
                merge,
            },
            ..Processing::default()
        }
    }

    #[test]
    fn a_model_of_large_results_gets_as_many_pixels_as_its_result_has() {
        let models = cards::Models::built_in("aimlapi").unwrap();
        let working_pixels = |model: &str| {
            let card = models.find(model).unwrap();
            let processing = Processing::default().for_model(&card, models.service());
            assert_eq!(processing.is_default(), Processing::default().is_default());
            processing.fit.limits.working_pixels
        };
        assert_eq!(working_pixels("bytedance/seededit-3.0-i2i"), InputLimits::ONE_MEGAPIXEL_MODEL);
        assert!(working_pixels("bytedance/seedream-5-0-pro") > 4_000_000);
    }

    #[test]
    fn default_processing_is_not_stored() {
        assert_eq!(Processing::default().stored_text(Some(&original())), None);
        assert_eq!(Processing::from_stored_text(None), Some(StoredProcessing::default()));
    }

    #[test]
    fn stored_processing_can_be_parsed() {
        let processing = Processing {
            fit: FitOptions {
                policy: FitPolicy::Pad,
                metadata: Metadata::Keep,
                crop: None,
                limits: InputLimits::DEFAULT,
            },
            ..preserved()
        };
        let text = processing.stored_text(Some(&original()));
        let read = StoredProcessing { processing, mask: None, original: Some(original()) };
        assert_eq!(Processing::from_stored_text(text.as_deref()), Some(read));
        assert_eq!(Processing::from_stored_text(Some("{\"unheard_of\":1}")), None);
    }

    /// Journals contain these texts, and the identities of jobs are hashes of them.
    #[test]
    fn the_stored_text_is_that_of_the_first_release() {
        let sent = FitOptions {
            policy: FitPolicy::Pad,
            metadata: Metadata::Keep,
            crop: None,
            limits: InputLimits::DEFAULT,
        };
        let with_mode = |mode| Processing {
            restore: RestoreOptions { mode, ..RestoreOptions::default() },
            ..Processing::default()
        };
        let area = |text: &str| Processing {
            restore: RestoreOptions {
                area: EditArea::Region(text.parse().unwrap()),
                ..RestoreOptions::default()
            },
            ..Processing::default()
        };
        let with_merge =
            |merge| Processing { restore: RestoreOptions { merge, ..preserved().restore }, ..preserved() };
        let exact = MaskReading { levels: MaskLevels::Exact, ..MaskReading::default() };
        let mask = MaskFile { path: "/a/m \"1\".png".into(), sha256: "0e".into(), reading: exact };
        for (processing, original, stored) in [
            (
                Processing { fit: sent, ..Processing::default() },
                None,
                r#"{"pad":true,"keeps_metadata":true}"#,
            ),
            (with_mode(ResultMode::KeepSize), None, r#"{"keep_size":true}"#),
            (with_mode(ResultMode::Preserve), None, r#"{"preserve":true}"#),
            (area("400x300+500+200"), None, r#"{"region":"400x300+500+200"}"#),
            (area("100%x30%+0+0"), None, r#"{"region":"100%x30%+0+0"}"#),
            (preserved(), None, r#"{"preserve":true,"region":"10x20%+0+5","feather":3.0}"#),
            (
                with_merge(MergeOptions {
                    threshold: Some(12.5),
                    alpha: AlphaMode::Keep,
                    ..MergeOptions::default()
                }),
                None,
                r#"{"preserve":true,"region":"10x20%+0+5","threshold":12.5,"keeps_alpha":true}"#,
            ),
            (
                Processing { mask: Some(mask), ..with_mode(ResultMode::AsAnswered) },
                None,
                r#"{"mask":"/a/m \"1\".png","mask_sha256":"0e"}"#,
            ),
            (
                with_mode(ResultMode::Preserve),
                Some(original()),
                r#"{"preserve":true,"original":"/a/b.png","original_sha256":"0f"}"#,
            ),
            (
                with_mode(ResultMode::KeepSize),
                Some(OriginalFile { path: None, ..original() }),
                r#"{"keep_size":true,"original_sha256":"0f"}"#,
            ),
            (area("5%,5%:50%,300"), None, r#"{"region":"5%,5%:50%,300"}"#),
            (area("center"), None, r#"{"region":"center,50%x50%"}"#),
            (
                Processing { region_context: "25%".parse().ok(), ..area("10%,20%,30%x40%") },
                None,
                r#"{"region":"30%x40%+10%+20%","region_context":"25%"}"#,
            ),
            (Processing { page: Some(3), ..Processing::default() }, None, r#"{"page":3}"#),
            (
                Processing {
                    restore: RestoreOptions {
                        merge: MergeOptions { detail: Detail::Off, ..MergeOptions::default() },
                        ..with_mode(ResultMode::Preserve).restore
                    },
                    ..Processing::default()
                },
                None,
                r#"{"preserve":true,"detail_off":true}"#,
            ),
        ] {
            assert_eq!(processing.stored_text(original.as_ref()).as_deref(), Some(stored));
            assert!(Processing::from_stored_text(Some(stored)).is_some(), "{stored}");
        }
    }

    #[test]
    fn the_identity_depends_on_the_restoration_but_not_on_the_upload() {
        let sent = FitOptions {
            policy: FitPolicy::Pad,
            metadata: Metadata::Keep,
            crop: None,
            limits: InputLimits::DEFAULT,
        };
        assert_eq!(Processing { fit: sent, ..Processing::default() }.identity(), None);
        assert_eq!(Processing { fit: sent, ..preserved() }.identity(), preserved().identity());
        assert!(preserved().identity().is_some());
    }

    #[test]
    fn the_surroundings_of_a_region_are_part_of_the_identity_and_mean_nothing_without_a_region() {
        let with = |context: &str, processing: Processing| Processing {
            region_context: context.parse().ok(),
            ..processing
        };
        assert_eq!(with("10", Processing::default()).identity(), None);
        assert!(with("10", Processing::default()).is_default());
        assert_ne!(with("10", preserved()).identity(), preserved().identity());
        assert_ne!(with("10", preserved()).identity(), with("10%", preserved()).identity());
    }

    #[test]
    fn how_a_mask_is_read_is_stored_and_is_part_of_the_identity_unless_it_only_cleans_levels() {
        let processing = |reading| {
            let mask = MaskFile { path: "/a/m.png".into(), sha256: "0e".into(), reading };
            Processing { mask: Some(mask), ..Processing::default() }
        };
        let exact = MaskReading { levels: MaskLevels::Exact, ..MaskReading::default() };
        let alpha = |is_inverted| MaskReading::new(Some(MaskChannel::Alpha), is_inverted);
        let (cleaned, inverted) = (MaskReading::default(), MaskReading::new(None, true));
        for reading in [exact, cleaned, inverted, alpha(false), alpha(true)] {
            let text = processing(reading).stored_text(None);
            let stored = Processing::from_stored_text(text.as_deref()).unwrap();
            assert_eq!(stored.mask.unwrap().reading, reading, "{text:?}");
        }
        let identity = |reading| processing(reading).identity();
        assert_eq!(identity(exact), identity(cleaned));
        let all: std::collections::BTreeSet<_> =
            [cleaned, inverted, alpha(false), alpha(true)].map(identity).into();
        assert_eq!(all.len(), 4);
    }
}
