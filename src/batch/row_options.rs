//! What a row of a manifest asks for in place of the flags.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cards::SizeRequest;
use crate::edit::{
    CheckedMask, IfExists, MaskError, MaskRequest, MetadataRule, OutputRequest, Processing, with_mask_file,
};
use crate::picture::fit::{FitPolicy, Metadata};
use crate::picture::merge::AlphaMode;
use crate::picture::restore::{EditArea, MaskChannel, ResultMode};
use crate::picture::{Encoding, Format, Region, RegionContext};

use super::given::Given;

/// What a row asks for in place of the flags of the same names. `None` leaves it to the flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Given<Region>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_context: Option<Given<RegionContext>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<RowMask>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_size: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feather: Option<f32>,
    /// `alpha`: keep the original's transparency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keeps_alpha: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// `fit`: pad, or only convert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pads: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_metadata: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Given<MetadataRule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_times: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Given<ResultFormat>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_exists: Option<Given<IfExists>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Given<SizeRequest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
}

/// The mask of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowMask {
    /// It was not read yet.
    Unread { path: PathBuf, from_alpha: Option<bool>, is_inverted: bool },
    /// It was checked while planning.
    Checked(CheckedMask),
}

/// A format that results can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultFormat(pub Format);

impl FromStr for ResultFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Format::from_extension(text.trim())
            .filter(|format| Encoding::for_format(*format).is_some())
            .map(ResultFormat)
            .ok_or("format: takes jpeg, png or webp")
    }
}

/// Options that do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowOptionsError {
    #[error("region and mask: a row has one of them")]
    RegionAndMask,
    #[error("region_context: is for results with region")]
    Context,
    #[error("keep_size: a result with preserve, region or mask has the original's size anyway")]
    KeepSize,
    #[error("threshold: says what counts as an edit, which only preserve looks for")]
    Threshold,
    #[error("feather: is for results with preserve or region; with a mask, its gray levels set the blending")]
    Feather,
}

impl RowOptions {
    /// Whether the row leaves everything to the flags.
    pub fn is_empty(&self) -> bool {
        *self == RowOptions::default()
    }

    /// Checks how the options fit together, and to those of the run.
    ///
    /// # Errors
    /// If they contradict each other as the same flags would.
    pub fn ensure_consistent(&self, run: &Processing) -> Result<(), RowOptionsError> {
        let whole = self.processing(run);
        let has_area = whole.restore.area != EditArea::All || self.mask.is_some();
        let is_preserved = whole.restore.mode == ResultMode::Preserve;
        if self.region.is_some() && self.mask.is_some() {
            return Err(RowOptionsError::RegionAndMask);
        }
        if self.keep_size == Some(true) && (self.preserve == Some(true) || has_area) {
            return Err(RowOptionsError::KeepSize);
        }
        if self.threshold.is_some() && !is_preserved {
            return Err(RowOptionsError::Threshold);
        }
        let has_region = matches!(whole.restore.area, EditArea::Region(_));
        if self.region_context.is_some() && !has_region {
            return Err(RowOptionsError::Context);
        }
        if self.feather.is_some() && !is_preserved && !has_region {
            return Err(RowOptionsError::Feather);
        }
        Ok(())
    }

