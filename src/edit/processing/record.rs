//! Processing options as the journal stores them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::picture::Region;
use crate::picture::fit::{FitOptions, FitPolicy, Metadata};
use crate::picture::limits::InputLimits;
use crate::picture::merge::{AlphaMode, Detail, MergeOptions, PlacementMode};
use crate::picture::restore::{EditArea, MaskChannel, MaskLevels, MaskReading, RestoreOptions, ResultMode};

use super::super::result_metadata::MetadataOptions;
use super::Processing;

/// Processing options as the journal stores them. A missing field has its default.
///
/// The names and their order are hashed into the identities of jobs: never change either.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProcessingRecord {
    #[serde(rename = "pad", skip_serializing_if = "is_default")]
    pub(super) pad: bool,
    #[serde(rename = "keeps_metadata", skip_serializing_if = "is_default")]
    pub(super) keeps_metadata: bool,
    #[serde(rename = "keep_size", skip_serializing_if = "is_default")]
    pub(super) keep_size: bool,
    #[serde(rename = "preserve", skip_serializing_if = "is_default")]
    pub(super) preserve: bool,
    #[serde(rename = "region", skip_serializing_if = "is_default")]
    pub(super) region: Option<String>,
    #[serde(rename = "mask", skip_serializing_if = "is_default")]
    pub(super) mask: Option<PathBuf>,
    #[serde(rename = "mask_sha256", skip_serializing_if = "is_default")]
    pub(super) mask_sha256: Option<String>,
    #[serde(rename = "threshold", skip_serializing_if = "is_default")]
    pub(super) threshold: Option<f32>,
    #[serde(rename = "feather", skip_serializing_if = "is_default")]
    pub(super) feather: Option<f32>,
    #[serde(rename = "keeps_alpha", skip_serializing_if = "is_default")]
    pub(super) keeps_alpha: bool,
    #[serde(rename = "original", skip_serializing_if = "is_default")]
    pub(super) original: Option<PathBuf>,
    #[serde(rename = "original_sha256", skip_serializing_if = "is_default")]
    pub(super) original_sha256: Option<String>,
    #[serde(rename = "page", skip_serializing_if = "is_default")]
    pub(super) page: Option<u32>,
    #[serde(rename = "mask_from", skip_serializing_if = "is_default")]
    pub(super) mask_from: Option<String>,
    #[serde(rename = "mask_invert", skip_serializing_if = "is_default")]
    pub(super) inverts_mask: bool,
    #[serde(rename = "mask_cleaned", skip_serializing_if = "is_default")]
    pub(super) cleans_mask: bool,
    #[serde(rename = "metadata", skip_serializing_if = "is_default")]
    pub(super) metadata: Option<String>,
    #[serde(rename = "record", skip_serializing_if = "is_default")]
    pub(super) records_request: bool,
    #[serde(rename = "keep_times", skip_serializing_if = "is_default")]
    pub(super) keeps_times: bool,
    #[serde(rename = "placement", skip_serializing_if = "is_default")]
    pub(super) placement: Option<String>,
    #[serde(rename = "keep_answer", skip_serializing_if = "is_default")]
    pub(super) keeps_answer: bool,
    #[serde(rename = "detail_off", skip_serializing_if = "is_default")]
    pub(super) scales_detail: bool,
    #[serde(rename = "region_context", skip_serializing_if = "is_default")]
    pub(super) region_context: Option<String>,
}

