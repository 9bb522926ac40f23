//! Determines how each task stands against the journal and the disk.

use crate::edit::{Destination, Output};
use crate::journal::Journal;

use super::super::path_use::PathUse;
use super::super::plan_store::{Disposition, PlanEntry, PlanStoreError};
use super::super::resolve::{content_hash, task};
use super::super::skipped::Skipped;
use super::super::status::Status;
use super::super::steps::Remaining;
use super::super::task::Task;
use super::entry_error::EntryError;
use super::planned::{Held, Planned};
use super::{PlanBuilder, Tally};

impl PlanBuilder<'_> {
    /// Determines the status of a task and counts it. Returns the key of the path that it writes, and what the run
    /// does with it.
    pub(super) fn classify(
        &self,
        entry: PlanEntry,
        journal: Option<&Journal>,
        tally: &mut Tally,
        listing: &mut dyn FnMut(&Task, Planned<'_>) -> Vec<u8>,
    ) -> Result<(Option<Vec<u8>>, Disposition), EntryError> {
        let content_hash = content_hash(&entry);
        let task = task(entry, self.options)?;
        if self.options.shard.is_some_and(|shard| !shard.contains(&content_hash)) {
            // Its paths count: the run of another shard would write over them.
            let output = task.resolve_output(None)?;
            self.add_path_uses(&task, &output)?;
            let target = output.path().map(|path| self.path_keys.output(path));
            return Ok((target, Disposition::OtherShard));
        }
        tally.tasks += 1;
        let status = match journal {
            Some(journal) => Status::of(&task, journal, self.options)?,
            None => Status::New,
        };
        let output = status.allowing_overwrite_of_own(task.resolve_output(status.own_job())?);
        let target = output.path().map(|path| self.path_keys.output(path));
        self.add_path_uses(&task, &output)?;
        match &status {
            Status::Modified(job, state) if self.options.once => {
                let skipped = Skipped::MadeBefore(Box::new(job.clone()), Some(*state));
                self.skip(&task, &skipped, tally, listing)?;
            }
            Status::Lost(job) if self.options.once => {
                self.skip(&task, &Skipped::MadeBefore(Box::new(job.clone()), None), tally, listing)?;
            }
            Status::Modified(job, _) | Status::IdReused(job) | Status::Lost(job) if !self.options.redo => {
                tally.needs_redo += 1;
                let job = Some(job.intent.job.as_str());
                self.list(&task, Planned::Held { job, why: Held::NeedsRedo }, listing)?;
            }
            Status::New
            | Status::Retryable(_)
            | Status::Modified(..)
            | Status::IdReused(_)
            | Status::Lost(_) => self.classify_unpaid(&task, output, journal, tally, listing)?,
            Status::Unfinished(job) if self.options.redo && job.is_link_dead() => {
                self.classify_unpaid(&task, output, journal, tally, listing)?;
            }
            Status::Done(job) => {
                tally.done += 1;
                tally.earlier += 1;
                tally.up_to_date += 1;
                self.list(&task, Planned::Reused { job, output: &output, is_there: true }, listing)?;
                return Ok((target, Disposition::UpToDate));
            }
            Status::Misplaced(job) => {
                if let Some(path) = job.stored.as_ref().and_then(|stored| stored.path.as_ref()) {
                    let key = self.path_keys.output(path.as_path());
                    self.store.add_path_use_at(&key, PathUse::EarlierResult, task.position)?;
                }
                self.ensure_directory_writable(&output)?;
                tally.done += 1;
                tally.earlier += 1;
                self.list(&task, Planned::Reused { job, output: &output, is_there: false }, listing)?;
            }
            Status::Unfinished(_)
            | Status::Running(_)
            | Status::EqualInDoubt(_)
            | Status::EqualUnreadable(_) => {
                tally.unknown += 1;
                self.list(&task, Planned::Held { job: status.job_id(), why: Held::InDoubt }, listing)?;
            }
        }
        Ok((target, Disposition::Pending))
    }

    /// Stores what a dry run lists about a task. Faults that are found later keep it from being printed.
    fn list(
        &self,
        task: &Task,
        planned: Planned<'_>,
        listing: &mut dyn FnMut(&Task, Planned<'_>) -> Vec<u8>,
    ) -> Result<(), PlanStoreError> {
        match listing(task, planned) {
            line if line.is_empty() => Ok(()),
            line => self.store.buffer(task.position, &line),
        }
    }

    /// Counts a task whose last step has to be paid for. Only such a task can collide with a file that exists.
    fn classify_unpaid(
        &self,
        task: &Task,
        output: Output,
        journal: Option<&Journal>,
        tally: &mut Tally,
        listing: &mut dyn FnMut(&Task, Planned<'_>) -> Vec<u8>,
    ) -> Result<(), EntryError> {
        let output = task.ensure_possible(output)?;
        if let Destination::Skipped(path) = output.destination {
            return self.skip(task, &Skipped::Exists(path), tally, listing);
        }
        self.ensure_directory_writable(&output)?;
        let remaining = match journal {
            Some(journal) => Remaining::of(task, journal, self.options)?,
            None => Remaining::Steps(task.steps.len()),
        };
        match remaining {
            Remaining::Steps(steps) => {
                tally.pending += 1;
                tally.edits += steps as u64;
                self.list(task, Planned::Sent(&output), listing)?;
            }
            Remaining::InDoubt => {
                tally.unknown += 1;
                self.list(task, Planned::Held { job: None, why: Held::InDoubt }, listing)?;
            }
            Remaining::Modified => {
                tally.needs_redo += 1;
                self.list(task, Planned::Held { job: None, why: Held::NeedsRedo }, listing)?;
            }
        }
        Ok(())
    }

    fn skip(
        &self,
        task: &Task,
        skipped: &Skipped,
        tally: &mut Tally,
        listing: &mut dyn FnMut(&Task, Planned<'_>) -> Vec<u8>,
    ) -> Result<(), EntryError> {
        tally.done += 1;
        self.list(task, Planned::Skipped(skipped), listing)?;
        Ok(())
    }

    /// Records the paths that a task needs besides its output.
    fn add_path_uses(&self, task: &Task, output: &Output) -> Result<(), EntryError> {
        for key in output.path().into_iter().flat_map(|path| self.path_keys.missing_directories(path)) {
            self.store.add_path_use_at(&key, PathUse::Directory, task.position)?;
        }
        for step in 1..task.steps.len() {
            if let Some(path) = output.of_step(step, &task.source.generated_name()).path() {
                let key = self.path_keys.output(path);
                self.store.add_path_use_at(&key, PathUse::StepResult, task.position)?;
            }
        }
        Ok(())
    }

    /// Checks that the directory of an output is writable, or can be created. Checks each directory once.
    fn ensure_directory_writable(&self, output: &Output) -> Result<(), EntryError> {
        if !output.path().is_some_and(|path| self.path_keys.is_first_in_directory(path)) {
            return Ok(());
        }
        if self.options.is_dry_run {
            output.ensure_permitted()?;
        } else {
            output.ensure_writable()?;
        }
        Ok(())
    }
}
