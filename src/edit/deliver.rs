//! From an answer to files at their places: download, make sure that it is whole, put it there.

use std::io::Write;
use std::time::Instant;

use crate::api::{Answer, DownloadError, Downloads, Price, ResultItem, TransferProgress, Trust, expiry};
use crate::files::Reservation;
use crate::journal::Answered;
use crate::picture::{self, Header};
use crate::secret::SignedUrl;

use super::events::Event;
use super::outcome::{Delivery, Paid, RunError};
use super::store::ResultWriter;

/// What every result of one call shares on its way to its place.
pub(super) struct Deliverer<'a> {
    /// Where results go, as what, and who is told.
    pub(super) putting: ResultWriter<'a>,
    /// How to fetch them.
    pub(super) downloads: Downloads<'a>,
    /// When the work began.
    pub(super) started: Instant,
}

/// What was bought, with how many POSTs.
pub(super) struct PaidAnswer {
    pub(super) answer: Answer,
    pub(super) paid: Paid,
    pub(super) attempts: u32,
    /// The answer, where it could not be written down when it came.
    pub(super) unkept: Option<Answered>,
}

impl Deliverer<'_> {
    /// Delivers every result. The first goes where it was planned to go, any other beside it. The
    /// call's price stands with the first only, so that prices can be added up.
    pub(super) fn all(
        &self,
        paid_for: PaidAnswer,
        mut reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let PaidAnswer { answer, mut paid, attempts, .. } = paid_for;
        let mut results = Vec::with_capacity(answer.items.len());
        for (index, item) in answer.items.into_iter().enumerate() {
            let delivered = self.fetch(item, &paid).and_then(|picture| {
                self.putting
                    .put(index, picture, reservation.take(), stdout)
                    .map_err(|source| RunError::NotSaved { source, paid: paid.clone() })
            });
            results.push(delivered.map(|put| put.delivery(paid.clone(), attempts, self.started.elapsed())));
            paid.price = paid.price.map(|_| Price::ZERO);
        }
        results
    }

    /// Gets the picture itself, whole or not at all.
    pub(super) fn fetch(&self, item: ResultItem, paid: &Paid) -> Result<(Vec<u8>, Header), RunError> {
        let whole = |bytes: &[u8]| picture::ensure_complete(bytes).map_err(|error| error.to_string());
        match item {
            ResultItem::Link(link) => {
                self.download(&link, whole).map_err(|error| undelivered(error, &link, paid))
            }
            ResultItem::Inline(bytes) => match whole(&bytes) {
                Ok(header) => Ok((bytes, header)),
                Err(what) => Err(RunError::Lost { what, paid: paid.clone() }),
            },
            ResultItem::Unreadable(what) => Err(RunError::Lost { what, paid: paid.clone() }),
        }
    }

    fn download(
        &self,
        link: &SignedUrl,
        whole: impl Fn(&[u8]) -> Result<Header, String>,
    ) -> Result<(Vec<u8>, Header), DownloadError> {
        let transfer = TransferProgress::default();
        self.putting.events.on(Event::Downloading { transfer: &transfer, from: &link.to_string() });
        self.downloads.fetch(link.expose(), Trust::Service, &transfer, whole)
    }
}

/// What a failed download means: a link that has expired by the server's own clock is gone for good.
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
