//! Writes results: converts them if requested, writes a temporary file, syncs it, and renames it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::digest::sha256;
use crate::error_chain::error_chain;
use crate::files::{FileTimes, Persisted, Reservation, create_directory, parent};
use crate::picture::contents::Dropped;
use crate::picture::merge::Extent;
use crate::picture::metadata::StoredOrientation;
use crate::picture::{self, ColorSpace, Format, Header};

use super::answer_file::{self, AnswerFile};
use super::answer_keeper::AnswerKeeper;
use super::collision::{numbered, reserve, reserve_free_name};
use super::destination::{Destination, IfExists, OutputError};
use super::events::{Event, Events};
use super::outcome::{Delivery, Paid};
use super::output::Output;
use super::output_encoding::OutputEncoding;
use super::plan::Reserved;
use super::report::ChangeReport;
use super::restoration::{Finished, Restoration, ResultContent};
use super::result_metadata::{AnswerMetadata, ResultStamp};

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
    /// Writes a result in the requested format. `index` is its number among the results of the call, from 0.
    pub(super) fn write_result(
        &self,
        index: usize,
        (bytes, header): (Vec<u8>, Header),
        reserved: Reserved,
        stdout: &mut dyn Write,
    ) -> io::Result<WrittenResult> {
        let metadata = AnswerMetadata::read(&bytes, &header);
        let encoding = self.output.encoding;
        let answer_format = header.format;
        let is_answer = self.restoration.is_none() && encoding.conversion(answer_format).is_none();
        let (finished, is_unrestored, answer) = if is_answer && !self.keeps_answer {
            (converted(bytes, header, self.colors, encoding)?, false, None)
        } else {
            let made = || self.make(&bytes, header);
            let (made, kept) = if is_answer {
                (made(), None)
            } else {
                self.keep_meanwhile(index, &bytes, answer_format, made)
            };
            let (finished, is_unrestored) = made?;
            (finished, is_unrestored, Some((bytes, kept)))
        };
        let (finished, dropped) = self.stamp.apply(finished, &metadata);
        if !dropped.is_empty() {
            self.events.on(Event::LeftOut { picture: &self.picture, dropped: &dropped });
        }
        let Finished { bytes, header, change, .. } = finished;
        let file = self.write_bytes(index, &bytes, header, reserved.result, stdout)?;
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

    /// Makes a result of an answer. Returns it, and whether it could not be restored into its original.
    fn make(&self, answer: &[u8], header: Header) -> io::Result<(Finished, bool)> {
        let encoding = self.output.encoding;
        let is_unrestored = match self.restoration.map(|restoration| restoration.apply(answer, encoding)) {
            Some(Ok(finished)) => return Ok((finished, false)),
            // A paid result is delivered even if it cannot be restored.
            Some(Err(why)) => {
                self.events.on(Event::NotRestored { why: &error_chain(&why) });
                true
            }
            None => false,
        };
        Ok((converted(answer.to_owned(), header, self.colors, encoding)?, is_unrestored))
    }

    /// Keeps an answer in the store while its result is made, so that this takes no more time. Returns both.
    fn keep_meanwhile<T>(
        &self,
        index: usize,
        answer: &[u8],
        format: Format,
        make: impl FnOnce() -> T,
    ) -> (T, Option<PathBuf>) {
        let Some(answers) = &self.answers else { return (make(), None) };
        let keep = || answers.keep(index, answer, format);
        let (made, kept) = thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, keep) {
            Ok(keeping) => {
                let made = make();
                let kept = keeping.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                (made, kept)
            }
            // No thread can be started.
            Err(_) => (make(), keep()),
        });
        let kept = kept.unwrap_or_else(|error| {
            self.events.on(Event::AnswerNotKept { why: &error_chain(&error) });
            None
        });
        (made, kept)
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

    /// Writes bytes to the destination. Returns the file, if it is one.
    fn write_bytes(
        &self,
        index: usize,
        bytes: &[u8],
        header: Header,
        reservation: Option<Reservation>,
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
        let reservation = match reservation {
            Some(reservation) => reservation,
            None => {
                if self.output.makes_directory {
                    // If this fails, the reservation fails and reports the reason.
                    let _ = create_directory(parent(&path));
                }
                match if_exists {
                    IfExists::Rename => reserve_free_name(&path),
                    _ => reserve(&path),
                }
            }
            .map_err(io_error)?,
        };
        let target = reservation.target().to_owned();
        let times = self.times_of.and_then(FileTimes::of);
        if let Some(written) = write(reservation, bytes, times, if_exists == IfExists::Overwrite)? {
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
    let path = reservation.target().to_owned();
    let mut modified = reservation.write(bytes)?;
    // A result without the requested times is still a result.
    if let Some(Ok(set)) = times.map(|times| reservation.set_times(times)) {
        modified = set;
    }
    let modified = Some(modified);
    match reservation.persist(replace)? {
        Persisted::Moved => Ok(Some(Written { path, modified })),
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

/// Converts an answer to the requested format. If it has that format, its bytes stay as they are, except that the color
/// space of the upload is embedded if the answer states none.
pub(super) fn converted(
    mut bytes: Vec<u8>,
    header: Header,
    upload: &ColorSpace,
    requested: OutputEncoding,
) -> io::Result<Finished> {
    let Some(encoding) = requested.conversion(header.format) else {
        picture::inherit_colors(&mut bytes, &header, upload);
        return Ok(finished(bytes, header, ResultContent::AnswerAsDelivered));
    };
    let decoded = picture::decode(&bytes).map_err(io::Error::other)?.into_upright();
    let colors = decoded.colors.or(upload);
    let bytes = picture::encode(&decoded.image, &colors, encoding).map_err(io::Error::other)?;
    let header = Header::read(&bytes).map_err(io::Error::other)?;
    Ok(finished(bytes, header, ResultContent::Answer))
}

fn finished(bytes: Vec<u8>, header: Header, content: ResultContent) -> Finished {
    let orientation = StoredOrientation::Upright;
    Finished { bytes, header, change: None, content, orientation, gain_map: None, dropped: Vec::new() }
}
