//! Runs planned jobs within the budget. Whatever is paid for, by any command, goes through here.

use std::io::Write;
use std::path::Path;

use crate::api::Downloads;
use crate::edit::{
    Events, Image, Interrupt, JobId, Limiter, Plan, Recovery, RunError, Service, StepResult, Work, run_chain,
};
use crate::journal::{AnswerStore, Journal};

use super::budget::{Budget, Denied};
use super::task_outcome::{StepOutcome, TaskOutcome};

/// Runs planned jobs.
#[derive(Clone, Copy)]
pub struct Executor<'a> {
    pub service: Service<'a>,
    pub journal: &'a Journal,
    /// Keeps answers that are not the delivered file.
    pub answers: &'a AnswerStore,
    pub interrupt: &'a Interrupt,
    pub limiter: &'a dyn Limiter,
    pub budget: &'a Budget<'a>,
    /// Whether the results of steps before the last one are kept.
    pub keeps_steps: bool,
}

impl Executor<'_> {
    /// Runs the plans of a task, each on the result of the one before. `image` is the picture of the first plan,
    /// which is step `first_step` of the task, counted from 0. `position` is the position of the task in the run.
    ///
    /// The price of all plans is held in the budget before the first request is sent.
    pub fn execute(
        &self,
        plans: &[Plan],
        image: Image,
        position: u64,
        first_step: usize,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> TaskOutcome {
        // A task that waits for its turn may release money, so it must not wait for this one in the meantime.
        self.limiter.withdraw(position);
        let hold = match self.budget.reserve(plans.len() as u32, self.interrupt) {
            Ok(hold) => hold,
            Err(Denied::Journal(error)) => return error.into(),
            Err(denied) => return TaskOutcome::NotStarted(denied),
        };
        self.limiter.announce(position);
        let work = Work {
            service: self.service,
            journal: self.journal,
            answers: self.answers,
            events,
            interrupt: self.interrupt,
            limiter: self.limiter,
            position,
            booking: hold.booking(),
        };
        let made = run_chain(plans, image, self.keeps_steps, &work, stdout);
        let charges = made.iter().flat_map(|made| &made.charges);
        hold.settle(&charges.map(|price| price.map(|price| price.usd)).collect::<Vec<_>>());
        if let [StepResult { result: Err(RunError::JobTaken(name)), .. }] = &made[..] {
            return TaskOutcome::Running(JobId::from_journal(name));
        }
        TaskOutcome::Ran(step_outcomes(plans, first_step, made))
    }

    /// Returns a recovery, which finishes the jobs of earlier processes at no cost. Results go to the directory `to`,
    /// by default to their own destinations.
    pub fn recovery<'a>(&'a self, events: &'a dyn Events, to: Option<&'a Path>) -> Recovery<'a> {
        Recovery {
            journal: self.journal,
            answers: self.answers,
            transport: self.service.transport,
            models: self.service.models,
            retries: self.service.retries,
            events,
            interrupt: self.interrupt,
            to,
        }
    }

    pub fn downloads(&self) -> Downloads<'_> {
        self.service.downloads()
    }
}

fn step_outcomes(plans: &[Plan], first_step: usize, made: Vec<StepResult>) -> Vec<StepOutcome> {
    made.into_iter()
        .filter_map(|made| {
            let job = plans.get(made.step)?.job.clone();
            Some(StepOutcome { job, index: first_step + made.step, is_recovered: false, result: made.result })
        })
        .collect()
}
