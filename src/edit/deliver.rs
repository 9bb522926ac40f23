//! From an answer to files at their places: download, make sure that it is whole, write beside the
//! target, sync, rename.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::api::{Answer, DownloadError, Downloads, Item, Meter, Price, Trust, expiry};
use crate::files::{Persisted, Reservation};
use crate::journal::Answered;
use crate::picture::{self, Header};
use crate::secret::SignedUrl;

use super::events::{Event, Events};
use super::outcome::{Delivery, Paid, RunError};
use super::output::{IfExists, Output, OutputError, Place, Wanted, numbered, reserve, reserve_free_name};

/// What every result of one call shares on its way to its place.
pub(super) struct Delivering<'a> {
    /// Where results go, and as what.
    pub(super) output: &'a Output,
    /// Where further results go when the first goes to standard output; without an extension.
    pub(super) beside: PathBuf,
    /// How to fetch them.
    pub(super) downloads: Downloads<'a>,
    /// Who is told.
    pub(super) events: &'a dyn Events,
    /// When the work began.
    pub(super) started: Instant,
    /// Whether an earlier process may have got as far as writing them.
    pub(super) again: bool,
}

/// What was bought, with how many POSTs.
pub(super) struct PaidFor {
    pub(super) answer: Answer,
    pub(super) paid: Paid,
    pub(super) attempts: u32,
    /// The answer, where it could not be written down when it came.
    pub(super) unkept: Option<Answered>,
}

/// A result in its place.
struct Saved {
    path: Option<PathBuf>,
    bytes: Vec<u8>,
    header: Header,
}

impl Delivering<'_> {
    /// Delivers every result. The first goes where it was planned to go, any other beside it. The
    /// call's price stands with the first only, so that prices can be added up.
    pub(super) fn all(
        &self,
        paid_for: PaidFor,
        mut reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> Vec<Result<Delivery, RunError>> {
        let PaidFor { answer, mut paid, attempts, .. } = paid_for;
        let mut results = Vec::with_capacity(answer.items.len());
        for (index, item) in answer.items.into_iter().enumerate() {
            let delivered = self.fetch(item, &paid).and_then(|(bytes, header)| {
                let saved = converted(bytes, header, self.output.wanted).and_then(|(bytes, header)| {
                    let path = self.save(index, &bytes, header, reservation.take(), stdout)?;
                    Ok(Saved { path, bytes, header })
                });
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
            Item::Link(link) => self.download(&link, whole).map_err(|error| undelivered(error, &link, paid)),
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
    ) -> Result<(Vec<u8>, Header), DownloadError> {
        let meter = Meter::default();
        self.events.on(Event::Downloading { meter: &meter, from: &link.to_string() });
        self.downloads.fetch(link.reveal(), Trust::Service, &meter, whole)
    }

    /// Puts a result at its place; returns its path, if it has one.
    fn save(
        &self,
        index: usize,
        bytes: &[u8],
        header: Header,
        reservation: Option<Reservation>,
        stdout: &mut dyn Write,
    ) -> io::Result<Option<PathBuf>> {
        let (path, if_exists) = match (&self.output.place, index) {
            (Place::Stdout, 0) => {
                stdout.write_all(bytes)?;
                stdout.flush()?;
                return Ok(None);
            }
            (Place::Stdout | Place::Skipped(_), _) => {
                let mut name: OsString = self.beside.clone().into();
                name.push(".");
                name.push(header.format.extension());
                (PathBuf::from(name), IfExists::Rename)
            }
            (Place::File { path, if_exists }, 0) => (path.clone(), *if_exists),
            (Place::File { path, .. }, _) => (path.clone(), IfExists::Rename),
        };
        if self.again
            && let Some(there) = already_there(&path, bytes)
        {
            return Ok(Some(there));
        }
        let reservation = match reservation {
            Some(reservation) => reservation,
            None => match if_exists {
                IfExists::Rename => reserve_free_name(&path),
                _ => reserve(&path),
            }
            .map_err(io_error)?,
        };
        let target = reservation.target().to_owned();
        if let Some(got) = write(reservation, bytes, if_exists == IfExists::Overwrite)? {
            return Ok(Some(got));
        }
        loop {
            let reservation = reserve_free_name(&target).map_err(io_error)?;
            if let Some(got) = write(reservation, bytes, false)? {
                self.events.on(Event::Renamed { wanted: &target, got: &got });
                return Ok(Some(got));
            }
        }
    }
}

/// Writes a result at its reserved place; none when that is no longer free.
fn write(mut reservation: Reservation, bytes: &[u8], replace: bool) -> io::Result<Option<PathBuf>> {
    let target = reservation.target().to_owned();
    reservation.fill(bytes)?;
    match reservation.persist(replace)? {
        Persisted::AtTarget => Ok(Some(target)),
        Persisted::Elsewhere => Ok(None),
    }
}

/// The file at `path` or a numbered name after it that is this very result: a process that died
/// after the rename left it.
fn already_there(path: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let is_same = |candidate: &Path| {
        let length = fs::metadata(candidate).is_ok_and(|found| found.len() == bytes.len() as u64);
        length && fs::read(candidate).is_ok_and(|found| found == bytes)
    };
    (1..)
        .map(|number| numbered(path, number))
        .take_while(|candidate| candidate.exists())
        .find(|candidate| is_same(candidate))
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

fn io_error(error: OutputError) -> io::Error {
    match error {
        OutputError::Io { source, .. } => source,
        other => io::Error::other(other),
    }
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

/// The SHA-256 of some bytes, in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
