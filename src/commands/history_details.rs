//! One job of the history, as text and as JSON.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::edit::reuse::{self, ArtifactState};
use crate::journal::{
    Artifact, Attempt, AttemptOutcome, ChainStart, Intent, Job, KeptAnswer, PathBytes, State,
};
use crate::money::format_usd;
use crate::ui::{self, Ui};

use super::when;

/// The file of the result, or its planned output. `None` for standard output, and for the result of a step that only
/// the next step used.
pub(super) fn output_path(job: &Job) -> Option<&PathBytes> {
    match (&job.stored, job.state) {
        (Some(stored), _) => stored.path.as_ref(),
        (None, State::HandedOn) => None,
        (None, _) => job.intent.output.as_ref(),
    }
}

/// The output as text.
fn output_text(job: &Job) -> String {
    match output_path(job) {
        Some(path) => path.as_path().display().to_string(),
        None if job.state == State::HandedOn => "used by the next step".into(),
        None => "standard output".into(),
    }
}

/// The whole path of a picture, or its name if it is not a file.
fn picture(name: &str, path: Option<&PathBytes>) -> String {
    path.map_or_else(|| name.to_owned(), |path| path.as_path().display().to_string())
}

fn lossy(path: Option<&PathBytes>) -> Option<String> {
    path.map(|path| path.as_path().to_string_lossy().into_owned())
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

/// The JSON record of a job in the list.
pub(super) fn summary(job: &Job, start: Option<&ChainStart>) -> Value {
    let intent = &job.intent;
    json!({
        "job": intent.job,
        "created": time(intent.created),
        "state": job.state.name(),
        "input": intent.input,
        "prompt": intent.prompt,
        "step": start.map_or(1, |start| start.step),
        "first_prompt": start.map(|start| &start.prompt),
        "first_input": start.map(|start| &start.input),
        "model": intent.model,
        "seed": intent.sent_seed(),
        "output": lossy(output_path(job)),
        "charged": job.charged().charged(),
        "usd": job.usd(),
        "attempts": job.attempts.len(),
        "message": job.reason,
    })
}

/// The JSON record of `show`.
pub(super) fn everything(job: &Job, start: Option<&ChainStart>, answers: &[KeptAnswer]) -> Value {
    let intent = &job.intent;
    let attempts: Vec<Value> = job.attempts.iter().map(attempt).collect();
    json!({
        "job": intent.job,
        "created": time(intent.created),
        "finished": job.finished.map(time),
        "state": job.state.name(),
        "free_to_run_again": job.settled,
        "message": job.reason,
        "input": intent.input,
        "input_path": lossy(intent.input_path.as_ref()),
        "input_sha256": intent.input_sha256,
        "prompt": intent.prompt,
        "step": start.map_or(1, |start| start.step),
        "first_prompt": start.map(|start| &start.prompt),
        "first_input": start.map(|start| &start.input),
        "model": intent.model,
        "seed": intent.sent_seed(),
        "negative_prompt": intent.negative_prompt,
        "references": intent.references,
        "service": intent.service,
        "guidance_scale": intent.guidance_scale,
        "watermark": intent.watermark,
        "response_format": intent.response_format,
        "treatment": processing(intent),
        "base_url": intent.base_url,
        "output": lossy(output_path(job)),
        "file": job.stored.as_ref().and_then(file_state),
        "sha256": job.stored.as_ref().map(|stored| &stored.sha256),
        "bytes": job.stored.as_ref().map(|stored| stored.bytes),
        "width": job.stored.as_ref().map(|stored| stored.width),
        "height": job.stored.as_ref().map(|stored| stored.height),
        "answers": answers.iter().map(answer).collect::<Vec<_>>(),
        "charged": job.charged().charged(),
        "usd": job.usd(),
        "attempts": attempts,
    })
}

/// An answer in the store.
fn answer(answer: &KeptAnswer) -> Value {
    json!({
        "path": answer.path.to_string_lossy(),
        "bytes": answer.bytes,
        "complete": answer.is_complete,
    })
}

/// The processing of the picture and the answer; `None` for the defaults.
fn processing(intent: &Intent) -> Option<Map<String, Value>> {
    serde_json::from_str(intent.processing.as_deref()?).ok()
}

/// The processing as text, without the hashes that identify files.
fn processing_text(processing: &Map<String, Value>) -> String {
    let shown = processing.iter().filter(|(name, _)| !name.ends_with("sha256"));
    let words = shown.map(|(name, value)| match value {
        Value::Bool(_) => name.replace('_', " "),
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "number": attempt.number,
        "client_request_id": attempt.request_id,
        "sent": time(attempt.sent),
        "http_status": attempt.status,
        "charged": attempt.outcome.charged(),
        "inference_id": attempt.call_info.inference_id,
        "usd": attempt.call_info.usd,
        "credits": attempt.call_info.credits,
    })
}

/// The column of the values in the text of `show`.
pub(super) const INDENT: usize = 15;

/// The lines of `show`.
pub(super) fn details(job: &Job, start: Option<&ChainStart>, answers: &[KeptAnswer], ui: &Ui) -> Vec<String> {
    let intent = &job.intent;
    let mut lines = vec![format!("job {}", intent.job)];
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<12} {}", ui::sanitize(&value)));
    add("state", job.state.name().to_owned());
    if let Some(reason) = &job.reason {
        add("because", reason.clone());
    }
    if job.settled {
        let what = ui.adapted("not charged, free to run again with `seededit recover --rerun`");
        add("", what.into_owned());
    }
    add("started", when::show(intent.created));
    if let Some(finished) = job.finished {
        add("finished", when::show(finished));
    }
    match start {
        Some(start) if !start.is_kept => {
            add("input", format!("the result of step {}, which was not kept", start.step - 1));
        }
        _ => add("input", picture(&intent.input, intent.input_path.as_ref())),
    }
    add("prompt", intent.prompt.clone());
    if let Some(ChainStart { prompt, step, input, input_path, .. }) = start {
        add("chain", format!("step {step} of an edit that began with \"{prompt}\""));
        add("original", picture(input, input_path.as_ref()));
    }
    add("model", intent.model.clone());
    if let Some(seed) = intent.sent_seed() {
        add("seed", seed.to_string());
    }
    if let Some(text) = &intent.negative_prompt {
        add("without", text.clone());
    }
    for reference in &intent.references {
        let path = reference.path.as_ref().map_or("a file".to_owned(), |path| path.display().to_string());
        add("reference", path);
    }
    if let Some(scale) = intent.guidance_scale {
        add("guidance", scale.to_string());
    }
    if let Some(processing) = processing(intent) {
        add("processing", processing_text(&processing));
    }
    add("service", intent.base_url.clone());
    add("output", output_text(job));
    if let (Some(output), Some(planned)) = (output_path(job), &intent.output)
        && output != planned
    {
        add("planned", planned.as_path().display().to_string());
    }
    if let Some(stored) = &job.stored {
        add(
            "result",
            format!("{}×{} {}, {}", stored.width, stored.height, stored.format, ui::bytes(stored.bytes)),
        );
        add("sha256", stored.sha256.clone());
    }
    if let Some(state) = job.stored.as_ref().and_then(file_state) {
        add("file", state.to_owned());
    }
    for KeptAnswer { path, bytes, is_complete } in answers {
        let damaged = if *is_complete { "" } else { ", incomplete" };
        add("answer", format!("{}  {}{damaged}", path.display(), ui::bytes(*bytes)));
    }
    add("price", price_text(job));
    for attempt in &job.attempts {
        let status = attempt.status.map_or("no answer".into(), |status| format!("HTTP {status}"));
        let inference = attempt
            .call_info
            .inference_id
            .as_ref()
            .map_or(String::new(), |id| format!(", inference id {id}"));
        add(
            &format!("attempt {}", attempt.number),
            format!(
                "{}, {status}, charged: {}, request id {}{inference}",
                when::show(attempt.sent),
                attempt.outcome.charged(),
                attempt.request_id
            ),
        );
    }
    lines
}

/// What a job cost, in words.
fn price_text(job: &Job) -> String {
    match (job.usd(), job.charged()) {
        (Some(usd), _) if usd > 0.0 => format_usd(usd),
        (None, AttemptOutcome::Unknown) => "not known: it may have been charged".into(),
        _ => "none known".into(),
    }
}

/// Whether a delivered file is unchanged; `None` if the result was not written to a file.
fn file_state(stored: &Artifact) -> Option<&'static str> {
    stored.path.as_ref()?;
    Some(match reuse::check_file(stored) {
        ArtifactState::Unchanged | ArtifactState::Unsuited => "unchanged",
        ArtifactState::Altered => "changed",
        ArtifactState::Missing => "missing",
    })
}
