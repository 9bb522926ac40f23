//! Small and read-only file systems, for the tests of disks that take nothing.

use std::process::Command;

/// Whether this process may mount file systems. If not, prints that to standard error.
pub(crate) fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    let may = tried.is_ok_and(|output| output.status.success());
    if !may {
        use std::io::Write as _;
        writeln!(std::io::stderr(), "skipped: the tests of a full disk need the right to mount one").unwrap();
    }
    may
}
