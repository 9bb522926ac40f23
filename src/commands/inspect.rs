//! `seededit inspect`

use std::io;

use serde_json::json;

use crate::cards::{ModelCard, ResultSize};
use crate::cli::InspectArgs;
use crate::edit::{PlanError, Processing, RawPicture, Source, SourceError};
use crate::env::Env;
use crate::error::{Audience, ErrorKind, Failure};
use crate::picture::contents::{Contents, KeptExtras};
use crate::picture::fit::{Change, FitPlan, describe};
use crate::picture::metadata::{GainMap, Metadata, MetadataSummary, StatedProvenance};
use crate::picture::restore::EditArea;
use crate::picture::{Format, Orientation, Size};
use crate::settings::Flags;
use crate::ui::{self, JobInfo, Ui};

use super::dry_run::{Area, rect};
use super::named_results::NamedResults;
use super::reporting::{report, stdout_failed};
use super::target::Target;
use super::{context, edit_options, offline, successor};

pub(super) fn run(args: &InspectArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let flags = Flags {
        model: args.model.clone(),
        base_url: args.base_url.clone(),
        region_context: args.region_context,
        ..context::profile_flags(&args.profile)
    };
    let settings = context::settings(&flags, env)?;
    let target = Target::of(args.sandbox, args.base_url.is_some(), &settings, env)?;
    let model = edit_options::model(&settings, target)?;
    let journal = successor::journal(&settings, target, env)?;
    let successor = successor::instead_of(&settings, &model, target, journal.as_ref())?;
    let model = settings.models.find(successor.unwrap_or(model).as_str())?;
    let area = args.region.map_or(EditArea::All, EditArea::Region);
    let mut processing = Processing::default().with_area(area).for_model(&model, settings.models.service());
    processing.region_context = settings.region_context;
    let named = NamedResults { sandbox: target.is_sandbox(), env, ui };
    let mut worst: Option<ErrorKind> = None;
    for (number, image) in args.images.iter().enumerate() {
        if number > 0 && !ui.is_json() {
            ui.line("").map_err(stdout_failed)?;
        }
        let source =
            named.source(image).transpose().unwrap_or_else(|| offline::source(image, "inspect", env));
        let name = source.as_ref().map_or_else(|_| image.to_string_lossy().into_owned(), Source::name);
        match source.and_then(|source| read(&source, args.page)) {
            Ok((picture, contents)) => {
                show(&name, picture, contents, &model, &processing, args.check, ui).map_err(stdout_failed)?;
            }
            Err(failure) => {
                // A link may contain a signature; the error message names the link without it.
                let shown = (!name.contains("://")).then_some(name.as_str());
                report(&failure, JobInfo::new(None, shown), ui);
                worst = Some(failure.kind.max(worst));
            }
        }
    }
    Ok(worst.map_or(0, ErrorKind::exit_code))
}

/// Reads a picture or one of its pages, and what its file has.
fn read(source: &Source, page: Option<u32>) -> Result<(RawPicture, Contents), Failure> {
    let picture = offline::read(source)?;
    let contents = Contents::read(picture.bytes(), picture.header());
    let picture = picture.page(page).map_err(PlanError::from)?;
    Ok((picture, contents))
}

/// What would be uploaded.
struct Upload {
    format: Format,
    /// Its upright size.
    size: Size,
    /// The number of its bytes; `None` if it was not prepared.
    bytes: Option<u64>,
    changes: Vec<Change>,
    /// `None` without a region.
    area: Option<Area>,
}

impl Upload {
    /// Fits a picture, as an edit does: that finds damage, and shows how large it is once it is encoded.
    fn fitted(picture: RawPicture, processing: &Processing) -> Result<Upload, SourceError> {
        let upload = picture.fit(processing)?;
        Ok(Upload {
            format: upload.header.format,
            size: upload.header.upright(),
            bytes: Some(upload.bytes.len() as u64),
            area: Area::of(processing, &upload),
            changes: upload.changes,
        })
    }

    /// Trusts the header of a picture, which is not decoded.
    fn planned(picture: &RawPicture, processing: &Processing) -> Result<Upload, SourceError> {
        let FitPlan { frame, size, format, changes, .. } = picture.plan(processing)?;
        let area = Area::new(processing, picture.header().upright(), frame);
        Ok(Upload { format, size, bytes: None, changes, area })
    }

