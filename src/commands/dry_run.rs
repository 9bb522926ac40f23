//! `--dry-run`: prints what would be sent and written.

mod several;

use std::io;
use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use crate::api::{BaseUrl, Generation, Model, Pictures, Preview, RequestId, RequestPath};
use crate::batch::Task;
use crate::cards::{Auth, Dialect, ModelCard, ResultSize, ServiceCard, Status};
use crate::config::Setting;
use crate::edit::{Image, Loaded, Output, PlanError, Processing, Restoration, native_mask};
use crate::error::Failure;
use crate::journal::Job;
use crate::money::Usd;
use crate::picture::fit::describe;
use crate::picture::restore::EditArea;
use crate::picture::{Format, Rect, Size};
use crate::settings::{Settings, SpendingLimits};
use crate::ui::{self, Ui};

use super::consent::Expected;
use super::price::PriceSource;
use super::reporting::stdout_failed;
use super::target::Target;

pub(super) use self::several::{summary, task};

/// The number of Base64 characters shown of the picture.
const SHOWN_BASE64: usize = 24;

/// Prints a note if the edits would be refused, because the service has withdrawn a model.
pub(super) fn mention_withdrawn_model(models: &[Model], settings: &Settings, target: Target, ui: &Ui) {
    if target != Target::Service || settings.models.are_elsewhere() {
        return;
    }
    for model in models {
        let Ok(card) = settings.models.find(model.as_str()) else { continue };
        if card.status == Status::Withdrawn {
            let when = card.withdrawn.as_ref().map_or(String::new(), |day| format!(" on {day}"));
            let service = &settings.models.service().title;
            let option = ui.audience().option("model");
            ui.note(&format!(
                "{service} withdrew {model}{when}: a real edit ends with exit code 6, and nothing is charged; choose \
                 another model with {option}"
            ));
        }
    }
}

/// Where a request goes.
pub(super) struct Recipient<'a> {
    pub(super) base: &'a BaseUrl,
    pub(super) service: &'a ServiceCard,
    /// Whether it is the sandbox inside this process, which has no address.
    pub(super) is_built_in: bool,
}

impl Recipient<'_> {
    fn url(&self, path: &RequestPath) -> String {
        if self.is_built_in {
            format!("the sandbox, {path}")
        } else {
            crate::secret::redact_url(&self.base.join(path.as_str()))
        }
    }
}

/// A single edit that is not run.
pub(super) struct PlannedEdit<'a> {
    pub(super) task: &'a Task,
    /// The number of steps that would be paid for.
    pub(super) steps: usize,
    pub(super) image: &'a Image,
    pub(super) references: &'a [Loaded],
    pub(super) processing: &'a Processing,
    pub(super) recipient: Recipient<'a>,
    /// The expected price of each step, and who says so.
    pub(super) price: Option<(Usd, PriceSource)>,
    /// Whether the seed is random, so that the edit itself has another one.
    pub(super) draws_seed: bool,
    /// The earlier job whose result would be used again, so that nothing is sent.
    pub(super) reused: Option<Reused<'a>>,
}

/// An earlier result that would be used again.
#[derive(Clone, Copy)]
pub(super) struct Reused<'a> {
    pub(super) job: &'a Job,
    /// Whether it is at the output already.
    pub(super) is_there: bool,
}

/// Prints the request of a single edit, its output and its expected price.
pub(super) fn edit(edit: &PlannedEdit<'_>, ui: &Ui) -> Result<(), Failure> {
    let task = edit.task;
    let planned = match edit.reused {
        Some(Reused { job, is_there: true }) => task.resolve_output(Some(job)),
        _ => task.resolve_output(None).and_then(|output| task.ensure_possible(output)),
    };
    let output = planned.map_err(PlanError::from)?;
    request(edit, &output, ui).map_err(stdout_failed)
}

