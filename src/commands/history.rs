//! `seededit history`

use std::fs;
use std::path::Path;

use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value, json};

use crate::cli::{HistoryForgetArgs, HistoryListArgs, HistoryShowArgs};
use crate::digest::sha256;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::{Attempt, Filter, Intent, Job, Journal, Listed, PathBytes, Spending, State};
use crate::money::format_usd;
use crate::ui::{self, Ui};

use super::find_job::find_job;
use super::history_line::{self, HEAD, line};
use super::reporting::stdout_failed;
use super::target::Servers;
use super::{context, when};

/// How much of a day's name is its month's: `2026-01`.
const MONTH: usize = 7;

pub(super) fn list(args: &HistoryListArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let Some(journal) = open(env, args.sandbox)? else { return nothing(args.sandbox, env, ui) };
    if args.cost {
        return cost(&journal, ui);
    }
    let since = args.since.as_deref().map(|text| when::parse(text, &Zoned::now())).transpose()?;
    let filter =
        Filter { limit: Some(args.limit), since, before: None, state: args.status, grep: args.grep.clone() };
    let listed = journal.list(&filter)?;
    if listed.is_empty() {
        return if journal.is_empty()? { nothing(args.sandbox, env, ui) } else { no_match(ui) };
    }
    let (now, columns) = (Timestamp::now().as_millisecond(), ui.stdout_columns());
    if columns.is_some() && !ui.is_json() {
        ui.line(HEAD).map_err(stdout_failed)?;
    }
    for Listed { number, job } in listed {
        let written =
            if ui.is_json() { ui.json(&summary(&job)) } else { ui.line(line(number, &job, now, columns)) };
        written.map_err(stdout_failed)?;
    }
    if !args.sandbox {
        context::mention_unfinished(&journal, ui)?;
    }
    Ok(0)
}

pub(super) fn show(args: &HistoryShowArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let Some(journal) = open(env, args.sandbox)? else {
        return Err(Failure::input(format!("no job `{}`", args.job)).hint("there are no jobs yet"));
    };
    let job = find_job(&journal, &args.job)?;
    let written = if ui.is_json() { ui.json(&everything(&job)) } else { ui.line(sheet(&job)) };
    written.map_err(stdout_failed)?;
    Ok(0)
}

pub(super) fn forget(args: &HistoryForgetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let Some(journal) = open(env, args.sandbox)? else { return nothing(args.sandbox, env, ui) };
    let jobs: Vec<Job> = match &args.before {
        Some(before) => {
            let before = Some(when::parse(before, &Zoned::now())?);
            let listed = journal.list(&Filter { before, ..Filter::default() })?;
            listed.into_iter().map(|listed| listed.job).collect()
        }
        None => args.jobs.iter().map(|name| find_job(&journal, name)).collect::<Result<_, _>>()?,
    };
    let mut servers = Servers::default();
    let in_sandbox = args.sandbox || env.is_on("SEEDEDIT_SANDBOX");
    let (done, open): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| job.state.is_forgettable());
    let (dismissed, open): (Vec<&Job>, Vec<&Job>) =
        open.into_iter().partition(|job| servers.is_dismissable(job, in_sandbox));
    if let (Some(job), None) = (open.first(), &args.before) {
        return Err(Failure::input(format!("job {} is {}, and is not forgotten", job.intent.job, job.state))
            .hint("`seededit recover` brings jobs to their end; what was lost stays listed"));
    }
    let all: Vec<&Job> = done.iter().chain(&dismissed).copied().collect();
    if !all.is_empty() && !args.yes && !is_confirmed(&all, ui)? {
        ui.note("nothing was forgotten");
        return Ok(0);
    }
    let names = |jobs: &[&Job]| jobs.iter().map(|job| job.intent.job.clone()).collect::<Vec<String>>();
    let removed = journal.forget(&names(&done))? + journal.dismiss(&names(&dismissed))?;
    journal.sweep()?;
    ui.done(&format!("{} forgotten", ui::count(removed, "job")));
    if !open.is_empty() {
        ui.note(&format!("{} kept: unfinished, or lost", ui::count(open.len(), "job")));
    }
    Ok(0)
}

