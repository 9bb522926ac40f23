//! The answer store: pictures that were paid for, and that differ from the files that were delivered. It is a directory
//! beside the journal that stays within its limit, except for what unfinished jobs need: the oldest answers are removed
//! first.
//!
//! Only edits that restore or convert their answer pay for this with a second file; see `edit`. A file is named after the
//! request that it answers, so no table refers to it, and a removed file leaves nothing behind.

mod limit;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime};

use rusqlite::named_params;

use crate::files::{Access, free_bytes, lock_file};
use crate::sync::lock;

use super::open::Journal;
use super::record::Job;
use super::spool;
use super::state::State;

pub use limit::AnswerLimit;

/// The directory of answers beside the journal.
const DIRECTORY: &str = "answers";
/// The file that is locked while a process removes old answers.
const LOCK: &str = ".lock";
/// The part of a name that marks an answer that is not a complete picture.
const DAMAGED: &str = "damaged";
/// The pause before it is tried again, and the number of tries. Removing thousands of answers takes a fraction of a second.
const LOCK_PAUSE: Duration = Duration::from_millis(5);
const LOCK_RETRIES: u32 = 400;
/// What an answer leaves free on the disk: the next entries of the journal are more important.
const RESERVE_BYTES: u64 = 8 << 20;

/// Keeps answers within a limit. The edits of a process share one.
#[derive(Debug)]
pub struct AnswerStore {
    limit: AnswerLimit,
    /// What the last examination of the directory found; `None` before the first one.
    found: Mutex<Option<Examined>>,
}

/// What an examination of the directory found.
#[derive(Debug, Clone, Copy)]
struct Examined {
    /// The size of all answers, after old ones were removed.
    total: u64,
    /// The number of bytes that this process added since.
    added: u64,
}

/// What names a kept answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerName<'a> {
    /// The id of the request.
    pub request_id: &'a str,
    /// The number of the picture in the answer, from 0.
    pub index: usize,
    /// Whether it is a complete picture.
    pub is_complete: bool,
    /// The extension of its format.
    pub extension: &'a str,
}

/// Why an answer is not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It alone exceeds the limit.
    #[error("it is larger than answer_store ({0})")]
    TooLarge(AnswerLimit),
    /// The system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An answer in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
    /// Whether it is a complete picture.
    pub is_complete: bool,
}

impl AnswerStore {
    /// A store in the directory of any journal, with this limit.
    pub fn new(limit: AnswerLimit) -> AnswerStore {
        AnswerStore { limit, found: Mutex::default() }
    }

    /// Whether answers are kept at all.
    pub fn is_enabled(&self) -> bool {
        self.limit.bytes().is_some()
    }

    /// Writes and syncs an answer, then removes the oldest ones beyond the limit. Returns its path; `None` if the store is
    /// disabled.
    ///
    /// # Errors
    /// See [`KeepError`]. Nothing was written then.
    pub fn keep(
        &self,
        journal: &Journal,
        name: AnswerName<'_>,
        bytes: &[u8],
    ) -> Result<Option<PathBuf>, KeepError> {
        let Some(limit) = self.limit.bytes() else { return Ok(None) };
        let length = bytes.len() as u64;
        if length > limit {
            return Err(KeepError::TooLarge(self.limit));
        }
        if free_bytes(journal.directory()).is_some_and(|free| free < length + RESERVE_BYTES) {
            return Err(io::Error::from(io::ErrorKind::StorageFull).into());
        }
        let path = spool::write_file(&journal.directory().join(DIRECTORY), &name.file_name(), bytes)?;
        if self.is_examination_due(length, limit) {
            self.examine(journal, limit);
        }
        Ok(Some(path))
    }

    /// Removes old answers if those of unfinished jobs kept the store over its limit. Called when a job has ended.
    pub fn settle(&self, journal: &Journal) {
        if let Some(limit) = self.limit.bytes()
            && lock(&self.found).is_some_and(|found| found.total + found.added > limit)
        {
            self.examine(journal, limit);
        }
    }

    /// Whether the directory has to be examined after this many bytes were added: at first, when this process exceeds the
    /// limit, and whenever it has added a share of it, because other processes add answers, too. Examining it each time
    /// would take longer than writing an answer.
    fn is_examination_due(&self, length: u64, limit: u64) -> bool {
        let mut found = lock(&self.found);
        let Some(found) = found.as_mut() else { return true };
        found.added += length;
        found.added >= share(limit) || found.total + found.added > limit
    }

    fn examine(&self, journal: &Journal, limit: u64) {
        let total = journal.remove_old_answers(limit);
        *lock(&self.found) = total.map(|total| Examined { total, added: 0 });
    }
}

/// A sixteenth of the limit.
fn share(limit: u64) -> u64 {
    limit / 16
}

