//! The file of an answer beside its result (`--keep-answer`): `out.answer.jpg` for `out.png`.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::Reservation;
use crate::picture::Format;

use super::collision::{reserve, reserve_free_name};
use super::destination::{IfExists, OutputError};
use super::name_limits::{self, fitted};
use super::store::{find_identical, io_error, write};

/// The mark in the name of an answer.
const MARK: &str = "answer";
/// The formats of practically all answers. Only for these is it known before the request whether a file is in the way.
const USUAL_FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];
/// The extensions of results.
const RESULT_EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The reserved file of an answer. Its extension is that of the answer's format, which is not known before it arrives.
pub(super) struct AnswerFile {
    /// The path without the extension: `a/out.answer`.
    base: PathBuf,
    if_exists: IfExists,
    reservation: Reservation,
}

impl AnswerFile {
    /// Reserves the file beside a result, and disk space for this many bytes.
    ///
    /// # Errors
    /// When a file is there that may not be replaced, or the directory cannot be written.
    pub(super) fn reserve(result: &Path, if_exists: IfExists, bytes: u64) -> Result<AnswerFile, OutputError> {
        let base = base(result);
        if if_exists == IfExists::Fail
            && let Some(existing) =
                USUAL_FORMATS.map(|format| path(&base, format)).into_iter().find(|path| path.exists())
        {
            return Err(OutputError::Exists(existing));
        }
        let reservation = reserve(&base)?;
        reservation.allocate(bytes).map_err(|source| OutputError::Io { path: base.clone(), source })?;
        Ok(AnswerFile { base, if_exists, reservation })
    }

    /// Writes an answer. If a file appeared there in the meantime, the answer gets a numbered name.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn write(mut self, bytes: &[u8], format: Format) -> io::Result<PathBuf> {
        let target = path(&self.base, format);
        self.reservation.redirect(&target);
        match write(self.reservation, bytes, None, self.if_exists == IfExists::Overwrite)? {
            Some(written) => Ok(written.path),
            None => write_numbered(&target, bytes),
        }
    }
}

/// Writes an answer beside a result for which nothing was reserved. Nothing is replaced. If `again`, an earlier process may
/// have written it already.
///
/// # Errors
/// Those of the system.
pub(super) fn write_beside(result: &Path, bytes: &[u8], format: Format, again: bool) -> io::Result<PathBuf> {
    let target = path(&base(result), format);
    match find_identical(&target, bytes).filter(|_| again) {
        Some(existing) => Ok(existing),
        None => write_numbered(&target, bytes),
    }
}

/// Returns the files beside an answer whose answer it may be, by its name: `out.png`, `out.jpg`, … for `out.answer-2.jpg`.
pub fn results_of_answer(path: &Path) -> Vec<PathBuf> {
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let Some((result, rest)) = stem.rsplit_once(&format!(".{MARK}")) else { return Vec::new() };
    let number = rest.strip_prefix('-').unwrap_or("1");
    if result.is_empty() || !(rest.is_empty() || rest.starts_with('-')) || number.parse::<u32>().is_err() {
        return Vec::new();
    }
    let result = path.with_file_name(result);
    let named = RESULT_EXTENSIONS.iter().map(|extension| result.with_added_extension(extension));
    named.filter(|path| path.is_file()).collect()
}

fn write_numbered(target: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    loop {
        let reservation = reserve_free_name(target).map_err(io_error)?;
        if let Some(written) = write(reservation, bytes, None, false)? {
            return Ok(written.path);
        }
    }
}

fn base(result: &Path) -> PathBuf {
    result.with_extension(MARK)
}

/// Adds the extension. A name that would be too long is shortened.
fn path(base: &Path, format: Format) -> PathBuf {
    fitted(&base.with_added_extension(format.extension()), name_limits::NUMBER)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const BYTES: u64 = 1;

    #[test]
    fn an_answer_is_beside_its_result_with_its_own_extension() {
        let dir = tempfile::tempdir().unwrap();
        let result = dir.path().join("my.out.png");
        let file = AnswerFile::reserve(&result, IfExists::Fail, BYTES).unwrap();
        let path = file.write(b"answer", Format::Jpeg).unwrap();
        assert_eq!(path, dir.path().join("my.out.answer.jpg"));
        assert_eq!(fs::read(path).unwrap(), b"answer");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_result_of_an_answer_is_found_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["my.out.png", "my.out.jpg", ".jpg"] {
            fs::write(path(name), "result").unwrap();
        }
        for answer in ["my.out.answer.jpg", "my.out.answer-2.png"] {
            assert_eq!(
                results_of_answer(&path(answer)),
                [path("my.out.jpg"), path("my.out.png")],
                "{answer}"
            );
        }
        for other in
            ["my.out.jpg", "other.answer.jpg", "my.out.answers.jpg", "my.out.answer-x.jpg", ".answer.jpg"]
        {
            assert!(results_of_answer(&path(other)).is_empty(), "{other}");
        }
    }

    #[test]
    fn a_file_in_the_way_is_refused_numbered_or_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (result, answer) = (dir.path().join("out.png"), dir.path().join("out.answer.png"));
        fs::write(&answer, "theirs").unwrap();
        let refused = AnswerFile::reserve(&result, IfExists::Fail, BYTES);
        assert!(matches!(refused, Err(OutputError::Exists(path)) if path == answer));
        let write = |if_exists| {
            let file = AnswerFile::reserve(&result, if_exists, BYTES).unwrap();
            file.write(b"ours", Format::Png).unwrap()
        };
        assert_eq!(write(IfExists::Rename), dir.path().join("out.answer-2.png"));
        assert_eq!(fs::read(&answer).unwrap(), b"theirs");
        assert_eq!(write(IfExists::Overwrite), answer);
        assert_eq!(fs::read(&answer).unwrap(), b"ours");
    }

    #[test]
    fn a_file_that_appears_during_the_call_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = AnswerFile::reserve(&dir.path().join("out.png"), IfExists::Fail, BYTES).unwrap();
        fs::write(dir.path().join("out.answer.jpg"), "theirs").unwrap();
        assert_eq!(file.write(b"ours", Format::Jpeg).unwrap(), dir.path().join("out.answer-2.jpg"));
    }

    #[test]
    fn an_answer_that_is_written_again_is_recognized() {
        let dir = tempfile::tempdir().unwrap();
        let write = |again| write_beside(&dir.path().join("out.png"), b"same", Format::Png, again).unwrap();
        let first = write(true);
        assert_eq!(write(true), first);
        assert_eq!(write(false), dir.path().join("out.answer-2.png"));
    }

    #[test]
    fn the_longest_name_of_a_result_leaves_a_name_for_its_answer() {
        let dir = tempfile::tempdir().unwrap();
        let result = dir.path().join(format!("{}.png", "x".repeat(251)));
        let file = AnswerFile::reserve(&result, IfExists::Fail, BYTES).unwrap();
        assert!(file.write(b"ours", Format::Png).unwrap().exists());
    }
}
