//! The picture to edit: a path, standard input, a link, or a data URI.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::api::{DownloadError, Downloads, Meter, Trust};
use crate::picture::limits::{self, LimitError, MAX_INPUT_BYTES};
use crate::picture::{Header, HeaderError, has_end};
use crate::secret::mask;

use super::deliver::sha256;

/// How far into a picture its header is looked for.
const MAX_LOOK_BYTES: u64 = 64 << 20;

/// Room for the rest of a request, beside the picture; one with a longer instruction grows.
const ROOM_BYTES: usize = 4 << 10;

/// Where the picture is.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// On standard input.
    Stdin,
    /// What was read from standard input, which can be read once only.
    Piped(Arc<[u8]>),
    /// Behind an http(s) link.
    Link(Url),
    /// In the argument itself: a `data:` URI.
    Data(String),
}

/// Why a picture was refused, before anything was sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be read.
    #[error("cannot read {name}")]
    Read {
        /// What was to be read.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A directory.
    #[error("{0} is a directory")]
    Directory(String),
    /// Nothing in it.
    #[error("{0} is empty")]
    Empty(String),
    /// An argument that begins like a link or a data URI and is none.
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
    /// A picture whose end is missing.
    #[error("{0} is cut: its end is missing")]
    Cut(String),
    /// A picture that the service would refuse.
    #[error("{name}")]
    Limit {
        /// The picture.
        name: String,
        /// Which limit it exceeds.
        source: LimitError,
    },
    /// More bytes than the service takes, without reading all of them.
    #[error("{0} is larger than the {limit} MB that the service takes", limit = MAX_INPUT_BYTES >> 20)]
    TooLarge(String),
    /// A link that was to be fetched.
    #[error("cannot fetch {name}")]
    Fetch {
        /// The link, without its query.
        name: String,
        /// What went wrong.
        source: DownloadError,
    },
}

/// What is sent in the request's `image`.
pub enum Image {
    /// The file's own bytes.
    Loaded(Loaded),
    /// A link that the service fetches itself.
    Link(Url),
}

/// A picture in memory that the service will take.
pub struct Loaded {
    /// The file's own bytes.
    pub bytes: Vec<u8>,
    /// What its header says.
    pub header: Header,
    /// Worked out when it is first asked for.
    sha256: OnceLock<String>,
}

impl Loaded {
    /// A picture of these bytes.
    pub(super) fn new(bytes: Vec<u8>, header: Header) -> Loaded {
        Loaded { bytes, header, sha256: OnceLock::new() }
    }

    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| sha256(&self.bytes))
    }
}

