//! Chooses the seeds of tasks that nobody gave one, so that running a command again finds what was paid for.
//!
//! The tasks of a request share its earlier results, the newest first. A task without a result gets the next unused seed of a
//! sequence that follows from the request. So equal commands that run at once choose the same seeds, and the journal
//! lets only one of them pay for each.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::api::Seed;
use crate::cards::ModelCard;
use crate::edit::reuse::{self, ArtifactState};
use crate::journal::{Job, JobLock, Journal, JournalError, RequestKeys, Requested, State};

use super::identity::{self, Discriminator};
use super::options::BatchOptions;
use super::plan_store::PlanEntry;
use super::resolve;
use super::status::is_at_output;
use super::steps::saved_step;
use super::task::Task;

/// The most earlier results of which one at its destination is preferred to the newest one.
const MAX_COMPARED: usize = 32;

/// The seeds that a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SeedRange {
    first: u32,
    last: u32,
}

impl SeedRange {
    /// A model that takes no seed numbers its results with any.
    pub(super) fn of(card: &ModelCard) -> SeedRange {
        let (first, last) =
            card.seed.as_ref().map_or((0, Seed::MAX), |seed| (seed.min, seed.max.min(Seed::MAX)));
        SeedRange { first, last: last.max(first) }
    }

    /// Returns a seed of the range: the same one if it is in the range.
    pub(super) fn nearest(self, seed: u32) -> u32 {
        if (self.first..=self.last).contains(&seed) { seed } else { self.at(seed.into()) }
    }

    /// Returns the seed at an index, counted from 0. After the last seed comes the first one.
    fn at(self, index: u64) -> u32 {
        let seeds = u64::from(self.last - self.first) + 1;
        self.first + (index % seeds) as u32
    }
}

/// Chooses the seeds of the tasks of a plan.
pub(super) struct Seeds<'a> {
    journal: Option<&'a Journal>,
    options: &'a BatchOptions,
    /// The number of tasks for each request that has several.
    repeated: HashMap<String, usize>,
    /// The seeds that are left for the tasks of each request that was seen.
    chosen: HashMap<String, VecDeque<u32>>,
    /// The number of tasks that are paid for again because an earlier result was lost.
    lost: u64,
}

/// What became of an earlier edit of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// Its result can be used again.
    Usable,
    /// Its result is in a format that the one that is wanted cannot be made of. `merge` makes it for free.
    Unsuited,
    /// It may be paid for, and has no result yet. Nothing may be sent meanwhile.
    Open,
    /// A step of it is saved, and the later ones can follow.
    Started,
    /// It was paid for, and has no result any more.
    Used,
    /// It was paid for, and its result was lost.
    Lost,
}

/// The earlier edits whose seeds are chosen before a new one is begun, in this order.
const KEPT: [Earlier; 4] = [Earlier::Usable, Earlier::Unsuited, Earlier::Open, Earlier::Started];
const KEPT_ONCE: [Earlier; 6] =
    [Earlier::Usable, Earlier::Unsuited, Earlier::Open, Earlier::Started, Earlier::Used, Earlier::Lost];

