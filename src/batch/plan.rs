//! The plan: every wish checked, numbered and held against the journal before anything is sent.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::api::Endpoint;
use crate::edit::{Image, Interrupt, JobId, Output, OutputError, OutputRequest, Place, SourceError};
use crate::journal::{Journal, JournalError};

use super::identity::{self, Shard};
use super::manifest::Fault;
use super::order::Order;
use super::parallel::in_parallel;
use super::resolve::{content_of, order, picture_name};
use super::sheet::{Clash, Entry, Left, Sheet};
use super::standing::{Standing, StandingError};
use super::wish::{Terms, Wish, WishError};

/// How many wishes are checked together.
const CHUNK: usize = 512;

/// What holds for a whole run.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What holds for all requests.
    pub terms: Terms,
    /// What holds for all outputs.
    pub output: OutputRequest,
    /// The service.
    pub endpoint: Endpoint,
    /// Whether jobs are known again.
    pub memory: Memory,
    /// Which share of them is run.
    pub shard: Option<Shard>,
    /// Whether what was delivered and is gone is paid for again.
    pub redo: bool,
    /// What was read from standard input.
    pub piped: Option<Arc<[u8]>>,
}

/// How jobs are known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// Not at all: each run is a wish of its own. What it makes can be found by its content later.
    Fresh,
    /// By their content: what was delivered before serves again.
    Results,
    /// As the rows of this manifest: its absolute path.
    Manifest(PathBuf),
}

/// Why no plan can be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan itself cannot be kept.
    #[error("the plan cannot be kept in a temporary file")]
    Sheet(#[from] rusqlite::Error),
    /// A signal came.
    #[error("interrupted; nothing was sent")]
    Interrupted(i32),
}

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
    rules: &'a Rules,
    sheet: Sheet,
    faults: u64,
}

/// A plan that can be carried out.
pub struct Planned {
    pub(super) sheet: Sheet,
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
type Looked = Result<Option<String>, SourceError>;

impl<'a> Draft<'a> {
    /// Nothing yet.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn new(rules: &'a Rules) -> Result<Draft<'a>, PlanningError> {
        Ok(Draft { rules, sheet: Sheet::new()?, faults: 0 })
    }

    /// How much is wrong.
    pub fn faults(&self) -> u64 {
        self.faults
    }

    /// Takes wishes, with their pictures read and checked. Everything that is wrong is told.
    ///
    /// # Errors
    /// When the plan cannot be kept, or a signal comes.
    pub fn take(
        &mut self,
        wishes: impl Iterator<Item = Result<Wish, Vec<Fault>>>,
        interrupt: &Interrupt,
        tell: &mut dyn FnMut(Fault),
    ) -> Result<(), PlanningError> {
        let mut wishes = wishes.peekable();
        while wishes.peek().is_some() {
            if let Some(signal) = interrupt.signal() {
                return Err(PlanningError::Interrupted(signal));
            }
            let chunk: Vec<_> = wishes.by_ref().take(CHUNK).collect();
            let looked = in_parallel(&chunk, |wish| match wish {
                Ok(wish) => look(wish, self.rules),
                Err(_) => Ok(None),
            });
            let mut faults = Vec::new();
            self.sheet.together(|| {
                for (wish, looked) in chunk.into_iter().zip(looked) {
                    match (wish, looked) {
                        (Ok(wish), Ok(picture)) => self.add(&wish, picture.as_deref())?,
                        (Ok(wish), Err(error)) => faults.push(source_fault(&wish, &error)),
                        (Err(wrong), _) => faults.extend(wrong),
                    }
                }
                Ok::<(), rusqlite::Error>(())
            })?;
            self.tell(faults, tell);
        }
        Ok(())
    }

    fn add(&self, wish: &Wish, picture: Option<&str>) -> rusqlite::Result<()> {
        let name = picture_name(wish, picture);
        let mut rng = fastrand::Rng::new();
        let job = |_| JobId::new(Timestamp::now(), &mut rng).as_str().to_owned();
        let jobs: Vec<String> = (0..wish.count).map(job).collect();
        self.sheet.add(wish, picture, &identity::base(wish, &self.rules.terms, &name), &jobs)
    }

    fn tell(&mut self, faults: Vec<Fault>, tell: &mut dyn FnMut(Fault)) {
        self.faults += faults.len() as u64;
        faults.into_iter().for_each(tell);
    }

