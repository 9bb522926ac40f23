//! Runs one task: determines what remains of it, and pays for no more than that.

use std::io::Write;

use crate::edit::reuse::{self, ArtifactState, Copied};
use crate::edit::{
    Delivery, Destination, Event, Events, Found, Image, JobId, Processing, Restoration, RunError, Source,
};
use crate::error_chain::error_chain;
use crate::journal::{Job, JobLock, JournalError, State};

use super::executor::Executor;
use super::identity;
use super::options::{BatchOptions, Dedup};
use super::skipped::Skipped;
use super::status::Status;
use super::steps::job_of_step;
use super::task::{Task, TaskError};
use super::task_outcome::{StepOutcome, TaskOutcome};

/// Runs tasks.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    pub options: &'a BatchOptions,
    pub executor: Executor<'a>,
}

/// The steps of a chain that remain to be paid for.
struct RemainingSteps {
    /// The first of them, from 0.
    first: usize,
    /// The result of the step before it; `None` if no step is done.
    image: Option<Image>,
}

impl Worker<'_> {
    /// Runs a task. `image` is its picture if it was loaded already.
    pub fn run(
        &self,
        task: &Task,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> TaskOutcome {
        // Later tasks wait until this one has sent its request, or will not send one.
        self.executor.limiter.announce(task.position);
        let outcome = self.run_announced(task, image, events, stdout).unwrap_or_else(|outcome| outcome);
        self.executor.limiter.withdraw(task.position);
        outcome
    }

    /// Returns an outcome that ended the task early as an error, so that `?` can be used.
    fn run_announced(
        &self,
        task: &Task,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        // Before the status, so that no equal job is missed that is begun in between.
        let equals = self.equals(task)?;
        let mut status = Status::of(task, self.executor.journal, self.options)?;
        if let Status::Unfinished(job) = &status {
            match self.finish(task, job, task.steps.len() - 1, events)? {
                Some(outcome) if !self.gives_up(&outcome) => return Ok(outcome),
                _ => {}
            }
            status = Status::of(task, self.executor.journal, self.options)?;
        }
        match status {
            Status::New | Status::Retryable(_) => {
                self.pay(task, &status, equals.as_deref(), image, events, stdout)
            }
            Status::Modified(..) | Status::IdReused(_) | Status::Lost(_) if self.options.redo => {
                self.pay(task, &status, None, image, events, stdout)
            }
            Status::Unfinished(ref job) if self.options.redo && job.is_link_dead() => {
                self.pay(task, &status, None, image, events, stdout)
            }
            Status::Modified(job, state) if self.options.once => {
                Ok(TaskOutcome::Skipped(Skipped::MadeBefore(Box::new(job), Some(state))))
            }
            Status::Lost(job) if self.options.once => {
                Ok(TaskOutcome::Skipped(Skipped::MadeBefore(Box::new(job), None)))
            }
            Status::Done(job) => Ok(self.with_answer(reused(task, job), events)),
            Status::Misplaced(job) => Ok(self.with_answer(self.copy(task, job, events, stdout)?, events)),
            Status::Modified(job, state) => Ok(TaskOutcome::Modified(Box::new(job), state)),
            Status::IdReused(job) => Ok(TaskOutcome::IdReused(Box::new(job))),
            Status::Lost(job) => Ok(TaskOutcome::Lost(Box::new(job))),
            Status::Unfinished(job) => Ok(in_doubt(job)),
            Status::EqualInDoubt(job) => Ok(TaskOutcome::EqualInDoubt(Box::new(job))),
            Status::EqualUnreadable(job) => Ok(TaskOutcome::EqualUnreadable(job)),
            Status::Running(job) => Ok(TaskOutcome::Running(JobId::from_journal(&job.intent.job))),
        }
    }

    /// Whether a result that was paid for is given up, because its link was refused just now and `--redo` was given.
    fn gives_up(&self, outcome: &TaskOutcome) -> bool {
        self.options.redo && outcome.is_link_dead()
    }

    /// Finishes the job of an earlier process, at no cost. Returns `None` if it turns out that the job was not
    /// charged and can run again. `index` is the number of the step, from 0.
    fn finish(
        &self,
        task: &Task,
        job: &Job,
        index: usize,
        events: &dyn Events,
    ) -> Result<Option<TaskOutcome>, TaskOutcome> {
        let recovery = self.executor.recovery(events, None);
        let id = JobId::from_journal(&job.intent.job);
        Ok(match recovery.finish(job).map_err(TaskOutcome::RecoveryFailed)? {
            Found::Results(results) => {
                let outcome = |result: Result<Delivery, RunError>| {
                    let result = result.map(|delivery| with_path_as_requested(delivery, task, job));
                    StepOutcome { job: id.clone(), index, is_recovered: true, result }
                };
                Some(TaskOutcome::Ran(results.into_iter().map(outcome).collect()))
            }
            Found::Free(_) | Found::Finished => None,
            Found::Unknown(reason) => Some(TaskOutcome::InDoubt(Box::new(job.clone()), reason)),
            Found::Running => Some(TaskOutcome::Running(id)),
        })
    }

    /// Returns how the picture of a task is processed, with the limits of its model.
    ///
    /// # Errors
    /// If the mask of its row cannot be read, or has changed.
    fn processing(&self, task: &Task) -> Result<Processing, TaskError> {
        let service = self.executor.service.models.service();
        let processing = task.options.processing_with_mask(&self.options.processing)?;
        Ok(match task.steps.first() {
            Some(step) => processing.for_model(&step.card, service),
            None => processing.into_owned(),
        })
    }

    /// Copies an earlier result to the task's output.
    fn copy(
        &self,
        task: &Task,
        job: Job,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        let output = task.resolve_output(Some(&job)).map_err(TaskError::from)?;
        let quality = output.encoding.quality;
        let metadata = task.options.processing(&self.options.processing).metadata;
        let delivery = match reuse::copy(&job, output, metadata, events, stdout).map_err(TaskError::from)? {
            Copied::Skipped(path) => return Ok(TaskOutcome::Skipped(Skipped::Exists(path))),
            Copied::There(delivery) => {
                return Ok(TaskOutcome::Reused {
                    job: Box::new(job),
                    delivery: Box::new(delivery),
                    is_copy: false,
                });
            }
            Copied::Written(delivery) => delivery,
        };
        // A copy that was encoded again is not better than the original result, which other rows may need. So it does
        // not replace that result in the journal.
        let copy = reuse::stored(&delivery);
        let is_same_result = job
            .stored
            .as_ref()
            .is_some_and(|original| original.sha256 == copy.sha256 || original.path == copy.path);
        if task.keys.key.is_some() && is_same_result {
            self.executor.journal.mark_moved(&job.intent.job, &copy, quality)?;
        }
        Ok(TaskOutcome::Reused { job: Box::new(job), delivery: Box::new(delivery), is_copy: true })
    }

    /// Writes the answer beside a result that is used again, if that is requested. The result is there in any case, so a
    /// failure is only reported.
    fn with_answer(&self, mut outcome: TaskOutcome, events: &dyn Events) -> TaskOutcome {
        if let TaskOutcome::Reused { job, delivery, .. } = &mut outcome
            && let Some(result) = delivery.path.as_deref().filter(|_| self.options.processing.keeps_answer)
        {
            match reuse::write_answer(job, result, self.executor.journal) {
                Ok(path) => delivery.answer = Some(path),
                Err(error) => events.on(Event::NoAnswerFile { result, why: &error_chain(&error) }),
            }
        }
        outcome
    }

    /// Returns the ids of all jobs with the content of a task or of one of its steps, if equal edits are used again.
    fn equals(&self, task: &Task) -> Result<Option<Vec<String>>, JournalError> {
        let (Dedup::Results, Some(content)) = (&self.options.dedup, &task.keys.content) else {
            return Ok(None);
        };
        let of_steps = (1..task.steps.len()).map(|step| identity::step_content(content, step));
        let mut ids = Vec::new();
        for content in of_steps.chain([content.clone()]) {
            ids.extend(self.executor.journal.ids_with_content(&content)?);
        }
        Ok(Some(ids))
    }

    /// Sends the requests of the remaining steps. `equals` is [`Plan::equals`](crate::edit::Plan::equals).
    fn pay(
        &self,
        task: &Task,
        status: &Status,
        equals: Option<&[String]>,
        image: Option<Image>,
        events: &dyn Events,
        stdout: &mut dyn Write,
    ) -> Result<TaskOutcome, TaskOutcome> {
        let job = status.own_job();
        let output = task.resolve_output(job).map_err(TaskError::from)?;
        let output = status.allowing_overwrite_of_own(output);
        let output = task.ensure_possible(output).map_err(TaskError::from)?;
        if let Destination::Skipped(path) = output.destination {
            return Ok(TaskOutcome::Skipped(Skipped::Exists(path)));
        }
        let processing = &self.processing(task)?;
        let remaining = self.remaining_steps(task, processing, events)?;
        let downloads = self.executor.downloads();
        let fetches = self.options.fetch_links || !task.takes_links();
        let downloads = fetches.then_some(&downloads);
        let image = match (remaining.image, image) {
            (Some(image), _) | (None, Some(image)) => image,
            (None, None) => task.load(downloads, processing)?,
        };
        let mut jobs = Vec::with_capacity(task.steps.len());
        for step in 1..task.steps.len() {
            jobs.push(job_of_step(task, step, self.executor.journal, self.options)?);
        }
        jobs.push(job.cloned());
        let restoration = match &image {
            Image::Loaded(loaded) if remaining.first == 0 => {
                Restoration::of(processing, &task.source, loaded)
            }
            // `image` is the result of a step, but answers are restored into the picture of the task.
            _ if processing.needs_original() => match task.load(downloads, processing)? {
                Image::Loaded(loaded) => Restoration::of(processing, &task.source, &loaded),
                Image::Link(_) => None,
            },
            _ => None,
        };
        if let Some(restoration) = &restoration {
            let possible = restoration.ensure_possible(output.encoding);
            possible.map_err(|error| TaskError::Output(error.into()))?;
        }
        let plans = task.plans(&output, &jobs, processing, restoration.as_ref(), &image, equals);
        let plans = plans.get(remaining.first..).unwrap_or_default();
        Ok(self.executor.execute(plans, image, task.position, remaining.first, events, stdout))
    }

    /// Determines which steps remain. A step that was paid for by an earlier run is not paid for again.
    fn remaining_steps(
        &self,
        task: &Task,
        processing: &Processing,
        events: &dyn Events,
    ) -> Result<RemainingSteps, TaskOutcome> {
        for step in (1..task.steps.len()).rev() {
            let Some(mut job) = job_of_step(task, step, self.executor.journal, self.options)? else {
                continue;
            };
            if job.state.may_be_paid() {
                match self.finish(task, &job, step - 1, events)? {
                    Some(TaskOutcome::Ran(steps)) if steps.iter().all(|step| step.result.is_ok()) => {}
                    Some(outcome) if !self.gives_up(&outcome) => return Err(outcome),
                    _ => {}
                }
                job = job_of_step(task, step, self.executor.journal, self.options)?.unwrap_or(job);
            }
            match job.state {
                // Its process goes on with the next step.
                State::Delivered if JobLock::is_held(self.executor.journal.directory(), &job.intent.job) => {
                    return Err(TaskOutcome::Running(JobId::from_journal(&job.intent.job)));
                }
                State::Delivered => {
                    let stored = job.stored.as_ref();
                    let path = stored.and_then(|stored| stored.path.as_ref());
                    let state = stored.map_or(ArtifactState::Missing, reuse::check_file);
                    match (path, state) {
                        (Some(path), ArtifactState::Unchanged) => {
                            let source = Source::File(path.as_path().to_owned());
                            let image = source.load(None, processing).map_err(TaskError::from)?;
                            return Ok(RemainingSteps { first: step, image: Some(image) });
                        }
                        _ if self.options.redo => {}
                        (_, state) => return Err(TaskOutcome::Modified(Box::new(job), state)),
                    }
                }
                State::Lost if !self.options.redo => return Err(TaskOutcome::Lost(Box::new(job))),
                _ => {}
            }
        }
        Ok(RemainingSteps { first: 0, image: None })
    }
}

/// The outcome of a task whose result is at its destination.
fn reused(task: &Task, job: Job) -> TaskOutcome {
    let Some(delivery) = reuse::delivered_before(&job) else {
        return TaskOutcome::Modified(Box::new(job), ArtifactState::Missing);
    };
    let delivery = with_path_as_requested(delivery, task, &job);
    TaskOutcome::Reused { job: Box::new(job), delivery: Box::new(delivery), is_copy: false }
}

/// Reports a result with its path as it was requested, as for a new result.
fn with_path_as_requested(mut delivery: Delivery, task: &Task, job: &Job) -> Delivery {
    delivery.path = delivery.path.map(|path| task.as_requested(path, job));
    delivery
}

fn in_doubt(job: Job) -> TaskOutcome {
    let reason = job.reason.clone().unwrap_or_else(|| "seededit ended before it received an answer".into());
    TaskOutcome::InDoubt(Box::new(job), reason)
}
