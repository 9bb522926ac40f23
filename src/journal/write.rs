//! Moving jobs from state to state. Each of these is durable when it returns, but for the intent,
//! which is so with the next.

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::job_lock::JobLock;
use super::open::{Journal, JournalError};
use super::record::{Answered, Artifact, AttemptOutcome, CallInfo, Intent, PathBytes, State};
use super::spool;

impl Journal {
    /// Writes down what is to be done: the job comes to [`State::Intent`]. Returns whether it does: when
    /// there is a job with its key already, nothing is written.
    ///
    /// It outlives this process at once, and a power cut once [`Journal::sent`] has synced the log, in
    /// which it stands before it. What a power cut takes with it until then was never sent.
    ///
    /// # Errors
    /// When it cannot be written; then nothing may be sent.
    pub fn begin(&self, intent: &Intent) -> Result<bool, JournalError> {
        self.change_with("NORMAL", |change| {
            let inserted = change.execute(
                "INSERT INTO job (id, created, state, input, input_path, input_link, input_sha256, prompt, model,
                                  seed, guidance_scale, watermark, response_format, size, base_url, path, output,
                                  if_exists, format, quality, key, label, content, makes_directory, treatment)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                         ?21, ?22, ?23, ?24, ?25)
                 ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING",
                params![
                    intent.job,
                    intent.created,
                    State::Intent,
                    intent.input,
                    intent.input_path,
                    intent.input_link,
                    intent.input_sha256,
                    intent.prompt,
                    intent.model,
                    intent.seed,
                    intent.guidance_scale,
                    intent.watermark,
                    intent.response_format,
                    intent.size,
                    intent.base_url,
                    intent.path,
                    intent.output,
                    intent.if_exists,
                    intent.format,
                    intent.quality,
                    intent.names.key,
                    intent.names.label,
                    intent.names.content,
                    intent.makes_directory,
                    intent.treatment,
                ],
            )?;
            Ok(inserted == 1)
        })
    }

    /// Takes back what was written down of a job for which nothing was ever sent.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn withdraw(&self, job: &str) -> Result<(), JournalError> {
        self.change(|change| {
            change
                .execute("DELETE FROM job WHERE id = ?1 AND state = ?2", params![job, State::Intent])
                .map(drop)
        })
    }

    /// Writes down that a POST is about to go out, and to which file its result will go: the job comes
    /// to [`State::Sent`].
    ///
    /// # Errors
    /// When it cannot be written; then it may not be sent.
    pub fn sent(
        &self,
        job: &str,
        number: u32,
        request_id: &str,
        output: Option<&PathBytes>,
        now: i64,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            change.execute(
                "INSERT INTO attempt (job, number, request_id, sent) VALUES (?1, ?2, ?3, ?4)",
                params![job, number, request_id, now],
            )?;
            change.execute(
                "UPDATE job SET state = ?2, output = ?3, settled = 0, told = NULL, finished = NULL WHERE id = ?1",
                params![job, State::Sent, output],
            )?;
            Ok(())
        })
    }

    /// Keeps an answer as it came: the job comes to [`State::Answered`]. A large body is spooled
    /// first, and the room that `claim` kept is given up for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn answered(
        &self,
        job: &str,
        request_id: &str,
        answered: &Answered,
        claim: &JobLock,
    ) -> Result<(), JournalError> {
        claim.release_room();
        let spooled = answered.body.len() > spool::SPOOL_OVER_BYTES;
        if spooled {
            spool::keep(self.directory(), request_id, &answered.body)
                .map_err(|source| JournalError::Io { directory: self.directory().to_owned(), source })?;
        }
        let body: Option<&[u8]> = if spooled { None } else { Some(&answered.body) };
        self.change(|change| {
            change.execute(
                "UPDATE attempt SET received = ?2, status = ?3, headers = ?4, body = ?5, spooled = ?6, cut = ?7,
                                    inference_id = ?8, usd = ?9, credits = ?10
                 WHERE request_id = ?1",
                params![
                    request_id,
                    answered.received,
                    answered.status,
                    answered.headers,
                    body,
                    spooled,
                    answered.cut,
                    answered.known.inference_id,
                    answered.known.usd,
                    answered.known.credits,
                ],
            )?;
            set_state(change, job, State::Answered)
        })
    }

    /// An attempt cost nothing, and another may follow: the job goes back to [`State::Intent`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn attempt_was_free(&self, job: &str, request_id: &str) -> Result<(), JournalError> {
        self.change(|change| {
            set_outcome(change, request_id, AttemptOutcome::Free)?;
            drop_body(change, request_id)?;
            set_state(change, job, State::Intent)
        })
    }

    /// The job ends without a result and without a charge: [`State::Refused`]. With `settled` it
    /// was `recover` that found so, and the job is free to run again. A job of which an earlier
    /// attempt may have been charged stays [`State::Unknown`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn refused(&self, job: &str, why: &str, settled: bool, now: i64) -> Result<State, JournalError> {
        self.change(|change| {
            change.execute(
                "UPDATE attempt SET outcome = 'free', body = NULL, headers = NULL WHERE job = ?1 AND outcome = 'open'",
                [job],
            )?;
            // A job that was run again keeps what became of its earlier attempts.
            let earlier = "SELECT 1 FROM attempt WHERE job = ?1 AND outcome = ?2";
            for (outcome, state) in [(AttemptOutcome::Charged, State::Lost), (AttemptOutcome::Unknown, State::Unknown)] {
                if change.prepare(earlier)?.exists(params![job, outcome])? {
                    set_state(change, job, state)?;
                    return Ok(state);
                }
            }
            change.execute("UPDATE job SET settled = ?2 WHERE id = ?1", params![job, settled])?;
            finish(change, job, State::Refused, Some(why), now)?;
            Ok(State::Refused)
        })
    }

    /// The usage log says that an attempt in doubt was not charged.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn doubt_was_free(&self, request_id: &str) -> Result<(), JournalError> {
        self.change(|change| {
            set_outcome(change, request_id, AttemptOutcome::Free)?;
            drop_body(change, request_id).map(drop)
        })
    }

    /// Nobody can tell whether the job was charged: [`State::Unknown`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn unknown(&self, job: &str, why: &str) -> Result<(), JournalError> {
        self.change(|change| {
            change.execute(
                "UPDATE attempt SET outcome = ?2 WHERE job = ?1 AND outcome = 'open'",
                params![job, AttemptOutcome::Unknown],
            )?;
            change.execute(
                "UPDATE job SET state = ?2, told = ?3 WHERE id = ?1",
                params![job, State::Unknown, why],
            )?;
            Ok(())
        })
    }

    /// The job was charged and its result is gone: [`State::Lost`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn lost(
        &self,
        job: &str,
        request_id: &str,
        why: &str,
        known: &CallInfo,
        now: i64,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            charge(change, request_id, known)?;
            finish(change, job, State::Lost, Some(why), now)
        })?;
        spool::remove(self.directory(), request_id);
        Ok(())
    }

    /// The result is at its place: [`State::Delivered`]. The signed link is forgotten.
    ///
    /// What is not `as_asked` is not found by what was asked for any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn delivered(
        &self,
        job: &str,
        request_id: &str,
        stored: &Artifact,
        known: &CallInfo,
        as_asked: bool,
        now: i64,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            charge(change, request_id, known)?;
            drop_body(change, request_id)?;
            store(change, job, stored)?;
            if !as_asked {
                change.execute("UPDATE job SET content = NULL WHERE id = ?1", params![job])?;
            }
            finish(change, job, State::Delivered, None, now)
        })?;
        spool::remove(self.directory(), request_id);
        Ok(())
    }

    /// The result of a delivered job lies elsewhere from now on, or as something else; `quality` is that of
    /// a JPEG that was encoded for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn moved(&self, job: &str, stored: &Artifact, quality: Option<u8>) -> Result<(), JournalError> {
        self.change(|change| {
            change.execute("UPDATE job SET quality = ?2 WHERE id = ?1", params![job, quality])?;
            store(change, job, stored)
        })
    }

    /// The job was charged, and its result can still be had: it stays [`State::Answered`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn undelivered(&self, job: &str, request_id: &str, known: &CallInfo) -> Result<(), JournalError> {
        self.change(|change| {
            charge(change, request_id, known)?;
            set_state(change, job, State::Answered)
        })
    }

    /// The result was the next step's picture and is not kept: [`State::HandedOn`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn handed_on(
        &self,
        job: &str,
        request_id: &str,
        known: &CallInfo,
        now: i64,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            charge(change, request_id, known)?;
            drop_body(change, request_id)?;
            finish(change, job, State::HandedOn, None, now)
        })?;
        spool::remove(self.directory(), request_id);
        Ok(())
    }

    /// Removes jobs that are at their end and not lost, from the log too; returns how many.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn forget(&self, jobs: &[String]) -> Result<usize, JournalError> {
        self.remove(jobs, State::is_forgettable)
    }

    fn remove(&self, jobs: &[String], may_go: impl Fn(State) -> bool) -> Result<usize, JournalError> {
        let removed = self.change(|change| {
            let mut removed = 0;
            for job in jobs.iter().filter(|job| !JobLock::is_taken(self.directory(), job)) {
                for state in State::ALL.into_iter().filter(|state| may_go(*state)) {
                    removed += change
                        .execute("DELETE FROM job WHERE id = ?1 AND state = ?2", params![job, state])?;
                }
            }
            Ok(removed)
        })?;
        // What was removed from the pages is still in the log that they were changed by.
        self.turn()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| self.failure(error))?;
        Ok(removed)
    }

    /// Removes jobs whatever their state, but for those that a running process works on; returns the number
    /// removed.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn dismiss(&self, jobs: &[String]) -> Result<usize, JournalError> {
        self.remove(jobs, |_| true)
    }

    /// Removes claims and spooled answers that nobody needs any more. What a living process has
    /// claimed is left alone.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn sweep(&self) -> Result<(), JournalError> {
        JobLock::sweep(self.directory());
        let sql =
            "SELECT job.id, job.state FROM attempt JOIN job ON job.id = attempt.job WHERE request_id = ?1";
        for (request_id, is_whole) in spool::list(self.directory()) {
            let owner: Option<(String, State)> = self
                .turn()
                .query_row(sql, [&request_id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
                .map_err(|error| self.failure(error))?;
            let is_running = owner.as_ref().is_some_and(|(job, _)| JobLock::is_taken(self.directory(), job));
            match owner {
                _ if is_running => {}
                Some((_, state)) if is_whole && state.is_unfinished() => {}
                _ if is_whole => spool::remove(self.directory(), &request_id),
                _ => spool::remove_part(self.directory(), &request_id),
            }
        }
        Ok(())
    }

    /// Whether the answer to an attempt lies in the spool, whole.
    pub fn is_spooled(&self, request_id: &str) -> bool {
        spool::read(self.directory(), request_id).is_ok()
    }

    /// A process that died between spooling an answer and writing down that it has: what was
    /// spooled is whole, and is taken for the answer that it is. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn adopt_spooled(&self, job: &str, request_id: &str, now: i64) -> Result<bool, JournalError> {
        if !self.is_spooled(request_id) {
            return Ok(false);
        }
        self.change(|change| {
            change.execute(
                "UPDATE attempt SET received = ?2, status = 200, headers = '', spooled = 1
                 WHERE request_id = ?1 AND status IS NULL",
                params![request_id, now],
            )?;
            set_state(change, job, State::Answered)
        })?;
        Ok(true)
    }

    /// Runs one transaction that takes the write lock at once, so that it cannot fail half-way for
    /// another process's sake.
    fn change<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.change_with("FULL", work)
    }

    /// The same, with `FULL` or `NORMAL` for whether the log is synced before it returns.
    fn change_with<T>(
        &self,
        synchronous: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let mut connection = self.turn();
        let run = || {
            connection.pragma_update(None, "synchronous", synchronous)?;
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&change)?;
            change.commit()?;
            Ok(done)
        };
        run().map_err(|error| self.failure(error))
    }

    /// The body and headers of an answer as they came.
    ///
    /// # Errors
    /// When they cannot be read; a spooled body that vanished is one such case.
    pub fn answer(&self, request_id: &str) -> Result<Option<Answered>, JournalError> {
        let row = self
            .turn()
            .query_row(
                "SELECT received, status, headers, body, spooled, cut, inference_id, usd, credits
                 FROM attempt WHERE request_id = ?1 AND status IS NOT NULL",
                [request_id],
                |row| {
                    let spooled: bool = row.get(4)?;
                    let answered = Answered {
                        received: row.get(0)?,
                        status: row.get(1)?,
                        headers: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                        body: row.get::<_, Option<Vec<u8>>>(3)?.unwrap_or_default(),
                        cut: row.get(5)?,
                        known: CallInfo { inference_id: row.get(6)?, usd: row.get(7)?, credits: row.get(8)? },
                    };
                    Ok((answered, spooled))
                },
            )
            .optional()
            .map_err(|error| self.failure(error))?;
        let Some((mut answered, spooled)) = row else { return Ok(None) };
        if spooled {
            answered.body = spool::read(self.directory(), request_id)
                .map_err(|source| JournalError::Io { directory: self.directory().to_owned(), source })?;
        }
        Ok(Some(answered))
    }
}

