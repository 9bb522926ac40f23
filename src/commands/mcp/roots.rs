//! The directories that a client may read from and write to.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{ErrorKind, Failure};
use crate::error_chain::io_reason;
use crate::secret::{redact_links, without_queries};

/// The directories that files may be in, without symbolic links in their paths. There is at least one.
#[derive(Debug)]
pub(super) struct Roots {
    directories: Vec<PathBuf>,
}

impl Roots {
    /// Finds the directories. None of them means the working directory.
    ///
    /// # Errors
    /// If one does not exist or is no directory.
    pub(super) fn find(roots: &[PathBuf]) -> Result<Roots, Failure> {
        let working_directory = [PathBuf::from(".")];
        let roots = if roots.is_empty() { &working_directory } else { roots };
        let directory = |root: &PathBuf| {
            let found = fs::canonicalize(root).map_err(|error| {
                let cause =
                    anyhow::Error::new(error).context(format!("cannot use {} as root", root.display()));
                Failure::new(ErrorKind::Input, cause)
                    .hint("create the directory first, or name another with --root")
            })?;
            match found.is_dir() {
                true => Ok(found),
                false => Err(Failure::input(format!("the root {} is not a directory", root.display()))
                    .hint("name the directory that the file is in")),
            }
        };
        Ok(Roots { directories: roots.iter().map(directory).collect::<Result<_, Failure>>()? })
    }

    /// The directories. The first one has the relative paths.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// The directories, as messages name them.
    pub(super) fn names(&self) -> String {
        let roots: Vec<_> = self.directories.iter().map(|root| root.display().to_string()).collect();
        roots.join(", ")
    }

    /// Returns the path of a file to read, without symbolic links. A relative path is in the first root.
    ///
    /// # Errors
    /// If it is not in a root, or is no regular file.
    pub(super) fn file(&self, path: &str) -> Result<PathBuf, Failure> {
        let found = self.resolve(path)?;
        // Only here: what is outside is never said to exist.
        match fs::metadata(&found) {
            Ok(found) if found.is_dir() => {
                Err(Failure::input(format!("{path} is a directory")).hint("name a picture in it"))
            }
            Ok(file) if file.is_file() => Ok(found),
            Ok(_) => Err(Failure::input(format!("{path} is not a regular file")).hint("name a picture")),
            Err(error) => {
                let why = format!("cannot read {path}: {}", io_reason(&error));
                Err(Failure::input(why).hint("check the path"))
            }
        }
    }

    /// Returns the path of a file or directory to write, without symbolic links. It may not exist yet, nor the directories
    /// that it is in. A relative path is in the first root.
    ///
    /// # Errors
    /// If it is not in a root.
    pub(super) fn output(&self, path: &str) -> Result<PathBuf, Failure> {
        self.resolve(path)
    }

