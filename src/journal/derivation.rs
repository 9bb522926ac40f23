//! Which results were edited further: jobs with those that their pictures come from.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Row, params};

use super::open::{Journal, JournalError};
use super::record::{Job, PathBytes};
use super::search::Listed;

/// A job, and the one whose result it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    pub listed: Listed,
    /// The id of the job whose result was its picture; `None` for an original.
    pub made_from: Option<String>,
}

/// A result that may be the picture of a job.
struct Candidate {
    job: String,
    created: i64,
    sha256: String,
    path: Option<PathBytes>,
    /// Whether it differs from its own picture. One that does not may be any copy of that picture.
    is_changed: bool,
}

impl Journal {
    /// Returns these jobs and all that they were made from, newest first.
    ///
    /// A picture comes from the step before, or from the newest older result with the same bytes: that at the same path, else
    /// one elsewhere, because files are moved and copied.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn with_ancestors(&self, jobs: Vec<Job>) -> Result<Vec<Derived>, JournalError> {
        let mut known: BTreeMap<(i64, String), Job> = BTreeMap::new();
        let mut parents: HashMap<String, String> = HashMap::new();
        let mut new = jobs;
        while !new.is_empty() {
            let found = self.parents(&new)?;
            known.extend(new.into_iter().map(|job| ((job.intent.created, job.intent.job.clone()), job)));
            let mut missing: Vec<&String> =
                found.values().filter(|id| !known.values().any(|job| job.intent.job == **id)).collect();
            missing.sort_unstable();
            missing.dedup();
            new = Vec::with_capacity(missing.len());
            for id in missing {
                new.extend(self.job(id)?);
            }
            parents.extend(found);
        }
        let listed =
            self.numbered(known.into_values().rev().collect()).map_err(|error| self.failure(error))?;
        let derived = |listed: Listed| Derived { made_from: parents.remove(&listed.job.intent.job), listed };
        Ok(listed.into_iter().map(derived).collect())
    }

    /// Returns the ids of the jobs whose results were the pictures of these jobs, by the ids of the latter.
    fn parents(&self, jobs: &[Job]) -> Result<HashMap<String, String>, JournalError> {
        let mut parents = HashMap::new();
        let mut others = Vec::new();
        for job in jobs {
            match self.step_before(job)? {
                Some(before) => drop(parents.insert(job.intent.job.clone(), before.intent.job)),
                None => others.push(job),
            }
        }
        let hashes: Vec<&str> = others.iter().filter_map(|job| job.intent.input_sha256.as_deref()).collect();
        let mut by_hash: HashMap<String, Vec<Candidate>> = HashMap::new();
        for candidate in self.results_with_hashes(&hashes)? {
            by_hash.entry(candidate.sha256.clone()).or_default().push(candidate);
        }
        for job in others {
            let candidates = job.intent.input_sha256.as_ref().and_then(|hash| by_hash.get(hash));
            let older = candidates.into_iter().flatten().filter(|candidate| {
                (candidate.created, &candidate.job) < (job.intent.created, &job.intent.job)
            });
            let older: Vec<&Candidate> = older.collect();
            let at_path =
                older.iter().find(|found| found.path.is_some() && found.path == job.intent.input_path);
            if let Some(parent) = at_path.or_else(|| older.iter().find(|found| found.is_changed)) {
                parents.insert(job.intent.job.clone(), parent.job.clone());
            }
        }
        Ok(parents)
    }

    /// Returns the results with these bytes, newest first. Reads the whole table, once.
    fn results_with_hashes(&self, hashes: &[&str]) -> Result<Vec<Candidate>, JournalError> {
        let sql = "SELECT id, created, sha256, delivered, input_sha256 IS NOT sha256 FROM job
                   WHERE state = 'delivered' AND sha256 IN (SELECT value FROM json_each(?1))
                   ORDER BY created DESC, id DESC";
        let hashes = serde_json::Value::from(hashes).to_string();
        let candidate = |row: &Row<'_>| {
            Ok(Candidate {
                job: row.get(0)?,
                created: row.get(1)?,
                sha256: row.get(2)?,
                path: row.get(3)?,
                is_changed: row.get(4)?,
            })
        };
        let read = || -> rusqlite::Result<Vec<Candidate>> {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params![hashes], candidate)?.collect()
        };
        read().map_err(|error| self.failure(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each job with what it was made from, newest first. A job has an id, a picture, its bytes, a result and its bytes.
    fn derived(jobs: &[[&str; 5]], listed: &[&str]) -> Vec<(u64, String, Option<String>)> {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        for [id, input, input_bytes, output, bytes] in jobs {
            let sql = "INSERT INTO job (id, created, state, input, input_path, input_sha256, prompt, model, seed, base_url,
                                        path, if_exists, output, delivered, sha256, bytes, width, height,
                                        delivered_format)
                       VALUES (?1, (SELECT count(*) FROM job), 'delivered', ?2, CAST(?2 AS BLOB), ?3, 'x', 'model', 1,
                               'https://service.test', '/', 'fail', CAST(?4 AS BLOB), CAST(?4 AS BLOB), ?5, 1, 1, 1,
                               'jpeg')";
            journal.connection().execute(sql, params![id, input, input_bytes, output, bytes]).unwrap();
        }
        let jobs = listed.iter().map(|id| journal.job(id).unwrap().unwrap()).collect();
        let found = journal.with_ancestors(jobs).unwrap().into_iter();
        found.map(|found| (found.listed.number, found.listed.job.intent.job, found.made_from)).collect()
    }

    fn expected(rows: &[(u64, &str, &str)]) -> Vec<(u64, String, Option<String>)> {
        let parent = |id: &str| Some(id.to_owned()).filter(|id| !id.is_empty());
        rows.iter().map(|(number, id, from)| (*number, (*id).to_owned(), parent(from))).collect()
    }

    #[test]
    fn ancestors_are_added_with_their_numbers() {
        let jobs = [
            ["a", "/in", "i", "/1", "1"],
            ["other", "/x", "x", "/y", "y"],
            ["b", "/1", "1", "/2", "2"],
            ["c", "/2", "2", "/3", "3"],
            ["d", "/1", "1", "/4", "4"],
        ];
        assert_eq!(
            derived(&jobs, &["d", "c"]),
            expected(&[(1, "d", "a"), (2, "c", "b"), (3, "b", "a"), (5, "a", "")])
        );
    }

    #[test]
    fn a_picture_is_recognized_by_its_bytes() {
        let jobs = [
            ["a", "/in", "i", "/1", "1"],
            ["same", "/in", "i", "/2", "1"],
            ["unchanged", "/in", "i", "/3", "i"],
            ["moved", "/elsewhere", "1", "/4", "4"],
            ["in place", "/1", "1", "/5", "5"],
            ["overwritten", "/1", "new", "/6", "6"],
            ["copy of the original", "/copy", "i", "/7", "7"],
            ["of the unchanged result", "/3", "i", "/8", "8"],
        ];
        let all: Vec<&str> = jobs.iter().map(|job| job[0]).collect();
        let found = derived(&jobs, &all);
        let parents: Vec<(&str, Option<&str>)> =
            found.iter().map(|(_, id, from)| (id.as_str(), from.as_deref())).collect();
        assert_eq!(
            parents,
            [
                ("of the unchanged result", Some("unchanged")),
                ("copy of the original", None),
                ("overwritten", None),
                ("in place", Some("a")),
                ("moved", Some("same")),
                ("unchanged", None),
                ("same", None),
                ("a", None),
            ]
        );
    }
}
