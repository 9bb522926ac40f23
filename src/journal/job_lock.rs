//! The mark of a living process on a job, and the room for what it will have to write.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::files::{Access, create_private_dir, lock_file};

/// Room kept for the answer in the database and its log: twice the largest answer that is not
/// spooled (1 MiB), and the pages around it.
const ROOM_BYTES: u64 = 3 << 20;
/// Room kept for an answer that carries the picture: a one-megapixel JPEG as Base64 is 1 to 4 MiB.
const INLINE_ROOM_BYTES: u64 = 12 << 20;
/// How long a look at a claim takes at the most, and how many of them are waited for.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: u32 = 20;
/// Claims lie in this directory beside the journal.
const DIRECTORY: &str = "running";

/// A job that this process works on. Other processes leave it alone for as long as this lives; a
/// process that dies gives it up. It is a locked file, and its length is room that is kept for the
/// journal's next writes.
#[derive(Debug)]
pub struct JobLock {
    file: File,
    path: PathBuf,
}

/// Why a job cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub enum JobLockError {
    /// Another living process works on it.
    #[error("another process is working on job {0}")]
    Taken(String),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl JobLock {
    /// Claims `job` and keeps the room that its answer will need; more of it where the answer
    /// carries the picture.
    ///
    /// # Errors
    /// See [`JobLockError`]. A full disk is one.
    pub fn with_room(data: &Path, job: &str, inline: bool) -> Result<JobLock, JobLockError> {
        let claim = JobLock::insist(data, job)?;
        allocate(&claim.file, if inline { INLINE_ROOM_BYTES } else { ROOM_BYTES })?;
        Ok(claim)
    }

    /// Claims `job`, and waits a moment for who only looks whether it is claimed: that takes a lock, too.
    fn insist(data: &Path, job: &str) -> Result<JobLock, JobLockError> {
        for _ in 0..LOOKS {
            match JobLock::take(data, job) {
                Err(JobLockError::Taken(_)) => thread::sleep(LOOK),
                other => return other,
            }
        }
        JobLock::take(data, job)
    }

    /// Claims `job`, without keeping any room.
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

    /// Gives up the room, since it is about to be written to. The claim stays.
    pub fn release_room(&self) {
        // Where it cannot be given up, the write that follows finds out.
        let _ = self.file.set_len(0);
    }

    /// Whether a living process has claimed `job`.
    pub fn is_taken(data: &Path, job: &str) -> bool {
        let Ok(file) = File::open(data.join(DIRECTORY).join(job)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Removes what processes that died have left.
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
        // Removed while locked, so that nobody can lock what is about to vanish.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the file's blocks really exist.
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
    fn a_claim_is_exclusive_and_ends_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let claim = JobLock::with_room(dir.path(), "job", false).unwrap();
        assert!(JobLock::is_taken(dir.path(), "job"));
        assert!(matches!(JobLock::take(dir.path(), "job"), Err(JobLockError::Taken(_))));
        drop(claim);
        assert!(!JobLock::is_taken(dir.path(), "job"));
        drop(JobLock::take(dir.path(), "job").unwrap());
    }

    #[test]
    fn a_look_at_a_claim_does_not_keep_its_owner_from_it() {
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
    fn the_room_is_really_there_and_given_up_when_it_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let claim = JobLock::with_room(dir.path(), "job", true).unwrap();
        assert_eq!(claim.file.metadata().unwrap().len(), INLINE_ROOM_BYTES);
        claim.release_room();
        assert_eq!(claim.file.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_sweep_removes_what_the_dead_left_and_leaves_the_living_alone() {
        let dir = tempfile::tempdir().unwrap();
        let _living = JobLock::take(dir.path(), "living").unwrap();
        fs::write(dir.path().join(DIRECTORY).join("dead"), "").unwrap();
        JobLock::sweep(dir.path());
        let left: Vec<_> =
            fs::read_dir(dir.path().join(DIRECTORY)).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["living"]);
    }
}
