//! Moves jobs from state to state. Every change is durable when its method returns. Two entries become durable with the
//! next change: an intent, for which nothing was sent, and that of an answer, which is durable in the spool.

use rusqlite::{OptionalExtension, Transaction, named_params};

use url::Url;

use crate::money::Usd;
use crate::secret::redact_url;

use super::attempt::{Answered, AttemptOutcome, Booking, CallInfo};
use super::day_budget::Reservation;
use super::job_lock::JobLock;
use super::open::{Journal, JournalError};
use super::record::{
    Artifact, DeadLink, Fidelity, LINK_REFUSED, NOTHING_CHANGED, NOTHING_PRESERVED, PathBytes,
};
use super::results::set_last;
use super::spool;
use super::state::State;

impl Journal {
    /// Removes a job for which nothing was ever sent.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn withdraw(&self, job: &str) -> Result<(), JournalError> {
        self.transact(|transaction| {
            let sql = "DELETE FROM job WHERE id = :job AND state = :state";
            transaction.execute(sql, named_params! { ":job": job, ":state": State::Intent }).map(drop)
        })
    }

    /// Records that a POST is about to be sent, the file that its result will be written to, and what it counts as
    /// until its price is known: [`State::Sent`]. Prepares the file of the answer.
    ///
    /// # Errors
    /// When it cannot be written. The POST may not be sent then.
    pub fn mark_sent(
        &self,
        job: &str,
        number: u32,
        request_id: &str,
        output: Option<&PathBytes>,
        booking: Booking,
        now: i64,
    ) -> Result<(), JournalError> {
        let io = |source| JournalError::Io { directory: self.directory().to_owned(), source };
        spool::prepare(self.directory(), request_id).map_err(io)?;
        let marked = self.transact(|transaction| {
            transaction.execute(
                "INSERT INTO attempt (job, number, request_id, sent, expected, reservation)
                 VALUES (:job, :number, :request_id, :sent, :expected, :reservation)",
                named_params! {
                    ":job": job,
                    ":number": number,
                    ":request_id": request_id,
                    ":sent": now,
                    ":expected": booking.expected.map(Usd::nanos),
                    ":reservation": booking.reservation.map(Reservation::number),
                },
            )?;
            transaction.execute(
                "UPDATE job SET state = :state, output = :output, settled = 0, told = NULL, finished = NULL
                 WHERE id = :job",
                named_params! { ":job": job, ":state": State::Sent, ":output": output },
            )?;
            Ok(())
        });
        // Many file systems have written the name with the log, so that this takes no time.
        let marked = marked.and_then(|()| {
            let synced = spool::sync(self.directory()).map_err(io);
            // Nothing is sent, so that nothing is in doubt.
            synced.inspect_err(|_| drop(self.mark_attempt_free(job, request_id)))
        });
        marked.inspect_err(|_| spool::remove(self.directory(), request_id))
    }

    /// Stores the answer of a queue to a submitted request, before it is read. The job stays [`State::Sent`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_submission(&self, request_id: &str, answered: &Answered) -> Result<(), JournalError> {
        self.transact(|transaction| {
            let sql =
                "UPDATE attempt SET received = :received, status = :status, headers = :headers, body = :body,
                                          cut = :cut, inference_id = :inference_id
                       WHERE request_id = :request_id";
            let values = named_params! {
                ":request_id": request_id,
                ":received": answered.received,
                ":status": answered.status,
                ":headers": answered.headers,
                ":body": answered.body,
                ":cut": answered.cut,
                ":inference_id": answered.call_info.inference_id,
            };
            transaction.execute(sql, values).map(drop)
        })
    }

    /// Stores where a queue says what became of a request that it accepted, and its id there. Replaces the answer to the
    /// request. Written before the first poll, so that a later process can go on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_ticket(
        &self,
        request_id: &str,
        ticket: &str,
        inference_id: &str,
    ) -> Result<(), JournalError> {
        self.transact(|transaction| {
            let sql = "UPDATE attempt SET ticket = :ticket, inference_id = :inference_id, received = NULL,
                                          status = NULL, headers = NULL, body = NULL, cut = NULL
                       WHERE request_id = :request_id";
            let values = named_params! {
                ":request_id": request_id, ":ticket": ticket, ":inference_id": inference_id
            };
            transaction.execute(sql, values).map(drop)
        })
    }

    /// Stores an answer as it was received: [`State::Answered`]. The disk space that `lock` reserves is released for it.
    ///
    /// The answer is durable in the spool when this returns. Its entry in the database becomes durable with the next
    /// change; until then, the answer in the spool stands for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record_answer(
        &self,
        job: &str,
        request_id: &str,
        answered: &Answered,
        lock: &JobLock,
    ) -> Result<(), JournalError> {
        lock.release_space();
        spool::write(self.directory(), request_id, answered)
            .map_err(|source| JournalError::Io { directory: self.directory().to_owned(), source })?;
        self.record_spooled(job, request_id, answered)
    }

    /// Records that an answer shows that its attempt was charged, before its result is fetched. The job stays
    /// [`State::Answered`]. Durable with the next change; until then, the answer in the spool says the same.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_charged(&self, request_id: &str, call_info: &CallInfo) -> Result<(), JournalError> {
        self.transact_unsynced(|transaction| charge(transaction, request_id, call_info).map(drop))
    }

    /// Records that an attempt was not charged and that another may follow: back to [`State::Intent`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_attempt_free(&self, job: &str, request_id: &str) -> Result<(), JournalError> {
        self.end_attempts(|transaction, answers| {
            set_outcome(transaction, request_id, AttemptOutcome::Free)?;
            answers.remove(transaction, "request_id = ?1", request_id)?;
            set_state(transaction, job, State::Intent)
        })
    }

    /// Ends a job without a result and without a charge: [`State::Refused`]. `settled` means that `recover` found this
    /// out, and that the job may be run again.
    ///
    /// A job that was run again keeps the outcome of its earlier attempts: if one of them was charged, the job
    /// is [`State::Lost`], or [`State::Answered`] again if there is still an answer with a link that was refused; if one
    /// may have been charged, [`State::Unknown`]. Returns the state.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_refused(
        &self,
        job: &str,
        reason: &str,
        settled: bool,
        now: i64,
    ) -> Result<State, JournalError> {
        self.end_attempts(|transaction, answers| {
            answers.remove(transaction, "job = ?1 AND outcome = 'open'", job)?;
            transaction.execute(
                "UPDATE attempt SET outcome = 'free' WHERE job = :job AND outcome = 'open'",
                named_params! { ":job": job },
            )?;
            let answered = "SELECT 1 FROM attempt
                            WHERE job = :job AND outcome = 'charged' AND (body IS NOT NULL OR spooled)";
            if transaction.prepare(answered)?.exists(named_params! { ":job": job })? {
                let sql = "UPDATE job SET state = :state, told = :reason WHERE id = :job";
                let values =
                    named_params! { ":job": job, ":state": State::Answered, ":reason": LINK_REFUSED };
                transaction.execute(sql, values)?;
                return Ok(State::Answered);
            }
            for (outcome, state) in
                [(AttemptOutcome::Charged, State::Lost), (AttemptOutcome::Unknown, State::Unknown)]
            {
                let earlier = "SELECT 1 FROM attempt WHERE job = :job AND outcome = :outcome";
                let values = named_params! { ":job": job, ":outcome": outcome };
                if transaction.prepare(earlier)?.exists(values)? {
                    set_state(transaction, job, state)?;
                    return Ok(state);
                }
            }
            transaction.execute(
                "UPDATE job SET settled = :settled WHERE id = :job",
                named_params! { ":job": job, ":settled": settled },
            )?;
            if !settled {
                self.remove_private_link(transaction, job)?;
            }
            finish(transaction, job, State::Refused, Some(reason), now)?;
            Ok(State::Refused)
        })
    }

    /// Records that the usage log shows no charge for an attempt in doubt.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_doubtful_attempt_free(&self, request_id: &str) -> Result<(), JournalError> {
        self.end_attempts(|transaction, answers| {
            set_outcome(transaction, request_id, AttemptOutcome::Free)?;
            answers.remove(transaction, "request_id = ?1", request_id)
        })
    }

    /// Records that a job may have been charged: [`State::Unknown`]. Removes the prepared files of answers that did not come.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_unknown(&self, job: &str, reason: &str) -> Result<(), JournalError> {
        let unanswered = self.transact(|transaction| {
            let sql = "SELECT request_id FROM attempt WHERE job = :job AND outcome = 'open' AND NOT spooled";
            let mut statement = transaction.prepare_cached(sql)?;
            let open = statement.query_map(named_params! { ":job": job }, |row| row.get::<_, String>(0))?;
            let open = open.collect::<rusqlite::Result<Vec<_>>>()?;
            transaction.execute(
                "UPDATE attempt SET outcome = :outcome WHERE job = :job AND outcome = 'open'",
                named_params! { ":job": job, ":outcome": AttemptOutcome::Unknown },
            )?;
            transaction.execute(
                "UPDATE job SET state = :state, told = :reason WHERE id = :job",
                named_params! { ":job": job, ":state": State::Unknown, ":reason": reason },
            )?;
            Ok(open)
        })?;
        for request_id in unanswered {
            if !spool::has(self.directory(), &request_id) {
                spool::remove_incomplete(self.directory(), &request_id);
            }
        }
        Ok(())
    }

    /// Records that a job was charged and that its result cannot be fetched: [`State::Lost`]. Removes the answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_lost(
        &self,
        job: &str,
        request_id: &str,
        reason: &str,
        call_info: &CallInfo,
        now: i64,
    ) -> Result<(), JournalError> {
        self.end_attempts(|transaction, answers| {
            charge(transaction, request_id, call_info)?;
            answers.remove(transaction, "request_id = ?1", request_id)?;
            finish(transaction, job, State::Lost, Some(reason), now)
        })
    }

    /// Records that the result was written: [`State::Delivered`]. Removes the answer with its signed link, and the
    /// answers of attempts whose links were refused.
    ///
    /// It is the last result then, and what was undone before cannot be taken back.
    ///
    /// A result that was not restored can no longer be found by its content, so that `--reuse` does not pick it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_delivered(
        &self,
        job: &str,
        request_id: &str,
        artifact: &Artifact,
        call_info: &CallInfo,
        fidelity: Fidelity,
        now: i64,
    ) -> Result<(), JournalError> {
        self.end_attempts(|transaction, answers| {
            charge(transaction, request_id, call_info)?;
            answers.remove(transaction, "job = ?1", job)?;
            set_artifact(transaction, job, artifact)?;
            if fidelity == Fidelity::Unrestored {
                let sql = "UPDATE job SET content = NULL WHERE id = :job";
                transaction.execute(sql, named_params! { ":job": job })?;
            }
            self.remove_private_link(transaction, job)?;
            let reason = match fidelity {
                Fidelity::NothingPreserved => Some(NOTHING_PRESERVED),
                Fidelity::NothingChanged => Some(NOTHING_CHANGED),
                Fidelity::AsRequested | Fidelity::Unrestored => None,
            };
            finish(transaction, job, State::Delivered, reason, now)?;
            set_last(transaction, job)
        })
    }

    /// Records that the result of a delivered job is now in another file or format. `quality` is that of a JPEG
    /// that was encoded for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_moved(
        &self,
        job: &str,
        artifact: &Artifact,
        quality: Option<u8>,
    ) -> Result<(), JournalError> {
        self.transact(|transaction| {
            transaction.execute(
                "UPDATE job SET quality = :quality WHERE id = :job",
                named_params! { ":job": job, ":quality": quality },
            )?;
            set_artifact(transaction, job, artifact)
        })
    }

    /// Records that a job was charged and that its result can still be fetched: it stays [`State::Answered`].
    /// `dead` says why the link to it is likely to lead to nothing, if it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_undelivered(
        &self,
        job: &str,
        request_id: &str,
        call_info: &CallInfo,
        dead: Option<&DeadLink>,
    ) -> Result<(), JournalError> {
        let reason = dead.map(ToString::to_string);
        self.transact(|transaction| {
            charge(transaction, request_id, call_info)?;
            let sql = "UPDATE job SET state = :state, told = :reason WHERE id = :job";
            let values = named_params! { ":job": job, ":state": State::Answered, ":reason": reason };
            transaction.execute(sql, values).map(drop)
        })
    }

    /// Records that the result was the input of the next step and is not kept: [`State::HandedOn`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_handed_on(
        &self,
        job: &str,
        request_id: &str,
        call_info: &CallInfo,
        now: i64,
    ) -> Result<(), JournalError> {
        self.end_attempts(|transaction, answers| {
            charge(transaction, request_id, call_info)?;
            answers.remove(transaction, "request_id = ?1", request_id)?;
            self.remove_private_link(transaction, job)?;
            finish(transaction, job, State::HandedOn, None, now)
        })
    }

    /// Runs one transaction that ends attempts, then removes their answers.
    fn end_attempts<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut EndedAnswers) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let mut answers = EndedAnswers::default();
        let done = self.transact(|transaction| work(transaction, &mut answers))?;
        if answers.has_stored {
            self.note_removed_links();
        }
        // If this process dies here, the next one removes them; see `sweep_spool`.
        answers.requests.iter().for_each(|request_id| spool::remove(self.directory(), request_id));
        Ok(done)
    }

    /// Removes the link to the picture of a job that will not be run again, if it has a password or a query, which may be
    /// a signature. The name of the picture stays.
    fn remove_private_link(&self, transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<()> {
        let sql = "SELECT input_link FROM job WHERE id = :job";
        let link: Option<String> =
            transaction.query_row(sql, named_params! { ":job": job }, |row| row.get(0)).optional()?.flatten();
        let is_private = |link: &String| Url::parse(link).is_ok_and(|url| redact_url(&url) != *link);
        if link.as_ref().is_some_and(is_private) {
            let sql = "UPDATE job SET input_link = NULL WHERE id = :job";
            transaction.execute(sql, named_params! { ":job": job })?;
            self.note_removed_links();
        }
        Ok(())
    }
}

