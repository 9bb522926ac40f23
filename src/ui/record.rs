//! Results and failures as JSON records. `schema` describes their fields.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::api::Generation;
use crate::batch::Skipped;
use crate::edit::{ChangeReport, Charged, Delivery, EarlierStep};
use crate::error::Failure;
use crate::journal::{Intent, ReferenceFile};
use crate::picture::merge::Extent;
use crate::picture::{Placement, Rect, Size};
use crate::secret::without_queries_in;

use super::Ui;

/// The starts of the records of results. They identify an earlier report, so the first two fields and their order never
/// change.
const STARTS: [&str; 3] =
    [r#"{"status":"ok","job":"#, r#"{"status":"error","job":"#, r#"{"status":"skipped","job":"#];

/// Whether `text` starts like the record of a result.
pub fn starts_like_a_record(text: &[u8]) -> bool {
    STARTS.iter().any(|start| text.starts_with(start.as_bytes()))
}

/// The fields that identify the job, at the start of every record.
#[derive(Debug, Clone, Serialize)]
pub struct JobInfo<'a> {
    /// The id of the job; `None` if none was created.
    pub job: Option<&'a str>,
    /// The picture. A link has no query, which may contain secrets.
    pub input: Option<&'a str>,
    /// The line of the manifest, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The `id` of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// The values of the row that are not fields, by their names. Links are shown without their queries.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_columns")]
    pub columns: Option<&'a Map<String, Value>>,
}

impl<'a> JobInfo<'a> {
    /// For a job that is not a row of a manifest.
    pub fn new(job: Option<&'a str>, input: Option<&'a str>) -> JobInfo<'a> {
        JobInfo { job, input, line: None, id: None, columns: None }
    }
}

/// The request.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord<'a> {
    pub prompt: &'a str,
    pub model: &'a str,
    /// `None` if the model takes none.
    pub seed: Option<u32>,
    pub guidance_scale: Option<f64>,
    /// The pictures that are sent with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceFile>,
}

impl<'a> RequestRecord<'a> {
    pub fn new(generation: &'a Generation, references: Vec<ReferenceFile>) -> RequestRecord<'a> {
        RequestRecord {
            references,
            prompt: generation.prompt.as_str(),
            model: generation.model(),
            seed: generation.sent_seed(),
            guidance_scale: generation.guidance_scale.map(|scale| scale.value()),
        }
    }
}

impl<'a> From<&'a Intent> for RequestRecord<'a> {
    fn from(intent: &'a Intent) -> RequestRecord<'a> {
        RequestRecord {
            prompt: &intent.prompt,
            model: &intent.model,
            seed: intent.sent_seed(),
            guidance_scale: intent.guidance_scale,
            references: intent.references.clone(),
        }
    }
}

/// The record of a result.
#[derive(Debug, Serialize)]
pub struct OkRecord<'a> {
    status: &'static str,
    #[serde(flatten)]
    job: JobInfo<'a>,
    output: String,
    #[serde(flatten)]
    request: RequestRecord<'a>,
    width: u32,
    height: u32,
    format: &'static str,
    bytes: u64,
    sha256: &'a str,
    inference_id: Option<&'a str>,
    #[serde(serialize_with = "serialize_amount")]
    usd: Option<f64>,
    #[serde(serialize_with = "serialize_amount")]
    credits: Option<f64>,
    attempts: u32,
    elapsed_ms: u64,
    /// The steps before it whose results were not kept. Their attempts and prices are included in those above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier_steps: Vec<StepRecord<'a>>,
    /// Whether it is the result of an earlier job.
    #[serde(skip_serializing_if = "is_false")]
    reused: bool,
    /// `false` if it should have been restored into its original and could not be; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    /// The file of the answer, if it was kept because it is not the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(flatten)]
    change: Option<ChangeRecord>,
    /// What it does not have of the picture's file, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// A step of a chain, whose result was only the picture of the next step.
#[derive(Debug, Serialize)]
struct StepRecord<'a> {
    job: &'a str,
    prompt: &'a str,
    attempts: u32,
    #[serde(serialize_with = "serialize_amount")]
    usd: Option<f64>,
}

