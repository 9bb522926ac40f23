//! Outcomes of tasks as text and as JSON records.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use crate::batch::{Denied, Skipped, StepOutcome, Task, TaskOutcome};
use crate::edit::{Charged, Delivery, Reference, Source};
use crate::error::{self, ErrorKind, Failure, Hint, PayAgain, Recipient};
use crate::journal::Job;
use crate::ui::{ErrorRecord, JobInfo, OkRecord, RequestRecord, SkippedRecord, Ui};

use super::limits::over_budget;
use super::list_price;

/// What the reports of a task say about it. It is a task of this run, or a job in the journal.
pub(super) struct TaskInfo<'a> {
    /// The name of the picture.
    pub(super) input: String,
    /// The job, if it is known before the outcome.
    job: Option<&'a str>,
    pub(super) line: Option<u64>,
    id: Option<&'a str>,
    /// The values of the row that are not fields.
    columns: Option<&'a Map<String, Value>>,
    /// The request of each step; never empty for a task of a run.
    requests: Vec<RequestRecord<'a>>,
    /// Whether the result goes to standard output, so that nothing else may be printed there.
    uses_stdout: bool,
}

impl<'a> TaskInfo<'a> {
    pub(super) fn of_job(job: &'a Job) -> TaskInfo<'a> {
        TaskInfo {
            input: job.intent.input.clone(),
            job: Some(&job.intent.job),
            line: None,
            id: None,
            columns: None,
            requests: vec![RequestRecord::from(&job.intent)],
            uses_stdout: false,
        }
    }

    /// The origin of the task: `manifest:line` in a batch, otherwise its picture.
    pub(super) fn origin(&self, manifest: Option<&str>) -> String {
        match (manifest, self.line) {
            (Some(manifest), Some(line)) => format!("{manifest}:{line}"),
            _ if self.input == Source::Stdin.name() => Source::Stdin.label(),
            _ => self.input.clone(),
        }
    }

    fn job_info<'s>(&'s self, job: Option<&'s str>) -> JobInfo<'s> {
        JobInfo {
            job: job.or(self.job),
            input: Some(&self.input),
            line: self.line,
            id: self.id,
            columns: self.columns,
        }
    }

    /// The JSON record of a failure, as one line.
    pub(super) fn failure_line(&self, job: Option<&str>, failure: &Failure, ui: &Ui) -> io::Result<Vec<u8>> {
        ui.json_line(&ErrorRecord::new(self.job_info(job), failure, ui))
    }

    /// The request of a step, counted from 0.
    pub(super) fn request(&self, step: usize) -> Option<&RequestRecord<'a>> {
        self.requests.get(step).or(self.requests.last())
    }

    /// The prompts up to a step, counted from 0; all of them for `None`.
    pub(super) fn prompts(&self, step: Option<usize>) -> Vec<&str> {
        let count = step.map_or(self.requests.len(), |step| step + 1);
        self.requests.iter().take(count).map(|request| request.prompt).collect()
    }
}

impl<'a> From<&'a Task> for TaskInfo<'a> {
    fn from(task: &'a Task) -> TaskInfo<'a> {
        let request = |step| RequestRecord::new(step, task.references.iter().map(Reference::file).collect());
        TaskInfo {
            input: task.source.name(),
            job: None,
            line: task.line,
            id: task.id.as_deref(),
            columns: (!task.columns.is_empty()).then_some(&task.columns),
            requests: task.steps.iter().map(request).collect(),
            uses_stdout: task.output.output.as_deref() == Some(OsStr::new("-")),
        }
    }
}

/// One line to report about a task.
pub(super) enum TaskReport {
    /// A result.
    Result {
        job: String,
        step: usize,
        delivery: Box<Delivery>,
        provenance: Provenance,
        /// The price on the model's card, if the service did not state what this edit cost.
        list_price: Option<String>,
        /// What the request was sent to.
        recipient: Recipient,
    },
    /// Nothing was sent, and there is nothing to fail.
    Skipped(Skipped),
    /// No result.
    Failed { job: Option<String>, failure: Failure },
}

