//! Answers in the spool that no job knows: the journal was lost, or an older copy of it was put back. Each may be all that is
//! left of a paid edit, so only a person's word removes one.

use std::fs;
use std::path::{Path, PathBuf};

use super::attempt::{Answered, RecordedAnswer};
use super::job_lock::JobLock;
use super::maintenance::job_of_request;
use super::open::{FILE, Journal, JournalError};
use super::spool;

/// A complete answer that no job knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanedAnswer {
    /// The id of its request.
    pub request_id: String,
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
}

impl OrphanedAnswer {
    /// The id of the job that it was received for.
    pub fn job(&self) -> &str {
        job_of_request(&self.request_id)
    }
}

impl Journal {
    /// Opens the journal if it exists, or if there are answers that belong to it: then an empty one is created.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_for_recovery(directory: &Path) -> Result<Option<Journal>, JournalError> {
        let is_lost = || spool::list(directory).iter().any(|(_, is_complete)| *is_complete);
        match directory.join(FILE).try_exists() {
            Ok(false) if !is_lost() => Ok(None),
            _ => Journal::open(directory).map(Some),
        }
    }

    /// Returns the answers that no job knows and that no running process has just received, in the order of their names.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn orphaned_answers(&self) -> Result<Vec<OrphanedAnswer>, JournalError> {
        let mut found = Vec::new();
        for (request_id, _) in
            spool::list(self.directory()).into_iter().filter(|(_, is_complete)| *is_complete)
        {
            let is_running = JobLock::is_held(self.directory(), job_of_request(&request_id));
            if !is_running && self.is_answer_needed(&request_id)?.is_none() {
                let path = spool::path(self.directory(), &request_id);
                let bytes = fs::metadata(&path).map_or(0, |found| found.len());
                found.push(OrphanedAnswer { request_id, path, bytes });
            }
        }
        found.sort_by(|one, other| one.request_id.cmp(&other.request_id));
        Ok(found)
    }

    /// Reads an answer that no job knows.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn orphan(&self, orphan: &OrphanedAnswer) -> Result<RecordedAnswer, JournalError> {
        let spool::Spooled { head, body, damage } = spool::read(self.directory(), &orphan.request_id)?;
        let answered = Answered { body, ..head.unwrap_or(Answered { status: 200, ..Answered::default() }) };
        Ok(RecordedAnswer { answered, damage })
    }

    /// Removes an answer that no job knows.
    pub fn remove_orphan(&self, orphan: &OrphanedAnswer) {
        spool::remove(self.directory(), &orphan.request_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(journal: &Journal) -> Vec<String> {
        journal.orphaned_answers().unwrap().into_iter().map(|orphan| orphan.job().to_owned()).collect()
    }

    #[test]
    fn an_answer_that_no_job_knows_survives_everything_but_its_removal() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Journal::open_for_recovery(dir.path()).unwrap().is_none());
        spool::write(dir.path(), "seededit-b-1", &Answered::default()).unwrap();
        spool::write(dir.path(), "seededit-a-1", &Answered::default()).unwrap();
        let journal = Journal::open_for_recovery(dir.path()).unwrap().unwrap();
        journal.sweep().unwrap();
        drop(journal);
        let journal = Journal::open_for_recovery(dir.path()).unwrap().unwrap();
        assert_eq!(names(&journal), ["a", "b"]);
        journal.remove_orphan(&journal.orphaned_answers().unwrap()[0]);
        assert_eq!(names(&journal), ["b"]);
    }

    #[test]
    fn an_answer_that_a_running_process_has_just_received_is_not_orphaned() {
        let dir = tempfile::tempdir().unwrap();
        spool::write(dir.path(), "seededit-a-1", &Answered::default()).unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let lock = JobLock::acquire(dir.path(), "a").unwrap();
        assert!(names(&journal).is_empty());
        drop(lock);
        assert_eq!(names(&journal), ["a"]);
    }
}