fn set_state(change: &Transaction<'_>, job: &str, state: State) -> rusqlite::Result<()> {
    change.execute("UPDATE job SET state = ?2 WHERE id = ?1", params![job, state]).map(drop)
}

fn store(change: &Transaction<'_>, job: &str, stored: &Artifact) -> rusqlite::Result<()> {
    change
        .execute(
            "UPDATE job SET delivered = ?2, sha256 = ?3, bytes = ?4, width = ?5, height = ?6,
                            delivered_format = ?7, modified = ?8 WHERE id = ?1",
            params![
                job,
                stored.path,
                stored.sha256,
                i64::try_from(stored.bytes).unwrap_or(i64::MAX),
                stored.width,
                stored.height,
                stored.format,
                stored.modified,
            ],
        )
        .map(drop)
}

fn set_outcome(
    change: &Transaction<'_>,
    request_id: &str,
    outcome: AttemptOutcome,
) -> rusqlite::Result<usize> {
    change.execute("UPDATE attempt SET outcome = ?2 WHERE request_id = ?1", params![request_id, outcome])
}

/// What the journal no longer needs it does not keep: links are keys.
fn drop_body(change: &Transaction<'_>, request_id: &str) -> rusqlite::Result<usize> {
    change.execute(
        "UPDATE attempt SET body = NULL, headers = NULL, spooled = 0 WHERE request_id = ?1",
        [request_id],
    )
}

/// An attempt was charged; what was known of it before is kept where nothing newer is known.
fn charge(change: &Transaction<'_>, request_id: &str, known: &CallInfo) -> rusqlite::Result<usize> {
    change.execute(
        "UPDATE attempt SET outcome = ?2, inference_id = coalesce(?3, inference_id), usd = coalesce(?4, usd),
                            credits = coalesce(?5, credits) WHERE request_id = ?1",
        params![request_id, AttemptOutcome::Charged, known.inference_id, known.usd, known.credits],
    )
}

fn finish(
    change: &Transaction<'_>,
    job: &str,
    state: State,
    why: Option<&str>,
    now: i64,
) -> rusqlite::Result<()> {
    change
        .execute(
            "UPDATE job SET state = ?2, told = ?3, finished = ?4 WHERE id = ?1",
            params![job, state, why, now],
        )
        .map(drop)
}
