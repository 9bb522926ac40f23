//! The journal as it lies on disk, read past the program that writes it.

use std::fs;

use rusqlite::Connection;

use super::Place;

/// A job, with what its latest attempt says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) job: String,
    pub(crate) state: String,
    pub(crate) told: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) attempts: Vec<Post>,
}

/// One POST as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Post {
    pub(crate) request_id: String,
    pub(crate) status: Option<u16>,
    pub(crate) outcome: String,
    pub(crate) inference_id: Option<String>,
    pub(crate) usd: Option<f64>,
    /// Whether a whole answer is kept.
    pub(crate) holds_answer: bool,
}

impl Place {
    /// What the journal says, oldest first. A copy of it is read, so that looking changes nothing.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let copy = tempfile::tempdir().unwrap();
        for name in ["journal.db", "journal.db-wal"] {
            if let Ok(bytes) = fs::read(self.data().join(name)) {
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
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry {
                job: row.get(0)?,
                state: row.get(1)?,
                told: row.get(2)?,
                sha256: row.get(3)?,
                attempts: Vec::new(),
            })
        };
        let mut entries: Vec<Entry> = jobs.query_map([], entry).unwrap().map(Result::unwrap).collect();
        let mut posts = database
            .prepare(
                "SELECT request_id, status, outcome, inference_id, usd, (body IS NOT NULL OR spooled) AND cut IS NULL FROM attempt
                 WHERE job = ?1 ORDER BY number",
            )
            .unwrap();
        for entry in &mut entries {
            let post = |row: &rusqlite::Row<'_>| {
                Ok(Post {
                    request_id: row.get(0)?,
                    status: row.get(1)?,
                    outcome: row.get(2)?,
                    inference_id: row.get(3)?,
                    usd: row.get(4)?,
                    holds_answer: row.get(5)?,
                })
            };
            entry.attempts = posts.query_map([&entry.job], post).unwrap().map(Result::unwrap).collect();
        }
        entries
    }

    /// The one job that there is.
    pub(crate) fn entry(&self) -> Entry {
        let mut entries = self.entries();
        assert_eq!(entries.len(), 1, "one job: {entries:?}");
        entries.remove(0)
    }

    /// Changes the journal behind the program's back.
    pub(crate) fn tamper(&self, sql: &str) {
        let database = Connection::open(self.data().join("journal.db")).unwrap();
        database.execute_batch(sql).unwrap();
    }

    /// Every file in the data directory, by its path in it.
    pub(crate) fn data_files(&self) -> Vec<String> {
        let (data, mut found) = (self.data(), Vec::new());
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

    /// Fails when anything but the journal itself is left in the data directory.
    pub(crate) fn ensure_data_is_tidy(&self) {
        let left = self.data_files();
        let known = ["journal.db", "journal.db-wal", "journal.db-shm"];
        assert!(left.iter().all(|name| known.contains(&name.as_str())), "left behind: {left:?}");
    }
}
