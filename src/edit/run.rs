//! The paid path. This is the only place that knows its order:
//!
//! claim the job and keep room for its answer → journal the intent → reserve the output → journal
//! that it is sent → send → journal the answer → read it → deliver → journal the delivery.
//!
//! The intent comes before the reservation, so that whatever a process leaves when it dies, the
//! journal says where to look for it.
//!
//! What certainly cost nothing is sent again; nothing else ever is. A gate says when, since many edits
//! may be under way.

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

/// Whom to send to, and how patiently.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The clients.
    pub transport: &'a Transport,
    /// Where.
    pub endpoint: &'a Endpoint,
    /// Whose account.
    pub key: &'a ApiKey,
    /// How often to try again what certainly cost nothing.
    pub retries: u32,
    /// Whether it is a sandbox, known before anything is sent. Its prices go to the sandbox's journal; the
    /// price of any other sandbox's answer is dropped.
    pub is_sandbox: bool,
}

/// What an edit works with besides its plan.
pub struct Work<'a> {
    /// Whom to send to.
    pub service: Service<'a>,
    /// What is written down.
    pub journal: &'a Journal,
    /// Who is told.
    pub events: &'a dyn Events,
    /// Whether to stop.
    pub interrupt: &'a Interrupt,
    /// When to send.
    pub gate: &'a dyn Limiter,
    /// The place of the task among all, from 0; earlier ones send first.
    pub place: u64,
}

/// Does the edit: one result for each picture that the service answers with, which is one.
///
/// Nothing is sent once the interrupt was raised; what has been sent is waited for and saved all the
/// same. With [`Destination::Stdout`](super::Destination::Stdout) the picture is written to `stdout`.
pub fn run(
    plan: &Plan,
    image: Image,
    work: &Work<'_>,
    stdout: &mut dyn Write,
) -> Vec<Result<Delivery, RunError>> {
    match PaidJob::buy(plan, image, Keep::Now, work) {
        Ok(bought) => bought.deliver(work, stdout),
        Err(error) => vec![Err(error)],
    }
}

/// When the place of a result is kept.
pub(super) enum Keep {
    /// Before it is sent.
    Now,
    /// It has been.
    Done(Option<Reservation>),
    /// When it turns out to be needed.
    Later,
}

/// What was paid for and is not at its place yet. The job stays claimed for as long as this lives.
pub(super) struct PaidJob {
    plan: Plan,
    claim: JobLock,
    reservation: Option<Reservation>,
    paid_for: PaidAnswer,
    /// When its first attempt began; waiting for a slot before that does not count.
    started: Instant,
}