/// What changed in a picture.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeRecord {
    /// `nothing`, `parts` or `whole`.
    pub extent: &'static str,
    /// The share of pixels that have something of the answer.
    pub covered: f64,
    /// The share of pixels that differ from the original in the result's file.
    pub changed: f64,
    /// The share of pixels that are identical to the original. Both add up to 1.
    pub identical: f64,
    /// Rectangles around the changes, in pixels of the upright picture.
    pub parts: Vec<PartRecord>,
    /// Where the answer lies on the upright picture, in pixels.
    pub placed: PlacedRecord,
    /// The share of the detail that is the original's, from 0 to 1. Only if `extent` is `whole`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<f64>,
}

/// The rectangle that an answer covers. `angle` is in degrees, clockwise around its center.
#[derive(Debug, Clone, Serialize)]
pub struct PlacedRecord {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    angle: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct PartRecord {
    left: i64,
    top: i64,
    width: u32,
    height: u32,
}

impl From<&ChangeReport> for ChangeRecord {
    fn from(report: &ChangeReport) -> ChangeRecord {
        // More digits would have no meaning, even in a picture of a thousand megapixels.
        let rounded = |share: f64| (share * 1e9).round() / 1e9;
        ChangeRecord {
            extent: match report.extent {
                Extent::Nothing => "nothing",
                Extent::Parts => "parts",
                Extent::Whole => "whole",
            },
            covered: rounded(report.covered),
            changed: rounded(report.changed),
            identical: rounded(1.0 - rounded(report.changed)),
            parts: report
                .parts
                .iter()
                .map(|Rect { left, top, size: Size { width, height } }| PartRecord {
                    left: *left,
                    top: *top,
                    width: *width,
                    height: *height,
                })
                .collect(),
            placed: PlacedRecord::from(&report.placed.placement),
            detail: report.detail.map(rounded),
        }
    }
}

impl From<&Placement> for PlacedRecord {
    fn from(Placement { x, y, width, height, angle }: &Placement) -> PlacedRecord {
        // Placements are found to about a hundredth of a pixel.
        let rounded = |number: f64, by: f64| (number * by).round() / by + 0.0;
        PlacedRecord {
            x: rounded(*x, 1e3),
            y: rounded(*y, 1e3),
            width: rounded(*width, 1e3),
            height: rounded(*height, 1e3),
            angle: rounded(*angle, 1e5),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

impl<'a> OkRecord<'a> {
    pub fn new(job: JobInfo<'a>, request: RequestRecord<'a>, delivery: &'a Delivery) -> OkRecord<'a> {
        let output = delivery.path.as_ref().map_or("-".into(), |path| path.to_string_lossy().into_owned());
        OkRecord {
            status: "ok",
            job,
            output,
            request,
            width: delivery.size.width,
            height: delivery.size.height,
            format: delivery.format.name(),
            bytes: delivery.bytes,
            sha256: &delivery.sha256,
            inference_id: delivery.paid.inference_id.as_deref(),
            usd: delivery.paid.price.map(|price| price.usd),
            credits: delivery.paid.price.map(|price| price.credits),
            attempts: delivery.attempts,
            elapsed_ms: u64::try_from(delivery.elapsed.as_millis()).unwrap_or(u64::MAX),
            earlier_steps: Vec::new(),
            reused: false,
            restored: delivery.is_unrestored.then_some(false),
            answer: delivery.answer.as_ref().map(|path| path.to_string_lossy().into_owned()),
            change: delivery.change.as_ref().map(ChangeRecord::from),
            left_out: delivery.dropped.iter().map(ToString::to_string).collect(),
        }
    }

    /// Adds the steps before it, with their prompts.
    pub fn with_earlier_steps(self, steps: impl Iterator<Item = (&'a EarlierStep, &'a str)>) -> OkRecord<'a> {
        let record = |(step, prompt): (&'a EarlierStep, &'a str)| StepRecord {
            job: step.job.as_str(),
            prompt,
            attempts: step.attempts,
            usd: step.price.map(|price| price.usd),
        };
        OkRecord { earlier_steps: steps.map(record).collect(), ..self }
    }

    /// Marks it as the result of an earlier job.
    pub fn reused(self) -> OkRecord<'a> {
        OkRecord { reused: true, ..self }
    }
}

/// The record of a picture that was not edited: its output existed, or it was left out.
#[derive(Debug, Serialize)]
pub struct SkippedRecord<'a> {
    /// Always `skipped`.
    pub status: &'static str,
    #[serde(flatten)]
    pub job: JobInfo<'a>,
    /// The output that existed.
    pub output: Option<String>,
    /// Why: `exists` or `made_before` for an edit, else why the picture was left out.
    pub reason: &'static str,
    /// The same in words.
    pub message: Cow<'a, str>,
}

impl<'a> SkippedRecord<'a> {
    /// The record of a task.
    pub fn of_task(job: JobInfo<'a>, skipped: &Skipped) -> SkippedRecord<'a> {
        SkippedRecord {
            status: "skipped",
            job,
            output: skipped.output().map(|path| path.to_string_lossy().into_owned()),
            reason: skipped.reason(),
            message: skipped.message().into(),
        }
    }
}

/// The record of a failure.
#[derive(Debug, Serialize)]
pub struct ErrorRecord<'a> {
    status: &'static str,
    #[serde(flatten)]
    job: JobInfo<'a>,
    output: Option<&'a str>,
    error: ErrorBody<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    kind: &'static str,
    exit_code: u8,
    message: String,
    hint: Option<Cow<'a, str>>,
    http_status: Option<u16>,
    request_id: Option<&'a str>,
    client_request_id: Option<&'a str>,
    inference_id: Option<&'a str>,
    #[serde(serialize_with = "serialize_amount")]
    usd: Option<f64>,
    charged: &'static str,
}

impl<'a> ErrorRecord<'a> {
    pub fn new(job: JobInfo<'a>, failure: &'a Failure, ui: &Ui) -> ErrorRecord<'a> {
        let paid = failure.paid.as_ref();
        ErrorRecord {
            status: "error",
            job,
            output: None,
            error: ErrorBody {
                kind: failure.kind.name(),
                exit_code: failure.kind.exit_code(),
                message: failure.message(),
                hint: ui.hint_of(failure),
                http_status: failure.http_status,
                request_id: failure.request_id.as_deref(),
                client_request_id: paid.map(|paid| paid.client_request_id.as_str()),
                inference_id: paid.and_then(|paid| paid.inference_id.as_deref()),
                usd: paid.and_then(|paid| paid.price).map(|price| price.usd),
                charged: match failure.charged {
                    Charged::No => "no",
                    Charged::Yes => "yes",
                    Charged::Unknown => "unknown",
                },
            },
        }
    }
}

/// Serializes values of a manifest, which may be links that are secrets.
fn serialize_columns<S: Serializer>(
    columns: &Option<&Map<String, Value>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let redacted = |(name, value): (&String, &Value)| (name.clone(), without_queries_in(value));
    columns.map(|columns| columns.iter().map(redacted).collect::<Map<_, _>>()).serialize(serializer)
}

/// Serializes an amount. A whole number has no decimal point: `63000`, not `63000.0`.
fn serialize_amount<S: Serializer>(amount: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match *amount {
        None => serializer.serialize_none(),
        Some(amount) if amount.fract() == 0.0 && amount.abs() < 9e15 => {
            serializer.serialize_i64(amount as i64)
        }
        Some(amount) => serializer.serialize_f64(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_of_a_result_is_recognized_by_its_start() {
        let failure = Failure::input("x");
        let ui = Ui::captured(Default::default());
        let job = || JobInfo::new(Some("a"), None);
        let skipped = SkippedRecord {
            status: "skipped",
            job: job(),
            output: Some("a.jpg".into()),
            reason: "exists",
            message: "a.jpg exists".into(),
        };
        for record in [
            serde_json::to_string(&ErrorRecord::new(job(), &failure, &ui)).unwrap(),
            serde_json::to_string(&ErrorRecord::new(JobInfo::new(None, None), &failure, &ui)).unwrap(),
            serde_json::to_string(&skipped).unwrap(),
        ] {
            assert!(starts_like_a_record(record.as_bytes()), "{record}");
        }
        assert!(!starts_like_a_record(b"{\"status\":\"planned\""));
        assert!(!starts_like_a_record(b""));
    }
}
