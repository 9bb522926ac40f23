//! The paid path. This is the only place that knows its order:
//!
//! lock the job and reserve disk space for its answer → record the intent → reserve the output → record
//! that it is sent → send → record the answer → read it → keep it, unless it is the result → deliver → record the
//! delivery.
//!
//! The intent comes before the reservation. Whatever a process leaves behind when it dies, the journal says where
//! to look for it.
//!
//! A request is sent again only when it was certainly not charged. A limiter says when, because many edits may
//! run at once.

use std::io::Write;
use std::mem;
use std::time::{Duration, Instant};

use crate::api::{Body, Generation, Picture, PictureFile, Pictures, ResponseFormat, ResultItem};
use crate::error_chain::error_chain;
use crate::files::ensure_can_open;
use crate::journal::{JobLock, JobLockError, Journal, JournalError, State};
use crate::picture::Format;

use super::answer_keeper::AnswerKeeper;
use super::attempts::pay;
use super::deliver::{Deliverer, PaidAnswer};
use super::events::{Event, Events, NoEvents};
use super::journal_map;
use super::load::{Image, Loaded};
use super::native_mask::native_mask;
use super::outcome::{Delivery, EarlierStep, RunError};
use super::plan::{Plan, Rerun, Reserved};
use super::references::Reference;
use super::result_metadata::{self, ResultStamp};
use super::store::ResultWriter;
use super::work::Work;

/// More than the connections and files that it takes to send a request, download its result and write it.
const FILES_OF_A_DOWNLOAD: usize = 24;

/// Runs the edit. Returns a result for each picture in the answer; normally there is one.
///
/// Sends nothing after the interrupt was raised. A request in flight is still waited for, and its result saved. With
/// [`Destination::Stdout`](super::Destination::Stdout) the picture is written to `stdout`.
pub fn run(
    plan: &Plan,
    image: Image,
    work: &Work<'_>,
    stdout: &mut dyn Write,
) -> Vec<Result<Delivery, RunError>> {
    match PaidJob::buy(plan, image, Keep::Now, work) {
        Ok(paid_job) => paid_job.deliver(work, stdout).0,
        Err(error) => vec![Err(error)],
    }
}

/// When the output of a result is reserved.
pub(super) enum Keep {
    /// Before the request is sent.
    Now,
    /// It is reserved already.
    Done(Box<Reserved>),
    /// When it is needed.
    Later,
}

/// A job that was paid for and is not delivered yet. Holds the job's lock.
pub(super) struct PaidJob {
    plan: Plan,
    lock: JobLock,
    reserved: Reserved,
    paid_answer: PaidAnswer,
    /// When its first attempt began; waiting for a slot before that does not count.
    started: Instant,
}

impl PaidJob {
    /// Runs the first half of the paid path, up to an answer with a result.
    pub(super) fn buy(plan: &Plan, image: Image, keep: Keep, work: &Work<'_>) -> Result<PaidJob, RunError> {
        let job = plan.job.as_str();
        let references = load_references(plan)?;
        ensure_can_open(FILES_OF_A_DOWNLOAD).map_err(RunError::TooManyOpenFiles)?;
        let inline = plan.generation.response_format == Some(ResponseFormat::B64Json);
        let lock = JobLock::acquire_with_space(work.journal.directory(), job, inline)?;
        match plan.rerun {
            None => {
                let intent = journal_map::intent(plan, &image, work.service.endpoint);
                if let Some(other) = work.journal.begin(&intent, plan.equals.as_deref())? {
                    return Err(JobLockError::Held(other).into());
                }
            }
            Some(again) => ensure_unchanged(work.journal, job, again)?,
        }
        let kept = match keep {
            Keep::Now => plan.reserve(),
            Keep::Done(reserved) => Ok(*reserved),
            Keep::Later => Ok(Reserved::default()),
        };
        let reserved = match kept {
            Ok(reserved) => reserved,
            Err(error) => {
                if plan.rerun.is_none() {
                    work.report_unrecorded(work.journal.withdraw(job));
                }
                return Err(error.into());
            }
        };
        if let Image::Loaded(loaded) = &image {
            report_upload(plan, loaded, work.events);
        }
        let target = reserved.result.as_ref().map_or(plan.output.path(), |kept| Some(kept.target()));
        let (paid_answer, started) = pay(plan, body(plan, image, references), target, work, &lock)?;
        Ok(PaidJob { plan: plan.clone(), lock, reserved, paid_answer, started })
    }

