//! Writes results: to a temporary file, which is synced and renamed.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::digest::sha256;
use crate::error_chain::error_chain;
use crate::files::{FileTimes, Persisted, Reservation, create_directory, parent};
use crate::picture::contents::Dropped;
use crate::picture::merge::Extent;
use crate::picture::{ColorSpace, Format, Header};

use super::answer_file::{self, AnswerFile};
use super::answer_keeper::AnswerKeeper;
use super::collision::{numbered, reserve, reserve_free_name};
use super::destination::{Destination, IfExists, OutputError};
use super::events::{Event, Events};
use super::made_result::MadeResult;
use super::outcome::{Delivery, Paid};
use super::output::Output;
use super::plan::Reserved;
use super::report::ChangeReport;
use super::restoration::{Finished, Restoration};
use super::result_metadata::ResultStamp;

/// Writes the results of a call.
pub(super) struct ResultWriter<'a> {
    /// The output of the first result.
    pub(super) output: &'a Output,
    /// The path of further results if the first one goes to standard output; without an extension.
    pub(super) beside: PathBuf,
    /// Receives progress events.
    pub(super) events: &'a dyn Events,
    /// How the answer is restored into its original, if it is.
    pub(super) restoration: Option<&'a Restoration>,
    /// The color space of the upload, which is that of an answer that states none.
    pub(super) colors: &'a ColorSpace,
    /// What is written to the metadata of the results.
    pub(super) stamp: ResultStamp<'a>,
    /// The name of the picture.
    pub(super) picture: String,
    /// The file whose times the results have, if they are kept.
    pub(super) times_of: Option<&'a Path>,
    /// Whether an earlier process may have written the results already.
    pub(super) again: bool,
    /// Keeps the answers; `None` if they are no new ones.
    pub(super) answers: Option<AnswerKeeper<'a>>,
    /// Whether the answers are written beside the results.
    pub(super) keeps_answer: bool,
}

/// A result that was written.
pub(super) struct WrittenResult {
    file: Option<Written>,
    bytes: Vec<u8>,
    header: Header,
    change: Option<ChangeReport>,
    /// What could not be kept of the picture's metadata.
    dropped: Vec<Dropped>,
    is_unrestored: bool,
    /// The file of the answer, if it is kept.
    answer: Option<PathBuf>,
}

/// A file that was written, with its modification time.
pub(super) struct Written {
    pub(super) path: PathBuf,
    modified: Option<SystemTime>,
}

impl WrittenResult {
    /// Describes a result that is at its output already.
    pub(super) fn existing(path: PathBuf, (bytes, header): (Vec<u8>, Header)) -> WrittenResult {
        let modified = fs::metadata(&path).and_then(|found| found.modified()).ok();
        WrittenResult {
            file: Some(Written { path, modified }),
            bytes,
            header,
            change: None,
            dropped: Vec::new(),
            is_unrestored: false,
            answer: None,
        }
    }

    fn has_extent(&self, extent: Extent) -> bool {
        self.change.as_ref().is_some_and(|change| change.extent == extent)
    }

    /// Returns the delivery, with what is known about the call.
    pub(super) fn delivery(self, paid: Paid, attempts: u32, elapsed: Duration) -> Delivery {
        let (preserves_nothing, changes_nothing) =
            (self.has_extent(Extent::Whole), self.has_extent(Extent::Nothing));
        let (path, modified) = self.file.map_or((None, None), |file| (Some(file.path), file.modified));
        Delivery {
            path,
            format: self.header.format,
            size: self.header.upright(),
            bytes: self.bytes.len() as u64,
            sha256: sha256(&self.bytes),
            modified,
            preserves_nothing,
            changes_nothing,
            change: self.change,
            dropped: self.dropped,
            is_unrestored: self.is_unrestored,
            answer: self.answer,
            paid,
            attempts,
            elapsed,
            earlier_steps: Vec::new(),
        }
    }
}

