//! Finishes jobs that an earlier process paid for and could not deliver. Nothing here spends money.

mod orphan;
mod settle;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::api::{BaseUrl, Call, Downloads, Price, RawAnswer, Ticket, Transport};
use crate::cards::{Dialect, Models, ServiceCard};
use crate::files::Reservation;
use crate::journal::{
    AnswerStore, Attempt, AttemptOutcome, CallInfo, DamagedAnswer, Job, JobLock, JobLockError, Journal,
    JournalError, PathBytes, RecordedAnswer, State,
};
use crate::secret::ApiKey;

use super::answer_keeper::AnswerKeeper;
use super::attempts::{Asked, read};
use super::deliver::{Deliverer, PaidAnswer};
use super::destination::{Destination, IfExists};
use super::events::{Event, Events};
use super::interrupt::Interrupt;
use super::journal_map::{self, RerunError, now};
use super::load::Image;
use super::name_limits::{self, fitted};
use super::outcome::{Delivery, RunError};
use super::output::Output;
use super::plan::{Plan, Reserved};
use super::processing::Processing;
use super::queue::{self, Patience};
use super::result_metadata::{self, ResultStamp};
use super::source::Source;
use super::store::ResultWriter;

pub use settle::{Charge, SettleError, Settled, declare_free};
use settle::{in_doubt, lost_before, paid_as_known};

/// Recovers jobs.
pub struct Recovery<'a> {
    /// The journal.
    pub journal: &'a Journal,
    /// Keeps answers that are not the delivered file.
    pub answers: &'a AnswerStore,
    /// The HTTP clients.
    pub transport: &'a Transport,
    /// The configured service and its models. Other services are found by their names.
    pub models: &'a Models,
    /// The number of retries of a failed download.
    pub retries: u32,
    /// Receives progress events.
    pub events: &'a dyn Events,
    /// Cancels waits.
    pub interrupt: &'a Interrupt,
    /// The directory for results, instead of their destinations.
    pub to: Option<&'a Path>,
}

/// The outcome of finishing a job.
pub enum Found {
    /// Its results, each delivered or not.
    Results(Vec<Result<Delivery, RunError>>),
    /// It was certainly not charged and may be run again; with the reason.
    Free(String),
    /// It may have been charged; the usage log may know more. With the reason.
    Unknown(String),
    /// Another process is working on it.
    Running,
    /// Another process has finished it.
    Finished,
}

