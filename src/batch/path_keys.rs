//! Keys of paths: two tasks have the same key if they write the same file, or one writes what the other reads.
//!
//! The inode of a file cannot be the key: outputs do not exist yet, and a result replaces the name of
//! a file and not its content, so hard links of it are other files.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{parent, resolve};

/// The largest number of cached directories. Beyond it, the caches start over.
const MAX_CACHED: usize = 4096;

/// The key of a file or directory: a hash of its resolved path in lower case, because some file systems ignore case.
pub(super) type PathKey = Vec<u8>;

/// Computes keys of paths, and caches what it finds about directories.
#[derive(Default)]
pub(super) struct PathKeys {
    /// The resolved path of each directory.
    resolved: RefCell<HashMap<PathBuf, PathBuf>>,
    /// The directories that [`PathKeys::missing_directories`] was asked about.
    searched: RefCell<HashSet<PathBuf>>,
    /// The directories that [`PathKeys::is_first_in_directory`] was asked about.
    seen: RefCell<HashSet<PathBuf>>,
}

impl PathKeys {
    /// Returns the key of a file to write. A symbolic link at `path` is not followed, because writing replaces it.
    pub(super) fn output(&self, path: &Path) -> PathKey {
        key(&self.directory(path).join(path.file_name().unwrap_or_default()))
    }

    /// Returns the keys of a file to read: that of `path` and, if it is a symbolic link, that of its target.
    pub(super) fn input(&self, path: &Path) -> Vec<PathKey> {
        let mut keys = vec![self.output(path)];
        if path.is_symlink()
            && let Ok(target) = fs::canonicalize(path)
        {
            keys.push(key(&target));
        }
        keys
    }

    /// Returns the keys of the directories to create before `path` can be written. Returns none when called again for
    /// the same directory.
    pub(super) fn missing_directories(&self, path: &Path) -> Vec<PathKey> {
        let directory = self.directory(path);
        if !insert(&self.searched, &directory) {
            return Vec::new();
        }
        directory.ancestors().take_while(|above| fs::symlink_metadata(above).is_err()).map(key).collect()
    }

    /// Whether this is the first call for a path in its directory.
    pub(super) fn is_first_in_directory(&self, path: &Path) -> bool {
        insert(&self.seen, &self.directory(path))
    }

    /// Returns the resolved directory of a path.
    fn directory(&self, path: &Path) -> PathBuf {
        let directory = parent(path);
        let mut resolved = self.resolved.borrow_mut();
        if let Some(found) = resolved.get(directory) {
            return found.clone();
        }
        if resolved.len() >= MAX_CACHED {
            resolved.clear();
        }
        let found = resolve(directory);
        resolved.insert(directory.to_owned(), found.clone());
        found
    }
}

/// Adds a directory to a cache. Returns whether it is new.
fn insert(cache: &RefCell<HashSet<PathBuf>>, directory: &Path) -> bool {
    let mut cache = cache.borrow_mut();
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
    cache.insert(directory.to_owned())
}

fn key(path: &Path) -> PathKey {
    let lower_case = path.to_str().map(str::to_lowercase);
    let bytes = lower_case.as_deref().map_or(path.as_os_str().as_encoded_bytes(), str::as_bytes);
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: impl AsRef<Path>) -> PathKey {
        PathKeys::default().output(path.as_ref())
    }

    #[test]
    fn paths_that_differ_by_case_or_by_a_detour_are_one_file() {
        assert_eq!(output("out/A.jpg"), output("out/a.JPG"));
        assert_eq!(output("out/x/../a.jpg"), output("./out/a.jpg"));
        assert_eq!(output("a.jpg"), output("./a.jpg"));
        assert_ne!(output("out/a.jpg"), output("out/b.jpg"));
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_directory_is_its_target_and_dots_lead_up_from_there() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("real/deep")).unwrap();
        std::os::unix::fs::symlink(at("real/deep"), at("link")).unwrap();
        assert_eq!(output(at("link/a.jpg")), output(at("real/deep/a.jpg")));
        assert_eq!(output(at("link/new/a.jpg")), output(at("real/deep/new/a.jpg")));
        assert_eq!(output(at("link/../a.jpg")), output(at("real/a.jpg")));
        assert_ne!(output(at("link/../a.jpg")), output(at("a.jpg")));
    }

    #[cfg(unix)]
    #[test]
    fn a_picture_behind_a_link_is_read_through_both() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("real.png"), "").unwrap();
        std::os::unix::fs::symlink(at("real.png"), at("link.png")).unwrap();
        let keys = PathKeys::default().input(&at("link.png"));
        assert_eq!(keys, [output(at("link.png")), output(at("real.png"))]);
        assert_eq!(PathKeys::default().input(&at("real.png")), [output(at("real.png"))]);
    }

    #[test]
    fn missing_directories_are_returned_once() {
        let dir = tempfile::tempdir().unwrap();
        let path_keys = PathKeys::default();
        path_keys.output(&dir.path().join("a/b/c.jpg"));
        assert_eq!(path_keys.missing_directories(&dir.path().join("a/b/c.jpg")).len(), 2);
        assert!(path_keys.missing_directories(&dir.path().join("a/b/d.jpg")).is_empty());
        assert!(path_keys.missing_directories(&dir.path().join("c.jpg")).is_empty());
    }
}
