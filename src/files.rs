//! Atomic file writes: a temporary file in the same directory is written, synced and renamed.

mod directory;
mod identity;
mod lock;
mod open_limit;
mod opened;
mod writable;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ring::digest::{SHA256, digest};

use directory::Directory;
use lock::lock_in;

use crate::digest::hex;
pub use directory::{confine_results, create_directory};

pub use identity::{absolute, is_same_file, is_same_place, may_be_same_place, resolve};
pub use lock::{Access, InTheWay, lock_file};
pub use open_limit::{OpenFiles, ensure_can_open, raise_open_limit};
pub use opened::Opened;
pub use writable::{ensure_permitted, ensure_writable};

/// Atomically writes a file that only its owner can read. It has mode 0600 from the start.
///
/// Creates missing directories with mode 0700. On an error, an earlier file stays as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = parent(path);
    create_private_dir(directory)?;
    // The error would name the temporary file, which means nothing to the user.
    let mut file =
        tempfile::Builder::new().prefix(".seededit-").tempfile_in(directory).map_err(without_path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    sync_dir(directory)
}

/// Removes the path that the tempfile crate adds to an error.
fn without_path(error: io::Error) -> io::Error {
    let mut cause = error.get_ref().and_then(std::error::Error::source);
    while let Some(inner) = cause {
        if let Some(code) = inner.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return io::Error::from_raw_os_error(code);
        }
        cause = inner.source();
    }
    error.kind().into()
}

/// Reads a text file that a person wrote.
///
/// # Errors
/// Also fails if it is larger than 1 MiB, or not a regular file: a pipe or a device might never end.
pub fn read_small(path: &Path) -> io::Result<String> {
    const MAX_BYTES: u64 = 1 << 20;
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES { Err(io::Error::other("larger than 1 MiB")) } else { Ok(text) }
}

