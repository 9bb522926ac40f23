//! The records of the journal: what a job is about to do, its result, and the job as a whole.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::money::add_usd;

use super::attempt::{Attempt, AttemptOutcome};
use super::state::State;

/// A path, stored as bytes because it may not be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathBytes(PathBuf);

impl PathBytes {
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl From<PathBuf> for PathBytes {
    fn from(path: PathBuf) -> PathBytes {
        PathBytes(path)
    }
}

impl ToSql for PathBytes {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_os_str().as_encoded_bytes())))
    }
}

impl FromSql for PathBytes {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(PathBytes(path_from_bytes(value.as_blob()?.to_vec())))
    }
}

#[cfg(unix)]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    path.into()
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    // Paths are stored as UTF-8 here, except names with unpaired surrogates.
    OsString::from(String::from_utf8_lossy(&bytes).into_owned()).into()
}

/// What a job is about to do, durable before the first byte is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The id of the job.
    pub job: String,
    /// The local time at its start, in milliseconds since 1970.
    pub created: i64,
    /// The picture's name for display: a link without its query, a data URI without its data.
    pub input: String,
    /// The absolute path of the picture, if it is a file.
    pub input_path: Option<PathBytes>,
    /// The link to the picture, if it is one. Removed with the end of the job if it may have a signature.
    pub input_link: Option<String>,
    /// The SHA-256 of the picture as it was read, before fitting; `None` for a link that the service downloads.
    pub input_sha256: Option<String>,
    /// The prompt.
    pub prompt: String,
    /// The model.
    pub model: String,
    /// The seed. If it is not sent, it is the number of the variation.
    pub seed: u32,
    /// Whether the model takes a seed.
    pub seed_sent: bool,
    /// The guidance scale, if one was given.
    pub guidance_scale: Option<f64>,
    /// Whether a watermark was requested, if the request says so.
    pub watermark: Option<bool>,
    /// `url` or `b64_json`, if one was requested.
    pub response_format: Option<String>,
    /// The size rule, if one was requested.
    pub size: Option<String>,
    /// What the result should not show, if anything.
    pub negative_prompt: Option<String>,
    /// The pictures that are sent with it.
    pub references: Vec<ReferenceFile>,
    /// The name of the service's card; `None` for jobs of releases that knew one service only.
    pub service: Option<String>,
    /// The base URL of the service.
    pub base_url: String,
    /// The path of the request.
    pub path: String,
    /// The absolute path of the result; `None` for standard output.
    pub output: Option<PathBytes>,
    /// What may happen to an existing file: `fail`, `overwrite`, `rename` or `skip`.
    pub if_exists: String,
    /// The requested format.
    pub format: Option<String>,
    /// The requested JPEG quality.
    pub quality: Option<u8>,
    /// What is done to the picture and to the answer, as stored text; `None` for the defaults.
    pub processing: Option<String>,
    /// Whether the output's directory is created when it is missing.
    pub makes_directory: bool,
    /// The keys by which the job is found.
    pub keys: JobKeys,
}

/// A picture that is sent besides the one to edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceFile {
    /// Its absolute path; `None` if that is not Unicode.
    pub path: Option<PathBuf>,
    pub sha256: String,
}

impl ReferenceFile {
    /// Returns the text that the journal stores; `None` for no references.
    pub(super) fn list_text(list: &[ReferenceFile]) -> Option<String> {
        if list.is_empty() { None } else { serde_json::to_string(list).ok() }
    }

    /// Parses the text that the journal stores.
    pub(super) fn parse_list(text: Option<String>) -> Result<Vec<ReferenceFile>, FromSqlError> {
        let Some(text) = text else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|error| FromSqlError::Other(error.into()))
    }
}

impl Intent {
    /// Returns the seed, unless the model takes none.
    pub fn sent_seed(&self) -> Option<u32> {
        self.seed_sent.then_some(self.seed)
    }
}

/// The keys by which a job is found, besides its id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobKeys {
    /// The key of a batch row. Unique.
    pub key: Option<String>,
    /// A hash of the manifest and the row's id. The row may have changed since.
    pub label: Option<String>,
    /// A hash of the picture, the request and the seed.
    pub content: Option<String>,
    /// A hash of the picture and the request. Jobs of older releases have none.
    pub request: Option<String>,
}

/// A delivered result: its file and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The absolute path; `None` for standard output.
    pub path: Option<PathBytes>,
    /// Its SHA-256.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// Its format.
    pub format: String,
    /// The modification time of the file, in nanoseconds since 1970, if it was recorded.
    pub modified: Option<i64>,
}

