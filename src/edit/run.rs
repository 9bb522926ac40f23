//! The paid path. This is the only place that knows its order:
//!
//! lock the job and reserve disk space for its answer → record the intent → reserve the output → record
//! that it is sent → send → record the answer → read it → deliver → record the delivery.
//!
//! The intent comes before the reservation. Whatever a process leaves behind when it dies, the journal says where
//! to look for it.
//!
//! A request is sent again only when it was certainly not charged. A limiter says when, because many edits may
//! run at once.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::api::{
    Body, Downloads, Endpoint, ImageField, RawAnswer, RequestId, ResponseFormat, ResultItem, Retry,
    RetryAfter, RetryReason, SendError, TransferProgress, Transport, Verdict, VisibleArea, send,
};
use crate::error_chain::error_chain;
use crate::files::{Reservation, absolute};
use crate::journal::{JobLock, JobLockError, Journal, JournalError, PathBytes, State};
use crate::secret::ApiKey;

use super::deliver::{Deliverer, PaidAnswer};
use super::events::{Event, Events};
use super::interrupt::Interrupt;
use super::journal_map;
use super::limiter::{Feedback, Limiter};
use super::load::{Image, Loaded};
use super::outcome::{Delivery, Paid, RunError};
use super::plan::{Plan, Rerun};
use super::restoration::Restoration;
use super::store::ResultWriter;

/// The service, and how to call it.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The HTTP clients.
    pub transport: &'a Transport,
    /// The address.
    pub endpoint: &'a Endpoint,
    /// The key of the account.
    pub key: &'a ApiKey,
    /// The number of retries after failures that were certainly not charged.
    pub retries: u32,
    /// Whether it is a sandbox, known before anything is sent. Its prices go to the sandbox's journal; the
    /// price of any other sandbox's answer is dropped.
    pub is_sandbox: bool,
}

/// What an edit needs besides its plan.
pub struct Work<'a> {
    /// The service.
    pub service: Service<'a>,
    /// The journal.
    pub journal: &'a Journal,
    /// Receives progress events.
    pub events: &'a dyn Events,
    /// Asks to stop.
    pub interrupt: &'a Interrupt,
    /// Says when to send.
    pub limiter: &'a dyn Limiter,
    /// The position of the task in the run, from 0. With a limit per minute, tasks send in this order.
    pub position: u64,
}

/// Runs the edit. Returns a result for each picture in the answer; normally there is one.
///
/// Sends nothing after the interrupt was raised. A request in flight is still waited for, and its result saved. With [`Destination::Stdout`](super::Destination::Stdout) the picture is written to `stdout`.
pub fn run(
    plan: &Plan,
    image: Image,
    work: &Work<'_>,
    stdout: &mut dyn Write,
) -> Vec<Result<Delivery, RunError>> {
    match PaidJob::buy(plan, image, Keep::Now, work) {
        Ok(paid_job) => paid_job.deliver(work, stdout),
        Err(error) => vec![Err(error)],
    }
}

/// When the output of a result is reserved.
pub(super) enum Keep {
    /// Before the request is sent.
    Now,
    /// It is reserved already.
    Done(Option<Reservation>),
    /// When it is needed.
    Later,
}

/// A job that was paid for and is not delivered yet. Holds the job's lock.
pub(super) struct PaidJob {
    plan: Plan,
    claim: JobLock,
    reservation: Option<Reservation>,
    paid_answer: PaidAnswer,
    /// When its first attempt began; waiting for a slot before that does not count.
    started: Instant,
}

