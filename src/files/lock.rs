//! Lock files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

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
                (directory.open(name, false, access)?, false)
            }
            Err(error) => return Err(error),
        };
        ensure_owned(&file)?;
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

/// Checks that a file belongs to this user and has no other name. It might be another user's, or a hard link to
/// a file that must not be overwritten.
#[cfg(unix)]
fn ensure_owned(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    let is_ours = found.is_file() && found.nlink() <= 1 && found.uid() == rustix::process::geteuid().as_raw();
    if is_ours {
        Ok(())
    } else {
        Err(io::Error::other("its temporary file is owned by another user, or has another name"))
    }
}

#[cfg(not(unix))]
fn ensure_owned(_file: &File) -> io::Result<()> {
    Ok(())
}
