//! The file of `--report`: one line for each outcome, written as soon as the outcome is known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Failure};
use crate::files::is_same_file;
use crate::ui;

/// A report file that is being written.
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
    failed: Option<io::Error>,
}

impl ReportFile {
    /// Ensures that the report can be written to `path`. It replaces an earlier report or an empty file, but no other
    /// file.
    pub(super) fn ensure_possible(path: &Path, manifest: Option<&Path>) -> Result<(), Failure> {
        if path == Path::new("-") {
            return Err(Failure::usage("--report needs a file, not `-`")
                .hint("--json prints the same on standard output"));
        }
        let Ok(found) = fs::metadata(path) else { return Ok(()) };
        if manifest.is_some_and(|manifest| is_same_file(path, manifest)) {
            return Err(Failure::input("the report would replace the manifest")
                .hint("name another file with --report"));
        }
        // A pipe or a device has no content to lose, and opening one could block.
        if !found.is_file() || found.len() == 0 {
            return Ok(());
        }
        let mut start = [0; 64];
        let read = File::open(path).and_then(|mut file| file.read(&mut start));
        let read = read.map_err(|error| unwritable(path, error))?;
        if ui::starts_like_a_record(&start[..read]) {
            return Ok(());
        }
        Err(Failure::input(format!("{} exists and is not an earlier report", path.display()))
            .hint("name another file with --report, or delete that one"))
    }

    /// Creates or truncates the file.
    pub(super) fn create(path: &Path) -> Result<ReportFile, Failure> {
        // The file may have been created since the first check.
        ReportFile::ensure_possible(path, None)?;
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = file.map_err(|error| unwritable(path, error))?;
        Ok(ReportFile { path: path.to_owned(), file, failed: None })
    }

    /// Writes lines, without buffering. After a failure, which [`ReportFile::failure`] returns, nothing more is written.
    pub(super) fn write(&mut self, lines: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.file.write_all(lines).err();
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// The failure to report if the report could not be written completely.
    pub(super) fn failure(self) -> Option<Failure> {
        let cause = anyhow::Error::new(self.failed?);
        let cause = cause.context(format!("cannot write the report {}", self.path.display()));
        Some(
            Failure::new(ErrorKind::Internal, cause)
                .hint("no new edit was started; run the same command again to continue"),
        )
    }
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let cause = anyhow::Error::new(error).context(format!("cannot write the report {}", path.display()));
    Failure::new(ErrorKind::Input, cause).hint("name a file that can be written to")
}
