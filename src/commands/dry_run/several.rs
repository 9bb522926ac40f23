//! The dry run of several edits: a line for each, and the totals.

use std::io;
use std::path::Path;

use serde_json::json;

use crate::batch::{Held, Planned, Skipped, Tally, Task};
use crate::edit::{Output, Processing};
use crate::journal::Job;
use crate::money::Usd;
use crate::secret::without_queries_in;
use crate::ui::{self, JobInfo, SkippedRecord, Ui};

use super::super::named_results::shown;
use super::super::price::PriceSource;
use super::{Area, editable_share, rect};

/// Returns what is printed about what a run would do with one of its tasks. `run` is the processing of rows that say nothing
/// else.
pub(in super::super) fn task(
    task: &Task,
    planned: Planned<'_>,
    run: &Processing,
    ui: &Ui,
) -> io::Result<Vec<u8>> {
    if ui.is_json() {
        return json(task, planned, run, ui);
    }
    let line = task.line.map_or(String::new(), |line| format!("line {line}: "));
    let input = task.source.label();
    let what = match planned {
        Planned::Sent(output) => {
            let area = Area::of_task(task, run).map_or(String::new(), |Area { region, upload, picture }| {
                format!("  region {region}, upload {upload} of {picture}")
            });
            format!(" → {}  seed {}{area}", path_of(output), seed(task))
        }
        Planned::Reused { job, output, is_there } => {
            let id = &job.intent.job;
            match result_of(job).filter(|_| !is_there) {
                Some(result) => {
                    format!(" → {}  free: a copy of {result}, the result of job {id}", path_of(output))
                }
                None => format!(
                    " → {}  free: the result of job {id} is there",
                    result_of(job).unwrap_or_else(|| path_of(output))
                ),
            }
        }
        Planned::Skipped(Skipped::Exists(path)) => {
            format!(" → {}  free: exists, so nothing is sent", path.display())
        }
        Planned::Skipped(skipped) => format!(": not sent: {}", skipped.message()),
        Planned::Held { job, why } => {
            let job = job.map_or("a step of it".to_owned(), |job| format!("job {job}"));
            match why {
                Held::InDoubt => {
                    format!(": not sent: {job} was or may have been paid for, and has no result yet")
                }
                Held::NeedsRedo => {
                    format!(": not sent: {job} was paid for before, and its result cannot be used")
                }
            }
        }
    };
    Ok(ui.wrapped_text(&ui::sanitize(&format!("{line}{input}{what}")), 2).into_bytes())
}

/// Returns the record of a task.
fn json(task: &Task, planned: Planned<'_>, run: &Processing, ui: &Ui) -> io::Result<Vec<u8>> {
    let (line, id, input) = (task.line, &task.id, task.source.name());
    let mut record = match planned {
        Planned::Sent(output) => {
            let area = Area::of_task(task, run);
            let prompts: Vec<&str> = task.steps.iter().map(|step| step.prompt.as_str()).collect();
            json!({
                "status": "planned",
                "line": line,
                "id": id,
                "input": input,
                "output": path_of(output),
                "prompt": prompts.first(),
                "then": prompts.get(1..),
                "seed": seed(task),
                "region": area.as_ref().map(|area| rect(area.region)),
                "uploaded": area.as_ref().map(|area| rect(area.upload)),
            })
        }
        Planned::Reused { job, output, is_there } => {
            let result = result_of(job);
            json!({
                "status": "reusable",
                "job": job.intent.job,
                "line": line,
                "id": id,
                "input": input,
                "output": result.clone().filter(|_| is_there).unwrap_or_else(|| path_of(output)),
                "result": result,
            })
        }
        Planned::Skipped(skipped) => {
            let columns = (!task.columns.is_empty()).then_some(&task.columns);
            let job =
                JobInfo { line, id: id.as_deref(), columns, ..JobInfo::new(skipped.job(), Some(&input)) };
            return ui.json_line(&SkippedRecord::of_task(job, skipped));
        }
        Planned::Held { job, why } => json!({
            "status": "held",
            "job": job,
            "line": line,
            "id": id,
            "input": input,
            "reason": match why {
                Held::InDoubt => "unknown",
                Held::NeedsRedo => "unkept",
            },
        }),
    };
    if !task.columns.is_empty() {
        record["columns"] = without_queries_in(&task.columns.clone().into());
    }
    ui.json_line(&record)
}

fn path_of(output: &Output) -> String {
    output.path().unwrap_or(Path::new("-")).to_string_lossy().into_owned()
}

/// The file of an earlier result.
fn result_of(job: &Job) -> Option<String> {
    let path = job.stored.as_ref()?.path.as_ref()?;
    Some(shown(path.as_path()).to_string_lossy().into_owned())
}

fn seed(task: &Task) -> u32 {
    task.steps.first().map_or(0, |step| step.seed.value())
}

/// Prints the totals of a batch.
pub(in super::super) fn summary(
    tally: &Tally,
    price: Option<(Usd, PriceSource)>,
    processing: &Processing,
    ui: &Ui,
) -> io::Result<()> {
    let editable_share = editable_share(processing);
    let cost = price.as_ref().map(|(usd, _)| usd.saturating_mul(tally.edits));
    if ui.is_json() {
        return ui.json(&json!({
            "status": "plan",
            "jobs": tally.tasks,
            "todo": tally.pending,
            "done": tally.done,
            "unknown": tally.unknown,
            "unkept": tally.needs_redo,
            "edits": tally.edits,
            "editable": editable_share,
            "price": price.as_ref().map(|(usd, _)| usd.value()),
            "price_source": price.as_ref().map(|(_, source)| source.name()),
            "price_date": price.as_ref().and_then(|(_, source)| source.date()),
            "usd": cost.map(Usd::value),
            "usd_least": price.as_ref().map(|(usd, source)| source.least(*usd).saturating_mul(tally.edits).value()),
        }));
    }
    let mut line =
        format!("{}: {} to do, {} done", ui::count(tally.tasks as usize, "task"), tally.pending, tally.done);
    let more = [
        (
            tally.unknown,
            "paid for or in doubt, without a result yet (`seededit recover` fetches it, or asks)",
        ),
        (
            tally.needs_redo,
            "paid for before, and gone, altered, lost or for another edit (--redo pays for them again)",
        ),
    ];
    for (count, what) in more.iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {what}"));
    }
    ui.wrapped_line(&ui.adapted(&line), 2)?;
    if let Some(share) = editable_share {
        ui.wrapped_line(&format!("may change: {} of each picture, by the mask", ui::percent(share)), 2)?;
    }
    if tally.edits == 0 {
        return Ok(());
    }
    let price = match (price, cost) {
        (Some((price, source)), Some(cost)) => {
            let edits = ui::count(tally.edits as usize, "edit");
            let at_most = if source.one(price).contains(" to ") { "at most " } else { "" };
            format!("{edits} at {}: {at_most}{cost}, {source}", source.one(price))
        }
        _ => "the price of an edit is not known yet; give it with --price".into(),
    };
    ui.wrapped_line(&price, 2)
}
