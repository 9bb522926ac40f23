//! Lists jobs, and finds the one that a user names.

use rusqlite::{OptionalExtension, ToSql, params};

use super::open::{Journal, JournalError};
use super::read::{JOB_COLUMNS, Readable};
use super::record::{Job, PathBytes};
use super::state::State;
use super::step_names::step_of_name;

/// The longest running number, in digits: enough for a million jobs.
const MAX_NUMBER_DIGITS: usize = 6;

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The most jobs to list; `None` lists all.
    pub limit: Option<u32>,
    /// Started at this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Started before this time.
    pub before: Option<i64>,
    /// In this state.
    pub state: Option<State>,
    /// With this text in the prompt, the picture's name or the result's path. The case of A to Z is ignored.
    pub grep: Option<String>,
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The running number: 1 is the newest job of the journal, whatever the list was filtered by.
    pub number: u64,
    /// The job.
    pub job: Job,
}

/// How the chain of a step began.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainStart {
    /// The prompt of the first step.
    pub prompt: String,
    /// The number of the step, from 2.
    pub step: u32,
    /// The name of the picture of the first step, for display.
    pub input: String,
    /// The absolute path of that picture, if it is a file.
    pub input_path: Option<PathBytes>,
    /// Whether the result of the step before was kept as a file.
    pub is_kept: bool,
}

/// What [`Journal::find`] found.
#[derive(Debug)]
pub enum JobMatch {
    /// No job.
    None,
    /// Exactly one job.
    One(Box<Job>),
    /// Several jobs whose ids begin with the text: ten of them at most, newest first.
    Ambiguous(Vec<Job>),
}

impl From<Option<Job>> for JobMatch {
    fn from(job: Option<Job>) -> JobMatch {
        job.map_or(JobMatch::None, |job| JobMatch::One(Box::new(job)))
    }
}

/// The longest time between two steps of a chain, in milliseconds: a day.
const MAX_STEP_INTERVAL: i64 = 24 * 60 * 60 * 1000;

