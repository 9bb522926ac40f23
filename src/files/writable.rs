//! Whether files can be created in a directory.

use std::io;
use std::path::Path;

use super::{TEMP_PREFIX, TEMP_SUFFIX};

/// Checks that files may be created in a directory, by its permissions alone. Creates nothing.
///
/// # Errors
/// Those of the system.
pub fn ensure_permitted(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(directory, Access::WRITE_OK | Access::EXEC_OK)?;
    }
    #[cfg(not(unix))]
    if std::fs::metadata(directory)?.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

/// Checks that files can be created in a directory, by creating one and removing it.
pub fn ensure_writable(directory: &Path) -> io::Result<()> {
    let created = tempfile::Builder::new().prefix(TEMP_PREFIX).suffix(TEMP_SUFFIX).tempfile_in(directory);
    // The error names the file, which means nothing to anybody.
    created.map(drop).map_err(|error| match error.kind() {
        io::ErrorKind::Other => error,
        kind => kind.into(),
    })
}