/// Answers that are no longer needed, because anybody with their signed links can download the pictures.
#[derive(Default)]
struct EndedAnswers {
    /// The requests whose answers are removed from the spool after the transaction.
    requests: Vec<String>,
    /// Whether the database had one of them: the answer of a queue, or one that the first release stored.
    has_stored: bool,
}

impl EndedAnswers {
    /// Removes the answers to the attempts for which this condition on `?1` holds.
    fn remove(
        &mut self,
        transaction: &Transaction<'_>,
        condition: &str,
        value: &str,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT request_id, body IS NOT NULL OR headers IS NOT NULL OR ticket IS NOT NULL FROM attempt
             WHERE {condition}"
        );
        let mut statement = transaction.prepare(&sql)?;
        let mut rows = statement.query([value])?;
        while let Some(row) = rows.next()? {
            self.requests.push(row.get(0)?);
            self.has_stored |= row.get::<_, bool>(1)?;
        }
        let sql = format!("UPDATE attempt SET body = NULL, headers = NULL, spooled = 0 WHERE {condition}");
        transaction.execute(&sql, [value]).map(drop)
    }
}

pub(super) fn set_state(transaction: &Transaction<'_>, job: &str, state: State) -> rusqlite::Result<()> {
    let sql = "UPDATE job SET state = :state WHERE id = :job";
    transaction.execute(sql, named_params! { ":job": job, ":state": state }).map(drop)
}

