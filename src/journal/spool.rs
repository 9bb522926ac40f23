//! The spool: large answers that contain the picture, stored beside the journal until they are delivered. They cannot
//! be fetched again.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files::{create_private_dir, sync_dir};

/// The directory of spooled answers beside the journal.
const DIRECTORY: &str = "spool";
/// The suffix of a file that is being written.
pub(super) const PART: &str = ".part";
/// Answers larger than this are spooled.
pub(super) const SPOOL_OVER_BYTES: usize = 64 << 10;

/// Writes and syncs a body. If that fails, the spool has no such body.
pub(super) fn write(data: &Path, request_id: &str, body: &[u8]) -> io::Result<()> {
    write_file(&data.join(DIRECTORY), request_id, body).map(drop)
}

/// Writes and syncs a file that only its owner can read, in a directory that is created if it is missing. Returns its path.
/// If that fails, there is no such file.
pub(super) fn write_file(directory: &Path, name: &str, body: &[u8]) -> io::Result<PathBuf> {
    create_private_dir(directory)?;
    let (part, path) = (directory.join(format!("{name}{PART}")), directory.join(name));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(body)?;
        file.sync_all()?;
        fs::rename(&part, &path)
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    sync_dir(directory)?;
    Ok(path)
}

/// Reads a body back.
pub(super) fn read(data: &Path, request_id: &str) -> io::Result<Vec<u8>> {
    fs::read(path(data, request_id))
}

/// Removes a body that is no longer needed.
pub(super) fn remove(data: &Path, request_id: &str) {
    // It may have been removed before.
    let _ = fs::remove_file(path(data, request_id));
}

/// Lists the request ids in the spool, and whether each body is complete.
pub(super) fn list(data: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = fs::read_dir(data.join(DIRECTORY)) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names
        .map(|name| match name.strip_suffix(PART) {
            Some(request_id) => (request_id.to_owned(), false),
            None => (name, true),
        })
        .collect()
}

/// Removes an incomplete body.
pub(super) fn remove_part(data: &Path, request_id: &str) {
    let _ = fs::remove_file(data.join(DIRECTORY).join(format!("{request_id}{PART}")));
}

/// Request ids are letters, digits and dashes, so they are safe file names.
fn path(data: &Path, request_id: &str) -> PathBuf {
    data.join(DIRECTORY).join(request_id)
}