impl AnswerName<'_> {
    /// `seededit-JOB-1.jpg`; with a number for further pictures, and `damaged` for one that is not complete.
    fn file_name(&self) -> String {
        let AnswerName { request_id, index, is_complete, extension } = self;
        let number = if *index == 0 { String::new() } else { format!(".{}", index + 1) };
        let damaged = if *is_complete { String::new() } else { format!(".{DAMAGED}") };
        format!("{request_id}{number}{damaged}.{extension}")
    }
}

/// A file in the directory.
struct Entry {
    path: PathBuf,
    name: String,
    bytes: u64,
    modified: SystemTime,
}

impl Entry {
    /// The id of the request, which has no dots.
    fn request_id(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The number of the picture in the answer, from 1.
    fn number(&self) -> u32 {
        self.name.split('.').nth(1).and_then(|part| part.parse().ok()).unwrap_or(1)
    }

    fn is_part(&self) -> bool {
        self.name.ends_with(spool::PART)
    }
}

/// Lists the files of the store. Files that another process removes meanwhile are left out, and so are those of others.
fn entries(data: &Path) -> Vec<Entry> {
    let Ok(found) = fs::read_dir(data.join(DIRECTORY)) else { return Vec::new() };
    let entry = |found: fs::DirEntry| {
        let name = found.file_name().into_string().ok().filter(|name| name != LOCK)?;
        let metadata = found.metadata().ok()?;
        let modified = metadata.modified().ok()?;
        Some(Entry { path: found.path(), name, bytes: metadata.len(), modified })
    };
    found.flatten().filter_map(entry).filter(|entry| spool::is_request_id(entry.request_id())).collect()
}

impl Journal {
    /// Returns the answers to a job that are kept: those of its last request first.
    pub fn answers(&self, job: &Job) -> Vec<KeptAnswer> {
        let place = |entry: &Entry| {
            job.attempts.iter().rev().position(|attempt| attempt.request_id == entry.request_id())
        };
        let mut found: Vec<(usize, Entry)> = entries(self.directory())
            .into_iter()
            .filter(|entry| !entry.is_part())
            .filter_map(|entry| Some((place(&entry)?, entry)))
            .collect();
        found.sort_by(|(place, entry), (other_place, other)| {
            let order = place.cmp(other_place).then(entry.number().cmp(&other.number()));
            order.then_with(|| entry.name.cmp(&other.name))
        });
        let kept = |(_, Entry { path, name, bytes, .. }): (usize, Entry)| {
            let is_complete = !name.split('.').any(|part| part == DAMAGED);
            KeptAnswer { path, bytes, is_complete }
        };
        found.into_iter().map(kept).collect()
    }

    /// Removes the answers to these requests.
    pub(super) fn remove_answers(&self, request_ids: &[String]) {
        if request_ids.is_empty() {
            return;
        }
        let of_these = |entry: &Entry| request_ids.iter().any(|id| id == entry.request_id());
        for entry in entries(self.directory()).into_iter().filter(of_these) {
            let _ = fs::remove_file(entry.path);
        }
    }

    /// Removes files that processes left when they died while they kept an answer.
    pub(super) fn sweep_answers(&self) {
        let parts = entries(self.directory()).into_iter().filter(Entry::is_part);
        for part in parts.filter(|part| !self.is_unfinished_request(part.request_id())) {
            let _ = fs::remove_file(part.path);
        }
    }

    /// If all answers together exceed the limit, removes the oldest ones until they are a share below it, so that the next
    /// ones fit. Keeps those of jobs that are not finished: until its result is delivered, an answer may be all that was
    /// received. Returns the size of those that are left; `None` if it is not known.
    ///
    /// Waits for another process that is doing this, because that may have missed the newest answers. An error leaves the
    /// store larger, which harms nobody.
    fn remove_old_answers(&self, limit: u64) -> Option<u64> {
        let path = self.directory().join(DIRECTORY).join(LOCK);
        let mut locked = None;
        for _ in 0..LOCK_RETRIES {
            locked = lock_file(&path, Access::Owner).ok()?;
            if locked.is_some() {
                break;
            }
            thread::sleep(LOCK_PAUSE);
        }
        let _locked = locked?;
        let mut found = entries(self.directory());
        let mut total: u64 = found.iter().map(|entry| entry.bytes).sum();
        if total <= limit {
            return Some(total);
        }
        found.sort_by_key(|entry| entry.modified);
        for entry in found {
            if total <= limit - share(limit) {
                break;
            }
            // Another process may be writing a part. One that nobody writes is removed when a journal is opened.
            let is_needed = entry.is_part() || self.is_unfinished_request(entry.request_id());
            if !is_needed && fs::remove_file(&entry.path).is_ok() {
                total -= entry.bytes;
            }
        }
        Some(total)
    }

