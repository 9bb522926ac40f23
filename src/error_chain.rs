//! Error messages for the user: an error with its causes on one line, system errors without their codes.

use std::error::Error;
use std::io::{self, ErrorKind};

/// Joins an error and its causes with colons, the outermost first.
///
/// A cause that only repeats the text before it is left out.
pub(crate) fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut last = message(error);
    let mut line = last.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_message = message(cause);
        if !line.ends_with(&cause_message) && !cause_message.ends_with(&last) {
            line.push_str(": ");
            line.push_str(&cause_message);
            last = cause_message;
        }
        source = cause.source();
    }
    line
}

fn message(error: &(dyn Error + 'static)) -> String {
    error.downcast_ref::<io::Error>().map_or_else(|| without_codes(&error.to_string()), io_reason)
}

/// Returns why a system call failed, without the system's error code.
pub(crate) fn io_reason(error: &io::Error) -> String {
    // An I/O error that this program or a library created has its own message, which may quote a system error.
    if error.get_ref().is_some() {
        return without_codes(&error.to_string());
    }
    let reason = match error.kind() {
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::AlreadyExists => "it already exists",
        ErrorKind::IsADirectory => "it is a directory",
        ErrorKind::NotADirectory => "a part of the path is not a directory",
        ErrorKind::DirectoryNotEmpty => "the directory is not empty",
        ErrorKind::InvalidFilename => "the name is too long or not allowed here",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        ErrorKind::FileTooLarge => "the file would be larger than allowed here",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::CrossesDevices => "the two paths are on different file systems",
        ErrorKind::BrokenPipe => "the reader closed the pipe",
        ErrorKind::UnexpectedEof => "it ends too early",
        ErrorKind::InvalidData => "it is not valid UTF-8 text",
        ErrorKind::TimedOut => "it took too long",
        ErrorKind::OutOfMemory => "out of memory",
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "the connection was lost",
        ErrorKind::AddrInUse => "the address is already in use",
        ErrorKind::AddrNotAvailable => "the address is not available on this machine",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "the network is down or has no way there"
        }
        // A code without a kind keeps the text of the system.
        _ => {
            let text = error.to_string();
            let text = text.split(CODE_MARK).next().unwrap_or(&text);
            let mut letters = text.chars();
            return letters
                .next()
                .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect());
        }
    };
    reason.into()
}

/// The text before the code of a system error in the standard library's messages.
const CODE_MARK: &str = " (os error ";

/// Replaces every system error in `message`, such as "No such file or directory (os error 2)", by the text of
/// [`io_reason`].
fn without_codes(message: &str) -> String {
    let codes = message.split(CODE_MARK).skip(1).filter_map(|rest| rest.split_once(')')?.0.parse().ok());
    codes
        .map(io::Error::from_raw_os_error)
        .fold(message.to_owned(), |text, error| text.replace(&error.to_string(), &io_reason(&error)))
}

/// Returns a text for a message: at most `most` characters of it, and an ellipsis if there are more.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read in.png")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_chain_states_each_cause_once_and_no_error_code() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(error_chain(&Outer(missing)), "cannot read in.png: no such file or directory");
        let own = io::Error::other("not a regular file");
        assert_eq!(error_chain(&Outer(own)), "cannot read in.png: not a regular file");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("cannot list the directory: {0}")]
    struct Quoting(io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Transparent(io::Error);

    #[test]
    fn system_errors_inside_other_messages_lose_their_codes() {
        let missing = || io::Error::from_raw_os_error(2);
        let nested = io::Error::other(format!("cannot use a ({}), nor b ({0})", missing()));
        assert_eq!(
            error_chain(&nested),
            "cannot use a (no such file or directory), nor b (no such file or directory)"
        );
        assert_eq!(error_chain(&Quoting(missing())), "cannot list the directory: no such file or directory");
        assert_eq!(error_chain(&Transparent(missing())), "no such file or directory");
    }

    #[cfg(unix)]
    #[test]
    fn an_error_of_an_unknown_kind_keeps_the_text_of_the_system_without_the_code() {
        let too_many = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert_eq!(io_reason(&too_many), "too many open files");
    }
}