impl Journal {
    /// Returns the start of the chain whose later step this job is; `None` if it is the first step, or its predecessors
    /// were removed.
    ///
    /// The picture of a step is the planned output of the step before.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn chain_start(&self, job: &Job) -> Result<Option<ChainStart>, JournalError> {
        let sql = "SELECT prompt, input_path, created, input, state FROM job
                   WHERE created BETWEEN ?1 AND ?2 AND id <> ?3 AND output = ?4
                   ORDER BY created DESC, id DESC LIMIT 1";
        let read = |before: i64, path: &PathBytes| {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            let values = params![before - MAX_STEP_INTERVAL, before, job.intent.job, path];
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            };
            statement.query_row(values, row).optional()
        };
        let mut start: Option<ChainStart> = None;
        let (mut picture, mut created, mut steps) = (job.intent.input_path.clone(), job.intent.created, 1);
        while let Some(path) = picture.filter(|path| step_of_name(path.as_path()).is_some()) {
            let found: Option<(String, Option<PathBytes>, i64, String, State)> =
                read(created, &path).map_err(|error| self.failure(error))?;
            let Some((prompt, input_path, time, input, state)) = found else { break };
            steps += 1;
            let is_kept = start.map_or(state == State::Delivered, |later| later.is_kept);
            (picture, created) = (input_path.clone().filter(|input| *input != path), time);
            start = Some(ChainStart { prompt, step: steps, input, input_path, is_kept });
        }
        Ok(start)
    }

    /// Returns the job whose result is the picture of this job, a later step of a chain; `None` if this is the first step,
    /// or the job before was removed.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn step_before(&self, job: &Job) -> Result<Option<Job>, JournalError> {
        let path = job.intent.input_path.as_ref().filter(|path| step_of_name(path.as_path()).is_some());
        let Some(path) = path else { return Ok(None) };
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE created BETWEEN ?1 AND ?2 AND id <> ?3 AND output = ?4
             ORDER BY created DESC, id DESC LIMIT 1"
        );
        let before = job.intent.created;
        Ok(self.jobs(&sql, params![before - MAX_STEP_INTERVAL, before, job.intent.job, path])?.pop())
    }

    /// Whether the step after a job of a chain was sent, and not refused.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn has_step_after(&self, job: &Job) -> Result<bool, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM job WHERE created BETWEEN ?1 AND ?2 AND id <> ?3 AND input_path = ?4
                                  AND state NOT IN ('intent', 'refused'))";
        let created = job.intent.created;
        let values = params![created, created + MAX_STEP_INTERVAL, job.intent.job, job.intent.output];
        let found = self.connection().query_row(sql, values, |row| row.get(0));
        found.map_err(|error| self.failure(error))
    }

    /// Whether there is no job at all.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn is_empty(&self) -> Result<bool, JournalError> {
        let found =
            self.connection().query_row("SELECT EXISTS (SELECT 1 FROM job)", [], |row| row.get::<_, bool>(0));
        found.map(|found| !found).map_err(|error| self.failure(error))
    }

    /// Returns the jobs that match, newest first, each with its running number, and the ids of matching jobs whose
    /// rows cannot be read.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<(Vec<Listed>, Vec<String>), JournalError> {
        let limit = filter.limit.map_or(-1, i64::from);
        // A text search scans the table; following the index would only add random access.
        let time = if filter.grep.is_some() { "+created" } else { "created" };
        let end = format!(" ORDER BY {time} DESC, id DESC LIMIT :limit");
        let Readable { jobs, unreadable } = Self::select(JOB_COLUMNS, filter, &end, |sql, values| {
            let mut values = values.to_vec();
            values.push((":limit", &limit));
            self.readable(sql, values.as_slice())
        })?;
        Ok((self.numbered(jobs).map_err(|error| self.failure(error))?, unreadable))
    }

    /// Returns the number of jobs that match, whatever the limit.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn count(&self, filter: &Filter) -> Result<u64, JournalError> {
        Self::select("count(*)", filter, "", |sql, values| {
            let found = self.connection().query_row(sql, values, |row| row.get::<_, i64>(0));
            found.map(i64::unsigned_abs).map_err(|error| self.failure(error))
        })
    }

    /// Calls `run` with a query for these columns of the jobs that match, and its values.
    fn select<T>(
        columns: &str,
        filter: &Filter,
        end: &str,
        run: impl FnOnce(&str, &[(&str, &dyn ToSql)]) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        // Conditions that are not set are left out, so that SQLite can use an index for the rest.
        let mut sql = format!("SELECT {columns} FROM job WHERE TRUE");
        let mut values: Vec<(&str, &dyn ToSql)> = Vec::new();
        if let Some(since) = &filter.since {
            sql.push_str(" AND created >= :since");
            values.push((":since", since));
        }
        if let Some(before) = &filter.before {
            sql.push_str(" AND created < :before");
            values.push((":before", before));
        }
        if let Some(state) = &filter.state {
            sql.push_str(" AND state = :state");
            values.push((":state", state));
        }
        let pattern = filter.grep.as_deref().map(like);
        if let Some(pattern) = &pattern {
            sql.push_str(
                " AND (prompt LIKE :text ESCAPE '\\' OR input LIKE :text ESCAPE '\\'
                       OR CAST(coalesce(delivered, output) AS TEXT) LIKE :text ESCAPE '\\')",
            );
            values.push((":text", pattern));
        }
        sql.push_str(end);
        run(&sql, &values)
    }

    /// Gives jobs, sorted from new to old, their running numbers.
    pub(super) fn numbered(&self, jobs: Vec<Job>) -> rusqlite::Result<Vec<Listed>> {
        let connection = self.connection();
        // Counts only the jobs between two neighbors, so that a long list is one walk through the index.
        let mut count = connection.prepare_cached(
            "SELECT count(*) FROM job WHERE (created, id) >= (?1, ?2) AND (created, id) < (?3, ?4)",
        )?;
        let (mut number, mut listed) = (0, Vec::with_capacity(jobs.len()));
        let mut newer = (i64::MAX, String::new());
        for job in jobs {
            let (created, id) = (job.intent.created, job.intent.job.clone());
            let step: i64 = count.query_row(params![created, id, newer.0, newer.1], |row| row.get(0))?;
            number += step.unsigned_abs();
            newer = (created, id);
            listed.push(Listed { number, job });
        }
        Ok(listed)
    }

    /// Finds the one job that `text` names: its running number (1 to 6 digits; 1 is the newest job), its
    /// whole id, or the beginning of exactly one id. Empty text names none.
    ///
    /// Every new job shifts the running numbers, and so does every removed one. Ids stay.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn find(&self, text: &str) -> Result<JobMatch, JournalError> {
        if text.is_empty() {
            return Ok(JobMatch::None);
        }
        let found = match running_number(text) {
            Some(number) => return Ok(self.numbered_job(number)?.into()),
            None => self.job(text)?,
        };
        if found.is_some() {
            return Ok(found.into());
        }
        let mut jobs = self.beginning_with(text)?;
        Ok(match jobs.pop() {
            None => JobMatch::None,
            Some(job) if jobs.is_empty() => JobMatch::One(Box::new(job)),
            Some(job) => {
                jobs.push(job);
                JobMatch::Ambiguous(jobs)
            }
        })
    }

    fn numbered_job(&self, number: u32) -> Result<Option<Job>, JournalError> {
        let Some(skipped) = number.checked_sub(1) else { return Ok(None) };
        // The index has the ids, so that no skipped job is read.
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job
             WHERE id = (SELECT id FROM job ORDER BY created DESC, id DESC LIMIT 1 OFFSET ?1)"
        );
        Ok(self.jobs(&sql, [skipped])?.pop())
    }

    /// Returns the jobs whose id begins with `prefix`, ten at most, newest first.
    fn beginning_with(&self, prefix: &str) -> Result<Vec<Job>, JournalError> {
        // Job ids are letters and digits, which all come before the upper bound.
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE id >= ?1 AND id < ?1 || '~'
             ORDER BY created DESC, id DESC LIMIT 10"
        );
        self.jobs(&sql, [prefix])
    }
}