impl<'a> Seeds<'a> {
    pub(super) fn new(
        journal: Option<&'a Journal>,
        options: &'a BatchOptions,
        repeated: HashMap<String, usize>,
    ) -> Seeds<'a> {
        Seeds { journal, options, repeated, chosen: HashMap::new(), lost: 0 }
    }

    /// The number of tasks that are paid for again because an earlier result was lost.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns the seed of the next task of a request; `None` if the task has a seed or an id.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn choose(&mut self, entry: &PlanEntry) -> Result<Option<u32>, JournalError> {
        if entry.spec.seed.is_some() || entry.spec.id.is_some() {
            return Ok(None);
        }
        if let Some(seed) = self.chosen.get_mut(&entry.request_hash).and_then(VecDeque::pop_front) {
            return Ok(Some(seed));
        }
        let tasks = self.repeated.get(&entry.request_hash).copied().unwrap_or(1);
        let mut seeds = self.of_request(entry, tasks)?;
        let first = seeds.pop_front();
        if !seeds.is_empty() {
            self.chosen.insert(entry.request_hash.clone(), seeds);
        }
        Ok(first)
    }

    /// Returns the seeds of all tasks of a request.
    fn of_request(&mut self, entry: &PlanEntry, tasks: usize) -> Result<VecDeque<u32>, JournalError> {
        // A model without a card is a fault of the row, which is reported when its task is built.
        let Ok(card) = self.options.request.models.find(entry.spec.model.value().as_str()) else {
            return Ok(VecDeque::new());
        };
        let earlier = self.earlier(entry, tasks)?;
        let start = identity::drawn_seed(&entry.request_hash, Discriminator::Ordinal(0, 0));
        let kept: &[Earlier] = if self.options.once { &KEPT_ONCE } else { &KEPT };
        let count = |is_counted: &dyn Fn(&Earlier) -> bool| {
            earlier.iter().filter(|(_, earlier)| is_counted(earlier)).count()
        };
        let begun = tasks.saturating_sub(count(&|earlier| kept.contains(earlier)));
        self.lost += begun.min(count(&|earlier| *earlier == Earlier::Lost)) as u64;
        Ok(assigned(&earlier, tasks, SeedRange::of(&card), start, kept))
    }

    /// Returns the seeds of earlier edits, newest first, and what became of these edits.
    fn earlier(&self, entry: &PlanEntry, tasks: usize) -> Result<Vec<(u32, Earlier)>, JournalError> {
        let Some(journal) = self.journal else { return Ok(Vec::new()) };
        let request = identity::request_key(&entry.request_hash, &self.options.endpoint);
        let keys = RequestKeys { request: &request, picture_sha256: entry.picture_sha256.as_deref() };
        let mut by_seed: Vec<(u32, Vec<Requested>)> = Vec::new();
        let mut indexes = HashMap::new();
        for job in journal.requested(keys)? {
            let index = *indexes.entry(job.seed).or_insert_with(|| {
                by_seed.push((job.seed, Vec::new()));
                by_seed.len() - 1
            });
            by_seed[index].1.push(job);
        }
        let (mut found, mut at_destination) = (Vec::new(), None);
        for (seed, jobs) in by_seed {
            let is_compared = tasks == 1 && at_destination.is_none() && found.len() < MAX_COMPARED;
            let Some((earlier, is_there)) = self.earlier_of(entry, seed, &jobs, journal, is_compared)? else {
                continue;
            };
            if is_there {
                at_destination = Some(found.len());
            }
            found.push((seed, earlier));
        }
        if let Some(index) = at_destination {
            found[..=index].rotate_right(1);
        }
        Ok(found)
    }

    /// Returns what became of the edits with a seed, and whether a result is at the destination of the task if that
    /// `is_compared`; `None` if the seed is as good as unused.
    fn earlier_of(
        &self,
        entry: &PlanEntry,
        seed: u32,
        jobs: &[Requested],
        journal: &Journal,
        is_compared: bool,
    ) -> Result<Option<(Earlier, bool)>, JournalError> {
        let content = identity::result_key(&entry.request_hash, seed, &self.options.endpoint);
        // A result that could not be restored is none that can be used.
        let is_equal = |job: &&Requested| {
            let of_step = job.content.as_ref().map(|found| found.strip_prefix(&content));
            of_step.is_none_or(|rest| rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        };
        let jobs: Vec<&Requested> = jobs.iter().filter(is_equal).collect();
        let is_delivered =
            |job: &&Requested| job.state == Some(State::Delivered) && job.content.as_ref() == Some(&content);
        if jobs.iter().any(is_delivered) {
            let found = journal.with_content(&content)?;
            let task = self.task(entry, seed);
            let is_kept = |job: &&Job| {
                let is_unchanged =
                    job.stored.as_ref().map(reuse::check_file) == Some(ArtifactState::Unchanged);
                job.state == State::Delivered
                    && reuse::is_within(job, self.options.results_within.as_deref())
                    && is_unchanged
            };
            let kept: Vec<&Job> = found.jobs.iter().filter(is_kept).collect();
            if let Some(job) = kept.iter().find(|job| is_suited(job, task.as_ref())) {
                let is_there = is_compared && is_there(job, task.as_ref());
                return Ok(Some((Earlier::Usable, is_there)));
            }
            if !kept.is_empty() {
                return Ok(Some((Earlier::Unsuited, false)));
            }
            if !found.unreadable.is_empty() {
                return Ok(Some((Earlier::Open, false)));
            }
        }
        let is_open = |job: &&Requested| match job.state {
            None | Some(State::Sent | State::Answered | State::Unknown) => true,
            // The step that a process saved stays locked until it goes on with the next one.
            Some(State::Intent | State::Delivered) => JobLock::is_held(journal.directory(), &job.job),
            Some(State::Lost | State::Refused | State::HandedOn) => false,
        };
        if jobs.iter().any(is_open) {
            return Ok(Some((Earlier::Open, false)));
        }
        // A result that was delivered and is gone was not wanted, so its steps do not count either.
        if !jobs.iter().any(is_delivered) {
            for job in jobs.iter().filter(|job| job.state == Some(State::Delivered)) {
                let step = job.content.as_ref().and_then(|content| content.rsplit_once('/')?.1.parse().ok());
                if let Some(step) = step
                    && saved_step(&content, step, journal, self.options)?.is_some()
                {
                    return Ok(Some((Earlier::Started, false)));
                }
            }
        }
        let is_any = |state: State| jobs.iter().any(|job| job.state == Some(state));
        Ok(if is_any(State::Delivered) {
            Some((Earlier::Used, false))
        } else {
            is_any(State::Lost).then_some((Earlier::Lost, false))
        })
    }

    /// Returns the task with a seed; `None` if it has a fault, which is reported later.
    fn task(&self, entry: &PlanEntry, seed: u32) -> Option<Task> {
        let with_seed = PlanEntry {
            position: entry.position,
            spec: entry.spec.clone(),
            variation: entry.variation,
            picture_sha256: entry.picture_sha256.clone(),
            request_hash: entry.request_hash.clone(),
            job: entry.job.clone(),
            ordinal: entry.ordinal,
            seed: Some(seed),
        };
        resolve::task(with_seed, self.options).ok()
    }
}

