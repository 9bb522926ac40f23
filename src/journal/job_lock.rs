//! The lock of a running process on a job, and the disk space reserved for its answer.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::files::{Access, create_private_dir, lock_file};

/// Disk space reserved for an answer in the database and its log: twice the largest answer that is not spooled
/// (1 MiB), and the pages around it.
const ROOM_BYTES: u64 = 3 << 20;
/// Disk space reserved for an answer that contains the picture: a one-megapixel JPEG in Base64 has 1 to 4 MiB.
const INLINE_ROOM_BYTES: u64 = 12 << 20;
/// The pause between two attempts to lock, and their number. Checking a lock takes it for a moment.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: u32 = 20;
/// The directory of locks beside the journal.
const DIRECTORY: &str = "running";

/// The lock on a job that this process works on. Other processes leave the job alone while the lock is held. The
/// lock ends with the process. It is a locked file whose length reserves disk space for the journal's next
/// writes.
#[derive(Debug)]
pub struct JobLock {
    file: File,
    path: PathBuf,
}

/// Why a job cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum JobLockError {
    /// Another running process holds the lock.
    #[error("another process is working on job {0}")]
    Taken(String),
    /// The system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl JobLock {
    /// Locks `job` and reserves disk space for its answer; more if the answer contains the picture (`inline`).
    ///
    /// # Errors
    /// See [`JobLockError`]. A full disk is one.
    pub fn with_room(data: &Path, job: &str, inline: bool) -> Result<JobLock, JobLockError> {
        let lock = JobLock::insist(data, job)?;
        allocate(&lock.file, if inline { INLINE_ROOM_BYTES } else { ROOM_BYTES })?;
        Ok(lock)
    }

    /// Locks `job`. Waits a moment for a process that only checks the lock, which takes it, too.
    fn insist(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        for _ in 0..LOOKS {
            match JobLock::take(data, job) {
                Err(JobLockError::Taken(_)) => thread::sleep(LOOK),
                other => return other,
            }
        }
        JobLock::take(data, job)
    }

    /// Locks `job` without reserving disk space.
    ///
    /// # Errors
    /// See [`JobLockError`].
    pub fn take(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        let directory = data.join(DIRECTORY);
        create_private_dir(&directory)?;
        let path = directory.join(job);
        match lock_file(&path, Access::Owner)? {
            Some(file) => Ok(JobLock { file, path }),
            None => Err(JobLockError::Taken(job.to_owned())),
        }
    }

    /// Releases the reserved disk space, because it is about to be used. The lock stays.
    pub fn release_room(&self) {
        // If this fails, the write that follows reports it.
        let _ = self.file.set_len(0);
    }

    /// Whether a running process holds the lock on `job`.
    pub fn is_taken(data: &Path, job: &str) -> bool {
        let Ok(file) = File::open(data.join(DIRECTORY).join(job)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Removes the files of processes that died.
    pub fn sweep(data: &Path) {
        let Ok(left) = fs::read_dir(data.join(DIRECTORY)) else { return };
        for entry in left.flatten() {
            if let Some(job) = entry.file_name().to_str() {
                drop(JobLock::take(data, job));
            }
        }
    }
}

impl Drop for JobLock {
    fn drop(&mut self) {
        // Removed while locked, so that no process can lock a file that is about to be removed.
        let _ = fs::remove_file(&self.path);
    }
}

/// Allocates the file's blocks on disk.
fn allocate(mut file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => return Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = [0; 64 << 10];
    for _ in 0..bytes / zeros.len() as u64 {
        file.write_all(&zeros)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_and_ends_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let lock = JobLock::with_room(dir.path(), "job", false).unwrap();
        assert!(JobLock::is_taken(dir.path(), "job"));
        assert!(matches!(JobLock::take(dir.path(), "job"), Err(JobLockError::Taken(_))));
        drop(lock);
        assert!(!JobLock::is_taken(dir.path(), "job"));
        drop(JobLock::take(dir.path(), "job").unwrap());
    }

    #[test]
    fn checking_a_lock_does_not_keep_its_owner_from_it() {
        let dir = tempfile::tempdir().unwrap();
        let look = JobLock::take(dir.path(), "job").unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                drop(look);
            });
            drop(JobLock::with_room(dir.path(), "job", false).unwrap());
        });
    }

    #[test]
    fn the_disk_space_is_allocated_and_released_when_it_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let lock = JobLock::with_room(dir.path(), "job", true).unwrap();
        assert_eq!(lock.file.metadata().unwrap().len(), INLINE_ROOM_BYTES);
        lock.release_room();
        assert_eq!(lock.file.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_sweep_removes_the_files_of_dead_processes_only() {
        let dir = tempfile::tempdir().unwrap();
        let _living = JobLock::take(dir.path(), "living").unwrap();
        fs::write(dir.path().join(DIRECTORY).join("dead"), "").unwrap();
        JobLock::sweep(dir.path());
        let left: Vec<_> =
            fs::read_dir(dir.path().join(DIRECTORY)).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["living"]);
    }
}
