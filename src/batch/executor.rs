//! Runs planned jobs within the budget. Whatever is paid for, by any command, goes through here.

use std::io::Write;
use std::path::Path;

use crate::api::Downloads;
use crate::edit::{
    Events, Image, Interrupt, JobId, Limiter, Made, Plan, Recovery, RunError, Service, Work, run_chain,
};
use crate::journal::Journal;

use super::budget::Budget;
use super::task_outcome::{Step, TaskOutcome};

/// Runs planned jobs.
#[derive(Clone, Copy)]
pub struct Executor<'a> {
    pub service: Service<'a>,
    pub journal: &'a Journal,
    pub interrupt: &'a Interrupt,
    pub limiter: &'a dyn Limiter,
    pub budget: &'a Budget,
    /// Whether the results of steps before the last one are kept.
    pub keeps_steps: bool,
}

impl Executor<'_> {
    /// Runs the plans of a task, each on the result of the one before. `image` is the picture of the first plan,
    /// which is the task's step `from`, counted from 0; `place` is the place of the task among all of the run.
    ///
    /// The price of all plans is held in the budget before the first request is sent.
    pub fn execute(
        &self,
        plans: &[Plan],
        image: Image,
        place: u64,
        from: usize,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> TaskOutcome {
        // Money may come back from tasks that wait for their turn, so they must not wait for this one meanwhile.
        self.limiter.withdraw(place);
        let hold = match self.budget.hold(plans.len() as u32, self.interrupt) {
            Ok(hold) => hold,
            Err(denied) => return TaskOutcome::NotBegun(denied),
        };
        self.limiter.announce(place);
        let work = Work {
            service: self.service,
            journal: self.journal,
            events,
            interrupt: self.interrupt,
            limiter: self.limiter,
            place,
        };
        let made = run_chain(plans, image, self.keeps_steps, &work, stdout);
        let charges = made.iter().flat_map(|made| &made.charges);
        hold.settle(&charges.map(|price| price.map(|price| price.usd)).collect::<Vec<_>>());
        if let [Made { result: Err(RunError::JobTaken(name)), .. }] = &made[..] {
            return TaskOutcome::Running(JobId::from_journal(name));
        }
        TaskOutcome::Made(steps(plans, from, made))
    }

    /// Returns what finishes jobs of earlier processes, at no cost; results go to the directory `to`, by default to
    /// their own destinations.
    pub fn recovery<'a>(&'a self, events: &'a dyn Events, to: Option<&'a Path>) -> Recovery<'a> {
        Recovery {
            journal: self.journal,
            transport: self.service.transport,
            retries: self.service.retries,
            events,
            interrupt: self.interrupt,
            to,
        }
    }

    pub fn downloads(&self) -> Downloads<'_> {
        Downloads { transport: self.service.transport, retries: self.service.retries }
    }
}

fn steps(plans: &[Plan], from: usize, made: Vec<Made>) -> Vec<Step> {
    made.into_iter()
        .filter_map(|made| {
            let job = plans.get(made.step)?.job.clone();
            Some(Step { job, number: from + made.step, result: made.result })
        })
        .collect()
}