impl PaidJob {
    /// The first half of the paid path: up to an answer that is a result.
    pub(super) fn buy(plan: &Plan, image: Image, keep: Keep, work: &Work<'_>) -> Result<PaidJob, RunError> {
        let job = plan.job.as_str();
        let inline = plan.generation.response_format == Some(ResponseFormat::B64Json);
        let claim = JobLock::with_room(work.journal.directory(), job, inline)?;
        match plan.again {
            None => {
                let intent = journal_map::intent(plan, &image, work.service.endpoint);
                if !work.journal.begin(&intent)? {
                    return Err(JobLockError::Taken(job.to_owned()).into());
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
                if plan.again.is_none() {
                    tell(work.events, work.journal.withdraw(job));
                }
                return Err(error.into());
            }
        };
        if let Image::Loaded(Loaded { changes, .. }) = &image
            && !changes.is_empty()
        {
            work.events.on(Event::Fitted { picture: &plan.source.name(), changes });
        }
        let target = reservation.as_ref().map_or(plan.output.path(), |kept| Some(kept.target()));
        let (paid_for, started) = pay(plan, body(plan, image), target, work, &claim)?;
        Ok(PaidJob { plan: plan.clone(), claim, reservation, paid_for, started })
    }

    /// How long ago its first attempt began.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The second half: brings what was bought to its place.
    pub(super) fn deliver(
        mut self,
        work: &Work<'_>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let job = self.plan.job.as_str();
        let unkept = self.paid_for.unkept.take();
        let request_id = self.paid_for.paid.client_request_id.clone();
        let delivering = delivering(&self.plan, self.started, work);
        let mut results = delivering.all(self.paid_for, self.reservation.take(), stdout);
        if let Some(answer) = unkept
            && results.iter().any(Result::is_err)
        {
            // What ended the first try to write it down may be over; else there is nothing to recover
            // from, unless all of it lies in the spool.
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

    /// The picture for the next step: its link where the service can fetch that itself, else its bytes.
    pub(super) fn next_image(&self, work: &Work<'_>) -> Result<Image, RunError> {
        if let Some(ResultItem::Link(link)) = self.paid_for.answer.items.first()
            && work.service.endpoint.can_reach(link.expose())
        {
            return Ok(Image::Link(link.expose().clone()));
        }
        self.next_bytes(work)
    }

    /// The picture itself for the next step.
    pub(super) fn next_bytes(&self, work: &Work<'_>) -> Result<Image, RunError> {
        let PaidAnswer { answer, paid, .. } = &self.paid_for;
        let nothing = || ResultItem::Unreadable("the answer contains no picture".into());
        let item = answer.items.first().cloned().unwrap_or_else(nothing);
        let (bytes, header) = delivering(&self.plan, self.started, work).fetch(item, paid)?;
        Ok(Image::Loaded(Loaded::result(&bytes, header)))
    }

    /// Its result was the next step's picture, and is not to be kept: the job is at its end. Returns what
    /// it cost.
    pub(super) fn hand_on(self, work: &Work<'_>) -> Paid {
        let paid = self.paid_for.paid;
        let written = work.journal.mark_handed_on(
            self.plan.job.as_str(),
            &paid.client_request_id,
            &journal_map::known(&paid),
            journal_map::now(),
        );
        tell(work.events, written);
        paid
    }
}

/// What every result of a call shares on its way to its place.
fn delivering<'a>(plan: &'a Plan, started: Instant, work: &'a Work<'_>) -> Deliverer<'a> {
    Deliverer {
        putting: ResultWriter {
            output: &plan.output,
            beside: plan.source.made_name(),
            restoration: plan.restoration.as_ref(),
            events: work.events,
            again: false,
        },
        downloads: Downloads { transport: work.service.transport, retries: work.service.retries },
        started,
    }
}

/// Makes sure, now that nobody else can work on a job, that nobody has since it was decided to run it
/// again: what was free or lost then may have been paid for by now.
fn ensure_unchanged(journal: &Journal, job: &str, again: Rerun) -> Result<(), RunError> {
    let found = journal.job(job)?;
    // A job that is under way, or of which nobody knows whether it is, is finished first.
    let may_run = !matches!(again.state, State::Sent | State::Answered);
    let is_same = may_run
        && found.is_some_and(|found| {
            found.state == again.state
                && found.attempts.len() == usize::try_from(again.attempts).unwrap_or(usize::MAX)
        });
    if is_same { Ok(()) } else { Err(RunError::JobTaken(job.to_owned())) }
}

/// A result that could not be delivered, and whose answer could not be written down either.
fn lost(error: RunError, unkept: &JournalError) -> RunError {
    match error {
        RunError::NotSaved { source, paid } => {
            RunError::NotKept { what: format!("it could not be saved ({source}), and {unkept}"), paid }
        }
        RunError::NotDownloaded { source, paid } => {
            RunError::NotKept { what: format!("it could not be downloaded ({source}), and {unkept}"), paid }
        }
        other => other,
    }
}

/// Sends until the service has done it, refused it, or left it in doubt. Returns the answer and when the first
/// attempt began.
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
        let id = RequestId::new(job, plan.attempts_before() + attempt);
        let number = match work.gate.enter(work.place, work.interrupt) {
            Ok(number) => number,
            Err(shut) => {
                let error = RunError::from(shut);
                tell(work.events, journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let started = *started.get_or_insert_with(Instant::now);
        let judged = send_once(&order, &id, attempt, &transfer, work);
        work.gate.leave(number, seen(&judged));
        let (cause, error) = match judged {
            Ok(Judged::Done(paid_for)) => return Ok((paid_for, started)),
            Ok(Judged::Free(cause, error)) => (cause, error),
            Err(error) => {
                tell(work.events, journal_map::failure(work.journal, job, &error));
                return Err(error);
            }
        };
        let wait = cause.and_then(|cause| work.gate.wait(cause, &mut retry));
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

/// What others should go by of one POST.
fn seen(judged: &Result<Judged, RunError>) -> Feedback {
    match judged {
        Ok(Judged::Done(_)) | Err(RunError::Lost { .. }) => Feedback::Answered,
        Ok(Judged::Free(_, RunError::Refused { refusal, asked, .. })) => match refusal.status {
            429 => Feedback::RateLimited(*asked),
            500.. => Feedback::Failed,
            _ => Feedback::Answered,
        },
        Ok(Judged::Free(..)) | Err(_) => Feedback::Failed,
    }
}

/// A whole answer that is not in doubt, or a POST that was never sent.
enum Judged {
    Done(PaidAnswer),
    /// It cost nothing; with the cause for another attempt if there may be one.
    Free(Option<RetryReason>, RunError),
}

/// What every attempt of a job shares.
struct Attempts<'a> {
    plan: &'a Plan,
    body: Body,
    /// The file whose place is kept.
    output: Option<PathBytes>,
    claim: &'a JobLock,
    /// What a sandbox is told.
    area: Option<VisibleArea>,
}

/// One POST, with all that has to be durable before and after it.
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
        plan.attempts_before() + attempt,
        id.as_str(),
        output.as_ref(),
        journal_map::now(),
    )?;
    work.events.on(Event::Sending { attempt, id, transfer });
    let watched = work.events.wants_bytes().then_some(transfer);
    match send(transport, endpoint, key, id, body, watched, *area) {
        Ok(raw) => {
            let raw = if is_sandbox { raw } else { raw.without_sandbox_price() };
            // An answer that cannot be written down is still here, and goes on to be delivered.
            let answer = journal_map::answered(&raw);
            let written = work.journal.record_answer(job, id.as_str(), &answer, claim);
            let unkept = written.is_err().then_some(answer);
            tell(work.events, written);
            work.events.on(Event::Answered { status: raw.status, inference_id: raw.inference_id() });
            let judged = judge(&raw, id.as_str(), attempt)?;
            Ok(match judged {
                Judged::Done(paid_for) => Judged::Done(PaidAnswer { unkept, ..paid_for }),
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
        Ok(paid_for) => Ok(Judged::Done(paid_for)),
        Err(error) => match &error {
            RunError::Refused { refusal, asked, .. } => {
                let cause = match refusal.status {
                    429 => Some(RetryReason::RateLimited(asked.map(RetryAfter))),
                    503 => Some(RetryReason::Busy(asked.map(RetryAfter))),
                    500..=599 => Some(RetryReason::Failed),
                    _ => None,
                };
                Ok(Judged::Free(cause, error))
            }
            _ => Err(error),
        },
    }
}

/// What an answer says was bought; everything else that it can say is an error.
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
            Ok(PaidAnswer { answer, paid, attempts, unkept: None })
        }
        Verdict::Refused(refusal, after) => {
            let asked = after.map(|RetryAfter(wait)| wait);
            Err(RunError::Refused { refusal, attempts, asked })
        }
        Verdict::Unknown(doubt) => Err(RunError::Unknown { doubt, paid }),
    }
}

/// The journal could not take something down that has happened all the same.
fn tell(events: &dyn Events, written: Result<(), JournalError>) {
    if let Err(error) = written {
        events.on(Event::NotWrittenDown { error: &error });
    }
}

/// The request's body, made of the picture's own memory, once for all attempts.
fn body(plan: &Plan, image: Image) -> Body {
    plan.generation.body(match image {
        Image::Link(url) => ImageField::Link(url),
        Image::Loaded(loaded) => {
            ImageField::Bytes { media_type: loaded.header.format.media_type(), bytes: loaded.bytes }
        }
    })
}