/// The provenance of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// Made and paid for in this run.
    Made,
    /// Made by an earlier run, and copied to its destination now.
    Copied,
    /// Made by an earlier run, and already at its destination.
    Kept,
}

/// Turns the outcome of a task into its reports. `again` says how it is sent in spite of an equal one.
pub(super) fn task_reports(
    task: &TaskInfo<'_>,
    outcome: TaskOutcome,
    request: error::RequestInfo<'_>,
    again: PayAgain,
) -> Vec<TaskReport> {
    let failed = |job: Option<&str>, failure: Failure| {
        let failure = failure.at(request.recipient);
        vec![TaskReport::Failed { job: job.map(str::to_owned), failure }]
    };
    match outcome {
        TaskOutcome::Ran(steps) => {
            let kept: Vec<String> = steps
                .iter()
                .filter_map(|step| step.result.as_ref().ok()?.path.as_ref())
                .map(|path| path.display().to_string())
                .collect();
            let count = task.requests.len();
            let one = |step: StepOutcome| {
                let job = step.job.as_str().to_owned();
                match step.result {
                    Ok(delivery) => TaskReport::Result {
                        job,
                        step: step.index,
                        list_price: list_price(&delivery, request),
                        delivery: Box::new(delivery),
                        provenance: Provenance::Made,
                        recipient: request.recipient,
                    },
                    Err(error) => {
                        let failure = Failure::from_run(error, &job, request).at(request.recipient);
                        let failure = in_chain(failure, step.index, count, &kept);
                        TaskReport::Failed { job: Some(job), failure }
                    }
                }
            };
            steps.into_iter().map(one).collect()
        }
        TaskOutcome::Reused { job, delivery, is_copy } => vec![TaskReport::Result {
            job: job.intent.job.clone(),
            step: task.requests.len().saturating_sub(1),
            delivery,
            provenance: if is_copy { Provenance::Copied } else { Provenance::Kept },
            list_price: None,
            recipient: request.recipient,
        }],
        TaskOutcome::Skipped(skipped) => vec![TaskReport::Skipped(skipped)],
        TaskOutcome::Modified(job, kept) => failed(Some(&job.intent.job), Failure::modified(&job, kept)),
        TaskOutcome::IdReused(job) => {
            let id = task.id.unwrap_or_default();
            failed(Some(&job.intent.job), Failure::id_reused(&job, id))
        }
        TaskOutcome::Lost(job) => failed(Some(&job.intent.job), Failure::already_lost(&job)),
        TaskOutcome::InDoubt(job, why) => {
            failed(Some(&job.intent.job), Failure::in_doubt(&job, &why, request))
        }
        TaskOutcome::EqualInDoubt(job) => {
            failed(Some(&job.intent.job), Failure::equal_in_doubt(&job, request, again))
        }
        TaskOutcome::EqualUnreadable(job) => failed(Some(&job), Failure::equal_unreadable(&job, again)),
        // The job of a row or of `recover` is this very one.
        TaskOutcome::Running(job) if task.line.is_none() && task.job.is_none() => {
            failed(Some(job.as_str()), Failure::equal_in_progress(job.as_str(), request.audience))
        }
        TaskOutcome::Running(job) => failed(Some(job.as_str()), Failure::running(job.as_str())),
        TaskOutcome::Refused(error) => failed(None, error.into()),
        TaskOutcome::RecoveryFailed(error) => failed(None, error.into()),
        TaskOutcome::NotStarted(Denied::OverLimit(shortage)) => {
            failed(None, over_budget(shortage, "so it was not sent", request))
        }
        TaskOutcome::NotStarted(Denied::Journal(error)) => failed(None, error.into()),
        TaskOutcome::NotStarted(Denied::JobLimit | Denied::Interrupted) => Vec::new(),
    }
}

/// The price on the model's card, if the service did not state what the edit cost and is the one of the card.
fn list_price(delivery: &Delivery, request: error::RequestInfo<'_>) -> Option<String> {
    let models = request.models;
    if delivery.paid.price.is_some() || (models.are_elsewhere() && !models.service().is_free()) {
        return None;
    }
    list_price::of_card(&*models.find(request.model).ok()?, models.service())
}