    /// The time since the first attempt began.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Runs the second half of the paid path: delivers the results. Returns the lock of the job, too. While it is held,
    /// other processes do not take the job for one whose process has ended.
    pub(super) fn deliver(
        mut self,
        work: &Work<'_>,
        stdout: &mut dyn Write,
    ) -> (Vec<Result<Delivery, RunError>>, JobLock) {
        let job = self.plan.job.as_str();
        let unrecorded = self.paid_answer.unrecorded.take();
        let request_id = self.paid_answer.paid.client_request_id.clone();
        let deliverer = deliverer(&self.plan, self.started, &self.paid_answer, work);
        let reserved = mem::take(&mut self.reserved);
        let mut results = deliverer.all(self.paid_answer, reserved, stdout);
        if let Some(answer) = unrecorded
            && results.iter().any(Result::is_err)
        {
            // The journal may be writable again by now. If not, `recover` has nothing to start from, unless the
            // spool has the whole answer.
            if let Err(error) = work.journal.record_answer(job, &request_id, &answer, &self.lock)
                && !work.journal.is_spooled(&request_id)
            {
                results =
                    results.into_iter().map(|result| result.map_err(|gone| lost(gone, &error))).collect();
            }
        }
        let dropped = &self.plan.dropped;
        results.iter_mut().flatten().for_each(|delivery| drop(delivery.dropped.splice(..0, dropped.clone())));
        let written = journal_map::results(work.journal, job, &request_id, &results);
        work.report_unrecorded(written);
        work.answers.settle(work.journal);
        (results, self.lock)
    }

    /// Returns the picture for the next step, which is the first result that can be read: its link if the service can
    /// download that, else its bytes.
    pub(super) fn next_image(&self, work: &Work<'_>) -> Result<Image, RunError> {
        self.first_readable(|index, item| match item {
            ResultItem::Link(link) if work.service.endpoint.can_reach(link.expose()) => {
                Ok(Image::Link(link.expose().clone()))
            }
            item => self.bytes_of(index, item, work),
        })
    }

    /// Returns the bytes of the picture for the next step.
    pub(super) fn next_bytes(&self, work: &Work<'_>) -> Result<Image, RunError> {
        self.first_readable(|index, item| self.bytes_of(index, item, work))
    }

    /// Returns the image of the first result that has one, else the error of the first result.
    fn first_readable(
        &self,
        image_of: impl Fn(usize, &ResultItem) -> Result<Image, RunError>,
    ) -> Result<Image, RunError> {
        let mut first_error = None;
        for (index, item) in self.paid_answer.answer.items.iter().enumerate() {
            match image_of(index, item) {
                Ok(image) => return Ok(image),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| RunError::Lost {
            what: "the answer contains no picture".into(),
            paid: self.paid_answer.paid.clone(),
        }))
    }

    fn bytes_of(&self, index: usize, item: &ResultItem, work: &Work<'_>) -> Result<Image, RunError> {
        let deliverer = deliverer(&self.plan, self.started, &self.paid_answer, work);
        let (bytes, header) = deliverer.fetch(index, item.clone(), &self.paid_answer.paid, &mut |_, _| {})?;
        Ok(Image::Loaded(Loaded::result(&bytes, header)))
    }

    /// Ends the job without delivering its result, which was the picture of the next step.
    pub(super) fn hand_on(self, work: &Work<'_>) -> EarlierStep {
        self.keep_answer(work);
        let paid = self.paid_answer.paid;
        let written = work.journal.mark_handed_on(
            self.plan.job.as_str(),
            &paid.client_request_id,
            &journal_map::call_info(&paid),
            journal_map::now(),
        );
        work.report_unrecorded(written);
        work.answers.settle(work.journal);
        EarlierStep { job: self.plan.job, attempts: self.paid_answer.attempts, price: paid.price }
    }

    /// Keeps the answer without delivering it. A link is tried only once: the next step has used the picture already.
    fn keep_answer(&self, work: &Work<'_>) {
        if !work.answers.is_enabled() {
            return;
        }
        let mut deliverer = deliverer(&self.plan, self.started, &self.paid_answer, work);
        deliverer.downloads.retries = 0;
        deliverer.writer.events = &NoEvents;
        for (index, item) in self.paid_answer.answer.items.iter().enumerate() {
            if let (Ok((bytes, header)), Some(answers)) = (
                deliverer.fetch(index, item.clone(), &self.paid_answer.paid, &mut |_, _| {}),
                &deliverer.writer.answers,
            ) && let Err(error) = answers.keep(index, &bytes, header.format)
            {
                work.events.on(Event::AnswerNotKept { why: &error_chain(&error) });
            }
        }
    }
}

