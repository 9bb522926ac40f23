//! Where a result is written, and why it cannot be written there.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use crate::picture::{EncodeError, Format};

use super::columns::MissingColumn;

/// The number of numbered names that are tried.
pub(super) const MAX_NUMBER: u32 = 9_999;

/// What to do when the output exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    /// Refuse, before anything is done
    Fail,
    /// Replace it, in one step
    Overwrite,
    /// Take the next free name: -2, -3, …
    Rename,
    /// Do nothing, successfully
    Skip,
}

impl FromStr for IfExists {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "fail" => Ok(IfExists::Fail),
            "overwrite" => Ok(IfExists::Overwrite),
            "rename" => Ok(IfExists::Rename),
            "skip" => Ok(IfExists::Skip),
            _ => Err("takes fail, overwrite, rename or skip"),
        }
    }
}

impl fmt::Display for IfExists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IfExists::Fail => "fail",
            IfExists::Overwrite => "overwrite",
            IfExists::Rename => "rename",
            IfExists::Skip => "skip",
        })
    }
}

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To standard output.
    Stdout,
    /// To a file.
    File {
        /// Its path.
        path: PathBuf,
        /// What may happen to a file of that name.
        if_exists: IfExists,
    },
    /// Nowhere: the file exists, and `skip` was requested.
    Skipped(PathBuf),
}

/// An output that was refused, before anything was sent.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The format cannot have the result's size.
    #[error(transparent)]
    Size(#[from] EncodeError),
    /// The row has no value for the template of the name.
    #[error("the name of the result: {0}")]
    Column(#[from] MissingColumn),
    /// It exists.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// Its directory is missing, and this job may not create it.
    #[error("the directory {} does not exist", .0.display())]
    NoDirectory(PathBuf),
    /// Something on the way to the output is a file.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// Neither a file nor a directory.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The name has no extension of an output format.
    #[error("{} does not name a supported output format", .0.display())]
    UnknownFormat(PathBuf),
    /// The extension and `--format` differ.
    #[error("{} is a name for {named}, but the chosen format is {requested}", .path.display())]
    Contradiction {
        /// The output.
        path: PathBuf,
        /// The format of its extension.
        named: Format,
        /// The format of the flag.
        requested: Format,
    },
    /// A quality for a lossless format.
    #[error("--quality is for JPEG; {0} is lossless")]
    Quality(Format),
    /// Transparency for a format without it.
    #[error("a {0} cannot be transparent")]
    Opaque(Format),
    /// All numbered names are taken.
    #[error("{} and {MAX_NUMBER} numbered names after it are taken", .0.display())]
    NoFreeName(PathBuf),
    /// Another process is writing the same output.
    #[error("another seededit is writing {}", .0.display())]
    Busy(PathBuf),
    /// The name is too long, or leaves no room for a suffix that may be added.
    #[error(
        "the name {} is too long: at most {limit} bytes{}",
        .path.display(),
        if *.room > 0 { format!(", with {room} to spare for a number or a step") } else { String::new() }
    )]
    TooLong {
        /// The file or directory.
        path: PathBuf,
        /// The longest name.
        limit: usize,
        /// The bytes that must stay free for a suffix.
        room: usize,
    },
    /// No file can be created in its directory, or in the one that its directory would be created in.
    #[error("cannot write to the directory {}", .path.display())]
    Directory {
        /// The directory, which exists.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The system reported an error.
    #[error("cannot write {}", .path.display())]
    Io {
        /// The output.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}