impl PaidJob {
    /// Runs the first half of the paid path, up to an answer with a result.
    pub(super) fn buy(plan: &Plan, image: Image, keep: Keep, work: &Work<'_>) -> Result<PaidJob, RunError> {
        let job = plan.job.as_str();
        let inline = plan.generation.response_format == Some(ResponseFormat::B64Json);
        let claim = JobLock::acquire_with_space(work.journal.directory(), job, inline)?;
        match plan.rerun {
            None => {
                let intent = journal_map::intent(plan, &image, work.service.endpoint);
                if !work.journal.begin(&intent)? {
                    return Err(JobLockError::Held(job.to_owned()).into());
                }
            }
            Some(again) => ensure_unchanged(work.journal, job, again)?,
        }
        let kept = match keep {
            Keep::Now => plan.output.reserve(),
            Keep::Done(reservation) => Ok(reservation),
            Keep::Later => Ok(None),
        };
        let reservation = match kept {
            Ok(reservation) => reservation,
            Err(error) => {
                if plan.rerun.is_none() {
                    tell(work.events, work.journal.withdraw(job));
                }
                return Err(error.into());
            }
        };
        if let Image::Loaded(loaded) = &image {
            report_upload(plan, loaded, work.events);
        }
        let target = reservation.as_ref().map_or(plan.output.path(), |kept| Some(kept.target()));
        let (paid_answer, started) = pay(plan, body(plan, image), target, work, &claim)?;
        Ok(PaidJob { plan: plan.clone(), claim, reservation, paid_answer, started })
    }

    /// The time since the first attempt began.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Runs the second half of the paid path: delivers the results.
    pub(super) fn deliver(
        mut self,
        work: &Work<'_>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let job = self.plan.job.as_str();
        let unrecorded = self.paid_answer.unrecorded.take();
        let request_id = self.paid_answer.paid.client_request_id.clone();
        let deliverer = deliverer(&self.plan, self.started, work);
        let mut results = deliverer.all(self.paid_answer, self.reservation.take(), stdout);
        if let Some(answer) = unrecorded
            && results.iter().any(Result::is_err)
        {
            // The journal may be writable again by now. If not, `recover` has nothing to start from, unless the
            // spool has the whole answer.
            if let Err(error) = work.journal.record_answer(job, &request_id, &answer, &self.claim)
                && !work.journal.is_spooled(&request_id)
            {
                results =
                    results.into_iter().map(|result| result.map_err(|gone| lost(gone, &error))).collect();
            }
        }
        let written = journal_map::results(work.journal, job, &request_id, &results);
        tell(work.events, written);
        results
    }

    /// Returns the picture for the next step: its link if the service can download that, else its bytes.
    pub(super) fn next_image(&self, work: &Work<'_>) -> Result<Image, RunError> {
        if let Some(ResultItem::Link(link)) = self.paid_answer.answer.items.first()
            && work.service.endpoint.can_reach(link.expose())
        {
            return Ok(Image::Link(link.expose().clone()));
        }
        self.next_bytes(work)
    }

    /// Returns the bytes of the picture for the next step.
    pub(super) fn next_bytes(&self, work: &Work<'_>) -> Result<Image, RunError> {
        let PaidAnswer { answer, paid, .. } = &self.paid_answer;
        let nothing = || ResultItem::Unreadable("the answer contains no picture".into());
        let item = answer.items.first().cloned().unwrap_or_else(nothing);
        let (bytes, header) = deliverer(&self.plan, self.started, work).fetch(item, paid)?;
        Ok(Image::Loaded(Loaded::result(&bytes, header)))
    }

    /// Ends the job without keeping its result, which was the picture of the next step. Returns what it cost.
    pub(super) fn hand_on(self, work: &Work<'_>) -> Paid {
        let paid = self.paid_answer.paid;
        let written = work.journal.mark_handed_on(
            self.plan.job.as_str(),
            &paid.client_request_id,
            &journal_map::call_info(&paid),
            journal_map::now(),
        );
        tell(work.events, written);
        paid
    }
}

/// Reports what of the picture is uploaded, if that is not the picture as it is.
fn report_upload(plan: &Plan, loaded: &Loaded, events: &dyn Events) {
    let picture = &plan.source.name();
    if !loaded.changes.is_empty() {
        events.on(Event::Fitted { picture, changes: &loaded.changes });
    }
    if let (true, Some(original)) = (plan.processing.is_partial(), &loaded.original) {
        let size = original.header.upright();
        if loaded.frame.is_whole(size) {
            events.on(Event::UploadedWhole { picture, size });
        }
    }
}

/// Returns what delivers the results of a call.
fn deliverer<'a>(plan: &'a Plan, started: Instant, work: &'a Work<'_>) -> Deliverer<'a> {
    Deliverer {
        writer: ResultWriter {
            output: &plan.output,
            beside: plan.source.generated_name(),
            restoration: plan.restoration.as_ref(),
            events: work.events,
            again: false,
        },
        downloads: Downloads { transport: work.service.transport, retries: work.service.retries },
        started,
    }
}

