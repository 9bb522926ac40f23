//! Which file a path leads to.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The identity of an existing file or directory: equal for all paths and links that lead to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FileId {
    /// Device and inode.
    #[cfg(unix)]
    Inode(u64, u64),
    /// The canonical path, on systems without inode numbers.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl FileId {
    /// Returns the identity of what is at `path`. Symbolic links are followed.
    ///
    /// # Errors
    /// Fails if nothing is there, or it cannot be reached.
    fn of(path: &Path) -> io::Result<FileId> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(path).map(|found| FileId::Inode(found.dev(), found.ino()))
        }
        #[cfg(not(unix))]
        path.canonicalize().map(FileId::Path)
    }
}

/// Returns whether both paths lead to the same existing file or directory.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((FileId::of(one), FileId::of(other)), (Ok(one), Ok(other)) if one == other)
}

/// Resolves all links and detours in a path. Parts that do not exist yet are kept as they are written.
pub fn resolve(path: &Path) -> PathBuf {
    let path = absolute(path);
    let found = path.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let Some((above, mut resolved)) = found else { return path };
    for part in path.strip_prefix(above).into_iter().flat_map(Path::components) {
        match part {
            Component::ParentDir => drop(resolved.pop()),
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

/// Returns whether two paths name the same place, also through links to directories. The file need not exist. Hard links
/// are different places.
pub fn is_same_place(one: &Path, other: &Path) -> bool {
    absolute(one) == absolute(other) || resolve(one) == resolve(other)
}

/// Returns whether writing one path may replace the file at the other: whether both are the same place, or would be on a file
/// system that ignores case. Two existing files are compared themselves.
pub fn may_be_same_place(one: &Path, other: &Path) -> bool {
    let lower_case = |path: &Path| resolve(path).to_str().map(str::to_lowercase);
    if is_same_place(one, other) {
        return true;
    }
    let differ = matches!((FileId::of(one), FileId::of(other)), (Ok(one), Ok(other)) if one != other);
    let (one, other) = (lower_case(one), lower_case(other));
    one.is_some() && one == other && !differ
}

/// Makes a path absolute, or returns it unchanged if that is impossible.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
