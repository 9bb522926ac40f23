//! Finds the jobs of a request, whatever their seeds.

use rusqlite::{Row, params};

use super::open::{Journal, JournalError};
use super::state::State;

/// What tells whether a request was made before.
#[derive(Debug, Clone, Copy)]
pub struct RequestKeys<'a> {
    /// The hash of the picture and the request.
    pub request: &'a str,
    /// The SHA-256 of the picture, which finds jobs of older releases; `None` for a link.
    pub picture_sha256: Option<&'a str>,
}

/// What is sent for an edit, whatever is done with its answer.
#[derive(Debug, Clone, Copy)]
pub struct SentKeys<'a> {
    /// The SHA-256 of the picture.
    pub picture_sha256: &'a str,
    pub prompt: &'a str,
    pub model: &'a str,
    pub base_url: &'a str,
    /// `None` for any.
    pub seed: Option<u32>,
}

/// A job that may be for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub job: String,
    pub seed: u32,
    /// The hash of the picture, the request and the seed. For a job of an older release, it decides whether the request is
    /// the same one. `None` for a job of this request whose result could not be restored into its original.
    pub content: Option<String>,
    /// `None` for a state that this release does not know.
    pub state: Option<State>,
}

impl Journal {
    /// Returns the jobs of a request, and those of older releases for the same picture, newest first.
    ///
    /// # Errors
    /// When the journal cannot be read, or the entry of such a job has no seed.
    pub fn requested(&self, keys: RequestKeys<'_>) -> Result<Vec<Requested>, JournalError> {
        let sql = "SELECT id, seed, content, state, created FROM job WHERE request = ?1
                   UNION ALL
                   SELECT id, seed, content, state, created FROM job
                   WHERE request IS NULL AND content IS NOT NULL AND input_sha256 = ?2
                   ORDER BY created DESC, id DESC";
        let requested = |row: &Row<'_>| {
            Ok(Requested {
                job: row.get(0)?,
                seed: row.get(1)?,
                content: row.get(2)?,
                state: row.get(3).ok(),
            })
        };
        let read = || -> rusqlite::Result<Vec<Requested>> {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params![keys.request, keys.picture_sha256], requested)?.collect()
        };
        read().map_err(|error| self.failure(error))
    }
}

impl Journal {
    /// Returns the ids of the jobs for the same picture and prompt that may have been charged and have no result yet, newest
    /// first. Their results may be treated otherwise, and they may be steps of chains.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn in_doubt_for(&self, keys: SentKeys<'_>) -> Result<Vec<String>, JournalError> {
        let sql = "SELECT id FROM job
                   WHERE state IN ('sent', 'answered', 'unknown') AND input_sha256 = ?1 AND prompt = ?2
                         AND model = ?3 AND base_url = ?4 AND (?5 IS NULL OR seed = ?5)
                   ORDER BY created DESC, id DESC";
        let SentKeys { picture_sha256, prompt, model, base_url, seed } = keys;
        let read = || -> rusqlite::Result<Vec<String>> {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            let values = params![picture_sha256, prompt, model, base_url, seed];
            statement.query_map(values, |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.failure(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_found_by_their_request_or_those_of_older_releases_by_their_picture() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        for (id, created, content, request, picture) in [
            ("new", 2, "'c1'", "'r'", "'p'"),
            ("old", 1, "'c2'", "NULL", "'p'"),
            ("other request", 3, "'c3'", "'other'", "'p'"),
            ("no content", 4, "NULL", "NULL", "'p'"),
            ("other picture", 5, "'c4'", "NULL", "'q'"),
        ] {
            let sql = format!(
                "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists, content,
                                  request, input_sha256)
                 VALUES ('{id}', {created}, 'mystery', 'in.png', 'x', 'model', {created}, 'https://service.test', '/',
                         'fail', {content}, {request}, {picture})"
            );
            journal.connection().execute(&sql, []).unwrap();
        }
        let found = |picture_sha256| -> Vec<String> {
            let found = journal.requested(RequestKeys { request: "r", picture_sha256 }).unwrap();
            assert!(found.iter().all(|job| job.state.is_none()
                && job.content.as_ref().is_some_and(|content| content.starts_with('c'))));
            found.into_iter().map(|job| job.job).collect()
        };
        assert_eq!(found(Some("p")), ["new", "old"]);
        assert_eq!(found(None), ["new"]);
    }
}
