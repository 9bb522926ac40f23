//! Removes jobs and leftover files, and records answers that an earlier process left in the spool.

use rusqlite::{OptionalExtension, Transaction, named_params};

use super::job_lock::JobLock;
use super::open::{Journal, JournalError};
use super::record::State;
use super::spool;
use super::transitions::set_state;

impl Journal {
    /// Removes finished jobs that are not lost, from the write-ahead log too, and their kept answers. Returns the number
    /// removed.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn forget(&self, jobs: &[String]) -> Result<usize, JournalError> {
        self.remove(jobs, State::is_forgettable)
    }

    /// Removes jobs in any state and their kept answers, except those that a running process works on. Returns the number
    /// removed.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn dismiss(&self, jobs: &[String]) -> Result<usize, JournalError> {
        self.remove(jobs, |_| true)
    }

    fn remove(&self, jobs: &[String], is_removable: impl Fn(State) -> bool) -> Result<usize, JournalError> {
        let removed = self.transact(|transaction| {
            let (mut removed, mut requests) = (0, Vec::new());
            for job in jobs.iter().filter(|job| !JobLock::is_held(self.directory(), job)) {
                let of_job = requests_of(transaction, job)?;
                let before = removed;
                for state in State::ALL.into_iter().filter(|state| is_removable(*state)) {
                    removed += transaction.execute(
                        "DELETE FROM job WHERE id = :job AND state = :state",
                        named_params! { ":job": job, ":state": state },
                    )?;
                }
                if removed > before {
                    requests.extend(of_job);
                }
            }
            // If this process dies here, the jobs are still listed and can be removed again.
            self.remove_answers(&requests);
            Ok(removed)
        })?;
        // The write-ahead log still contains the removed jobs.
        self.connection()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| self.failure(error))?;
        Ok(removed)
    }

    /// Removes lock files, spooled answers and incomplete files that are no longer needed, except those of running processes.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn sweep(&self) -> Result<(), JournalError> {
        JobLock::sweep(self.directory());
        self.sweep_answers();
        self.note_removed_links();
        let sql = "SELECT job.id, job.state FROM attempt JOIN job ON job.id = attempt.job WHERE request_id = :request_id";
        for (request_id, is_complete) in spool::list(self.directory()) {
            // An unknown state is `None`. Such an answer may be all that is left of a paid job, so it is kept.
            let owner: Option<(String, Option<State>)> = self
                .connection()
                .query_row(sql, named_params! { ":request_id": request_id }, |row| {
                    Ok((row.get("id")?, row.get("state").ok()))
                })
                .optional()
                .map_err(|error| self.failure(error))?;
            let is_running = owner.as_ref().is_some_and(|(job, _)| JobLock::is_held(self.directory(), job));
            match owner {
                _ if is_running => {}
                Some((_, state)) if is_complete && state.is_none_or(State::is_unfinished) => {}
                _ if is_complete => spool::remove(self.directory(), &request_id),
                _ => spool::remove_part(self.directory(), &request_id),
            }
        }
        Ok(())
    }

    /// Whether the spool has the complete answer to an attempt.
    pub fn is_spooled(&self, request_id: &str) -> bool {
        spool::read(self.directory(), request_id).is_ok()
    }

    /// Records a spooled answer whose process died before it could record it. Files in the spool are complete.
    /// Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn adopt_spooled(&self, job: &str, request_id: &str, now: i64) -> Result<bool, JournalError> {
        if !self.is_spooled(request_id) {
            return Ok(false);
        }
        self.transact(|transaction| {
            transaction.execute(
                "UPDATE attempt SET received = :now, status = 200, headers = '', spooled = 1
                 WHERE request_id = :request_id AND status IS NULL",
                named_params! { ":request_id": request_id, ":now": now },
            )?;
            set_state(transaction, job, State::Answered)
        })?;
        Ok(true)
    }
}

/// Returns the ids of the requests of a job.
fn requests_of(transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = transaction.prepare_cached("SELECT request_id FROM attempt WHERE job = :job")?;
    statement.query_map(named_params! { ":job": job }, |row| row.get(0))?.collect()
}
