//! Completes an edit with what an earlier one was. What the command line says comes first, and what `--without` names is
//! left out.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use crate::api::{Guidance, ResponseFormat, Seed};
use crate::cards::{ModelCard, Parameters, SizeRequest};
use crate::cli::{AlphaRule, DetailRule, EarlierFlag, EditArgs, FitWay, MaskFrom, OutputFormat, ReplayArgs};
use crate::edit::{CheckedMask, MetadataRule, Processing};
use crate::error::Failure;
use crate::journal::{Intent, Job};
use crate::picture::Format;
use crate::picture::RegionContext;
use crate::picture::fit::{FitPolicy, Metadata};
use crate::picture::merge::{AlphaMode, Detail, PlacementMode};
use crate::picture::restore::{EditArea, MaskChannel, ResultMode};
use crate::settings::Settings;

use super::super::edit_options::Earlier;

/// Completes an edit with the steps of an earlier one. `settings` are those of the command line, and `card` is the model to
/// request. Also returns what that model does not take, in words: it is left out.
pub(super) fn complete(
    edit: &mut EditArgs,
    args: &ReplayArgs,
    steps: &[Job],
    settings: &Settings,
    card: &ModelCard,
) -> Result<(Earlier, Vec<String>), Failure> {
    let intent = &steps[steps.len() - 1].intent;
    let Some((processing, mask)) = Processing::of_job(intent) else {
        return Err(entry(intent, "the processing"));
    };
    let mut fill = Fill { args, card, left_out: Vec::new() };
    let has_prompt = edit.prompt.is_some() || edit.prompt_file.is_some();
    let given = edit.request.guidance_scale.is_some();
    let guidance_scale = match fill.guidance(intent)? {
        _ if given || args.leaves_out(EarlierFlag::GuidanceScale) => settings.guidance_scale,
        guidance => guidance,
    };
    fill.request(edit, intent, &processing)?;
    let has_region = fill.area(edit, &processing, mask.as_ref());
    fill.result(edit, intent, &processing);
    let takes_then = edit.request.then.is_empty() && !args.leaves_out(EarlierFlag::Then);
    let later = steps[1..].iter().filter(|_| takes_then);
    let earlier = Earlier {
        prompt: if has_prompt { None } else { Some(stored(intent, "prompt", &steps[0].intent.prompt)?) },
        then: later.map(|step| stored(intent, "prompt", &step.intent.prompt)).collect::<Result<_, _>>()?,
        guidance_scale,
        watermark: fill.watermark(edit, intent, settings),
        response_format: fill.response_format(edit, intent, settings)?,
        metadata: fill.metadata(edit, &processing, settings),
        region_context: fill.region_context(edit, &processing, has_region, settings),
        continued_name: None,
        picture: None,
    };
    Ok((earlier, fill.left_out))
}

/// Parses what the journal has of a job.
pub(super) fn stored<T: FromStr<Err: Display>>(
    intent: &Intent,
    what: &str,
    text: &str,
) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| entry(intent, &format!("the {what}: {error}")))
}

fn entry(intent: &Intent, what: &str) -> Failure {
    Failure::input(format!("the journal's entry for job {} cannot be used: {what}", intent.job))
        .hint("say with flags of `seededit edit` what to do")
}

struct Fill<'a> {
    args: &'a ReplayArgs,
    card: &'a ModelCard,
    left_out: Vec<String>,
}