    /// Numbers the orders, finds out how each stands, and makes sure that no two are in each other's way.
    /// With faults among them, what is returned is not to be carried out. Each order is shown to `see`.
    ///
    /// # Errors
    /// When the plan or the journal cannot be read, or a signal comes.
    pub fn settle(
        mut self,
        journal: Option<&Journal>,
        interrupt: &Interrupt,
        see: &mut dyn FnMut(&Order, &Standing, &Output),
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
                        Err(Wrong::Order(what, hint)) => faults.push(Fault { line, what, hint }),
                        Err(Wrong::Journal(error)) => return Err(error.into()),
                    }
                }
                Ok(())
            })?;
            self.tell(faults, tell);
        }
        self.tell_clashes(tell)?;
        Ok((Planned { sheet: self.sheet, tally }, self.faults))
    }

    /// Finds out how an order stands; returns a hash of the path that it writes, and what is left to do.
    fn judge(
        &self,
        entry: Entry,
        journal: Option<&Journal>,
        tally: &mut Tally,
        see: &mut dyn FnMut(&Order, &Standing, &Output),
    ) -> Result<(Option<Vec<u8>>, Left), Wrong> {
        let content = content_of(&entry);
        let order = order(entry, self.rules)?;
        if self.rules.shard.is_some_and(|shard| !shard.has(&content)) {
            return Ok((None, Left::Nothing));
        }
        tally.orders += 1;
        let standing = match journal {
            Some(journal) => Standing::of(&order, journal, self.rules)?,
            None => Standing::New,
        };
        let edits = order.steps.len() as u64;
        let aimed = order.aim(standing.job())?;
        see(&order, &standing, &aimed);
        let target = aimed.path().map(target);
        match (&standing, self.rules.redo) {
            (Standing::New | Standing::Again(_), _) => {
                // What is there already is a matter of those that would be written now.
                if !matches!(order.ensure_possible(aimed)?.place, Place::Skipped(_)) {
                    tally.open += 1;
                    tally.edits += edits;
                } else {
                    tally.done += 1;
                }
            }
            (Standing::Unkept(..) | Standing::Replaced(_) | Standing::Lost(_), true) => {
                tally.open += 1;
                tally.edits += edits;
            }
            (Standing::Unkept(..) | Standing::Replaced(_) | Standing::Lost(_), false) => tally.unkept += 1,
            (Standing::Done(_), _) => {
                tally.done += 1;
                tally.kept += 1;
                return Ok((target, Left::Kept));
            }
            (Standing::Elsewhere(_), _) => tally.done += 1,
            (Standing::Unfinished(_) | Standing::Running(_), _) => tally.unknown += 1,
        }
        Ok((target, Left::Open))
    }

    fn tell_clashes(&mut self, tell: &mut dyn FnMut(Fault)) -> Result<(), PlanningError> {
        let named = |clash: &Clash| match clash.with {
            Some(line) => format!("line {line}"),
            None => "an earlier picture".to_owned(),
        };
        let mut count = 0;
        self.sheet.same_ids(&mut |clash| {
            let what = format!("the id is that of {}", named(&clash));
            count += 1;
            tell(Fault { line: clash.line, what, hint: Some("give each row its own id".into()) });
            Ok(())
        })?;
        self.sheet.same_targets(&mut |clash| {
            let entry = self.sheet.at(clash.place)?;
            let order = entry.and_then(|entry| order(entry, self.rules).ok());
            let file = order.and_then(|order| order.aim(None).ok());
            let file = file.as_ref().and_then(|output| output.path());
            let file = file.map_or_else(String::new, |path| path.display().to_string());
            let what = if clash.line.is_some() && clash.line == clash.with {
                format!("several results of the row would be {file}")
            } else {
                format!("{file} is where the result of {} goes", named(&clash))
            };
            let hint =
                "name the outputs, or tell the names apart with --name, for example {stem}-{seed}.{ext}";
            count += 1;
            tell(Fault { line: clash.line, what, hint: Some(hint.into()) });
            Ok(())
        })?;
        self.faults += count;
        Ok(())
    }
}

/// Why an entry cannot be one of the plan.
enum Wrong {
    Order(String, Option<String>),
    Journal(JournalError),
}

impl From<OutputError> for Wrong {
    fn from(error: OutputError) -> Wrong {
        let hint = match error {
            OutputError::Exists(_) => "say --if-exists skip, overwrite or rename, or choose another name",
            OutputError::NoDirectory(_) => "make the directory first, or choose another",
            _ => return Wrong::Order(told(&error), None),
        };
        Wrong::Order(told(&error), Some(hint.into()))
    }
}

impl From<WishError> for Wrong {
    fn from(error: WishError) -> Wrong {
        Wrong::Order(told(&error), None)
    }
}

impl From<StandingError> for Wrong {
    fn from(error: StandingError) -> Wrong {
        match error {
            StandingError::Journal(error) => Wrong::Journal(error),
            StandingError::Output(error) => error.into(),
        }
    }
}

/// An error with its causes on one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

fn look(wish: &Wish, rules: &Rules) -> Looked {
    match wish.picture.source(rules.piped.as_ref())?.load(None)? {
        Image::Loaded(loaded) => Ok(Some(loaded.sha256().to_owned())),
        Image::Link(_) => Ok(None),
    }
}

fn source_fault(wish: &Wish, error: &SourceError) -> Fault {
    Fault::new(wish.line, told(error))
}

/// A path by which two orders are known to write the same file, on file systems that do not tell capitals
/// from small letters, too.
fn target(path: &Path) -> Vec<u8> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    let folded = plain.to_string_lossy().to_lowercase();
    ring::digest::digest(&ring::digest::SHA256, folded.as_bytes()).as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_differ_by_case_or_by_a_detour_are_one_target() {
        assert_eq!(target(Path::new("out/A.jpg")), target(Path::new("out/a.JPG")));
        assert_eq!(target(Path::new("out/x/../a.jpg")), target(Path::new("./out/a.jpg")));
        assert_ne!(target(Path::new("out/a.jpg")), target(Path::new("out/b.jpg")));
    }
}