/// Makes sure, under the job's lock, that no other process has run the job since the decision to run it again.
/// A job that was free or lost then may have been paid for by now.
fn ensure_unchanged(journal: &Journal, job: &str, again: Rerun) -> Result<(), RunError> {
    let found = journal.job(job)?;
    // A job in one of these states has to be finished first.
    let may_run = !matches!(again.state, State::Sent | State::Answered);
    let is_same = may_run
        && found.is_some_and(|found| {
            found.state == again.state
                && found.attempts.len() == usize::try_from(again.attempts).unwrap_or(usize::MAX)
        });
    if is_same { Ok(()) } else { Err(RunError::JobTaken(job.to_owned())) }
}

/// Turns a failed delivery into a loss, because the answer could not be recorded either.
fn lost(error: RunError, unrecorded: &JournalError) -> RunError {
    match error {
        RunError::NotSaved { source, paid } => RunError::NotKept {
            what: format!("it could not be saved ({}), and {unrecorded}", error_chain(&source)),
            paid,
        },
        RunError::NotDownloaded { source, paid } => RunError::NotKept {
            what: format!("it could not be downloaded ({}), and {unrecorded}", error_chain(&source)),
            paid,
        },
        other => other,
    }
}

/// Sends attempts until the service returns a result, refuses the request, or leaves it in doubt. Returns the
/// answer and the start of the first attempt.
fn pay(
    plan: &Plan,
    body: Body,
    target: Option<&Path>,
    work: &Work<'_>,
    claim: &JobLock,
) -> Result<(PaidAnswer, Instant), RunError> {
    let output = target.map(|target| absolute(target).into());
    let area = plan.restoration.as_ref().filter(|_| work.service.is_sandbox);
    let area = area.and_then(Restoration::visible_area);
    let order = Attempts { plan, body, output, claim, area };
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
            Err(shut) => {
                let error = RunError::from(shut);
                tell(work.events, journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let started = *started.get_or_insert_with(Instant::now);
        let judged = send_once(&order, &id, attempt, &transfer, work);
        work.limiter.leave(number, seen(&judged));
        let (cause, error) = match judged {
            Ok(Judged::Done(paid_answer)) => return Ok((paid_answer, started)),
            Ok(Judged::Free(cause, error)) => (cause, error),
            Err(error) => {
                tell(work.events, journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let wait = cause.and_then(|cause| work.limiter.wait(cause, &mut retry));
        let Some(wait) = wait else {
            tell(work.events, journal_map::failure(work.journal, job, &error));
            return Err(error);
        };
        work.journal.mark_attempt_free(job, id.as_str())?;
        work.events.on(Event::Retrying { why: &error_chain(&error), wait });
        if let Some(signal) = work.interrupt.sleep(wait) {
            let error = RunError::Interrupted(signal);
            tell(work.events, journal_map::failure(work.journal, job, &error));
            return Err(error);
        }
    }
}

/// Returns what the outcome of a POST says to other edits.
fn seen(judged: &Result<Judged, RunError>) -> Feedback {
    match judged {
        Ok(Judged::Done(_)) | Err(RunError::Lost { .. }) => Feedback::Answered,
        Ok(Judged::Free(_, RunError::Refused { refusal, requested_wait, .. })) => match refusal.status {
            429 => Feedback::RateLimited(*requested_wait),
            500.. => Feedback::Failed,
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
    claim: &'a JobLock,
    /// A hint for the sandbox.
    area: Option<VisibleArea>,
}

/// Sends one POST, with everything that has to be durable before and after it.
fn send_once(
    order: &Attempts<'_>,
    id: &RequestId,
    attempt: u32,
    transfer: &TransferProgress,
    work: &Work<'_>,
) -> Result<Judged, RunError> {
    let Attempts { plan, body, output, claim, area } = order;
    let job = plan.job.as_str();
    let Service { transport, endpoint, key, is_sandbox, .. } = work.service;
    work.journal.mark_sent(
        job,
        plan.earlier_attempts() + attempt,
        id.as_str(),
        output.as_ref(),
        journal_map::now(),
    )?;
    work.events.on(Event::Sending { attempt, id, transfer });
    let watched = work.events.wants_bytes().then_some(transfer);
    match send(transport, endpoint, key, id, body, watched, *area) {
        Ok(raw) => {
            let raw = if is_sandbox { raw } else { raw.without_sandbox_price() };
            // An answer that cannot be recorded is still delivered.
            let answer = journal_map::answered(&raw);
            let written = work.journal.record_answer(job, id.as_str(), &answer, claim);
            let unrecorded = written.is_err().then_some(answer);
            tell(work.events, written);
            work.events.on(Event::Answered { status: raw.status, inference_id: raw.inference_id() });
            let judged = judge(&raw, id.as_str(), attempt)?;
            Ok(match judged {
                Judged::Done(paid_answer) => Judged::Done(PaidAnswer { unrecorded, ..paid_answer }),
                free => free,
            })
        }
        Err(SendError::NotSent(source)) => {
            Ok(Judged::Free(Some(RetryReason::NotSent), RunError::Unreachable { attempts: attempt, source }))
        }
        Err(SendError::Final(source)) => Err(RunError::Untrusted(source)),
        Err(SendError::Unknown(doubt)) => {
            let paid = Paid { client_request_id: id.as_str().to_owned(), ..Paid::default() };
            Err(RunError::Unknown { doubt, paid })
        }
    }
}

fn judge(raw: &RawAnswer, request_id: &str, attempts: u32) -> Result<Judged, RunError> {
    match read(raw, request_id, attempts) {
        Ok(paid_answer) => Ok(Judged::Done(paid_answer)),
        Err(error) => match &error {
            RunError::Refused { refusal, requested_wait, .. } => {
                let cause = match refusal.status {
                    429 => Some(RetryReason::RateLimited(requested_wait.map(RetryAfter))),
                    503 => Some(RetryReason::Busy(requested_wait.map(RetryAfter))),
                    500..=599 => Some(RetryReason::Failed),
                    _ => None,
                };
                Ok(Judged::Free(cause, error))
            }
            _ => Err(error),
        },
    }
}

/// Reads the results from an answer. An answer without any is an error.
pub(super) fn read(raw: &RawAnswer, request_id: &str, attempts: u32) -> Result<PaidAnswer, RunError> {
    let paid = Paid {
        client_request_id: request_id.to_owned(),
        inference_id: raw.inference_id().map(str::to_owned),
        price: raw.price(),
        status: Some(raw.status),
    };
    match raw.verdict() {
        Verdict::Done(answer) => {
            let paid = Paid { price: answer.price, ..paid };
            if answer.items.is_empty() {
                return Err(RunError::Lost { what: "the answer contains no picture".into(), paid });
            }
            Ok(PaidAnswer { answer, paid, attempts, unrecorded: None })
        }
        Verdict::Refused(refusal, after) => {
            let requested_wait = after.map(|RetryAfter(wait)| wait);
            Err(RunError::Refused { refusal, attempts, requested_wait })
        }
        Verdict::Unknown(doubt) => Err(RunError::Unknown { doubt, paid }),
    }
}

/// Reports that the journal could not record something that happened.
fn tell(events: &dyn Events, written: Result<(), JournalError>) {
    if let Err(error) = written {
        events.on(Event::NotRecorded { error: &error });
    }
}

/// Builds the body of the request in the picture's own memory, once for all attempts.
fn body(plan: &Plan, image: Image) -> Body {
    plan.generation.body(match image {
        Image::Link(url) => ImageField::Link(url),
        Image::Loaded(loaded) => {
            ImageField::Bytes { media_type: loaded.header.format.media_type(), bytes: loaded.bytes }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_result_that_cannot_be_saved_nor_recorded_is_lost_without_an_error_code_in_the_message() {
        let source = io::Error::from_raw_os_error(2);
        let not_saved = RunError::NotSaved { source, paid: Paid::default() };
        let error = lost(not_saved, &JournalError::Full("data".into()));
        assert_eq!(
            error.to_string(),
            "paid for but lost: it could not be saved (no such file or directory), and no disk space left for the \
             journal in data"
        );
    }
}
