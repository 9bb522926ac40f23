//! The lock of a running process on a job, and the disk space reserved for its answer.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::files::{Access, allocate, create_private_dir, lock_file};

/// Disk space reserved for an answer in the database and its log: twice the largest answer that is not spooled
/// (1 MiB), plus overhead.
const RESERVED_BYTES: u64 = 3 << 20;
/// Disk space reserved for an answer that contains the picture: a one-megapixel JPEG in Base64 has 1 to 4 MiB.
const INLINE_RESERVED_BYTES: u64 = 12 << 20;
/// The pause between two attempts to lock a job, and the number of retries. Another process that only checks a lock
/// holds it for a moment.
const RETRY_PAUSE: Duration = Duration::from_millis(5);
const RETRIES: u32 = 20;
/// The directory of locks beside the journal.
const DIRECTORY: &str = "running";

/// The lock on a job that this process works on. Other processes do not touch the job while the lock is held. It ends
/// with the process. It is a locked file whose length reserves disk space for the next writes of the journal.
#[derive(Debug)]
pub struct JobLock {
    file: File,
    path: PathBuf,
    /// Says that the process only finishes the job. Released after the lock itself.
    _finishing: Option<Box<JobLock>>,
}

/// Why a job cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum JobLockError {
    /// Another running process holds the lock.
    #[error("another process is working on job {0}")]
    Held(String),
    /// The system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl JobLock {
    /// Locks `job` and reserves disk space for its answer; more if the answer contains the picture (`inline`).
    ///
    /// # Errors
    /// See [`JobLockError`]. A full disk is one.
    pub fn acquire_with_space(data: &Path, job: &str, inline: bool) -> Result<JobLock, JobLockError> {
        let lock = JobLock::acquire_with_retries(data, job)?;
        allocate(&lock.file, if inline { INLINE_RESERVED_BYTES } else { RESERVED_BYTES })?;
        Ok(lock)
    }

    /// Locks `job`. Retries for a moment, because checking a lock holds it briefly.
    fn acquire_with_retries(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        for _ in 0..RETRIES {
            match JobLock::acquire(data, job) {
                Err(JobLockError::Held(_)) => thread::sleep(RETRY_PAUSE),
                other => return other,
            }
        }
        JobLock::acquire(data, job)
    }

    /// Locks `job` without reserving disk space.
    ///
    /// # Errors
    /// See [`JobLockError`].
    pub fn acquire(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        let directory = data.join(DIRECTORY);
        create_private_dir(&directory)?;
        let path = directory.join(job);
        match lock_file(&path, Access::Owner)? {
            Some(file) => Ok(JobLock { file, path, _finishing: None }),
            None => Err(JobLockError::Held(job.to_owned())),
        }
    }

    /// Locks `job` to find out what became of it, or to save its result: others can tell that it is not being made now.
    ///
    /// # Errors
    /// See [`JobLockError`].
    pub fn acquire_to_finish(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        let held = |error| match error {
            JobLockError::Held(_) => JobLockError::Held(job.to_owned()),
            error => error,
        };
        // First, so that nobody sees the lock without it.
        let finishing = JobLock::acquire_with_retries(data, &finishing_name(job)).map_err(held)?;
        let mut lock = JobLock::acquire(data, job)?;
        lock._finishing = Some(Box::new(finishing));
        Ok(lock)
    }

    /// Releases the reserved disk space just before it is used. Keeps the lock.
    pub fn release_space(&self) {
        // If this fails, the write that follows reports it.
        let _ = self.file.set_len(0);
    }

    /// Whether a running process holds the lock on `job`.
    pub fn is_held(data: &Path, job: &str) -> bool {
        let Ok(file) = File::open(data.join(DIRECTORY).join(job)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Whether a running process makes `job`: it holds the lock, and not only to finish what another one has begun.
    pub fn is_being_made(data: &Path, job: &str) -> bool {
        JobLock::is_held(data, job) && !JobLock::is_held(data, &finishing_name(job))
    }

    /// Removes the lock files of processes that died.
    pub fn sweep(data: &Path) {
        let Ok(entries) = fs::read_dir(data.join(DIRECTORY)) else { return };
        for entry in entries.flatten() {
            if let Some(job) = entry.file_name().to_str() {
                drop(JobLock::acquire(data, job));
            }
        }
    }
}

/// The name of the lock that is held besides that of a job which is only finished. No job has such a name.
fn finishing_name(job: &str) -> String {
    format!("{job}.finishing")
}

impl Drop for JobLock {
    fn drop(&mut self) {
        // Removed while locked, so that no process can lock a file that is about to be removed.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_and_ends_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let lock = JobLock::acquire_with_space(dir.path(), "job", false).unwrap();
        assert!(JobLock::is_held(dir.path(), "job"));
        assert!(matches!(JobLock::acquire(dir.path(), "job"), Err(JobLockError::Held(_))));
        drop(lock);
        assert!(!JobLock::is_held(dir.path(), "job"));
        drop(JobLock::acquire(dir.path(), "job").unwrap());
    }

    #[test]
    fn a_job_that_is_only_finished_is_not_being_made() {
        let dir = tempfile::tempdir().unwrap();
        let lock = JobLock::acquire_to_finish(dir.path(), "job").unwrap();
        assert!(JobLock::is_held(dir.path(), "job") && !JobLock::is_being_made(dir.path(), "job"));
        let second = JobLock::acquire_to_finish(dir.path(), "job");
        assert!(matches!(second, Err(JobLockError::Held(job)) if job == "job"));
        drop(lock);
        assert_eq!(fs::read_dir(dir.path().join(DIRECTORY)).unwrap().count(), 0);
        let _lock = JobLock::acquire_with_space(dir.path(), "job", false).unwrap();
        assert!(JobLock::is_being_made(dir.path(), "job"));
        assert!(JobLock::acquire_to_finish(dir.path(), "job").is_err());
    }

    #[test]
    fn a_lock_can_be_acquired_while_it_is_only_checked() {
        let dir = tempfile::tempdir().unwrap();
        let check = JobLock::acquire(dir.path(), "job").unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                drop(check);
            });
            drop(JobLock::acquire_with_space(dir.path(), "job", false).unwrap());
        });
    }

    #[test]
    fn disk_space_is_allocated_until_it_is_released() {
        let dir = tempfile::tempdir().unwrap();
        let lock = JobLock::acquire_with_space(dir.path(), "job", true).unwrap();
        assert_eq!(lock.file.metadata().unwrap().len(), INLINE_RESERVED_BYTES);
        lock.release_space();
        assert_eq!(lock.file.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_sweep_removes_only_the_files_of_dead_processes() {
        let dir = tempfile::tempdir().unwrap();
        let _held = JobLock::acquire(dir.path(), "held").unwrap();
        fs::write(dir.path().join(DIRECTORY).join("dead"), "").unwrap();
        JobLock::sweep(dir.path());
        let left: Vec<_> =
            fs::read_dir(dir.path().join(DIRECTORY)).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["held"]);
    }
}
