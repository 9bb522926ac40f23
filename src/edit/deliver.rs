//! Turns an answer into files: downloads the pictures, checks that they are complete, and writes them.

use std::io::{self, Write};
use std::mem;
use std::path::PathBuf;
use std::time::Instant;

use crate::api::{
    Answer, BaseUrl, DownloadError, Downloads, Price, ResultItem, TransferProgress, Trust, expiry,
};
use crate::error_chain::error_chain;
use crate::journal::{Answered, KeepError};
use crate::picture::{self, DecodeError, Format, Header};
use crate::secret::SignedUrl;

use super::events::Event;
use super::outcome::{Delivery, Paid, RunError};
use super::plan::Reserved;
use super::store::ResultWriter;

/// Delivers the results of one call.
pub(super) struct Deliverer<'a> {
    /// Writes the results.
    pub(super) writer: ResultWriter<'a>,
    /// Downloads the results.
    pub(super) downloads: Downloads<'a>,
    /// The base URL of the service that sent the links.
    pub(super) base: Option<&'a BaseUrl>,
    /// When the first attempt began.
    pub(super) started: Instant,
}

/// An answer that was paid for, and the number of POSTs that it took.
pub(super) struct PaidAnswer {
    pub(super) answer: Answer,
    pub(super) paid: Paid,
    pub(super) attempts: u32,
    /// When the request was sent, in milliseconds since 1970.
    pub(super) sent: i64,
    /// The answer, if it could not be recorded when it arrived.
    pub(super) unrecorded: Option<Answered>,
}

impl Deliverer<'_> {
    /// Delivers every result. The first goes to the planned destination, any other beside it. Only the first has
    /// the price of the call, so that prices can be added up.
    pub(super) fn all(
        &self,
        paid_answer: PaidAnswer,
        mut reserved: Reserved,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let PaidAnswer { answer, mut paid, attempts, .. } = paid_answer;
        let mut results = Vec::with_capacity(answer.items.len());
        for (index, item) in answer.items.into_iter().enumerate() {
            let mut draft = None;
            let mut write_draft = |answer: &[u8], header| {
                draft = self.writer.draft(answer, header, &mut reserved);
            };
            let fetched = self.fetch(index, item, &paid, &mut write_draft);
            let delivered = fetched.and_then(|picture| {
                self.writer
                    .write_result(index, picture, draft, mem::take(&mut reserved), stdout)
                    .map_err(|source| RunError::NotSaved { source, paid: paid.clone() })
            });
            results.push(
                delivered.map(|written| written.delivery(paid.clone(), attempts, self.started.elapsed())),
            );
            paid.price = paid.price.map(|_| Price::ZERO);
        }
        results
    }

    /// Fetches one result, whose number in the answer is `index`, from 0. Fails unless it is a complete picture; what
    /// arrived instead is kept. Calls `meanwhile` with each picture that it checks, the one that it returns last.
    pub(super) fn fetch(
        &self,
        index: usize,
        item: ResultItem,
        paid: &Paid,
        meanwhile: &mut dyn FnMut(&[u8], Header),
    ) -> Result<(Vec<u8>, Header), RunError> {
        match item {
            ResultItem::Link(link) => {
                self.download(index, &link, meanwhile).map_err(|error| undelivered(error, &link, paid))
            }
            ResultItem::Inline(mut bytes) => match picture::ensure_complete_result(&mut bytes, meanwhile) {
                Ok(header) => Ok((bytes, header)),
                // This says nothing about the picture.
                Err(error @ (DecodeError::NotStarted(_) | DecodeError::Busy { .. })) => {
                    Err(RunError::NotSaved { source: io::Error::other(error), paid: paid.clone() })
                }
                Err(error) => Err(self.damaged(index, &bytes, error.to_string(), paid)),
            },
            ResultItem::Damaged { why, bytes } => Err(self.damaged(index, &bytes, why, paid)),
            ResultItem::Failed(why) => {
                let what = format!("the service made no picture: {why}");
                Err(RunError::Lost { what, paid: paid.clone() })
            }
            // Links are resolved when the answer is read.
            ResultItem::Relative(_) => {
                let what = "the link in the answer has no host".to_owned();
                Err(RunError::Lost { what, paid: paid.clone() })
            }
            ResultItem::Unreadable(what) => Err(RunError::Lost { what, paid: paid.clone() }),
        }
    }

    /// Downloads a result. If it is not a complete picture, it can still be downloaded again, but probably with the same
    /// outcome, and not for long.
    fn download(
        &self,
        index: usize,
        link: &SignedUrl,
        meanwhile: &mut dyn FnMut(&[u8], Header),
    ) -> Result<(Vec<u8>, Header), DownloadError> {
        let transfer = TransferProgress::default();
        self.writer.events.on(Event::Downloading { transfer: &transfer, from: &link.to_string() });
        let mut damaged = Vec::new();
        let complete = |bytes: &mut Vec<u8>| {
            picture::ensure_complete_result(bytes, &mut *meanwhile).map_err(|error| {
                damaged = mem::take(bytes);
                error.to_string()
            })
        };
        let fetched = self.downloads.fetch(link.expose(), Trust::Service(self.base), &transfer, complete);
        if let (Err(DownloadError::Incomplete(_)), Some(answers)) = (&fetched, &self.writer.answers) {
            // Text is an error page.
            if Format::sniff(&damaged).is_some() || std::str::from_utf8(&damaged).is_err() {
                self.report_kept(answers.keep_damaged(index, &damaged));
            }
        }
        fetched
    }

    fn report_kept(&self, kept: Result<Option<PathBuf>, KeepError>) {
        match kept {
            Ok(Some(path)) => self.writer.events.on(Event::AnswerKept { path: &path, is_unused: true }),
            Ok(None) => {}
            Err(error) => self.writer.events.on(Event::AnswerNotKept { why: &error_chain(&error) }),
        }
    }

    /// Returns the error for a picture that arrived with the answer and cannot be used. It is kept, because nobody can
    /// fetch it again. If that fails, the job stays unfinished with its answer.
    fn damaged(&self, index: usize, bytes: &[u8], why: String, paid: &Paid) -> RunError {
        let paid = paid.clone();
        let answers = self.writer.answers.as_ref().filter(|_| !bytes.is_empty());
        match answers.map_or(Ok(None), |answers| answers.keep_damaged(index, bytes)) {
            Ok(Some(path)) => {
                RunError::Lost { what: format!("{why}; what arrived is kept as {}", path.display()), paid }
            }
            Ok(None) | Err(KeepError::TooLarge(_)) => RunError::Lost { what: why, paid },
            Err(KeepError::Io(source)) => {
                let source = format!("{why}; what arrived cannot be kept: {}", error_chain(&source));
                RunError::NotSaved { source: io::Error::other(source), paid }
            }
        }
    }
}

/// Converts a failed download to an error of the run: a link that has expired by the server's clock is lost.
fn undelivered(error: DownloadError, link: &SignedUrl, paid: &Paid) -> RunError {
    let paid = paid.clone();
    if let DownloadError::Gone { status, server_time: Some(now) } = error
        && let Some(expired) = expiry(link)
        && expired <= now
    {
        return RunError::Lost {
            what: format!("the link to the picture expired at {expired} (HTTP {status})"),
            paid,
        };
    }
    RunError::NotDownloaded { source: error, paid }
}
