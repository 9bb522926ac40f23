//! Results and failures as JSON: the fields and their order are documented in the README.

use serde::{Serialize, Serializer};

use crate::api::Generation;
use crate::edit::{ChangeReport, Charged, Delivery};
use crate::error::Failure;
use crate::journal::Intent;
use crate::picture::merge::Extent;
use crate::picture::{Rect, Size};

/// How the records of results begin. An earlier report is recognised by them, so the first two fields and
/// their order never change.
const STARTS: [&str; 3] =
    [r#"{"status":"ok","job":"#, r#"{"status":"error","job":"#, r#"{"status":"skipped","job":"#];

/// Whether `text` begins like a record of a result.
pub fn starts_like_a_record(text: &[u8]) -> bool {
    STARTS.iter().any(|start| text.starts_with(start.as_bytes()))
}

/// What was asked for, as every record tells it.
#[derive(Debug, Clone, Serialize)]
pub struct JobInfo<'a> {
    /// The job's name; none when it never came to be one.
    pub job: Option<&'a str>,
    /// The picture; a link without its query.
    pub input: Option<&'a str>,
    /// The line of the manifest, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What the row calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
}

impl<'a> JobInfo<'a> {
    /// What is not about a row of a manifest.
    pub fn new(job: Option<&'a str>, input: Option<&'a str>) -> JobInfo<'a> {
        JobInfo { job, input, line: None, id: None }
    }
}

/// The instruction and what went with it.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord<'a> {
    /// The instruction.
    pub prompt: &'a str,
    /// The model.
    pub model: &'a str,
    /// The seed.
    pub seed: u32,
    /// The guidance, if one was given.
    pub guidance_scale: Option<f64>,
}

impl<'a> From<&'a Generation> for RequestRecord<'a> {
    fn from(generation: &'a Generation) -> RequestRecord<'a> {
        RequestRecord {
            prompt: generation.prompt.as_str(),
            model: generation.model.as_str(),
            seed: generation.seed.value(),
            guidance_scale: generation.guidance_scale.map(|scale| scale.value()),
        }
    }
}

impl<'a> From<&'a Intent> for RequestRecord<'a> {
    fn from(intent: &'a Intent) -> RequestRecord<'a> {
        RequestRecord {
            prompt: &intent.prompt,
            model: &intent.model,
            seed: intent.seed,
            guidance_scale: intent.guidance_scale,
        }
    }
}

/// A result.
#[derive(Debug, Serialize)]
pub struct OkRecord<'a> {
    status: &'static str,
    #[serde(flatten)]
    asked: JobInfo<'a>,
    output: String,
    #[serde(flatten)]
    instruction: RequestRecord<'a>,
    width: u32,
    height: u32,
    format: &'static str,
    bytes: u64,
    sha256: &'a str,
    inference_id: Option<&'a str>,
    #[serde(serialize_with = "whole_number")]
    usd: Option<f64>,
    #[serde(serialize_with = "whole_number")]
    credits: Option<f64>,
    attempts: u32,
    elapsed_ms: u64,
    /// Whether it was paid for before.
    #[serde(skip_serializing_if = "is_false")]
    reused: bool,
    /// Said only of a result that was to be put into its original, and could not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    #[serde(flatten)]
    change: Option<ChangeRecord>,
}

/// What changed of a picture.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeRecord {
    /// How much: `nothing`, `parts` or `whole`.
    pub extent: &'static str,
    /// The share of pixels that differ from the original's.
    pub changed: f64,
    /// The share of pixels that are the original's. Both add up to 1.
    pub identical: f64,
    /// Rectangles around what changed, in pixels of the upright picture.
    pub parts: Vec<PartRecord>,
}

/// A rectangle.
#[derive(Debug, Clone, Serialize)]
pub struct PartRecord {
    left: i64,
    top: i64,
    width: u32,
    height: u32,
}

impl From<&ChangeReport> for ChangeRecord {
    fn from(report: &ChangeReport) -> ChangeRecord {
        // More digits would say nothing of a picture of a thousand megapixels.
        let rounded = |share: f64| (share * 1e9).round() / 1e9;
        ChangeRecord {
            extent: match report.extent {
                Extent::Nothing => "nothing",
                Extent::Parts => "parts",
                Extent::Whole => "whole",
            },
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
        }
    }
}

fn is_false(truth: &bool) -> bool {
    !truth
}

impl<'a> OkRecord<'a> {
    /// The record of a delivery.
    pub fn new(asked: JobInfo<'a>, instruction: RequestRecord<'a>, delivery: &'a Delivery) -> OkRecord<'a> {
        let output = delivery.path.as_ref().map_or("-".into(), |path| path.to_string_lossy().into_owned());
        OkRecord {
            status: "ok",
            asked,
            output,
            instruction,
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
            reused: false,
            restored: delivery.is_bare.then_some(false),
            change: delivery.change.as_ref().map(ChangeRecord::from),
        }
    }

    /// The same, of an earlier result.
    pub fn reused(self) -> OkRecord<'a> {
        OkRecord { reused: true, ..self }
    }
}

/// An output that was there already.
#[derive(Debug, Serialize)]
pub struct SkippedRecord<'a> {
    /// Always `skipped`.
    pub status: &'static str,
    /// What was asked for.
    #[serde(flatten)]
    pub asked: JobInfo<'a>,
    /// The file.
    pub output: String,
}

/// A failure.
#[derive(Debug, Serialize)]
pub struct ErrorRecord<'a> {
    status: &'static str,
    #[serde(flatten)]
    asked: JobInfo<'a>,
    output: Option<&'a str>,
    error: ErrorBody<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    kind: &'static str,
    exit_code: u8,
    message: String,
    hint: Option<&'a str>,
    http_status: Option<u16>,
    request_id: Option<&'a str>,
    client_request_id: Option<&'a str>,
    inference_id: Option<&'a str>,
    #[serde(serialize_with = "whole_number")]
    usd: Option<f64>,
    charged: &'static str,
}

impl<'a> ErrorRecord<'a> {
    /// The record of a failure.
    pub fn new(asked: JobInfo<'a>, failure: &'a Failure) -> ErrorRecord<'a> {
        let paid = failure.paid.as_ref();
        ErrorRecord {
            status: "error",
            asked,
            output: None,
            error: ErrorBody {
                kind: failure.kind.name(),
                exit_code: failure.kind.exit_code(),
                message: failure.message(),
                hint: failure.hint.as_deref(),
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

/// Writes an amount; a whole one as such: `63000`, not `63000.0`.
///
/// # Errors
/// As the serializer gives them.
pub fn whole_number<S: Serializer>(amount: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
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
    fn every_record_of_a_result_is_recognised_by_its_start() {
        let failure = Failure::input("x");
        let job = || JobInfo::new(Some("a"), None);
        let skipped = SkippedRecord { status: "skipped", asked: job(), output: "a.jpg".into() };
        for record in [
            serde_json::to_string(&ErrorRecord::new(job(), &failure)).unwrap(),
            serde_json::to_string(&ErrorRecord::new(JobInfo::new(None, None), &failure)).unwrap(),
            serde_json::to_string(&skipped).unwrap(),
        ] {
            assert!(starts_like_a_record(record.as_bytes()), "{record}");
        }
        assert!(!starts_like_a_record(b"{\"status\":\"planned\""));
        assert!(!starts_like_a_record(b""));
    }
}
