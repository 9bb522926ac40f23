//! Files that are whole or not there: written beside their place, synced, renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use ring::digest::{SHA256, digest};
use tempfile::TempPath;

use crate::digest::hex;

/// Writes a file that only its owner may read, in one step: 0600 from the moment it exists.
///
/// A directory that is missing is made, 0700.
///
/// # Errors
/// As the system gives them; the file that was there before is then still whole.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = parent(path);
    create_private_dir(directory)?;
    let mut file = tempfile::Builder::new().prefix(".seededit-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    sync_dir(directory)
}

/// Reads a file that a person wrote: a regular one of at most 1 MiB, as text.
///
/// # Errors
/// As the system gives them; a pipe or a device, which might never end, is one too.
pub fn read_small(path: &Path) -> io::Result<String> {
    const MOST: u64 = 1 << 20;
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST { Err(io::Error::other("larger than 1 MiB")) } else { Ok(text) }
}

/// Makes a directory and its parents, for its owner only (0700 where there are modes).
///
/// # Errors
/// As the system gives them. A directory that exists is left as it is.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The directory that a path lies in; `.` for a bare name.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// The identity of an existing file or directory: equal for all paths and links that lead to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileId {
    /// Device and inode.
    #[cfg(unix)]
    Inode(u64, u64),
    /// The canonical path, on systems without inode numbers.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl FileId {
    /// Returns the identity of what is at `path`. Symbolic links are followed.
    ///
    /// # Errors
    /// Fails if nothing is there, or it cannot be reached.
    pub fn of(path: &Path) -> io::Result<FileId> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(path).map(|found| FileId::Inode(found.dev(), found.ino()))
        }
        #[cfg(not(unix))]
        path.canonicalize().map(FileId::Path)
    }
}

/// Returns whether both paths lead to the same existing file or directory.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((FileId::of(one), FileId::of(other)), (Ok(one), Ok(other)) if one == other)
}

