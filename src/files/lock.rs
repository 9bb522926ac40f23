//! Lock files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Who may open a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone whom the umask allows.
    Umask,
    /// Only its owner (mode 0600 on Unix).
    Owner,
}

/// Opens or creates a file and locks it for this process. Returns `None` if another process has the lock.
///
/// Does not follow a symbolic link.
pub fn lock_file(path: &Path, access: Access) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Fail at a named pipe, rather than wait for its reader.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
        options.mode(if access == Access::Owner { 0o600 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = access;
    // The owner unlinks or renames the file before it unlocks. If the file we locked is no longer at `path`, try
    // again. A few attempts are enough, because each retry means that another process has just finished.
    for _ in 0..8 {
        // A file that was created here and cannot be locked is removed again.
        let (file, made) = match options.clone().create_new(true).open(path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (options.open(path)?, false),
            Err(error) => return Err(error),
        };
        ensure_owned(&file)?;
        match file.try_lock() {
            Ok(()) if is_still_at(&file, path)? => return Ok(Some(file)),
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => {
                if made {
                    let _ = fs::remove_file(path);
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

/// Returns whether the open `file` is still at `path`. Another process may have renamed it between our opening
/// and locking it.
#[cfg(unix)]
pub(super) fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(ours.dev() == there.dev() && ours.ino() == there.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Without inode numbers, only the path can be checked.
#[cfg(not(unix))]
pub(super) fn is_still_at(_file: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}
