//! Builds the plan of a run: every specification is checked and looked up in the journal before anything is sent.

mod classify;
mod entry_error;
mod pictures;
mod planned;

use std::io;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::api::Model;
use crate::edit::{CheckedPicture, CheckedReferences, Interrupt, JobId, OwnPicture, Reference, SourceError};
use crate::journal::Journal;

use super::conflicts::report_conflicts;
use super::identity;
use super::job_spec::{JobSpec, PictureRef};
use super::manifest::{Fault, Rejected};
use super::options::{BatchOptions, Dedup};
use super::path_keys::PathKeys;
use super::path_use::PathUse;
use super::plan_store::{PlanStore, PlanStoreError};
use super::planning_error::PlanningError;
use super::resolve::picture_identity;
use super::row_options::RowMask;
use super::seeds::Seeds;
use super::spec_error::SpecError;
use super::task::Task;

pub use self::planned::{Held, Planned};

use self::entry_error::EntryError;
use self::pictures::{check_pictures, has_mask, picture_of};

/// The largest number of specifications in a chunk. Their pictures are checked in parallel.
const CHUNK_SPECS: usize = 512;
/// A chunk ends after this many bytes of data URIs.
const CHUNK_BYTES: usize = 16 << 20;

/// The number of tasks by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All tasks of the manifest, including those of other shards.
    pub rows: u64,
    /// The tasks of this run.
    pub tasks: u64,
    /// Tasks to run.
    pub pending: u64,
    /// The edits of the pending tasks: one per step.
    pub edits: u64,
    /// Tasks that are done, or that an earlier result completes at no cost.
    pub done: u64,
    /// Those of the done tasks that an earlier result completes.
    pub earlier: u64,
    /// Those of the done tasks whose results are at their destinations.
    pub up_to_date: u64,
    /// Tasks in doubt, and tasks that another process is working on.
    pub unknown: u64,
    /// Tasks that only run with `--redo`: the result was lost, changed or removed, or the id belonged to another edit.
    pub needs_redo: u64,
    /// Those of the pending tasks that were paid for before, with results that were lost.
    pub lost: u64,
}

/// A plan that is being built.
pub struct PlanBuilder<'a> {
    options: &'a BatchOptions,
    store: PlanStore,
    path_keys: PathKeys,
    references: CheckedReferences,
    /// The pictures that are left out because they cannot be read.
    unreadable: Vec<UnreadablePicture>,
    /// The pictures that are left out because this program wrote them, by their names.
    own: Vec<(String, OwnPicture)>,
    /// The number of faults found so far.
    faults: u64,
    /// How many of them are pictures that cannot be read.
    unreadable_faults: u64,
    /// Whether an edit does not say where its result goes.
    needs_directory: bool,
}

/// A picture that cannot be read, and why.
#[derive(Debug)]
pub struct UnreadablePicture {
    /// The name for messages and records.
    pub name: String,
    pub error: SourceError,
}

/// A plan that is ready to run.
pub struct BatchPlan {
    pub(super) store: PlanStore,
    pub tally: Tally,
    /// Whether the directory for results is needed: an edit does not say where its result goes.
    pub needs_directory: bool,
}

impl BatchPlan {
    /// Returns the models that the tasks use, each once.
    ///
    /// # Errors
    /// Fails if the plan cannot be read.
    pub fn models(&self) -> Result<Vec<Model>, PlanningError> {
        Ok(self.store.models()?)
    }

