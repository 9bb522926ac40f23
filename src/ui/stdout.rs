//! Data on standard output.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::{Ui, Verbosity, sanitize, wrap_indented};

impl Ui {
    /// Writes data to standard output. A closed pipe is not an error.
    ///
    /// # Errors
    /// Fails if it cannot be written, for example to a full disk.
    pub fn data(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(captured) = &self.captured {
            captured.add_data(bytes);
            return Ok(());
        }
        if self.stdout_is_terminal {
            self.count_lines(bytes.iter().filter(|byte| **byte == b'\n').count());
        }
        let print = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        };
        match self.without_bars(print) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Returns the number of lines that were printed to a terminal since the last call, or since the start.
    pub fn take_lines(&self) -> u32 {
        self.printed.swap(0, Ordering::Relaxed)
    }

    pub(super) fn count_lines(&self, lines: usize) {
        self.printed.fetch_add(u32::try_from(lines).unwrap_or(u32::MAX / 2), Ordering::Relaxed);
    }

    /// Where a picture goes if its output is standard output.
    pub fn picture_stream(&self) -> Box<dyn Write> {
        match self.captured {
            Some(_) => Box::new(io::sink()),
            None => Box::new(io::stdout().lock()),
        }
    }

    /// Writes a line to standard output.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        self.data(format!("{}\n", text.as_ref()).as_bytes())
    }

    /// Writes a line of data to standard output. On a terminal, it is wrapped at spaces; all lines but the first are
    /// indented by `indent` columns, or by less if the terminal is narrow.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn wrapped_line(&self, text: &str, indent: usize) -> io::Result<()> {
        self.data(self.wrapped_text(text, indent).as_bytes())
    }

    /// Returns what [`Ui::wrapped_line`] writes.
    pub fn wrapped_text(&self, text: &str, indent: usize) -> String {
        match self.stdout_columns() {
            Some(columns) => wrap_indented(text, columns, indent.min(columns / 4)) + "\n",
            None => format!("{text}\n"),
        }
    }

    /// Writes a path as a line to standard output: byte for byte, but sanitized on a terminal.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn path(&self, path: &OsStr) -> io::Result<()> {
        self.data(&self.path_line(path))
    }

    /// Returns the line for a result on standard output: its path, or nothing if [`Ui::delivered`] prints the path on
    /// the same terminal.
    pub fn result_line(&self, path: &OsStr) -> Vec<u8> {
        let is_on_terminal = self.stdout_is_terminal && self.stderr_is_terminal;
        if is_on_terminal && self.mode.verbosity >= Verbosity::Normal {
            Vec::new()
        } else {
            self.path_line(path)
        }
    }

    /// Returns what [`Ui::path`] writes.
    pub fn path_line(&self, path: &OsStr) -> Vec<u8> {
        if self.stdout_is_terminal {
            return format!("{}\n", sanitize(&path.to_string_lossy())).into_bytes();
        }
        #[cfg(unix)]
        let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path);
        #[cfg(not(unix))]
        let text = path.to_string_lossy();
        #[cfg(not(unix))]
        let bytes = text.as_bytes();
        [bytes, b"\n"].concat()
    }

    /// Writes a value to standard output as one line of JSON.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &impl Serialize) -> io::Result<()> {
        self.data(&self.json_line(value)?)
    }

    /// Returns what [`Ui::json`] writes.
    ///
    /// # Errors
    /// Fails if the value cannot be serialized.
    pub fn json_line(&self, value: &impl Serialize) -> io::Result<Vec<u8>> {
        let text = serde_json::to_string(value).map_err(io::Error::other)?;
        Ok(format!("{}\n", sanitize::escape_json(&text)).into_bytes())
    }
}