/// Reads a running number. Longer digits are the beginning of an id, which may consist of digits only.
fn running_number(text: &str) -> Option<u32> {
    let is_number = text.len() <= MAX_NUMBER_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Returns a LIKE pattern that finds `text` anywhere and takes it literally.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal with these jobs, by id and time.
    fn journal(jobs: &[(&str, i64)]) -> (tempfile::TempDir, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        for (id, created) in jobs {
            let sql = "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists)
                       VALUES (?1, ?2, 'delivered', 'in.png', ?1, 'model', 1, 'https://service.test', '/', 'fail')";
            journal.connection().execute(sql, params![id, created]).unwrap();
        }
        (dir, journal)
    }

    fn ids(found: JobMatch) -> Vec<String> {
        let jobs = match found {
            JobMatch::None => Vec::new(),
            JobMatch::One(job) => vec![*job],
            JobMatch::Ambiguous(jobs) => jobs,
        };
        jobs.into_iter().map(|job| job.intent.job).collect()
    }

    #[test]
    fn a_job_is_found_by_its_id_or_a_prefix_of_it() {
        let (_dir, journal) = journal(&[("ab12", 1), ("abcd", 3), ("abcdef", 2), ("1234567x", 4)]);
        let find = |text| ids(journal.find(text).unwrap());
        assert_eq!(find("ab1"), ["ab12"]);
        assert_eq!(find("abcd"), ["abcd"], "a whole id wins over the beginning of another");
        assert_eq!(find("ab"), ["abcd", "abcdef", "ab12"], "newest first");
        assert_eq!(find("1234567"), ["1234567x"], "seven digits are no running number");
        assert_eq!([find(""), find("b"), find("abcdefg")], [[""; 0]; 3]);
    }

    #[test]
    fn a_job_is_found_by_its_running_number() {
        let (_dir, journal) = journal(&[("2old", 1), ("b", 2), ("c", 2), ("1new", 3)]);
        let find = |text| ids(journal.find(text).unwrap());
        assert_eq!([find("1"), find("2"), find("3"), find("4")], [["1new"], ["c"], ["b"], ["2old"]]);
        assert_eq!(find("002"), ["c"]);
        assert_eq!([find("0"), find("5"), find("999999")], [[""; 0]; 3], "no beginning of an id either");
        assert_eq!(find("2o"), ["2old"]);
    }

    #[test]
    fn a_filtered_list_has_the_running_numbers_of_the_whole_journal() {
        let (_dir, journal) = journal(&[("a", 1), ("b", 2), ("c", 2), ("d", 3)]);
        let list = |filter: Filter| {
            let listed = journal.list(&filter).unwrap().0.into_iter();
            listed.map(|listed| (listed.number, listed.job.intent.job)).collect::<Vec<_>>()
        };
        let numbered = |pairs: &[(u64, &str)]| -> Vec<(u64, String)> {
            pairs.iter().map(|(number, id)| (*number, (*id).to_owned())).collect()
        };
        assert_eq!(list(Filter::default()), numbered(&[(1, "d"), (2, "c"), (3, "b"), (4, "a")]));
        assert_eq!(
            list(Filter { before: Some(3), ..Filter::default() }),
            numbered(&[(2, "c"), (3, "b"), (4, "a")])
        );
        assert_eq!(list(Filter { grep: Some("B".into()), ..Filter::default() }), numbered(&[(3, "b")]));
        assert_eq!(list(Filter { limit: Some(1), ..Filter::default() }), numbered(&[(1, "d")]));
    }
}