    /// Prints what was listed about the tasks, in their order, except for those of specifications with faults.
    ///
    /// # Errors
    /// Fails if the plan cannot be read. The inner error is that of `print`.
    pub fn print_listed(
        &self,
        print: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<io::Result<()>, PlanningError> {
        Ok(self.store.print_buffered(print)?)
    }

    /// Returns the largest number of references of a task.
    ///
    /// # Errors
    /// Fails if the plan cannot be read.
    pub fn max_references(&self) -> Result<usize, PlanningError> {
        Ok(self.store.max_references()?)
    }
}

impl<'a> PlanBuilder<'a> {
    /// Creates an empty plan.
    ///
    /// # Errors
    /// Fails if the plan cannot be stored.
    pub fn new(options: &'a BatchOptions) -> Result<PlanBuilder<'a>, PlanningError> {
        Ok(PlanBuilder {
            options,
            store: PlanStore::new()?,
            path_keys: PathKeys::default(),
            references: CheckedReferences::default(),
            unreadable: Vec::new(),
            own: Vec::new(),
            faults: 0,
            unreadable_faults: 0,
            needs_directory: false,
        })
    }

    /// Returns the pictures that [are left out](BatchOptions::skip_unreadable) so far, each once.
    pub fn take_unreadable(&mut self) -> Vec<UnreadablePicture> {
        std::mem::take(&mut self.unreadable)
    }

    /// Returns the pictures that are left out so far because this program wrote them, by their names.
    pub fn take_own(&mut self) -> Vec<(String, OwnPicture)> {
        std::mem::take(&mut self.own)
    }

    /// The number of faults so far that [`BatchOptions::skip_unreadable`] avoids.
    pub fn unreadable_faults(&self) -> u64 {
        self.unreadable_faults
    }

    /// Makes it a fault to write a result to one of these files.
    ///
    /// # Errors
    /// Fails if the plan cannot be stored.
    pub fn protect(
        &self,
        report: Option<&Path>,
        page: Option<&Path>,
        mask: Option<&Path>,
    ) -> Result<(), PlanningError> {
        let uses = [(report, PathUse::Report), (page, PathUse::Page), (mask, PathUse::Mask)];
        for (path, path_use) in uses {
            for key in path.into_iter().flat_map(|path| self.path_keys.input(path)) {
                self.store.add_path_use(&key, path_use, 0)?;
            }
        }
        Ok(())
    }

    /// Adds specifications, after reading and checking their pictures. Reports all faults to `on_fault`.
    ///
    /// # Errors
    /// Fails if the plan cannot be stored, or a signal comes.
    pub fn add_specs(
        &mut self,
        specs: impl Iterator<Item = Result<JobSpec, Rejected>>,
        interrupt: &Interrupt,
        on_fault: &mut dyn FnMut(Fault),
    ) -> Result<(), PlanningError> {
        let mut specs = specs.peekable();
        while specs.peek().is_some() {
            if let Some(cause) = interrupt.cause() {
                return Err(PlanningError::Interrupted(cause));
            }
            let mut chunk = Vec::new();
            let mut bytes = 0;
            while chunk.len() < CHUNK_SPECS
                && bytes < CHUNK_BYTES
                && let Some(spec) = specs.next()
            {
                if let Some(PictureRef::Uri(uri)) = picture_of(&spec) {
                    bytes += uri.len();
                }
                chunk.push(spec);
            }
            let (options, references) = (self.options, &self.references);
            // A mask is decoded, which is not possible in the pool, and only one at a time is in memory.
            let checked: Vec<Option<Result<_, SpecError>>> = chunk
                .iter_mut()
                .map(|spec| has_mask(spec).then(|| check_pictures(spec, options, references)))
                .collect();
            let pictures: Vec<_> = chunk
                .par_iter_mut()
                .zip(checked)
                .map(|(spec, checked)| checked.unwrap_or_else(|| check_pictures(spec, options, references)))
                .collect();
            let (mut faults, mut unreadable, mut unreadable_faults) = (Vec::new(), Vec::new(), 0);
            let mut own = Vec::new();
            let mut needs_directory = false;
            self.store.transaction(|| {
                for (spec, picture) in chunk.into_iter().zip(pictures) {
                    match (spec, picture) {
                        (Ok(spec), Ok(CheckedPicture::Own(found))) => {
                            let name = self.name_of(&spec.picture).unwrap_or_default();
                            own.push((name, found));
                        }
                        (Ok(spec), Ok(CheckedPicture::Wanted(sha256))) => {
                            let unsupported = spec.unsupported(&self.options.request);
                            needs_directory |= spec.output.is_none();
                            if unsupported.is_empty() {
                                self.add(&spec, sha256.as_deref())?;
                            }
                            let input = || self.name_of(&spec.picture);
                            faults.extend(
                                unsupported.iter().map(|error| {
                                    Fault::new(spec.line, error.about_row(spec.line)).of(input())
                                }),
                            );
                        }
                        (Ok(spec), Err(SpecError::Source(error))) if self.options.skip_unreadable => {
                            let name = self.name_of(&spec.picture).unwrap_or_else(|| "a link".to_owned());
                            unreadable.push(UnreadablePicture { name, error });
                        }
                        (Ok(spec), Err(error)) => {
                            unreadable_faults += u64::from(matches!(error, SpecError::Source(_)));
                            let hint = match &error {
                                SpecError::Source(SourceError::Directory(_)) if spec.line.is_none() => {
                                    Some("edit all its pictures with -R and -d DIR".to_owned())
                                }
                                _ => None,
                            };
                            let fault = Fault { hint, ..error.fault(spec.line) };
                            faults.push(fault.of(self.name_of(&spec.picture)));
                        }
                        (Err(rejected), picture) => {
                            let input = || self.name_of(rejected.picture.as_ref()?);
                            let of_picture = picture.err().map(|error| error.fault(rejected.line));
                            let all = rejected.faults.into_iter().chain(of_picture);
                            faults.extend(all.map(|fault| fault.of(input())));
                        }
                    }
                }
                Ok::<(), PlanStoreError>(())
            })?;
            self.needs_directory |= needs_directory;
            self.unreadable.append(&mut unreadable);
            self.own.append(&mut own);
            self.unreadable_faults += unreadable_faults;
            self.report(faults, on_fault);
        }
        Ok(())
    }

    fn add(&self, spec: &JobSpec, picture_sha256: Option<&str>) -> Result<(), PlanStoreError> {
        let picture = picture_identity(spec, picture_sha256);
        let mut rng = fastrand::Rng::new();
        let job = |_| JobId::new(Timestamp::now(), &mut rng).as_str().to_owned();
        let jobs: Vec<String> = (0..spec.count).map(job).collect();
        let processing = spec.options.processing(&self.options.processing);
        let request_hash = identity::request_hash(spec, &self.options.request, &processing, &picture);
        let number = self.store.add(spec, picture_sha256, &request_hash, &jobs)?;
        if let PictureRef::File(path) = &spec.picture {
            for key in self.path_keys.input(path.as_ref()) {
                self.store.add_path_use(&key, PathUse::Input, number)?;
            }
        }
        let mask = spec.options.mask.as_ref().map(RowMask::path);
        let others = spec.references.iter().map(Reference::path).chain(mask);
        for key in others.flat_map(|path| self.path_keys.input(path)) {
            self.store.add_path_use(&key, PathUse::Material, number)?;
        }
        Ok(())
    }

    /// Returns the name of a picture for messages and records; `None` for a malformed link.
    fn name_of(&self, picture: &PictureRef) -> Option<String> {
        picture.source(self.options.stdin.as_ref()).ok().map(|source| source.name())
    }

    fn report(&mut self, faults: Vec<Fault>, on_fault: &mut dyn FnMut(Fault)) {
        self.faults += faults.len() as u64;
        faults.into_iter().for_each(on_fault);
    }

    /// Completes the plan: looks up every task in the journal and finds conflicts between tasks. `listing` is called for each
    /// task of this run, in their order, and returns what [`BatchPlan::print_listed`] prints about it. Returns the plan and the
    /// number of faults; a plan with faults must not run.
    ///
    /// # Errors
    /// Fails if the plan or the journal cannot be read, or a signal comes.
    pub fn build(
        mut self,
        journal: Option<&Journal>,
        interrupt: &Interrupt,
        listing: &mut dyn FnMut(&Task, Planned<'_>) -> Vec<u8>,
        on_fault: &mut dyn FnMut(Fault),
    ) -> Result<(BatchPlan, u64), PlanningError> {
        self.store.assign_ordinals()?;
        let mut tally = Tally { rows: self.store.len()?, ..Tally::default() };
        let mut seeds = match self.options.dedup {
            Dedup::Results => Some(Seeds::new(journal, self.options, self.store.repeated_requests()?)),
            Dedup::Never | Dedup::Manifest(_) => None,
        };
        let mut next = 0;
        loop {
            if let Some(cause) = interrupt.cause() {
                return Err(PlanningError::Interrupted(cause));
            }
            let page = self.store.page_from(next)?;
            let Some(last) = page.last() else { break };
            next = last.position + 1;
            let mut faults = Vec::new();
            self.store.transaction(|| -> Result<(), PlanningError> {
                for mut entry in page {
                    if let Some(seeds) = &mut seeds
                        && let Some(seed) = seeds.choose(&entry)?
                    {
                        self.store.set_seed(entry.position, seed)?;
                        entry.seed = Some(seed);
                    }
                    let (position, line) = (entry.position, entry.spec.line);
                    let picture = entry.spec.picture.clone();
                    match self.classify(entry, journal, &mut tally, listing) {
                        Ok((target, disposition)) => {
                            self.store.set_disposition(position, target.as_deref(), disposition)?;
                        }
                        Err(EntryError::Fault { message, hint }) => {
                            self.store.mark_faulty_at(position)?;
                            let fault = Fault { hint, ..Fault::new(line, message) };
                            faults.push(fault.of(self.name_of(&picture)));
                        }
                        Err(EntryError::Planning(error)) => return Err(error),
                    }
                }
                Ok(())
            })?;
            self.report(faults, on_fault);
        }
        tally.lost = seeds.map_or(0, |seeds| seeds.lost());
        self.faults += report_conflicts(&self.store, self.options, &self.path_keys, on_fault)?;
        let plan = BatchPlan { store: self.store, tally, needs_directory: self.needs_directory };
        Ok((plan, self.faults))
    }
}
