//! Errors in words for the user: an error with its causes on one line, system errors without their codes.

use std::error::Error;
use std::io::{self, ErrorKind};

/// Joins an error and its causes with colons, the outermost first.
///
/// A cause that only repeats the words before it is left out.
pub(crate) fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut last = words(error);
    let mut line = last.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = words(cause);
        if !line.ends_with(&cause_words) && !cause_words.ends_with(&last) {
            line.push_str(": ");
            line.push_str(&cause_words);
            last = cause_words;
        }
        source = cause.source();
    }
    line
}

fn words(error: &(dyn Error + 'static)) -> String {
    error.downcast_ref::<io::Error>().map_or_else(|| without_code(&error.to_string()), io_reason)
}

/// Returns why a system call failed, without the system's error code.
pub(crate) fn io_reason(error: &io::Error) -> String {
    // What this program or a library made an I/O error of has words of its own.
    if error.get_ref().is_some() {
        return error.to_string();
    }
    let reason = match error.kind() {
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::PermissionDenied => "permission missing",
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
        // A code that has no kind keeps the system's words.
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

/// What stands before the code of a system error in the standard library's messages.
const CODE_MARK: &str = " (os error ";

/// Replaces a system error at the end of `message`, such as "No such file or directory (os error 2)", by
/// the words of [`io_reason`].
fn without_code(message: &str) -> String {
    let code = message.rsplit_once(CODE_MARK).and_then(|(_, code)| code.strip_suffix(')')?.parse().ok());
    let Some(error) = code.map(io::Error::from_raw_os_error) else { return message.to_owned() };
    match message.strip_suffix(&error.to_string()) {
        Some(start) => format!("{start}{}", io_reason(&error)),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read in.png")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_chain_names_each_cause_once_and_no_error_code() {
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
    fn a_system_error_inside_another_message_loses_its_code_too() {
        let missing = || io::Error::from_raw_os_error(2);
        assert_eq!(error_chain(&Quoting(missing())), "cannot list the directory: no such file or directory");
        assert_eq!(error_chain(&Transparent(missing())), "no such file or directory");
    }

    #[cfg(unix)]
    #[test]
    fn an_error_without_words_of_ours_keeps_the_systems_without_the_code() {
        let too_many = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert_eq!(io_reason(&too_many), "too many open files");
    }
}
