//! Finds the pictures in a directory and below it, and names what looks like a picture and is not one of them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::edit::Source;
use crate::error_chain::error_chain;
use crate::picture::Format;

use super::inputs::Input;
use super::left_out::{LeftOut, Reason};

/// Extensions of raw files of cameras. They are not read: what they have is not a picture yet.
const RAW_EXTENSIONS: &[&str] = &[
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef", "mos", "mrw",
    "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];
/// Extensions of further pictures that are not read, and the names of their formats.
const OTHER_EXTENSIONS: &[(&str, &[&str])] = &[
    ("JPEG 2000", &["j2c", "j2k", "jp2", "jpc", "jpf", "jpm", "jpx"]),
    ("JPEG XR", &["hdp", "jxr", "wdp"]),
    ("Netpbm", &["pam", "pbm", "pgm", "pnm", "ppm"]),
    ("Targa", &["tga"]),
    ("QOI", &["qoi"]),
    ("OpenEXR", &["exr"]),
    ("DirectDraw", &["dds"]),
    ("SVG", &["svg", "svgz"]),
    ("PostScript", &["ai", "eps", "ps"]),
    ("Radiance HDR", &["hdr"]),
    ("PCX", &["pcx"]),
    ("Windows metafile", &["emf", "wmf"]),
    ("BPG", &["bpg"]),
    ("FITS", &["fit", "fits"]),
    ("GIMP", &["xcf"]),
    ("Krita", &["kra"]),
];

/// How deep to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Only the directory itself.
    Directory,
    /// Also what is below it.
    Tree,
}

/// What was found in a directory.
#[derive(Default)]
pub(super) struct Found {
    pub(super) pictures: Vec<Input>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Found {
    /// Whether nothing looks like a picture.
    pub(super) fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.left_out.iter().all(|left_out| left_out.reason == Reason::Hidden)
    }

    /// Adds the pictures in `directory` and, as far as `depth` says, below it, in alphabetical order; their results go below
    /// `results`. Skips hidden directories and `out` itself, and does not follow links to directories.
    ///
    /// What cannot be read is left out as well, so that all problems are found, not only the first one.
    pub(super) fn search(&mut self, directory: &Path, results: &Path, out: &Path, depth: Depth) {
        let listed = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.leave_out_unreadable(directory, &error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let is_hidden = name.as_encoded_bytes().starts_with(b".");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if depth == Depth::Tree && !is_hidden && !crate::files::is_same_file(&path, out) {
                        self.search(&path, &results.join(&name), out, depth);
                    }
                }
                Ok(kind) if kind.is_symlink() && path.is_dir() => {
                    if depth == Depth::Tree && !is_hidden && !crate::files::is_same_file(&path, out) {
                        let why =
                            format!("{} is a link to a directory, which is not followed", path.display());
                        self.left_out.push(LeftOut::new(&path, Reason::LinkedDirectory, why));
                    }
                }
                Ok(_) => self.add_file(path, is_hidden, results),
                Err(error) if looks_like_a_picture(&path) => self.leave_out_unreadable(&path, &error),
                Err(_) => {}
            }
        }
    }

    /// Adds a file, unless its name says that it is no picture.
    fn add_file(&mut self, path: PathBuf, is_hidden: bool, results: &Path) {
        let Some(kind) = Kind::of(&path) else { return };
        let shown = path.display();
        if is_hidden {
            let why = format!("{shown} is hidden");
            return self.left_out.push(LeftOut::new(&path, Reason::Hidden, why));
        }
        if let Some((what, hint)) = kind.unsupported() {
            let why = format!("{shown} is {what}");
            return self.left_out.push(LeftOut::new(&path, Reason::Unsupported, why).hint(&hint));
        }
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => {
                let directory = Some(results.to_owned());
                self.pictures.push(Input { source: Source::File(path), directory, is_named_result: false });
            }
            Ok(_) => {
                let why = format!("{shown} is not a regular file");
                self.left_out.push(LeftOut::new(&path, Reason::Unreadable, why));
            }
            Err(error) => self.leave_out_unreadable(&path, &error),
        }
    }

    fn leave_out_unreadable(&mut self, path: &Path, error: &io::Error) {
        let why = format!("cannot read {}: {}", path.display(), error_chain(error));
        let left_out = LeftOut::new(path, Reason::Unreadable, why);
        self.left_out.push(left_out.hint("check the path and its permissions"));
    }
}

/// What the name of a file says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Format(Format),
    Raw,
    Other(&'static str),
}

impl Kind {
    /// Returns what kind of picture the extension stands for; `None` if it is not that of a picture.
    fn of(path: &Path) -> Option<Kind> {
        let extension = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
        if let Some(format) = Format::from_extension(&extension) {
            return Some(Kind::Format(format));
        }
        if RAW_EXTENSIONS.contains(&extension.as_str()) {
            return Some(Kind::Raw);
        }
        let (title, _) =
            OTHER_EXTENSIONS.iter().find(|(_, extensions)| extensions.contains(&extension.as_str()))?;
        Some(Kind::Other(title))
    }

    /// What it is if it is not read, and what to do about it.
    fn unsupported(self) -> Option<(String, String)> {
        match self {
            Kind::Format(format) if format.is_decodable() => None,
            Kind::Format(format) => {
                let title = format.title();
                Some((
                    format!("a picture in the format {title}, which this build does not read"),
                    "convert it first, or build seededit with all features".into(),
                ))
            }
            Kind::Raw => Some((
                "a raw file of a camera, which is not read".into(),
                "develop it first, for example with darktable or RawTherapee".into(),
            )),
            Kind::Other(title) => Some((
                format!("a picture in the format {title}, which is not read"),
                format!("convert it to {} first", Format::list_decodable()),
            )),
        }
    }
}

/// Whether the name of a file is that of a picture, whether or not its format is read.
pub(super) fn looks_like_a_picture(path: &Path) -> bool {
    Kind::of(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_says_what_looks_like_a_picture() {
        let kind = |name: &str| Kind::of(Path::new(name));
        assert_eq!(kind("a/b.JPG"), Some(Kind::Format(Format::Jpeg)));
        assert_eq!(kind("b.NEF"), Some(Kind::Raw));
        assert_eq!(kind("b.jp2"), Some(Kind::Other("JPEG 2000")));
        for other in ["README", "notes.txt", "b.jpg.txt", ".jpg", "movie.mp4", "b.xmp"] {
            assert_eq!(kind(other), None, "{other}");
        }
    }

    #[test]
    fn no_extension_of_a_format_that_is_read_is_listed_as_unsupported() {
        let others = OTHER_EXTENSIONS.iter().flat_map(|(_, extensions)| extensions.iter());
        for extension in RAW_EXTENSIONS.iter().chain(others) {
            assert_eq!(Format::from_extension(extension), None, "{extension}");
        }
    }
}
