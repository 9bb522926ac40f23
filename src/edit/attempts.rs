//! Sends the attempts of a job, and classifies what came back.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::api::{
    BaseUrl, Body, Call, RawAnswer, Refusal, RefusalKind, RequestId, Retry, RetryAfter, RetryReason,
    SendError, Ticket, TransferProgress, UnknownOutcome, Verdict, VisibleArea, queue_id, send,
};
use crate::cards::{Dialect, ServiceCard};
use crate::error_chain::error_chain;
use crate::files::absolute;
use crate::journal::{Attempt, JobLock, PathBytes};

use super::deliver::PaidAnswer;
use super::events::Event;
use super::journal_map;
use super::limiter::Feedback;
use super::outcome::{Paid, RunError};
use super::plan::Plan;
use super::queue::{self, Patience};
use super::restoration::Restoration;
use super::work::{Service, Work};

/// Sends attempts until the service returns a result, refuses the request, or leaves it in doubt. Returns the
/// answer and the start of the first attempt.
pub(super) fn pay(
    plan: &Plan,
    body: Body,
    target: Option<&Path>,
    work: &Work<'_>,
    lock: &JobLock,
) -> Result<(PaidAnswer, Instant), RunError> {
    let output = target.map(|target| absolute(target).into());
    let area = plan.restoration.as_ref().filter(|_| work.service.is_sandbox);
    let area = area.and_then(Restoration::visible_area);
    let shared = Attempts { plan, body, output, lock, area };
    let job = plan.job.as_str();
    let mut retry = Retry::new(work.service.retries, fastrand::Rng::new());
    let transfer = TransferProgress::default();
    let mut attempt = 0;
    let mut started = None;
    loop {
        attempt += 1;
        let id = RequestId::new(job, plan.earlier_attempts() + attempt);
        let number = match work.limiter.enter(work.position, work.interrupt) {
            Ok(number) => number,
            Err(closed) => {
                let error = RunError::from(closed);
                work.report_unrecorded(journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let started = *started.get_or_insert_with(Instant::now);
        let begun = Instant::now();
        let mut judged = send_once(&shared, &id, attempt, &transfer, work);
        if let Err(RunError::Unknown { paid, .. }) = &mut judged {
            paid.waited = begun.elapsed();
        }
        work.limiter.leave(number, feedback(&judged));
        let (cause, error) = match judged {
            Ok(Judged::Done(paid_answer)) => return Ok((paid_answer, started)),
            Ok(Judged::Free(cause, error)) => (cause, error),
            Err(error) => {
                work.report_unrecorded(journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let wait = cause.and_then(|cause| work.limiter.wait(cause, &mut retry));
        let Some(wait) = wait else {
            work.report_unrecorded(journal_map::failure(work.journal, job, &error));
            return Err(error);
        };
        work.journal.mark_attempt_free(job, id.as_str())?;
        work.events.on(Event::Retrying { why: &error_chain(&error), wait });
        if let Some(cause) = work.interrupt.sleep(wait) {
            let error = RunError::Interrupted(cause);
            work.report_unrecorded(journal_map::failure(work.journal, job, &error));
            return Err(error);
        }
    }
}

/// Returns what the outcome of a POST says to other edits.
fn feedback(judged: &Result<Judged, RunError>) -> Feedback {
    match judged {
        Ok(Judged::Done(_)) | Err(RunError::Lost { .. }) => Feedback::Answered,
        Ok(Judged::Free(_, RunError::Refused { refusal, requested_wait, .. })) => match refusal.kind() {
            RefusalKind::RateLimited => Feedback::RateLimited(*requested_wait),
            RefusalKind::Busy | RefusalKind::Failed => Feedback::Failed,
            _ => Feedback::Answered,
        },
        Ok(Judged::Free(..)) | Err(_) => Feedback::Failed,
    }
}

/// The outcome of a POST that is not in doubt.
enum Judged {
    Done(PaidAnswer),
    /// Not charged; with the reason for a retry, if one makes sense.
    Free(Option<RetryReason>, RunError),
}

/// What the attempts of a job share.
struct Attempts<'a> {
    plan: &'a Plan,
    body: Body,
    /// The reserved file.
    output: Option<PathBytes>,
    lock: &'a JobLock,
    /// A hint for the sandbox.
    area: Option<VisibleArea>,
}

/// Sends one POST, with everything that has to be durable before and after it.
fn send_once(
    shared: &Attempts<'_>,
    id: &RequestId,
    attempt: u32,
    transfer: &TransferProgress,
    work: &Work<'_>,
) -> Result<Judged, RunError> {
    let Attempts { plan, body, output, lock, area } = shared;
    let job = plan.job.as_str();
    let Service { transport, endpoint, models, key, is_sandbox, .. } = work.service;
    let card = models.service();
    let call = Call { url: endpoint.base.join(plan.generation.path.as_str()), service: card, key };
    let sent_at = journal_map::now();
    let number = plan.earlier_attempts() + attempt;
    work.journal.mark_sent(job, number, id.as_str(), output.as_ref(), work.booking, sent_at)?;
    work.events.on(Event::Sending { job, attempt, id, transfer });
    let is_queue = plan.generation.card.dialect == Dialect::Queue;
    let mut queued = None;
    let sent = match send(transport, &call, id, body, transfer, *area) {
        // A queue may also answer with the result at once.
        Ok(raw) if is_queue && raw.is_success() && !raw.has_result() => {
            let (id, answer) = follow_queue(&raw, &call, plan, id, work)?;
            queued = Some(id);
            Ok(answer)
        }
        sent => sent,
    };
    match sent {
        Ok(raw) => {
            let raw = if is_sandbox { raw } else { raw.without_sandbox_price() };
            // An answer that cannot be recorded is still delivered.
            let answer = journal_map::answered(&raw);
            let written = work.journal.record_answer(job, id.as_str(), &answer, lock);
            let unrecorded = written.is_err().then_some(answer);
            work.report_unrecorded(written);
            work.events.on(Event::Answered { status: raw.status, inference_id: raw.inference_id() });
            let judged = judge(
                &raw,
                id.as_str(),
                attempt,
                Asked { service: card, base: Some(&endpoint.base), queued: queued.as_deref() },
            )?;
            Ok(match judged {
                Judged::Done(paid_answer) => {
                    // The download may be the end of this process.
                    let call_info = journal_map::call_info(&paid_answer.paid);
                    work.report_unrecorded(work.journal.mark_charged(id.as_str(), &call_info));
                    Judged::Done(PaidAnswer { sent: sent_at, unrecorded, ..paid_answer })
                }
                free => free,
            })
        }
        Err(SendError::NotSent(source)) => {
            Ok(Judged::Free(Some(RetryReason::NotSent), RunError::Unreachable { attempts: attempt, source }))
        }
        Err(SendError::ProxyAuthorization(source)) => {
            let refusal = Refusal::by_proxy(&source.to_string());
            Ok(Judged::Free(None, RunError::Refused { refusal, attempts: attempt, requested_wait: None }))
        }
        Err(SendError::Blocked(obstacle, source)) => Err(RunError::Blocked { obstacle, source }),
        // What costs nothing can be sent again.
        Err(SendError::Unknown(doubt)) if card.is_free() => Ok(Judged::Free(
            Some(RetryReason::Failed),
            RunError::Unreachable { attempts: attempt, source: doubt.into() },
        )),
        Err(SendError::Unknown(doubt)) => {
            let paid = Paid { client_request_id: id.as_str().to_owned(), ..Paid::default() };
            Err(RunError::Unknown { doubt, paid })
        }
    }
}

/// Stores where a queue says what became of a request that it accepted, and waits for the answer. Returns the queue's id of
/// the request with it.
///
/// # Errors
/// If the answer does not arrive. The request stays in doubt, and `recover` goes on with what was stored.
fn follow_queue(
    accepted: &RawAnswer,
    call: &Call<'_>,
    plan: &Plan,
    id: &RequestId,
    work: &Work<'_>,
) -> Result<(String, RawAnswer), RunError> {
    let Service { transport, endpoint, .. } = work.service;
    let queue_id = queue_id(accepted, call.service);
    let mut submission = journal_map::answered(accepted);
    submission.call_info.inference_id = queue_id.clone();
    // An answer can still be delivered by this process if it cannot be recorded.
    work.report_unrecorded(work.journal.record_submission(id.as_str(), &submission));
    let doubt = |doubt: UnknownOutcome, is_queued: bool| {
        let client_request_id = id.as_str().to_owned();
        let inference_id = queue_id.clone();
        let paid = Paid { client_request_id, inference_id, is_queued, ..Paid::default() };
        RunError::Unknown { doubt, paid }
    };
    let path = plan.generation.path.as_str();
    let ticket = Ticket::of_answer(accepted, &endpoint.base, path, call.service).map_err(|error| {
        let (status, what) = (accepted.status, error.to_string());
        let unreadable = UnknownOutcome::Unreadable { status, what };
        doubt(accepted.incomplete.clone().unwrap_or(unreadable), false)
    })?;
    work.report_unrecorded(work.journal.record_ticket(id.as_str(), &ticket.stored_text(), &ticket.id));
    work.events.on(Event::Accepted { job: plan.job.as_str(), request: &ticket.id });
    let answer = queue::wait(transport, call, &ticket, Patience::Until(transport.timeout()));
    answer.map(|answer| (ticket.id, answer)).map_err(|error| doubt(error, true))
}

/// What an answer is to.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    service: &'a ServiceCard,
    /// Where it was sent.
    base: Option<&'a BaseUrl>,
    /// The id of the request at the queue that had accepted it, if one had.
    queued: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// A recorded answer. One that a queue had accepted has a ticket.
    pub(super) fn recorded(
        attempt: &'a Attempt,
        service: &'a ServiceCard,
        base: Option<&'a BaseUrl>,
    ) -> Asked<'a> {
        let id = attempt.call_info.inference_id.as_deref();
        Asked { service, base, queued: attempt.ticket.as_ref().map(|_| id.unwrap_or_default()) }
    }

    fn verdict(self, raw: &RawAnswer) -> Verdict {
        let mut verdict = raw.verdict(self.service);
        if let (Verdict::Done(answer), Some(base)) = (&mut verdict, self.base) {
            answer.resolve(base);
        }
        if self.queued.is_none() {
            return verdict;
        }
        match verdict {
            // Running it may have cost something before it was refused.
            Verdict::Refused(refusal, _) => Verdict::Unknown(UnknownOutcome::RefusedWhenRun(refusal.message)),
            Verdict::Unknown(UnknownOutcome::NotFromService { status, what }) => {
                match Refusal::read_failed_run(status, &raw.body, self.service) {
                    Some(refusal) => Verdict::Refused(refusal, None),
                    None => Verdict::Unknown(UnknownOutcome::NotFromService { status, what }),
                }
            }
            verdict => verdict,
        }
    }
}

fn judge(raw: &RawAnswer, request_id: &str, attempts: u32, asked: Asked<'_>) -> Result<Judged, RunError> {
    match read(raw, request_id, attempts, asked) {
        Ok(paid_answer) => Ok(Judged::Done(paid_answer)),
        Err(error) => match &error {
            RunError::Refused { refusal, requested_wait, .. } => {
                let cause = match refusal.kind() {
                    RefusalKind::RateLimited => {
                        Some(RetryReason::RateLimited(requested_wait.map(RetryAfter)))
                    }
                    RefusalKind::Busy => Some(RetryReason::Busy(requested_wait.map(RetryAfter))),
                    RefusalKind::Failed => Some(RetryReason::Failed),
                    _ => None,
                };
                Ok(Judged::Free(cause, error))
            }
            _ => Err(error),
        },
    }
}

/// Reads the results from an answer. An answer without any is an error. The caller knows when the request was sent.
pub(super) fn read(
    raw: &RawAnswer,
    request_id: &str,
    attempts: u32,
    asked: Asked<'_>,
) -> Result<PaidAnswer, RunError> {
    let paid = Paid {
        client_request_id: request_id.to_owned(),
        inference_id: raw.inference_id().or(asked.queued.filter(|id| !id.is_empty())).map(str::to_owned),
        price: raw.price(),
        status: Some(raw.status),
        waited: Duration::ZERO,
        is_queued: asked.queued.is_some(),
    };
    match asked.verdict(raw) {
        Verdict::Done(answer) => {
            let paid = Paid { price: answer.price, ..paid };
            if let Some(why) = answer.why_nothing() {
                let why = why.to_owned();
                let is_free = asked.service.is_free();
                return Err(match paid.price {
                    Some(price) if price.usd > 0.0 => {
                        RunError::Lost { what: format!("the service made no picture: {why}"), paid }
                    }
                    None if !is_free => RunError::Unknown { doubt: UnknownOutcome::MadeNothing(why), paid },
                    _ => {
                        let refusal = Refusal::made_nothing(raw.status, &why);
                        RunError::Refused { refusal, attempts, requested_wait: None }
                    }
                });
            }
            if answer.items.is_empty() {
                return Err(RunError::Lost { what: "the answer contains no picture".into(), paid });
            }
            Ok(PaidAnswer { answer, paid, attempts, sent: 0, unrecorded: None })
        }
        Verdict::Refused(refusal, after) => {
            let requested_wait = after.map(|RetryAfter(wait)| wait);
            Err(RunError::Refused { refusal, attempts, requested_wait })
        }
        Verdict::Unknown(doubt) => Err(RunError::Unknown { doubt, paid }),
    }
}
