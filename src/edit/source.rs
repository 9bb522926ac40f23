//! The picture to edit: a path, standard input, a link, or a data URI.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::api::DownloadError;
use crate::picture::fit::FitError;
use crate::picture::restore::RestoreError;
use crate::picture::{Format, HeaderError};
use crate::secret::redact_url;

use super::result_metadata::MetadataOptions;

/// The largest file that is read. Uncompressed camera files are smaller.
pub(super) const MAX_READ_BYTES: u64 = 256 << 20;

/// The name of standard input in messages.
pub const STDIN_LABEL: &str = "standard input";

/// The source of the picture.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The bytes of standard input, which can be read only once.
    Piped(Arc<[u8]>),
    /// An http(s) link.
    Link(Url),
    /// A `data:` URI.
    Data(String),
}

/// Why a picture was refused before anything was sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be read.
    #[error("cannot read {name}")]
    Read {
        /// The picture.
        name: String,
        /// The error.
        source: io::Error,
    },
    /// It is a directory.
    #[error("{0} is a directory")]
    Directory(String),
    /// It has no bytes.
    #[error("{0} is empty")]
    Empty(String),
    /// An argument that begins like a link or a data URI but is not valid.
    #[error("{name} is not a valid {what}")]
    Malformed {
        /// The argument, shortened.
        name: String,
        /// What it should be.
        what: &'static str,
    },
    /// Not a picture, or one whose header cannot be read.
    #[error("{name}")]
    Header {
        /// The picture.
        name: String,
        /// What is wrong with it.
        source: HeaderError,
    },
    /// A truncated picture.
    #[error("{0} is truncated: its end is missing")]
    Truncated(String),
    /// A picture that cannot be fitted.
    #[error("{name}")]
    Fit {
        /// The picture.
        name: String,
        /// Why.
        source: FitError,
    },
    /// The area to edit.
    #[error("{name}")]
    Area {
        /// The picture.
        name: String,
        /// What is wrong with it.
        source: RestoreError,
    },
    /// It is too large.
    #[error("{0} is larger than {limit} MiB", limit = MAX_READ_BYTES >> 20)]
    TooLarge(String),
    /// A link that the service downloads itself, with processing requested.
    #[error("{0} is downloaded by the service, so it cannot be processed here")]
    FetchedByService(String),
    /// A link that could not be downloaded.
    #[error("cannot fetch {name}")]
    Fetch {
        /// The link, without its query.
        name: String,
        /// What went wrong.
        source: DownloadError,
    },
}

impl Source {
    /// The file whose times results have, if they are kept.
    pub fn times(&self, options: MetadataOptions) -> Option<PathBuf> {
        match self {
            Source::File(path) if options.keeps_times => Some(path.clone()),
            _ => None,
        }
    }