/// How a delivered result relates to what was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fidelity {
    /// It is what was requested.
    AsRequested,
    /// Most of the picture changed, so nothing of the original could be preserved.
    NothingPreserved,
    /// The edit changed nothing visible, so it is the original.
    NothingChanged,
    /// It could not be restored into its original.
    Unrestored,
}

/// The reason that a delivered job has if nothing of its original could be preserved.
pub(super) const NOTHING_PRESERVED: &str = "most of the picture changed, so there was nothing to preserve";

/// The reason that a delivered job has if its result is the original.
pub(super) const NOTHING_CHANGED: &str = "the edit changed nothing visible, so the result is the original";

/// The start of the reason that an answered job has if the link to its result was refused.
pub(super) const LINK_REFUSED: &str = "the link to the result was refused";

/// The start of the reason that an answered job has if its link works, and leads to nothing that can be used.
const LINK_USELESS: &str = "the result cannot be downloaded";

/// Why a result that was paid for is not likely to be had, however often that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLink {
    /// The host refuses it, with this HTTP status.
    Refused(u16),
    /// This program cannot use what it leads to, or does not have it; holds the reason.
    Useless(String),
}

impl fmt::Display for DeadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeadLink::Refused(status) => write!(f, "{LINK_REFUSED} (HTTP {status})"),
            DeadLink::Useless(why) => write!(f, "{LINK_USELESS}: {why}"),
        }
    }
}

/// A job in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The request, the input and the output.
    pub intent: Intent,
    /// Its state.
    pub state: State,
    /// Whether `recover` found that it was not charged, so that it may be run again.
    pub settled: bool,
    /// Its result, once delivered.
    pub stored: Option<Artifact>,
    /// The local time at its end, in milliseconds since 1970.
    pub finished: Option<i64>,
    /// Why it is refused, unknown or lost, why its result cannot be fetched now, or why it preserves nothing of the
    /// original.
    pub reason: Option<String>,
    /// All its POSTs.
    pub attempts: Vec<Attempt>,
}

impl Job {
    /// Whether it was delivered with nothing of its original preserved. Older releases did not record that.
    pub fn preserved_nothing(&self) -> bool {
        self.state == State::Delivered && self.reason.as_deref() == Some(NOTHING_PRESERVED)
    }

    /// Whether its result was delivered, and is the original. Older releases did not record that.
    pub fn changed_nothing(&self) -> bool {
        self.state == State::Delivered && self.reason.as_deref() == Some(NOTHING_CHANGED)
    }

    /// Whether it was paid for, and the link to its result led to nothing at the last download. Then it may be given up,
    /// although `recover` keeps trying.
    pub fn is_link_dead(&self) -> bool {
        let is_dead = |reason: &str| reason.starts_with(LINK_REFUSED) || reason.starts_with(LINK_USELESS);
        self.state == State::Answered && self.reason.as_deref().is_some_and(is_dead)
    }

    /// Whether it was certainly charged, and its result can still be fetched.
    pub fn is_paid_and_unsaved(&self) -> bool {
        self.state == State::Answered && self.charged() == AttemptOutcome::Charged
    }

    /// Whether it was charged: [`AttemptOutcome::Charged`] if any of its attempts was, [`AttemptOutcome::Unknown`] if one
    /// may have been, [`AttemptOutcome::Free`] otherwise.
    pub fn charged(&self) -> AttemptOutcome {
        let has = |outcome| self.attempts.iter().any(|attempt| attempt.outcome == outcome);
        if has(AttemptOutcome::Charged) {
            AttemptOutcome::Charged
        } else if has(AttemptOutcome::Open) || has(AttemptOutcome::Unknown) {
            AttemptOutcome::Unknown
        } else {
            AttemptOutcome::Free
        }
    }

    /// Returns the price of all its attempts, in US dollars. `None` if one of them may have been charged, or was and its
    /// price is not known.
    pub fn usd(&self) -> Option<f64> {
        let price = |attempt: &Attempt| match attempt.outcome {
            AttemptOutcome::Free => Some(0.0),
            AttemptOutcome::Charged => attempt.call_info.usd,
            AttemptOutcome::Open | AttemptOutcome::Unknown => None,
        };
        // The sum of no values would be −0.0.
        self.attempts.iter().map(price).try_fold(0.0, |sum, usd| usd.map(|usd| add_usd(sum, usd)))
    }
}
