//! The limit of open files and connections of this process.

#[cfg(unix)]
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::sync::Mutex;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[cfg(unix)]
use crate::sync::lock;

/// Raises the soft limit to the hard one, or as far as the system allows. The usual soft limit is meant for programs that
/// use `select`.
pub fn raise_open_limit() {
    #[cfg(unix)]
    {
        let limit = getrlimit(Resource::Nofile);
        let raise = |current| setrlimit(Resource::Nofile, Rlimit { current, ..limit }).is_ok();
        // If nothing higher is allowed, the limit stays as it is.
        let _ = higher_limits(limit.current, limit.maximum).any(raise);
    }
}

/// The limits to try instead of `current`, the best one first. `None` is no limit.
///
/// macOS states no hard limit, and refuses what is above a limit of its kernel. That is at least `OPEN_MAX`, 10,240.
#[cfg(unix)]
fn higher_limits(current: Option<u64>, maximum: Option<u64>) -> impl Iterator<Item = Option<u64>> {
    let most = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    [maximum, Some(65_536), Some(10_240), Some(4096), Some(1024)]
        .into_iter()
        .filter(move |limit| most(*limit) > most(current) && most(*limit) <= most(maximum))
}

/// The open files and connections of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// The most that can be open.
    pub limit: u64,
    /// The number that is open now.
    pub open: u64,
}

impl OpenFiles {
    /// Counts them. Returns `None` if the system has no limit, or does not tell how many are open.
    pub fn count() -> Option<OpenFiles> {
        #[cfg(unix)]
        {
            let limit = getrlimit(Resource::Nofile).current?;
            // The directory lists itself while it is read.
            let open = std::fs::read_dir("/dev/fd").ok()?.count().saturating_sub(1) as u64;
            Some(OpenFiles { limit, open })
        }
        #[cfg(not(unix))]
        None
    }

    /// The number that can be opened in addition.
    pub fn free(self) -> u64 {
        self.limit.saturating_sub(self.open)
    }
}

/// Makes sure that this many more files or connections can be open at once.
///
/// # Errors
/// The error of the system if they cannot. On systems other than Unix, there is no such limit.
pub fn ensure_can_open(count: usize) -> io::Result<()> {
    #[cfg(unix)]
    {
        /// Threads that look at the same time would take the files from each other.
        static LOOKING: Mutex<()> = Mutex::new(());
        let _looking = lock(&LOOKING);
        let open = || File::open("/dev/null");
        let opened: io::Result<Vec<File>> = (0..count).map(|_| open()).collect();
        // Only the limits are of interest, not what happens to be in /dev.
        if let Err(error) = opened
            && matches!(error.raw_os_error(), Some(code) if code == MFILE || code == NFILE)
        {
            return Err(error);
        }
    }
    #[cfg(not(unix))]
    let _ = count;
    Ok(())
}

#[cfg(unix)]
const MFILE: i32 = rustix::io::Errno::MFILE.raw_os_error();
#[cfg(unix)]
const NFILE: i32 = rustix::io::Errno::NFILE.raw_os_error();

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn tried(current: Option<u64>, maximum: Option<u64>) -> Vec<Option<u64>> {
        higher_limits(current, maximum).collect()
    }

    #[test]
    fn the_hard_limit_is_tried_first_and_then_what_a_kernel_may_allow() {
        assert_eq!(tried(Some(1024), Some(20_000)), [Some(20_000), Some(10_240), Some(4096)]);
        assert_eq!(tried(Some(256), None), [None, Some(65_536), Some(10_240), Some(4096), Some(1024)]);
    }

    #[test]
    fn a_limit_is_never_lowered() {
        assert_eq!(tried(Some(256), Some(256)), []);
        assert_eq!(tried(None, None), []);
        assert_eq!(tried(Some(20_000), Some(30_000)), [Some(30_000)]);
    }

    #[test]
    fn open_files_are_counted() {
        let before = OpenFiles::count().unwrap();
        let files: Vec<File> = (0..50).map(|_| File::open("/dev/null").unwrap()).collect();
        let after = OpenFiles::count().unwrap();
        // Other tests open and close files meanwhile.
        assert!(after.open >= before.open.saturating_sub(40) + 50, "{before:?}, {after:?}");
        assert_eq!(after.free(), after.limit - after.open);
        drop(files);
    }
}
