//! The paid path. This is the only place that knows its order:
//!
//! reserve the output → send, again only what certainly cost nothing → read the answer → download
//! → make sure that it is whole → write beside the target, sync, rename.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::api::{
    Answer, Body, Cause, Doubt, DownloadError, Downloads, Endpoint, HttpError, ImageField, Item, Meter,
    Price, RawAnswer, Refusal, RequestId, Retry, RetryAfter, SendError, Transport, Trust, Verdict, send,
};
use crate::files::{Persisted, Reservation};
use crate::picture::{self, Format, Header, Size};
use crate::secret::{ApiKey, SignedUrl};

use super::events::{Event, Events};
use super::interrupt::Interrupt;
use super::output::{IfExists, Output, OutputError, Place, Wanted, reserve_free_name};
use super::plan::Plan;
use super::source::{Image, Source};

/// Whom to send to, and how patiently.
#[derive(Debug)]
pub struct Service<'a> {
    /// The clients.
    pub transport: &'a Transport,
    /// Where.
    pub endpoint: &'a Endpoint,
    /// Whose account.
    pub key: &'a ApiKey,
    /// How often to try again what certainly cost nothing.
    pub retries: u32,
}

/// Whether money was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// Certainly not.
    No,
    /// Certainly.
    Yes,
    /// It cannot be told from here.
    Unknown,
}

/// What is known of a call that was, or may have been, paid for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paid {
    /// The id that the attempt carried.
    pub client_request_id: String,
    /// The service's id for the call.
    pub inference_id: Option<String>,
    /// What it cost.
    pub price: Option<Price>,
    /// The HTTP status of the answer, where one came.
    pub status: Option<u16>,
}

/// A result that is where it should be.
#[derive(Debug)]
pub struct Delivery {
    /// The file; none for standard output.
    pub path: Option<PathBuf>,
    /// Its format.
    pub format: Format,
    /// Its size.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of it, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The call that made it.
    pub paid: Paid,
    /// How many POSTs it took.
    pub attempts: u32,
    /// From the first byte sent to the file's being safe.
    pub elapsed: Duration,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A signal came before anything was paid for.
    #[error("interrupted; nothing was charged")]
    Interrupted(i32),
    /// The output could not be reserved.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// No connection, in all attempts.
    #[error("the service cannot be reached")]
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// The last failure.
        source: HttpError,
    },
    /// The other side could not prove who it is.
    #[error("no secure connection to the service")]
    Untrusted(#[source] HttpError),
    /// The service said no.
    #[error("{}", .refusal.message)]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// How often it was asked.
        attempts: u32,
        /// A wait that it asked for and that was too long.
        asked: Option<Duration>,
    },
    /// Something was sent, and what became of it is not known.
    #[error("{doubt}")]
    Unknown {
        /// Why.
        doubt: Doubt,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and the service has nothing to show for it.
    #[error("the service charged for this and answered without a picture: {what}")]
    Lost {
        /// What came instead.
        what: String,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and it could not be fetched.
    #[error("the result was paid for but could not be downloaded")]
    NotDownloaded {
        /// Why.
        source: DownloadError,
        /// What is known.
        paid: Paid,
    },
    /// Paid for, and it could not be saved.
    #[error("the result was paid for but could not be saved")]
    NotSaved {
        /// Why.
        source: io::Error,
        /// What is known.
        paid: Paid,
    },
}

impl RunError {
    /// Whether money was spent.
    pub fn charged(&self) -> Charged {
        match self {
            RunError::Interrupted(_)
            | RunError::Output(_)
            | RunError::Unreachable { .. }
            | RunError::Untrusted(_)
            | RunError::Refused { .. } => Charged::No,
            RunError::Unknown { .. } => Charged::Unknown,
            RunError::Lost { .. } | RunError::NotDownloaded { .. } | RunError::NotSaved { .. } => {
                Charged::Yes
            }
        }
    }

    /// What is known of the call that was, or may have been, paid for.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            RunError::Unknown { paid, .. }
            | RunError::Lost { paid, .. }
            | RunError::NotDownloaded { paid, .. }
            | RunError::NotSaved { paid, .. } => Some(paid),
            _ => None,
        }
    }
}

/// Does the edit: one result for each picture that the service answers with, which is one.
///
/// Nothing is sent once `interrupt` was raised; what has been sent is waited for and saved all the
/// same. With [`Place::Stdout`] the picture is written to `stdout`.
pub fn run(
    plan: &Plan,
    service: &Service<'_>,
    events: &dyn Events,
    interrupt: &Interrupt,
    stdout: &mut dyn Write,
) -> Vec<Result<Delivery, RunError>> {
    let reservation = match plan.output.reserve() {
        Ok(reservation) => reservation,
        Err(error) => return vec![Err(error.into())],
    };
    let started = Instant::now();
    let paid_for = match pay(plan, service, events, interrupt) {
        Ok(paid_for) => paid_for,
        Err(error) => return vec![Err(error)],
    };
    let delivering = Delivering { source: &plan.source, output: &plan.output, service, events, started };
    delivering.all(paid_for, reservation, stdout)
}

