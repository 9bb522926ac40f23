//! Reads jobs and answers from the journal.

use rusqlite::{OptionalExtension, Row, Statement, named_params, params, params_from_iter};

use super::attempt::{Answered, Attempt, CallInfo, RecordedAnswer};
use super::job_lock::JobLock;
use super::open::{Journal, JournalError, is_about_a_value};
use super::record::{Artifact, Intent, Job, JobKeys, ReferenceFile};
use super::spool;
use super::state::State;

/// The columns of the `job` table that [`Journal::jobs`] reads.
pub(super) const JOB_COLUMNS: &str =
    "id, created, state, input, input_path, input_link, input_sha256, prompt, model, seed,
    guidance_scale, watermark, response_format, size, base_url, path, output, if_exists, format, quality,
    settled, delivered, sha256, bytes, width, height, delivered_format, finished, told, key, label, content,
    modified, makes_directory, treatment, seed_sent, negative_prompt, reference_files, service, request";

impl Journal {
    /// Returns the job with exactly this id.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn job(&self, name: &str) -> Result<Option<Job>, JournalError> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM job WHERE id = ?1");
        Ok(self.jobs(&sql, [name])?.pop())
    }

    /// Returns the job with this batch key.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn by_key(&self, key: &str) -> Result<Option<Job>, JournalError> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM job WHERE key = ?1");
        Ok(self.jobs(&sql, [key])?.pop())
    }

    /// Returns the newest job with this label, that is, for this id in a manifest.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn by_label(&self, label: &str) -> Result<Option<Job>, JournalError> {
        let sql =
            format!("SELECT {JOB_COLUMNS} FROM job WHERE label = ?1 ORDER BY created DESC, id DESC LIMIT 1");
        Ok(self.jobs(&sql, [label])?.pop())
    }

    /// Returns the jobs with the same content: picture, request and seed. Newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn with_content(&self, content: &str) -> Result<Readable, JournalError> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM job WHERE content = ?1 ORDER BY created DESC, id DESC");
        self.readable(&sql, [content])
    }

    /// Returns the ids of the jobs with the same content, even of those whose entries cannot be read otherwise.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn ids_with_content(&self, content: &str) -> Result<Vec<String>, JournalError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let connection = self.connection();
            let mut statement =
                connection.prepare_cached("SELECT CAST(id AS TEXT) FROM job WHERE content = ?1")?;
            statement.query_map([content], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.failure(error))
    }

    /// Returns the highest price, in US dollars, of the newest `count` charged generations of a model at a service;
    /// `None` if no price is known. Without a base URL, all services count.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_price(
        &self,
        base_url: Option<&str>,
        model: &str,
        count: u32,
    ) -> Result<Option<f64>, JournalError> {
        let sql = "SELECT max(usd) FROM (
                     SELECT usd FROM job JOIN attempt ON attempt.job = job.id
                     WHERE (?1 IS NULL OR base_url = ?1) AND model = ?2 AND outcome = 'charged' AND usd > 0
                     ORDER BY created DESC, job.id DESC, number DESC LIMIT ?3)";
        self.connection()
            .query_row(sql, params![base_url, model, count], |row| row.get(0))
            .map_err(|error| self.failure(error))
    }

    /// Returns the unfinished jobs that no running process works on, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn unfinished(&self) -> Result<Readable, JournalError> {
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE state IN ('intent', 'sent', 'answered', 'unknown') ORDER BY created, id"
        );
        let mut found = self.readable(&sql, [])?;
        found.jobs.retain(|job| !JobLock::is_held(self.directory(), &job.intent.job));
        Ok(found)
    }

    /// Returns the jobs that `recover` found not to be charged and that were not run again, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn free_to_run_again(&self) -> Result<Readable, JournalError> {
        let sql =
            format!("SELECT {JOB_COLUMNS} FROM job WHERE state = 'refused' AND settled ORDER BY created, id");
        self.readable(&sql, [])
    }

    /// Returns the ids of the jobs in states that this release does not know. Reads the whole table.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn in_unknown_states(&self) -> Result<Vec<String>, JournalError> {
        let known = State::ALL.map(|state| format!("'{}'", state.name())).join(", ");
        let sql =
            format!("SELECT CAST(id AS TEXT) FROM job WHERE state NOT IN ({known}) ORDER BY created, id");
        let read = || -> rusqlite::Result<Vec<String>> {
            self.connection().prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.failure(error))
    }

    /// Returns the answer to an attempt as it was received, or what is left of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn answer(&self, request_id: &str) -> Result<Option<RecordedAnswer>, JournalError> {
        let read = |row: &Row<'_>| {
            let answered = Answered {
                received: row.get("received")?,
                status: row.get("status")?,
                headers: row.get::<_, Option<String>>("headers")?.unwrap_or_default(),
                body: row.get::<_, Option<Vec<u8>>>("body")?.unwrap_or_default(),
                cut: row.get("cut")?,
                call_info: call_info(row)?,
            };
            Ok((answered, row.get::<_, bool>("spooled")?))
        };
        let sql = "SELECT received, status, headers, body, spooled, cut, inference_id, usd, credits
                   FROM attempt WHERE request_id = :request_id AND status IS NOT NULL";
        let found = self
            .connection()
            .query_row(sql, named_params! { ":request_id": request_id }, read)
            .optional()
            .map_err(|error| self.failure(error))?;
        let Some((mut answered, spooled)) = found else { return Ok(None) };
        let mut damage = None;
        if spooled {
            let found = spool::read(self.directory(), request_id)?;
            answered.headers = found.head.map_or(answered.headers, |head| head.headers);
            answered.body = found.body;
            damage = found.damage;
        }
        Ok(Some(RecordedAnswer { answered, damage }))
    }

    /// Returns the jobs that a query for [`JOB_COLUMNS`] finds, with their attempts. A row that cannot be read is an
    /// error: it may be a job that was paid for.
    pub(super) fn jobs(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Job>, JournalError> {
        self.read_jobs(sql, values, None)
    }

    /// Returns the jobs as [`Journal::jobs`] does, and the ids of the rows that cannot be read.
    pub(super) fn readable(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
    ) -> Result<Readable, JournalError> {
        let mut unreadable = Vec::new();
        let jobs = self.read_jobs(sql, values, Some(&mut unreadable))?;
        Ok(Readable { jobs, unreadable })
    }

    /// Adds rows that cannot be read to `unreadable`; without it, they are errors.
    fn read_jobs(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        mut unreadable: Option<&mut Vec<String>>,
    ) -> Result<Vec<Job>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Job>> {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(sql)?;
            let mut attempts = connection.prepare_cached(
                "SELECT number, request_id, sent, status, outcome, inference_id, usd, credits, ticket FROM attempt
                 WHERE job = ?1 ORDER BY number",
            )?;
            // A job and its attempts are read under one lock, from one state of the journal.
            let (mut rows, mut jobs) = (statement.query(values)?, Vec::new());
            while let Some(row) = rows.next()? {
                match (job_with_attempts(row, &mut attempts), &mut unreadable) {
                    (Ok(job), _) => jobs.push(job),
                    (Err(error), Some(unreadable)) if is_about_a_value(&error) => unreadable.push(id_of(row)),
                    (Err(error), _) => return Err(error),
                }
            }
            Ok(jobs)
        };
        read().map_err(|error| self.failure(error))
    }
}

