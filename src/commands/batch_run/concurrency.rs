//! How many edits can run at once with the files and connections that this process may have open.

use crate::files::OpenFiles;

/// The files and connections of one edit at its peak: the lock of its job, its output, its request (a socket, and three
/// for waiting on it), the connection of its last download, and the lock of the previous step. Two are to spare, for a file
/// that is open for a moment, such as an answer that is kept.
///
/// Measured on Linux: 6 for an edit without steps, whether its answer is a link or Base64.
const PER_EDIT: u64 = 9;
/// The other ends of the two connections, if the sandbox is in this process.
const PER_EDIT_IN_SANDBOX: u64 = 2;
/// What all edits share: the clients of downloads and of free calls, and what one edit needs to look whether it can run.
const SHARED: u64 = 30;

/// Returns how many edits can run at once, at least one and at most `wanted`. An edit that cannot run even alone says so
/// itself.
pub(super) fn possible(wanted: u32, files: OpenFiles, is_sandbox_built_in: bool) -> u32 {
    let each = PER_EDIT + if is_sandbox_built_in { PER_EDIT_IN_SANDBOX } else { 0 };
    let possible = files.free().saturating_sub(SHARED) / each;
    u32::try_from(possible).unwrap_or(u32::MAX).clamp(1, wanted.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_limit(limit: u64, wanted: u32) -> u32 {
        possible(wanted, OpenFiles { limit, open: 10 }, false)
    }

    #[test]
    fn no_more_edits_run_than_there_are_files_for() {
        assert_eq!(with_limit(64, 256), 2);
        assert_eq!(with_limit(256, 256), 24);
        assert_eq!(with_limit(1024, 256), 109);
        assert_eq!(with_limit(4096, 256), 256);
        assert_eq!(possible(256, OpenFiles { limit: 256, open: 10 }, true), 19);
    }

    #[test]
    fn one_edit_runs_with_any_limit_and_never_more_than_wanted() {
        assert_eq!(with_limit(0, 256), 1);
        assert_eq!(with_limit(1 << 40, 3), 3);
    }
}
