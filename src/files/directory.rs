//! The directory that a result is written in.
//!
//! A process can be confined to some directories. Then the directory of a result is opened once, part by part below one of
//! these, without following links, and everything is done in what was opened. So nobody who may change what is in the
//! directories can lead a result out of them, not even between a check and the use of what was checked.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[cfg(unix)]
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
#[cfg(unix)]
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

#[cfg(unix)]
use super::identity::absolute;
use super::lock::Access;

/// The directories that results may be written in, without symbolic links in their paths.
static CONFINED: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// Confines all results of this process to these directories, which have no symbolic links in their paths. It holds for the
/// whole process, like the limit on its open files, so that no way to write a result can forget it. On Windows, paths are
/// only checked before.
pub fn confine_results(directories: Vec<PathBuf>) {
    // A process is confined once.
    let _ = CONFINED.set(directories);
}

/// Creates a directory for results, with those above it that are missing.
///
/// # Errors
/// Those of the system; also if the process is confined to other directories.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match CONFINED.get() {
        #[cfg(unix)]
        Some(roots) => open_within(roots, path, true).map(drop),
        _ => fs::create_dir_all(path),
    }
}

/// A directory that results are written in.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// If the process is confined.
    #[cfg(unix)]
    opened: Option<OwnedFd>,
}

impl Directory {
    /// Finds a directory.
    ///
    /// # Errors
    /// If the process is confined: those of the system, and if it is not in a directory that the process is confined to.
    pub(super) fn find(path: &Path) -> io::Result<Directory> {
        Ok(Directory {
            path: path.to_owned(),
            #[cfg(unix)]
            opened: CONFINED.get().map(|roots| open_within(roots, path, false)).transpose()?,
        })
    }

    /// A directory of any kind, also if the process is confined: results are not written there.
    pub(super) fn anywhere(path: &Path) -> Directory {
        Directory {
            path: path.to_owned(),
            #[cfg(unix)]
            opened: None,
        }
    }

    /// Whether its path still leads to the directory that was found.
    pub(super) fn is_still_there(&self) -> bool {
        #[cfg(unix)]
        if let (Some(opened), Some(roots)) = (&self.opened, CONFINED.get()) {
            return open_within(roots, &self.path, false).is_ok_and(|there| is_same(opened, &there));
        }
        true
    }

    /// The path of what has a name in it.
    pub(super) fn path_of(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    /// The names of all that is in it.
    pub(super) fn names(&self) -> Vec<std::ffi::OsString> {
        #[cfg(unix)]
        if let Some(opened) = &self.opened {
            use std::os::unix::ffi::OsStrExt;
            let entries = rustix::fs::Dir::read_from(opened).into_iter().flatten().flatten();
            return entries.map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned()).collect();
        }
        fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
    }
}

#[cfg(unix)]
impl Directory {
    /// Where a file in it is: what its path is relative to, and the path.
    fn at(&self, name: &OsStr) -> (BorrowedFd<'_>, PathBuf) {
        match &self.opened {
            Some(opened) => (opened.as_fd(), name.into()),
            None => (CWD, self.path.join(name)),
        }
    }

    /// Opens a file in it for writing. Does not follow a symbolic link.
    pub(super) fn open(&self, name: &OsStr, is_new: bool, access: Access) -> io::Result<fs::File> {
        let (directory, path) = self.at(name);
        // Fail at a named pipe, rather than wait for its reader.
        let mut flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        flags.set(OFlags::EXCL, is_new);
        let mode = Mode::from_raw_mode(access.mode());
        Ok(rustix::fs::openat(directory, path, flags, mode)?.into())
    }

    /// Whether an open file is still the one with this name.
    pub(super) fn has(&self, file: &fs::File, name: &OsStr) -> io::Result<bool> {
        let (directory, path) = self.at(name);
        let ours = rustix::fs::fstat(file)?;
        match rustix::fs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok(ours.st_dev == there.st_dev && ours.st_ino == there.st_ino),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives an open file the permissions of the one with this name, if there is one.
    pub(super) fn copy_permissions(&self, name: &OsStr, file: &fs::File) -> io::Result<()> {
        let (directory, path) = self.at(name);
        let Ok(found) = rustix::fs::statat(directory, path, AtFlags::empty()) else { return Ok(()) };
        Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(found.st_mode))?)
    }

    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        let (directory, path) = self.at(name);
        Ok(rustix::fs::unlinkat(directory, path, AtFlags::empty())?)
    }

    /// Gives a file another name; with `replace`, that of an existing file. Returns whether it was done: `false` if there is
    /// a file of that name, and nothing is replaced.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> io::Result<bool> {
        use rustix::io::Errno;

        let ((directory, from), (_, to)) = (self.at(from), self.at(to));
        if replace {
            rustix::fs::renameat(directory, &from, directory, &to)?;
            return Ok(true);
        }
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        match rustix::fs::renameat_with(directory, &from, directory, &to, rustix::fs::RenameFlags::NOREPLACE)
        {
            Ok(()) => return Ok(true),
            Err(Errno::EXIST) => return Ok(false),
            // Not every file system can.
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
        match rustix::fs::linkat(directory, &from, directory, &to, AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        rustix::fs::unlinkat(directory, &from, AtFlags::empty())?;
        Ok(true)
    }

    /// Syncs it, so that a rename in it survives a power failure.
    pub(super) fn sync(&self) -> io::Result<()> {
        match &self.opened {
            Some(opened) => Ok(rustix::fs::fsync(opened)?),
            None => super::sync_dir(&self.path),
        }
    }
}

