//! The limit of open files and connections of this process.

#[cfg(unix)]
use std::fs::File;
use std::io;

/// Raises the soft limit to the hard one. The usual soft limit is meant for programs that use `select`.
pub fn raise_open_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            // Some systems refuse an unlimited number. Then the limit stays as it is.
            let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
        }
    }
}

/// Makes sure that this many more files or connections can be open at once.
///
/// # Errors
/// The error of the system if they cannot. On systems other than Unix, there is no such limit.
pub fn ensure_can_open(count: usize) -> io::Result<()> {
    #[cfg(unix)]
    {
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