/// Creates a directory and its parents for the owner only (mode 0700 on Unix). An existing one stays as it is.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Returns the directory of a path; `.` for a bare file name.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// Syncs `directory`, so that a rename in it survives a power failure. Does nothing on Windows, where
/// directories cannot be synced.
pub fn sync_dir(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

/// Allocates blocks on disk for an empty file, which then has at least this length.
pub fn allocate(mut file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => return Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = [0; 64 << 10];
    for _ in 0..bytes.div_ceil(zeros.len() as u64) {
        file.write_all(&zeros)?;
    }
    Ok(())
}

/// The start of the names of temporary files.
const TEMP_PREFIX: &str = ".seededit-";
/// The end of the names of temporary files.
const TEMP_SUFFIX: &str = ".part";

/// A reservation of a path at which a file will be written.
///
/// It is a hidden temporary file in the directory of the target, locked while this value lives, so that two
/// processes cannot write the same target. Its name is derived from the target's, so the next process takes
/// over what a killed one left behind. Dropping a reservation removes the file.
#[derive(Debug)]
pub struct Reservation {
    target: PathBuf,
    directory: Directory,
    /// The name of the temporary file.
    temp: OsString,
    file: File,
}

/// When a file was modified and last read.
#[derive(Debug, Clone, Copy)]
pub struct FileTimes(fs::FileTimes);

impl FileTimes {
    /// Returns the times of a file. `None` if it cannot be examined.
    pub fn of(path: &Path) -> Option<FileTimes> {
        let found = fs::metadata(path).ok()?;
        let times = fs::FileTimes::new().set_modified(found.modified().ok()?);
        Some(FileTimes(found.accessed().map_or(times, |accessed| times.set_accessed(accessed))))
    }
}

/// Why a path could not be reserved.
#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    /// Another process is writing the same target.
    #[error("another seededit is writing {}", .0.display())]
    Busy(PathBuf),
    /// The directory does not exist, is not writable, is full, ….
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Whether a written file was moved to its target.
#[derive(Debug, PartialEq, Eq)]
pub enum Persisted {
    /// The file is at the target.
    Moved,
    /// The target was created in the meantime and must not be replaced, or the temporary file or its directory was
    /// replaced or removed. Nothing was changed.
    NotMoved,
}

impl Reservation {
    /// Reserves `target`, which also proves that its directory is writable.
    pub fn acquire(target: &Path) -> Result<Reservation, ReserveError> {
        let (directory, temp) = (Directory::find(parent(target))?, temp_name(target));
        let Some(file) = lock_in(&directory, &temp, Access::Umask)? else {
            return Err(ReserveError::Busy(target.to_owned()));
        };
        // From here on, the file is removed whatever happens.
        let reservation = Reservation { target: target.to_owned(), directory, temp, file };
        reservation.file.set_len(0)?;
        Ok(reservation)
    }

    /// Removes temporary files that dead processes left in the directory of `target`. Files of running processes
    /// are locked and stay.
    ///
    /// Checks the whole directory, because a result may have got another name, and further results have names
    /// of their own.
    pub fn remove_stale(target: &Path) {
        let Ok(directory) = Directory::find(parent(target)) else { return };
        for file in directory.names() {
            let name = file.to_string_lossy();
            if name.starts_with(TEMP_PREFIX)
                && name.ends_with(TEMP_SUFFIX)
                && let Ok(Some(_locked)) = lock_in(&directory, &file, Access::Umask)
            {
                // A file that cannot be removed is taken over by the next process that needs its name.
                let _ = directory.remove(&file);
            }
        }
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Changes the target to another name in the same directory. Other processes may reserve that name as well.
    pub fn redirect(&mut self, target: &Path) {
        debug_assert_eq!(parent(target), parent(&self.target));
        target.clone_into(&mut self.target);
    }

    /// Allocates disk space for the content, which [`Reservation::write`] then uses.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn allocate(&self, bytes: u64) -> io::Result<()> {
        allocate(&self.file, bytes)
    }

    /// Writes and syncs the whole content to the temporary file. Returns its modification time.
    ///
    /// The reservation stays usable after an error.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<SystemTime> {
        io::Seek::rewind(&mut self.file)?;
        // Truncated afterwards, so that nothing else takes the allocated blocks.
        self.file.write_all(bytes)?;
        self.file.set_len(bytes.len() as u64)?;
        self.directory.copy_permissions(self.name(), &self.file)?;
        self.file.sync_all()?;
        self.file.metadata()?.modified()
    }

    /// Sets the times of the temporary file. Returns its modification time.
    ///
    /// # Errors
    /// Those of the system.
    pub fn set_times(&self, times: FileTimes) -> io::Result<SystemTime> {
        self.file.set_times(times.0)?;
        self.file.metadata()?.modified()
    }

    /// Moves the content to the target; with `replace`, over an existing file.
    ///
    /// On an error, the content is removed with the reservation.
    pub fn persist(self, replace: bool) -> io::Result<Persisted> {
        // If the temporary file was removed, another process may have one of the same name by now.
        if !self.directory.is_still_there()
            || !self.directory.has(&self.file, &self.temp)?
            || !self.directory.rename(&self.temp, self.name(), replace)?
        {
            return Ok(Persisted::NotMoved);
        }
        self.directory.sync()?;
        Ok(Persisted::Moved)
    }

    fn name(&self) -> &OsStr {
        self.target.file_name().unwrap_or_default()
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.directory.has(&self.file, &self.temp).unwrap_or(false) {
            // A file that cannot be removed is taken over by the next process that needs its name.
            let _ = self.directory.remove(&self.temp);
        }
    }
}

/// Returns the name of the temporary file for `target`. It has a fixed length, so that it fits even if the target's
/// name is as long as possible.
fn temp_name(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = hex(&digest(&SHA256, name).as_ref()[..8]);
    format!("{TEMP_PREFIX}{digest}{TEMP_SUFFIX}").into()
}