fn set_artifact(transaction: &Transaction<'_>, job: &str, artifact: &Artifact) -> rusqlite::Result<()> {
    transaction
        .execute(
            "UPDATE job SET delivered = :path, sha256 = :sha256, bytes = :bytes, width = :width, height = :height,
                            delivered_format = :format, modified = :modified
             WHERE id = :job",
            named_params! {
                ":job": job,
                ":path": artifact.path,
                ":sha256": artifact.sha256,
                ":bytes": i64::try_from(artifact.bytes).unwrap_or(i64::MAX),
                ":width": artifact.width,
                ":height": artifact.height,
                ":format": artifact.format,
                ":modified": artifact.modified,
            },
        )
        .map(drop)
}

fn set_outcome(
    transaction: &Transaction<'_>,
    request_id: &str,
    outcome: AttemptOutcome,
) -> rusqlite::Result<usize> {
    transaction.execute(
        "UPDATE attempt SET outcome = :outcome WHERE request_id = :request_id",
        named_params! { ":request_id": request_id, ":outcome": outcome },
    )
}

/// Records that an attempt was charged. Unknown values do not replace known ones.
fn charge(transaction: &Transaction<'_>, request_id: &str, call_info: &CallInfo) -> rusqlite::Result<usize> {
    transaction.execute(
        "UPDATE attempt SET outcome = :outcome, inference_id = coalesce(:inference_id, inference_id),
                            usd = coalesce(:usd, usd), credits = coalesce(:credits, credits)
         WHERE request_id = :request_id",
        named_params! {
            ":request_id": request_id,
            ":outcome": AttemptOutcome::Charged,
            ":inference_id": call_info.inference_id,
            ":usd": call_info.usd,
            ":credits": call_info.credits,
        },
    )
}

fn finish(
    transaction: &Transaction<'_>,
    job: &str,
    state: State,
    reason: Option<&str>,
    now: i64,
) -> rusqlite::Result<()> {
    transaction
        .execute(
            "UPDATE job SET state = :state, told = :reason, finished = :now WHERE id = :job",
            named_params! { ":job": job, ":state": state, ":reason": reason, ":now": now },
        )
        .map(drop)
}