/// Adds the step of a chain that failed, and the results of earlier steps that were paid for.
fn in_chain(failure: Failure, number: usize, count: usize, kept: &[String]) -> Failure {
    if count < 2 {
        return failure;
    }
    let mut context = format!("step {} of {count}", number + 1);
    if !kept.is_empty() {
        context.push_str(&format!(" (results of earlier steps are saved: {})", kept.join(", ")));
    }
    let (cause, hint) = match failure.kind {
        // Those before it were.
        ErrorKind::Interrupted(_) if number > 0 => {
            (anyhow::anyhow!("interrupted; this step was not charged"), Some(continues_after(number, kept)))
        }
        _ => (failure.cause, None),
    };
    Failure { cause: cause.context(context), hint: failure.hint.or(hint.flatten()), ..failure }
}

/// The hint that steps which were saved are not paid for again.
fn continues_after(number: usize, kept: &[String]) -> Option<Hint> {
    let text = format!("the same command continues after step {number}, which is not paid for again");
    (!kept.is_empty()).then(|| text.into())
}

impl TaskReport {
    /// The job, if there is one.
    pub(super) fn job(&self) -> Option<&str> {
        match self {
            TaskReport::Result { job, .. } => Some(job),
            TaskReport::Failed { job, .. } => job.as_deref(),
            TaskReport::Skipped(skipped) => skipped.job(),
        }
    }

    /// The step of the result, counted from 0; `None` without a result.
    pub(super) fn step(&self) -> Option<usize> {
        match self {
            TaskReport::Result { step, .. } => Some(*step),
            _ => None,
        }
    }

    /// Whether it is a result that an earlier run paid for.
    pub(super) fn is_of_earlier_run(&self) -> bool {
        matches!(self, TaskReport::Result { provenance: Provenance::Copied | Provenance::Kept, .. })
    }

