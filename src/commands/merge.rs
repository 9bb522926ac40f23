//! `seededit merge`

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::MergeArgs;
use crate::digest::sha256;
use crate::edit::{
    AnswerMetadata, ChangeReport, Destination, FinishError, Finished, IfExists, MetadataOptions,
    MetadataRule, NameFields, Output, OutputError, OutputRequest, PlanError, ResultStamp, Source, finish,
    no_columns, save,
};
use crate::env::Env;
use crate::error::{ErrorKind, Failure, Hint};
use crate::error_chain::error_chain;
use crate::picture::contents::{Contents, Dropped, KeptExtras};
use crate::picture::merge::{Extent, MergeError};
use crate::picture::metadata::{GainMap, Metadata, Provenance};
use crate::picture::restore::{RestoreError, RestoreOptions, ResultMode};
use crate::picture::{EncodeError, Format, Header, Rect};
use crate::settings::Flags;
use crate::ui::{self, ChangeRecord, JobInfo, Ui};

use super::change_picture::{ChangePicture, ChangePictureFiles, Edit, ensure_apart};
use super::context;
use super::inputs::ensure_stdout_takes_picture;
use super::merge_inputs::{MergeInputs, MergePictures};
use super::offline;
use super::reporting::{self, stdout_failed};
use super::single_edit::ensure_has_times;

pub(super) fn run(args: &MergeArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    offline::start_threads()?;
    let mut inputs = MergeInputs::find(args, env, ui)?;
    let (original, edited) = (inputs.original.clone(), inputs.edited.clone());
    if args.output == "-" {
        ensure_stdout_takes_picture(args.json.json, false, env)?;
    }
    let output = plan(args, &original)?;
    if let Destination::Skipped(path) = &output.destination {
        ui.note(&format!("{} exists; nothing was written", path.display()));
        return Ok(0);
    }
    let file = |source: &'_ Source| match source {
        Source::File(path) => Some(path.clone()),
        _ => None,
    };
    // The original may be replaced by its own result.
    let kept: Vec<PathBuf> = file(&edited).into_iter().chain(inputs.mask()).collect();
    if let Some(path) = output.path() {
        ensure_apart(path, &kept.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    }
    let read: Vec<PathBuf> = file(&original).into_iter().chain(kept).collect();
    let others: Vec<&Path> = read.iter().map(PathBuf::as_path).chain(output.path()).collect();
    let files = ChangePictureFiles { mask: args.mask_out.as_deref(), overlay: args.overlay.as_deref() };
    let pictures = files.plan(if_exists(args), &others)?;
    pictures.iter().try_for_each(ChangePicture::ensure_writable)?;
    if args.metadata.keep_times {
        ensure_has_times(&original, Some(&args.output))?;
    }
    let metadata = MetadataOptions {
        rule: metadata_rule(args, env)?,
        records_request: false,
        keeps_times: args.metadata.keep_times,
    };
    let MergePictures { before, after, frame, area, page } = inputs.read(args.page)?;
    let contents = Contents::read(before.bytes(), before.header());
    let before = before.page(page).map_err(PlanError::from)?;
    let options = RestoreOptions { mode: ResultMode::Preserve, area, merge: args.merging.options() };
    let frame = frame.unwrap_or_else(|| Rect::whole(before.header().upright()));
    let finished = finish(&options, before.bytes(), after.bytes(), frame, output.encoding)
        .map_err(|error| merge_failed(error, &original, &edited))?;
    let kept = Metadata::read(before.bytes(), before.header().format);
    // When the picture was edited is not known.
    let stamp = ResultStamp { options: metadata, original: &kept, provenance: Provenance::default() };
    let (Finished { bytes, header, change, .. }, lost) =
        stamp.apply(finished, &AnswerMetadata::read(after.bytes(), after.header()));
    let has_gain_map = GainMap::read(before.bytes(), before.header().format).is_some();
    let kept = KeptExtras {
        depth: header.format == Format::Png,
        gain_map: header.format == Format::Jpeg && has_gain_map,
    };
    let mut dropped = contents.dropped(before.header(), kept);
    dropped.extend(lost);
    // A merge always detects the change.
    let Some((report, mask)) = change else { return Ok(0) };
    ensure_as_requested(args.strict, &report)?;
    let path = save(&output, &bytes, original.times(metadata).as_deref(), &mut *ui.picture_stream());
    let path = path.map_err(|error| {
        let name = output.path().map_or("standard output".into(), |path| path.display().to_string());
        Failure::new(ErrorKind::Input, anyhow::Error::new(error).context(format!("cannot write {name}")))
            .hint(Hint::each(
                "name an output that can be written with -o",
                "choose an `output` that the server can write to",
            ))
    })?;
    if let Some(path) = &path {
        inputs.record_merged(path, (&bytes, &header), args.quality, ui);
    }
    // The result is saved, so it is reported even if what shows its change cannot be written.
    let edit = Edit { mask, original: before.bytes().into() };
    let written = pictures.iter().try_for_each(|picture| picture.write(&edit, ErrorKind::Input).map(drop));
    let merged = Merged { original, edited, path, bytes, header, report, dropped };
    merged.print(ui)?;
    Ok(written.map_or_else(
        |failure| reporting::report(&failure, JobInfo::new(None, Some(&merged.original.name())), ui),
        |()| 0,
    ))
}