fn request(edit: &PlannedEdit<'_>, planned: &Output, ui: &Ui) -> io::Result<()> {
    let PlannedEdit { task, steps, image, references, processing, recipient, price, draws_seed, reused } =
        edit;
    let (steps, saved) = (*steps as u64, task.steps.len().saturating_sub(*steps));
    let restore = &processing.restore;
    let Some(generation) = task.steps.get(saved) else { return Ok(()) };
    let (url, service) = (recipient.url(&generation.path), recipient.service);
    let then: Vec<&str> = task.steps.iter().skip(saved + 1).map(|step| step.prompt.as_str()).collect();
    let upload = match image {
        Image::Loaded(loaded) if restore.area != EditArea::All => Some(Upload::of(loaded)),
        _ => None,
    };
    let cost = price.as_ref().map(|(usd, source)| (usd.saturating_mul(steps), source));
    let least = price.as_ref().map(|(usd, source)| source.least(*usd).saturating_mul(steps));
    let mask = match image {
        Image::Loaded(loaded) => {
            let restoration = Restoration::of(processing, &task.source, loaded);
            native_mask(&generation.card, processing, restoration.as_ref(), loaded)
        }
        Image::Link(_) => None,
    };
    let dropped = match image {
        Image::Loaded(loaded) => loaded.dropped(restore, planned.encoding.format),
        Image::Link(_) => Vec::new(),
    };
    let editable_share = editable_share(processing);
    let area = match image {
        Image::Loaded(loaded) => Area::of(processing, loaded),
        Image::Link(_) => None,
    };
    let (image, upload_size, answer, result_size, changes): (_, _, _, _, &[_]) = match image {
        Image::Link(url) => (shown_link(url, &generation.card), None, None, None, &[]),
        Image::Loaded(loaded) => {
            let upload = loaded.header.upright();
            let answer = generation.solve_size(Some(upload)).result;
            let original = loaded.original.as_ref().map_or(upload, |original| original.header.upright());
            (
                shown_file(&loaded.bytes, loaded.header.format.media_type(), &generation.card),
                Some(upload),
                Some(answer),
                if restore.keeps_answer_size() { answer.size() } else { Some(original) },
                &loaded.changes,
            )
        }
    };
    let shown =
        |loaded: &Loaded| shown_file(&loaded.bytes, loaded.header.format.media_type(), &generation.card);
    let pictures = Pictures {
        image,
        references: references.iter().map(shown).collect(),
        mask: mask.map(|png| shown_file(&png, Format::Png.media_type(), &generation.card)),
    };
    let output_format = planned.encoding.answer_format(restore, &generation.card);
    let asked = Generation { output_format, ..generation.clone() };
    let mut preview = asked.preview(pictures, upload_size);
    let drawn = generation.card.seed.as_ref().filter(|_| *draws_seed);
    if let Some(seed) = drawn {
        preview.fields.remove(&seed.field);
    }
    let request_id = RequestId::new(task.job.as_str(), 1);
    let there = reused.filter(|reused| reused.is_there).and_then(|reused| {
        let path = reused.job.stored.as_ref()?.path.as_ref()?.as_path().to_owned();
        Some(task.as_requested(path, reused.job))
    });
    let output = there.as_deref().or(planned.path()).unwrap_or(Path::new("-")).to_string_lossy().into_owned();
    if ui.is_json() {
        return ui.json(&json!({
            "status": "planned",
            "job": reused.map(|reused| reused.job.intent.job.as_str()),
            "input": task.source.name(),
            "output": output,
            "request": {"method": "POST", "url": url, "content_type": preview.content_type, "body": preview.fields},
            "width": result_size.map(|size| size.width),
            "height": result_size.map(|size| size.height),
            "left_out": dropped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "editable": editable_share,
            "region": area.as_ref().map(|area| rect(area.region)),
            "uploaded": area.as_ref().map(|area| rect(area.upload)),
            "fitted": changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "usd": cost.map(|(usd, _)| usd.value()),
            "usd_least": least.map(Usd::value),
            "price_source": cost.map(|(_, source)| source.name()),
            "price_date": cost.and_then(|(_, source)| source.date()),
        }));
    }
    let answer_text = answer
        .map_or("depends on the picture, which is not read in a dry run".to_owned(), |size| size.to_string());
    let answer_size = answer.and_then(ResultSize::size);
    let mut lines = vec![format!("POST {url}")];
    lines.push(match service.auth {
        Auth::Bearer => "Authorization: Bearer [key]".to_owned(),
        Auth::Key => "Authorization: Key [key]".to_owned(),
        Auth::Optional => "Authorization: Bearer [key], if there is one".to_owned(),
    });
    lines.push(format!("Content-Type: {}", preview.content_type));
    lines.extend(service.request_id_header.as_ref().map(|name| format!("{name}: {}", request_id.as_str())));
    lines.extend([
        String::new(),
        body_text(&preview, &generation.card)?,
        String::new(),
        format!("output: {}", ui::sanitize(&output)),
        format!("size of the answer: {answer_text}"),
        match cost {
            Some((_, source)) => {
                let one = price.as_ref().map_or(Usd::default(), |(usd, _)| *usd);
                format!("price: {}", source.describe(one, steps))
            }
            None if recipient.service.lists.is_some() => ui
                .adapted(
                    "price: not known; `seededit doctor` asks for the service's list price, which is free",
                )
                .into_owned(),
            None => "price: not known before the answer".to_owned(),
        },
    ]);
    if let Some(result_size) = result_size.filter(|size| Some(*size) != answer_size) {
        lines.insert(lines.len() - 1, format!("size of the result: {result_size}"));
    }
    if let Some(upload) = upload {
        lines.insert(lines.len() - 3, format!("upload: {upload}"));
    }
    if let Some(Area { region, picture, .. }) = area {
        lines.insert(lines.len() - 3, format!("region: {region} of {picture}"));
    }
    if let Some(share) = editable_share {
        lines.insert(
            lines.len() - 3,
            format!("may change: {} of the picture, by the mask", ui::percent(share)),
        );
    }
    if !changes.is_empty() {
        lines.insert(lines.len() - 3, format!("picture: {}", describe(changes)));
    }
    if !dropped.is_empty() {
        lines.insert(lines.len() - 3, format!("left out of the result: {}", ui::left_out(&dropped)));
    }
    if drawn.is_some() {
        lines.insert(lines.len() - 3, "seed: random, drawn when the edit is sent".to_owned());
    }
    if !then.is_empty() {
        let steps = then.iter().map(|prompt| ui::sanitize(prompt)).collect::<Vec<_>>().join("; ");
        lines.insert(lines.len() - 3, format!("then: {steps}"));
    }
    lines.iter().try_for_each(|line| match line.contains('\n') {
        // The body can be copied.
        true => ui.line(line),
        false => ui.wrapped_line(line, 2),
    })
}

