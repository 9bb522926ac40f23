//! Lock files.

use std::error::Error;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::parent;

/// Who may open a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone whom the umask allows.
    Umask,
    /// Only its owner (mode 0600 on Unix).
    Owner,
}

impl Access {
    /// The mode of a new file, before the umask.
    #[cfg(unix)]
    pub(super) fn mode(self) -> rustix::fs::RawMode {
        if self == Access::Owner { 0o600 } else { 0o666 }
    }
}

/// Something that is not ours is where a file of ours is written. It is left as it is.
#[derive(Debug, thiserror::Error)]
#[error("{} is in the way: {why}", .path.display())]
pub struct InTheWay {
    path: PathBuf,
    why: &'static str,
}

impl InTheWay {
    /// Returns what is in the way, if that is why something failed.
    pub fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Path> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(InTheWay { path, .. }) = error.downcast_ref() {
                return Some(path);
            }
            // An I/O error does not name what it contains as its source.
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
        }
        None
    }
}

/// Opens or creates a file and locks it for this process. Returns `None` if another process has the lock.
///
/// Does not follow a symbolic link.
pub fn lock_file(path: &Path, access: Access) -> io::Result<Option<File>> {
    lock_in(&Directory::anywhere(parent(path)), path.file_name().unwrap_or_default(), access)
}

/// As [`lock_file`], for a file in a directory.
pub(super) fn lock_in(directory: &Directory, name: &OsStr, access: Access) -> io::Result<Option<File>> {
    // The owner unlinks or renames the file before it unlocks. If the file we locked is no longer at `path`, try
    // again. A few attempts are enough, because each retry means that another process has just finished.
    for _ in 0..8 {
        // A file that was created here and cannot be locked is removed again.
        let (file, made) = match directory.open(name, true, access) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match directory.open(name, false, access) {
                    Ok(file) => (file, false),
                    // Its owner has just removed or renamed it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(unusable(directory, name, &error)),
                }
            }
            Err(error) => return Err(error),
        };
        if let Some(why) = foreign(&file)? {
            return Err(io::Error::other(InTheWay { path: directory.path_of(name), why }));
        }
        match file.try_lock() {
            Ok(()) if directory.has(&file, name)? => return Ok(Some(file)),
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => {
                if made {
                    let _ = directory.remove(name);
                }
                return Err(error);
            }
        }
    }
    Ok(None)
}

/// The error for what cannot be opened although it exists.
fn unusable(directory: &Directory, name: &OsStr, error: &io::Error) -> io::Error {
    let path = directory.path_of(name);
    let why = match fs::symlink_metadata(&path).map(|found| found.file_type()) {
        Ok(kind) if kind.is_symlink() => "it is a symbolic link",
        Ok(kind) if kind.is_dir() => "it is a directory",
        Ok(kind) if !kind.is_file() => "it is not a regular file",
        _ if error.kind() == io::ErrorKind::PermissionDenied => "it may not be written to",
        _ => "it cannot be opened",
    };
    io::Error::other(InTheWay { path, why })
}

/// Why a file is not one of ours, if it is not: it might be another user's, or a hard link to a file that must not be
/// overwritten.
#[cfg(unix)]
fn foreign(file: &File) -> io::Result<Option<&'static str>> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    Ok(if !found.is_file() {
        Some("it is not a regular file")
    } else if found.nlink() > 1 {
        Some("it is a hard link, and so another file, too")
    } else if found.uid() != rustix::process::geteuid().as_raw() {
        Some("it belongs to another user")
    } else {
        None
    })
}

#[cfg(not(unix))]
fn foreign(_file: &File) -> io::Result<Option<&'static str>> {
    Ok(None)
}