/// What was bought, with how many POSTs.
struct PaidFor {
    answer: Answer,
    paid: Paid,
    attempts: u32,
}

/// Sends until the service has done it, refused it, or left it in doubt.
fn pay(
    plan: &Plan,
    service: &Service<'_>,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<PaidFor, RunError> {
    let body = plan.body();
    let mut retry = Retry::new(service.retries, fastrand::Rng::new());
    let meter = Meter::default();
    let mut attempt = 0;
    loop {
        if let Some(signal) = interrupt.signal() {
            return Err(RunError::Interrupted(signal));
        }
        attempt += 1;
        let id = RequestId::new(plan.job.as_str(), attempt);
        events.on(Event::Sending { attempt, id: &id, meter: &meter });
        let watched = events.wants_bytes().then_some(&meter);
        let sent = send(service.transport, service.endpoint, service.key, &id, &body, watched);
        let (cause, error) = match sent {
            Ok(raw) => match judge(&raw, service.key, &id, attempt, events)? {
                Judged::Done(paid_for) => return Ok(paid_for),
                Judged::Refused(cause, error) => (cause, error),
            },
            Err(SendError::NotSent(source)) => {
                (Some(Cause::NotSent), RunError::Unreachable { attempts: attempt, source })
            }
            Err(SendError::Final(source)) => return Err(RunError::Untrusted(source)),
            Err(SendError::Unknown(doubt)) => {
                let paid = Paid { client_request_id: id.as_str().to_owned(), ..Paid::default() };
                return Err(RunError::Unknown { doubt, paid });
            }
        };
        let Some(wait) = cause.and_then(|cause| retry.after(cause)) else { return Err(error) };
        events.on(Event::Retrying { why: &told(&error), wait });
        if let Some(signal) = interrupt.sleep(wait) {
            return Err(RunError::Interrupted(signal));
        }
    }
}

/// A whole answer that is not in doubt.
enum Judged {
    Done(PaidFor),
    /// Refused, with the cause for another attempt if there may be one.
    Refused(Option<Cause>, RunError),
}

/// Says what an answer means. A server may echo the key; nothing that comes out of here holds it.
fn judge(
    raw: &RawAnswer,
    key: &ApiKey,
    id: &RequestId,
    attempts: u32,
    events: &dyn Events,
) -> Result<Judged, RunError> {
    let inference_id = raw.inference_id().map(|id| key.scrub(id));
    events.on(Event::Answered { status: raw.status, inference_id: inference_id.as_deref() });
    let paid = Paid {
        client_request_id: id.as_str().to_owned(),
        inference_id,
        price: raw.price(),
        status: Some(raw.status),
    };
    match raw.verdict() {
        Verdict::Done(answer) => {
            let paid = Paid { price: answer.price, ..paid };
            if answer.items.is_empty() {
                return Err(RunError::Lost { what: "there is nothing in it".into(), paid });
            }
            Ok(Judged::Done(PaidFor { answer, paid, attempts }))
        }
        Verdict::Refused(refusal, after) => {
            let cause = match refusal.status {
                429 | 503 => Some(Cause::Busy(after)),
                500..=599 => Some(Cause::Failed),
                _ => None,
            };
            let asked = after.map(|RetryAfter(wait)| wait);
            let refusal = refusal.scrubbed(key);
            Ok(Judged::Refused(cause, RunError::Refused { refusal, attempts, asked }))
        }
        Verdict::Unknown(Doubt::Compressed(how)) => {
            Err(RunError::Unknown { doubt: Doubt::Compressed(key.scrub(&how)), paid })
        }
        Verdict::Unknown(doubt) => Err(RunError::Unknown { doubt, paid }),
    }
}

/// An error and its cause as one line.
fn told(error: &RunError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl Plan {
    /// The request's body. Its picture is encoded here, once for all attempts.
    fn body(&self) -> Body {
        match &self.image {
            Image::Link(url) => self.generation.body(ImageField::Link(url)),
            Image::Loaded(loaded) => self.generation.body(ImageField::Bytes {
                media_type: loaded.header.format.media_type(),
                bytes: &loaded.bytes,
            }),
        }
    }
}

/// What every result of one call shares on its way to its place.
struct Delivering<'a> {
    source: &'a Source,
    output: &'a Output,
    service: &'a Service<'a>,
    events: &'a dyn Events,
    started: Instant,
}

