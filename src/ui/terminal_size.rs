//! The sizes of terminals.

use std::io;

/// The width of a terminal that does not report its width.
pub(super) const DEFAULT_COLUMNS: usize = 80;

/// Returns the width of the terminal on standard output, if it is one.
pub(super) fn stdout_columns(is_terminal: bool) -> Option<usize> {
    if !is_terminal {
        return None;
    }
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
    {
        return Some(usize::from(size.ws_col));
    }
    Some(DEFAULT_COLUMNS)
}

/// Returns the width of the terminal on standard error, if it is one and reports its width.
pub(super) fn stderr_columns(is_terminal: bool) -> Option<usize> {
    #[cfg(unix)]
    if is_terminal {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
        return Some(usize::from(size.ws_col)).filter(|columns| *columns > 0);
    }
    let _ = is_terminal;
    None
}

/// Returns the number of lines of the terminal on standard error, if it is one.
pub(super) fn stderr_lines() -> Option<usize> {
    #[cfg(unix)]
    return rustix::termios::tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_row));
    #[cfg(not(unix))]
    None
}
