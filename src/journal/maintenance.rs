//! Removes jobs and leftover files, and records answers that an earlier process left in the spool.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, named_params};

use super::attempt::Answered;
use super::day_budget::keep_cost;
use super::job_lock::JobLock;
use super::open::{Journal, JournalError};
use super::spool;
use super::state::State;
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
        let now = Timestamp::now().as_millisecond();
        let (removed, requests) = self.transact(|transaction| {
            let (mut removed, mut requests) = (0, Vec::new());
            for job in jobs.iter().filter(|job| !JobLock::is_held(self.directory(), job)) {
                let sql = "SELECT state FROM job WHERE id = :job";
                let state = transaction.query_row(sql, named_params! { ":job": job }, |row| row.get("state"));
                if !state.optional()?.is_some_and(&is_removable) {
                    continue;
                }
                requests.extend(requests_of(transaction, job)?);
                keep_cost(transaction, job, now)?;
                removed +=
                    transaction.execute("DELETE FROM job WHERE id = :job", named_params! { ":job": job })?;
            }
            // If this process dies here, the jobs are still listed and can be removed again.
            self.remove_answers(&requests);
            Ok((removed, requests))
        })?;
        // The answer to a job that is still listed must stay.
        requests.iter().for_each(|request_id| spool::remove(self.directory(), request_id));
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
        self.sweep_spool()
    }

    /// Removes the spooled answers of finished jobs, and those that were never complete. Processes that died left them. An
    /// answer that no job knows is kept, and so is a recorded one that was cut since: it may be all that is left of a paid
    /// edit.
    pub(super) fn sweep_spool(&self) -> Result<(), JournalError> {
        for (request_id, is_complete) in spool::list(self.directory()) {
            match self.is_answer_needed(&request_id)? {
                _ if JobLock::is_held(self.directory(), job_of_request(&request_id)) => {}
                _ if !is_complete && self.is_recorded(&request_id)? => {}
                _ if !is_complete => spool::remove_incomplete(self.directory(), &request_id),
                Some(false) => spool::remove(self.directory(), &request_id),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether an attempt refers to its answer in the spool, which was complete then.
    fn is_recorded(&self, request_id: &str) -> Result<bool, JournalError> {
        let sql = "SELECT 1 FROM attempt WHERE request_id = :request_id AND spooled";
        let exists = self
            .connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.exists(named_params! { ":request_id": request_id }));
        exists.map_err(|error| self.failure(error))
    }

    /// Whether a job is not finished, or refers to its answer. `None` if no job knows the request.
    pub(super) fn is_answer_needed(&self, request_id: &str) -> Result<Option<bool>, JournalError> {
        let sql = "SELECT job.state, spooled FROM attempt JOIN job ON job.id = attempt.job
                   WHERE request_id = :request_id";
        let is_needed = |row: &Row<'_>| {
            // An unknown state may be that of a paid job.
            let is_unfinished = row.get("state").map_or(true, State::is_unfinished);
            Ok(is_unfinished || row.get("spooled")?)
        };
        self.connection()
            .query_row(sql, named_params! { ":request_id": request_id }, is_needed)
            .optional()
            .map_err(|error| self.failure(error))
    }

    /// Returns the path that the answer to an attempt has in the spool.
    pub fn answer_path(&self, request_id: &str) -> PathBuf {
        spool::path(self.directory(), request_id)
    }

    /// Whether the spool has the complete answer to an attempt.
    pub fn is_spooled(&self, request_id: &str) -> bool {
        spool::has(self.directory(), request_id)
    }

    /// Records a spooled answer whose process died before it could record it. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn adopt_spooled(&self, job: &str, request_id: &str, now: i64) -> Result<bool, JournalError> {
        if !self.is_spooled(request_id) {
            return Ok(false);
        }
        let found = spool::read(self.directory(), request_id)?;
        let head = match (found.head, found.damage) {
            (Some(head), _) => head,
            // The first release spooled only answers with a picture, and only their bodies.
            (None, None) => Answered { received: now, status: 200, ..Answered::default() },
            (None, Some(_)) => return Ok(false),
        };
        self.record_spooled(job, request_id, &head)?;
        Ok(true)
    }

    /// Records the answer that the spool has to an attempt: [`State::Answered`].
    pub(super) fn record_spooled(
        &self,
        job: &str,
        request_id: &str,
        answered: &Answered,
    ) -> Result<(), JournalError> {
        self.transact_unsynced(|transaction| {
            transaction.execute(
                "UPDATE attempt SET received = :received, status = :status, headers = NULL, body = NULL,
                                    spooled = 1, cut = :cut, inference_id = coalesce(:inference_id, inference_id),
                                    usd = :usd, credits = :credits
                 WHERE request_id = :request_id",
                named_params! {
                    ":request_id": request_id,
                    ":received": answered.received,
                    ":status": answered.status,
                    ":cut": answered.cut,
                    ":inference_id": answered.call_info.inference_id,
                    ":usd": answered.call_info.usd,
                    ":credits": answered.call_info.credits,
                },
            )?;
            set_state(transaction, job, State::Answered)
        })
    }
}

/// Returns the job in the id of a request: `seededit-JOB-1`. Request ids are never stored without it.
pub(super) fn job_of_request(request_id: &str) -> &str {
    let name = request_id.strip_prefix("seededit-").unwrap_or(request_id);
    name.rsplit_once('-').map_or(name, |(job, _)| job)
}

/// Returns the ids of the requests of a job.
fn requests_of(transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = transaction.prepare_cached("SELECT request_id FROM attempt WHERE job = :job")?;
    statement.query_map(named_params! { ":job": job }, |row| row.get(0))?.collect()
}
