//! The results in the order of their delivery, and the one that is current: the last one, or what `undo` went back to.

use rusqlite::{OptionalExtension, Transaction, params};

use super::open::{Journal, JournalError};
use super::read::JOB_COLUMNS;
use super::record::{Job, PathBytes};
use super::state::State;

/// The picture that `@` names.
#[derive(Debug, Clone, PartialEq)]
pub enum Current {
    /// There is no result yet.
    Nothing,
    /// The result of this job.
    Result(Box<Job>),
    /// A picture that was edited, and is not itself a result.
    Original(OriginalFile),
    /// A result whose job was removed after `undo` went back to it.
    Removed,
}

/// A picture that was edited, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalFile {
    /// Its absolute path.
    pub path: PathBytes,
    pub sha256: String,
}

/// What a job was made from.
#[derive(Debug, Clone, PartialEq)]
pub enum MadeFrom {
    /// The result of this job.
    Result(Box<Job>),
    /// A file that is not known as a result.
    Original(OriginalFile),
    /// Standard input, a link or a data URI; with its name for display.
    NoFile(String),
}

/// The state of the journal when the current picture was read. It changes with every delivery and every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    newest: i64,
    undone: i64,
}

const SEEN: &str =
    "SELECT (SELECT coalesce(max(number), 0) FROM result), (SELECT coalesce(max(number), 0) FROM undone)";

impl Journal {
    /// Returns the job whose result is the last one but `skipped`.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn result_back(&self, skipped: u32) -> Result<Option<Job>, JournalError> {
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job
             WHERE id = (SELECT result.job FROM result JOIN job ON job.id = result.job
                         WHERE job.state = 'delivered' ORDER BY number DESC LIMIT 1 OFFSET ?1)"
        );
        Ok(self.jobs(&sql, [skipped])?.pop())
    }

    /// Returns the number of results.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn count_results(&self) -> Result<u64, JournalError> {
        let sql = "SELECT count(*) FROM result JOIN job ON job.id = result.job WHERE job.state = 'delivered'";
        let found = self.connection().query_row(sql, [], |row| row.get::<_, i64>(0));
        found.map(i64::unsigned_abs).map_err(|error| self.failure(error))
    }

    /// Returns the current picture, and what [`Journal::step_back`] needs to know that it still is.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn current(&self) -> Result<(Current, Seen), JournalError> {
        // Read first, so that a change after it is noticed.
        let seen = self.connection().query_row(SEEN, [], seen).map_err(|error| self.failure(error))?;
        let sql = "SELECT job, path, sha256 FROM undone WHERE number = ?1";
        let undone: Option<(Option<String>, Option<PathBytes>, Option<String>)> = {
            let connection = self.connection();
            let row =
                connection.query_row(sql, [seen.undone], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            row.optional().map_err(|error| self.failure(error))?
        };
        let current = match undone {
            None => match self.result_back(0)? {
                Some(job) => Current::Result(Box::new(job)),
                None => Current::Nothing,
            },
            Some((Some(job), ..)) => match self.job(&job)?.filter(|job| job.state == State::Delivered) {
                Some(job) => Current::Result(Box::new(job)),
                None => Current::Removed,
            },
            Some((None, Some(path), Some(sha256))) => Current::Original(OriginalFile { path, sha256 }),
            Some(_) => Current::Removed,
        };
        Ok((current, seen))
    }

    /// Returns what a job was made from. Steps whose results were not kept are passed over.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn made_from(&self, job: &Job) -> Result<MadeFrom, JournalError> {
        let mut first = job.clone();
        while let Some(before) = self.step_before(&first)? {
            if before.state == State::Delivered {
                return Ok(MadeFrom::Result(Box::new(before)));
            }
            first = before;
        }
        let (Some(path), Some(sha256)) = (first.intent.input_path, first.intent.input_sha256) else {
            return Ok(MadeFrom::NoFile(first.intent.input));
        };
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job
             WHERE state = 'delivered' AND delivered = ?1 AND sha256 = ?2 AND (created, id) < (?3, ?4)
             ORDER BY created DESC, id DESC LIMIT 1"
        );
        let values = params![path, sha256, first.intent.created, first.intent.job];
        Ok(match self.jobs(&sql, values)?.pop() {
            Some(result) => MadeFrom::Result(Box::new(result)),
            None => MadeFrom::Original(OriginalFile { path, sha256 }),
        })
    }

    /// Returns the newest job whose result was written to this file.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_delivered_to(&self, path: &PathBytes) -> Result<Option<Job>, JournalError> {
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE state = 'delivered' AND delivered = ?1
             ORDER BY finished DESC, created DESC LIMIT 1"
        );
        Ok(self.jobs(&sql, [path])?.pop())
    }

    /// Makes `to` current, until it is taken back or a result is delivered. Returns whether it did: nothing changes if
    /// something was delivered or undone since `before` was read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn step_back(&self, before: Seen, to: &MadeFrom) -> Result<bool, JournalError> {
        self.transact(|transaction| {
            if transaction.query_row(SEEN, [], seen)? != before {
                return Ok(false);
            }
            let sql = "INSERT INTO undone (job, path, sha256) VALUES (?1, ?2, ?3)";
            match to {
                MadeFrom::Result(job) => {
                    transaction.execute(sql, params![job.intent.job, None::<PathBytes>, None::<&str>])?;
                }
                MadeFrom::Original(OriginalFile { path, sha256 }) => {
                    transaction.execute(sql, params![None::<&str>, path, sha256])?;
                }
                MadeFrom::NoFile(_) => return Ok(false),
            }
            Ok(true)
        })
    }

    /// Takes back the last step back. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn step_forward(&self) -> Result<bool, JournalError> {
        self.transact(|transaction| {
            let sql = "DELETE FROM undone WHERE number = (SELECT max(number) FROM undone)";
            Ok(transaction.execute(sql, [])? > 0)
        })
    }

    /// Makes the result of a delivered job the last one again: it was delivered for another command.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_last(&self, job: &str) -> Result<(), JournalError> {
        self.transact(|transaction| set_last(transaction, job))
    }
}

