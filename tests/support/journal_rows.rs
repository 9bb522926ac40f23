//! The rows of the journal, read from its file without the program.

use std::fs;

use rusqlite::Connection;

use super::TestEnv;

/// A job with its attempts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JobRow {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) attempts: Vec<AttemptRow>,
}

/// One POST of a job.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttemptRow {
    pub(crate) request_id: String,
    pub(crate) status: Option<u16>,
    pub(crate) outcome: String,
    pub(crate) inference_id: Option<String>,
    pub(crate) usd: Option<f64>,
    /// Whether the complete answer is stored.
    pub(crate) has_complete_answer: bool,
}

impl TestEnv {
    /// All jobs, oldest first. Reads a copy, so that the journal itself does not change.
    pub(crate) fn jobs(&self) -> Vec<JobRow> {
        let copy = tempfile::tempdir().unwrap();
        for name in ["journal.db", "journal.db-wal"] {
            if let Ok(bytes) = fs::read(self.data_dir().join(name)) {
                fs::write(copy.path().join(name), bytes).unwrap();
            }
        }
        let path = copy.path().join("journal.db");
        if !path.exists() {
            return Vec::new();
        }
        let database = Connection::open(path).unwrap();
        let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        if version == 0 {
            return Vec::new();
        }
        let mut jobs =
            database.prepare("SELECT id, state, told, sha256 FROM job ORDER BY created, id").unwrap();
        let job_row = |row: &rusqlite::Row<'_>| {
            Ok(JobRow {
                id: row.get(0)?,
                state: row.get(1)?,
                reason: row.get(2)?,
                sha256: row.get(3)?,
                attempts: Vec::new(),
            })
        };
        let mut rows: Vec<JobRow> = jobs.query_map([], job_row).unwrap().map(Result::unwrap).collect();
        let mut attempts = database
            .prepare(
                "SELECT request_id, status, outcome, inference_id, usd, (body IS NOT NULL OR spooled) AND cut IS NULL FROM attempt
                 WHERE job = ?1 ORDER BY number",
            )
            .unwrap();
        for job in &mut rows {
            let attempt_row = |row: &rusqlite::Row<'_>| {
                Ok(AttemptRow {
                    request_id: row.get(0)?,
                    status: row.get(1)?,
                    outcome: row.get(2)?,
                    inference_id: row.get(3)?,
                    usd: row.get(4)?,
                    has_complete_answer: row.get(5)?,
                })
            };
            job.attempts = attempts.query_map([&job.id], attempt_row).unwrap().map(Result::unwrap).collect();
        }
        rows
    }

    /// The only job of the journal.
    pub(crate) fn only_job(&self) -> JobRow {
        let mut jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "one job: {jobs:?}");
        jobs.remove(0)
    }

    /// Changes the journal without the program.
    pub(crate) fn execute_sql(&self, sql: &str) {
        let database = Connection::open(self.data_dir().join("journal.db")).unwrap();
        database.execute_batch(sql).unwrap();
    }

    /// The paths of all files in the data directory, relative to it.
    pub(crate) fn data_files(&self) -> Vec<String> {
        let (data, mut found) = (self.data_dir(), Vec::new());
        let mut directories = vec![data.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    found.push(path.strip_prefix(&data).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// Panics if the data directory contains anything except the journal itself, complete answers, and those of
    /// jobs in doubt.
    pub(crate) fn ensure_no_leftovers(&self) {
        let left = self.data_files();
        let known = ["journal.db", "journal.db-wal", "journal.db-shm", "answers/.lock"];
        let is_answer = |name: &str| name.starts_with("answers/seededit-") && !name.ends_with(".part");
        // What a proxy answered is kept while it is not known whether the edit was charged.
        let in_doubt = self.jobs().into_iter().filter(|job| job.state == "unknown");
        let of_doubt: Vec<String> = in_doubt
            .flat_map(|job| job.attempts)
            .filter(|attempt| attempt.has_complete_answer)
            .map(|attempt| format!("spool/{}", attempt.request_id))
            .collect();
        let is_known =
            |name: &String| known.contains(&name.as_str()) || is_answer(name) || of_doubt.contains(name);
        assert!(left.iter().all(is_known), "left behind: {left:?}");
    }
}
