//! Limits on the length of file names. A name that is too long would fail at the final rename, after payment. So names
//! are checked before, with room for a suffix that may be added.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::parent;

use super::destination::OutputError;
use super::name::before_extension;

/// The longest suffix of a numbered name: `-9999`.
pub(super) const NUMBER: usize = 5;
/// The longest name on common file systems, used when the system does not report a limit.
const USUAL_LIMIT: usize = 255;

/// Checks that the file name of `path` is short enough, with `room` for a suffix. Also checks the names of missing
/// parent directories.
pub(super) fn ensure_fits(path: &Path, room: usize) -> Result<(), OutputError> {
    let limit = limit(parent(path));
    let is_missing = |above: &&Path| fs::symlink_metadata(above).is_err();
    let directories = path.ancestors().skip(1).take_while(is_missing).map(|above| (above, 0));
    for (path, room) in std::iter::once((path, room)).chain(directories) {
        if path.file_name().is_some_and(|name| length(name) + room > limit) {
            return Err(OutputError::TooLong { path: path.to_owned(), limit, room });
        }
    }
    // Whole paths are limited, too, and some file systems count names differently.
    let longest = path.with_file_name(with_suffix(path, room));
    match fs::symlink_metadata(longest) {
        Err(source)
            if matches!(source.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput) =>
        {
            Err(OutputError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Returns `path`, with its stem shortened if the name would be too long with `room` for a suffix.
pub(super) fn fitted(path: &Path, room: usize) -> PathBuf {
    let limit = limit(parent(path)).saturating_sub(room);
    match path.file_name() {
        Some(name) if length(name) > limit => path.with_file_name(shortened(name, limit)),
        _ => path.to_owned(),
    }
}

/// Shortens the stem of a name by whole characters until the name has at most `limit` units.
fn shortened(name: &OsStr, limit: usize) -> OsString {
    let path = Path::new(name);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or(0, |extension| length(extension) + 1);
    let mut kept = String::new();
    for c in stem.chars() {
        kept.push(c);
        if length(OsStr::new(&kept)) + extension > limit {
            kept.pop();
            break;
        }
    }
    let mut name = OsString::from(kept);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    name
}

fn with_suffix(path: &Path, room: usize) -> OsString {
    before_extension(path.file_name().unwrap_or_default(), &"x".repeat(room))
}

/// Returns the longest name that a directory allows; for a missing directory, the limit of its nearest ancestor.
fn limit(directory: &Path) -> usize {
    let existing = directory.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
    reported_limit(existing).filter(|limit| *limit > 0).unwrap_or(USUAL_LIMIT)
}

#[cfg(unix)]
fn reported_limit(directory: &Path) -> Option<usize> {
    usize::try_from(rustix::fs::statvfs(directory).ok()?.f_namemax).ok()
}

#[cfg(not(unix))]
fn reported_limit(_directory: &Path) -> Option<usize> {
    None
}

/// Returns the length of a name in the unit of its limit.
fn length(name: &OsStr) -> usize {
    #[cfg(windows)]
    return std::os::windows::ffi::OsStrExt::encode_wide(name).count();
    #[cfg(not(windows))]
    name.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_length(length: usize) -> String {
        format!("{}.jpg", "x".repeat(length - 4))
    }

    #[test]
    fn a_name_is_measured_with_its_possible_suffix() {
        let dir = tempfile::tempdir().unwrap();
        let path = |length| dir.path().join(of_length(length));
        assert!(ensure_fits(&path(255), 0).is_ok());
        assert!(ensure_fits(&path(250), NUMBER).is_ok());
        assert!(matches!(ensure_fits(&path(256), 0), Err(OutputError::TooLong { limit: 255, .. })));
        assert!(matches!(ensure_fits(&path(251), NUMBER), Err(OutputError::TooLong { .. })));
    }

    #[test]
    fn names_of_directories_to_be_created_are_limited_too() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        assert!(matches!(ensure_fits(&missing.join(of_length(256)), 0), Err(OutputError::TooLong { .. })));
        assert!(matches!(
            ensure_fits(&missing.join(of_length(256)).join("a.jpg"), 0),
            Err(OutputError::TooLong { .. })
        ));
        assert!(ensure_fits(&missing.join("a.jpg"), 0).is_ok());
        let deep: PathBuf = std::iter::repeat_n("directory", 600).collect();
        assert!(matches!(ensure_fits(&missing.join(deep).join("a.jpg"), 0), Err(OutputError::Io { .. })));
    }

    proptest! {
        #[test]
        fn a_shortened_name_fits_and_keeps_its_extension(stem in "[a-zä日]{0,400}", room in 0usize..20) {
            let path = Path::new("d").join(format!("{stem}.jpeg"));
            let fitted = fitted(&path, room);
            let name = fitted.file_name().unwrap().to_str().unwrap();
            prop_assert!(name.len() + room <= 255 && name.ends_with(".jpeg"));
            prop_assert!(path.file_name().unwrap().len() + room > 255 || fitted == path);
        }
    }
}