impl Fill<'_> {
    fn takes(&self, flag: EarlierFlag) -> bool {
        !self.args.leaves_out(flag)
    }

    /// Whether the model takes a parameter. If not, it is listed.
    fn is_taken(&mut self, parameters: &Parameters) -> bool {
        let unsupported = parameters.check("", self.card);
        self.left_out.extend(unsupported.iter().map(ToString::to_string));
        unsupported.is_empty()
    }

    fn guidance(&mut self, intent: &Intent) -> Result<Option<Guidance>, Failure> {
        if !self.takes(EarlierFlag::GuidanceScale) || self.args.request.guidance_scale.is_some() {
            return Ok(None);
        }
        let Some(guidance) = intent.guidance_scale else { return Ok(None) };
        if !self.is_taken(&Parameters { guidance: Some(guidance), ..Parameters::default() }) {
            return Ok(None);
        }
        stored(intent, "guidance scale", &guidance.to_string()).map(Some)
    }

    fn watermark(&mut self, edit: &EditArgs, intent: &Intent, settings: &Settings) -> Option<bool> {
        let is_given = edit.request.watermark || edit.request.no_watermark;
        if is_given || !self.takes(EarlierFlag::Watermark) {
            return settings.watermark;
        }
        let parameters = Parameters { watermark: intent.watermark, ..Parameters::default() };
        intent.watermark.filter(|_| self.is_taken(&parameters))
    }

    fn response_format(
        &mut self,
        edit: &EditArgs,
        intent: &Intent,
        settings: &Settings,
    ) -> Result<Option<ResponseFormat>, Failure> {
        match &intent.response_format {
            _ if edit.service.response_format.is_some() => Ok(settings.response_format),
            // How the answer is returned makes no difference to the result.
            Some(text) if self.card.answer.is_some() => stored(intent, "response format", text).map(Some),
            _ => Ok(None),
        }
    }

    fn metadata(
        &self,
        edit: &EditArgs,
        processing: &Processing,
        settings: &Settings,
    ) -> Option<MetadataRule> {
        let is_given = edit.results.metadata.metadata.is_some();
        if is_given || !self.takes(EarlierFlag::Metadata) {
            settings.metadata
        } else {
            processing.metadata.rule
        }
    }

    fn region_context(
        &self,
        edit: &EditArgs,
        processing: &Processing,
        has_region: bool,
        settings: &Settings,
    ) -> Option<RegionContext> {
        let is_given = edit.results.region_context.is_some();
        if is_given || !has_region { settings.region_context } else { processing.region_context }
    }

    /// What is sent besides the prompt.
    fn request(
        &mut self,
        edit: &mut EditArgs,
        intent: &Intent,
        processing: &Processing,
    ) -> Result<(), Failure> {
        let request = &mut edit.request;
        if let (None, Some(seed), true) = (request.seed, intent.sent_seed(), self.takes(EarlierFlag::Seed))
            && self.is_taken(&Parameters { seed: Some(seed), ..Parameters::default() })
        {
            request.seed = Some(stored::<Seed>(intent, "seed", &seed.to_string())?);
        }
        if let (None, Some(text), true) =
            (&request.negative_prompt, &intent.negative_prompt, self.takes(EarlierFlag::NegativePrompt))
            && self.is_taken(&Parameters { negative_prompt: Some(text.clone()), ..Parameters::default() })
        {
            request.negative_prompt = Some(text.clone());
        }
        if let (None, Some(text), true) = (&request.size, &intent.size, self.takes(EarlierFlag::Size)) {
            let size: SizeRequest = stored(intent, "size", text)?;
            if self.is_taken(&Parameters { size: Some(size.clone()), ..Parameters::default() }) {
                request.size = Some(size);
            }
        }
        if request.references.is_empty() && self.takes(EarlierFlag::Reference) {
            for reference in &intent.references {
                let path = reference.path.clone().ok_or_else(|| {
                    Failure::input(format!("the name of a reference of job {} is not known", intent.job))
                        .hint("name all references with --reference, or leave them out: --without reference")
                })?;
                request.references.push(path);
            }
        }
        // Another picture has other pages.
        if request.page.is_none() && self.takes(EarlierFlag::Page) && self.args.picture.is_none() {
            request.page = processing.page;
        }
        let pads = processing.fit.policy == FitPolicy::Pad && self.takes(EarlierFlag::Fit);
        if pads && request.fit.is_none() && !request.no_fit {
            request.fit = Some(FitWay::Pad);
        }
        request.keep_metadata |=
            processing.fit.metadata == Metadata::Keep && self.takes(EarlierFlag::KeepMetadata);
        Ok(())
    }

    /// Where the picture may change, and how the answer is restored into it. Returns whether the region is the earlier one.
    fn area(&self, edit: &mut EditArgs, processing: &Processing, mask: Option<&CheckedMask>) -> bool {
        let results = &mut edit.results;
        let has_area = results.region.is_some() || results.mask.is_some();
        let mut has_region = false;
        if !results.keep_size && !has_area {
            if let (EditArea::Region(region), true) =
                (&processing.restore.area, self.takes(EarlierFlag::Region))
            {
                (results.region, has_region) = (Some(*region), true);
            }
            if let (Some(mask), true) = (mask, self.takes(EarlierFlag::Mask)) {
                results.mask = Some(mask.path().to_owned());
                results.mask_invert = mask.is_inverted();
                results.mask_from = Some(match mask.channel() {
                    MaskChannel::Brightness => MaskFrom::Brightness,
                    MaskChannel::Alpha => MaskFrom::Alpha,
                });
            }
        }
        let mode = processing.restore.mode;
        if !results.keep_size && self.takes(EarlierFlag::Preserve) {
            results.preserve |= mode == ResultMode::Preserve;
        }
        let is_merged = results.preserve || results.region.is_some() || results.mask.is_some();
        if !is_merged && self.takes(EarlierFlag::KeepSize) {
            results.keep_size |= mode == ResultMode::KeepSize;
        }
        let (merge, merging) = (&processing.restore.merge, &mut results.merging);
        if merging.threshold.is_none() && results.preserve && self.takes(EarlierFlag::Threshold) {
            merging.threshold = merge.threshold;
        }
        if merging.feather.is_none()
            && (results.preserve || results.region.is_some())
            && self.takes(EarlierFlag::Feather)
        {
            merging.feather = merge.feather;
        }
        if merging.placement.is_none()
            && is_merged
            && merge.placement != PlacementMode::Auto
            && self.takes(EarlierFlag::Placement)
        {
            merging.placement = Some(merge.placement);
        }
        let is_scaled = merge.detail == Detail::Off && results.preserve;
        if merging.detail.is_none() && is_scaled && self.takes(EarlierFlag::Detail) {
            merging.detail = Some(DetailRule::Off);
        }
        if merging.alpha.is_none() && merge.alpha == AlphaMode::Keep && self.takes(EarlierFlag::Alpha) {
            merging.alpha = Some(AlphaRule::Keep);
        }
        has_region
    }

    /// The file of the result.
    fn result(&self, edit: &mut EditArgs, intent: &Intent, processing: &Processing) {
        let is_stdout = edit.output.as_deref() == Some(OsStr::new("-"));
        let results = &mut edit.results;
        results.record |= processing.metadata.records_request && self.takes(EarlierFlag::Record);
        // What belongs to a file is nothing for standard output, and has to be said again for another picture.
        if !is_stdout && self.args.picture.is_none() {
            results.metadata.keep_times |=
                processing.metadata.keeps_times && self.takes(EarlierFlag::KeepTimes);
            results.keep_answer |= processing.keeps_answer && self.takes(EarlierFlag::KeepAnswer);
        }
        let format = intent.format.as_deref().and_then(OutputFormat::of_name);
        let is_named = results.name.is_some() || edit.output.as_deref().is_some_and(names_format);
        if results.format.is_none() && !is_named && self.takes(EarlierFlag::Format) {
            results.format = format;
        }
        let is_same = format.is_some() && results.format == format;
        if results.quality.is_none() && is_same && self.takes(EarlierFlag::Quality) {
            results.quality = intent.quality;
        }
    }
}

/// Whether the name of an output says its format.
fn names_format(output: &OsStr) -> bool {
    let ending = Path::new(output).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| Format::from_extension(ending).is_some())
}
