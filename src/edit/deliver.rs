//! Turns an answer into files: downloads the pictures, checks that they are complete, and writes them.

use std::io::{self, Write};
use std::time::Instant;

use crate::api::{
    Answer, BaseUrl, DownloadError, Downloads, Price, ResultItem, TransferProgress, Trust, expiry,
};
use crate::files::Reservation;
use crate::journal::Answered;
use crate::picture::{self, DecodeError, Header};
use crate::secret::SignedUrl;

use super::events::Event;
use super::outcome::{Delivery, Paid, RunError};
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
        mut reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let PaidAnswer { answer, mut paid, attempts, .. } = paid_answer;
        let mut results = Vec::with_capacity(answer.items.len());
        for (index, item) in answer.items.into_iter().enumerate() {
            let delivered = self.fetch(item, &paid).and_then(|picture| {
                self.writer
                    .write_result(index, picture, reservation.take(), stdout)
                    .map_err(|source| RunError::NotSaved { source, paid: paid.clone() })
            });
            results.push(
                delivered.map(|written| written.delivery(paid.clone(), attempts, self.started.elapsed())),
            );
            paid.price = paid.price.map(|_| Price::ZERO);
        }
        results
    }

    /// Fetches one result. Fails unless it is a complete picture.
    pub(super) fn fetch(&self, item: ResultItem, paid: &Paid) -> Result<(Vec<u8>, Header), RunError> {
        let complete = |bytes: &[u8]| picture::ensure_complete(bytes).map_err(|error| error.to_string());
        match item {
            ResultItem::Link(link) => {
                self.download(&link, complete).map_err(|error| undelivered(error, &link, paid))
            }
            ResultItem::Inline(bytes) => match picture::ensure_complete(&bytes) {
                Ok(header) => Ok((bytes, header)),
                // This says nothing about the picture.
                Err(error @ (DecodeError::NotStarted(_) | DecodeError::Busy { .. })) => {
                    Err(RunError::NotSaved { source: io::Error::other(error), paid: paid.clone() })
                }
                Err(error) => Err(RunError::Lost { what: error.to_string(), paid: paid.clone() }),
            },
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

    fn download(
        &self,
        link: &SignedUrl,
        complete: impl Fn(&[u8]) -> Result<Header, String>,
    ) -> Result<(Vec<u8>, Header), DownloadError> {
        let transfer = TransferProgress::default();
        self.writer.events.on(Event::Downloading { transfer: &transfer, from: &link.to_string() });
        self.downloads.fetch(link.expose(), Trust::Service(self.base), &transfer, complete)
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