/// The share of a picture that may change by the mask. `None` without a mask.
fn editable_share(processing: &Processing) -> Option<f64> {
    match &processing.restore.area {
        EditArea::Mask(mask) => Some(mask.editable_share()),
        EditArea::All | EditArea::Region(_) => None,
    }
}

/// A region of a picture, and the part that is uploaded for it.
pub(super) struct Area {
    pub(super) region: Rect,
    pub(super) upload: Rect,
    /// The size of the upright picture.
    picture: Size,
}

impl Area {
    /// The area of a picture whose upload shows a part of it; `None` without a region.
    pub(super) fn new(processing: &Processing, picture: Size, upload: Rect) -> Option<Area> {
        Some(Area { region: processing.region_in(picture)?, upload, picture })
    }

    /// The area of a loaded picture; `None` without a region.
    pub(super) fn of(processing: &Processing, loaded: &Loaded) -> Option<Area> {
        Area::new(processing, loaded.original.as_ref()?.header.upright(), loaded.frame)
    }

    /// Finds the area of a task that is not loaded: of its picture, only the header is read.
    fn of_task(task: &Task, run: &Processing) -> Option<Area> {
        let row = task.options.processing(run);
        if !matches!(row.restore.area, EditArea::Region(_)) {
            return None;
        }
        let picture = task.source.read_picture(None).ok()?.page(row.page).ok()?.header().upright();
        let upload = row.fit_options(picture).ok()?.crop.unwrap_or(Rect::whole(picture));
        Area::new(&row, picture, upload)
    }
}

/// A rectangle in JSON, in pixels of the upright picture.
pub(super) fn rect(rect: Rect) -> Value {
    json!({"x": rect.left, "y": rect.top, "width": rect.size.width, "height": rect.size.height})
}

/// Prints a note if the edits would ask first.
pub(super) fn mention_question(expected: Expected, limits: SpendingLimits, ui: &Ui) {
    if let Some(above) = expected.is_above(limits) {
        ui.note(&format!(
            "real edits ask first, because they may cost more than {} {above}; in a script, they need --yes",
            limits.name(Setting::ConfirmAbove)
        ));
    }
}

/// The area of the original that is uploaded.
pub(super) enum Upload {
    Whole(Size),
    Part(Rect, Size),
}

impl Upload {
    pub(super) fn of(loaded: &Loaded) -> Upload {
        let picture =
            loaded.original.as_ref().map_or(loaded.frame.size, |original| original.header.upright());
        if loaded.frame.is_whole(picture) {
            Upload::Whole(picture)
        } else {
            Upload::Part(loaded.frame, picture)
        }
    }
}

impl std::fmt::Display for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Upload::Whole(size) => write!(f, "the whole picture, {size}"),
            Upload::Part(part, picture) => write!(f, "{part} of {picture}"),
        }
    }
}

/// Returns the body as it is shown: JSON, or a line for each part of a form.
fn body_text(preview: &Preview, card: &ModelCard) -> io::Result<String> {
    if card.dialect != Dialect::ImagesMultipart {
        // Line by line, because line breaks are escaped too.
        let text = serde_json::to_string_pretty(&preview.fields).map_err(io::Error::other)?;
        return Ok(text.lines().map(ui::sanitize).collect::<Vec<_>>().join("\n"));
    }
    let mut lines = Vec::new();
    for (name, value) in &preview.fields {
        let values = if let Value::Array(values) = value { values } else { std::slice::from_ref(value) };
        lines.extend(
            values
                .iter()
                .map(|value| ui::sanitize(&format!("{name}: {}", Preview::text(value))).into_owned()),
        );
    }
    Ok(lines.join("\n"))
}

/// Returns how a link is shown.
fn shown_link(url: &Url, card: &ModelCard) -> String {
    let link = crate::secret::redact_url(url);
    if card.takes_links() { link } else { format!("the picture at {link}") }
}

/// Returns how a picture is shown that is sent.
fn shown_file(bytes: &[u8], media_type: &str, card: &ModelCard) -> String {
    if card.dialect == Dialect::ImagesMultipart {
        format!("file, {media_type}, {} bytes", bytes.len())
    } else {
        shortened(bytes, media_type)
    }
}

/// The start of the data URI that would be sent.
fn shortened(bytes: &[u8], media_type: &str) -> String {
    use base64::Engine;
    let head =
        base64::engine::general_purpose::STANDARD.encode(&bytes[..bytes.len().min(SHOWN_BASE64 / 4 * 3)]);
    let all = bytes.len().div_ceil(3) * 4;
    format!("data:{media_type};base64,{head}… ({all} characters)")
}