/// Why a job could not be examined.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its entry.
    #[error(transparent)]
    Entry(#[from] RerunError),
    /// Its lock.
    #[error("cannot lock the job")]
    JobLock(#[from] JobLockError),
}

impl Recovery<'_> {
    /// Finishes a job as far as possible without the usage log.
    ///
    /// # Errors
    /// See [`RecoverError`]. The job is unchanged then.
    pub fn finish(&self, job: &Job) -> Result<Found, RecoverError> {
        let name = job.intent.job.as_str();
        let _claim = match JobLock::acquire_to_finish(self.journal.directory(), name) {
            Ok(claim) => claim,
            Err(JobLockError::Held(_)) => return Ok(Found::Running),
            Err(error) => return Err(error.into()),
        };
        // Read again under the lock.
        let Some(job) = &self.journal.job(name)?.filter(|job| job.state.is_unfinished()) else {
            return Ok(Found::Finished);
        };
        if let Some(output) = &job.intent.output {
            Reservation::remove_stale(output.as_path());
        }
        match (job.state, last_attempt(job)) {
            (State::Intent, _) | (State::Sent, None) => self.free(job, "it was never sent"),
            (State::Sent, Some(attempt)) => {
                if self.journal.adopt_spooled(name, &attempt.request_id, now())? {
                    return self.deliver(job, attempt);
                }
                if attempt.outcome == AttemptOutcome::Charged {
                    return self.unrecorded(job, attempt);
                }
                let why = "seededit ended before it received an answer";
                self.journal.mark_unknown(name, why)?;
                Ok(Found::Unknown(why.to_owned()))
            }
            (State::Answered, Some(attempt)) => self.deliver(job, attempt),
            // A truncated answer may still contain the link.
            (State::Unknown, Some(attempt)) if attempt.status.is_some() => self.deliver(job, attempt),
            _ => Ok(Found::Unknown(job.reason.clone().unwrap_or_default())),
        }
    }

    /// Returns the card of the service that a job was sent to.
    fn service_of(&self, job: &Job) -> ServiceCard {
        let configured = self.models.service();
        match &job.intent.service {
            Some(name) if *name != configured.name => {
                let card = self.models.catalog().service(name).unwrap_or_else(|_| configured.clone());
                let base: Option<BaseUrl> = job.intent.base_url.parse().ok();
                card.at(base.is_some_and(|base| base.is_on_this_machine()))
            }
            // Jobs of releases that knew one service only: all of them spoke like it.
            _ => configured.clone(),
        }
    }

    /// Asks a queue what became of a job in doubt that it had accepted, for up to `limit`, and delivers the result.
    /// Sends no new request. `None` if it was not accepted by a queue.
    ///
    /// # Errors
    /// See [`RecoverError`]. The job is unchanged then.
    pub fn resume(
        &self,
        job: &Job,
        base: &BaseUrl,
        key: &ApiKey,
        limit: Duration,
    ) -> Result<Option<Found>, RecoverError> {
        let name = job.intent.job.as_str();
        let claim = match JobLock::acquire_to_finish(self.journal.directory(), name) {
            Ok(claim) => claim,
            Err(JobLockError::Held(_)) => return Ok(Some(Found::Running)),
            Err(error) => return Err(error.into()),
        };
        let Some(job) = &self.journal.job(name)?.filter(|job| job.state == State::Unknown) else {
            return Ok(Some(Found::Finished));
        };
        let service = self.service_of(job);
        let tickets = in_doubt(job).map(|attempt| (attempt, self.ticket(job, attempt, base, &service)));
        let Some((attempt, ticket)) = tickets.filter_map(|(attempt, ticket)| Some((attempt, ticket?))).last()
        else {
            return Ok(None);
        };
        let call = Call { url: ticket.status_url.clone(), service: &service, key };
        self.events.on(Event::Accepted { job: name, request: &ticket.id });
        let patience = Patience::UntilOrInterrupted(limit, self.interrupt);
        let raw = match queue::wait(self.transport, &call, &ticket, patience) {
            Ok(raw) => raw,
            Err(doubt) => {
                self.journal.mark_unknown(name, &doubt.to_string())?;
                return Ok(Some(Found::Unknown(doubt.to_string())));
            }
        };
        self.journal.record_answer(name, &attempt.request_id, &journal_map::answered(&raw), &claim)?;
        // Read again, with the answer.
        let Some(job) = &self.journal.job(name)? else { return Ok(Some(Found::Finished)) };
        match last_attempt(job) {
            Some(attempt) => self.deliver(job, attempt).map(Some),
            None => Ok(Some(Found::Finished)),
        }
    }

    /// Returns where a queue says what became of an attempt. If the process ended before it stored that, it is read from
    /// the answer to the request.
    fn ticket(&self, job: &Job, attempt: &Attempt, base: &BaseUrl, service: &ServiceCard) -> Option<Ticket> {
        if let Some(stored) = &attempt.ticket {
            return Ticket::restore(stored, base).ok();
        }
        let is_queue = service.path(Dialect::Queue).is_some();
        let submission = self.journal.answer(&attempt.request_id).ok()?.filter(|_| is_queue)?;
        let raw = Some(restored(submission)).filter(RawAnswer::is_success)?;
        let ticket = Ticket::of_answer(&raw, base, &job.intent.path, service).ok()?;
        let stored = self.journal.record_ticket(&attempt.request_id, &ticket.stored_text(), &ticket.id);
        stored.ok().map(|()| ticket)
    }

    /// Gives up a job of a sandbox that has ended, together with its results.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn give_up(&self, job: &Job) -> Result<(), RecoverError> {
        let name = job.intent.job.as_str();
        let _claim = JobLock::acquire_to_finish(self.journal.directory(), name)?;
        let Some(job) = self.journal.job(name)?.filter(|job| job.state.is_unfinished()) else {
            return Ok(());
        };
        if let Some(output) = &job.intent.output {
            Reservation::remove_stale(output.as_path());
        }
        let why = "the sandbox that it was sent to has ended";
        let request_id = job.attempts.last().map_or("", |attempt| attempt.request_id.as_str());
        Ok(self.journal.mark_lost(name, request_id, why, &Default::default(), now())?)
    }

    fn free(&self, job: &Job, why: &str) -> Result<Found, RecoverError> {
        match self.journal.mark_refused(&job.intent.job, why, true, now())? {
            State::Answered => match answered_attempt(job) {
                Some(attempt) => self.deliver(job, attempt),
                None => Ok(Found::Finished),
            },
            State::Lost => Ok(Found::Results(vec![Err(lost_before(job))])),
            State::Unknown => Ok(Found::Unknown("an earlier attempt may have been charged".into())),
            _ => Ok(Found::Free(why.to_owned())),
        }
    }

    /// Records the loss of a job that was charged and whose answer could be neither recorded nor delivered.
    fn unrecorded(&self, job: &Job, attempt: &Attempt) -> Result<Found, RecoverError> {
        let what = "the answer was received but could not be recorded".to_owned();
        let error = RunError::Lost { what, paid: paid_as_known(attempt) };
        journal_map::failure(self.journal, &job.intent.job, &error)?;
        Ok(Found::Results(vec![Err(error)]))
    }

    /// Reads a recorded answer and delivers its results.
    fn deliver(&self, job: &Job, attempt: &Attempt) -> Result<Found, RecoverError> {
        let name = job.intent.job.as_str();
        let mut recorded = self.journal.answer(&attempt.request_id)?;
        if recorded.is_none() && self.journal.adopt_spooled(name, &attempt.request_id, now())? {
            recorded = self.journal.answer(&attempt.request_id)?;
        }
        let Some(recorded) = recorded else {
            return self.unrecorded(job, attempt);
        };
        let CallInfo { usd, credits, .. } = recorded.answered.call_info;
        let known_price = Price::new(usd, credits);
        let damage = recorded.damage.clone();
        let raw = restored(recorded);
        let service = self.service_of(job);
        let base: Option<BaseUrl> = job.intent.base_url.parse().ok();
        let asked = Asked::recorded(attempt, &service, base.as_ref());
        // Why it is not known whether the attempt was charged. An error that did not come from the service may have a
        // link that leads to no result, so only a picture proves the charge.
        let mut unproven = None;
        let mut paid_answer = match read(&raw, &attempt.request_id, attempt.number, asked) {
            Ok(paid_answer) => paid_answer,
            Err(RunError::Refused { refusal, .. }) => return self.free(job, &refusal.message),
            Err(RunError::Unknown { doubt, paid }) => match raw.salvage(base.as_ref()) {
                Some(answer) => {
                    if let Some(damage) = &damage {
                        self.events.on(Event::Salvaged { why: &damage.to_string() });
                    }
                    let is_proven = raw.is_success() || attempt.outcome == AttemptOutcome::Charged;
                    unproven = (!is_proven).then(|| doubt.to_string());
                    PaidAnswer { answer, paid, attempts: attempt.number, sent: 0, unrecorded: None }
                }
                // It was read and charged before, so it is not what was received.
                None if attempt.outcome == AttemptOutcome::Charged => {
                    let path = self.journal.answer_path(&attempt.request_id);
                    let source = damage.unwrap_or(DamagedAnswer { path, is_missing: false });
                    let results = vec![Err(RunError::AnswerDamaged { source, paid: paid_as_known(attempt) })];
                    journal_map::results(self.journal, name, &attempt.request_id, &results)?;
                    return Ok(Found::Results(results));
                }
                None => {
                    let why = damage.map_or_else(|| doubt.to_string(), |damage| damage.to_string());
                    self.journal.mark_unknown(name, &why)?;
                    return Ok(Found::Unknown(why));
                }
            },
            Err(error) => {
                journal_map::failure(self.journal, name, &error)?;
                return Ok(Found::Results(vec![Err(error)]));
            }
        };
        paid_answer.paid.price = paid_answer.paid.price.or(known_price);
        if unproven.is_none() {
            let call_info = journal_map::call_info(&paid_answer.paid);
            self.journal.mark_charged(&attempt.request_id, &call_info)?;
        }
        let (output, beside) = self.output_of(job)?;
        // A paid result is delivered even if it cannot be restored.
        let restoration = journal_map::restoration(&job.intent);
        let is_unrestored = restoration.is_err();
        let restoration = restoration.unwrap_or_else(|why| {
            self.events.on(Event::NotRestored { why: &why });
            None
        });
        let (colors, metadata) = journal_map::picture_facts(&job.intent);
        let processing = Processing::from_stored_text(job.intent.processing.as_deref())
            .map(|stored| stored.processing)
            .unwrap_or_default();
        let options = processing.metadata;
        let record = options.records_request.then(|| result_metadata::record_of_job(&job.intent));
        let provenance = result_metadata::provenance(attempt.sent, record);
        let times_of = job.intent.input_path.as_ref().filter(|_| options.keeps_times);
        if let Destination::File { path, .. } = &output.destination {
            Reservation::remove_stale(path);
        }
        let deliverer = Deliverer {
            writer: ResultWriter {
                output: &output,
                beside,
                restoration: restoration.as_ref(),
                colors: &colors,
                stamp: ResultStamp { options, original: &metadata, provenance },
                picture: job.intent.input.clone(),
                times_of: times_of.map(PathBytes::as_path),
                events: self.events,
                again: true,
                answers: Some(self.keeper(attempt)),
                keeps_answer: processing.keeps_answer,
            },
            downloads: Downloads { transport: self.transport, retries: self.retries },
            base: base.as_ref(),
            started: Instant::now(),
        };
        // Results for standard output have been redirected to a file.
        let mut results = deliverer.all(paid_answer, Reserved::default(), &mut std::io::sink());
        results.iter_mut().flatten().for_each(|delivery| delivery.is_unrestored |= is_unrestored);
        let brought_nothing = results.iter().all(|result| result.as_ref().is_err_and(brings_no_picture));
        if let Some(why) = unproven.filter(|_| brought_nothing) {
            self.journal.mark_unknown(name, &why)?;
            return Ok(Found::Unknown(why));
        }
        journal_map::results(self.journal, name, &attempt.request_id, &results)?;
        self.answers.settle(self.journal);
        Ok(Found::Results(results))
    }

    fn keeper(&self, attempt: &Attempt) -> AnswerKeeper<'_> {
        AnswerKeeper { journal: self.journal, store: self.answers, request_id: attempt.request_id.clone() }
    }

    /// Delivers the results of an attempt in doubt that was charged, as the usage log says. `None` if its answer has none.
    fn deliver_charged(
        &self,
        job: &Job,
        attempt: &Attempt,
        call_info: &CallInfo,
    ) -> Result<Option<Vec<Result<Delivery, RunError>>>, RecoverError> {
        let name = job.intent.job.as_str();
        // A spooled answer that no longer exists is no answer.
        let Ok(Some(recorded)) = self.journal.answer(&attempt.request_id) else { return Ok(None) };
        let base: Option<BaseUrl> = job.intent.base_url.parse().ok();
        let is_damaged = recorded.damage.is_some();
        if restored(recorded).salvage(base.as_ref()).is_none() && !is_damaged {
            return Ok(None);
        }
        self.journal.mark_undelivered(name, &attempt.request_id, call_info, None)?;
        // Read again, as charged.
        let Some(job) = &self.journal.job(name)? else { return Ok(None) };
        let Some(attempt) = job.attempts.iter().find(|found| found.request_id == attempt.request_id) else {
            return Ok(None);
        };
        Ok(match self.deliver(job, attempt)? {
            Found::Results(results) => Some(results),
            _ => None,
        })
    }

    /// Returns the output for the results of a job, and the path of further results. They go to the directory `to`, to
    /// their destination or, if that was standard output, to the working directory.
    fn output_of(&self, job: &Job) -> Result<(Output, PathBuf), RecoverError> {
        let output = journal_map::output(&job.intent)?;
        let generated = generated_name(job);
        let destination = match (self.to, output.destination) {
            (Some(to), Destination::File { path, .. }) => Destination::File {
                path: to.join(path.file_name().unwrap_or_default()),
                if_exists: IfExists::Rename,
            },
            (to, Destination::Stdout | Destination::Skipped(_)) => {
                let extension = job.intent.format.as_deref().unwrap_or("jpg");
                let path = to.unwrap_or(Path::new("")).join(&generated).with_added_extension(extension);
                Destination::File { path, if_exists: IfExists::Rename }
            }
            (None, destination) => destination,
        };
        let destination = match destination {
            Destination::File { path, .. } if fitted(&path, 0) != path => {
                let got = fitted(&path, name_limits::NUMBER);
                self.events.on(Event::Shortened { planned: &path, actual: &got });
                Destination::File { path: got, if_exists: IfExists::Rename }
            }
            destination => destination,
        };
        Ok((Output { destination, ..output }, generated))
    }

    /// Returns the plan to run a job again: same picture, prompt and seed. Its result goes to a file, even if the first
    /// run wrote to standard output: now several pictures, JSON or nobody may be there.
    ///
    /// # Errors
    /// When the job cannot be run again; see [`RerunError`]. Nothing is sent.
    pub fn plan_rerun(&self, job: &Job, models: &Models) -> Result<(Plan, Image), RecoverError> {
        let (output, _) = self.output_of(job)?;
        let downloads = Downloads { transport: self.transport, retries: self.retries };
        let step_before = self.journal.step_before(job)?;
        Ok(journal_map::plan_rerun(job, step_before.as_ref(), output, models, &downloads)?)
    }
}