impl Source {
    /// Reads an argument: `-` is standard input; what begins with `http://`, `https://` or `data:`
    /// is that; all else is a path (`./-` and `./data:x` are how to name such files).
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
                    Err(SourceError::Malformed { name: crate::secret::mask_links(&text), what: "link" })
                }
            };
        }
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SourceError::Malformed {
                name: crate::secret::mask_links(&text),
                what: "http or https link",
            });
        }
        if starts("data:") {
            return Ok(Source::Data(text.into_owned()));
        }
        Ok(Source::File(PathBuf::from(argument)))
    }

    /// Its name in messages and records: a link without its query, a data URI without its data.
    pub fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Stdin | Source::Piped(_) => "-".into(),
            Source::Link(url) => mask(url),
            Source::Data(uri) => match uri.split_once(',') {
                Some((head, _)) => format!("{}…", head.chars().take(64).collect::<String>() + ","),
                None => "data:…".into(),
            },
        }
    }

    /// What the result's name begins with when none was given.
    pub fn stem(&self) -> OsString {
        match self {
            Source::File(path) => path.file_stem().unwrap_or(OsStr::new("image")).to_owned(),
            Source::Stdin | Source::Piped(_) => "stdin".into(),
            Source::Data(_) => "image".into(),
            Source::Link(url) => link_stem(url).into(),
        }
    }

    /// The directory that the result goes to when none was given: beside a file, else here.
    pub fn directory(&self) -> &Path {
        match self {
            Source::File(path) => path.parent().unwrap_or(Path::new("")),
            _ => Path::new(""),
        }
    }

    /// The name that is made for a result, without its extension: `{stem}-edited`.
    pub fn made_name(&self) -> PathBuf {
        let mut name = self.stem();
        name.push("-edited");
        self.directory().join(name)
    }

    /// Gets the picture, and makes sure that the service will take it.
    ///
    /// With `fetch`, a link is downloaded here; without, it is handed on as it is.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn load(&self, fetch: Option<&Downloads<'_>>) -> Result<Image, SourceError> {
        let bytes = match (self, fetch) {
            (Source::Link(url), None) => return Ok(Image::Link(url.clone())),
            (Source::Link(url), Some(downloads)) => self.download(url, downloads)?,
            (Source::File(path), _) => self.read_file(path)?,
            (Source::Stdin, _) => self.read(io::stdin().lock(), 0)?,
            (Source::Piped(bytes), _) => bytes.to_vec(),
            (Source::Data(uri), _) => self.decode(uri)?,
        };
        let header = self.header(&bytes)?;
        if !has_end(&bytes, header.format) {
            return Err(SourceError::Cut(self.name()));
        }
        limits::ensure_accepted(&header, bytes.len() as u64)
            .map_err(|source| SourceError::Limit { name: self.name(), source })?;
        Ok(Image::Loaded(Loaded::new(bytes, header)))
    }

    /// Standard input read, so that several edits can be of it; all else as it is.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than the service takes.
    pub fn held(self) -> Result<Source, SourceError> {
        match self {
            Source::Stdin => Ok(Source::Piped(self.read(io::stdin().lock(), 0)?.into())),
            other => Ok(other),
        }
    }

    /// Reads the picture's header and counts its bytes, whatever the service's limits are.
    ///
    /// # Errors
    /// When it cannot be read, or is no picture. A link is not looked at.
    pub fn look(&self) -> Result<(Header, u64), SourceError> {
        let failed = |source| SourceError::Read { name: self.name(), source };
        let mut stream: Box<dyn Read> = match self {
            Source::File(path) => Box::new(self.open(path)?),
            Source::Stdin => Box::new(io::stdin().lock()),
            Source::Piped(bytes) => Box::new(&**bytes),
            Source::Data(uri) => Box::new(io::Cursor::new(self.decode(uri)?)),
            Source::Link(_) => return Err(failed(io::ErrorKind::Unsupported.into())),
        };
        let mut head = Vec::new();
        stream.by_ref().take(MAX_LOOK_BYTES).read_to_end(&mut head).map_err(failed)?;
        let header = self.header(&head)?;
        let rest = io::copy(&mut stream, &mut io::sink()).map_err(failed)?;
        Ok((header, head.len() as u64 + rest))
    }

    fn header(&self, bytes: &[u8]) -> Result<Header, SourceError> {
        if bytes.is_empty() {
            return Err(SourceError::Empty(self.name()));
        }
        Header::read(bytes).map_err(|source| SourceError::Header { name: self.name(), source })
    }

    fn open(&self, path: &Path) -> Result<File, SourceError> {
        let failed = |source| SourceError::Read { name: self.name(), source };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(SourceError::Directory(self.name()));
        }
        Ok(file)
    }

    fn read_file(&self, path: &Path) -> Result<Vec<u8>, SourceError> {
        let file = self.open(path)?;
        let length = file.metadata().map_err(|source| SourceError::Read { name: self.name(), source })?.len();
        if length > MAX_INPUT_BYTES {
            return Err(SourceError::TooLarge(self.name()));
        }
        // The request is made in this memory, of the picture in Base64 and what is said around it; growing
        // it then would leave a hole of the picture's size behind.
        let length = usize::try_from(length).unwrap_or(0);
        self.read(file, length.div_ceil(3) * 4 + ROOM_BYTES)
    }

    /// Reads all of a stream, but never more than the service would take. `expected` is how much
    /// room to make for it, with one byte to see that it ends there.
    fn read(&self, stream: impl Read, expected: usize) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::with_capacity(expected);
        stream
            .take(MAX_INPUT_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| SourceError::Read { name: self.name(), source })?;
        if bytes.len() as u64 > MAX_INPUT_BYTES {
            return Err(SourceError::TooLarge(self.name()));
        }
        Ok(bytes)
    }

    fn decode(&self, uri: &str) -> Result<Vec<u8>, SourceError> {
        let malformed = || SourceError::Malformed { name: self.name(), what: "Base64 data URI" };
        let (head, data) = uri.split_once(',').ok_or_else(malformed)?;
        if !head.to_ascii_lowercase().ends_with(";base64") {
            return Err(malformed());
        }
        STANDARD.decode(data.trim()).map_err(|_| malformed())
    }

    fn download(&self, url: &Url, downloads: &Downloads<'_>) -> Result<Vec<u8>, SourceError> {
        let readable = |bytes: &[u8]| Header::read(bytes).map(drop).map_err(|error| error.to_string());
        downloads
            .fetch(url, Trust::User, &Meter::default(), readable)
            .map(|(bytes, ())| bytes)
            .map_err(|source| SourceError::Fetch { name: self.name(), source })
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.name())
    }
}

