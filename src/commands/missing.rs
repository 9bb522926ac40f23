//! What a recovered result lacks: the pictures of `--mask-out` and `--overlay`, and the later steps of its chain.

use crate::batch::TaskOutcome;
use crate::batch::identity::step_number;
use crate::edit::Delivery;
use crate::error::Audience;
use crate::journal::{Job, JobKeys, Journal};

/// Returns a note for merged results. The journal does not record `--mask-out` and `--overlay`, so it is printed for all.
pub(super) fn mask_not_written(audience: Audience) -> &'static str {
    audience.choose(
        "no mask or overlay was written, even if the edit had --mask-out or --overlay; `seededit merge ORIGINAL RESULT -o \
         MERGED --mask-out FILE` writes a mask",
        "no mask or overlay was written, even if the user's command asked for one",
    )
}

/// What a recovered result lacks.
pub(super) struct Missing {
    /// Whether it was merged into its original, so that a mask may have been requested.
    pub(super) mask: bool,
    /// A note about the later steps, if there are any.
    pub(super) steps: Option<String>,
}

impl Missing {
    pub(super) fn of(job: &Job, outcome: &TaskOutcome, journal: &Journal) -> Missing {
        let delivered = || delivered(outcome);
        Missing {
            mask: delivered().any(|delivery| delivery.change.is_some()),
            steps: delivered().next().and_then(|delivery| later_steps(job, delivery, journal)),
        }
    }
}

fn delivered(outcome: &TaskOutcome) -> impl Iterator<Item = &Delivery> {
    let steps = match outcome {
        TaskOutcome::Ran(steps) => &steps[..],
        _ => &[],
    };
    steps.iter().filter_map(|step| step.result.as_ref().ok())
}

/// Says that the later steps did not run, and how to run them; `None` if the job is not a step before the last one, or the
/// next one was sent.
fn later_steps(job: &Job, delivery: &Delivery, journal: &Journal) -> Option<String> {
    let step = step_number(&job.intent)?;
    // The same command would pay for it again.
    if journal.has_step_after(job).unwrap_or(true) {
        return None;
    }
    let name = &job.intent.job;
    let next = match &job.intent.keys {
        JobKeys { key: Some(_), .. } => {
            "run the same `seededit batch` command again to continue with this result".to_owned()
        }
        JobKeys { content: Some(_), .. } => {
            "run the same command again to continue with this result".to_owned()
        }
        // Older releases did not record of which edit it is a step.
        _ => {
            let path = delivery.path.as_ref().map_or("RESULT".into(), |path| path.display().to_string());
            format!(
                "`seededit edit {path} PROMPT`, with the prompt of the next step, continues with this result"
            )
        }
    };
    Some(format!("job {name} is step {step} of several, and the later steps were not run; {next}"))
}