/// Returns a recorded answer as it was received. What is left of a damaged one is an answer that was cut off.
fn restored(recorded: RecordedAnswer) -> RawAnswer {
    let RecordedAnswer { answered, damage } = recorded;
    let received = Timestamp::from_millisecond(answered.received).unwrap_or_default();
    let is_cut = answered.cut.is_some() || damage.is_some();
    RawAnswer::restore(answered.status, &answered.headers, answered.body, is_cut, received)
}

/// Whether a result could not be fetched. One that cannot be saved is a picture.
fn brings_no_picture(error: &RunError) -> bool {
    matches!(error, RunError::Lost { .. } | RunError::NotDownloaded { .. } | RunError::AnswerDamaged { .. })
}

/// Returns the attempt that a job's state is about. An answered job that was run again and refused has a free attempt
/// after the answered one.
fn last_attempt(job: &Job) -> Option<&Attempt> {
    let answered = if job.state == State::Answered { answered_attempt(job) } else { None };
    answered.or(job.attempts.last())
}

fn answered_attempt(job: &Job) -> Option<&Attempt> {
    job.attempts.iter().rev().find(|attempt| attempt.outcome != AttemptOutcome::Free)
}

/// Returns the name that is generated for a result of this job, without its directory.
fn generated_name(job: &Job) -> PathBuf {
    let source = match (&job.intent.input_path, &job.intent.input_link) {
        (Some(path), _) => Source::File(path.as_path().file_name().unwrap_or_default().into()),
        (None, Some(link)) => Source::parse(link.as_ref()).unwrap_or(Source::Stdin),
        (None, None) => Source::Stdin,
    };
    source.generated_name()
}
