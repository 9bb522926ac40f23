//! The plan: every wish checked, numbered and held against the journal before anything is sent.

use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::edit::{Destination, Interrupt, JobId, Output, OutputError, SourceError};
use crate::error_chain::error_chain;
use crate::journal::Journal;

use super::conflicts::tell_clashes;
use super::identity;
use super::job_spec::{JobSpec, JobSpecError, Picture};
use super::manifest::{Fault, Rejected};
use super::options::{BatchOptions, PlanningError};
use super::path_keys::PathKeys;
use super::path_use::PathUse;
use super::plan_store::{Entry, Left, PlanStore};
use super::resolve::{content_of, order, picture_name};
use super::status::{Remaining, Status, StatusError};
use super::task::Task;

/// How many wishes are checked together, unless their pictures stand in the manifest itself.
const CHUNK: usize = 512;
/// No more are taken together once they have so many bytes of such pictures.
const CHUNK_BYTES: usize = 16 << 20;

/// How many orders stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All that the manifest has, other shards' too.
    pub rows: u64,
    /// Those of this run.
    pub orders: u64,
    /// To be done.
    pub open: u64,
    /// How many edits that is: each step is one.
    pub edits: u64,
    /// Done already, or to be had at no cost.
    pub done: u64,
    /// Those of them whose result lies where it should.
    pub kept: u64,
    /// In doubt, or being worked on by another process.
    pub unknown: u64,
    /// Delivered once and altered or gone, or another edit under the same id, or lost.
    pub unkept: u64,
}

/// A plan that is being made.
pub struct Draft<'a> {
    rules: &'a BatchOptions,
    sheet: PlanStore,
    places: PathKeys,
    faults: u64,
}

/// A plan that can be carried out.
pub struct Planned {
    pub(super) sheet: PlanStore,
    /// How its orders stand.
    pub tally: Tally,
}

impl Planned {
    /// The models that its orders name.
    ///
    /// # Errors
    /// When the plan cannot be read.
    pub fn models(&self) -> Result<Vec<String>, PlanningError> {
        Ok(self.sheet.models()?)
    }
}

/// A picture that was looked at: its SHA-256, or none for a link.
type Inspected = Result<Option<String>, SourceError>;