/// The name of [`MaskChannel::Alpha`] in `mask_from`. The brightness has none.
const FROM_ALPHA: &str = "alpha";

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ProcessingRecord {
    pub(super) fn of(processing: &Processing) -> ProcessingRecord {
        let Processing { fit, restore, region_context, page, metadata, keeps_answer, mask } = processing;
        let region = match &restore.area {
            EditArea::Region(region) => Some(region),
            EditArea::All | EditArea::Mask(_) => None,
        };
        ProcessingRecord {
            pad: fit.policy == FitPolicy::Pad,
            keeps_metadata: fit.metadata == Metadata::Keep,
            keep_size: restore.mode == ResultMode::KeepSize,
            preserve: restore.mode == ResultMode::Preserve,
            region: region.map(ToString::to_string),
            mask: mask.as_ref().map(|mask| mask.path.clone()),
            mask_sha256: mask.as_ref().map(|mask| mask.sha256.clone()),
            threshold: restore.merge.threshold,
            feather: restore.merge.feather,
            keeps_alpha: restore.merge.alpha == AlphaMode::Keep,
            page: *page,
            mask_from: mask
                .as_ref()
                .filter(|mask| mask.reading.channel == MaskChannel::Alpha)
                .map(|_| FROM_ALPHA.to_owned()),
            inverts_mask: mask.as_ref().is_some_and(|mask| mask.reading.is_inverted),
            cleans_mask: mask.as_ref().is_some_and(|mask| mask.reading.levels == MaskLevels::Cleaned),
            metadata: metadata.rule.map(|rule| rule.to_string()),
            records_request: metadata.records_request,
            keeps_times: metadata.keeps_times,
            placement: (restore.merge.placement != PlacementMode::Auto)
                .then(|| restore.merge.placement.to_string()),
            keeps_answer: *keeps_answer,
            scales_detail: restore.merge.detail == Detail::Off,
            region_context: region.and(*region_context).map(|context| context.to_string()),
            ..ProcessingRecord::default()
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        if *self == ProcessingRecord::default() {
            return None;
        }
        // A path that is not UTF-8 cannot be written as JSON. Then only the hashes are stored.
        serde_json::to_string(self)
            .or_else(|_| {
                serde_json::to_string(&ProcessingRecord { mask: None, original: None, ..self.clone() })
            })
            .ok()
    }

    /// Returns how the mask is read; `None` for an unknown channel.
    pub(super) fn mask_reading(&self) -> Option<MaskReading> {
        let channel = match self.mask_from.as_deref() {
            None => MaskChannel::Brightness,
            Some(FROM_ALPHA) => MaskChannel::Alpha,
            Some(_) => return None,
        };
        let levels = if self.cleans_mask { MaskLevels::Cleaned } else { MaskLevels::Exact };
        Some(MaskReading { channel, is_inverted: self.inverts_mask, levels })
    }

    pub(super) fn processing(self) -> Option<Processing> {
        let mode = match (self.preserve, self.keep_size) {
            (true, _) => ResultMode::Preserve,
            (_, true) => ResultMode::KeepSize,
            _ => ResultMode::AsAnswered,
        };
        let area = match self.region.as_deref().map(Region::from_stored_text) {
            Some(region) => EditArea::Region(region.ok()?),
            None => EditArea::All,
        };
        let merge = MergeOptions {
            threshold: self.threshold,
            feather: self.feather,
            alpha: if self.keeps_alpha { AlphaMode::Keep } else { AlphaMode::Cover },
            placement: self.placement.map_or(Ok(PlacementMode::Auto), |text| text.parse()).ok()?,
            detail: if self.scales_detail { Detail::Off } else { Detail::Auto },
        };
        let fit = FitOptions {
            policy: if self.pad { FitPolicy::Pad } else { FitPolicy::Convert },
            metadata: if self.keeps_metadata { Metadata::Keep } else { Metadata::Strip },
            crop: None,
            limits: InputLimits::DEFAULT,
        };
        let restore = RestoreOptions { mode, area, merge };
        let metadata = MetadataOptions {
            rule: self.metadata.map(|rule| rule.parse()).transpose().ok()?,
            records_request: self.records_request,
            keeps_times: self.keeps_times,
        };
        let region_context = self.region_context.map(|text| text.parse()).transpose().ok()?;
        let (page, keeps_answer) = (self.page, self.keeps_answer);
        Some(Processing { fit, restore, region_context, page, metadata, keeps_answer, mask: None })
    }
}