    /// Parses an argument. `-` is standard input; `http://`, `https://` and `data:` begin a link or a data URI; anything
    /// else is a path (`./-` and `./data:x` name such files).
    ///
    /// # Errors
    /// When a link is malformed.
    pub fn parse(argument: &OsStr) -> Result<Source, SourceError> {
        let text = argument.to_string_lossy();
        let starts =
            |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if text == "-" {
            return Ok(Source::Stdin);
        }
        if starts("http://") || starts("https://") {
            return match Url::parse(&text) {
                Ok(url) => Ok(Source::Link(url)),
                Err(_) => {
                    Err(SourceError::Malformed { name: crate::secret::redact_links(&text), what: "link" })
                }
            };
        }
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SourceError::Malformed {
                name: crate::secret::redact_links(&text),
                what: "http or https link",
            });
        }
        if starts("data:") {
            return Ok(Source::Data(text.into_owned()));
        }
        Ok(Source::File(PathBuf::from(argument)))
    }

    /// The name in messages: as in records, but standard input has a name there.
    pub fn label(&self) -> String {
        match self {
            Source::Stdin | Source::Piped(_) => STDIN_LABEL.into(),
            _ => self.name(),
        }
    }

    /// The name in records: a link without its query, a data URI without its data, and `-` for standard input.
    pub fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Stdin | Source::Piped(_) => "-".into(),
            Source::Link(url) => redact_url(url),
            Source::Data(uri) => match uri.split_once(',') {
                Some((head, _)) => format!("{}…", head.chars().take(64).collect::<String>() + ","),
                None => "data:…".into(),
            },
        }
    }

    /// The beginning of a generated result name.
    pub fn stem(&self) -> OsString {
        match self {
            Source::File(path) => path.file_stem().unwrap_or(OsStr::new("image")).to_owned(),
            Source::Stdin | Source::Piped(_) => "stdin".into(),
            Source::Data(_) => "image".into(),
            Source::Link(url) => link_stem(url).into(),
        }
    }

    /// The name of the file; the stem for anything else.
    pub fn file_name(&self) -> OsString {
        match self {
            Source::File(path) => path.file_name().unwrap_or(OsStr::new("image")).to_owned(),
            _ => self.stem(),
        }
    }

    /// The extension of the file's name; empty if it has none, and for anything else.
    pub fn extension(&self) -> OsString {
        match self {
            Source::File(path) => path.extension().unwrap_or_default().to_owned(),
            _ => OsString::new(),
        }
    }

    /// Whether its name is that of a format that may be lossless. Standard input has no name.
    pub fn may_be_lossless(&self) -> bool {
        let format = match self {
            Source::File(path) => Format::of_name(path),
            Source::Link(url) => {
                url.path().rsplit_once('.').and_then(|(_, extension)| Format::from_extension(extension))
            }
            Source::Data(uri) => {
                let media_type = uri.split_once(':').and_then(|(_, rest)| rest.split([';', ',']).next());
                media_type.and_then(Format::from_media_type)
            }
            Source::Stdin | Source::Piped(_) => None,
        };
        format.is_some_and(Format::may_be_lossless)
    }

    /// The default directory of the result: that of the file, else the working directory.
    pub fn directory(&self) -> &Path {
        match self {
            Source::File(path) => path.parent().unwrap_or(Path::new("")),
            _ => Path::new(""),
        }
    }

    /// The generated name of a result, without its extension: `{stem}-edited`.
    pub fn generated_name(&self) -> PathBuf {
        let mut name = self.stem();
        name.push("-edited");
        self.directory().join(name)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.name())
    }
}

/// Makes a file stem from the last part of a link's path: without its extension, at most 100 characters, only
/// letters, digits, `-`, `_` and `.`.
fn link_stem(url: &Url) -> String {
    let last = url.path().rsplit('/').next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let stem: String = stem.trim_start_matches('.').chars().map(safe).take(100).collect();
    if stem.is_empty() { "image".into() } else { stem }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(argument: &str) -> Source {
        Source::parse(OsStr::new(argument)).unwrap()
    }

    #[test]
    fn an_argument_is_a_path_unless_it_begins_like_a_link_or_a_data_uri() {
        assert_eq!(parse("-"), Source::Stdin);
        assert_eq!(parse("./-"), Source::File("./-".into()));
        assert_eq!(parse("data.png"), Source::File("data.png".into()));
        assert!(matches!(parse("HTTPS://h.example/a.png"), Source::Link(_)));
        assert!(matches!(parse("data:image/png;base64,AAAA"), Source::Data(_)));
        assert!(Source::parse(OsStr::new("https://")).is_err());
    }

    #[test]
    fn a_displayed_name_has_neither_a_query_nor_data() {
        assert_eq!(parse("https://h.example/a.png?sig=secret").name(), "https://h.example/a.png?…");
        assert_eq!(parse("data:image/png;base64,AAAA").name(), "data:image/png;base64,…");
    }

    #[test]
    fn the_stem_of_a_link_is_a_safe_file_name() {
        assert_eq!(parse("https://h.example/a/cat.final.png?x").stem(), "cat.final");
        assert_eq!(parse("https://h.example/").stem(), "image");
        assert_eq!(parse("https://h.example/a%2F..%2Fpasswd").stem(), "a_2F.");
    }

    #[test]
    fn an_extension_or_a_media_type_says_whether_a_picture_may_be_lossless() {
        let lossless = [
            "a.png",
            "b/A.TIF",
            "a.webp",
            "a.avif",
            "https://h.example/a.png?x=.jpg",
            "DATA:image/PNG;base64,AAAA",
        ];
        for name in lossless {
            assert!(parse(name).may_be_lossless(), "{name}");
        }
        let others =
            ["png", "a.png.jpg", "a.heic", "https://h.example/a?b.png", "data:image/jpeg;base64,AAAA", "-"];
        for name in others {
            assert!(!parse(name).may_be_lossless(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_link_produces_a_name_with_a_separator(path in ".{0,40}") {
            let mut url = Url::parse("https://h.example/").unwrap();
            url.set_path(&path);
            let stem = Source::Link(url).stem().into_string().unwrap();
            prop_assert!(!stem.is_empty() && !stem.starts_with('.') && !stem.contains(['/', '\\', '\0']));
        }
    }
}
