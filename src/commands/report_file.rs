//! The file that `--report` names: every outcome on a line of its own, from the moment that it is known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Failure};
use crate::files::is_same_file;
use crate::ui;

/// A report that is being written.
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
    failed: Option<io::Error>,
}

impl ReportFile {
    /// Makes sure, before anything else is done, that a report may be written there: it replaces an earlier
    /// report, but no other file that has anything in it.
    pub(super) fn ensure_possible(path: &Path, manifest: Option<&Path>) -> Result<(), Failure> {
        if path == Path::new("-") {
            return Err(Failure::usage("a report goes to a file, and `-` is none")
                .hint("--json prints the same on standard output"));
        }
        let Ok(found) = fs::metadata(path) else { return Ok(()) };
        if manifest.is_some_and(|manifest| is_same_file(path, manifest)) {
            return Err(Failure::input("the report would replace the manifest")
                .hint("name another file with --report"));
        }
        // A pipe or a device holds nothing that could be destroyed; to open one could be to wait for ever.
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
            .hint("name another file with --report, or take that one away"))
    }

    /// Opens it, empty.
    pub(super) fn create(path: &Path) -> Result<ReportFile, Failure> {
        // It may have come into being since it was looked at.
        ReportFile::ensure_possible(path, None)?;
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = file.map_err(|error| unwritable(path, error))?;
        Ok(ReportFile { path: path.to_owned(), file, failed: None })
    }

    /// Writes lines, so that they are there whatever happens next.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines).inspect_err(|error| {
            self.failed = Some(io::Error::new(error.kind(), error.to_string()));
        })
    }

    /// What there is to say when it could not be written to its end.
    pub(super) fn failure(self) -> Option<Failure> {
        let cause = anyhow::Error::new(self.failed?);
        let cause = cause.context(format!("cannot write the report {}", self.path.display()));
        Some(
            Failure::new(ErrorKind::Internal, cause)
                .hint("nothing new was begun; run the same command again to go on"),
        )
    }
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let cause = anyhow::Error::new(error).context(format!("cannot write the report {}", path.display()));
    Failure::new(ErrorKind::Input, cause).hint("name a report that can be written")
}