    /// Whether there is no result because a disk has no room for it.
    pub(super) fn is_of_full_disk(&self) -> bool {
        let TaskReport::Failed { failure, .. } = self else { return false };
        let mut errors = failure.cause.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
        errors.any(|error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    /// The kind of the failure; `None` for a result.
    pub(super) fn kind(&self) -> Option<ErrorKind> {
        match self {
            TaskReport::Failed { failure, .. } => Some(failure.kind),
            _ => None,
        }
    }

    /// Changes the failure, if it is one.
    pub(super) fn map_failure(self, map: impl FnOnce(Failure) -> Failure) -> TaskReport {
        match self {
            TaskReport::Failed { job, failure } => TaskReport::Failed { job, failure: map(failure) },
            other => other,
        }
    }

    /// The failure to report for a result that is not as requested: it could not be restored into its original or,
    /// if `strict`, preserves nothing of it or is nothing else.
    pub(super) fn not_as_requested(&self, strict: bool) -> Option<Failure> {
        let TaskReport::Result { job, delivery, provenance, recipient, .. } = self else { return None };
        if delivery.is_as_requested(strict) {
            return None;
        }
        let failure = if delivery.is_unrestored {
            not_restored()
        } else if delivery.changes_nothing {
            let paid = match provenance {
                Provenance::Made => "it was paid for".to_owned(),
                Provenance::Copied | Provenance::Kept => {
                    format!("nothing was sent; it was paid for earlier, by job {job}")
                }
            };
            Failure::input("the edit changed nothing visible, so the result is the original (--strict)")
                .hint(format!("{paid}; `seededit history show {job}` says where the answer is"))
        } else {
            let is_in_area = delivery.change.as_ref().is_some_and(|change| change.is_in_area);
            let (why, saved) = if is_in_area {
                (
                    "most of the area that may change did, so there was nothing to preserve within it (--strict)",
                    "is saved: in the area, it is the edited picture",
                )
            } else {
                (
                    "most of the picture changed, so there was nothing to preserve (--strict)",
                    "is saved: the edited picture at the original's size",
                )
            };
            Failure::input(why).hint(match provenance {
                Provenance::Made => format!("the result was paid for and {saved}"),
                Provenance::Copied | Provenance::Kept => {
                    format!("nothing was sent; the result was paid for earlier, by job {job}, and {saved}")
                }
            })
        };
        // The job of a reused result was charged, too, although not in this run: it is no free failure.
        Some(Failure { charged: Charged::Yes, ..failure }.at(*recipient))
    }

    /// Prints it on standard error.
    pub(super) fn print(&self, task: &TaskInfo<'_>, ui: &Ui) {
        match self {
            TaskReport::Result { step, delivery, provenance: Provenance::Made, list_price, .. } => {
                let seed = task.request(*step).and_then(|request| request.seed);
                ui.delivered(delivery, seed, list_price.as_deref());
            }
            TaskReport::Result {
                job, delivery, provenance: Provenance::Copied | Provenance::Kept, ..
            } => ui.reused(delivery, job),
            TaskReport::Skipped(Skipped::Exists(path)) => {
                ui.note(&format!("{} exists; nothing was sent", path.display()));
            }
            TaskReport::Skipped(skipped) => {
                let input = task.input.as_str();
                ui.note(&format!("{input}: {}; `seededit edit` pays for another one", skipped.message()));
            }
            TaskReport::Failed { failure, .. } => ui.failed(failure),
        }
    }

    /// Its JSON record, as one line.
    pub(super) fn json(&self, task: &TaskInfo<'_>, ui: &Ui) -> io::Result<Vec<u8>> {
        match self {
            TaskReport::Result { job, step, delivery, provenance, .. } => {
                let Some(request) = task.request(*step) else { return Ok(Vec::new()) };
                let earlier = &delivery.earlier_steps;
                let first = step.saturating_sub(earlier.len());
                let prompts = task.requests.iter().skip(first).map(|request| request.prompt);
                let record = OkRecord::new(task.job_info(Some(job)), request.clone(), delivery)
                    .with_earlier_steps(earlier.iter().zip(prompts));
                match provenance {
                    Provenance::Made => ui.json_line(&record),
                    Provenance::Copied | Provenance::Kept => ui.json_line(&record.reused()),
                }
            }
            TaskReport::Skipped(skipped) => {
                ui.json_line(&SkippedRecord::of_task(task.job_info(skipped.job()), skipped))
            }
            TaskReport::Failed { job, failure } => task.failure_line(job.as_deref(), failure, ui),
        }
    }

    /// The path to print on standard output: that of a file written in this run or, if `lists_kept`, of one that
    /// existed before. `None` if standard output takes the picture itself.
    pub(super) fn path(&self, task: &TaskInfo<'_>, lists_kept: bool) -> Option<&Path> {
        match self {
            _ if task.uses_stdout => None,
            TaskReport::Result { provenance: Provenance::Kept, .. } | TaskReport::Skipped(_)
                if !lists_kept =>
            {
                None
            }
            TaskReport::Result { delivery, .. } => delivery.path.as_deref(),
            TaskReport::Skipped(skipped) => skipped.output(),
            TaskReport::Failed { .. } => None,
        }
    }
}

/// The failure to report for a result that could not be restored into its original.
fn not_restored() -> Failure {
    // Not `input`: a script must not take it for free and run it again.
    Failure::new(ErrorKind::Partial, anyhow::anyhow!("the result could not be put into its picture"))
        .hint("it was paid for and is saved as the service made it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Audience;

    #[test]
    fn a_step_that_was_interrupted_says_that_it_was_not_charged_and_that_the_chain_can_be_continued() {
        let interrupted = |number: usize, kept: &[String]| {
            let failure =
                Failure::new(ErrorKind::Interrupted(2), anyhow::anyhow!("interrupted; nothing was charged"));
            let failure = in_chain(failure, number, 3, kept);
            let hint = failure.hint.as_ref().map(|hint| hint.text(Audience::CommandLine).to_owned());
            (failure.message(), hint.unwrap_or_default())
        };
        let (message, hint) = interrupted(1, &["out-step1.jpg".into()]);
        let saved = "step 2 of 3 (results of earlier steps are saved: out-step1.jpg)";
        assert_eq!(message, format!("{saved}: interrupted; this step was not charged"));
        assert_eq!(hint, "the same command continues after step 1, which is not paid for again");
        let first = ("step 1 of 3: interrupted; nothing was charged".to_owned(), String::new());
        assert_eq!(interrupted(0, &[]), first);
    }
}
