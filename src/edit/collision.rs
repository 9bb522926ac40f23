//! Collisions: what happens if the output exists, and the free names that are tried instead.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{Reservation, ReserveError, parent};

use super::destination::{Destination, IfExists, MAX_NUMBER, OutputError};
use super::name::before_extension;
use super::name_limits::{self, ensure_fits, fitted};

/// Applies `if_exists` to the output at `path`, and checks its name and directory.
pub(super) fn resolve(
    path: PathBuf,
    if_exists: IfExists,
    makes_directory: bool,
) -> Result<Destination, OutputError> {
    let room = if if_exists == IfExists::Rename { name_limits::NUMBER } else { 0 };
    ensure_fits(&path, room)?;
    let directory = parent(&path);
    if !directory.is_dir() {
        if let Some(obstacle) = obstacle(directory) {
            return Err(OutputError::NotADirectory(obstacle.to_owned()));
        }
        if !makes_directory {
            return Err(OutputError::NoDirectory(directory.to_owned()));
        }
        return Ok(Destination::File { path, if_exists });
    }
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Destination::File { path, if_exists });
        }
        Err(source) => return Err(OutputError::Io { path, source }),
    };
    match if_exists {
        IfExists::Fail => Err(OutputError::Exists(path)),
        IfExists::Skip => Ok(Destination::Skipped(path)),
        IfExists::Overwrite if !found.is_file() => Err(OutputError::NotAFile(path)),
        IfExists::Overwrite => Ok(Destination::File { path, if_exists }),
        IfExists::Rename => Ok(Destination::File { path: free_name(&path)?, if_exists }),
    }
}

/// Returns the file that keeps `directory` from being created: the nearest ancestor that exists, unless that
/// is a directory.
fn obstacle(directory: &Path) -> Option<&Path> {
    let nearest = directory.ancestors().find(|ancestor| fs::symlink_metadata(ancestor).is_ok())?;
    if nearest.is_dir() { None } else { Some(nearest) }
}

/// Returns the first of `name`, `name-2`, `name-3`, … that is free.
fn free_name(path: &Path) -> Result<PathBuf, OutputError> {
    (1..=MAX_NUMBER)
        .map(|number| candidate(path, number))
        .find(|candidate| fs::symlink_metadata(candidate).is_err())
        .ok_or_else(|| OutputError::NoFreeName(path.to_owned()))
}

/// Returns the numbered name. Shortens a name that would be too long with the number, because its result may have
/// been paid for already.
fn candidate(path: &Path, number: u32) -> PathBuf {
    numbered(&fitted(path, if number > 1 { name_limits::NUMBER } else { 0 }), number)
}

/// `a/b.jpg` with 2 is `a/b-2.jpg`; with 1 it is itself.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    if number <= 1 {
        return path.to_owned();
    }
    let name = before_extension(path.file_name().unwrap_or_default(), &format!("-{number}"));
    path.with_file_name(name)
}

/// Whether `path` is `base`, or a numbered name after it.
pub fn is_numbered(path: &Path, base: &Path) -> bool {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    path == base
        || path.parent() == base.parent()
            && path.extension() == base.extension()
            && stem(path).strip_prefix(&stem(base)).and_then(|rest| rest.strip_prefix('-')).is_some_and(
                |number| number.parse::<u32>().is_ok_and(|number| (2..=MAX_NUMBER).contains(&number)),
            )
}

/// Reserves `path` for this process.
pub(super) fn reserve(path: &Path) -> Result<Reservation, OutputError> {
    Reservation::acquire(path).map_err(|error| match error {
        ReserveError::Busy(path) => OutputError::Busy(path),
        ReserveError::Io(source) => OutputError::Io { path: path.to_owned(), source },
    })
}

/// Reserves the first free path among `path` and its numbered names.
pub(super) fn reserve_free_name(path: &Path) -> Result<Reservation, OutputError> {
    for number in 1..=MAX_NUMBER {
        let candidate = candidate(path, number);
        if fs::symlink_metadata(&candidate).is_ok() {
            continue;
        }
        match reserve(&candidate) {
            Err(OutputError::Busy(_)) => {}
            other => return other,
        }
    }
    Err(OutputError::NoFreeName(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_numbered_name_is_recognized() {
        let is = |path: &str| is_numbered(Path::new(path), Path::new("d/a.jpg"));
        assert!(is("d/a.jpg") && is("d/a-2.jpg") && is("d/a-99.jpg"));
        assert!(
            !is("d/a-1.jpg") && !is("d/ab.jpg") && !is("d/a-2.png") && !is("a-2.jpg") && !is("d/a--2.jpg")
        );
    }

    proptest! {
        #[test]
        fn a_number_is_inserted_before_the_extension(stem in "[a-z.]{1,8}[a-z]", number in 2u32..100) {
            let path = Path::new("dir").join(format!("{stem}.jpg"));
            let expected = Path::new("dir").join(format!("{stem}-{number}.jpg"));
            prop_assert_eq!(numbered(&path, number), expected);
        }
    }
}