/// Makes the result of a job the last one. What was undone before cannot be taken back then.
pub(super) fn set_last(transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM result WHERE job = ?1", [job])?;
    transaction.execute("INSERT INTO result (job) VALUES (?1)", [job])?;
    transaction.execute("DELETE FROM undone", []).map(drop)
}

fn seen(row: &rusqlite::Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen { newest: row.get(0)?, undone: row.get(1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal with delivered jobs: id, picture, result. Each result is the last one when it is added.
    fn journal(jobs: &[(&str, &str, &str)]) -> (tempfile::TempDir, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        jobs.iter().for_each(|job| deliver(&journal, *job));
        (dir, journal)
    }

    fn deliver(journal: &Journal, (id, input, output): (&str, &str, &str)) {
        let sql = "INSERT INTO job (id, created, state, input, input_path, input_sha256, prompt, model, seed, base_url,
                                    path, if_exists, delivered, sha256, bytes, width, height, delivered_format)
                   VALUES (?1, (SELECT count(*) FROM job), 'delivered', ?2, CAST(?2 AS BLOB), 'hash of ' || ?2, 'x',
                           'model', 1, 'https://service.test', '/', 'fail', CAST(?3 AS BLOB), 'hash of ' || ?3, 1, 1, 1,
                           'jpeg')";
        journal.connection().execute(sql, params![id, input, output]).unwrap();
        journal.mark_last(id).unwrap();
    }

    fn current(journal: &Journal) -> String {
        match journal.current().unwrap().0 {
            Current::Nothing => "nothing".into(),
            Current::Result(job) => job.intent.job,
            Current::Original(file) => file.path.as_path().display().to_string(),
            Current::Removed => "removed".into(),
        }
    }

    /// Steps back once, and returns whether that was possible.
    fn undo(journal: &Journal) -> bool {
        let (Current::Result(job), seen) = journal.current().unwrap() else { return false };
        let from = journal.made_from(&job).unwrap();
        journal.step_back(seen, &from).unwrap()
    }

    #[test]
    fn steps_lead_back_to_the_original_and_forward_again() {
        let (_dir, journal) = journal(&[("a", "/in", "/1"), ("other", "/x", "/y"), ("b", "/1", "/2")]);
        assert_eq!(current(&journal), "b");
        assert!(undo(&journal));
        assert_eq!(current(&journal), "a", "the result that b was made from, not the one before it in time");
        assert!(undo(&journal));
        assert_eq!(current(&journal), "/in");
        assert!(!undo(&journal));
        assert!(journal.step_forward().unwrap() && journal.step_forward().unwrap());
        assert_eq!(current(&journal), "b");
        assert!(!journal.step_forward().unwrap());
    }

    #[test]
    fn a_new_result_is_current_whatever_was_undone() {
        let (_dir, journal) = journal(&[("a", "/in", "/1"), ("b", "/1", "/2")]);
        assert!(undo(&journal) && undo(&journal));
        deliver(&journal, ("c", "/in", "/3"));
        assert_eq!(current(&journal), "c");
        assert!(!journal.step_forward().unwrap(), "what was undone before is no longer ahead");
        let back = |skipped| journal.result_back(skipped).unwrap().map(|job| job.intent.job);
        assert_eq!([back(0), back(1), back(2), back(3)].map(Option::unwrap_or_default), ["c", "b", "a", ""]);
        journal.mark_last("a").unwrap();
        assert_eq!((back(0).as_deref(), journal.count_results().unwrap()), (Some("a"), 3));
    }

    #[test]
    fn a_step_is_refused_if_something_was_delivered_in_between() {
        let (_dir, journal) = journal(&[("a", "/in", "/1"), ("b", "/1", "/2")]);
        let (Current::Result(job), seen) = journal.current().unwrap() else { panic!("no result") };
        let from = journal.made_from(&job).unwrap();
        deliver(&journal, ("c", "/2", "/3"));
        assert!(!journal.step_back(seen, &from).unwrap());
        assert_eq!(current(&journal), "c");
    }

    #[test]
    fn a_result_that_was_removed_is_not_replaced_by_another() {
        let (_dir, journal) = journal(&[("a", "/in", "/1"), ("b", "/1", "/2")]);
        assert!(undo(&journal));
        journal.forget(&["a".to_owned()]).unwrap();
        assert_eq!(current(&journal), "removed");
        assert!(journal.step_forward().unwrap());
        assert_eq!(current(&journal), "b");
    }

    #[test]
    fn a_journal_without_results_has_no_current_one() {
        let (_dir, journal) = journal(&[]);
        assert_eq!(current(&journal), "nothing");
    }
}