/// The last part of a link's path as the beginning of a file name: without its extension, with only
/// letters, digits, `-`, `_` and `.` in it, and not too long.
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
    fn an_argument_is_a_path_unless_it_begins_like_something_else() {
        assert_eq!(parse("-"), Source::Stdin);
        assert_eq!(parse("./-"), Source::File("./-".into()));
        assert_eq!(parse("data.png"), Source::File("data.png".into()));
        assert!(matches!(parse("HTTPS://h.example/a.png"), Source::Link(_)));
        assert!(matches!(parse("data:image/png;base64,AAAA"), Source::Data(_)));
        assert!(Source::parse(OsStr::new("https://")).is_err());
    }

    #[test]
    fn a_name_shows_neither_a_query_nor_the_data() {
        assert_eq!(parse("https://h.example/a.png?sig=secret").name(), "https://h.example/a.png?…");
        assert_eq!(parse("data:image/png;base64,AAAA").name(), "data:image/png;base64,…");
    }

    #[test]
    fn a_links_stem_is_a_safe_file_name() {
        assert_eq!(parse("https://h.example/a/cat.final.png?x").stem(), "cat.final");
        assert_eq!(parse("https://h.example/").stem(), "image");
        assert_eq!(parse("https://h.example/a%2F..%2Fpasswd").stem(), "a_2F.");
    }

    #[test]
    fn a_data_uri_must_be_base64() {
        let load = |uri: &str| parse(uri).load(None).err().unwrap().to_string();
        assert_eq!(load("data:image/png,%89PNG"), "data:image/png,… is not a valid Base64 data URI");
        assert_eq!(
            load("data:image/png;base64,@@"),
            "data:image/png;base64,… is not a valid Base64 data URI"
        );
        assert_eq!(load("data:image/png;base64,"), "data:image/png;base64,… is empty");
    }

    #[test]
    fn a_stream_without_end_is_refused_when_it_passes_the_limit() {
        let endless = Source::File("/endless".into()).read(io::repeat(7), 0).unwrap_err();
        assert_eq!(endless.to_string(), "/endless is larger than the 10 MB that the service takes");
    }

    proptest! {
        #[test]
        fn no_link_makes_a_name_with_a_separator(path in ".{0,40}") {
            let mut url = Url::parse("https://h.example/").unwrap();
            url.set_path(&path);
            let stem = Source::Link(url).stem().into_string().unwrap();
            prop_assert!(!stem.is_empty() && !stem.starts_with('.') && !stem.contains(['/', '\\', '\0']));
        }
    }
}