/// Asks whether these entries may be removed: a batch that is run again would pay for them again.
fn is_confirmed(jobs: &[&Job], ui: &Ui) -> Result<bool, Failure> {
    if !ui.can_ask() {
        return Err(Failure::usage("forgetting needs a confirmation, and this is not a terminal")
            .hint("nothing was removed; add --yes"));
    }
    let what = match jobs {
        [job] => format!("job {} (\"{}\")", job.intent.job, job.intent.prompt),
        jobs => ui::count(jobs.len(), "job"),
    };
    ui.confirm(&format!("forget {what}? A batch that is run again pays for it again."))
        .map_err(|error| Failure::new(ErrorKind::Input, error))
}

fn open(env: &Env, sandbox: bool) -> Result<Option<Journal>, Failure> {
    Ok(Journal::open_existing(&context::data_dir(env, sandbox || env.is_on("SEEDEDIT_SANDBOX"))?)?)
}

/// The journal is empty. Somebody who has tried the sandbox looks for its jobs here.
fn nothing(sandbox: bool, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let has_sandbox_jobs = !sandbox
        && match open(env, true)? {
            Some(journal) => !journal.is_empty()?,
            None => false,
        };
    ui.note(if has_sandbox_jobs {
        "no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`"
    } else {
        "no jobs yet"
    });
    Ok(0)
}

fn no_match(ui: &Ui) -> Result<u8, Failure> {
    ui.note("no job matches");
    Ok(0)
}

fn cost(journal: &Journal, ui: &Ui) -> Result<u8, Failure> {
    let days = journal.spending()?;
    let mut months: Vec<Spending> = Vec::new();
    let mut total = Spending::none("total");
    for day in &days {
        total = total.and(day);
        let name = day.period.get(..MONTH).unwrap_or(&day.period);
        match months.last_mut().filter(|month| month.period == name) {
            Some(month) => *month = month.clone().and(day),
            None => months.push(Spending::none(name).and(day)),
        }
    }
    for (per, spent) in [("day", days), ("month", months), ("total", vec![total])] {
        for spent in spent {
            told(ui, per, &spent)?;
        }
    }
    Ok(0)
}

fn told(ui: &Ui, per: &str, spent: &Spending) -> Result<(), Failure> {
    let Spending { period, generations, usd, unpriced } = spent;
    let written = if ui.is_json() {
        ui.json(&json!({
            "per": per, "period": period, "generations": generations, "usd": usd, "unpriced": unpriced,
        }))
    } else {
        let count = ui::count(usize::try_from(*generations).unwrap_or(usize::MAX), "generation");
        let more = if *unpriced > 0 { format!("  and {unpriced} of unknown price") } else { String::new() };
        ui.line(format!("{period:<10}  {:>10}  {count}{more}", format_usd(*usd)))
    };
    written.map_err(stdout_failed)
}

/// The file of the result, or the one that it is to have. A step's result that was used up by the next
/// step has none.
fn place(job: &Job) -> Option<&PathBytes> {
    match (&job.stored, job.state) {
        (Some(stored), _) => stored.path.as_ref(),
        (None, State::HandedOn) => None,
        (None, _) => job.intent.output.as_ref(),
    }
}

/// Where the result is, in words.
fn place_shown(job: &Job) -> String {
    match place(job) {
        Some(path) => path.as_path().display().to_string(),
        None if job.state == State::HandedOn => "used by the next step".into(),
        None => "standard output".into(),
    }
}