impl ResultWriter<'_> {
    /// Makes a result that is the answer as it is, and writes it where it is reserved, before the answer is known to be
    /// complete: nothing shows it there yet. If that fails, [`write_result`](Self::write_result) reports it.
    pub(super) fn draft(&self, answer: &[u8], header: Header, reserved: &mut Reserved) -> Option<MadeResult> {
        if !self.is_answer(header.format) || self.keeps_answer || self.again {
            return None;
        }
        let reservation = reserved.result.as_mut()?;
        let made = self.make(0, answer.to_owned(), header).ok()?;
        let modified = fill(reservation, &made.finished.bytes, self.times_of.and_then(FileTimes::of)).ok()?;
        Some(MadeResult { written: Some(modified), ..made })
    }

    /// Writes a result in the requested format. `index` is its number among the results of the call, from 0; `draft` is what
    /// [`draft`](Self::draft) made of the answer.
    pub(super) fn write_result(
        &self,
        index: usize,
        (bytes, header): (Vec<u8>, Header),
        draft: Option<MadeResult>,
        reserved: Reserved,
        stdout: &mut dyn Write,
    ) -> io::Result<WrittenResult> {
        let answer_format = header.format;
        let made = draft.map_or_else(|| self.make(index, bytes, header), Ok)?;
        let MadeResult { finished, dropped, is_unrestored, answer, written } = made;
        if !dropped.is_empty() {
            self.events.on(Event::LeftOut { picture: &self.picture, dropped: &dropped });
        }
        let Finished { bytes, header, change, .. } = finished;
        let reservation = reserved.result.map(|reservation| (reservation, written));
        let file = self.write_bytes(index, &bytes, header, reservation, stdout)?;
        if let (Some((report, mask)), Some(restoration)) = (&change, self.restoration) {
            self.events.on(Event::Restored { report, mask, original: restoration.original() });
        }
        let change = change.map(|(report, _)| report);
        let answer = answer.and_then(|(answer, kept)| {
            let result = file.as_ref().map(|file| file.path.as_path());
            self.write_answer(&answer, answer_format, result, reserved.answer).or(kept)
        });
        if let Some(path) = &answer {
            let is_unused = change.as_ref().is_some_and(|change| change.extent == Extent::Nothing);
            self.events.on(Event::AnswerKept { path, is_unused });
        }
        Ok(WrittenResult { file, bytes, header, change, dropped, is_unrestored, answer })
    }

    /// Writes an answer beside its result, if that is requested. Returns its file.
    fn write_answer(
        &self,
        answer: &[u8],
        format: Format,
        result: Option<&Path>,
        reserved: Option<AnswerFile>,
    ) -> Option<PathBuf> {
        let written = match (reserved, result.filter(|_| self.keeps_answer)) {
            (Some(reserved), _) => reserved.write(answer, format),
            (None, Some(result)) => answer_file::write_beside(result, answer, format, self.again),
            (None, None) => return None,
        };
        // The result is delivered, so this must not fail.
        written.inspect_err(|error| self.events.on(Event::AnswerNotKept { why: &error_chain(error) })).ok()
    }

    /// Writes bytes to the destination. Returns the file, if it is one. A reservation with a modification time has the bytes
    /// already.
    fn write_bytes(
        &self,
        index: usize,
        bytes: &[u8],
        header: Header,
        reservation: Option<(Reservation, Option<SystemTime>)>,
        stdout: &mut dyn Write,
    ) -> io::Result<Option<Written>> {
        let (path, if_exists) = match (&self.output.destination, index) {
            (Destination::Stdout, 0) => {
                stdout.write_all(bytes)?;
                stdout.flush()?;
                return Ok(None);
            }
            (Destination::Stdout | Destination::Skipped(_), _) => {
                let mut name: OsString = self.beside.clone().into();
                name.push(".");
                name.push(header.format.extension());
                (PathBuf::from(name), IfExists::Rename)
            }
            (Destination::File { path, if_exists }, 0) => (path.clone(), *if_exists),
            (Destination::File { path, .. }, _) => (path.clone(), IfExists::Rename),
        };
        if self.again
            && let Some(existing) = find_identical(&path, bytes)
        {
            let modified = fs::metadata(&existing).and_then(|found| found.modified()).ok();
            return Ok(Some(Written { path: existing, modified }));
        }
        let times = self.times_of.and_then(FileTimes::of);
        let (mut reservation, written) = match reservation {
            Some(reservation) => reservation,
            None => (self.reserve(&path, if_exists).map_err(io_error)?, None),
        };
        let target = reservation.target().to_owned();
        let modified = match written {
            Some(modified) => modified,
            None => fill(&mut reservation, bytes, times)?,
        };
        if let Some(written) = persist(reservation, modified, if_exists == IfExists::Overwrite)? {
            return Ok(Some(written));
        }
        loop {
            let reservation = reserve_free_name(&target).map_err(io_error)?;
            if let Some(written) = write(reservation, bytes, times, false)? {
                self.events.on(Event::Renamed { planned: &target, actual: &written.path });
                return Ok(Some(written));
            }
        }
    }

    fn reserve(&self, path: &Path, if_exists: IfExists) -> Result<Reservation, OutputError> {
        if self.output.makes_directory {
            // If this fails, the reservation fails and reports the reason.
            let _ = create_directory(parent(path));
        }
        match if_exists {
            IfExists::Rename => reserve_free_name(path),
            _ => reserve(path),
        }
    }
}