/// Returns the seed of the newest edit of a request that has a saved step and no result, whatever dedup says. With `seed`,
/// only the edit with that seed counts.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn started(
    entry: &PlanEntry,
    seed: Option<u32>,
    journal: &Journal,
    options: &BatchOptions,
) -> Result<Option<u32>, JournalError> {
    let seeds = Seeds::new(Some(journal), options, HashMap::new());
    let earlier = seeds.earlier(entry, 1)?;
    let is_started = |(found, earlier): &&(u32, Earlier)| {
        *earlier == Earlier::Started && seed.is_none_or(|seed| seed == *found)
    };
    Ok(earlier.iter().find(is_started).map(|(seed, _)| *seed))
}

fn is_suited(job: &Job, task: Option<&Task>) -> bool {
    let output = task.and_then(|task| task.resolve_output(Some(job)).ok());
    output.is_some_and(|output| reuse::can_serve(job, output.encoding))
}

fn is_there(job: &Job, task: Option<&Task>) -> bool {
    let output = task.and_then(|task| task.resolve_output(Some(job)).ok());
    output.is_some_and(|output| is_at_output(job, &output))
}

/// Returns a seed for each of `tasks` tasks: those of the `kept` kinds of earlier edits, then unused ones. `earlier` has each
/// seed once, the preferred ones first; `start` is the index of the first seed of the sequence.
///
/// The seeds are in the order of the sequence, as in the run that chose them, and seeds that are no part of it come first.
fn assigned(
    earlier: &[(u32, Earlier)],
    tasks: usize,
    range: SeedRange,
    start: u32,
    kept: &[Earlier],
) -> VecDeque<u32> {
    let of = |wanted: &Earlier| {
        let wanted = *wanted;
        let seeds = earlier.iter().filter(move |(_, earlier)| *earlier == wanted);
        seeds.map(|(seed, _)| *seed)
    };
    let mut seeds: Vec<u32> = kept.iter().flat_map(of).take(tasks).collect();
    let known: HashSet<u32> = earlier.iter().map(|(seed, _)| *seed).collect();
    // A model may have fewer seeds than there are tasks. They are used several times then.
    let length = earlier.len() + tasks;
    let sequence: Vec<u32> = (0..length as u64).map(|index| range.at(u64::from(start) + index)).collect();
    let fresh = sequence.iter().filter(|seed| !known.contains(seed));
    let missing = tasks - seeds.len();
    seeds.extend(fresh.chain(sequence.iter().cycle()).take(missing));
    let mut indexes = HashMap::new();
    for (index, seed) in sequence.into_iter().enumerate() {
        indexes.entry(seed).or_insert(index + 1);
    }
    seeds.sort_by_key(|seed| (indexes.get(seed).copied().unwrap_or(0), *seed));
    seeds.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Earlier::{Open, Started, Usable, Used};
    use super::*;

    const RANGE: SeedRange = SeedRange { first: 0, last: Seed::MAX };

    fn seeds(earlier: &[(u32, Earlier)], tasks: usize) -> Vec<u32> {
        assigned(earlier, tasks, RANGE, 100, &KEPT).into()
    }

    #[test]
    fn without_earlier_edits_the_seeds_follow_from_the_request() {
        assert_eq!(seeds(&[], 3), [100, 101, 102]);
        let few = SeedRange { first: 1, last: 2 };
        assert_eq!(assigned(&[], 3, few, 7, &KEPT), [2, 2, 1], "a model may have too few");
    }

    #[test]
    fn the_newest_results_are_used_again_and_the_rest_is_new() {
        assert_eq!(seeds(&[(7, Usable), (5, Usable)], 1), [7]);
        assert_eq!(seeds(&[(7, Usable), (5, Usable), (3, Usable)], 2), [5, 7]);
        assert_eq!(seeds(&[(7, Usable)], 3), [7, 100, 101]);
    }

    #[test]
    fn a_seed_whose_result_no_longer_exists_is_not_used_again() {
        let used = [(100, Used)];
        assert_eq!(seeds(&used, 2), [101, 102]);
        assert_eq!(assigned(&used, 2, RANGE, 100, &KEPT_ONCE), [100, 101], "unless it is made only once");
    }

    #[test]
    fn an_open_edit_is_chosen_before_a_new_one_is_begun() {
        assert_eq!(seeds(&[(101, Open), (9, Usable)], 1), [9]);
        assert_eq!(seeds(&[(101, Open)], 1), [101]);
        assert_eq!(seeds(&[(103, Started), (101, Open)], 1), [101]);
        assert_eq!(seeds(&[(101, Started)], 2), [100, 101]);
        assert_eq!(seeds(&[(102, Open), (100, Usable)], 3), [100, 101, 102]);
    }

    #[test]
    fn a_seed_of_another_model_is_mapped_into_the_range() {
        let range = SeedRange { first: 10, last: 19 };
        assert_eq!(
            [range.nearest(10), range.nearest(19), range.nearest(25), range.nearest(0)],
            [10, 19, 15, 10]
        );
    }

    proptest! {
        /// Whatever a first run has finished, a second one with the same tasks chooses the same seeds.
        #[test]
        fn an_interrupted_run_is_continued_with_the_same_seeds(states in proptest::collection::vec(0..3u8, 1..20), start: u32) {
            let first: Vec<u32> = assigned(&[], states.len(), RANGE, start, &KEPT).into();
            let earlier: Vec<(u32, Earlier)> = first
                .iter()
                .zip(&states)
                .filter_map(|(seed, state)| [None, Some((*seed, Usable)), Some((*seed, Open))][usize::from(*state)])
                .rev()
                .collect();
            let second: Vec<u32> = assigned(&earlier, states.len(), RANGE, start, &KEPT).into();
            prop_assert_eq!(first, second);
        }

        #[test]
        fn all_tasks_get_different_seeds(earlier in proptest::collection::btree_set(95..120u32, 0..20), tasks in 1..20usize) {
            let all = [Usable, Open, Used];
            let earlier: Vec<(u32, Earlier)> =
                earlier.into_iter().map(|seed| (seed, all[seed as usize % 3])).collect();
            let found = seeds(&earlier, tasks);
            let different: HashSet<u32> = found.iter().copied().collect();
            prop_assert_eq!((found.len(), different.len()), (tasks, tasks));
            prop_assert!(found.iter().all(|seed| !earlier.contains(&(*seed, Used))));
        }
    }
}