/// Returns the free space of the disk that holds a directory, in bytes. `None` if it is not known.
#[cfg(unix)]
pub fn free_bytes(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Returns the free space of the disk that holds a directory, in bytes. `None` if it is not known.
#[cfg(not(unix))]
pub fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp_path(target: &Path) -> PathBuf {
        parent(target).join(temp_name(target))
    }

    #[test]
    fn names_that_differ_by_case_are_one_place_unless_they_are_two_files() {
        let dir = tempfile::tempdir().unwrap();
        let (lower, upper, other) =
            (dir.path().join("a.png"), dir.path().join("A.PNG"), dir.path().join("b.png"));
        assert!(may_be_same_place(&lower, &upper) && !may_be_same_place(&lower, &other));
        fs::write(&lower, "1").unwrap();
        assert!(may_be_same_place(&lower, &upper));
        // On a file system that ignores case, this is the same file again.
        let ignores_case = upper.exists();
        fs::write(&upper, "2").unwrap();
        assert_eq!(may_be_same_place(&lower, &upper), ignores_case);
    }

    #[cfg(unix)]
    #[test]
    fn a_hard_link_is_another_place_and_a_symbolic_link_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let [file, hard, soft] = ["file", "hard", "soft"].map(|name| dir.path().join(name));
        fs::write(&file, "1").unwrap();
        fs::hard_link(&file, &hard).unwrap();
        std::os::unix::fs::symlink(&file, &soft).unwrap();
        assert!(may_be_same_place(&file, &soft) && !may_be_same_place(&file, &hard));
    }

    #[test]
    fn a_file_is_the_same_through_every_path() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        fs::write(&one, "1").unwrap();
        fs::write(&other, "1").unwrap();
        assert!(is_same_file(&one, &dir.path().join("./one")));
        assert!(!is_same_file(&one, &other));
        assert!(!is_same_file(&one, &dir.path().join("missing")));
    }

    #[test]
    fn a_missing_file_is_resolved_through_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap();
        assert_eq!(resolve(&dir.path().join("a/../b.jpg")), real.join("b.jpg"));
    }

    #[test]
    fn a_target_cannot_be_reserved_twice_at_the_same_time() {
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
    fn the_temporary_file_of_a_killed_process_is_taken_over_and_emptied() {
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
    fn a_target_created_in_the_meantime_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let mut reservation = Reservation::acquire(&target).unwrap();
        fs::write(&target, "theirs").unwrap();
        reservation.write(b"ours").unwrap();
        assert_eq!(reservation.persist(false).unwrap(), Persisted::NotMoved);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
    }

    #[test]
    fn a_target_with_the_longest_name_can_be_reserved() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join(format!("{}.jpg", "x".repeat(251)));
        let mut reservation = Reservation::acquire(&target).unwrap();
        reservation.write(b"ours").unwrap();
        assert_eq!(reservation.persist(false).unwrap(), Persisted::Moved);
    }

    #[cfg(unix)]
    #[test]
    fn a_hard_link_to_another_file_is_not_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::hard_link(&victim, temp_path(&target)).unwrap();
        let Err(ReserveError::Io(error)) = Reservation::acquire(&target) else { panic!("it was reserved") };
        let said = format!(
            "{} is in the way: it is a hard link, and so another file, too",
            temp_path(&target).display()
        );
        assert_eq!(error.to_string(), said);
        assert_eq!(InTheWay::find(&error), Some(temp_path(&target).as_path()));
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_reservation_whose_file_was_removed_does_not_replace_a_later_one() {
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
    fn a_symlink_planted_at_the_temporary_file_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.jpg");
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, temp_path(&target)).unwrap();
        let Err(ReserveError::Io(error)) = Reservation::acquire(&target) else { panic!("it was reserved") };
        let said = format!("{} is in the way: it is a symbolic link", temp_path(&target).display());
        assert_eq!(error.to_string(), said);
        assert_eq!(InTheWay::find(&error), Some(temp_path(&target).as_path()));
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_private_file_and_its_directory() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/credentials.toml");
        write_private(&path, b"secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(parent(&path)), 0o700);
    }
}
