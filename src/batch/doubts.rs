//! Stops a run that pays into a broken path: several requests in a row may have been charged and brought no picture.

use std::time::{Duration, Instant};

use crate::cards::Settlement;
use crate::edit::{JobId, NoEvents, RunError, Settled};

use super::executor::Executor;
use super::task_outcome::TaskOutcome;

/// The number of outcomes in doubt in a row after which no further request is sent until they are settled.
const LIMIT: usize = 3;
/// How long the usage log is asked about them. A call is listed some seconds after its answer.
const SETTLE_TIME: Duration = Duration::from_secs(12);
/// The pause between two requests to the usage log.
const PAUSE: Duration = Duration::from_secs(2);

/// The jobs in doubt since the last outcome that was known.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    jobs: Vec<JobId>,
}

impl Doubts {
    /// Counts the outcome of a task. Returns whether there are too many in doubt in a row.
    pub(super) fn count(&mut self, outcome: &TaskOutcome) -> bool {
        let TaskOutcome::Ran(steps) = outcome else { return false };
        for step in steps {
            match &step.result {
                Err(RunError::Unknown { .. }) => self.jobs.push(step.job.clone()),
                // These say nothing about the path to the service.
                Err(RunError::Interrupted(_) | RunError::Canceled) => {}
                Ok(_) | Err(_) => self.jobs.clear(),
            }
        }
        self.jobs.len() >= LIMIT
    }

    /// Asks the usage log about the jobs. Returns whether none of them was charged, so that the run can continue.
    pub(super) fn settle(&mut self, executor: &Executor<'_>) -> bool {
        let service = &executor.service;
        if service.models.service().settlement != Settlement::UsageLog {
            return false;
        }
        let recovery = executor.recovery(&NoEvents, None);
        let until = Instant::now() + SETTLE_TIME;
        loop {
            let find = |id: &JobId| executor.journal.job(id.as_str()).ok().flatten();
            let jobs: Vec<_> = self.jobs.iter().filter_map(find).collect();
            // A log that cannot be read settles nothing.
            let Ok(settled) = recovery.settle(&jobs, &service.endpoint.base, service.key) else {
                return false;
            };
            let mut open = Vec::new();
            for (job, settled) in jobs.iter().zip(settled) {
                match settled {
                    Settled::Free => {}
                    Settled::NotYet => open.push(JobId::from_journal(&job.intent.job)),
                    Settled::Lost(_) | Settled::Charged(_) | Settled::Answered | Settled::Elsewhere => return false,
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
