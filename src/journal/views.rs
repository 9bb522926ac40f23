//! Reading the journal: what is unfinished, what was done, what it cost.

use rusqlite::{Row, params, params_from_iter};

use super::claim::Claim;
use super::open::{Journal, JournalError};
use super::record::{Attempt, Intent, Job, Known, State, Stored};

/// The columns of a job, in the order in which [`job`] reads them.
const JOB: &str = "id, created, state, input, input_path, input_link, input_sha256, prompt, model, seed,
    guidance_scale, watermark, response_format, size, base_url, path, output, if_exists, format, quality,
    settled, delivered, sha256, bytes, width, height, delivered_format, finished, told";

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// At most so many; none is all.
    pub limit: Option<u32>,
    /// Begun at this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Begun before this time.
    pub before: Option<i64>,
    /// In this state.
    pub state: Option<State>,
    /// With this text in the instruction, the picture's name or the result's path, in any case.
    pub grep: Option<String>,
}

/// What was spent in some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    /// The day (`2026-01-31`) or the month (`2026-01`), by the local clock.
    pub period: String,
    /// How many generations were charged.
    pub generations: u64,
    /// US dollars, of those whose price is known.
    pub usd: f64,
    /// How many of them have no known price.
    pub unpriced: u64,
}

impl Journal {
    /// The jobs that match, newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Job>, JournalError> {
        let sql = format!(
            "SELECT {JOB} FROM job
             WHERE (?1 IS NULL OR created >= ?1) AND (?2 IS NULL OR created < ?2) AND (?3 IS NULL OR state = ?3)
               AND (?4 IS NULL OR instr(lower(prompt), ?4) OR instr(lower(input), ?4)
                    OR instr(lower(CAST(coalesce(delivered, output) AS TEXT)), ?4))
             ORDER BY created DESC, id DESC LIMIT ?5"
        );
        let grep = filter.grep.as_ref().map(|text| text.to_lowercase());
        let limit = filter.limit.map_or(-1, i64::from);
        self.jobs(&sql, params![filter.since, filter.before, filter.state, grep, limit])
    }

    /// One job, by its name or the beginning of it; all that begin so.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn find(&self, prefix: &str) -> Result<Vec<Job>, JournalError> {
        let sql = format!("SELECT {JOB} FROM job WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 10");
        self.jobs(&sql, [prefix])
    }

    /// The job of exactly this name, as it is now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn job(&self, name: &str) -> Result<Option<Job>, JournalError> {
        let sql = format!("SELECT {JOB} FROM job WHERE id = ?1");
        Ok(self.jobs(&sql, [name])?.pop())
    }

    /// The jobs that are not at their end and that no living process works on, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn unfinished(&self) -> Result<Vec<Job>, JournalError> {
        let sql = format!(
            "SELECT {JOB} FROM job WHERE state IN ('intent', 'sent', 'answered', 'unknown') ORDER BY created, id"
        );
        let mut jobs = self.jobs(&sql, [])?;
        jobs.retain(|job| !Claim::is_taken(self.directory(), &job.intent.job));
        Ok(jobs)
    }

    /// The jobs that `recover` found not to be charged and that were not run again, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn free_to_run_again(&self) -> Result<Vec<Job>, JournalError> {
        let sql = format!("SELECT {JOB} FROM job WHERE state = 'refused' AND settled ORDER BY created, id");
        self.jobs(&sql, [])
    }

    /// What was spent: by day or by month (`months`), the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spending(&self, months: bool) -> Result<Vec<Spending>, JournalError> {
        let format = if months { "%Y-%m" } else { "%Y-%m-%d" };
        let sql =
            "SELECT strftime(?1, sent / 1000, 'unixepoch', 'localtime') AS period, count(*), total(usd),
                          count(*) - count(usd)
                   FROM attempt WHERE outcome = 'charged' GROUP BY period ORDER BY period DESC";
        let read = || -> rusqlite::Result<Vec<Spending>> {
            let connection = self.turn();
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([format], |row| {
                Ok(Spending {
                    period: row.get(0)?,
                    generations: row.get::<_, i64>(1)?.unsigned_abs(),
                    usd: row.get(2)?,
                    unpriced: row.get::<_, i64>(3)?.unsigned_abs(),
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.failure(error))
    }

    fn jobs(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Job>, JournalError> {
        let read = || -> rusqlite::Result<Vec<Job>> {
            let connection = self.turn();
            let mut statement = connection.prepare(sql)?;
            let mut jobs = statement.query_map(values, job)?.collect::<rusqlite::Result<Vec<Job>>>()?;
            let mut attempts = connection.prepare(
                "SELECT number, request_id, sent, status, outcome, inference_id, usd, credits FROM attempt
                 WHERE job = ?1 ORDER BY number",
            )?;
            for job in &mut jobs {
                let rows = attempts.query_map(params_from_iter([&job.intent.job]), attempt)?;
                job.attempts = rows.collect::<rusqlite::Result<_>>()?;
            }
            Ok(jobs)
        };
        read().map_err(|error| self.failure(error))
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let sha256: Option<String> = row.get(22)?;
    let stored = match sha256 {
        None => None,
        Some(sha256) => Some(Stored {
            path: row.get(21)?,
            sha256,
            bytes: row.get::<_, i64>(23)?.unsigned_abs(),
            width: row.get(24)?,
            height: row.get(25)?,
            format: row.get(26)?,
        }),
    };
    Ok(Job {
        intent: Intent {
            job: row.get(0)?,
            created: row.get(1)?,
            input: row.get(3)?,
            input_path: row.get(4)?,
            input_link: row.get(5)?,
            input_sha256: row.get(6)?,
            prompt: row.get(7)?,
            model: row.get(8)?,
            seed: row.get(9)?,
            guidance_scale: row.get(10)?,
            watermark: row.get(11)?,
            response_format: row.get(12)?,
            size: row.get(13)?,
            base_url: row.get(14)?,
            path: row.get(15)?,
            output: row.get(16)?,
            if_exists: row.get(17)?,
            format: row.get(18)?,
            quality: row.get(19)?,
        },
        state: row.get(2)?,
        settled: row.get(20)?,
        stored,
        finished: row.get(27)?,
        told: row.get(28)?,
        attempts: Vec::new(),
    })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number: row.get(0)?,
        request_id: row.get(1)?,
        sent: row.get(2)?,
        status: row.get(3)?,
        outcome: row.get(4)?,
        known: Known { inference_id: row.get(5)?, usd: row.get(6)?, credits: row.get(7)? },
    })
}