/// Jobs, and rows that this release cannot read.
#[derive(Debug, Default)]
pub struct Readable {
    pub jobs: Vec<Job>,
    /// The ids of the jobs whose rows cannot be read. Such a job may have been paid for.
    pub unreadable: Vec<String>,
}

/// The id of a row for display, even if it is not text.
fn id_of(row: &Row<'_>) -> String {
    let id = row.get_ref("id").ok().and_then(|id| id.as_bytes().ok().map(String::from_utf8_lossy));
    id.unwrap_or_default().into_owned()
}

fn job_with_attempts(row: &Row<'_>, attempts: &mut Statement<'_>) -> rusqlite::Result<Job> {
    let mut job = job(row)?;
    let found = attempts.query_map(params_from_iter([&job.intent.job]), attempt)?;
    job.attempts = found.collect::<rusqlite::Result<_>>()?;
    Ok(job)
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let sha256: Option<String> = row.get("sha256")?;
    let stored = match sha256 {
        None => None,
        Some(sha256) => Some(Artifact {
            path: row.get("delivered")?,
            sha256,
            bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
            width: row.get("width")?,
            height: row.get("height")?,
            format: row.get("delivered_format")?,
            modified: row.get("modified")?,
        }),
    };
    Ok(Job {
        intent: Intent {
            job: row.get("id")?,
            created: row.get("created")?,
            input: row.get("input")?,
            input_path: row.get("input_path")?,
            input_link: row.get("input_link")?,
            input_sha256: row.get("input_sha256")?,
            prompt: row.get("prompt")?,
            model: row.get("model")?,
            seed: row.get("seed")?,
            seed_sent: row.get("seed_sent")?,
            guidance_scale: row.get("guidance_scale")?,
            watermark: row.get("watermark")?,
            response_format: row.get("response_format")?,
            size: row.get("size")?,
            negative_prompt: row.get("negative_prompt")?,
            references: ReferenceFile::parse_list(row.get("reference_files")?)?,
            service: row.get("service")?,
            base_url: row.get("base_url")?,
            path: row.get("path")?,
            output: row.get("output")?,
            if_exists: row.get("if_exists")?,
            format: row.get("format")?,
            quality: row.get("quality")?,
            makes_directory: row.get("makes_directory")?,
            processing: row.get("treatment")?,
            keys: JobKeys {
                key: row.get("key")?,
                label: row.get("label")?,
                content: row.get("content")?,
                request: row.get("request")?,
            },
        },
        state: row.get("state")?,
        settled: row.get("settled")?,
        stored,
        finished: row.get("finished")?,
        reason: row.get("told")?,
        attempts: Vec::new(),
    })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number: row.get("number")?,
        request_id: row.get("request_id")?,
        sent: row.get("sent")?,
        status: row.get("status")?,
        outcome: row.get("outcome")?,
        call_info: call_info(row)?,
        ticket: row.get("ticket")?,
    })
}

fn call_info(row: &Row<'_>) -> rusqlite::Result<CallInfo> {
    Ok(CallInfo {
        inference_id: row.get("inference_id")?,
        usd: row.get("usd")?,
        credits: row.get("credits")?,
    })
}
