//! Finds the results that were delivered, to tell them from other files.

use std::path::Path;

use rusqlite::{Row, params};

use super::open::{Journal, JournalError};
use super::read::JOB_COLUMNS;
use super::record::{Job, PathBytes};

/// The file of a delivered result, as it was delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveredFile {
    /// The id of its job.
    pub job: String,
    /// Its absolute path; `None` for standard output.
    pub path: Option<PathBytes>,
    pub bytes: u64,
    pub sha256: String,
    /// Its modification time, in nanoseconds since 1970; `None` if it is not known.
    pub modified: Option<i64>,
    /// The SHA-256 of the picture that was edited; `None` for a link.
    pub input_sha256: Option<String>,
}

impl Journal {
    /// Returns the delivered results whose files had one of these sizes in bytes, newest first. Entries that cannot be
    /// read are left out. Reads the whole table, once.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn delivered_with_sizes(&self, sizes: &[u64]) -> Result<Vec<DeliveredFile>, JournalError> {
        let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
        let sizes = format!("[{}]", sizes.join(","));
        let sql = "SELECT id, delivered, bytes, sha256, modified, input_sha256 FROM job
                   WHERE sha256 IS NOT NULL AND bytes IN (SELECT value FROM json_each(?1))
                   ORDER BY created DESC, id DESC";
        let delivered = |row: &Row<'_>| -> rusqlite::Result<DeliveredFile> {
            Ok(DeliveredFile {
                job: row.get(0)?,
                path: row.get(1)?,
                bytes: row.get::<_, i64>(2)?.unsigned_abs(),
                sha256: row.get(3)?,
                modified: row.get(4)?,
                input_sha256: row.get(5)?,
            })
        };
        let read = || -> rusqlite::Result<Vec<DeliveredFile>> {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            let (mut rows, mut found) = (statement.query(params![sizes])?, Vec::new());
            while let Some(row) = rows.next()? {
                found.extend(delivered(row).ok());
            }
            Ok(found)
        };
        read().map_err(|error| self.failure(error))
    }

    /// Returns the newest job that delivered its result to this absolute path, whatever is there now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn delivered_at(&self, path: &Path) -> Result<Option<Job>, JournalError> {
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE state = 'delivered' AND delivered = ?1
             ORDER BY created DESC, id DESC LIMIT 1"
        );
        Ok(self.jobs(&sql, [PathBytes::from(path.to_owned())])?.pop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_delivered_results_of_these_sizes_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let jobs = [
            ("a", "'\u{1}'", 10, "'/o/a.jpg'"),
            ("b", "'\u{2}'", 11, "NULL"),
            ("c", "NULL", 10, "NULL"),
            ("d", "x'00'", 10, "1"),
        ];
        for (id, sha256, bytes, path) in jobs {
            let sql = format!(
                "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists, sha256,
                                  bytes, delivered)
                 VALUES ('{id}', 1, 'delivered', 'in.png', 'x', 'model', 1, 'https://service.test', '/', 'fail',
                         {sha256}, {bytes}, CAST({path} AS BLOB))"
            );
            journal.connection().execute(&sql, []).unwrap();
        }
        let ids = |sizes: &[u64]| -> Vec<String> {
            journal.delivered_with_sizes(sizes).unwrap().into_iter().map(|file| file.job).collect()
        };
        assert_eq!(ids(&[10]), ["a"]);
        assert_eq!(ids(&[12, 11, 10]), ["b", "a"]);
        assert!(ids(&[]).is_empty());
    }
}