    /// Returns the processing of the row. Its mask is part of the identity, and is not read
    /// yet: see [`RowOptions::processing_with_mask`].
    pub fn processing<'a>(&self, run: &'a Processing) -> Cow<'a, Processing> {
        if self.is_empty() {
            return Cow::Borrowed(run);
        }
        let mut row = match (&self.region, &self.mask) {
            (Some(region), _) => run.clone().with_area(EditArea::Region(*region.value())),
            (None, Some(RowMask::Checked(mask))) => run.clone().with_unread_mask(mask),
            (None, Some(RowMask::Unread { .. })) => run.clone().with_area(EditArea::All),
            (None, None) => run.clone(),
        };
        row.restore.mode = match (self.preserve, self.keep_size) {
            (Some(true), _) => ResultMode::Preserve,
            (_, Some(true)) => ResultMode::KeepSize,
            (Some(false), _) if run.restore.mode == ResultMode::Preserve => ResultMode::AsAnswered,
            (_, Some(false)) if run.restore.mode == ResultMode::KeepSize => ResultMode::AsAnswered,
            // The result of an area has the original's size already.
            _ if run.restore.mode == ResultMode::KeepSize
                && (self.region.is_some() || self.mask.is_some()) =>
            {
                ResultMode::AsAnswered
            }
            _ => run.restore.mode,
        };
        let merge = &mut row.restore.merge;
        merge.threshold = self.threshold.or(merge.threshold);
        merge.feather = self.feather.or(merge.feather);
        match self.keeps_alpha {
            Some(true) => merge.alpha = AlphaMode::Keep,
            Some(false) => merge.alpha = AlphaMode::Cover,
            None => {}
        }
        match self.pads {
            Some(true) => row.fit.policy = FitPolicy::Pad,
            Some(false) => row.fit.policy = FitPolicy::Convert,
            None => {}
        }
        match self.keep_metadata {
            Some(true) => row.fit.metadata = Metadata::Keep,
            Some(false) => row.fit.metadata = Metadata::Strip,
            None => {}
        }
        row.region_context =
            self.region_context.as_ref().map(|context| *context.value()).or(row.region_context);
        row.page = self.page.or(row.page);
        row.metadata.rule = self.metadata.as_ref().map(|rule| *rule.value()).or(row.metadata.rule);
        row.metadata.records_request = self.record.unwrap_or(row.metadata.records_request);
        row.metadata.keeps_times = self.keep_times.unwrap_or(row.metadata.keeps_times);
        Cow::Owned(row)
    }

    /// Returns the processing of the row, with its mask, which is read now: the masks of all rows would not fit into
    /// memory.
    ///
    /// # Errors
    /// If the mask cannot be read, does not look like one, or has changed since it was checked.
    pub fn processing_with_mask<'a>(&self, run: &'a Processing) -> Result<Cow<'a, Processing>, MaskError> {
        let row = self.processing(run);
        Ok(match &self.mask {
            Some(RowMask::Checked(mask)) => Cow::Owned(mask.read_into(row.into_owned())?),
            Some(RowMask::Unread { .. }) => self.clone().check(run)?,
            None => row,
        })
    }

    /// Checks the mask of the row, so that it is known by its content. Returns the processing of the row, with its mask.
    ///
    /// # Errors
    /// As [`RowOptions::processing_with_mask`].
    pub fn check<'a>(&mut self, run: &'a Processing) -> Result<Cow<'a, Processing>, MaskError> {
        let Some(RowMask::Unread { path, from_alpha, is_inverted }) = &self.mask else {
            return self.processing_with_mask(run);
        };
        let channel =
            from_alpha.map(|alpha| if alpha { MaskChannel::Alpha } else { MaskChannel::Brightness });
        let request = MaskRequest { path, channel, is_inverted: *is_inverted };
        let processing = with_mask_file(self.processing(run).into_owned(), request)?;
        self.mask = processing.checked_mask().map(RowMask::Checked);
        Ok(Cow::Owned(processing))
    }

    /// Returns the output options of the row.
    pub fn output(&self, run: &OutputRequest, row: &Processing) -> OutputRequest {
        if self.is_empty() {
            return run.clone();
        }
        OutputRequest {
            format: self.format.as_ref().map(|format| format.value().0).or(run.format),
            keeps_lossless: row.restore.mode == ResultMode::Preserve
                || row.restore.area != EditArea::All
                || self.mask.is_some(),
            quality: self.quality.or(run.quality),
            alpha: self.keeps_alpha.unwrap_or(run.alpha),
            if_exists: self.if_exists.as_ref().map(|rule| *rule.value()).or(run.if_exists),
            ..run.clone()
        }
    }
}

