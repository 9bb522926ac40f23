//! Which file a path is: whether two orders write the same one, or one writes what another reads.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::resolve;

/// So many directories are remembered; of more, some are looked at again.
const REMEMBERED: usize = 4096;

/// A file or directory: a hash of its path in which no link, no detour and no capital is left. File systems
/// that do not tell capitals from small letters are as common as those that do.
pub(super) type PathKey = Vec<u8>;

/// Finds out which file a path is.
#[derive(Default)]
pub(super) struct PathKeys {
    /// Directories as they are written, and as they are.
    known: RefCell<HashMap<PathBuf, PathBuf>>,
    /// Those of which it was told what has to be made.
    told: RefCell<HashSet<PathBuf>>,
    /// Those that were tried.
    tried: RefCell<HashSet<PathBuf>>,
}

impl PathKeys {
    /// The file that is written at a path. A link that lies there is replaced, so it is not followed.
    pub(super) fn written(&self, path: &Path) -> PathKey {
        place(&self.directory(path).join(path.file_name().unwrap_or_default()))
    }

    /// The files that a picture is read through: its own, and the link to it, if it is behind one.
    pub(super) fn read(&self, path: &Path) -> Vec<PathKey> {
        let mut places = vec![self.written(path)];
        if path.is_symlink()
            && let Ok(real) = fs::canonicalize(path)
        {
            places.push(place(&real));
        }
        places
    }

    /// The directories that have to be made before a file can be written at a path; each is told once.
    pub(super) fn made(&self, path: &Path) -> Vec<PathKey> {
        let directory = self.directory(path);
        if !is_new(&self.told, &directory) {
            return Vec::new();
        }
        directory.ancestors().take_while(|above| fs::symlink_metadata(above).is_err()).map(place).collect()
    }

    /// Whether the directory of a path is asked about for the first time.
    pub(super) fn is_untried(&self, path: &Path) -> bool {
        is_new(&self.tried, &self.directory(path))
    }

    /// The directory of a path as it is.
    fn directory(&self, path: &Path) -> PathBuf {
        let written = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut known = self.known.borrow_mut();
        if let Some(real) = known.get(written) {
            return real.clone();
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let real = resolve(written);
        known.insert(written.to_owned(), real.clone());
        real
    }
}

fn is_new(seen: &RefCell<HashSet<PathBuf>>, directory: &Path) -> bool {
    let mut seen = seen.borrow_mut();
    if seen.len() >= REMEMBERED {
        seen.clear();
    }
    seen.insert(directory.to_owned())
}

fn place(path: &Path) -> PathKey {
    let folded = path.to_str().map(str::to_lowercase);
    let bytes = folded.as_deref().map_or(path.as_os_str().as_encoded_bytes(), str::as_bytes);
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: impl AsRef<Path>) -> PathKey {
        PathKeys::default().written(path.as_ref())
    }

    #[test]
    fn paths_that_differ_by_case_or_by_a_detour_are_one_file() {
        assert_eq!(written("out/A.jpg"), written("out/a.JPG"));
        assert_eq!(written("out/x/../a.jpg"), written("./out/a.jpg"));
        assert_eq!(written("a.jpg"), written("./a.jpg"));
        assert_ne!(written("out/a.jpg"), written("out/b.jpg"));
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_directory_is_the_one_that_it_leads_to_and_dots_lead_up_from_there() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("real/deep")).unwrap();
        std::os::unix::fs::symlink(at("real/deep"), at("link")).unwrap();
        assert_eq!(written(at("link/a.jpg")), written(at("real/deep/a.jpg")));
        assert_eq!(written(at("link/new/a.jpg")), written(at("real/deep/new/a.jpg")));
        assert_eq!(written(at("link/../a.jpg")), written(at("real/a.jpg")));
        assert_ne!(written(at("link/../a.jpg")), written(at("a.jpg")));
    }

    #[cfg(unix)]
    #[test]
    fn a_picture_behind_a_link_is_read_through_both() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("real.png"), "").unwrap();
        std::os::unix::fs::symlink(at("real.png"), at("link.png")).unwrap();
        let read = PathKeys::default().read(&at("link.png"));
        assert_eq!(read, [written(at("link.png")), written(at("real.png"))]);
        assert_eq!(PathKeys::default().read(&at("real.png")), [written(at("real.png"))]);
    }

    #[test]
    fn directories_that_are_to_be_made_are_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let places = PathKeys::default();
        places.written(&dir.path().join("a/b/c.jpg"));
        assert_eq!(places.made(&dir.path().join("a/b/c.jpg")).len(), 2);
        assert!(places.made(&dir.path().join("a/b/d.jpg")).is_empty());
        assert!(places.made(&dir.path().join("c.jpg")).is_empty());
    }
}