/// Writes bytes to an output, with the times of another file. Returns the file, if it is one.
///
/// # Errors
/// Those of the system; also when a file appeared there meanwhile.
pub fn save(
    output: &Output,
    bytes: &[u8],
    times_of: Option<&Path>,
    stdout: &mut dyn Write,
) -> io::Result<Option<PathBuf>> {
    let Destination::File { if_exists, .. } = output.destination else {
        if output.destination == Destination::Stdout {
            stdout.write_all(bytes)?;
            stdout.flush()?;
        }
        return Ok(None);
    };
    let Some(reservation) = output.reserve().map_err(io_error)? else { return Ok(None) };
    let times = times_of.and_then(FileTimes::of);
    match write(reservation, bytes, times, if_exists == IfExists::Overwrite)? {
        Some(written) => Ok(Some(written.path)),
        None => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

/// Writes a result to its reserved path. Returns `None` if a file appeared there.
pub(super) fn write(
    mut reservation: Reservation,
    bytes: &[u8],
    times: Option<FileTimes>,
    replace: bool,
) -> io::Result<Option<Written>> {
    let modified = fill(&mut reservation, bytes, times)?;
    persist(reservation, modified, replace)
}

/// Writes a result to the file that is reserved for it, where nothing shows it. Returns the modification time.
fn fill(reservation: &mut Reservation, bytes: &[u8], times: Option<FileTimes>) -> io::Result<SystemTime> {
    let modified = reservation.write(bytes)?;
    // A result without the requested times is still a result.
    Ok(times.and_then(|times| reservation.set_times(times).ok()).unwrap_or(modified))
}

/// Moves a written result to its path. Returns `None` if a file appeared there.
fn persist(reservation: Reservation, modified: SystemTime, replace: bool) -> io::Result<Option<Written>> {
    let path = reservation.target().to_owned();
    match reservation.persist(replace)? {
        Persisted::Moved => Ok(Some(Written { path, modified: Some(modified) })),
        Persisted::NotMoved => Ok(None),
    }
}

/// Returns the file at `path`, or at a numbered name after it, that has exactly these bytes. A process that died
/// after the rename left it, or another row has the same result.
pub(super) fn find_identical(path: &Path, bytes: &[u8]) -> Option<PathBuf> {
    (1..)
        .map(|number| numbered(path, number))
        .take_while(|candidate| candidate.exists())
        .find(|candidate| is_same(candidate, bytes))
}

/// Whether a file has exactly these bytes.
pub(super) fn is_same(path: &Path, bytes: &[u8]) -> bool {
    let length = fs::metadata(path).is_ok_and(|found| found.len() == bytes.len() as u64);
    length && fs::read(path).is_ok_and(|found| found == bytes)
}

pub(super) fn io_error(error: OutputError) -> io::Error {
    match error {
        OutputError::Io { source, .. } => source,
        other => io::Error::other(other),
    }
}
