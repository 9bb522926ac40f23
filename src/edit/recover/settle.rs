//! Settles jobs in doubt: with the usage log of the service, or on someone's word.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{AccountError, BaseUrl, LoggedCall, Price, SentCall, find_in_usage_log};
use crate::journal::{Attempt, AttemptOutcome, Job, JobLock, Journal, JournalError, State};
use crate::secret::ApiKey;

use super::super::journal_map::{self, now};
use super::super::outcome::{Delivery, Paid, RunError};
use super::{RecoverError, Recovery, restored};

/// Why a job whose calls are listed without a charge is free.
const FREE_BY_LOG: &str = "the usage log shows no charge";

/// What the usage log says about a job in doubt.
pub enum Settled {
    /// It was not charged and may be run again.
    Free,
    /// It was charged, and its answer is lost.
    Lost(RunError),
    /// It was charged, and its answer has results. Each is delivered or not.
    Charged(Vec<Result<Delivery, RunError>>),
    /// The log does not list it yet.
    NotYet,
    /// It was not charged again, and the result of an earlier attempt may still be fetched.
    Answered,
    /// Another process is working on it, or has finished it.
    Elsewhere,
}

/// Whether the usage log shows a charge for a job in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// It does not, which was recorded. The job may be run again.
    Free,
    /// It does, or a process is working on the job. Nothing was recorded.
    Charged,
    /// The log does not list it yet.
    Unlisted,
}

impl Recovery<'_> {
    /// Records that a job in doubt was not charged, because the service charges nothing.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn give_up_free(&self, job: &Job) -> Result<(), RecoverError> {
        declare_free(self.journal, job, "edits cost nothing there")?;
        Ok(())
    }

    /// Looks up jobs in doubt in the usage log, and records the findings.
    ///
    /// # Errors
    /// When the log cannot be read. The jobs are unchanged then.
    pub fn settle(&self, jobs: &[Job], base: &BaseUrl, key: &ApiKey) -> Result<Vec<Settled>, SettleError> {
        let rows = self.usage_rows(jobs, base, key)?;
        let mut settled = Vec::with_capacity(jobs.len());
        for job in jobs {
            let name = job.intent.job.as_str();
            let Some((_claim, job)) = self.claim_in_doubt(name)? else {
                settled.push(Settled::Elsewhere);
                continue;
            };
            let job = &job;
            // The log has no information about a job without an attempt in doubt.
            let mut verdict = if in_doubt(job).next().is_some() { Settled::Free } else { Settled::NotYet };
            for attempt in in_doubt(job) {
                match rows.get(&attempt.request_id) {
                    None if matches!(verdict, Settled::Free) => verdict = Settled::NotYet,
                    None => {}
                    Some(row) if row.charged => {
                        let before = paid_as_known(attempt);
                        let paid = Paid {
                            inference_id: row.inference_id.clone().or(before.inference_id),
                            price: row.price.or(before.price),
                            ..before
                        };
                        let call_info = journal_map::call_info(&paid);
                        if let Some(results) = self.deliver_charged(job, attempt, &call_info)? {
                            verdict = Settled::Charged(results);
                            continue;
                        }
                        let what = self.what_was_received(attempt);
                        let error = RunError::Lost { what, paid: paid.clone() };
                        self.journal.mark_lost(
                            name,
                            &attempt.request_id,
                            &error.to_string(),
                            &call_info,
                            now(),
                        )?;
                        verdict = Settled::Lost(error);
                    }
                    Some(_) => self.journal.mark_doubtful_attempt_free(&attempt.request_id)?,
                }
            }
            if matches!(verdict, Settled::Free) {
                verdict = match self.journal.mark_refused(name, FREE_BY_LOG, true, now())? {
                    State::Lost => Settled::Lost(lost_before(job)),
                    State::Answered => Settled::Answered,
                    _ => Settled::Free,
                };
            }
            settled.push(verdict);
        }
        Ok(settled)
    }

    /// Looks up jobs in doubt in the usage log, and records which of them were not charged. The others stay in doubt, so that
    /// [`settle`](Recovery::settle) can say what they cost and what became of them.
    ///
    /// # Errors
    /// When the log cannot be read. The jobs are unchanged then.
    pub fn settle_free(
        &self,
        jobs: &[Job],
        base: &BaseUrl,
        key: &ApiKey,
    ) -> Result<Vec<Charge>, SettleError> {
        let rows = self.usage_rows(jobs, base, key)?;
        let charge_of = |job: &Job| {
            let Some((_claim, job)) = self.claim_in_doubt(&job.intent.job)? else {
                return Ok(Charge::Charged);
            };
            let found: Vec<_> = in_doubt(&job).map(|attempt| rows.get(&attempt.request_id)).collect();
            if found.iter().flatten().any(|row| row.charged) {
                return Ok(Charge::Charged);
            }
            // The log has no information about a job without an attempt in doubt.
            if found.is_empty() || found.iter().any(Option::is_none) {
                return Ok(Charge::Unlisted);
            }
            // The result of an earlier attempt may have been paid for.
            Ok(match declare_free(self.journal, &job, FREE_BY_LOG)? {
                State::Lost | State::Answered => Charge::Charged,
                _ => Charge::Free,
            })
        };
        jobs.iter().map(charge_of).collect()
    }

    /// Looks up the attempts in doubt in the usage log.
    fn usage_rows(
        &self,
        jobs: &[Job],
        base: &BaseUrl,
        key: &ApiKey,
    ) -> Result<HashMap<String, LoggedCall>, AccountError> {
        let wanted: Vec<SentCall> = jobs
            .iter()
            .flat_map(in_doubt)
            .map(|attempt| SentCall {
                request_id: attempt.request_id.clone(),
                sent: Timestamp::from_millisecond(attempt.sent).unwrap_or_default(),
            })
            .collect();
        find_in_usage_log(self.transport, base, key, &wanted, || self.interrupt.signal().is_some())
    }

    /// Locks a job, and reads it again. Returns `None` if another process is working on it or has finished it.
    fn claim_in_doubt(&self, name: &str) -> Result<Option<(JobLock, Job)>, JournalError> {
        let Ok(claim) = JobLock::acquire_to_finish(self.journal.directory(), name) else { return Ok(None) };
        let job = self.journal.job(name)?.filter(|job| job.state == State::Unknown);
        Ok(job.map(|job| (claim, job)))
    }

    /// Says what arrived of the answer to an attempt that was charged, and keeps it if it is a part of a picture.
    fn what_was_received(&self, attempt: &Attempt) -> String {
        let recorded = self.journal.answer(&attempt.request_id).ok().flatten();
        let started = recorded.and_then(|recorded| restored(recorded).started_picture());
        let Some(bytes) = started else {
            return "the usage log shows a charge, but no answer was received".to_owned();
        };
        match self.keeper(attempt).keep_damaged(0, &bytes) {
            Ok(Some(path)) => format!(
                "the usage log shows a charge, but the answer was cut off; what arrived is kept as {}",
                path.display()
            ),
            _ => "the usage log shows a charge, but the answer was cut off".to_owned(),
        }
    }
}

