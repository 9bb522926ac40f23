//! What orders came to, in words and as JSON.

use std::io;
use std::path::{Path, PathBuf};

use crate::batch::{Denied, Shortage, Task, TaskOutcome};
use crate::edit::{Delivery, RunError};
use crate::error::{self, ErrorKind, Failure};
use crate::ui::{ErrorRecord, JobInfo, OkRecord, RequestRecord, SkippedRecord, Ui};

use super::job_run::bare;

/// One thing to tell of an order.
pub(super) enum TaskReport {
    /// A result.
    Result { job: String, step: usize, delivery: Delivery, how: Provenance },
    /// The output was there.
    Skipped(PathBuf),
    /// No result.
    Failed { job: Option<String>, failure: Failure },
}

/// How a result came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// It was made, and paid for, now.
    Made,
    /// It was made before, and written now where it is wanted.
    Copied,
    /// It was made before, and lies there.
    Kept,
}

/// Everything that there is to tell of an order.
pub(super) fn told(order: &Task, outcome: TaskOutcome, asked: error::RequestInfo<'_>) -> Vec<TaskReport> {
    let failed = |job: Option<&str>, failure: Failure| {
        vec![TaskReport::Failed { job: job.map(str::to_owned), failure }]
    };
    match outcome {
        TaskOutcome::Made(steps) => {
            let kept: Vec<String> = steps
                .iter()
                .filter_map(|step| step.result.as_ref().ok()?.path.as_ref())
                .map(|path| path.display().to_string())
                .collect();
            let count = order.steps.len();
            let one = |step: crate::batch::Step| {
                let job = step.job.as_str().to_owned();
                match step.result {
                    Ok(delivery) => {
                        TaskReport::Result { job, step: step.number, delivery, how: Provenance::Made }
                    }
                    Err(error) => {
                        let failure = in_chain(step_failure(error, asked), step.number, count, &kept);
                        TaskReport::Failed { job: Some(job), failure }
                    }
                }
            };
            steps.into_iter().map(one).collect()
        }
        TaskOutcome::Before { job, delivery, is_copy } => vec![TaskReport::Result {
            job: job.intent.job.clone(),
            step: order.steps.len().saturating_sub(1),
            delivery,
            how: if is_copy { Provenance::Copied } else { Provenance::Kept },
        }],
        TaskOutcome::Skipped(path) => vec![TaskReport::Skipped(path)],
        TaskOutcome::Modified(job, kept) => failed(Some(&job.intent.job), Failure::modified(&job, kept)),
        TaskOutcome::IdReused(job) => {
            let id = order.id.as_deref().unwrap_or_default();
            failed(Some(&job.intent.job), Failure::id_reused(&job, id))
        }
        TaskOutcome::Lost(job) => failed(Some(&job.intent.job), Failure::already_lost(&job)),
        TaskOutcome::InDoubt(job, why) => failed(Some(&job.intent.job), Failure::in_doubt(&job, &why)),
        TaskOutcome::Running(job) => failed(
            Some(job.as_str()),
            Failure::input(format!("another process is working on job {job}")).hint("wait for it to end"),
        ),
        TaskOutcome::Refused(error) => failed(None, error.into()),
        TaskOutcome::Stuck(error) => failed(None, error.into()),
        TaskOutcome::NotBegun(Denied::Empty(shortage)) => {
            failed(None, over_budget(shortage, "so it was not sent"))
        }
        TaskOutcome::NotBegun(Denied::Enough | Denied::Interrupted) => Vec::new(),
    }
}

/// An edit that could bring the cost above the limit.
pub(super) fn over_budget(shortage: Shortage, consequence: &str) -> Failure {
    let Shortage { cost, left, limit } = shortage;
    let [cost, left, limit] = [cost, left, limit].map(|sum| crate::ui::usd(sum.value()));
    let why = format!("an edit costs {cost}, and {left} of --max-cost {limit} is left, {consequence}");
    Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint("raise --max-cost to continue")
}

fn step_failure(error: RunError, asked: error::RequestInfo<'_>) -> Failure {
    Failure::from_run(error, asked)
}

/// A failure of one step of several says which, and what became of the money spent before it.
fn in_chain(failure: Failure, number: usize, count: usize, kept: &[String]) -> Failure {
    if count < 2 {
        return failure;
    }
    let mut place = format!("step {} of {count}", number + 1);
    if !kept.is_empty() {
        place.push_str(&format!(" (what was paid for before it is kept: {})", kept.join(", ")));
    }
    Failure { cause: failure.cause.context(place), ..failure }
}

impl TaskReport {
    /// The failure's kind, if it is one.
    pub(super) fn kind(&self) -> Option<ErrorKind> {
        match self {
            TaskReport::Failed { failure, .. } => Some(failure.kind),
            _ => None,
        }
    }

    /// The failure that a result is that is not what was asked for: it could not be put into its original, or,
    /// where that is `strict`, has nothing of it.
    pub(super) fn not_as_asked(&self, strict: bool) -> Option<Failure> {
        let TaskReport::Result { delivery, .. } = self else { return None };
        if delivery.is_as_asked(strict) {
            return None;
        }
        if delivery.is_bare {
            return Some(bare());
        }
        Some(
            Failure::input("most of the picture changed, so there was nothing to preserve (--strict)")
                .hint("the result was paid for and is kept: the edited picture at the original's size"),
        )
    }

    /// Says it on standard error.
    pub(super) fn say(&self, order: &Task, ui: &Ui) {
        match self {
            TaskReport::Result { step, delivery, how: Provenance::Made, .. } => {
                let made = order.steps.get(*step).or(order.steps.last());
                ui.delivered(delivery, made.map_or(0, |made| made.seed.value()));
            }
            TaskReport::Result { job, delivery, how: Provenance::Copied | Provenance::Kept, .. } => {
                ui.reused(delivery, job)
            }
            TaskReport::Skipped(path) => ui.note(&format!("{} exists; nothing was sent", path.display())),
            TaskReport::Failed { failure, .. } => ui.failed(failure),
        }
    }

    /// Its JSON.
    pub(super) fn json(&self, order: &Task, ui: &Ui) -> io::Result<Vec<u8>> {
        let name = order.source.name();
        let asked = |job| JobInfo { job, input: Some(&name), line: order.line, id: order.id.as_deref() };
        match self {
            TaskReport::Result { job, step, delivery, how } => {
                let generation = order.steps.get(*step).or(order.steps.last());
                let Some(generation) = generation else { return Ok(Vec::new()) };
                let record = OkRecord::new(asked(Some(job)), RequestRecord::from(generation), delivery);
                match how {
                    Provenance::Made => ui.json_line(&record),
                    Provenance::Copied | Provenance::Kept => ui.json_line(&record.reused()),
                }
            }
            TaskReport::Skipped(path) => {
                let output = path.to_string_lossy().into_owned();
                ui.json_line(&SkippedRecord { status: "skipped", asked: asked(None), output })
            }
            TaskReport::Failed { job, failure } => {
                ui.json_line(&ErrorRecord::new(asked(job.as_deref()), failure))
            }
        }
    }

    /// The path to print on standard output: of a file that was written now, or, if those are listed, that
    /// was there.
    pub(super) fn path(&self, lists_kept: bool) -> Option<&Path> {
        match self {
            TaskReport::Result { delivery, how: Provenance::Kept, .. } if lists_kept => {
                delivery.path.as_deref()
            }
            TaskReport::Result { delivery, how: Provenance::Made | Provenance::Copied, .. } => {
                delivery.path.as_deref()
            }
            TaskReport::Skipped(path) if lists_kept => Some(path),
            _ => None,
        }
    }
}