    fn record(&self) -> serde_json::Value {
        json!({
            "format": self.format.name(),
            "width": self.size.width,
            "height": self.size.height,
            "bytes": self.bytes,
            "changes": self.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

fn show(
    name: &str,
    picture: RawPicture,
    contents: Contents,
    model: &ModelCard,
    processing: &Processing,
    checks_all: bool,
    ui: &Ui,
) -> io::Result<()> {
    let (header, bytes) = (*picture.header(), picture.byte_count());
    let metadata = MetadataSummary::of(&Metadata::read(picture.bytes(), header.format));
    // One that the file does not announce takes a search to its end.
    let gain_map = contents.has_gain_map && GainMap::read(picture.bytes(), header.format).is_some();
    let dropped = contents.dropped(&header, KeptExtras { depth: true, gain_map });
    let checks = processing.fit.limits.checks(&header, bytes);
    let upload =
        if checks_all { Upload::fitted(picture, processing) } else { Upload::planned(&picture, processing) };
    let upload = upload.map_err(|error| Failure::from(PlanError::from(error)));
    let accepted = upload.is_ok() && checks.iter().all(|check| check.is_met);
    let upload_size = upload.as_ref().map_or(header.upright(), |upload| upload.size);
    let result = model.size.solve(upload_size, None).map_or(ResultSize::Unknown, |solution| solution.result);
    let area = upload.as_ref().ok().and_then(|upload| upload.area.as_ref());
    if ui.is_json() {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| json!({"limit": check.rule, "found": check.found, "met": check.is_met}))
            .collect();
        ui.json(&json!({
            "status": "ok",
            "input": name,
            "format": header.format.name(),
            "width": header.size.width,
            "height": header.size.height,
            "orientation": header.orientation.value(),
            "alpha": header.has_alpha,
            "frames": contents.count,
            "metadata": metadata_record(&metadata, &contents),
            "provenance": provenance_record(&metadata.provenance),
            "left_out": dropped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "bytes": bytes,
            "checked": checks_all,
            "accepted": accepted,
            "limits": checks,
            "sent": upload.as_ref().ok().map(Upload::record),
            "region": area.map(|area| rect(area.region)),
            "uploaded": area.map(|area| rect(area.upload)),
            "refused": upload.as_ref().err().map(|failure| why(failure, ui.audience())),
            "model": model.id,
            "result": result.size().map(size),
            "result_is_exact": matches!(result, ResultSize::Exact(_)),
        }))?;
        return Ok(());
    }
    let mut lines = vec![format!("{}: {}", ui::sanitize(name), conclusion(&upload, result))];
    lines.push(row("model", &model.id));
    lines.push(row("format", header.format.name()));
    if contents.has_gain_map {
        lines.push(row("gain map", "yes"));
    }
    if !dropped.is_empty() {
        lines.push(row("left out", &ui::left_out(&dropped)));
    }
    lines.push(row("size", &format!("{}, {}", header.size, ui::bytes(bytes))));
    if let Some(Area { region, upload, .. }) = area {
        lines.push(row("region", &region.to_string()));
        lines.push(row("upload", &upload.to_string()));
    }
    if header.orientation != Orientation::default() {
        lines.push(row("orientation", &format!("{} ({})", header.orientation.value(), header.orientation)));
    }
    if header.has_alpha {
        lines.push(row("transparent", "yes"));
    }
    lines.extend(metadata_rows(&metadata));
    for check in &checks {
        let mark = if check.is_met { "ok" } else { "not met" };
        lines.push(row(mark, &format!("{}: {}", check.rule, check.found)));
    }
    lines.iter().try_for_each(|line| ui.wrapped_line(line, ROW_INDENT))
}

/// What the metadata of a picture says, without what it does not say.
fn metadata_rows(metadata: &MetadataSummary) -> Vec<String> {
    let StatedProvenance { digital_source_type, software, date, prompt, model, seed, job } =
        &metadata.provenance;
    let kinds = Some(metadata.kinds()).filter(|kinds| !kinds.is_empty());
    let resolution = metadata.resolution.map(|(x, y)| {
        if (x - y).abs() < f64::EPSILON { format!("{x:.0} dpi") } else { format!("{x:.0}×{y:.0} dpi") }
    });
    let changed = match (software, date) {
        (Some(software), Some(date)) => Some(format!("{software}, {date}")),
        (software, date) => software.clone().or(date.clone()),
    };
    let rows = [
        ("metadata", &kinds),
        ("resolution", &resolution),
        ("camera", &metadata.camera),
        ("origin", digital_source_type),
        ("software", &changed),
        ("prompt", prompt),
        ("made by", model),
        ("seed", seed),
        ("job", job),
    ];
    rows.into_iter().filter_map(|(name, value)| Some(row(name, &ui::sanitize(value.as_ref()?)))).collect()
}

fn metadata_record(metadata: &MetadataSummary, contents: &Contents) -> serde_json::Value {
    json!({
        "exif": metadata.has_exif,
        "xmp": metadata.has_xmp,
        "iptc": metadata.has_iptc,
        "location": metadata.has_location,
        "maker_notes": metadata.has_maker_notes,
        "content_credentials": contents.has_credentials,
        "gain_map": contents.has_gain_map,
        "attached_pictures": contents.attached,
        "texts": metadata.texts,
        "dpi": metadata.resolution.map(|(x, y)| [x, y]),
        "camera": metadata.camera,
    })
}

fn provenance_record(provenance: &StatedProvenance) -> serde_json::Value {
    json!({
        "digital_source_type": provenance.digital_source_type,
        "software": provenance.software,
        "date": provenance.date,
        "prompt": provenance.prompt,
        "model": provenance.model,
        "seed": provenance.seed,
        "job": provenance.job,
    })
}

/// The summary: whether the picture is accepted, its upload, and the size of the result.
fn conclusion(upload: &Result<Upload, Failure>, result: ResultSize) -> String {
    match upload {
        Err(failure) => format!("refused: {}", why(failure, Audience::CommandLine)),
        Ok(Upload { size, bytes, changes, .. }) => {
            let how = if changes.is_empty() { "unchanged".into() } else { describe(changes) };
            match bytes {
                Some(bytes) => {
                    let bytes = ui::bytes(*bytes);
                    format!("accepted; uploaded {how} ({size}, {bytes}); the result is {result}")
                }
                None => format!("accepted unless damaged; uploaded {how} ({size}); the result is {result}"),
            }
        }
    }
}

/// Why a picture is refused, and the hint.
fn why(failure: &Failure, audience: Audience) -> String {
    let cause = failure.cause.root_cause().to_string();
    match failure.hint_for(audience) {
        Some(hint) => format!("{cause}; {hint}"),
        None => cause,
    }
}

/// The column in which the values of rows start.
const ROW_INDENT: usize = 15;

fn row(name: &str, value: &str) -> String {
    format!("  {name:<12} {value}")
}

fn size(size: Size) -> serde_json::Value {
    json!({"width": size.width, "height": size.height})
}
