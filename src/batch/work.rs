//! One order carried out: what it takes, and no more than it takes.

use std::io::Write;

use crate::edit::reuse::{self, ArtifactState, Copied};
use crate::edit::{
    Delivery, Destination, Events, Found, Image, JobId, Restoration, RunError, Source, absolute,
};
use crate::journal::{Job, State};

use super::executor::Executor;
use super::options::BatchOptions;
use super::status::{Status, job_of_step};
use super::task::{Task, TaskError};
use super::task_outcome::{Step, TaskOutcome};

/// Runs tasks: finds out what is left of each, and pays for no more than that.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    /// What applies to all tasks.
    pub rules: &'a BatchOptions,
    /// What is paid for goes through it.
    pub executor: Executor<'a>,
}

/// The steps that are left of a chain, and the picture that the first of them is of.
struct Left {
    from: usize,
    image: Option<Image>,
}

impl Worker<'_> {
    /// Carries it out. `image` is its picture, where that was read already.
    pub fn carry_out(
        &self,
        order: &Task,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> TaskOutcome {
        self.try_to(order, image, events, stdout).unwrap_or_else(|outcome| outcome)
    }

    fn try_to(
        &self,
        order: &Task,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        // Whatever becomes of it, later tasks wait for this one to be sent, and no longer.
        self.executor.limiter.announce(order.place);
        let result = self.try_in_turn(order, image, events, stdout);
        self.executor.limiter.withdraw(order.place);
        result
    }

    fn try_in_turn(
        &self,
        order: &Task,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        let mut standing = Status::of(order, self.executor.journal, self.rules)?;
        if let Status::Unfinished(job) = &standing {
            if let Some(outcome) = self.finish(order, job, order.steps.len() - 1, events)? {
                return Ok(outcome);
            }
            standing = Status::of(order, self.executor.journal, self.rules)?;
        }
        match standing {
            Status::New | Status::Rerun(_) => self.spend(order, &standing, image, events, stdout),
            Status::Modified(..) | Status::IdReused(_) | Status::Lost(_) if self.rules.redo => {
                self.spend(order, &standing, image, events, stdout)
            }
            Status::Done(job) => Ok(before(order, job)),
            Status::Misplaced(job) => self.copy(order, job, events, stdout),
            Status::Modified(job, kept) => Ok(TaskOutcome::Modified(Box::new(job), kept)),
            Status::IdReused(job) => Ok(TaskOutcome::IdReused(Box::new(job))),
            Status::Lost(job) => Ok(TaskOutcome::Lost(Box::new(job))),
            Status::Unfinished(job) => Ok(in_doubt(job)),
            Status::Running(job) => Ok(TaskOutcome::Running(JobId::from_journal(&job.intent.job))),
        }
    }

    /// Finishes what an earlier process left, at no cost; none when it turned out free to be tried again.
    fn finish(
        &self,
        order: &Task,
        job: &Job,
        number: usize,
        events: &dyn Events,
    ) -> Result<Option<TaskOutcome>, TaskOutcome> {
        let recovery = self.executor.recovery(events, None);
        let name = JobId::from_journal(&job.intent.job);
        Ok(match recovery.finish(job).map_err(TaskOutcome::Stuck)? {
            Found::Results(results) => {
                let step = |result: Result<Delivery, RunError>| {
                    let result = result.map(|delivery| named_as_wanted(delivery, order, job));
                    Step { job: name.clone(), number, result }
                };
                Some(TaskOutcome::Made(results.into_iter().map(step).collect()))
            }
            Found::Free(_) | Found::Finished => None,
            Found::Unknown(why) => Some(TaskOutcome::InDoubt(Box::new(job.clone()), why)),
            Found::Running => Some(TaskOutcome::Running(name)),
        })
    }

    /// Writes an earlier result to where it is wanted now.
    fn copy(
        &self,
        order: &Task,
        job: Job,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        let aimed = order.aim(Some(&job)).map_err(TaskError::from)?;
        let quality = aimed.wanted.quality;
        let delivery = match reuse::copy(&job, aimed, events, stdout).map_err(TaskError::from)? {
            Copied::Skipped(path) => return Ok(TaskOutcome::Skipped(path)),
            Copied::There(delivery) => {
                return Ok(TaskOutcome::Before { job: Box::new(job), delivery, is_copy: false });
            }
            Copied::Written(delivery) => delivery,
        };
        // What is made of it in another format or quality is no better than the result itself, which other rows
        // may want as it is.
        let stored = reuse::stored(&delivery);
        let is_still_it = job
            .stored
            .as_ref()
            .is_some_and(|before| before.sha256 == stored.sha256 || before.path == stored.path);
        if order.keys.key.is_some() && is_still_it {
            self.executor.journal.mark_moved(&job.intent.job, &stored, quality)?;
        }
        Ok(TaskOutcome::Before { job: Box::new(job), delivery, is_copy: true })
    }

    /// Pays for it.
    fn spend(
        &self,
        order: &Task,
        standing: &Status,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        let job = standing.own_job();
        let output = standing.over_its_own(order.aim(job).map_err(TaskError::from)?);
        let output = order.ensure_possible(output).map_err(TaskError::from)?;
        if let Destination::Skipped(path) = output.place {
            return Ok(TaskOutcome::Skipped(path));
        }
        let left = self.left(order, events)?;
        let downloads = self.executor.downloads();
        let fetch = self.rules.fetches.then_some(&downloads);
        let image = match (left.image, image) {
            (Some(image), _) | (None, Some(image)) => image,
            (None, None) => order.load(fetch, &self.rules.processing)?,
        };
        let mut jobs = Vec::with_capacity(order.steps.len());
        for step in 1..order.steps.len() {
            jobs.push(job_of_step(order, step, self.executor.journal)?);
        }
        jobs.push(job.cloned());
        let restoration = match &image {
            Image::Loaded(loaded) if left.from == 0 => {
                Restoration::of(&self.rules.processing, &order.source, loaded)
            }
            // A step of several is made of an earlier result, and its own result of the order's picture.
            _ if self.rules.processing.needs_original() => match order.load(fetch, &self.rules.processing)? {
                Image::Loaded(loaded) => Restoration::of(&self.rules.processing, &order.source, &loaded),
                Image::Link(_) => None,
            },
            _ => None,
        };
        if let Some(restoration) = &restoration {
            let fits = restoration.ensure_possible(output.wanted);
            fits.map_err(|error| TaskError::Output(error.into()))?;
        }
        let plans = order.plans(&output, &jobs, &self.rules.processing, restoration.as_ref());
        let plans = plans.get(left.from..).unwrap_or_default();
        Ok(self.executor.execute(plans, image, order.place, left.from, events, stdout))
    }

    /// What is left of a chain: an earlier step that was paid for and kept is not paid for again.
    fn left(&self, order: &Task, events: &dyn Events) -> Result<Left, TaskOutcome> {
        for step in (1..order.steps.len()).rev() {
            let Some(mut job) = job_of_step(order, step, self.executor.journal)? else { continue };
            if matches!(job.state, State::Sent | State::Answered | State::Unknown) {
                match self.finish(order, &job, step - 1, events)? {
                    Some(TaskOutcome::Made(steps)) if steps.iter().all(|step| step.result.is_ok()) => {}
                    Some(outcome) => return Err(outcome),
                    None => {}
                }
                job = job_of_step(order, step, self.executor.journal)?.unwrap_or(job);
            }
            match job.state {
                State::Delivered => {
                    let stored = job.stored.as_ref();
                    let path = stored.and_then(|stored| stored.path.as_ref());
                    let kept = stored.map_or(ArtifactState::Missing, reuse::look);
                    match (path, kept) {
                        (Some(path), ArtifactState::Unchanged) => {
                            let source = Source::File(path.as_path().to_owned());
                            let image = source.load(None, &self.rules.processing).map_err(TaskError::from)?;
                            return Ok(Left { from: step, image: Some(image) });
                        }
                        _ if self.rules.redo => {}
                        (_, kept) => return Err(TaskOutcome::Modified(Box::new(job), kept)),
                    }
                }
                State::Lost if !self.rules.redo => return Err(TaskOutcome::Lost(Box::new(job))),
                _ => {}
            }
        }
        Ok(Left { from: 0, image: None })
    }
}

fn before(order: &Task, job: Job) -> TaskOutcome {
    let Some(delivery) = reuse::delivered_before(&job) else {
        return TaskOutcome::Modified(Box::new(job), ArtifactState::Missing);
    };
    let delivery = named_as_wanted(delivery, order, &job);
    TaskOutcome::Before { job: Box::new(job), delivery, is_copy: false }
}

/// A result that lies in the directory where it is wanted is told of by the path that was asked for, as it
/// is when it is made, and not by the whole one that the journal knows.
fn named_as_wanted(mut delivery: Delivery, order: &Task, job: &Job) -> Delivery {
    let aimed = order.aim(Some(job)).ok();
    if let (Some(path), Some(wanted)) = (&mut delivery.path, aimed.as_ref().and_then(|aimed| aimed.path()))
        && absolute(wanted).parent() == path.parent()
    {
        // The name stays: it may have got a number, or be that of a step.
        *path = wanted.with_file_name(path.file_name().unwrap_or_default());
    }
    delivery
}

fn in_doubt(job: Job) -> TaskOutcome {
    let why = job.reason.clone().unwrap_or_else(|| "seededit ended before it received an answer".into());
    TaskOutcome::InDoubt(Box::new(job), why)
}
