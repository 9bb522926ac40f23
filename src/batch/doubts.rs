//! Stops a run that pays for nothing: several requests in a row were charged, or may have been, without a picture.

use std::time::{Duration, Instant};

use crate::cards::Settlement;
use crate::edit::{Charge, JobId, NoEvents, RunError};
use crate::money::add_usd;

use super::executor::Executor;
use super::task_outcome::TaskOutcome;

/// The number of edits without a picture in a row after which no further request is sent, unless they turn out to be free.
const LIMIT: usize = 3;
/// How long the usage log is asked about them. A call is listed some seconds after its answer.
const SETTLE_TIME: Duration = Duration::from_secs(12);
/// The pause between two requests to the usage log.
const PAUSE: Duration = Duration::from_secs(2);

/// The edits since the last picture that were charged, or may have been.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// The jobs in doubt.
    jobs: Vec<JobId>,
    /// The jobs that were paid for, with their prices in US dollars.
    paid: Vec<(JobId, Option<f64>)>,
}

/// What several edits in a row without a picture have cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtStake {
    /// The number of edits that were paid for.
    pub paid: usize,
    /// The number of edits that may have been charged.
    pub in_doubt: usize,
    /// The sum of the known prices, in US dollars.
    pub usd: f64,
    /// Whether all prices are known.
    pub is_exact: bool,
}

impl Doubts {
    /// Counts the outcome of a task. Returns whether there are too many without a picture in a row.
    ///
    /// An outcome that cost nothing says nothing about what the next edit brings, so it changes nothing. Neither does the
    /// result of an earlier process: nothing was paid for it now.
    pub(super) fn count(&mut self, outcome: &TaskOutcome) -> bool {
        let TaskOutcome::Ran(steps) = outcome else { return false };
        let new = || steps.iter().filter(|step| !step.is_recovered);
        let has_picture = |job: &JobId| new().any(|step| step.job == *job && step.result.is_ok());
        let mut has_paid_for_nothing = false;
        for step in new().filter(|step| !has_picture(&step.job)) {
            match &step.result {
                Err(RunError::Unknown { .. }) => {
                    has_paid_for_nothing = true;
                    if !self.jobs.contains(&step.job) {
                        self.jobs.push(step.job.clone());
                    }
                }
                Err(
                    RunError::Lost { paid, .. }
                    | RunError::NotDownloaded { paid, .. }
                    | RunError::AnswerDamaged { paid, .. },
                ) => {
                    has_paid_for_nothing = true;
                    if self.paid.iter().all(|(job, _)| *job != step.job) {
                        self.paid.push((step.job.clone(), paid.price.map(|price| price.usd)));
                    }
                }
                _ => {}
            }
        }
        // A chain whose last step brought no picture is not a success.
        if !has_paid_for_nothing && new().any(|step| step.result.is_ok()) {
            *self = Doubts::default();
        }
        self.jobs.len() + self.paid.len() >= LIMIT
    }

    /// Returns what the edits have cost.
    pub(super) fn at_stake(&self) -> AtStake {
        AtStake {
            paid: self.paid.len(),
            in_doubt: self.jobs.len(),
            usd: self.paid.iter().filter_map(|(_, usd)| *usd).fold(0.0, add_usd),
            is_exact: self.jobs.is_empty() && self.paid.iter().all(|(_, usd)| usd.is_some()),
        }
    }

    /// Asks the usage log about the jobs. Returns whether none of them was charged, so that the run can continue. Those that were
    /// stay in doubt until `recover` says so: an equal command would pay for them again otherwise.
    pub(super) fn settle(&mut self, executor: &Executor<'_>) -> bool {
        let service = &executor.service;
        if !self.paid.is_empty() || service.models.service().settlement != Settlement::UsageLog {
            return false;
        }
        let recovery = executor.recovery(&NoEvents, None);
        let until = Instant::now() + SETTLE_TIME;
        loop {
            let find = |id: &JobId| executor.journal.job(id.as_str()).ok().flatten();
            let jobs: Vec<_> = self.jobs.iter().filter_map(find).collect();
            // A log that cannot be read settles nothing.
            let Ok(charges) = recovery.settle_free(&jobs, &service.endpoint.base, service.key) else {
                return false;
            };
            let mut open = Vec::new();
            for (job, charge) in jobs.iter().zip(charges) {
                match charge {
                    Charge::Free => {}
                    Charge::Unlisted => open.push(JobId::from_journal(&job.intent.job)),
                    Charge::Charged => return false,
                }
            }
            self.jobs = open;
            if self.jobs.is_empty() {
                return true;
            }
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() || executor.interrupt.sleep(PAUSE.min(rest)).is_some() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Price, UnknownOutcome};
    use crate::edit::Paid;

    use super::super::task_outcome::StepOutcome;

    fn task(job: &str, is_recovered: bool, error: RunError) -> TaskOutcome {
        TaskOutcome::Ran(vec![StepOutcome {
            job: JobId::from_journal(job),
            index: 0,
            is_recovered,
            result: Err(error),
        }])
    }

    fn lost(usd: Option<f64>) -> RunError {
        let price = usd.and_then(|usd| Price::new(Some(usd), None));
        RunError::Lost { what: "x".into(), paid: Paid { price, ..Paid::default() } }
    }

    fn unknown() -> RunError {
        RunError::Unknown { doubt: UnknownOutcome::Truncated(0), paid: Paid::default() }
    }

    #[test]
    fn edits_that_were_paid_for_count_like_those_in_doubt() {
        let mut doubts = Doubts::default();
        assert!(!doubts.count(&task("a", false, lost(Some(0.25)))));
        // It cost nothing, so it is no success.
        assert!(!doubts.count(&task("b", false, RunError::JobTaken("b".into()))));
        assert!(!doubts.count(&task("c", false, unknown())));
        assert!(doubts.count(&task("d", false, lost(Some(0.5)))));
        let expected = AtStake { paid: 2, in_doubt: 1, usd: 0.75, is_exact: false };
        assert_eq!(doubts.at_stake(), expected);
    }

    #[test]
    fn several_results_of_one_edit_count_once_and_earlier_edits_never() {
        let mut doubts = Doubts::default();
        for _ in 0..5 {
            assert!(!doubts.count(&task("a", false, lost(None))));
            assert!(!doubts.count(&task("b", true, lost(None))));
        }
        assert_eq!(doubts.at_stake().paid, 1);
    }
}