    /// Whether a request belongs to a job that is not finished, or may belong to one.
    fn is_unfinished_request(&self, request_id: &str) -> bool {
        let sql =
            "SELECT job.state FROM attempt JOIN job ON job.id = attempt.job WHERE request_id = :request_id";
        let state = self
            .connection()
            .query_row(sql, named_params! { ":request_id": request_id }, |row| row.get::<_, State>("state"));
        match state {
            Ok(state) => state.is_unfinished(),
            // Nobody can recover a job that was forgotten. Any other error says nothing.
            Err(error) => error != rusqlite::Error::QueryReturnedNoRows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(request_id: &str) -> AnswerName<'_> {
        AnswerName { request_id, index: 0, is_complete: true, extension: "jpg" }
    }

    fn names(data: &Path) -> Vec<String> {
        let mut names: Vec<String> = entries(data).into_iter().map(|entry| entry.name).collect();
        names.sort();
        names
    }

    fn store(limit: &str) -> AnswerStore {
        AnswerStore::new(limit.parse().unwrap())
    }

    /// Makes a file so old that it is removed first.
    fn age(path: &Path, seconds: u64) {
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn an_answer_is_named_after_its_request() {
        let named =
            |index, is_complete| AnswerName { index, is_complete, ..name("seededit-a-1") }.file_name();
        assert_eq!(named(0, true), "seededit-a-1.jpg");
        assert_eq!(named(1, true), "seededit-a-1.2.jpg");
        assert_eq!(named(0, false), "seededit-a-1.damaged.jpg");
        assert_eq!(named(1, false), "seededit-a-1.2.damaged.jpg");
    }

    #[test]
    fn the_oldest_answers_are_removed_first() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        for (id, seconds) in [("seededit-b-1", 2), ("seededit-a-1", 1), ("seededit-c-1", 3)] {
            age(&store("1 kB").keep(&journal, name(id), &[0; 300]).unwrap().unwrap(), seconds);
        }
        // A file of somebody else does not count, and is never removed.
        let foreign = dir.path().join(DIRECTORY).join("notes.txt");
        fs::write(&foreign, [0; 2000]).unwrap();
        age(&foreign, 0);
        // An answer that another process is writing counts, and is not removed.
        let part = dir.path().join(DIRECTORY).join("seededit-e-1.jpg.part");
        fs::write(&part, [0; 50]).unwrap();
        age(&part, 0);
        store("1 kB").keep(&journal, name("seededit-d-1"), &[0; 300]).unwrap();
        fs::remove_file(part).unwrap();
        assert_eq!(names(dir.path()), ["seededit-c-1.jpg", "seededit-d-1.jpg"]);
        assert!(foreign.exists());
    }

    #[test]
    fn a_store_that_is_off_keeps_nothing_and_one_that_is_too_small_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        assert!(store("off").keep(&journal, name("a"), &[0; 9]).unwrap().is_none());
        let error = store("1 kB").keep(&journal, name("a"), &[0; 1001]).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than answer_store (1 kB)");
        assert!(!dir.path().join(DIRECTORY).exists());
    }

    #[test]
    fn many_processes_may_keep_answers_at_once() {
        let dir = tempfile::tempdir().unwrap();
        Journal::open(dir.path()).unwrap();
        // Opening a journal removes what is written for jobs that it does not know, as these are.
        let all_are_open = &std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for process in 0..4 {
                let dir = dir.path();
                scope.spawn(move || {
                    let (journal, store) = (Journal::open(dir).unwrap(), store("2 kB"));
                    all_are_open.wait();
                    for number in 0..20 {
                        store
                            .keep(&journal, name(&format!("seededit-{process}-{number}")), &[0; 100])
                            .unwrap();
                    }
                });
            }
        });
        let journal = Journal::open(dir.path()).unwrap();
        store("2 kB").keep(&journal, name("seededit-last-1"), &[0; 100]).unwrap();
        let total: u64 = entries(dir.path()).iter().map(|entry| entry.bytes).sum();
        assert!((1800..=2000).contains(&total), "{total}");
    }

    #[test]
    fn what_unfinished_jobs_kept_over_the_limit_is_removed_when_they_end() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let sql =
            "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists)
                   VALUES (?1, 1, 'answered', '', '', '', 1, '', '', '')";
        let stores: Vec<AnswerStore> = ["seededit-a-1", "seededit-b-1", "seededit-c-1", "seededit-d-1"]
            .map(|id| {
                journal.connection().execute(sql, [id]).unwrap();
                let attempt = "INSERT INTO attempt (job, number, request_id, sent) VALUES (?1, 1, ?1, 1)";
                journal.connection().execute(attempt, [id]).unwrap();
                let store = store("1 kB");
                store.keep(&journal, name(id), &[0; 300]).unwrap();
                store
            })
            .into();
        assert_eq!(names(dir.path()).len(), 4, "none of them is delivered yet");
        for (id, store) in
            ["seededit-a-1", "seededit-b-1", "seededit-c-1", "seededit-d-1"].iter().zip(&stores)
        {
            journal.connection().execute("UPDATE job SET state = 'delivered' WHERE id = ?1", [id]).unwrap();
            store.settle(&journal);
        }
        assert!(names(dir.path()).len() <= 3);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_answers() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let path = store("1 kB").keep(&journal, name("a"), b"x").unwrap().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
}