impl Delivering<'_> {
    /// Delivers every result. The first goes where it was planned to go, any other beside it. The
    /// call's price stands with the first only, so that prices can be added up.
    fn all(
        &self,
        paid_for: PaidFor,
        mut reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let PaidFor { answer, mut paid, attempts } = paid_for;
        let mut results = Vec::with_capacity(answer.items.len());
        for (index, item) in answer.items.into_iter().enumerate() {
            let delivered = self.fetch(item, &paid).and_then(|(bytes, header)| {
                let saved = if index == 0 {
                    self.save(bytes, header, reservation.take(), stdout)
                } else {
                    self.save_further(bytes, header)
                };
                saved.map_err(|source| RunError::NotSaved { source, paid: paid.clone() })
            });
            results.push(delivered.map(|saved| Delivery {
                path: saved.path,
                format: saved.header.format,
                size: saved.header.size,
                bytes: saved.bytes.len() as u64,
                sha256: sha256(&saved.bytes),
                paid: paid.clone(),
                attempts,
                elapsed: self.started.elapsed(),
            }));
            paid.price = paid.price.map(|_| Price { usd: 0.0, credits: 0.0 });
        }
        results
    }

    /// Gets the picture itself, whole or not at all.
    fn fetch(&self, item: Item, paid: &Paid) -> Result<(Vec<u8>, Header), RunError> {
        let whole = |bytes: &[u8]| picture::ensure_complete(bytes).map_err(|error| error.to_string());
        match item {
            Item::Link(link) => self.download(&link, whole, paid),
            Item::Inline(bytes) => match whole(&bytes) {
                Ok(header) => Ok((bytes, header)),
                Err(what) => Err(RunError::Lost { what, paid: paid.clone() }),
            },
            Item::Unreadable(what) => Err(RunError::Lost { what, paid: paid.clone() }),
        }
    }

    fn download(
        &self,
        link: &SignedUrl,
        whole: impl Fn(&[u8]) -> Result<Header, String>,
        paid: &Paid,
    ) -> Result<(Vec<u8>, Header), RunError> {
        let meter = Meter::default();
        self.events.on(Event::Downloading { meter: &meter, from: &link.to_string() });
        Downloads { transport: self.service.transport, retries: self.service.retries }
            .fetch(link.reveal(), Trust::Service, &meter, whole)
            .map_err(|source| RunError::NotDownloaded { source, paid: paid.clone() })
    }

    /// Puts the first result where it was planned to go.
    fn save(
        &self,
        bytes: Vec<u8>,
        header: Header,
        reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> io::Result<Saved> {
        let (bytes, header) = converted(bytes, header, self.output.wanted)?;
        let Some(mut reservation) = reservation else {
            stdout.write_all(&bytes)?;
            stdout.flush()?;
            return Ok(Saved { path: None, bytes, header });
        };
        let target = reservation.target().to_owned();
        let replace = matches!(self.output.place, Place::File { if_exists: IfExists::Overwrite, .. });
        reservation.fill(&bytes)?;
        match reservation.persist(replace)? {
            Persisted::AtTarget => Ok(Saved { path: Some(target), bytes, header }),
            Persisted::TargetExists => {
                let got = persist_at_free_name(&target, &bytes)?;
                self.events.on(Event::Renamed { wanted: &target, got: &got });
                Ok(Saved { path: Some(got), bytes, header })
            }
        }
    }

    /// Puts any further result beside the first, or where a name made here would be.
    fn save_further(&self, bytes: Vec<u8>, header: Header) -> io::Result<Saved> {
        let (bytes, header) = converted(bytes, header, self.output.wanted)?;
        let path = match &self.output.place {
            Place::File { path, .. } => path.clone(),
            Place::Stdout | Place::Skipped(_) => {
                let mut name = self.source.stem();
                name.push("-edited.");
                name.push(header.format.extension());
                self.source.directory().join(name)
            }
        };
        let got = persist_at_free_name(&path, &bytes)?;
        Ok(Saved { path: Some(got), bytes, header })
    }
}

/// A result in its place.
struct Saved {
    path: Option<PathBuf>,
    bytes: Vec<u8>,
    header: Header,
}

/// The picture in the format that was asked for; the delivered bytes where they are that already.
fn converted(bytes: Vec<u8>, header: Header, wanted: Wanted) -> io::Result<(Vec<u8>, Header)> {
    let Some(encoding) = wanted.conversion(header.format) else { return Ok((bytes, header)) };
    let decoded = picture::decode(&bytes).map_err(io::Error::other)?;
    let bytes =
        picture::encode(&decoded.image, decoded.icc.as_deref(), encoding).map_err(io::Error::other)?;
    let header = Header::read(&bytes).map_err(io::Error::other)?;
    Ok((bytes, header))
}

fn persist_at_free_name(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    loop {
        let mut reservation = reserve_free_name(path).map_err(|error| match error {
            OutputError::Io { source, .. } => source,
            other => io::Error::other(other),
        })?;
        let got = reservation.target().to_owned();
        reservation.fill(bytes)?;
        if reservation.persist(false)? == Persisted::AtTarget {
            return Ok(got);
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