#[cfg(not(unix))]
impl Directory {
    /// Opens a file in it for writing.
    pub(super) fn open(&self, name: &OsStr, is_new: bool, _: Access) -> io::Result<fs::File> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false).create_new(is_new);
        options.open(self.path.join(name))
    }

    /// Whether there is a file of this name. Without inode numbers, it may be another one.
    pub(super) fn has(&self, _: &fs::File, name: &OsStr) -> io::Result<bool> {
        self.path.join(name).try_exists()
    }

    /// Gives an open file the permissions of the one with this name, if there is one.
    pub(super) fn copy_permissions(&self, name: &OsStr, file: &fs::File) -> io::Result<()> {
        match fs::metadata(self.path.join(name)) {
            Ok(found) => file.set_permissions(found.permissions()),
            Err(_) => Ok(()),
        }
    }

    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    /// Gives a file another name; with `replace`, that of an existing file. Returns whether it was done: `false` if there is
    /// a file of that name, and nothing is replaced.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> io::Result<bool> {
        let (from, to) = (tempfile::TempPath::try_from_path(self.path.join(from))?, self.path.join(to));
        match if replace { from.persist(&to) } else { from.persist_noclobber(&to) } {
            Ok(()) => Ok(true),
            Err(refused) if !replace && refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(refused) => Err(refused.error),
        }
    }

    /// Does nothing: directories cannot be synced.
    pub(super) fn sync(&self) -> io::Result<()> {
        super::sync_dir(&self.path)
    }
}

/// Opens a directory that is in one of `roots`, which have no symbolic links in their paths. No part of its path below a
/// root may be a link. With `create`, missing parts are created.
///
/// # Errors
/// Those of the system, and if it is in no root.
#[cfg(unix)]
fn open_within(roots: &[PathBuf], path: &Path, create: bool) -> io::Result<OwnedFd> {
    use rustix::io::Errno;
    use std::path::Component;

    const FLAGS: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    let path = absolute(path);
    let outside = || io::Error::other("it is in no directory that may be used");
    let below = |root: &PathBuf| Some((root.clone(), path.strip_prefix(root).ok()?.to_owned()));
    let (mut seen, below) = roots.iter().find_map(below).ok_or_else(outside)?;
    let mut directory = rustix::fs::openat(CWD, &seen, FLAGS, Mode::empty())?;
    for part in below.components() {
        let name = match part {
            Component::Normal(name) => name,
            Component::CurDir => continue,
            _ => return Err(outside()),
        };
        seen.push(name);
        let open = || rustix::fs::openat(&directory, name, FLAGS, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) if create => match rustix::fs::mkdirat(&directory, name, Mode::from(0o777)) {
                Ok(()) | Err(Errno::EXIST) => open(),
                Err(error) => Err(error),
            },
            opened => opened,
        };
        directory = match opened {
            Ok(opened) => opened,
            Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
                let why = format!("{} is a link or a file by now, and no directory", seen.display());
                return Err(io::Error::other(why));
            }
            Err(error) => return Err(error.into()),
        };
    }
    Ok(directory)
}

/// Whether both are the same directory.
#[cfg(unix)]
fn is_same(one: &OwnedFd, other: &OwnedFd) -> bool {
    let id = |directory| rustix::fs::fstat(directory).map(|found| (found.st_dev, found.st_ino)).ok();
    id(one).is_some() && id(one) == id(other)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_directory_behind_a_link_below_a_root_is_neither_opened_nor_created() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let (root, outside) = (base.join("root"), base.join("outside"));
        fs::create_dir_all(root.join("a")).unwrap();
        fs::create_dir(&outside).unwrap();
        symlink(&outside, root.join("link")).unwrap();
        fs::write(root.join("file"), "x").unwrap();
        let roots = [root.clone()];
        let open = |path: PathBuf| open_within(&roots, &path, true).map(drop);

        open(root.clone()).unwrap();
        open(root.join("./a/b/c")).unwrap();
        assert!(root.join("a/b/c").is_dir());
        for path in ["link", "link/new", "a/../link/new", "file", "../outside/new", "/tmp"] {
            open(root.join(path)).unwrap_err();
        }
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
        let why = open(root.join("link/new")).unwrap_err().to_string();
        assert_eq!(
            why,
            format!("{} is a link or a file by now, and no directory", root.join("link").display())
        );
        // What was opened stays what it is.
        let opened = open_within(&roots, &root.join("a"), false).unwrap();
        fs::rename(root.join("a"), root.join("b")).unwrap();
        symlink(&outside, root.join("a")).unwrap();
        let directory = Directory { path: root.join("a"), opened: Some(opened) };
        directory.open(OsStr::new("new"), true, Access::Umask).unwrap();
        assert!(directory.rename(OsStr::new("new"), OsStr::new("done"), false).unwrap());
        assert!(root.join("b/done").exists() && !outside.join("done").exists());
    }
}