fn lossy(path: Option<&PathBytes>) -> Option<String> {
    path.map(|path| path.as_path().to_string_lossy().into_owned())
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

/// What the list says, as JSON.
fn summary(job: &Job) -> Value {
    let intent = &job.intent;
    json!({
        "job": intent.job,
        "created": time(intent.created),
        "state": job.state.name(),
        "input": intent.input,
        "prompt": intent.prompt,
        "model": intent.model,
        "seed": intent.seed,
        "output": lossy(place(job)),
        "usd": job.usd(),
        "attempts": job.attempts.len(),
        "message": job.reason,
    })
}

/// What `show` says, as JSON.
fn everything(job: &Job) -> Value {
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
        "model": intent.model,
        "seed": intent.seed,
        "guidance_scale": intent.guidance_scale,
        "watermark": intent.watermark,
        "response_format": intent.response_format,
        "treatment": processing(intent),
        "base_url": intent.base_url,
        "output": lossy(place(job)),
        "file": file_state(job).map(FileState::name),
        "sha256": job.stored.as_ref().map(|stored| &stored.sha256),
        "bytes": job.stored.as_ref().map(|stored| stored.bytes),
        "width": job.stored.as_ref().map(|stored| stored.width),
        "height": job.stored.as_ref().map(|stored| stored.height),
        "usd": job.usd(),
        "attempts": attempts,
    })
}

/// What is done to the picture and to the answer; none where that is nothing.
fn processing(intent: &Intent) -> Option<Map<String, Value>> {
    serde_json::from_str(intent.processing.as_deref()?).ok()
}

/// A processing in words, without what files are known again by.
fn processing_shown(processing: &Map<String, Value>) -> String {
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
        "inference_id": attempt.known.inference_id,
        "usd": attempt.known.usd,
        "credits": attempt.known.credits,
    })
}

/// What `show` says, for a person.
fn sheet(job: &Job) -> String {
    let intent = &job.intent;
    let mut lines = vec![format!("job {}", intent.job)];
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<12} {}", ui::sanitize(&value)));
    add("state", history_line::state(job.state).to_owned());
    if let Some(reason) = &job.reason {
        add("because", reason.clone());
    }
    if job.settled {
        add("", "not charged, free to run again with `seededit recover --rerun`".into());
    }
    add("begun", when::show(intent.created));
    if let Some(finished) = job.finished {
        add("ended", when::show(finished));
    }
    add("input", intent.input.clone());
    add("prompt", intent.prompt.clone());
    add("model", intent.model.clone());
    add("seed", intent.seed.to_string());
    if let Some(scale) = intent.guidance_scale {
        add("guidance", scale.to_string());
    }
    if let Some(processing) = processing(intent) {
        add("processing", processing_shown(&processing));
    }
    add("service", intent.base_url.clone());
    add("output", place_shown(job));
    if let Some(stored) = &job.stored {
        add(
            "result",
            format!("{}×{} {}, {}", stored.width, stored.height, stored.format, ui::bytes(stored.bytes)),
        );
        add("sha256", stored.sha256.clone());
    }
    if let Some(state) = file_state(job) {
        add("file", state.name().to_owned());
    }
    add("price", if job.usd() > 0.0 { format_usd(job.usd()) } else { "none known".into() });
    for attempt in &job.attempts {
        let status = attempt.status.map_or("no answer".into(), |status| format!("HTTP {status}"));
        let inference =
            attempt.known.inference_id.as_ref().map_or(String::new(), |id| format!(", inference id {id}"));
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
    lines.join("\n")
}

/// Whether a delivered file is what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileState {
    Unchanged,
    Changed,
    Missing,
}

impl FileState {
    fn name(self) -> &'static str {
        match self {
            FileState::Unchanged => "unchanged",
            FileState::Changed => "changed",
            FileState::Missing => "missing",
        }
    }
}

fn file_state(job: &Job) -> Option<FileState> {
    let stored = job.stored.as_ref()?;
    let path: &Path = stored.path.as_ref()?.as_path();
    // Only a file of the right length is worth reading.
    Some(match fs::metadata(path) {
        Err(_) => FileState::Missing,
        Ok(found) if found.len() != stored.bytes => FileState::Changed,
        Ok(_) => match fs::read(path) {
            Ok(bytes) if sha256(&bytes) == stored.sha256 => FileState::Unchanged,
            Ok(_) => FileState::Changed,
            Err(_) => FileState::Missing,
        },
    })
}