/// Records that no call of a job in doubt was charged, and why that is known. Returns the state of the job, which is that
/// of an earlier call if one was charged.
///
/// # Errors
/// When the journal cannot be written.
pub fn declare_free(journal: &Journal, job: &Job, reason: &str) -> Result<State, JournalError> {
    for attempt in in_doubt(job) {
        journal.mark_doubtful_attempt_free(&attempt.request_id)?;
    }
    journal.mark_refused(&job.intent.job, reason, true, now())
}

/// Why jobs in doubt could not be settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The usage log.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A job whose answer has a result.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

/// Returns what is known about an attempt that was charged.
pub(super) fn paid_as_known(attempt: &Attempt) -> Paid {
    Paid {
        client_request_id: attempt.request_id.clone(),
        inference_id: attempt.call_info.inference_id.clone(),
        price: Price::new(attempt.call_info.usd, attempt.call_info.credits),
        status: attempt.status,
        waited: Duration::ZERO,
        is_queued: attempt.ticket.is_some(),
    }
}

/// Returns the error for a job that was charged and lost, and whose rerun was refused.
pub(super) fn lost_before(job: &Job) -> RunError {
    let charged = job.attempts.iter().find(|attempt| attempt.outcome == AttemptOutcome::Charged);
    let paid = charged.map(paid_as_known).unwrap_or_default();
    RunError::Lost { what: "an earlier attempt was charged, but no answer was received".into(), paid }
}

pub(super) fn in_doubt(job: &Job) -> impl Iterator<Item = &Attempt> {
    job.attempts
        .iter()
        .filter(|attempt| matches!(attempt.outcome, AttemptOutcome::Unknown | AttemptOutcome::Open))
}