/// Reports what of the picture is uploaded, if that is not the picture as it is.
fn report_upload(plan: &Plan, loaded: &Loaded, events: &dyn Events) {
    let picture = &plan.source.label();
    if !loaded.changes.is_empty() {
        events.on(Event::Fitted { picture, changes: &loaded.changes });
    }
    if !plan.dropped.is_empty() {
        events.on(Event::LeftOut { picture, dropped: &plan.dropped });
    }
    if let (true, Some(original)) = (plan.processing.is_partial(), &loaded.original) {
        let size = original.header.upright();
        if let Some(region) = plan.processing.region_in(size) {
            events.on(Event::Region { picture, region, size });
        }
        if loaded.frame.is_whole(size) {
            events.on(Event::UploadedWhole { picture, size });
        }
    }
}

/// Returns what delivers the results of a call.
fn deliverer<'a>(
    plan: &'a Plan,
    started: Instant,
    PaidAnswer { sent, paid, .. }: &PaidAnswer,
    work: &'a Work<'_>,
) -> Deliverer<'a> {
    let options = plan.processing.metadata;
    let record =
        options.records_request.then(|| result_metadata::record(plan.job.as_str(), &plan.generation));
    let provenance = result_metadata::provenance(*sent, record);
    Deliverer {
        writer: ResultWriter {
            output: &plan.output,
            beside: plan.source.generated_name(),
            restoration: plan.restoration.as_ref(),
            colors: &plan.colors,
            stamp: ResultStamp { options, original: &plan.metadata, provenance },
            picture: plan.source.label(),
            times_of: plan.times_of.as_deref(),
            events: work.events,
            again: false,
            answers: Some(AnswerKeeper {
                journal: work.journal,
                store: work.answers,
                request_id: paid.client_request_id.clone(),
            }),
            keeps_answer: plan.processing.keeps_answer,
        },
        downloads: work.service.downloads(),
        base: Some(&work.service.endpoint.base),
        started,
    }
}

/// Makes sure, under the job's lock, that no other process has run the job since the decision to run it again.
/// A job that was free or lost then may have been paid for by now.
fn ensure_unchanged(journal: &Journal, job: &str, again: Rerun) -> Result<(), RunError> {
    let found = journal.job(job)?;
    let is_same = found.is_some_and(|found| {
        // A job in one of these states has to be finished first.
        let may_run = match again.state {
            State::Answered => found.is_link_dead(),
            state => state != State::Sent,
        };
        may_run
            && found.state == again.state
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

/// Reads the references before anything is recorded.
fn load_references(plan: &Plan) -> Result<Vec<Loaded>, RunError> {
    let load = |reference: &Reference| Ok(reference.load(&plan.processing)?);
    plan.references.iter().map(load).collect()
}

/// Builds the body of the request in the memory of the pictures, once for all attempts.
fn body(plan: &Plan, image: Image, references: Vec<Loaded>) -> Body {
    let file = |loaded: Loaded| {
        let media_type = loaded.header.format.media_type();
        Picture::File(PictureFile { media_type, bytes: loaded.bytes })
    };
    let restoration = plan.restoration.as_ref();
    let (image, mask, upload) = match image {
        Image::Link(url) => (Picture::Link(url), None, None),
        Image::Loaded(loaded) => {
            let upload = loaded.header.upright();
            let mask = native_mask(&plan.generation.card, &plan.processing, restoration, &loaded);
            (file(loaded), mask, Some(upload))
        }
    };
    let references = references.into_iter().map(file).collect();
    let mask = mask.map(|png| {
        Picture::File(PictureFile { media_type: Format::Png.media_type(), bytes: png.as_slice().into() })
    });
    let restore = &plan.processing.restore;
    let output_format = plan.output.encoding.answer_format(restore, &plan.generation.card);
    let generation = Generation { output_format, ..plan.generation.clone() };
    generation.body(Pictures { image, references, mask }, upload)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::outcome::Paid;
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