impl RowMask {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            RowMask::Unread { path, .. } => path,
            RowMask::Checked(mask) => mask.path(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::request_hash;
    use super::super::job_spec::{JobSpec, PictureRef, RequestDefaults};
    use super::*;
    use crate::cards::Models;

    fn options(json: &str) -> RowOptions {
        serde_json::from_str(json).unwrap()
    }

    /// The texts are hashed into the identities of jobs, and are those of the same flags.
    #[test]
    fn a_row_with_an_option_is_identified_like_one_with_the_flag() {
        let run = Processing::default();
        let identity = |json: &str| options(json).processing(&run).identity();
        assert_eq!(identity("{}"), None);
        assert_eq!(identity(r#"{"quality":80,"metadata":"none","pads":true}"#), None);
        assert_eq!(identity(r#"{"preserve":true}"#).as_deref(), Some(r#"{"preserve":true}"#));
        assert_eq!(
            identity(r#"{"region":"10x20%+0+5","feather":2.5,"keeps_alpha":true}"#).as_deref(),
            Some(r#"{"region":"10x20%+0+5","feather":2.5,"keeps_alpha":true}"#)
        );
        assert_eq!(
            identity(r#"{"region":"10%,0,10%x20%","region_context":"0"}"#).as_deref(),
            Some(r#"{"region":"10%x20%+10%+0","region_context":"0"}"#)
        );
        let path = std::ffi::OsString::from("/m.png");
        let checked =
            serde_json::json!({"path": path, "sha256": "0e", "from_alpha": true, "is_inverted": true});
        let mask = serde_json::json!({"mask": {"Checked": checked}}).to_string();
        assert_eq!(
            identity(&mask).as_deref(),
            Some(r#"{"mask_sha256":"0e","mask_from":"alpha","mask_invert":true}"#)
        );
    }

    #[test]
    fn a_size_and_a_negative_prompt_are_hashed_like_those_of_the_flags() {
        let plain = JobSpec::new(PictureRef::Stdin, "x".parse().unwrap(), "m".parse().unwrap());
        let defaults = RequestDefaults::new(Models::built_in("aimlapi").unwrap());
        let flags = RequestDefaults {
            size: "2K".parse().ok(),
            negative_prompt: Some("blur".into()),
            ..defaults.clone()
        };
        let own = JobSpec { options: options(r#"{"size":"2k","negative_prompt":"blur"}"#), ..plain.clone() };
        let hash = |spec: &JobSpec, defaults: &RequestDefaults| {
            request_hash(spec, defaults, &Processing::default(), "00")
        };
        assert_eq!(hash(&own, &defaults), hash(&plain, &flags));
        assert_ne!(hash(&own, &defaults), hash(&plain, &defaults));
    }

    #[test]
    fn an_option_of_the_row_takes_precedence() {
        let run = options(r#"{"keep_size":true}"#).processing(&Processing::default()).into_owned();
        let mode = |json: &str| options(json).processing(&run).restore.mode;
        assert_eq!(mode("{}"), ResultMode::KeepSize);
        assert_eq!(mode(r#"{"keep_size":false}"#), ResultMode::AsAnswered);
        assert_eq!(mode(r#"{"preserve":true}"#), ResultMode::Preserve);
        assert_eq!(mode(r#"{"region":"5x5+0+0"}"#), ResultMode::AsAnswered);
    }

    #[test]
    fn options_can_be_stored() {
        let text = r#"{"region":"5x5+0+0","preserve":true,"format":"webp","quality":90,"if_exists":"skip","size":"16:9"}"#;
        assert_eq!(serde_json::to_string(&options(text)).unwrap(), text);
        assert_eq!(serde_json::to_string(&RowOptions::default()).unwrap(), "{}");
    }
}