    /// Whether a path, which may not exist, is in a root.
    pub(super) fn contain(&self, path: &Path) -> bool {
        path.is_absolute() && self.resolve_path(path).is_some_and(|resolved| self.has(&resolved))
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, Failure> {
        if path.is_empty() || path.contains('\0') {
            return Err(Failure::input("a path is empty, or has a null character").hint("name a file"));
        }
        if let Some(what) = no_path(path) {
            return Err(Failure::input(format!("{what}; only files are accepted"))
                .hint("download it, or write its data to a file, in a directory that this server may use"));
        }
        let resolved = self.resolve_path(&self.first().join(path));
        resolved.filter(|resolved| self.has(resolved)).ok_or_else(|| self.outside(path))
    }

    /// Follows all symbolic links in a path. The end of the path may not exist, but has no `..` then. `None` if that cannot
    /// be done.
    fn resolve_path(&self, path: &Path) -> Option<PathBuf> {
        let (mut existing, mut missing) = (path, Vec::new());
        loop {
            match fs::canonicalize(existing) {
                Ok(mut resolved) => {
                    missing.iter().rev().for_each(|name| resolved.push(name));
                    return Some(resolved);
                }
                // A link to nothing would be followed by whatever creates its target.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(existing).is_err() =>
                {
                    let Some(Component::Normal(name)) = existing.components().next_back() else {
                        return None;
                    };
                    missing.push(name);
                    existing = existing.parent()?;
                }
                Err(_) => return None,
            }
        }
    }

    fn has(&self, resolved: &Path) -> bool {
        self.directories.iter().any(|root| resolved.starts_with(root))
    }

    fn first(&self) -> &Path {
        self.directories.first().map_or(Path::new("/nowhere"), PathBuf::as_path)
    }

    fn outside(&self, path: &str) -> Failure {
        Failure::input(format!("{path} is not in a directory that this server may use")).hint(format!(
            "it may use {}; only the user can start it with others, as `seededit mcp --root DIR`",
            self.names()
        ))
    }
}

/// The name of a picture in records, from what a client gave as its path: without what may be secret or long.
pub(super) fn picture_name(path: &str) -> String {
    if starts_with(path, "data:") { "data:…".to_owned() } else { without_queries(path.to_owned()) }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Says what a text is that was meant to be no path: a link or a data URI. It is shown without what may be secret or long.
fn no_path(text: &str) -> Option<String> {
    if starts_with(text, "data:") {
        return Some("this is a data URI".to_owned());
    }
    let schemes = ["http://", "https://", "file://", "ftp://", "s3://", "gs://"];
    let is_link = schemes.into_iter().any(|scheme| starts_with(text, scheme));
    is_link.then(|| format!("{} is a link", redact_links(text)))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_what_is_in_a_root_after_following_links_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        let (root, outside) = (base.join("root"), base.join("outside"));
        for path in [&root.join("a/b"), &outside, &base.join("root-2")] {
            fs::create_dir_all(path).unwrap();
        }
        for file in [root.join("a/in.png"), outside.join("secret.png"), base.join("root-2/in.png")] {
            fs::write(file, "x").unwrap();
        }
        symlink(&outside, root.join("link")).unwrap();
        symlink(outside.join("secret.png"), root.join("link.png")).unwrap();
        symlink(outside.join("new.png"), root.join("dangling.png")).unwrap();
        symlink(root.join("a"), root.join("inside")).unwrap();
        let roots = Roots::find(std::slice::from_ref(&root)).unwrap();

        assert_eq!(roots.file("a/in.png").unwrap(), root.join("a/in.png"));
        assert_eq!(roots.file("inside/in.png").unwrap(), root.join("a/in.png"));
        assert_eq!(roots.file(root.join("a/in.png").to_str().unwrap()).unwrap(), root.join("a/in.png"));
        assert_eq!(roots.output("a/../a/new/x.png").unwrap(), root.join("a/new/x.png"));
        assert_eq!(roots.output("new/deep/x.png").unwrap(), root.join("new/deep/x.png"));
        assert!(roots.contain(&root.join("new.png")) && !roots.contain(&outside.join("new.png")));
        assert!(!roots.contain(Path::new("a/in.png")));

        for path in [
            "../outside/secret.png",
            "../outside/missing.png",
            "link/secret.png",
            "link.png",
            "dangling.png",
            "link/new.png",
            "a/../../outside/secret.png",
            "missing/../../outside/secret.png",
            "../root-2/in.png",
            "/etc/passwd",
            "/",
            "..",
        ] {
            for found in [roots.file(path), roots.output(path)] {
                let message = found.expect_err(path).message();
                assert!(
                    message.ends_with("is not in a directory that this server may use"),
                    "{path}: {message}"
                );
            }
        }
        for (path, why) in
            [("a/missing.png", "cannot read"), ("a", "is a directory"), ("", "empty"), ("a\0", "null")]
        {
            let message = roots.file(path).unwrap_err().message();
            assert!(message.contains(why), "{path}: {message}");
        }
    }

    #[test]
    fn a_root_is_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(Roots::find(&[file]).unwrap_err().message().contains("is not a directory"));
        assert!(Roots::find(&[directory.path().join("gone")]).unwrap_err().message().contains("cannot use"));
        assert_eq!(Roots::find(&[]).unwrap().directories, [PathBuf::from(".").canonicalize().unwrap()]);
    }
}
