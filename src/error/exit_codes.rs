//! The table of exit codes. The help and the man pages print it, and a test compares the documentation with it.

use super::ErrorKind;

/// The signals that end a run in an orderly way: SIGINT and SIGTERM.
const SIGNALS: [i32; 2] = [2, 15];

impl ErrorKind {
    /// All kinds, by exit code.
    pub const ALL: [ErrorKind; 13] = [
        ErrorKind::Internal,
        ErrorKind::Usage,
        ErrorKind::Input,
        ErrorKind::Auth,
        ErrorKind::Payment,
        ErrorKind::Rejected,
        ErrorKind::Unavailable,
        ErrorKind::Unknown,
        ErrorKind::Undelivered,
        ErrorKind::Lost,
        ErrorKind::Partial,
        ErrorKind::Interrupted(SIGNALS[0]),
        ErrorKind::Interrupted(SIGNALS[1]),
    ];

    /// Returns what the exit code means, on one line.
    pub fn meaning(self) -> &'static str {
        match self {
            ErrorKind::Internal => "an unexpected failure: a bug, or output that cannot be written",
            ErrorKind::Usage => "the command line is wrong",
            ErrorKind::Input => "refused, and nothing was sent; or a result failed --strict",
            ErrorKind::Auth => "no key, or the service does not accept it",
            ErrorKind::Payment => "out of credit, or over a spending limit",
            ErrorKind::Rejected => "the service refused the request; not charged",
            ErrorKind::Unavailable => "the service is busy or out of reach; not charged",
            ErrorKind::Unknown => "in doubt: it may have been charged, and is not sent again",
            ErrorKind::Undelivered => "paid for, not on disk; `seededit recover` fetches it",
            ErrorKind::Lost => "paid for, and no longer available",
            ErrorKind::Partial => "some edits failed with 3 to 7, were left out, or could not be merged",
            ErrorKind::Interrupted(15) => "stopped by SIGTERM",
            ErrorKind::Interrupted(_) => "stopped by Ctrl-C (SIGINT)",
        }
    }
}

/// What exit code 0 means.
pub const SUCCESS: &str = "success";

/// Returns every exit code with its meaning.
pub fn exit_codes() -> Vec<(u8, &'static str)> {
    let failures = ErrorKind::ALL.map(|kind| (kind.exit_code(), kind.meaning()));
    std::iter::once((0, SUCCESS)).chain(failures).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_listed_once_and_in_order() {
        let codes: Vec<u8> = exit_codes().into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 143]);
    }
}