/// With `strict`, fails if the result is not a mixture of both pictures.
fn ensure_as_requested(strict: bool, report: &ChangeReport) -> Result<(), Failure> {
    let (why, hint) = match report.extent {
        _ if !strict => return Ok(()),
        Extent::Parts => return Ok(()),
        Extent::Whole if report.is_in_area => (
            "most of the area that may change did, so there is nothing to preserve within it",
            "without --strict the area is the edited picture, scaled",
        ),
        Extent::Whole => (
            "most of the picture changed, so there is nothing to preserve",
            "without --strict the result is the edited picture at the original's size",
        ),
        Extent::Nothing => (
            "the edit changed nothing visible, so the result would be the original",
            "lower --threshold, or use the edited picture itself",
        ),
    };
    Err(Failure::input(why).hint(hint))
}

/// A merged picture that was written.
struct Merged {
    original: Source,
    edited: Source,
    /// `None` for standard output.
    path: Option<PathBuf>,
    bytes: Vec<u8>,
    header: Header,
    report: ChangeReport,
    /// What the result does not have of the original.
    dropped: Vec<Dropped>,
}

impl Merged {
    fn print(&self, ui: &Ui) -> Result<(), Failure> {
        if ui.is_json() {
            return ui.json(&self.record()).map_err(stdout_failed);
        }
        let Merged { path, bytes, header, report, dropped, .. } = self;
        if !dropped.is_empty() {
            ui.note(&format!("{}: left out of the result: {}", self.original.label(), ui::left_out(dropped)));
        }
        if !report.placed.is_exact {
            ui.note(&ui::placed(&report.placed.placement));
        }
        if report.extent != Extent::Parts || report.is_reencoded {
            ui.note(&ui::changed(report));
        }
        let output = path.as_ref().map_or("standard output".into(), |path| path.display().to_string());
        ui.success(&format!(
            "{output}  {} {}, {}  {} changed, {} identical",
            header.upright(),
            header.format,
            ui::bytes(bytes.len() as u64),
            ui::percent(report.changed),
            ui::identical(report.changed),
        ));
        match path {
            Some(path) => ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed),
            None => Ok(()),
        }
    }

    fn record(&self) -> serde_json::Value {
        let (change, size) = (ChangeRecord::from(&self.report), self.header.upright());
        let mut record = json!({
            "status": "ok",
            "original": self.original.name(),
            "edited": self.edited.name(),
            "output": self.path.as_ref().map_or("-".into(), |path| path.to_string_lossy()),
            "width": size.width,
            "height": size.height,
            "format": self.header.format.name(),
            "bytes": self.bytes.len(),
            "sha256": sha256(&self.bytes),
            "extent": change.extent,
            "covered": change.covered,
            "changed": change.changed,
            "identical": change.identical,
            "parts": change.parts,
            "placed": change.placed,
            "left_out": self.dropped.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        if let Some(detail) = change.detail {
            record["detail"] = json!(detail);
        }
        record
    }
}

fn if_exists(args: &MergeArgs) -> Option<IfExists> {
    if args.force { Some(IfExists::Overwrite) } else { args.if_exists }
}

/// What the result keeps: the flag, or else the setting.
fn metadata_rule(args: &MergeArgs, env: &Env) -> Result<Option<MetadataRule>, Failure> {
    match (args.metadata.metadata, env.config_dir()) {
        (None, Some(_)) => Ok(context::settings(&Flags::default(), env)?.metadata),
        (rule, _) => Ok(rule),
    }
}

fn plan(args: &MergeArgs, original: &Source) -> Result<Output, Failure> {
    let request = OutputRequest {
        output: Some(args.output.clone()),
        // Standard output has no name that selects a format.
        format: args.format.map(Into::into).or((args.output == "-").then_some(Format::Jpeg)),
        quality: args.quality,
        alpha: args.merging.alpha.is_some(),
        if_exists: if_exists(args),
        ..OutputRequest::default()
    };
    let started = jiff::Timestamp::now();
    let fields =
        NameFields { source: original, seed: 0, number: None, started, job: "", column: &no_columns };
    Ok(Output::plan(&request, original, &fields).map_err(PlanError::from)?)
}

fn merge_failed(error: FinishError, original: &Source, edited: &Source) -> Failure {
    match error {
        FinishError::Restore(RestoreError::Original(error)) => offline::undecoded(original, error),
        FinishError::Restore(RestoreError::Answer(error)) => offline::undecoded(edited, error),
        FinishError::Restore(RestoreError::Merge(MergeError::AspectRatio { .. })) => {
            Failure::input(error_chain(&error))
                .hint("both have to show the same; crop or scale one of them first")
        }
        FinishError::Encode(error @ EncodeError::Size { .. }) => {
            PlanError::from(OutputError::from(error)).into()
        }
        FinishError::Restore(RestoreError::Merge(
            MergeError::NothingInCommon | MergeError::Ambiguous | MergeError::Elsewhere,
        )) => Failure::input(error_chain(&error)).hint(Hint::each(
            "if one is an edit of the other, say where it lies with --placement: exact, or X,Y,WxH in pixels of the original",
            "if one is an edit of the other, the user can say where it lies, with `seededit merge --placement`",
        )),
        FinishError::Restore(RestoreError::Merge(MergeError::Turned)) => Failure::input(error_chain(&error))
            .hint(Hint::each(
                "turn one of them first, or say where it lies with --placement exact",
                "turn one of them first",
            )),
        error => Failure::input(error_chain(&error)),
    }
}