/// Resolves all links and detours in a path. Parts that do not exist yet are kept as they are written.
pub fn resolve(path: &Path) -> PathBuf {
    let path = absolute(path);
    let found = path.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let Some((above, mut resolved)) = found else { return path };
    for part in path.strip_prefix(above).into_iter().flat_map(Path::components) {
        match part {
            Component::ParentDir => drop(resolved.pop()),
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

/// A path that means the same from every directory. One that cannot be made so stays as it is.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes a rename in `directory` last through a power cut.
///
/// # Errors
/// As the system gives them. Where directories cannot be synced (Windows), nothing is done.
pub fn sync_dir(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

/// Makes sure that files can be made in a directory, by making one that is gone at once.
///
/// # Errors
/// As the system gives them.
pub fn ensure_writable(directory: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(TEMP_PREFIX).suffix(TEMP_SUFFIX).tempfile_in(directory).map(drop)
}

/// How the name of a hidden file begins that keeps a place.
const TEMP_PREFIX: &str = ".seededit-";
/// How it ends.
const TEMP_SUFFIX: &str = ".part";

/// A place kept for a file that is still to come.
///
/// It is a hidden file beside the target, locked for as long as this value lives, so that two
/// processes cannot work for the same target. Its name follows from the target's, so what a killed
/// process left behind is taken over by the next one. Dropping a reservation removes it.
#[derive(Debug)]
pub struct Reservation {
    target: PathBuf,
    temp: PathBuf,
    file: File,
}

/// Why a place could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    /// Another process is working for the same target.
    #[error("another seededit is writing {}", .0.display())]
    Busy(PathBuf),
    /// The directory is missing, not writable, full, ….
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Where a delivered file came to lie.
#[derive(Debug, PartialEq, Eq)]
pub enum Persisted {
    /// At the target.
    Moved,
    /// Nowhere: the target had come into being meanwhile and may not be replaced, or the place that
    /// was kept was taken away. Nothing was changed.
    NotMoved,
}

impl Reservation {
    /// Keeps the place of `target`, which proves that its directory can be written.
    ///
    /// # Errors
    /// See [`ReserveError`].
    pub fn acquire(target: &Path) -> Result<Reservation, ReserveError> {
        let temp = temp_path(target);
        let Some(file) = lock_file(&temp, Access::Umask)? else {
            return Err(ReserveError::Busy(target.to_owned()));
        };
        // From here on it is removed whatever happens.
        let reservation = Reservation { target: target.to_owned(), temp, file };
        reservation.file.set_len(0)?;
        Ok(reservation)
    }

    /// Removes what processes that died left beside `target`; what living ones have is left alone.
    ///
    /// All of the directory is looked at: a target whose name was taken got another one, and further
    /// results have names of their own.
    pub fn remove_stale(target: &Path) {
        for entry in fs::read_dir(parent(target)).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(TEMP_PREFIX)
                && name.ends_with(TEMP_SUFFIX)
                && let Ok(Some(_locked)) = lock_file(&entry.path(), Access::Umask)
            {
                // What cannot be removed is taken over by the next who needs the place.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// The file that this place is kept for.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes and syncs the whole content, still beside the target; returns the file's time of change.
    ///
    /// # Errors
    /// As the system gives them; the reservation stays usable.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<SystemTime> {
        io::Seek::rewind(&mut self.file)?;
        self.file.set_len(0)?;
        self.file.write_all(bytes)?;
        if let Ok(before) = fs::metadata(&self.target) {
            self.file.set_permissions(before.permissions())?;
        }
        self.file.sync_all()?;
        self.file.metadata()?.modified()
    }

    /// Moves the content to the target; with `replace`, over what lies there.
    ///
    /// # Errors
    /// As the system gives them; the content is then removed with the reservation.
    pub fn persist(self, replace: bool) -> io::Result<Persisted> {
        // Somebody else's file may lie there by now, if ours was removed.
        if !is_still_at(&self.file, &self.temp)? {
            return Ok(Persisted::NotMoved);
        }
        let temp = TempPath::try_from_path(&self.temp)?;
        let moved = if replace { temp.persist(&self.target) } else { temp.persist_noclobber(&self.target) };
        match moved {
            Ok(()) => {}
            Err(refused) if !replace && refused.error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Persisted::NotMoved);
            }
            Err(refused) => return Err(refused.error),
        }
        sync_dir(parent(&self.target))?;
        Ok(Persisted::Moved)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if is_still_at(&self.file, &self.temp).unwrap_or(false) {
            // What cannot be removed is taken over by the next who needs the place.
            let _ = fs::remove_file(&self.temp);
        }
    }
}

/// The hidden name beside `target`: of fixed length, so that a long target name still fits.
fn temp_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = hex(&digest(&SHA256, name).as_ref()[..8]);
    parent(target).join(format!("{TEMP_PREFIX}{digest}{TEMP_SUFFIX}"))
}

/// Who may open a file that is made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whom the umask lets.
    Umask,
    /// Its owner only (0600 where there are modes).
    Owner,
}

/// Opens a file, or makes it, and locks it for this process; none when a living one has it.
///
/// A symbolic link in its place is not followed.
///
/// # Errors
/// As the system gives them.
pub fn lock_file(path: &Path, access: Access) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A pipe in its place is an error, not a wait for who reads it.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
        options.mode(if access == Access::Owner { 0o600 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = access;
    // Who unlocks a file removes or renames it first, so that a lock on what is no longer there is
    // tried again; a few turns are enough, since each means that another process has just ended.
    for _ in 0..8 {
        // Made here or found here: one that was made and cannot be locked is not left behind.
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

/// Makes sure that a file is one that a process of this user made for itself: a name that somebody
/// else put in its place, or a second name of a file that is somebody's, is not written to.
#[cfg(unix)]
fn ensure_owned(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    let is_ours = found.is_file() && found.nlink() <= 1 && found.uid() == rustix::process::geteuid().as_raw();
    if is_ours { Ok(()) } else { Err(io::Error::other("a file of somebody else's is in its way")) }
}

#[cfg(not(unix))]
fn ensure_owned(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Whether the open `file` is what lies at `path`: another process may have renamed it away
/// between our opening and our locking it.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(ours.dev() == there.dev() && ours.ino() == there.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Without inode numbers the name is all there is to go by.
#[cfg(not(unix))]
fn is_still_at(_file: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_by_every_path() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        fs::write(&one, "1").unwrap();
        fs::write(&other, "1").unwrap();
        assert!(is_same_file(&one, &dir.path().join("./one")));
        assert!(!is_same_file(&one, &other));
        assert!(!is_same_file(&one, &dir.path().join("missing")));
    }

    #[test]
    fn what_does_not_exist_yet_is_resolved_by_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap();
        assert_eq!(resolve(&dir.path().join("a/../b.jpg")), real.join("b.jpg"));
    }

    #[test]
    fn a_second_reservation_of_the_same_target_is_refused_while_the_first_lives() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let first = Reservation::acquire(&target).unwrap();
        assert!(matches!(Reservation::acquire(&target), Err(ReserveError::Busy(_))));
        drop(first);
        Reservation::acquire(&target).unwrap();
    }

    #[test]
    fn a_dropped_reservation_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        drop(Reservation::acquire(&dir.path().join("out.jpg")).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_taken_over_and_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        fs::write(temp_path(&target), "half a picture that is longer").unwrap();
        let mut reservation = Reservation::acquire(&target).unwrap();
        reservation.write(b"whole").unwrap();
        assert_eq!(reservation.persist(false).unwrap(), Persisted::Moved);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_target_that_came_into_being_meanwhile_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let mut reservation = Reservation::acquire(&target).unwrap();
        fs::write(&target, "theirs").unwrap();
        reservation.write(b"ours").unwrap();
        assert_eq!(reservation.persist(false).unwrap(), Persisted::NotMoved);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
    }

    #[test]
    fn a_target_name_of_the_greatest_length_can_be_reserved() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join(format!("{}.jpg", "x".repeat(251)));
        let mut reservation = Reservation::acquire(&target).unwrap();
        reservation.write(b"ours").unwrap();
        assert_eq!(reservation.persist(false).unwrap(), Persisted::Moved);
    }

    #[cfg(unix)]
    #[test]
    fn a_second_name_of_somebodys_file_is_not_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::hard_link(&victim, temp_path(&target)).unwrap();
        assert!(Reservation::acquire(&target).is_err());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_place_that_was_taken_away_is_not_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let mut first = Reservation::acquire(&target).unwrap();
        fs::remove_file(temp_path(&target)).unwrap();
        let mut second = Reservation::acquire(&target).unwrap();
        first.write(b"first").unwrap();
        assert_eq!(first.persist(false).unwrap(), Persisted::NotMoved);
        assert!(!target.exists());
        second.write(b"second").unwrap();
        assert_eq!(second.persist(false).unwrap(), Persisted::Moved);
        assert_eq!(fs::read(&target).unwrap(), b"second");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_planted_in_the_hidden_files_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, temp_path(&target)).unwrap();
        assert!(Reservation::acquire(&target).is_err());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_and_its_directory_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/credentials.toml");
        write_private(&path, b"secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(parent(&path)), 0o700);
    }
}