impl<'a> Draft<'a> {
    /// Nothing yet.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn new(rules: &'a BatchOptions) -> Result<Draft<'a>, PlanningError> {
        Ok(Draft { rules, sheet: PlanStore::new()?, places: PathKeys::default(), faults: 0 })
    }

    /// No result goes to these files.
    ///
    /// # Errors
    /// When the plan cannot be kept.
    pub fn keep_free(&self, report: Option<&Path>, mask: Option<&Path>) -> Result<(), PlanningError> {
        for (path, claim) in [(report, PathUse::Report), (mask, PathUse::Mask)] {
            for place in path.into_iter().flat_map(|path| self.places.read(path)) {
                self.sheet.claim(&place, claim, 0)?;
            }
        }
        Ok(())
    }

    /// Takes wishes, with their pictures read and checked. Everything that is wrong is told.
    ///
    /// # Errors
    /// When the plan cannot be kept, or a signal comes.
    pub fn take(
        &mut self,
        wishes: impl Iterator<Item = Result<JobSpec, Rejected>>,
        interrupt: &Interrupt,
        tell: &mut dyn FnMut(Fault),
    ) -> Result<(), PlanningError> {
        let mut wishes = wishes.peekable();
        while wishes.peek().is_some() {
            if let Some(signal) = interrupt.signal() {
                return Err(PlanningError::Interrupted(signal));
            }
            let mut chunk = Vec::new();
            let mut bytes = 0;
            while chunk.len() < CHUNK
                && bytes < CHUNK_BYTES
                && let Some(wish) = wishes.next()
            {
                if let Ok(JobSpec { picture: Picture::Written(text), .. })
                | Err(Rejected { picture: Some(Picture::Written(text)), .. }) = &wish
                {
                    bytes += text.len();
                }
                chunk.push(wish);
            }
            let looked: Vec<_> = chunk
                .par_iter()
                .map(|wish| match wish {
                    Ok(JobSpec { picture, .. }) | Err(Rejected { picture: Some(picture), .. }) => {
                        look(picture, self.rules)
                    }
                    Err(Rejected { picture: None, .. }) => Ok(None),
                })
                .collect();
            let mut faults = Vec::new();
            self.sheet.together(|| {
                for (wish, looked) in chunk.into_iter().zip(looked) {
                    match (wish, looked) {
                        (Ok(wish), Ok(picture)) => self.add(&wish, picture.as_deref())?,
                        (Ok(wish), Err(error)) => faults.push(Fault::new(wish.line, error_chain(&error))),
                        (Err(rejected), looked) => {
                            faults.extend(rejected.faults);
                            faults.extend(
                                looked.err().map(|error| Fault::new(rejected.line, error_chain(&error))),
                            );
                        }
                    }
                }
                Ok::<(), rusqlite::Error>(())
            })?;
            self.tell(faults, tell);
        }
        Ok(())
    }

    fn add(&self, wish: &JobSpec, picture: Option<&str>) -> rusqlite::Result<()> {
        let name = picture_name(wish, picture);
        let mut rng = fastrand::Rng::new();
        let job = |_| JobId::new(Timestamp::now(), &mut rng).as_str().to_owned();
        let jobs: Vec<String> = (0..wish.count).map(job).collect();
        let wanted = identity::base(wish, &self.rules.terms, &self.rules.processing, &name);
        let number = self.sheet.add(wish, picture, &wanted, &jobs)?;
        if let Picture::File(path) = &wish.picture {
            for place in self.places.read(path.as_ref()) {
                self.sheet.claim(&place, PathUse::Picture, number)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, faults: Vec<Fault>, tell: &mut dyn FnMut(Fault)) {
        self.faults += faults.len() as u64;
        faults.into_iter().for_each(tell);
    }

    /// Numbers the orders, finds out how each stands, and makes sure that no two are in each other's way.
    /// With faults among them, what is returned is not to be carried out. Each order that is to be made is
    /// shown to `see`, with its output.
    ///
    /// # Errors
    /// When the plan or the journal cannot be read, or a signal comes.
    pub fn settle(
        mut self,
        journal: Option<&Journal>,
        interrupt: &Interrupt,
        see: &mut dyn FnMut(&Task, &Output),
        tell: &mut dyn FnMut(Fault),
    ) -> Result<(Planned, u64), PlanningError> {
        self.sheet.number_the_alike()?;
        let mut tally = Tally { rows: self.sheet.len()?, ..Tally::default() };
        let mut place = 0;
        loop {
            if let Some(signal) = interrupt.signal() {
                return Err(PlanningError::Interrupted(signal));
            }
            let entries = self.sheet.from(place, false)?;
            let Some(last) = entries.last() else { break };
            place = last.place + 1;
            let mut faults = Vec::new();
            self.sheet.together(|| -> Result<(), PlanningError> {
                for entry in entries {
                    let (place, line) = (entry.place, entry.wish.line);
                    match self.judge(entry, journal, &mut tally, see) {
                        Ok((target, left)) => self.sheet.note(place, target.as_deref(), left)?,
                        Err(Wrong::Task(what, hint)) => faults.push(Fault { line, what, hint }),
                        Err(Wrong::Planning(error)) => return Err(error),
                    }
                }
                Ok(())
            })?;
            self.tell(faults, tell);
        }
        self.faults += tell_clashes(&self.sheet, self.rules, tell)?;
        Ok((Planned { sheet: self.sheet, tally }, self.faults))
    }

    /// Finds out how an order stands; returns a hash of the path that it writes, and what is left to do.
    fn judge(
        &self,
        entry: Entry,
        journal: Option<&Journal>,
        tally: &mut Tally,
        see: &mut dyn FnMut(&Task, &Output),
    ) -> Result<(Option<Vec<u8>>, Left), Wrong> {
        let content = content_of(&entry);
        let order = order(entry, self.rules)?;
        if self.rules.shard.is_some_and(|shard| !shard.has(&content)) {
            return Ok((None, Left::Nothing));
        }
        tally.orders += 1;
        let standing = match journal {
            Some(journal) => Status::of(&order, journal, self.rules)?,
            None => Status::New,
        };
        let aimed = standing.over_its_own(order.aim(standing.own_job())?);
        let target = aimed.path().map(|path| self.places.written(path));
        self.claim(&order, &aimed)?;
        match &standing {
            Status::Modified(..) | Status::IdReused(_) | Status::Lost(_) if !self.rules.redo => {
                tally.unkept += 1;
            }
            Status::New | Status::Rerun(_) | Status::Modified(..) | Status::IdReused(_) | Status::Lost(_) => {
                // What is there already is a matter of those that would be written now.
                let output = order.ensure_possible(aimed)?;
                if matches!(output.place, Destination::Skipped(_)) {
                    tally.done += 1;
                } else {
                    self.try_directory(&output)?;
                    let rest = match journal {
                        Some(journal) => Remaining::of(&order, journal, self.rules.redo)?,
                        None => Remaining::Steps(order.steps.len()),
                    };
                    match rest {
                        Remaining::Steps(steps) => {
                            tally.open += 1;
                            tally.edits += steps as u64;
                            see(&order, &output);
                        }
                        Remaining::InDoubt => tally.unknown += 1,
                        Remaining::Modified => tally.unkept += 1,
                    }
                }
            }
            Status::Done(_) => {
                tally.done += 1;
                tally.kept += 1;
                return Ok((target, Left::Kept));
            }
            Status::Misplaced(job) => {
                if let Some(path) = job.stored.as_ref().and_then(|stored| stored.path.as_ref()) {
                    self.sheet.claim_at(
                        &self.places.written(path.as_path()),
                        PathUse::Result,
                        order.place,
                    )?;
                }
                tally.done += 1;
            }
            Status::Unfinished(_) | Status::Running(_) => tally.unknown += 1,
        }
        Ok((target, Left::Open))
    }

    /// Notes which files and directories an order needs besides that of its result.
    fn claim(&self, order: &Task, aimed: &Output) -> Result<(), Wrong> {
        for directory in aimed.path().into_iter().flat_map(|path| self.places.made(path)) {
            self.sheet.claim_at(&directory, PathUse::Directory, order.place)?;
        }
        for step in 1..order.steps.len() {
            if let Some(path) = aimed.of_step(step, &order.source.made_name()).path() {
                self.sheet.claim_at(&self.places.written(path), PathUse::Step, order.place)?;
            }
        }
        Ok(())
    }

    /// Makes sure, once for each directory, that it can be written, or be made.
    fn try_directory(&self, output: &Output) -> Result<(), Wrong> {
        match output.path().filter(|_| self.rules.tries_directories) {
            Some(path) if self.places.is_untried(path) => Ok(output.ensure_writable()?),
            _ => Ok(()),
        }
    }
}

/// Why an entry cannot be one of the plan.
enum Wrong {
    Task(String, Option<String>),
    Planning(PlanningError),
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Wrong {
        Wrong::Planning(error.into())
    }
}

impl From<OutputError> for Wrong {
    fn from(error: OutputError) -> Wrong {
        let hint = match error {
            OutputError::Exists(_) => "say --if-exists skip, overwrite or rename, or choose another name",
            OutputError::NoDirectory(_) => "create the directory first, or choose another",
            OutputError::NotADirectory(_) => "choose another output",
            _ => return Wrong::Task(error_chain(&error), None),
        };
        Wrong::Task(error_chain(&error), Some(hint.into()))
    }
}

impl From<JobSpecError> for Wrong {
    fn from(error: JobSpecError) -> Wrong {
        Wrong::Task(error_chain(&error), None)
    }
}

impl From<StatusError> for Wrong {
    fn from(error: StatusError) -> Wrong {
        match error {
            StatusError::Journal(error) => Wrong::Planning(error.into()),
            StatusError::Output(error) => error.into(),
        }
    }
}

fn look(picture: &Picture, rules: &BatchOptions) -> Inspected {
    picture.source(rules.piped.as_ref())?.check(rules.fetches, &rules.processing)
}
